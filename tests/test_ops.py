"""Operations: Keras's names, signatures, values and number types; programs, symbolic tensors, errors."""

import functools
import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from golden.writer import read
from quick import in_one_program

import hornbeam.layers  # its files of mathematics lie beside the operations
from hornbeam import activations, ops
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.core.variable import Variable
from hornbeam.graph.tensor import Input, SymbolicTensor
from hornbeam.models import Model
from hornbeam.ops import image
from hornbeam.ops.operation import OPERATIONS

NAMES = json.loads(Path(__file__).with_name("golden").joinpath("public_names.json").read_text())
SIGNATURES = {name: row["signature"] for name, row in NAMES["keras.ops"].items() if row["kind"] == "function"}
OWN = [name for name in ops.__all__ if name in OPERATIONS]
ALL_CASES, ARRAYS = read("ops")
CASES = {case["case"]: case for case in ALL_CASES if "types" not in case}
TYPES = {case["object"]: case["types"] for case in ALL_CASES if "types" in case}
INPUTS = {key.split("/")[1]: array for key, array in ARRAYS.items() if key.startswith("inputs/")}

# Their results' shapes are data, or they are no arrays: these run outside of programs.
EAGER = {"unique", "nonzero", "bincount", "convert_to_numpy", "shape", "ndim", "size", "dtype", "is_tensor"}
EAGER_CASES = {"repeat-3", "where-3"}
# 8 roundings of float32; both run JAX, perhaps fused in another order
CLOSE = {"rtol": 1e-6, "atol": 1e-6}
# a Python float has no type of its own beside an array, whatever the operation; in Keras it widens here
NARROWER = {(name, "bfloat16,float"): "bfloat16" for name in ("arctan2", "logaddexp", "logaddexp2")}


def filled(value, inputs):
    """Arguments of a case, with the arrays in the places of their names."""
    if isinstance(value, str) and value.startswith("@"):
        return inputs[value[1:]]
    if isinstance(value, list):
        return [filled(each, inputs) for each in value]
    if isinstance(value, dict):
        return {key: filled(each, inputs) for key, each in value.items()}
    return value


def call(case, inputs):
    return getattr(ops, case["object"])(*filled(case["args"], inputs), **filled(case["config"], inputs))


def is_eager(case):
    return case["object"] in EAGER or case["case"] in EAGER_CASES


def plain(array):
    array = np.asarray(array)
    return np.stack([array.real, array.imag], -1) if array.dtype.kind == "c" else array


def expected(name):
    return [ARRAYS[f"{name}/{place}"] for place in range(100) if f"{name}/{place}" in ARRAYS]


@functools.cache
def found_in_one_program():
    """What every case gives inside one compiled program, or the error that it raised."""
    functions = {name: functools.partial(call, case) for name, case in CASES.items() if not is_eager(case)}
    return in_one_program(functions, INPUTS)


# ---- names


def test_every_operation_of_keras_is_here_or_listed_as_absent():
    assert set(ops.__all__) | set(ops.ABSENT) == set(NAMES["keras.ops"])
    assert not set(ops.__all__) & set(ops.ABSENT)
    assert len(ops.__all__) == len(set(ops.__all__))


@pytest.mark.parametrize("name", [name for name in SIGNATURES if name not in ops.ABSENT])
def test_signature_is_keras_s(name):
    function = getattr(ops, name)
    assert inspect.isfunction(function)
    if name != "relu":  # the activation has more arguments, after Keras's
        assert str(inspect.signature(function)) == SIGNATURES[name]
    assert inspect.getdoc(function)


@pytest.mark.parametrize("name", OWN)
def test_operation_stands_in_the_table_under_its_name(name):
    function = getattr(ops, name)
    assert OPERATIONS.get(name) is function
    assert function.__name__ == name
    assert "Example:\n" in inspect.getdoc(function)


def test_table_holds_nothing_else():
    assert {function.__name__ for function in OPERATIONS.values()} == {*OWN, *image.__all__}


@pytest.mark.parametrize("face", ["linalg", "nn", "numpy"])
def test_face_has_the_names_of_keras_s_module(face):
    module = importlib.import_module(f"hornbeam.ops.{face}")
    assert set(module.__all__) == set(NAMES[f"keras.ops.{face}"]) - set(ops.ABSENT)
    assert all(getattr(module, name) is getattr(ops, name) for name in module.__all__)
    assert getattr(ops, face) is module


