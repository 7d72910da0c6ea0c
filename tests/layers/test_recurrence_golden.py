"""Recurrent layers against Keras 3.15.1 and PyTorch 2.13: outputs, states, masks, gradients, two steps of training."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from golden.writer import read
from quick import in_one_program

import hornbeam
from hornbeam import layers
from hornbeam.core.frame import Frame

CASES, ARRAYS = read("recurrence")

# Both in float32, in another order of operations, over five steps: some units in the last place for values, ten times
# that for gradients, which are sums of products. Adam divides by the root of squares, so that after two steps of 0.001
# rounding may show in the sixth digit. Chosen before any comparison was made.
VALUE = {"rtol": 1e-5, "atol": 1e-6}
SLOPE = {"rtol": 1e-4, "atol": 1e-5}


def made(value):
    """Layers in place of their descriptions."""
    if isinstance(value, dict) and "make" in value:
        name, config = value["make"]
        return getattr(layers, name)(**{key: made(each) for key, each in config.items()})
    return [made(each) for each in value] if isinstance(value, list) else value


def prepared(case):
    layer = made({"make": [case["object"], case["config"]]})
    layer.build((3, 5, 4))
    layer.set_weights([ARRAYS[f"{case['case']}/weight_{i}"] for i in range(len(case["weights"]))])
    for _ in range(case.get("calls", 1) - 1):
        layer(ARRAYS["inputs/x/x"])
    return layer


def arrays_of(case, layer):
    mask = case.get("mask") and ARRAYS[f"inputs/masks/{case['mask']}"]
    masks = []

    def forward(weights, x, states):
        with Frame(dict(zip(layer.trainable_weights, weights, strict=True))) as frame:
            if mask is not None:
                frame.set_mask(x, jnp.asarray(mask))
            outputs = jax.tree.leaves(layer(x, **({"initial_state": states} if states else {})))
            masks.append(frame.mask_of(outputs[0]))
            return outputs

    given = [jnp.asarray(ARRAYS[f"inputs/states/{n}"]) for n in range(case.get("states", 0))]
    weights = [jnp.asarray(weight.value) for weight in layer.trainable_weights]
    outputs, pull = jax.vjp(forward, weights, jnp.asarray(ARRAYS["inputs/x/x"]), given)
    shapes = ["x".join(map(str, output.shape)) for output in outputs]
    by_weight, by_input, by_state = pull([jnp.asarray(ARRAYS[f"inputs/cotangents/{shape}"]) for shape in shapes])
    found = {f"output_{k}": output for k, output in enumerate(outputs)} | {"gradient_input": by_input}
    found |= {f"gradient_weight_{i}": slope for i, slope in enumerate(by_weight)}
    found |= {f"gradient_state_{n}": slope for n, slope in enumerate(by_state)}
    return found if masks[0] is None else found | {"output_mask": masks[0]}


@functools.cache
def computed():
    """What the layers of all cases give, from one compiled program."""
    return in_one_program({case["case"]: functools.partial(arrays_of, case, prepared(case)) for case in CASES})


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_outputs_states_masks_and_gradients_are_keras_s(case):
    found, prefix = computed()[case["case"]], f"{case['case']}/"
    if isinstance(found, Exception):
        raise found
    expected = {key.removeprefix(prefix): array for key, array in ARRAYS.items() if key.startswith(prefix)}
    expected = {what: array for what, array in expected.items() if not what.startswith("weight_")}
    assert set(found) == set(expected)
    for what, array in expected.items():
        assert found[what].shape == array.shape, what
        tolerance = SLOPE if what.startswith("gradient") else VALUE
        np.testing.assert_allclose(found[what], array, **tolerance, err_msg=what)


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_weights_have_keras_s_names_and_order(case):
    layer = made({"make": [case["object"], case["config"]]})
    layer.build((3, 5, 4))
    assert [weight.name for weight in layer.weights] == case["weights"]
    assert [weight.shape for weight in layer.weights] == [
        ARRAYS[f"{case['case']}/weight_{i}"].shape for i in range(len(case["weights"]))
    ]


@pytest.mark.parametrize("case", [case for case in CASES if "get_config" in case], ids=lambda case: case["object"])
def test_a_layer_is_built_from_keras_s_config(case):
    config = {key: value for key, value in case["get_config"].items() if key != "quantization_config"}
    layer = getattr(layers, case["object"]).from_config(config)
    layer.build((3, 5, 4))
    assert [weight.name for weight in layer.weights] == case["weights"]
    again = layer.get_config()
    plain = {key: value for key, value in config.items() if value is None or isinstance(value, (bool, int, float, str))}
    assert {key: again[key] for key in plain if key in again and key != "dtype"} == {
        key: value for key, value in plain.items() if key in again and key != "dtype"
    }


def test_two_steps_of_training_give_keras_s_weights():
    model = hornbeam.Sequential(
        [
            layers.Embedding(6, 3, mask_zero=True),
            layers.Bidirectional(layers.LSTM(2, return_sequences=True)),
            layers.GRU(2),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.build((None, 4))
    count = len(model.weights)
    model.set_weights([ARRAYS[f"trained/before_{i}"] for i in range(count)])
    model.compile("adam", "binary_crossentropy")
    model.fit(ARRAYS["trained/x"], ARRAYS["trained/y"], batch_size=4, epochs=1, shuffle=False, verbose=0)
    for i, weight in enumerate(model.get_weights()):
        np.testing.assert_allclose(weight, ARRAYS[f"trained/after_{i}"], rtol=1e-5, atol=1e-5)


def test_lstm_is_pytorch_s_with_its_weights_turned():
    def torch(name):
        return ARRAYS[f"torch/{name}"]

    layer = layers.LSTM(3, return_sequences=True, return_state=True)
    layer.build((None, 6, 4))
    bias = torch("bias_ih_l0") + torch("bias_hh_l0")
    layer.set_weights([torch("weight_ih_l0").T, torch("weight_hh_l0").T, bias])

    def forward(weights, x):
        with Frame(dict(zip(layer.weights, weights, strict=True))):
            return layer(x)

    (output, h, c), pull = jax.vjp(forward, [w.value for w in layer.weights], jnp.asarray(torch("x")))
    for ours, name in ((output, "output"), (h, "h"), (c, "c")):
        np.testing.assert_allclose(ours, torch(name), **VALUE)
    (kernel, recurrent, bias), slope = pull((jnp.asarray(torch("cotangent")), jnp.zeros_like(h), jnp.zeros_like(c)))
    np.testing.assert_allclose(slope, torch("gradient_x"), **SLOPE)
    np.testing.assert_allclose(kernel, torch("gradient_weight_ih_l0").T, **SLOPE)
    np.testing.assert_allclose(recurrent, torch("gradient_weight_hh_l0").T, **SLOPE)
    np.testing.assert_allclose(bias, torch("gradient_bias_ih_l0"), **SLOPE)
