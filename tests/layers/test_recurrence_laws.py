"""Laws of recurrent layers, and the loops written for speed against the plain ones."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick import in_one_program

import hornbeam
from hornbeam import layers
from hornbeam.core.frame import Frame
from hornbeam.graph.tensor import Input
from hornbeam.ops import gru, lstm, recurrence, simple_rnn
from hornbeam.saving.tree import places

rng = np.random.default_rng(0)
X = rng.normal(size=(3, 6, 4)).astype("float32")
KINDS = {
    "SimpleRNN": lambda **more: layers.SimpleRNN(3, **more),
    "LSTM": lambda **more: layers.LSTM(3, **more),
    "GRU": lambda **more: layers.GRU(3, **more),
    "GRU before": lambda **more: layers.GRU(3, reset_after=False, **more),
}
every = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)

# one rounding more or less, over six steps of float32; chosen before looking
CLOSE = {"rtol": 1e-5, "atol": 1e-6}


def close(a, b, **tolerance):
    np.testing.assert_allclose(np.asarray(a, "float64"), np.asarray(b, "float64"), **(tolerance or CLOSE))


def with_mask(layer, x, mask, **how):
    with Frame():
        return layer(x, mask=np.asarray(mask, bool), **how)


def twin(layer, **changes):
    """A layer of the same weights, with other arguments."""
    other = type(layer).from_config({**layer.get_config(), **changes, "name": "other"})
    other.build((None, 6, 4))
    other.set_weights(layer.get_weights())
    return other


# ---- the loops written for speed, and the plain ones

FUNCTIONS = {
    "lstm": (lstm.lstm, layers.LSTMCell, {}),
    "gru": (gru.gru, layers.GRUCell, {}),
    "gru before": (gru.gru, layers.GRUCell, {"reset_after": False}),
    "simple_rnn": (simple_rnn.simple_rnn, layers.SimpleRNNCell, {}),
}
MASK = np.array([[1, 1, 0, 1, 0, 1], [0, 0, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0]], bool)
WAYS = {
    f"{name}, {what}": (name, mask, backwards, sequences)
    for name in FUNCTIONS
    for what, mask, backwards, sequences in (
        ("plain", None, False, True),
        ("masked", MASK, False, True),
        ("masked backwards", MASK, True, True),
        ("last", MASK, False, False),
    )
}


def both(name, mask, backwards, sequences, dtype):
    """Values and gradients of the function for whole sequences, and of its cell in the plain loop."""
    function, cell, more = FUNCTIONS[name]
    cell = cell(2, dtype=dtype, **more)
    cell.build((None, 4))
    random = np.random.default_rng(1)
    weights = [jnp.asarray(random.normal(size=w.shape), dtype) for w in cell.weights]
    x = jnp.asarray(random.normal(size=(3, 6, 4)), dtype)
    states = [jnp.asarray(random.normal(size=(3, 2)), dtype) for _ in range(cell.state_count)]
    shape = (3, 6, 2) if sequences else (3, 2)
    weigh = [jnp.asarray(random.normal(size=each), dtype) for each in (shape, *((3, 2),) * len(states))]

    def fast(weights, x, states):
        return function(x, states, *weights, mask, sequences=sequences, backwards=backwards, **more)

    def plain(weights, x, states):
        with Frame(dict(zip(cell.weights, weights, strict=True))):
            step = lambda x, states: cell(x, states)  # noqa: E731
            return recurrence.scan_cell(step, x, states, states[0], mask, sequences=sequences, backwards=backwards)

    def gradients(run):
        def total(*given):
            output, last = run(*given)
            return sum(jnp.sum(a * b) for a, b in zip([output, *last], weigh, strict=True))

        return jax.value_and_grad(total, (0, 1, 2))(weights, x, states)

    return gradients(fast), gradients(plain)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float64", 1e-10)])
def test_fast_and_plain_loops_give_the_same_values_and_gradients(dtype, tolerance):
    with jax.enable_x64(dtype == "float64"):
        found = in_one_program({name: lambda way=way: both(*way, dtype) for name, way in WAYS.items()})
    for name, pair in found.items():
        assert not isinstance(pair, Exception), (name, pair)
        for fast, plain in zip(*map(jax.tree.leaves, pair), strict=True):
            np.testing.assert_allclose(fast, plain, rtol=tolerance, atol=tolerance, err_msg=name)
            assert fast.dtype == plain.dtype == dtype


@pytest.mark.parametrize("name", ["lstm", "gru", "simple_rnn"])
def test_several_steps_to_a_turn_as_on_a_gpu_change_nothing(name, monkeypatch):
    monkeypatch.setattr(recurrence, "target", lambda: "gpu")  # six steps are no multiple of four
    for fast, plain in zip(*map(jax.tree.leaves, both(name, MASK, False, True, "float32")), strict=True):
        close(fast, plain, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["lstm", "gru", "simple_rnn"])
def test_whole_sequences_work_in_half_precision_under_vmap_and_without_gradient_of_the_input(name):
    function, cell, _ = FUNCTIONS[name]
    cell = cell(2)
    cell.build((None, 4))
    weights = [w.value for w in cell.weights]
    states = cell.get_initial_state(3)

    def loss(weights, x, states):
        return jnp.sum(function(x, states, *weights)[0] ** 2)

    many = jnp.stack([X, 2 * X])
    each = jax.jit(jax.vmap(jax.grad(loss), (None, 0, None)))(weights, many, states)
    for k in range(2):
        for together, alone in zip(each, jax.jit(jax.grad(loss))(weights, many[k], states), strict=True):
            close(together[k], alone, rtol=1e-4, atol=1e-5)
    exact = jax.jit(jax.grad(loss))(weights, X, states)
    for dtype, digits in (("float16", 0.02), ("bfloat16", 0.1)):
        half = jax.tree.map(lambda a, d=dtype: jnp.asarray(a, d), (weights, X, states))
        for a, b in zip(jax.jit(jax.grad(loss))(*half), exact, strict=True):
            assert a.dtype == dtype
            close(a, b, rtol=0, atol=digits * float(jnp.abs(b).max()))


@every
def test_any_activation_takes_the_plain_loop_and_gives_what_the_standard_ones_do(make):
    layer = make(return_sequences=True)
    output = layer(X)
    plain = twin(layer, activation=None)
    plain.cell.activation = lambda x: jnp.tanh(x)
    assert layer.cell.is_standard
    assert not plain.cell.is_standard
    close(plain(X), output)


def test_a_cell_s_subclass_runs_its_own_call():
    class Louder(layers.LSTMCell):
        def call(self, inputs, states, training=None):
            output, states = super().call(inputs, states, training)
            return 2 * output, states

    plain, louder = layers.RNN(layers.LSTMCell(3)), layers.RNN(Louder(3))
    plain(X), louder(X)
    louder.set_weights(plain.get_weights())
    close(louder(X), 2 * plain(X))


# ---- laws


@every
def test_an_output_does_not_see_the_future(make):
    layer = make(return_sequences=True)
    changed = np.concatenate([X[:, :3], X[:, 3:] + 1], axis=1)
    np.testing.assert_array_equal(np.asarray(layer(X))[:, :3], np.asarray(layer(changed))[:, :3])


@every
def test_padding_under_a_mask_changes_nothing_at_either_end(make):
    layer = make()
    output, noise = layer(X), 100 * np.ones((3, 2, 4), "float32")
    ones, zeros = np.ones((3, 6)), np.zeros((3, 2))
    close(with_mask(layer, np.concatenate([X, noise], 1), np.concatenate([ones, zeros], 1)), output)
    close(with_mask(layer, np.concatenate([noise, X], 1), np.concatenate([zeros, ones], 1)), output)


@every
def test_the_returned_state_is_the_last_output(make):
    output, h, *_ = make(return_sequences=True, return_state=True)(X)
    np.testing.assert_array_equal(output[:, -1], h)


@every
def test_going_backwards_is_going_forwards_over_the_reversed_sequence(make):
    layer = make(return_sequences=True)
    output = layer(X[:, ::-1])
    close(twin(layer, go_backwards=True)(X), output)


@every
def test_unrolled_and_looped_are_the_same(make):
    layer = make(return_sequences=True, return_state=True, go_backwards=True)
    mask = np.array([[1, 1, 0, 1, 1, 0], [0, 1, 1, 1, 1, 1], [1] * 6])
    looped = with_mask(layer, X, mask)
    for a, b in zip(looped, with_mask(twin(layer, unroll=True), X, mask), strict=True):
        close(a, b)


@every
def test_two_halves_with_the_state_kept_are_one_whole(make):
    layer = make()
    whole = layer(X)
    kept = make(stateful=True)
    kept(X[:, :2])
    kept.reset_state()
    kept.set_weights(layer.get_weights())
    kept(X[:, :2])
    close(kept(X[:, 2:]), whole)
    kept.reset_states()
    close(kept(X), whole)


@every
def test_a_state_that_is_handed_on_is_one_whole(make):
    layer = make(return_state=True)
    whole = layer(X)[0]
    _, *states = layer(X[:, :2])
    close(layer(X[:, 2:], initial_state=states)[0], whole)
    close(layer([X[:, 2:], *states])[0], whole)


def test_a_stateful_model_goes_on_in_predict_and_leaves_its_state_in_evaluate():
    layer = layers.GRU(3, stateful=True)
    model = hornbeam.Sequential([Input(batch_shape=(3, 2, 4)), layer, layers.Dense(1)])
    whole = hornbeam.Sequential([Input((6, 4)), layers.GRU(3), layers.Dense(1)])
    whole.set_weights(model.get_weights())
    expected = whole.predict(X, verbose=0)
    parts = np.concatenate([X[:, :2], X[:, 2:4], X[:, 4:]])
    close(model.predict(parts, batch_size=3, verbose=0)[6:], expected)
    layer.reset_state()
    for part in np.split(parts, 3):
        last = model.predict_on_batch(part)
    close(last, expected)
    layer.reset_state()
    model.compile("sgd", "mse")
    squares = model.predict(parts, batch_size=3, verbose=0) ** 2
    layer.reset_state()
    close(model.evaluate(parts, np.zeros((9, 1)), batch_size=3, verbose=0), squares.mean())
    assert (layer.states[0].numpy() == 0).all()
    model.fit(parts, np.zeros((9, 1)), batch_size=3, shuffle=False, verbose=0)
    assert (layer.states[0].numpy() != 0).all()


def test_stateful_layers_keep_their_states_out_of_weights_and_files(tmp_path):
    layer = layers.LSTM(3, stateful=True)
    model = hornbeam.Sequential([Input(batch_shape=(3, 2, 4)), layer])
    model.predict(X[:, :2], verbose=0)
    assert len(model.weights) == 3
    model.save(tmp_path / "m.keras")
    again = hornbeam.models.load_model(tmp_path / "m.keras")
    assert (again.layers[0].states[0].numpy() == 0).all()
    layer.reset_state()
    close(again.predict(X[:, :2], verbose=0), model.predict(X[:, :2], verbose=0))


@pytest.mark.parametrize("mode", ["concat", "sum", "mul", "ave", None])
def test_bidirectional_of_a_reversed_sequence_swaps_the_directions(mode):
    layer = layers.Bidirectional(layers.LSTM(3, return_sequences=True), merge_mode=mode)
    one = layer(X)
    weights = layer.get_weights()
    layer.set_weights(weights[3:] + weights[:3])
    two = layer(X[:, ::-1])
    if mode is None:
        for a, b in zip(one, two[::-1], strict=True):
            close(a, b[:, ::-1])
    else:
        two = two if mode != "concat" else np.concatenate([two[..., 3:], two[..., :3]], -1)
        close(one, np.asarray(two)[:, ::-1])


def test_bidirectional_keeps_the_order_of_states_and_takes_its_weights():
    layer = layers.Bidirectional(layers.GRU(3, return_state=True))
    output, there, back = layer(X)
    close(output, np.concatenate([there, back], -1))
    again = layers.Bidirectional(layers.GRU(3), weights=layer.get_weights())
    close(again(X), output)
    zeros = [np.zeros((3, 3), "float32")] * 2
    close(layer(X, initial_state=zeros)[0], output)
    close(layer([X, *zeros])[0], output)


def test_bidirectional_copies_a_cell_of_the_user_s_that_nobody_registered():
    class Sum(layers.Layer):
        state_size = 4

        def call(self, inputs, states):
            total = states[0] + inputs
            return total, [total]

    layer = layers.Bidirectional(layers.RNN(Sum(), return_sequences=True))
    there, back = np.split(np.asarray(layer(X)), 2, -1)
    close(there, np.cumsum(X, 1))
    close(back, np.cumsum(X[:, ::-1], 1)[:, ::-1])


def test_stacked_cells_are_stacked_layers():
    cells = [layers.LSTMCell(3), layers.GRUCell(2)]
    stack = layers.RNN(cells, return_sequences=True, return_state=True, go_backwards=True)
    mask = np.array([[1, 1, 0, 1, 1, 0], [0, 1, 1, 1, 1, 1], [1] * 6])
    output, (h, c), (last,) = with_mask(stack, X, mask)
    lower = layers.LSTM(3, return_sequences=True, return_state=True, go_backwards=True)
    upper = layers.GRU(2, return_sequences=True)
    lower(X)
    upper(np.zeros((3, 6, 3), "float32"))
    lower.set_weights(stack.get_weights()[:3])
    upper.set_weights(stack.get_weights()[3:])
    between, h2, c2 = with_mask(lower, X, mask)
    expected = with_mask(upper, between, mask[:, ::-1])
    close(output, expected)
    close(h, h2)
    close(c, c2)
    close(last, expected[:, -1])


def test_time_distributed_dense_is_dense():
    dense, inner = layers.Dense(3, activation="tanh"), layers.Dense(3, activation="tanh")
    expected = dense(X)
    layer = layers.TimeDistributed(inner)
    layer.build(X.shape)
    inner.set_weights(dense.get_weights())
    close(layer(X), expected)


def test_time_distributed_cuts_masks_of_words_into_steps():
    words = np.array([[[1, 2, 0], [3, 0, 0]], [[2, 2, 2], [0, 0, 0]]])
    inputs = Input((2, 3), dtype="int32")
    embedded = layers.Embedding(4, 5, mask_zero=True)
    inner = layers.LSTM(3)
    sentences = layers.TimeDistributed(inner)(embedded(inputs))
    model = hornbeam.Model(inputs, [sentences, layers.GRU(2)(sentences)])
    vectors, last = model.predict(words, verbose=0)
    close(vectors[0, 1], inner(embedded(words[0, 1:2, :1]))[0])
    alone = hornbeam.Model(inputs, model.outputs[1]).predict(words[1:], verbose=0)
    close(last[1:], alone)
    # the second text has one sentence: what stands for the other does not count
    gru = model.layers[-1]
    close(last[1], gru(vectors[1:, :1])[0])


def test_time_distributed_folds_batch_and_time_for_batch_normalization():
    inner = layers.BatchNormalization()
    mask = np.array([[1, 1, 1, 0, 0, 0]] * 3, bool)
    with Frame(training=True) as frame:
        output = layers.TimeDistributed(inner)(X, mask=mask)
        moved = {v.name: np.asarray(a) for v, a in frame.written.items()}
    real = X[:, :3].reshape(-1, 4)
    close(moved["moving_mean"], 0.01 * real.mean(0))
    close(output[:, :3], (X[:, :3] - real.mean(0)) / np.sqrt(real.var(0) + 1e-3), rtol=1e-4, atol=1e-5)


# ---- dropout


@every
def test_dropout_drops_the_same_inputs_at_all_steps_and_nothing_at_inference(make):
    layer = make(dropout=0.5, seed=3)
    layer.build(X.shape)
    kept = layer.cell.draw(200, np.dtype("float32"))
    assert kept.inputs.shape == (200, 4)
    assert kept.states is None
    np.testing.assert_array_equal(np.unique(kept.inputs), [0, 2])
    assert 0.4 < np.mean(np.asarray(kept.inputs) == 0) < 0.6
    close(layer(X), layer(X, training=False))
    assert np.abs(np.asarray(layer(X, training=True)) - np.asarray(layer(X))).max() > 1e-3


@every
def test_unrolled_and_looped_drop_the_same(make):
    how = {"dropout": 0.3, "recurrent_dropout": 0.4, "seed": 5, "return_sequences": True}
    layer = make(**how)
    layer.build(X.shape)
    unrolled = twin(layer, unroll=True)

    def run(layer):
        with Frame(training=True, key=(np.uint32(1), np.uint32(2), np.uint32(3))):
            return layer(jnp.asarray(X))

    close(run(layer), run(unrolled))


def test_recurrent_dropout_has_decisions_for_each_gate():
    cell = layers.LSTMCell(3, dropout=0.2, recurrent_dropout=0.2)
    cell.build((None, 4))
    kept = cell.draw(2, np.dtype("float32"))
    assert kept.inputs.shape == (4, 2, 4)
    assert kept.states.shape == (4, 2, 3)


def test_a_user_s_cell_may_hold_layers_that_drop():
    class Cell(layers.Layer):
        def __init__(self):
            super().__init__()
            self.state_size = 4
            self.drop = layers.Dropout(0.5)

        def call(self, inputs, states, training=None):
            new = states[0] + self.drop(inputs, training=training)
            return new, [new]

    ones = np.ones((50, 6, 4), "float32")
    layer = layers.RNN(Cell())
    close(layer(ones), 6 * np.ones((50, 4)))
    dropped = np.asarray(layer(ones, training=True))
    assert set(np.unique(dropped)) == {0.0, 12.0}


# ---- models


def test_an_encoder_s_states_begin_the_decoder_in_a_saved_model_too(tmp_path):
    given, target = Input((None, 4)), Input((None, 3))
    _, h, c = layers.LSTM(5, return_state=True)(given)
    decoded = layers.LSTM(5, return_sequences=True)(target, initial_state=[h, c])
    model = hornbeam.Model([given, target], layers.Dense(3)(decoded))
    model.compile("adam", "mse")
    model.fit([X, X[..., :3]], X[..., :3], epochs=1, verbose=0)
    model.save(tmp_path / "m.keras")
    again = hornbeam.models.load_model(tmp_path / "m.keras")
    close(again.predict([X, X[..., :3]], verbose=0), model.predict([X, X[..., :3]], verbose=0))
    # what the encoder reads matters to the decoder
    assert np.abs(model.predict([-X, X[..., :3]], verbose=0) - model.predict([X, X[..., :3]], verbose=0)).max() > 1e-4


def test_files_hold_weights_under_the_cell_as_keras_s_do():
    model = hornbeam.Sequential([Input((6, 4)), layers.Bidirectional(layers.LSTM(2)), layers.Dense(1)])
    held = {place.path: len(place.weights) for place in places(model) if place.weights}
    assert held == {
        "layers/bidirectional/forward_layer/cell": 3,
        "layers/bidirectional/backward_layer/cell": 3,
        "layers/dense": 2,
    }


def test_models_of_equal_structure_share_their_programs():
    def model(units):
        return hornbeam.Sequential([Input((6, 4)), layers.Bidirectional(layers.LSTM(units)), layers.Dense(1)])

    assert model(3).network_key() == model(3).network_key()
    assert model(3).network_key() != model(2).network_key()