def test_activations_are_the_same_functions():
    shared = [name for name in ops.__all__ if name not in OPERATIONS and inspect.isfunction(getattr(ops, name))]
    assert len(shared) == 28
    assert all(getattr(ops, name) is getattr(activations, name) for name in shared)


def test_files_that_are_called_like_an_operation_do_not_hide_it():
    files = [path.stem for path in Path(ops.__file__).parent.glob("*.py")]
    for name in set(files) & set(SIGNATURES):
        importlib.import_module(f"hornbeam.ops.{name}")
        assert inspect.isfunction(getattr(ops, name)), name


def test_absent_and_misspelt_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="no 'ctc_loss' yet"):
        ops.ctc_loss  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute 'reduce_mean'"):
        ops.reduce_mean  # noqa: B018


def test_import_loads_neither_layers_nor_activations_nor_scipy():
    code = "import sys, hornbeam.ops; print([n for n in sys.modules if n.startswith(('hornbeam.', 'scipy', 'optax'))])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    rooms = {
        name.split(".")[1].strip("'") for name in loaded.strip("[]\n ").replace("'", "").split(", ") if "." in name
    }
    assert rooms <= {"core", "ops"}


# ---- values and number types


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not is_eager(case)])
def test_value_inside_a_program_is_keras_s(name):
    found = found_in_one_program()[name]
    if isinstance(found, Exception):
        raise found
    for array, wanted in zip(jax.tree.leaves(found), expected(name), strict=True):
        assert array.dtype == wanted.dtype or array.dtype.kind == "c"
        np.testing.assert_allclose(plain(array), wanted, **CLOSE)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if is_eager(case)])
def test_value_outside_of_programs_is_keras_s(name):
    case = CASES[name]
    found = call(case, {key: jnp.asarray(array) for key, array in INPUTS.items()})
    if "value" in case:
        assert found == (tuple(case["value"]) if isinstance(found, tuple) else case["value"])
        return
    for array, wanted in zip(jax.tree.leaves(found), expected(name), strict=True):
        assert array.dtype == wanted.dtype
        np.testing.assert_allclose(array, wanted, **CLOSE)


def test_every_own_operation_has_a_case_or_a_test_of_its_own():
    by_hand = {
            "adaptive_average_pool", "adaptive_max_pool", "associative_scan", "average_pool", "cond", "conv",
            "conv_transpose", "custom_gradient", "depthwise_conv",
            "dot_product_attention", "eig", "empty", "empty_like", "fori_loop", "jvp",
            "map", "max_pool", "scan", "separable_conv", "switch", "vectorize", "vectorized_map", "view_as_real",
            "while_loop",
        }  # fmt: skip
    assert set(OWN) - {case["object"] for case in CASES.values()} == by_hand


@pytest.mark.parametrize("name", TYPES)
def test_number_types_are_keras_s(name):
    numbers = {"float": 2.0, "int": 2}
    for kinds, wanted in TYPES[name].items():
        kinds = kinds.split(",")
        arrays = [jax.ShapeDtypeStruct((2, 2), kind) for kind in kinds if kind not in numbers]

        def run(*arrays, kinds=kinds):
            rest = iter(arrays)
            return getattr(ops, name)(*(numbers[kind] if kind in numbers else next(rest) for kind in kinds))

        result = jax.tree.leaves(jax.eval_shape(run, *arrays))[0]
        assert str(result.dtype) == NARROWER.get((name, ",".join(kinds)), wanted), kinds


def test_python_numbers_alone_take_the_default_types():
    for result, kind in [
        (ops.add(1, 2), "int32"),
        (ops.add(1, 2.0), "float32"),
        (ops.sin(1), "float32"),
        (ops.logical_not(True), "bool"),
        (ops.multiply(np.int32([1]), 1.5), "float32"),
    ]:
        assert str(result.dtype) == kind
        assert not result.weak_type


@pytest.fixture
def half_precision():
    before = hornbeam.config.floatx()
    hornbeam.config.set_floatx("bfloat16")
    yield
    hornbeam.config.set_floatx(before)


def test_floats_from_nowhere_follow_floatx(half_precision):
    ints = np.int32([1, 2])
    for result in (
        ops.zeros(2),
        ops.sin(1.0),
        ops.mean(ints),
        ops.divide(ints, ints),
        ops.add(ints, 1.5),
        ops.arange(1.0),
    ):
        assert str(result.dtype) == "bfloat16"
    assert str(ops.add(np.float32([1]), 1.5).dtype) == "float32"


