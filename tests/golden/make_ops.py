"""Write `ops.npz` and `ops.json`: what Keras's operations give for small arguments.

A case has `object` (the operation), `args` and `config` (its arguments by position and by name). In them `"@name"`
stands for the shared array `inputs/name/x`, also inside a list. The results lie under `<case>/0`, `<case>/1`, …;
complex ones have a last axis (real, imaginary), and what is no array is the case's `value`. A case `types-<operation>`
has no arrays: its `types` say which number type comes out for which goes in; a pair of types is for two arguments,
`float` and `int` in it are Python's numbers 2.0 and 2; what Keras refuses is left out.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_ops.py`.
"""

import warnings

import jax
import numpy as np
from keras import ops
from writer import Golden

warnings.simplefilter("ignore")
RNG = np.random.default_rng(5)


def normal(*shape):
    return RNG.normal(size=shape).astype("float32").round(2)


SPD = np.float32([[4, 1, 0.5], [1, 3, 0.2], [0.5, 0.2, 2]])
INPUTS = {
    "x": np.float32([[-1.5, -0.5, 0.0], [0.5, 1.25, 2.5]]),
    "y": normal(2, 3),
    "positive": np.float32([[0.25, 1.0, 2.0], [3.5, 0.5, 10.0]]),
    "unit": np.float32([[-0.9, -0.5, 0.0], [0.25, 0.5, 0.9]]),
    "above": np.float32([[1.0, 1.5, 2.0], [3.0, 5.5, 10.0]]),
    "i": np.int32([[-7, -2, 0], [3, 5, 12]]),
    "j": np.int32([[2, 3, 4], [5, 1, 3]]),
    "flags": np.array([[True, False, True], [False, False, True]]),
    "others": np.array([[True, True, False], [False, True, True]]),
    "nan": np.float32([[np.nan, 1.0, -2.0], [3.0, np.nan, 0.5]]),
    "inf": np.float32([[np.inf, 1.0, -np.inf], [3.0, np.nan, -0.0]]),
    "row": normal(3),
    "vector": np.float32([0.5, -1.0, 2.0, 3.5]),
    "wave": normal(4),
    "rising": np.float32([-1.0, 0.0, 0.5, 2.0]),
    "places": np.int32([2, 0, 1]),
    "pair": np.int32([1, 2]),
    "along": np.int32([[0, 2], [1, 1]]),
    "matrix": normal(3, 3),
    "wide": normal(2, 4),
    "tall": normal(4, 2),
    "spd": SPD,
    "lower": np.linalg.cholesky(SPD).astype("float32"),
    "batch": np.stack([SPD, SPD.T @ SPD]).astype("float32"),
    "cube": normal(2, 3, 4),
    "real": normal(2, 3),
    "imaginary": normal(2, 3),
    "image": normal(1, 4, 4, 4),
    "signal": normal(2, 24),
    "hot": np.float32([[0, 1, 0], [1, 0, 0]]),
    "probabilities": np.float32([[0.2, 0.7, 0.1], [0.6, 0.3, 0.1]]),
    "classes": np.int32([1, 0]),
    "counts": np.int32([3, 1, 1, 0, 3]),
    "rows": normal(5, 2),
    "segments": np.int32([0, 0, 2, 2, 3]),
    "indices": np.int32([[0, 1], [1, 2], [0, 1]]),
    "values": np.float32([1.0, 2.0, 3.0]),
    "image_columns": normal(1, 8, 9),
    "signal_row": normal(24),
    "stft_real": normal(2, 5, 5),
    "stft_imaginary": normal(2, 5, 5) * np.float32([0, 1, 1, 1, 0]),
    "spd4": normal(4, 2),
    "along_t": np.int32([[1, 0], [2, 1], [0, 1]]),
    "big": np.float32([-1e6, -3.5, 0.0, 100.7, 1e9]),
    "indices2": np.int32([[0, 1], [1, 3]]),
    "values5": normal(5),
    "block": normal(1, 2, 1),
    "cube3": normal(2, 3, 4),
    "column": np.int32([[1], [0]]),
}
# one argument -> the operations that take it alone
ON = {
    "@x": """
        abs absolute arcsinh arctan cbrt ceil conj conjugate copy cos cosh deg2rad erf erfc exp exp2 expm1 fabs
        floor gelu i0 imag isreal negative rad2deg real sign signbit sin sinc sinh square stop_gradient tan trunc
        angle logical_not ravel fliplr flipud transpose flip diff ndim size shape dtype zeros_like ones_like
        convert_to_tensor convert_to_numpy array ptp argmax argmin sum mean std var max min amax amin prod median
        logsumexp cumsum cumprod sort argsort normalize layer_normalization rms_normalization norm count_nonzero all
        any nan_to_num is_tensor average
    """,
    "@positive": "sqrt rsqrt log log2 log10 log1p reciprocal",
    "@unit": "arcsin arccos arctanh erfinv",
    "@above": "arccosh",
    "@inf": "isfinite isinf isnan isneginf isposinf nan_to_num",
    "@i": """
        abs sign negative square sum mean std var max min prod median cumsum cumprod argmax sort argsort ptp
        bitwise_invert bitwise_not trunc sin exp floor ceil sqrt logsumexp average count_nonzero
    """,
    "@nan": """
        nansum nanprod nanmax nanmin nanmean nanmedian nanstd nanvar nancumsum nancumprod nanargmax nanargmin isnan
        max
    """,
    "@flags": "all any sum logical_not cumsum mean count_nonzero",
    "@spd": """
        cholesky det inv eigh slogdet logdet qr svd pinv matrix_rank lu_factor trace diagonal diag tril triu norm
    """,
    "@batch": "cholesky det inv logdet lu_factor",
    "@lower": "cholesky_inverse",
}
REDUCTIONS = """
    all any amax amin max min mean sum prod std var median ptp argmax argmin logsumexp nansum nanprod nanmax nanmin
    nanmean nanmedian nanstd nanvar nanargmax nanargmin
"""
# two arguments -> the operations that take them
PAIRS = {
    ("@x", "@y"): """
        add subtract multiply divide true_divide arctan2 hypot maximum minimum fmax fmin equal not_equal less
        less_equal greater greater_equal logaddexp logaddexp2 heaviside nextafter isclose allclose append fmod mod
        floor_divide
    """,
    ("@i", "@j"): """
        add subtract multiply divide true_divide floor_divide mod fmod maximum minimum equal less gcd lcm
        bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift left_shift right_shift hypot
        logaddexp arctan2
    """,
    ("@positive", "@x"): "power",
    ("@x", "@j"): "power ldexp add multiply divide divide_no_nan",
    ("@y", "@x"): "divide_no_nan divide",
    ("@flags", "@others"): "logical_and logical_or logical_xor equal",
    ("@x", "@row"): "add multiply outer inner dot",
    ("@vector", "@wave"): "dot inner outer vdot kron correlate",
    ("@wide", "@tall"): "dot matmul kron",
}
# operation -> (args, config) of further cases
MORE = {
    "append": [(["@x", "@y"], {"axis": 0})],
    "arange": [([5], {}), ([1, 7, 2], {}), ([1.0, 2.0, 0.25], {}), ([3], {"dtype": "float32"})],
    "argpartition": [(["@vector", 0], {})],
    "argsort": [(["@x"], {"axis": 0}), (["@y"], {})],
    "array": [([[1, 2]], {}), ([[1, 2]], {"dtype": "float32"}), ([1.5], {})],
    "array_split": [(["@vector", 3], {}), (["@wide", 3], {"axis": 1})],
    "average": [(["@x"], {"axis": 1, "weights": "@row"}), (["@x"], {"weights": "@positive"}), (["@i"], {"axis": 0})],
    "bartlett": [([5], {})],
    "batch_normalization": [
        (["@x", "@row", "@values", -1], {}),
        (["@x", "@row", "@values", 1], {"offset": "@places", "scale": "@row", "epsilon": 0.1}),
    ],
    "binary_crossentropy": [(["@hot", "@probabilities"], {}), (["@hot", "@y"], {"from_logits": True})],
    "bincount": [(["@counts"], {}), (["@counts"], {"minlength": 6}), (["@counts"], {"weights": "@segments"})],
    "blackman": [([6], {})],
    "broadcast_to": [(["@row", [2, 3]], {})],
    "cast": [(["@x", "int32"], {}), (["@i", "float32"], {}), (["@x", "bool"], {}), (["@flags", "float16"], {})],
    "categorical_crossentropy": [
        (["@hot", "@probabilities"], {}),
        (["@hot", "@y"], {"from_logits": True}),
        (["@hot", "@probabilities"], {"axis": 0}),
    ],
    "cdist": [(["@x", "@y"], {}), (["@cube", "@wide"], {})],
    "cholesky": [(["@spd"], {"upper": True})],
    "clip": [(["@x", -1.0, 1.0], {}), (["@i", -2, 3], {}), (["@x", "@row", 1.0], {})],
    "concatenate": [([["@x", "@y"]], {}), ([["@x", "@i"]], {"axis": 1})],
    "convert_to_tensor": [([[1, 2]], {"dtype": "float32"}), ([3], {}), ([2.5], {})],
    "corrcoef": [(["@wide"], {})],
    "correlate": [(["@vector", "@row"], {"mode": "same"}), (["@vector", "@row"], {"mode": "full"})],
    "count_nonzero": [(["@x"], {"axis": 1})],
    "cross": [(["@x", "@y"], {}), (["@matrix", "@matrix"], {"axis": 0})],
    "cumsum": [(["@x"], {"axis": 1}), (["@i"], {"axis": 0, "dtype": "float32"})],
    "cumprod": [(["@x"], {"axis": 0})],
    "depth_to_space": [(["@image", 2], {}), (["@image", 2], {"data_format": "channels_first"})],
    "diag": [(["@row"], {}), (["@row"], {"k": 1}), (["@matrix"], {"k": -1})],
    "diagflat": [(["@along"], {}), (["@row"], {"k": -1})],
    "diagonal": [(["@cube"], {"offset": 1, "axis1": 1, "axis2": 2})],
    "diff": [(["@x"], {"n": 2}), (["@x"], {"axis": 0})],
    "digitize": [(["@x", "@rising"], {})],
    "divide": [(["@i", 2], {}), ([3, 2], {})],
    "dot": [(["@x", 2.0], {})],
    "dsplit": [(["@cube", 2], {})],
    "dstack": [([["@x", "@y"]], {}), ([["@row", "@values"]], {})],
    "einsum": [(["ij,kj->ik", "@x", "@y"], {}), (["ii", "@matrix"], {}), (["bij,j->bi", "@cube", "@vector"], {})],
    "expand_dims": [(["@x", 0], {}), (["@x", -1], {}), (["@x", [0, 3]], {})],
    "extract_sequences": [(["@signal", 6, 4], {})],
    "eye": [([3], {}), ([2, 4], {"k": 1, "dtype": "int32"})],
    "fft": [([["@real", "@imaginary"]], {})],
    "fft2": [([["@real", "@imaginary"]], {})],
    "flip": [(["@x"], {"axis": 0}), (["@cube"], {"axis": [0, 2]})],
    "fold": [(["@image_columns", 4, 2], {}), (["@image_columns", 4, 2], {"stride": 1, "padding": 0})],
    "full": [([[2, 2], 7], {}), ([3, 1.5], {"dtype": "int32"})],
    "full_like": [(["@x", 2], {}), (["@i", 2.5], {}), (["@i", 1.5], {"dtype": "float32"})],
    "gelu": [(["@x"], {"approximate": False})],
    "geomspace": [([1, 1000], {"num": 4}), ([1.0, 16.0], {"num": 4, "endpoint": False})],
    "get_item": [(["@cube", 1], {})],
    "hamming": [([5], {})],
    "hanning": [([5], {})],
    "histogram": [(["@vector"], {"bins": 3}), (["@signal_row"], {"bins": 4, "range": [-2, 2]})],
    "hsplit": [(["@wide", 2], {}), (["@wide", [1, 3]], {}), (["@vector", 2], {})],
    "hstack": [([["@x", "@y"]], {}), ([["@row", "@vector"]], {})],
    "identity": [([3], {})],
    "ifft2": [([["@real", "@imaginary"]], {})],
    "in_top_k": [(["@classes", "@y", 1], {}), (["@classes", "@y", 2], {})],
    "irfft": [([["@real", "@imaginary"]], {}), ([["@real", "@imaginary"]], {"fft_length": 5})],
    "isclose": [(["@x", "@x"], {"rtol": 0.1}), (["@nan", "@nan"], {"equal_nan": True})],
    "isin": [(["@i", "@j"], {}), (["@i", "@j"], {"invert": True})],
    "istft": [
        ([["@stft_real", "@stft_imaginary"], 8, 4, 8], {}),
        ([["@stft_real", "@stft_imaginary"], 6, 3, 8], {"length": 12, "window": "hamming"}),
    ],
    "kaiser": [([5, 3.0], {})],
    "layer_normalization": [
        (["@x"], {"gamma": "@row", "beta": "@values"}),
        (["@cube"], {"axis": [1, 2], "epsilon": 0.1}),
        (["@x"], {"gamma": "@pair", "axis": 0}),
    ],
    "less": [(["@x", 0], {})],
    "linspace": [
        ([0, 1], {"num": 5}),
        ([0, 10], {"num": 4, "endpoint": False, "dtype": "int32"}),
        ([0.0, "@row"], {"num": 3}),
        ([0, 1], {"num": 3, "retstep": True}),
    ],
    "logspace": [([0, 2], {"num": 3}), ([0, 3], {"num": 4, "base": 2})],
    "lstsq": [(["@tall", "@vector"], {}), (["@tall", "@spd4"], {})],
    "lu_factor": [(["@tall"], {})],
    "matmul": [(["@cube", "@tall"], {}), (["@batch", "@spd"], {}), (["@matrix", "@row"], {}), (["@j", "@along_t"], {})],
    "matrix_rank": [(["@wide"], {}), (["@x"], {"tol": 100.0})],
    "max": [(["@x"], {"axis": 0, "initial": 1.0})],
    "min": [(["@x"], {"axis": [0, 1], "initial": -9.0})],
    "meshgrid": [(["@row", "@pair"], {}), (["@row", "@pair"], {"indexing": "ij"})],
    "moments": [(["@x", [0]], {}), (["@cube", [0, 2]], {"keepdims": True}), (["@x", 1], {})],
    "moveaxis": [(["@cube", 0, -1], {}), (["@cube", [0, 1], [1, 2]], {})],
    "multi_hot": [(["@along", 3], {}), (["@places", 4], {}), (["@along"], {"num_tokens": 3})],
    "nan_to_num": [(["@inf"], {"nan": 5.0, "posinf": 6.0, "neginf": 7.0})],
    "nanpercentile": [(["@nan", 30.0], {}), (["@nan", 50.0], {"axis": 1, "keepdims": True})],
    "nanquantile": [(["@nan", 0.3], {}), (["@nan", 0.5], {"axis": 0, "method": "nearest"})],
    "nonzero": [(["@x"], {})],
    "norm": [
        (["@x"], {"ord": 1, "axis": 1}),
        (["@x"], {"ord": "nuc"}),
        (["@x"], {"axis": 0, "keepdims": True}),
        (["@row"], {"ord": 3}),
        (["@i"], {}),
    ],
    "normalize": [(["@x"], {"axis": 0}), (["@x"], {"order": 1}), (["@x"], {"order": 3, "axis": -1})],
    "one_hot": [(["@places", 3], {}), (["@along", 3], {"axis": 1}), (["@places", 3], {"dtype": "int32"})],
    "ones": [([[2, 3]], {}), ([2], {"dtype": "int32"})],
    "ones_like": [(["@x"], {"dtype": "int32"})],
    "pad": [
        (["@x", 1], {}),
        (["@x", [[1, 0], [0, 2]]], {"constant_values": 9.0}),
        (["@cube", [[0, 0], [1, 1], [2, 0]]], {"mode": "reflect"}),
    ],
    "percentile": [(["@x", 30.0], {}), (["@x", [25.0, 75.0]], {"axis": 1}), (["@i", 50], {"method": "lower"})],
    "pinv": [(["@tall"], {}), (["@wide"], {"rcond": 0.5})],
    "polar": [(["@positive", "@x"], {})],
    "prod": [(["@i"], {"dtype": "float32"}), (["@x"], {"axis": 0})],
    "psnr": [(["@x", "@y", 3.0], {})],
    "ptp": [(["@x"], {"axis": 0})],
    "qr": [(["@tall"], {}), (["@tall"], {"mode": "complete"})],
    "quantile": [
        (["@x", 0.3], {}),
        (["@x", [0.25, 0.75]], {"axis": 0, "keepdims": True}),
        (["@i", 0.4], {"method": "midpoint"}),
        (["@x", 0.4], {"method": "higher"}),
        (["@x", 0.5], {"method": "nearest"}),
    ],
    "rearrange": [
        (["@cube", "a b c -> c (a b)"], {}),
        (["@cube", "a b (c d) -> a d (b c)"], {"d": 2}),
        (["@wide", "a (b c) -> b a c"], {"b": 2}),
    ],
    "repeat": [(["@row", 2], {}), (["@x", 2], {"axis": 1}), (["@x", "@pair"], {"axis": 0})],
    "reshape": [(["@x", [3, 2]], {}), (["@x", -1], {}), (["@cube", [4, -1]], {})],
    "rfft": [(["@signal"], {}), (["@vector"], {"fft_length": 6})],
    "rms_normalization": [(["@x"], {"scale": "@row", "epsilon": 0.1}), (["@x"], {"axis": 0})],
    "roll": [(["@x", 1], {}), (["@x", 2], {"axis": 1}), (["@x", [1, 1]], {"axis": [0, 1]})],
    "rot90": [(["@x"], {}), (["@cube"], {"k": 2, "axes": [1, 2]})],
    "round": [(["@x"], {}), (["@y"], {"decimals": 1}), (["@i"], {"decimals": -1})],
    "saturate_cast": [(["@x", "uint8"], {}), (["@big", "int8"], {}), (["@i", "uint8"], {}), (["@big", "float16"], {})],
    "scatter": [(["@indices", "@values", [2, 4]], {})],
    "scatter_update": [(["@wide", "@indices", "@values"], {"reduction": each}) for each in ("add", "max", "min", "mul")]
    + [(["@wide", "@indices2", "@pair"], {})],
    "searchsorted": [(["@rising", "@x"], {}), (["@rising", "@x"], {"side": "right"})],
    "segment_sum": [
        (["@rows", "@segments"], {"num_segments": 5}),
        (["@values5", "@segments"], {"num_segments": 4, "sorted": True}),
    ],
    "segment_max": [(["@rows", "@segments"], {"num_segments": 4}), (["@counts", "@segments"], {"num_segments": 4})],
    "segment_min": [(["@rows", "@segments"], {"num_segments": 4})],
    "segment_prod": [(["@rows", "@segments"], {"num_segments": 5})],
    "select": [([["@flags", "@others"], ["@x", "@y"]], {}), ([["@flags", "@others"], ["@x", "@y"]], {"default": 5.0})],
    "slice": [(["@cube", [0, 1, 1], [2, 2, -1]], {}), (["@x", [1, 0], [-1, -1]], {})],
    "slice_update": [(["@cube", [0, 1, 1], "@block"], {})],
    "solve": [(["@spd", "@row"], {}), (["@spd", "@matrix"], {}), (["@batch", "@cube3"], {})],
    "solve_triangular": [(["@lower", "@row"], {"lower": True}), (["@spd", "@matrix"], {}), (["@batch", "@x"], {})],
    "sort": [(["@x"], {"axis": 0}), (["@y"], {"axis": None})],
    "space_to_depth": [(["@image", 2], {}), (["@image", 2], {"data_format": "channels_first"})],
    "sparse_categorical_crossentropy": [
        (["@classes", "@probabilities"], {}),
        (["@classes", "@y"], {"from_logits": True}),
        (["@column", "@probabilities"], {}),
    ],
    "split": [(["@wide", 2], {"axis": 1}), (["@vector", [1, 3]], {})],
    "squeeze": [(["@block"], {}), (["@column"], {"axis": 1})],
    "stack": [([["@x", "@y"]], {}), ([["@x", "@i"]], {"axis": -1})],
    "stft": [
        (["@signal", 8, 4, 8], {}),
        (["@signal", 6, 3, 8], {"window": "hamming"}),
        (["@signal", 8, 4, 8], {"window": None, "center": False}),
    ],
    "svd": [(["@tall"], {"compute_uv": False}), (["@tall"], {"full_matrices": False})],
    "swapaxes": [(["@cube", 0, 2], {})],
    "take": [(["@x", "@places"], {"axis": 1}), (["@x", "@along"], {}), (["@x", -1], {"axis": 1})],
    "take_along_axis": [(["@x", "@along"], {"axis": 1}), (["@x", "@places"], {})],
    "tensordot": [(["@x", "@wide"], {"axes": [[0], [0]]}), (["@x", "@y"], {}), (["@cube", "@tall"], {"axes": 1})],
    "tile": [(["@x", 2], {}), (["@x", [2, 1]], {})],
    "top_k": [(["@y", 2], {}), (["@i", 1], {})],
    "trace": [(["@cube"], {"offset": 1, "axis1": 1, "axis2": 2})],
    "transpose": [(["@cube"], {"axes": [1, 2, 0]})],
    "trapezoid": [(["@x"], {}), (["@vector"], {"x": "@rising"}), (["@x"], {"dx": 0.5, "axis": 0}), (["@i"], {})],
    "tri": [([3], {}), ([2, 3], {"k": 1, "dtype": "int32"})],
    "tril": [(["@x"], {"k": -1}), (["@batch"], {})],
    "triu": [(["@x"], {"k": 1})],
    "unfold": [(["@image", 2], {}), (["@image", [2, 3]], {"stride": 2, "padding": 1, "dilation": [1, 2]})],
    "unique": [
        (["@counts"], {}),
        (["@counts"], {"return_index": True, "return_inverse": True, "return_counts": True}),
        (["@indices"], {"axis": 0}),
        (["@counts"], {"size": 5, "fill_value": 9}),
    ],
    "unravel_index": [(["@places", [2, 2]], {})],
    "unstack": [(["@x"], {}), (["@x"], {"axis": 1})],
    "vander": [(["@row"], {}), (["@places"], {"N": 2, "increasing": True})],
    "view": [(["@x"], {"dtype": "int32"}), (["@i"], {"dtype": "uint8"})],
    "view_as_complex": [(["@tall"], {})],
    "vsplit": [(["@tall", 2], {})],
    "vstack": [([["@x", "@y"]], {}), ([["@row", "@values"]], {})],
    "where": [(["@flags", "@x", "@y"], {}), (["@flags", "@x", 0.0], {}), (["@flags"], {}), (["@flags", "@i", 2.5], {})],
    "zeros": [([[2, 3]], {}), ([3], {"dtype": "bool"})],
    "zeros_like": [(["@i"], {}), (["@x"], {"dtype": "int32"})],
}

