"""Write `layers.npz` and `layers.json`: Keras layers with fixed weights, their outputs, masks, losses and gradients.

Case keys: `inputs` (names of the shared arrays `inputs/<name>/x`; more than one: the layer is called on the list),
`masked` (for each input, whether it carries the mask `inputs/<name>/mask`), `call` (further arguments of the call; an
argument that is the name of shared inputs stands for that array), `weights` (names in the order of `layer.weights`),
`trainable` (the indices of the trainable ones), `cotangent` (the array `inputs/cotangents/<cotangent>`), and `adapt`
(the shared inputs that `adapt` was called on, instead of setting weights). Arrays: `<case>/weight_<i>` set before the
call, `<case>/output`, `<case>/output_mask` if the output carries one, `<case>/losses` if the layer adds some;
gradients of sum(output * cotangent), without the losses: `<case>/gradient_input_<k>` (float inputs) and
`<case>/gradient_weight_<i>`; `<case>/after_<i>`, weights that the call changed; and if `second` is true
`<case>/after_second_<i>`, the same after one more call on `inputs/<name>/x_second`.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_layers.py`.
"""

import jax
import keras
import numpy as np
from keras.src.backend import get_keras_mask, set_keras_mask
from writer import Golden

COTANGENTS = np.random.default_rng(6)


def make_inputs(golden):
    rng = np.random.default_rng(7)

    def normal(*shape):
        return rng.normal(size=shape).astype("float32")

    steps = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]], bool)
    other_steps = np.array([[1, 1, 0, 1], [1, 1, 1, 0], [1, 1, 1, 1]], bool)
    matrix = normal(5, 4)
    holed = normal(3, 4, 6)
    holed[0, 2], holed[2, 1:], holed[1, 0, :3] = 0, 0, 0
    golden.inputs("matrix", x=matrix, x_second=matrix * 1.5 + 0.3)
    golden.inputs("matrix_b", x=normal(5, 4))
    golden.inputs("matrix_c", x=normal(5, 4))
    golden.inputs("matrix_wide", x=normal(5, 7))
    golden.inputs("kinks", x=np.float32([[-7, -2, -1, -0.5], [-0.1, 0, 0.5, 1], [2, 3, 6, 9]]))
    golden.inputs("sequence", x=normal(3, 4, 6), x_second=normal(3, 4, 6) * 2 + 1, mask=steps)
    golden.inputs("sequence_b", x=normal(3, 4, 6), mask=other_steps)
    golden.inputs("sequence_long", x=normal(3, 5, 6), mask=np.ones((3, 5), bool))
    golden.inputs("sequence_one", x=normal(3, 1, 6))
    golden.inputs("sequence_turned", x=normal(3, 6, 2))
    golden.inputs("rows", x=normal(3, 6))
    golden.inputs("holed", x=holed)
    golden.inputs("picture", x=normal(2, 3, 4, 6), x_second=normal(2, 3, 4, 6) - 1)
    golden.inputs("heads", x=normal(3, 4, 2, 5))
    golden.inputs(
        "scores",
        x=normal(2, 3, 4),
        mask=np.array([[[1, 1, 0, 1]] * 3, [[1, 0, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1]]], bool),
    )
    golden.inputs("tokens", x=np.int32([[1, 5, 2, 0], [3, 0, 0, 0], [6, 6, 1, 4]]))
    golden.inputs("float_tokens", x=np.float32([[1, 5, 2, 0], [3, 0, 0, 0], [6, 6, 1, 4]]))
    golden.inputs("token_weights", x=np.float32([[1, 0.5, 2, 0], [3, 1, 1, 1], [0.25, 0.5, 1, 4]]))
    golden.inputs("column", x=np.int32([[1], [0], [3], [6]]))
    golden.inputs("flat", x=np.int32([1, 0, 3, 6]))
    golden.inputs("values", x=np.float32([[-2, -1, -0.5], [0, 0.4, 1], [1.5, 2, 9]]))
    golden.inputs("samples", x=normal(50, 1) * 2)
    golden.inputs("zero_variance", x=np.float32([[1, 5], [2, 5], [4, 5]]))