def test_wide_types_become_what_jax_has_without_a_warning():
    assert str(ops.cast([1.5], "float64").dtype) == "float32"
    assert str(ops.zeros(2, "int64").dtype) == "int32"


# ---- what arguments may be


@pytest.mark.parametrize("name", ["add", "matmul", "concatenate", "mean", "where", "top_k", "einsum", "solve"])
def test_variables_and_lists_stand_for_arrays(name):
    square = np.float32([[2, 1], [0, 4]])
    arguments = {
        "concatenate": lambda x: ([x, x],),
        "mean": lambda x: (x,),
        "where": lambda x: ([[True, False], [False, True]], x, 0.0),
        "top_k": lambda x: (x, 1),
        "einsum": lambda x: ("ij,jk->ik", x, x),
    }.get(name, lambda x: (x, x))
    operation = getattr(ops, name)
    wanted = jax.tree.leaves(operation(*arguments(jnp.asarray(square))))
    for x in (Variable(square), square.tolist(), square):
        for array, other in zip(jax.tree.leaves(operation(*arguments(x))), wanted, strict=True):
            np.testing.assert_array_equal(array, other)


def test_an_axis_may_be_a_list_as_files_have_it():
    x = np.arange(24.0, dtype="float32").reshape(2, 3, 4)
    np.testing.assert_array_equal(ops.sum(x, axis=[0, 2]), x.sum((0, 2)))
    np.testing.assert_array_equal(ops.expand_dims(x, [0, 1]), x[None, None])
    np.testing.assert_array_equal(ops.transpose(x, [2, 0, 1]), x.transpose(2, 0, 1))
    np.testing.assert_array_equal(ops.tensordot(x, x, [[0, 1], [0, 1]]), np.tensordot(x, x, [[0, 1], [0, 1]]))


# ---- symbolic tensors


def symbolic_inputs(batch=False):
    return {
        name: Input(batch_shape=(None, *array.shape[1:]) if batch else array.shape, dtype=str(array.dtype))
        for name, array in INPUTS.items()
    }


SYMBOLIC = symbolic_inputs()


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not is_eager(case) and "@" in str(case)])
def test_symbolic_shape_and_type_are_the_real_ones(name):
    outputs = jax.tree.leaves(call(CASES[name], SYMBOLIC), is_leaf=lambda leaf: isinstance(leaf, SymbolicTensor))
    for tensor, wanted in zip(outputs, expected(name), strict=True):
        complex_pair = tensor.dtype == "complex64"
        assert (*tensor.shape, *(2,) * complex_pair) == wanted.shape
        assert complex_pair or tensor.dtype == str(wanted.dtype)


def test_an_unknown_batch_stays_unknown():
    x = Input((3, 4))
    assert ops.shape(x) == (None, 3, 4)
    assert ops.ndim(x) == 3
    assert ops.dtype(x) == "float32"
    assert ops.sin(x).shape == (None, 3, 4)
    assert ops.mean(x, axis=-1).shape == (None, 3)
    assert ops.concatenate([x, x], axis=1).shape == (None, 6, 4)
    assert ops.reshape(x, (ops.shape(x)[0], 12)).shape == (None, 12)
    assert ops.matmul(x, np.zeros((4, 5), "float32")).shape == (None, 3, 5)
    assert ops.expand_dims(x, 0).shape == (1, None, 3, 4)
    values, places = ops.top_k(x, 2)
    assert values.shape == places.shape == (None, 3, 2)
    assert [part.shape for part in ops.split(x, [1], axis=2)] == [(None, 3, 1), (None, 3, 3)]
    assert ops.relu(x).shape == (None, 3, 4)