# ---- number types

KINDS = ("bool", "uint8", "int8", "int32", "float16", "bfloat16", "float32")
MIXED = (
    ("int32", "float32"),
    ("float32", "float"),
    ("int32", "float"),
    ("int32", "int"),
    ("bfloat16", "float"),
    ("bfloat16", "float32"),
    ("uint8", "int8"),
    ("bool", "float"),
)
# whose result has no type of its own to follow, or that take floats only
WITHOUT = """
    shape ndim size dtype is_tensor convert_to_numpy cholesky det inv eigh slogdet logdet qr svd pinv matrix_rank
    lu_factor cholesky_inverse fliplr ravel flipud transpose flip trace vdot kron correlate append
"""
ONE, TWO = (
    sorted({name for text in table.values() for name in text.split()} - set(WITHOUT.split())) for table in (ON, PAIRS)
)


def argument(kind):
    number = {"float": 2.0, "int": 2}.get(kind)
    return ops.ones((2, 2), dtype=kind) if number is None else number


def outcome(name, kinds):
    try:
        result = getattr(ops, name)(*(argument(kind) for kind in kinds))
    except Exception:
        return None
    leaf = jax.tree.leaves(result)[0]
    return str(leaf.dtype) if hasattr(leaf, "dtype") else None


def types(name, tuples):
    found = {",".join(kinds): outcome(name, kinds) for kinds in tuples}
    return {kinds: kind for kinds, kind in found.items() if kind}