def cases():
    """Yield (object, config, inputs, more); more may hold masked, call, adapt and second."""
    yield "Dense", {"units": 3}, ["matrix"], {}
    yield "Dense", {"units": 3, "use_bias": False, "activation": "tanh"}, ["matrix"], {}
    yield "Dense", {"units": 3, "activation": "softmax"}, ["sequence"], {"masked": [True]}
    yield "Dense", {"units": 2, "activation": "relu"}, ["picture"], {}
    yield (
        "Dense",
        {"units": 3, "kernel_regularizer": "l2", "bias_regularizer": "l1", "activity_regularizer": "l1"},
        ["matrix"],
        {},
    )
    yield "EinsumDense", {"equation": "ab,bc->ac", "output_shape": 3, "bias_axes": "c"}, ["matrix"], {}
    yield (
        "EinsumDense",
        {"equation": "abc,cd->abd", "output_shape": [None, 5], "bias_axes": "d", "activation": "relu"},
        ["sequence"],
        {},
    )
    yield "EinsumDense", {"equation": "...x,xy->...y", "output_shape": 5, "bias_axes": "y"}, ["picture"], {}
    yield (
        "EinsumDense",
        {"equation": "abc,cde->abde", "output_shape": [None, 2, 5], "bias_axes": "de"},
        ["sequence"],
        {},
    )
    yield "EinsumDense", {"equation": "abde,dec->abc", "output_shape": [None, 6], "bias_axes": "c"}, ["heads"], {}
    yield "EinsumDense", {"equation": "abc,bde->ade", "output_shape": [3, 2]}, ["sequence"], {}
    yield "EinsumDense", {"equation": "abc,bd->adc", "output_shape": [5, 6], "bias_axes": "d"}, ["sequence"], {}
    yield (
        "EinsumDense",
        {"equation": "ab...,bc->ac...", "output_shape": [3, None, None], "bias_axes": "c"},
        ["picture"],
        {},
    )

    for name in ("relu", "tanh", "softmax", "gelu", "linear"):
        yield "Activation", {"activation": name}, ["kinks"], {}
    yield "Activation", {"activation": "sigmoid"}, ["sequence"], {"masked": [True]}
    for config in (
        {},
        {"max_value": 2.0},
        {"negative_slope": 0.1},
        {"threshold": 0.7},
        {"max_value": 4.0, "negative_slope": 0.2, "threshold": 0.7},
    ):
        yield "ReLU", config, ["kinks"], {}
    yield "LeakyReLU", {}, ["kinks"], {}
    yield "LeakyReLU", {"negative_slope": 0.1}, ["kinks"], {}
    yield "ELU", {}, ["kinks"], {}
    yield "ELU", {"alpha": 0.5}, ["kinks"], {}
    yield "PReLU", {}, ["kinks"], {}
    yield "PReLU", {}, ["picture"], {}
    yield "PReLU", {"shared_axes": [1]}, ["sequence"], {}
    yield "PReLU", {"shared_axes": [1, 2]}, ["picture"], {}
    for axis in (-1, 1, [1, 2], [-1]):
        yield "Softmax", {"axis": axis}, ["scores"], {}
    yield "Softmax", {}, ["scores"], {"call": {"mask": "scores"}}
    yield "Softmax", {"axis": [1, 2]}, ["scores"], {"call": {"mask": "scores"}}

    yield "Flatten", {}, ["picture"], {}
    yield "Flatten", {"data_format": "channels_first"}, ["picture"], {}
    yield "Flatten", {}, ["flat"], {}
    yield "Reshape", {"target_shape": [6, 4]}, ["sequence"], {}
    yield "Reshape", {"target_shape": [-1, 3]}, ["sequence"], {}
    yield "Reshape", {"target_shape": [24]}, ["sequence"], {}
    yield "Permute", {"dims": [2, 1]}, ["sequence"], {}
    yield "Permute", {"dims": [3, 1, 2]}, ["picture"], {}
    yield "RepeatVector", {"n": 3}, ["matrix"], {}
    yield "Identity", {}, ["sequence"], {"masked": [True]}
    yield "ActivityRegularization", {"l1": 0.1, "l2": 0.2}, ["matrix"], {}
    yield "Embedding", {"input_dim": 7, "output_dim": 3}, ["tokens"], {}
    yield "Embedding", {"input_dim": 7, "output_dim": 3, "mask_zero": True}, ["tokens"], {}
    yield "Embedding", {"input_dim": 7, "output_dim": 2}, ["float_tokens"], {}
    yield "Masking", {}, ["holed"], {}
    yield "Masking", {"mask_value": 0.5}, ["holed"], {}

    for training in (False, True):
        call = {"call": {"training": training}, "second": training}
        yield "BatchNormalization", {}, ["matrix"], call
        yield "BatchNormalization", {"momentum": 0.8, "epsilon": 0.1, "center": False}, ["matrix"], call
        yield "BatchNormalization", {"scale": False}, ["sequence"], call
        yield "BatchNormalization", {"axis": 1, "momentum": 0.5}, ["sequence"], call
        yield "BatchNormalization", {}, ["picture"], call
        yield "BatchNormalization", {}, ["sequence"], {**call, "masked": [True]}
        yield "BatchNormalization", {"trainable": False}, ["matrix"], {"call": {"training": training}}
        yield (
            "BatchNormalization",
            {"renorm": True, "renorm_clipping": {"rmin": 0.5, "rmax": 2.0, "dmax": 1.0}},
            ["matrix"],
            call,
        )
    for config in (
        {},
        {"epsilon": 1e-6},
        {"center": False},
        {"scale": False},
        {"axis": [1, 2]},
        {"axis": 1},
        {"rms_scaling": True},
    ):
        yield "LayerNormalization", config, ["sequence"], {}
    yield "LayerNormalization", {}, ["matrix"], {}
    yield "LayerNormalization", {"axis": [-1, 1]}, ["picture"], {}
    for config in (
        {"groups": 2},
        {"groups": 3, "epsilon": 0.1, "center": False},
        {"groups": 6, "scale": False},
        {"groups": -1},
        {"groups": 1},
    ):
        yield "GroupNormalization", config, ["picture"], {}
    yield "GroupNormalization", {"groups": 2, "axis": 1}, ["sequence"], {}
    for axis in (-1, 1, [1, 2]):
        yield "UnitNormalization", {"axis": axis}, ["sequence"], {}
    yield "RMSNormalization", {}, ["sequence"], {}
    yield "RMSNormalization", {"axis": [1, 2], "epsilon": 0.1}, ["sequence"], {}

    triple = ["matrix", "matrix_b", "matrix_c"]
    for name in ("Add", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"):
        yield name, {}, triple, {}
        yield name, {}, ["sequence", "sequence_b"], {"masked": [True, True]}
        yield name, {}, ["sequence", "sequence_b"], {"masked": [True, False]}
        if name != "Concatenate":
            yield name, {}, ["sequence", "sequence_one"], {}
            yield name, {}, ["sequence", "rows"], {}
    yield "Subtract", {}, triple[:2], {}
    yield "Subtract", {}, ["sequence", "sequence_one"], {}
    yield "Concatenate", {}, ["matrix", "matrix_wide"], {}
    yield "Concatenate", {"axis": 1}, ["sequence", "sequence_long"], {"masked": [True, True]}
    yield "Concatenate", {"axis": 1}, ["sequence", "sequence_long"], {"masked": [True, False]}
    yield "Concatenate", {"axis": 0}, ["sequence", "sequence_b"], {}
    yield "Dot", {"axes": 1}, triple[:2], {}
    yield "Dot", {"axes": -1, "normalize": True}, triple[:2], {}
    yield "Dot", {"axes": 2}, ["sequence", "sequence_long"], {}
    yield "Dot", {"axes": [2, 2], "normalize": True}, ["sequence", "sequence_long"], {}
    yield "Dot", {"axes": [2, 1]}, ["sequence", "sequence_turned"], {}
    yield "Dot", {"axes": [2, 1]}, ["sequence", "rows"], {}
    yield "Dot", {"axes": 1}, ["sequence", "sequence_b"], {}

    yield "Normalization", {"mean": 3.0, "variance": 2.0, "axis": None}, ["matrix"], {}
    yield "Normalization", {"mean": [1.0, 2.0, 3.0, 4.0], "variance": [1.0, 4.0, 0.0, 2.0]}, ["matrix"], {}
    yield (
        "Normalization",
        {"mean": [1.0, 2.0, 3.0, 4.0], "variance": [1.0, 4.0, 9.0, 2.0], "invert": True},
        ["matrix"],
        {},
    )
    yield "Normalization", {}, ["matrix"], {"adapt": "matrix_b"}
    yield "Normalization", {"invert": True}, ["matrix"], {"adapt": "matrix_b"}
    yield "Normalization", {"axis": None}, ["matrix"], {"adapt": "matrix_b"}
    yield "Normalization", {"axis": [1, 2]}, ["sequence"], {"adapt": "sequence_b"}
    yield "Normalization", {}, ["sequence"], {"adapt": "sequence_b"}
    yield "Normalization", {}, ["zero_variance"], {"adapt": "zero_variance"}
    yield "Rescaling", {"scale": 0.5}, ["matrix"], {}
    yield "Rescaling", {"scale": 1 / 127.5, "offset": -1.0}, ["matrix"], {}
    yield "Rescaling", {"scale": [1.0, 2.0, 3.0, 4.0], "offset": [0.0, 1.0, 0.0, -1.0]}, ["matrix"], {}
    for mode in ("int", "one_hot", "multi_hot", "count"):
        yield "Discretization", {"bin_boundaries": [-1.0, 0.0, 1.5], "output_mode": mode}, ["values"], {}
    yield "Discretization", {"num_bins": 4}, ["values"], {"adapt": "samples"}
    yield "Discretization", {"num_bins": 3, "epsilon": 0.1}, ["values"], {"adapt": "samples"}
    for mode in ("one_hot", "multi_hot", "count"):
        for inputs in ("column", "flat") + (("tokens",) if mode != "one_hot" else ()):
            yield "CategoryEncoding", {"num_tokens": 7, "output_mode": mode}, [inputs], {}
    yield "CategoryEncoding", {"num_tokens": 7, "output_mode": "one_hot"}, ["tokens"], {}
    yield (
        "CategoryEncoding",
        {"num_tokens": 7, "output_mode": "count"},
        ["tokens"],
        {"call": {"count_weights": "token_weights"}},
    )


def set_weights(layer, rng):
    """Fixed values for every weight; variances and deviations positive."""
    for weight in layer.weights:
        if weight.dtype == "float32":
            value = rng.normal(size=weight.shape) * 0.5
            positive = "variance" in weight.name or "stddev" in weight.name
            weight.assign(np.float32(abs(value) + 0.5 if positive else value))


def run(layer, xs, masks, call, cotangent):
    """Return the arrays of one call: output, mask, losses, gradients, changed weights."""
    trainable = [weight.value for weight in layer.trainable_variables]
    fixed = [weight.value for weight in layer.non_trainable_variables]
    floats = [k for k, x in enumerate(xs) if x.dtype == np.float32]

    def forward(trainable, given):
        xs_now = [keras.ops.convert_to_tensor(x) for x in xs]
        for k, x in zip(floats, given, strict=True):
            xs_now[k] = x * 1.0  # a fresh tensor, so that no mask stays on the argument
        for x, mask in zip(xs_now, masks, strict=True):
            if mask is not None:
                set_keras_mask(x, keras.ops.convert_to_tensor(mask))
        argument = xs_now[0] if len(xs_now) == 1 else xs_now
        values = list(zip(layer.trainable_variables + layer.non_trainable_variables, trainable + fixed, strict=True))
        # Not `layer.stateless_call`: it skips `__call__`, and with it masks and the activity regularizer.
        with keras.StatelessScope(state_mapping=values, collect_losses=True) as scope:
            output, losses = layer(argument, **call), layer.losses
        return output, [scope.get_current_value(variable) for variable in layer.non_trainable_variables], losses

    given = [jax.numpy.asarray(xs[k]) for k in floats]
    output, after, losses = forward(trainable, given)
    arrays = {"output": output}
    if get_keras_mask(output) is not None:
        arrays["output_mask"] = get_keras_mask(output)
    if losses:
        arrays["losses"] = np.array([float(loss) for loss in losses], "float32")
    changed = {id(variable): value for variable, value in zip(layer.non_trainable_variables, after, strict=True)}
    for i, weight in enumerate(layer.weights):
        if id(weight) in changed and not np.array_equal(changed[id(weight)], weight.value):
            arrays[f"after_{i}"] = changed[id(weight)]
    if output.dtype == "float32" and (trainable or given):

        def weigh(trainable, given):
            return (forward(trainable, given)[0] * cotangent(output.shape)).sum()

        by_weight, by_input = jax.grad(weigh, (0, 1))(trainable, given)
        arrays |= {f"gradient_input_{k}": gradient for k, gradient in zip(floats, by_input, strict=True)}
        order = [
            next(i for i, each in enumerate(layer.weights) if each is variable)
            for variable in layer.trainable_variables
        ]
        arrays |= {f"gradient_weight_{i}": gradient for i, gradient in zip(order, by_weight, strict=True)}
    return arrays


def write(family, make_inputs, cases):
    """Write the golden files of a family of layers, from functions that make its inputs and yield its cases."""
    golden = Golden(family)
    make_inputs(golden)

    def cotangent(shape):
        key = f"inputs/cotangents/{'x'.join(map(str, shape))}"
        if key not in golden.arrays:
            golden.arrays[key] = COTANGENTS.normal(size=shape).astype("float32")
        return golden.arrays[key]

    for number, (name, config, names, more) in enumerate(cases()):
        keras.backend.clear_session()

        def get(each, what="x"):
            return golden.arrays[f"inputs/{each}/{what}"]

        layer = getattr(keras.layers, name)(
            **{
                key: keras.layers.deserialize(value)
                if isinstance(value, dict)
                else tuple(value)
                if key in ("axis", "axes") and isinstance(value, list)
                else value
                for key, value in config.items()
            }
        )
        xs = [get(each) for each in names]
        masked = more.get("masked", [False] * len(names))
        masks = [get(each, "mask") if flag else None for each, flag in zip(names, masked, strict=True)]
        call = {
            key: value if isinstance(value, bool) else get(value, "mask" if key == "mask" else "x")
            for key, value in more.get("call", {}).items()
        }
        if "adapt" in more:
            layer.adapt(get(more["adapt"]))
        if not layer.built:
            layer.build(xs[0].shape if len(xs) == 1 else [x.shape for x in xs])
        if "adapt" not in more:
            set_weights(layer, np.random.default_rng(100 + number))
        arrays = {f"weight_{i}": np.asarray(weight.value) for i, weight in enumerate(layer.weights)}
        if name == "Discretization" and "adapt" in more:
            arrays["bin_boundaries"] = np.array(layer.bin_boundaries, "float32")
        arrays |= run(layer, xs, masks, call, cotangent)
        if more.get("second"):
            layer(xs[0] if masks[0] is None else masked_tensor(xs[0], masks[0]), **call)
            second = run(layer, [get(names[0], "x_second")], masks, call, cotangent)
            arrays |= {
                key.replace("after_", "after_second_"): value
                for key, value in second.items()
                if key.startswith("after_")
            }
        weights = [weight.name for weight in layer.weights]
        trainable = [i for i, weight in enumerate(layer.weights) if weight.trainable]
        more = {"masked": masked, **more}
        if "gradient_input_0" in arrays or "gradient_weight_0" in arrays:
            more["cotangent"] = "x".join(map(str, arrays["output"].shape))
        golden.add(
            f"{name}-{number}",
            name,
            config,
            arrays,
            inputs=names,
            **more,
            weights=weights,
            trainable=trainable,
            get_config=layer.get_config(),
        )
    golden.write()


def masked_tensor(x, mask):
    tensor = keras.ops.convert_to_tensor(x) * 1.0
    set_keras_mask(tensor, keras.ops.convert_to_tensor(mask))
    return tensor


if __name__ == "__main__":
    write("layers", make_inputs, cases)