def test_operations_between_inputs_and_outputs_are_a_model():
    a, b = Input((3,)), Input((3,))
    joined = ops.concatenate([ops.square(a), ops.maximum(a, b) * 2.0], axis=-1)
    outputs = [ops.sum(joined, axis=1, keepdims=True), ops.einsum("bi,bi->b", a, b), ops.softmax(b)]
    model = Model([a, b], outputs)
    x, y = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    total, product, soft = model.predict([x, y], verbose=0)
    np.testing.assert_allclose(total, (x**2).sum(1, keepdims=True) + 2 * np.maximum(x, y).sum(1, keepdims=True), 1e-5)
    np.testing.assert_allclose(product, (x * y).sum(1), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(soft, np.exp(y) / np.exp(y).sum(1, keepdims=True), rtol=1e-5)


def test_only_elementwise_operations_let_a_model_pad_its_last_batch():
    x = Input((3,))
    assert Model(x, ops.where(ops.sin(x) > 0, x, ops.add(x, 1.0))).is_rowwise
    assert not Model(x, ops.flip(x, axis=0)).is_rowwise
    assert not Model(x, x - ops.mean(x, axis=0)).is_rowwise


# ---- errors


@pytest.mark.parametrize(
    ("mistake", "parts"),
    [
        (lambda: ops.add(np.ones((2, 3)), np.ones(4)), ["add: expected", "(2, 3)", "(4,)", "JAX says"]),
        (lambda: ops.matmul(np.ones((2, 3)), np.ones((2, 3))), ["matmul: expected", "(2, 3)"]),
        (lambda: ops.concatenate([np.ones((2, 3)), np.ones((2, 4))]), ["concatenate", "[an array of shape (2, 3), "]),
        (lambda: ops.reshape(np.ones(6), (4, 2)), ["reshape", "(6,)", "(4, 2)"]),
        (lambda: ops.det(np.ones((2, 3))), ["det: expected a square matrix", "(2, 3)", "lstsq"]),
        (lambda: ops.solve(np.eye(2), np.ones(3)), ["solve, b: expected 2 rows", "(3,)"]),
        (lambda: ops.cholesky([[1.0, 2.0], [2.0, 1.0]]), ["cholesky: expected a positive definite", "eye(n)"]),
        (lambda: ops.scatter_update([1], [[0]], [2], reduction="ad"), ["reduction", "'ad'", "Did you mean 'add'?"]),
        (lambda: ops.cast([1.0], "flot32"), ["dtype: expected the name of a number type", "'flot32'"]),
        (lambda: ops.eye(2.0), ["eye, N: expected a whole number", "Write eye(2)"]),
        (lambda: ops.where([True], 1.0), ["where: expected both x1 and x2"]),
        (lambda: ops.one_hot([1], 3, sparse=True), ["one_hot, sparse: expected False", "dense"]),
        (lambda: ops.rearrange(np.ones((2, 3)), "a b c -> a"), ["rearrange, pattern", "2 axes on the left"]),
        (lambda: ops.rearrange(np.ones((2, 6)), "a (b c) -> a b c", b=4), ["rearrange", "(b c)", "b=4, c=?"]),
        (lambda: ops.segment_sum(np.ones(3), [0, 1]), ["segment_sum: expected segment_ids of shape (3,)", "(2,)"]),
        (lambda: ops.slice(np.ones((2, 3)), [0], [1]), ["slice: expected one start and one length", "2 axes"]),
        (lambda: ops.stft(np.ones(8, "float32"), 4, 2, 2), ["stft, fft_length", "at least sequence_length, 4"]),
        (lambda: ops.fft(np.ones(3)), ["fft: expected a pair (real, imaginary)", "zeros_like"]),
        (lambda: ops.pad([1], 1, "reflect", 2.0), ["pad, constant_values", "'reflect'"]),
        (lambda: ops.binary_crossentropy(np.ones(2), np.ones(3)), ["binary_crossentropy", "(2,) and (3,)"]),
    ],
)
def test_a_mistake_is_told_in_four_parts(mistake, parts):
    with pytest.raises((ArgumentError, ShapeError)) as caught:
        mistake()
    message = str(caught.value)
    assert all(part in message for part in [*parts, "expected", "; got "]), message


def test_a_mistake_on_symbolic_tensors_names_the_operation():
    with pytest.raises(ShapeError, match=r"add: expected .* got .*JAX says"):
        ops.add(Input((3,)), Input((4,)))


def test_missing_and_unknown_arguments_are_type_errors_as_in_python():
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        ops.sin()
    with pytest.raises(TypeError, match="unexpected keyword argument 'dim'"):
        ops.sum([1.0], dim=0)


def test_numbers_of_segments_must_be_known_inside_a_program():
    with pytest.raises(ArgumentError, match="segment_ids: expected numbers that are known.*Give num_segments"):
        jax.jit(ops.segment_sum)(np.ones(3, "float32"), np.int32([0, 1, 1]))
    with pytest.raises(ArgumentError, match="bincount, x"):
        jax.jit(ops.bincount)(np.int32([0, 1, 1]))
