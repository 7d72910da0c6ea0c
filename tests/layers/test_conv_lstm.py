"""Convolutional LSTMs: against Keras 3.15.1, their laws, and what they say to mistakes."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from golden.writer import read
from quick import in_one_program

import hornbeam
from hornbeam import layers
from hornbeam.core.errors import ArgumentError, HornbeamError, ShapeError
from hornbeam.core.frame import Frame
from hornbeam.graph.tensor import Input

CASES, ARRAYS = read("conv_lstm")
NAMES = [case["case"] for case in CASES]
every_case = pytest.mark.parametrize("case", CASES, ids=NAMES)

# As for the other recurrent layers: both in float32, in another order of operations, over some steps; gradients are
# sums of more products. Chosen before any comparison was made.
VALUE = {"rtol": 1e-5, "atol": 1e-6}
SLOPE = {"rtol": 1e-4, "atol": 1e-5}

X = np.random.default_rng(0).normal(size=(2, 4, 4, 3, 2)).astype("float32")
SEQUENCES = {"return_sequences": True}


def close(a, b, **tolerance):
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), **(tolerance or VALUE))


# ---- against Keras


def prepared(case):
    layer, x = getattr(layers, case["object"])(**case["config"]), ARRAYS[f"inputs/x/{case['x']}"]
    layer.build(x.shape)
    layer.set_weights([ARRAYS[f"{case['case']}/weight_{i}"] for i in range(len(case["weights"]))])
    for _ in range(case.get("calls", 1) - 1):
        layer(x)
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

    given = [jnp.asarray(ARRAYS[f"{case['case']}/state_{n}"]) for n in range(2)] if case.get("states") else []
    weights = [jnp.asarray(weight.value) for weight in layer.trainable_weights]
    outputs, pull = jax.vjp(forward, weights, jnp.asarray(ARRAYS[f"inputs/x/{case['x']}"]), given)
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


@every_case
def test_outputs_states_masks_and_gradients_are_keras_s(case):
    found, prefix = computed()[case["case"]], f"{case['case']}/"
    if isinstance(found, Exception):
        raise found
    expected = {key.removeprefix(prefix): array for key, array in ARRAYS.items() if key.startswith(prefix)}
    expected = {what: array for what, array in expected.items() if not what.startswith(("weight_", "state_"))}
    assert set(found) == set(expected)
    for what, array in expected.items():
        assert found[what].shape == array.shape, what
        tolerance = SLOPE if what.startswith("gradient") else VALUE
        np.testing.assert_allclose(found[what], array, **tolerance, err_msg=what)


@every_case
def test_weights_have_keras_s_names_order_and_shapes(case):
    layer = prepared(case)
    assert [weight.name for weight in layer.weights] == case["weights"]


@pytest.mark.parametrize("case", [case for case in CASES if "get_config" in case], ids=lambda case: case["object"])
def test_a_layer_is_built_from_keras_s_config(case):
    again = getattr(layers, case["object"]).from_config(case["get_config"]).get_config()
    plain = {key: value for key, value in case["get_config"].items() if not isinstance(value, dict)}
    passed_over = {"quantization_config"}
    assert {key: again[key] for key in plain.keys() - passed_over} == {
        key: plain[key] for key in plain.keys() - passed_over
    }


# ---- laws


@functools.cache
def plain(**more):
    """A layer that returns its sequence and states, and shares its weights with all that ``twin`` makes."""
    layer = layers.ConvLSTM2D(2, 2, padding="same", return_sequences=True, return_state=True, **more)
    layer.build((2, 4, 4, 3, 2))
    return layer


def twin(layer, **changes):
    """A layer of the same weights, with other arguments."""
    other = type(layer).from_config({**layer.get_config(), **changes, "name": "other"})
    other.build((2, 4, 4, 3, 2))
    other.set_weights(layer.get_weights())
    return other


def with_mask(layer, x, mask):
    with Frame():
        return layer(x, mask=np.asarray(mask, bool))


def test_an_output_does_not_see_the_future():
    changed = np.concatenate([X[:, :2], X[:, 2:] + 1], axis=1)
    np.testing.assert_array_equal(np.asarray(plain()(X)[0])[:, :2], np.asarray(plain()(changed)[0])[:, :2])


def test_padding_under_a_mask_changes_nothing_at_either_end():
    output, h, c = plain()(X)
    noise, ones, zeros = 100 + 0 * X[:, :2], np.ones((2, 4)), np.zeros((2, 2))
    after = with_mask(plain(), np.concatenate([X, noise], 1), np.concatenate([ones, zeros], 1))
    before = with_mask(plain(), np.concatenate([noise, X], 1), np.concatenate([zeros, ones], 1))
    for found, kept in ((after, slice(None, 4)), (before, slice(2, None))):
        close(found[0][:, kept], output)
        close(found[1], h)
        close(found[2], c)


def test_two_halves_with_the_state_kept_are_one_whole():
    whole = plain()(X)[0]
    kept = twin(plain(), stateful=True)
    close(kept(X[:, :2])[0], whole[:, :2])
    close(kept(X[:, 2:])[0], whole[:, 2:])
    kept.reset_state()
    close(kept(X)[0], whole)
    # a state that is handed on does the same
    _, *states = plain()(X[:, :2])
    close(plain()(X[:, 2:], initial_state=states)[0], whole[:, 2:])


def test_the_order_of_the_batch_is_the_order_of_the_outputs():
    for one, other in zip(plain()(X), plain()(X[::-1]), strict=True):
        close(one, np.asarray(other)[::-1])


def test_going_backwards_is_going_forwards_over_the_reversed_sequence():
    close(twin(plain(), go_backwards=True)(X)[0], plain()(X[:, ::-1])[0])


def test_unrolled_and_looped_are_the_same_and_drop_the_same():
    mask = np.array([[1, 0, 1, 1], [0, 1, 1, 0]], bool)
    layer = plain(dropout=0.3, seed=3)

    def run(layer):
        with Frame(training=True, key=(np.uint32(1), np.uint32(2), np.uint32(3))):
            return layer(jnp.asarray(X), mask=mask)

    unrolled = twin(layer, unroll=True)
    found = in_one_program({"looped": lambda: run(layer), "unrolled": lambda: run(unrolled)})
    for one, other in zip(found["looped"], found["unrolled"], strict=True):
        close(one, other)


def test_outputs_under_the_mask_are_those_before_or_zeros():
    mask = np.array([[1, 0, 1, 0], [0, 1, 1, 0]], bool)
    output = np.asarray(with_mask(plain(), X, mask)[0])
    close(output[0, [1, 3]], output[0, [0, 2]])
    zeroed = with_mask(twin(plain(), zero_output_for_mask=True), X, mask)[0]
    close(zeroed, np.where(mask[:, :, None, None, None], output, 0))


def test_with_a_window_of_one_place_every_place_is_an_lstm():
    layer = layers.ConvLSTM2D(3, 1, **SEQUENCES)
    output = layer(X)
    lstm = layers.LSTM(3, **SEQUENCES)
    lstm.build((None, 4, 2))
    lstm.set_weights([np.asarray(w).reshape(-1, w.shape[-1]) if w.ndim > 1 else w for w in layer.get_weights()])
    places = X.transpose(0, 2, 3, 1, 4).reshape(-1, 4, 2)
    close(output, np.asarray(lstm(places)).reshape(2, 4, 3, 4, 3).transpose(0, 3, 1, 2, 4))


def test_channels_first_is_channels_last_turned():
    first = layers.ConvLSTM2D(2, 2, padding="same", data_format="channels_first", return_state=True, **SEQUENCES)
    first.build((2, 4, 2, 4, 3))
    first.set_weights(plain().get_weights())
    for one, other in zip(first(np.moveaxis(X, -1, 2)), plain()(X), strict=True):
        close(np.moveaxis(np.asarray(one), -3, -1), other)


def test_dropout_decides_for_each_gate_place_and_row_once_for_all_steps():
    layer = plain(dropout=0.5, recurrent_dropout=0.2, seed=5)
    kept = layer.cell.draw(50, np.dtype("float32"))
    assert kept.inputs.shape == (4, 50, 4, 3, 2)
    assert kept.states.shape == (4, 50, 4, 3, 2)
    np.testing.assert_array_equal(np.unique(kept.inputs), [0, 2])
    assert 0.45 < np.mean(np.asarray(kept.inputs) == 0) < 0.55
    # without input the dropped inputs do not matter: what differs comes from the states
    zeros, states = np.zeros_like(X), [np.ones((2, 4, 3, 2), "float32")] * 2
    dropped = layer(zeros, initial_state=states, training=True)[0]
    assert np.abs(dropped - layer(zeros, initial_state=states)[0]).max() > 1e-3
    close(layer(X)[0], layer(X, training=False)[0])


def test_each_gate_s_sums_see_that_gate_s_inputs():
    cell = plain().cell
    x = jnp.asarray(X[:, 0])
    kept = np.random.default_rng(1).integers(0, 2, (4, *x.shape)).astype("float32")
    apart = [jnp.split(cell.of_input(x * one, None), 4, -1)[gate] for gate, one in enumerate(kept)]
    close(cell.of_input(x, kept), jnp.concatenate(apart, -1))


def test_bidirectional_takes_films():
    layer = layers.Bidirectional(layers.ConvLSTM2D(2, 2, **SEQUENCES))
    one = np.asarray(layer(X))
    assert one.shape == (2, 4, 3, 2, 4)
    weights = layer.get_weights()
    layer.set_weights(weights[3:] + weights[:3])
    two = np.asarray(layer(X[:, ::-1]))[:, ::-1]
    close(one, np.concatenate([two[..., 2:], two[..., :2]], -1))


def test_models_for_other_sizes_of_images_have_programs_of_their_own(tmp_path):
    def model(size):
        return hornbeam.Sequential([Input((None, size, 3, 2)), layers.ConvLSTM2D(2, 2), layers.GlobalMaxPooling2D()])

    small, large = model(4), model(5)
    assert small.network_key() == model(4).network_key()
    assert small.network_key() != large.network_key()
    small.save(tmp_path / "m.keras")
    again = hornbeam.models.load_model(tmp_path / "m.keras")
    close(again.predict(X, verbose=0), small.predict(X, verbose=0))
    assert large.predict(np.pad(X, ((0, 0), (0, 0), (0, 1), (0, 0), (0, 0))), verbose=0).shape == (2, 2)


# ---- mistakes

# what is done, the error's class, and pieces of its message: where | expected | got | fix
MISTAKES = {
    "filters": (lambda: layers.ConvLSTM2D(0, 3), ArgumentError, "ConvLSTM2D, filters | positive integer | 0"),
    "kernel_size": (lambda: layers.ConvLSTM2D(2, (3, 3, 3)), ArgumentError, "ConvLSTM2D, kernel_size | (3, 3, 3)"),
    "causal": (lambda: layers.ConvLSTM1D(2, 3, padding="causal"), ArgumentError, "padding | 'same' | 'causal'"),
    "strides and dilation": (
        lambda: layers.ConvLSTM2D(2, 3, strides=2, dilation_rate=2), ArgumentError,
        "(ConvLSTM2D), strides and dilation_rate | one of them to be 1 | (2, 2) and (2, 2)"),
    "rank": (
        lambda: layers.ConvLSTM2D(2, 3)(X[..., 0]), ShapeError,
        "(ConvLSTM2D) | 5 axes, (batch, time, height, width, channels) | 4, 4, 3) | x[..., None] | x[:, None]"),
    "rank of another": (
        lambda: layers.ConvLSTM1D(2, 3)(Input((4, 8, 8, 1))), ShapeError,
        "(ConvLSTM1D) | 4 axes, (batch, time, steps, channels) | (None, 4, 8, 8, 1) | of that rank"),
    "rank, channels first": (
        lambda: layers.ConvLSTM2D(2, 3, data_format="channels_first")(Input((8, 8))), ShapeError,
        "(batch, time, channels, height, width)"),
    "size unknown": (
        lambda: layers.ConvLSTM2D(2, 3)(Input((None, None, 8, 1))), ShapeError,
        "(ConvLSTM2D) | known size | (None, None, None, 8, 1) | only the batch and the time"),
    "channels": (
        lambda: plain()(X[..., :1]), ShapeError,
        "(ConvLSTM2D) | (4, 3, 2), for which it was built | (2, 4, 4, 3, 1) | Resizing"),
    "window": (lambda: layers.ConvLSTM2D(2, 5)(X), ShapeError, "(ConvLSTMCell) | 5"),
    "mask": (lambda: plain()(X, mask=np.ones((2, 3), bool)), ShapeError, "(ConvLSTM2D), mask | (2, 4) | (2, 3) | step"),
    "states": (
        lambda: plain()(X, initial_state=[X[:, 0]]), ShapeError,
        "(ConvLSTM2D), initial_state | 2 arrays of (2, 4, 3, 2), (2, 4, 3, 2) | return_state=True"),
    "stateful": (
        lambda: layers.ConvLSTM2D(2, 3, stateful=True)(Input((4, 4, 3, 2))), ShapeError,
        "(ConvLSTM2D), stateful | fixed batch size | (None, 4, 4, 3, 2) | Input(batch_shape=(batch, time, …))"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_answered_in_four_parts(mistake):
    do, kind, pieces = MISTAKES[mistake]
    assert issubclass(kind, HornbeamError)
    with pytest.raises(kind) as caught:
        do()
    message = str(caught.value)
    for piece in pieces.split(" | "):
        assert piece in message, f"{piece!r} is not in {message!r}"
    assert ": expected " in message
    assert "; got " in message
