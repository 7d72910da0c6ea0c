"""Write `conv_lstm.npz` and `conv_lstm.json`: convolutional LSTMs of Keras with fixed weights.

Case keys: `config`; `x` (the input is `inputs/x/<x>`); `mask` (the array `inputs/masks/<mask>`), `states` (whether
`<case>/state_<n>` are given as `initial_state`), `calls` (how often a stateful layer is called), `get_config` (of the
first case of each kind). Arrays: `<case>/weight_<i>`, `<case>/output_<k>` (all outputs of the last call),
`<case>/output_mask`, and of the gradient of sum_k (output_k * cotangent_k), with `inputs/cotangents/<shape>`:
`<case>/gradient_input`, `<case>/gradient_state_<n>`, `<case>/gradient_weight_<i>`.
Keras's loop on JAX fails on masks over spatial states, its unrolled loop does not: with a mask it made the numbers.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_conv_lstm.py`.
"""

import jax
import keras
import numpy as np
from keras.src.backend import get_keras_mask, set_keras_mask
from writer import Golden

SHAPES = {"rows": (2, 4, 7, 3), "images": (2, 3, 5, 6, 2), "turned": (2, 3, 2, 5, 6), "volumes": (2, 3, 3, 4, 3, 2)}
MASKS = {"4": [[1, 0, 1, 0], [0, 1, 1, 1]], "3": [[1, 0, 1], [0, 1, 0]], "later": [[1, 0, 1], [1, 1, 0]]}
ALL = {"return_sequences": True, "return_state": True}


def cases():
    """Yield (object, input, config, more)."""
    yield "ConvLSTM1D", "rows", {"filters": 2, "kernel_size": 3, **ALL}, {"mask": "4"}
    wide = {"strides": 2, "padding": "same", "go_backwards": True, "recurrent_activation": "hard_sigmoid"}
    yield "ConvLSTM1D", "rows", {"filters": 3, "kernel_size": 2, **wide}, {"mask": "4"}
    yield "ConvLSTM2D", "images", {"filters": 2, "kernel_size": [2, 3], "padding": "same", **ALL}, {"mask": "3"}
    bare = {"dilation_rate": 2, "use_bias": False, "activation": "relu", "unit_forget_bias": False}
    yield "ConvLSTM2D", "images", {"filters": 2, "kernel_size": 2, **bare}, {"states": True}
    first = {"data_format": "channels_first", "strides": [2, 1], **ALL}
    yield "ConvLSTM2D", "turned", {"filters": 2, "kernel_size": 3, **first}, {"mask": "later", "states": True}
    back = {"return_sequences": True, "go_backwards": True}
    yield "ConvLSTM2D", "images", {"filters": 1, "kernel_size": 2, **back}, {"mask": "3"}
    kept = {"stateful": True, "return_sequences": True, "recurrent_regularizer": "l2"}
    yield "ConvLSTM2D", "images", {"filters": 2, "kernel_size": 3, **kept}, {"calls": 2}
    yield "ConvLSTM3D", "volumes", {"filters": 1, "kernel_size": 2, **ALL}, {"mask": "3"}


def run(model, x, mask, states, cotangent):
    """The arrays of one call."""
    trainable = [weight.value for weight in model.trainable_variables]

    def forward(trainable, x, states):
        now = x * 1.0
        if mask is not None:
            set_keras_mask(now, keras.ops.convert_to_tensor(mask))
        with keras.StatelessScope(state_mapping=list(zip(model.trainable_variables, trainable, strict=True))):
            # beside initial_state Keras forgets the mask that a tensor carries, unless it is given by name
            return model(now, **({"initial_state": list(states), "mask": mask} if states else {}))

    flat = jax.tree.leaves(forward(trainable, x, states))
    arrays = {f"output_{k}": each for k, each in enumerate(flat)}
    if get_keras_mask(flat[0]) is not None:
        arrays["output_mask"] = get_keras_mask(flat[0])

    def weigh(*given):
        return sum((each * cotangent(each.shape)).sum() for each in jax.tree.leaves(forward(*given)))

    by_weight, by_input, by_state = jax.grad(weigh, (0, 1, 2))(trainable, x, states)
    arrays |= {f"gradient_weight_{i}": each for i, each in enumerate(by_weight)} | {"gradient_input": by_input}
    return arrays | {f"gradient_state_{n}": each for n, each in enumerate(by_state)}


def main():
    golden, rng = Golden("conv_lstm"), np.random.default_rng(6)
    inputs = {name: rng.normal(size=shape).astype("float32") for name, shape in SHAPES.items()}
    golden.inputs("x", **inputs)
    golden.inputs("masks", **{name: np.array(mask, bool) for name, mask in MASKS.items()})

    def cotangent(shape):
        key = f"inputs/cotangents/{'x'.join(map(str, shape))}"
        if key not in golden.arrays:
            golden.arrays[key] = rng.normal(size=shape).astype("float32")
        return golden.arrays[key]

    for number, (name, x, config, more) in enumerate(cases()):
        keras.backend.clear_session()
        model = getattr(keras.layers, name)(**config, unroll="mask" in more)
        model.build(inputs[x].shape)
        own = np.random.default_rng(100 + number)
        for weight in model.trainable_variables:
            weight.assign(own.normal(size=weight.shape) * 0.5)
        arrays = {f"weight_{i}": np.asarray(weight.value) for i, weight in enumerate(model.weights)}
        states = []
        if more.get("states"):
            states = [own.normal(size=state.shape).astype("float32") for state in model.get_initial_state(2)]
            arrays |= {f"state_{n}": state for n, state in enumerate(states)}
        mask = np.array(MASKS[more["mask"]], bool) if "mask" in more else None
        for _ in range(more.get("calls", 1) - 1):
            model(inputs[x])
        arrays |= run(model, inputs[x], mask, states, cotangent)
        if all(known["object"] != name for known in golden.cases):
            more["get_config"] = model.get_config()
        golden.add(f"{name}-{number}", name, config, arrays, x=x, **more, weights=[w.name for w in model.weights])
    golden.write()


if __name__ == "__main__":
    main()