# ---- running


def filled(value):
    if isinstance(value, str) and value.startswith("@"):
        return ops.convert_to_tensor(INPUTS[value[1:]])
    if isinstance(value, list):
        return [filled(each) for each in value]
    return value


def used(value):
    if isinstance(value, str) and value.startswith("@"):
        yield value[1:]
    elif isinstance(value, (list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from used(each)


def tuples(value):
    """Lists of plain numbers as tuples, which some of Keras's functions insist on; lists of arrays stay."""
    if isinstance(value, list) and not any(hasattr(each, "shape") or isinstance(each, str) for each in value):
        return tuple(tuples(each) for each in value)
    return value


def given(name, args):
    """The arguments; lists are arrays for some operations and shapes or axes for the others."""
    args = [filled(each) for each in args]
    return args if name in ("array", "convert_to_tensor", "concatenate", "moments") else [tuples(each) for each in args]


def plain(array):
    array = np.asarray(array)
    return np.stack([array.real, array.imag], -1) if array.dtype.kind == "c" else array


def cases():
    for first, names in ON.items():
        for name in names.split():
            yield name, [first], {}
    for name in REDUCTIONS.split():
        first = "@nan" if name.startswith("nan") else "@x"
        yield name, [first], {"axis": 1}
        yield name, [first], {"axis": 0 if "arg" in name else [0, 1], "keepdims": True}
    for pair, names in PAIRS.items():
        for name in names.split():
            yield name, list(pair), {}
    for name, rows in MORE.items():
        for args, config in rows:
            yield name, args, config


def main():
    golden = Golden("ops")
    numbers, needed = {}, set()
    for name, args, config in cases():
        numbers[name] = numbers.get(name, 0) + 1
        result = getattr(ops, name)(*given(name, args), **{key: tuples(filled(value)) for key, value in config.items()})
        if name in ("shape", "ndim", "size", "dtype", "is_tensor"):
            golden.add(f"{name}-{numbers[name]}", name, config, {}, args=args, value=result)
        else:
            arrays = {str(place): plain(leaf) for place, leaf in enumerate(jax.tree.leaves(result))}
            golden.add(f"{name}-{numbers[name]}", name, config, arrays, args=args)
        needed |= {*used(args), *used(config)}
    for name in sorted(needed):
        golden.inputs(name, x=INPUTS[name])
    print("inputs not used:", sorted(set(INPUTS) - needed))
    for name in ONE:
        golden.add(f"types-{name}", name, {}, {}, types=types(name, [(kind,) for kind in KINDS]))
    for name in TWO:
        golden.add(f"types-{name}", name, {}, {}, types=types(name, [(kind, kind) for kind in KINDS] + list(MIXED)))
    golden.write()


if __name__ == "__main__":
    main()
