"""Write `recurrence.npz` and `recurrence.json`: recurrent layers of Keras with fixed weights, and PyTorch's LSTM.

Case keys: `config`, in which a value `{"make": [name, config]}` stands for a layer of that name, and a list of them for
several; `mask` (the array `inputs/masks/<mask>`), `states` (how many arrays `inputs/states/<n>` are given as
`initial_state`), `calls` (how often a stateful layer is called), `get_config` (of the first case of each
kind). The input is `inputs/x/x`. Arrays: `<case>/weight_<i>`,
`<case>/output_<k>` (all outputs of the last call, flattened), `<case>/output_mask`, and of the gradient of
sum_k (output_k * cotangent_k), with `inputs/cotangents/<shape>`: `<case>/gradient_input`, `<case>/gradient_state_<n>`,
`<case>/gradient_weight_<i>`. `trained/*`: the weights of a tiny model before and after two steps of `fit`. `torch/*`:
an `nn.LSTM` with the weights that it has, its input, outputs and gradients.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_recurrence.py`.
"""

import jax
import keras
import numpy as np
import torch
from keras.src.backend import get_keras_mask, set_keras_mask
from writer import Golden

MASKS = {
    "end": [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0]],
    "start": [[1, 1, 1, 1, 1], [0, 0, 1, 1, 1], [0, 0, 0, 0, 1]],
    "middle": [[1, 0, 1, 1, 0], [0, 1, 0, 0, 1], [0, 0, 0, 0, 0]],
}
KINDS = {
    "SimpleRNN": {},
    "LSTM": {},
    "GRU": {},
    "GRU before": {"reset_after": False},
}


def layer(name, **config):
    return {"make": [name, config]}


def cases():
    """Yield (object, config, more)."""
    for kind, own in KINDS.items():
        name, count = kind.split()[0], 2 if kind == "LSTM" else 1
        yield name, {"units": 3, **own}, {}
        yield name, {"units": 3, "return_sequences": True, "return_state": True, **own}, {"mask": "end"}
        yield name, {"units": 3, "return_sequences": True, "go_backwards": True, **own}, {"mask": "start"}
        yield name, {"units": 3, "return_state": True, **own}, {"mask": "middle", "states": count}
        yield name, {"units": 3, "return_sequences": True, "zero_output_for_mask": True, **own}, {"mask": "middle"}
        yield name, {"units": 3, "use_bias": False, "activation": "relu", **own}, {"mask": "middle"}
        yield name, {"units": 3, "stateful": True, "return_sequences": True, **own}, {"calls": 2}
        more = {"unroll": True, "return_sequences": True, "recurrent_regularizer": "l2"}
        yield name, {"units": 3, **more, **own}, {}
        for mode in ("concat", "sum", "mul", "ave", None):
            inner = layer(name, units=3, return_sequences=True, **own)
            yield (
                "Bidirectional",
                {"layer": inner, "merge_mode": mode},
                {"mask": "middle" if mode == "concat" else "end"},
            )
        inner = layer(name, units=3, return_state=True, **own)
        yield "Bidirectional", {"layer": inner}, {"states": 2 * count}
    yield "LSTM", {"units": 3, "unit_forget_bias": False, "recurrent_activation": "hard_sigmoid"}, {"mask": "end"}
    back = layer("GRU", units=2, return_sequences=True, go_backwards=True)
    yield "Bidirectional", {"layer": layer("LSTM", units=3, return_sequences=True), "backward_layer": back}, {}
    cells = [layer("LSTMCell", units=3), layer("GRUCell", units=2)]
    stack = {"cell": layer("StackedRNNCells", cells=cells), "return_sequences": True}
    yield "RNN", {**stack, "return_state": True}, {"mask": "middle"}
    yield "RNN", {**stack, "go_backwards": True}, {"mask": "end"}
    yield "RNN", {"cell": layer("SimpleRNNCell", units=3, activation="sigmoid")}, {"mask": "middle"}
    yield "TimeDistributed", {"layer": layer("Dense", units=2, activation="tanh")}, {"mask": "end"}
    yield "TimeDistributed", {"layer": layer("LayerNormalization")}, {}


def made(value):
    if isinstance(value, dict) and "make" in value:
        name, config = value["make"]
        return getattr(keras.layers, name)(**{key: made(each) for key, each in config.items()})
    return [made(each) for each in value] if isinstance(value, list) else value


def run(model, x, mask, states, cotangent):
    """The arrays of one call."""
    trainable = [weight.value for weight in model.trainable_variables]

    def forward(trainable, x, states):
        now = x * 1.0
        if mask is not None:
            set_keras_mask(now, keras.ops.convert_to_tensor(mask))
        values = list(zip(model.trainable_variables, trainable, strict=True))
        with keras.StatelessScope(state_mapping=values):
            # beside initial_state Keras forgets the mask that a tensor carries, unless it is given by name
            more = {"initial_state": list(states), "mask": mask} if states else {}
            output = model(now, **more)
        return output

    output = forward(trainable, x, states)
    flat = jax.tree.leaves(output)
    arrays = {f"output_{k}": each for k, each in enumerate(flat)}
    if get_keras_mask(flat[0]) is not None:
        arrays["output_mask"] = get_keras_mask(flat[0])

    def weigh(*given):
        return sum((each * cotangent(each.shape)).sum() for each in jax.tree.leaves(forward(*given)))

    by_weight, by_input, by_state = jax.grad(weigh, (0, 1, 2))(trainable, x, states)
    arrays |= {f"gradient_weight_{i}": each for i, each in enumerate(by_weight)} | {"gradient_input": by_input}
    return arrays | {f"gradient_state_{n}": each for n, each in enumerate(by_state)}


def trained():
    """Weights before and after two steps of a model that reads words."""
    rng = np.random.default_rng(5)
    x, y = rng.integers(0, 6, (8, 4)).astype("int32"), rng.integers(0, 2, (8, 1)).astype("float32")
    model = keras.Sequential(
        [
            keras.layers.Embedding(6, 3, mask_zero=True),
            keras.layers.Bidirectional(keras.layers.LSTM(2, return_sequences=True)),
            keras.layers.GRU(2),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.build((None, 4))
    for weight in model.weights:
        weight.assign(rng.normal(size=weight.shape) * 0.5)
    before = [np.asarray(weight.value) for weight in model.weights]
    model.compile("adam", "binary_crossentropy")
    model.fit(x, y, batch_size=4, epochs=1, shuffle=False, verbose=0)
    arrays = {"x": x, "y": y} | {f"before_{i}": each for i, each in enumerate(before)}
    return arrays | {f"after_{i}": np.asarray(weight.value) for i, weight in enumerate(model.weights)}


def of_torch(rng):
    """PyTorch's LSTM: gates in the order i, f, g, o, kernels turned, two biases."""
    torch.manual_seed(0)
    lstm = torch.nn.LSTM(4, 3, batch_first=True)
    x = torch.tensor(rng.normal(size=(2, 6, 4)).astype("float32"), requires_grad=True)
    output, (h, c) = lstm(x)
    cotangent = torch.tensor(rng.normal(size=output.shape).astype("float32"))
    (output * cotangent).sum().backward()
    arrays = {"x": x, "output": output, "h": h[0], "c": c[0], "cotangent": cotangent, "gradient_x": x.grad}
    for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"):
        arrays |= {name: getattr(lstm, name), f"gradient_{name}": getattr(lstm, name).grad}
    return {name: each.detach().numpy() for name, each in arrays.items()}


def main():
    golden, rng = Golden("recurrence"), np.random.default_rng(4)
    x = rng.normal(size=(3, 5, 4)).astype("float32")
    golden.inputs("x", x=x)
    golden.inputs("masks", **{name: np.array(mask, bool) for name, mask in MASKS.items()})
    states = [rng.normal(size=(3, 3)).astype("float32") for _ in range(4)]
    golden.inputs("states", **{str(n): state for n, state in enumerate(states)})

    def cotangent(shape):
        key = f"inputs/cotangents/{'x'.join(map(str, shape))}"
        if key not in golden.arrays:
            golden.arrays[key] = rng.normal(size=shape).astype("float32")
        return golden.arrays[key]

    for number, (name, config, more) in enumerate(cases()):
        keras.backend.clear_session()
        model = made(layer(name, **config))
        model.build(x.shape)
        weights = np.random.default_rng(100 + number)
        for weight in model.trainable_variables:
            weight.assign(weights.normal(size=weight.shape) * 0.5)
        arrays = {f"weight_{i}": np.asarray(weight.value) for i, weight in enumerate(model.weights)}
        mask = None if more.get("mask") is None else np.array(MASKS[more["mask"]], bool)
        for _ in range(more.get("calls", 1) - 1):
            model(x)
        arrays |= run(model, x, mask, states[: more.get("states", 0)], cotangent)
        weights = [weight.name for weight in model.weights]
        if all(known["object"] != name for known in golden.cases):
            more["get_config"] = model.get_config()
        golden.add(f"{name}-{number}", name, config, arrays, **more, weights=weights)
    for name, arrays in (("trained", trained()), ("torch", of_torch(rng))):
        golden._keep(name, arrays)
    golden.write()


if __name__ == "__main__":
    main()
