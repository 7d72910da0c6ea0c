"""Laws of single layers, against NumPy or against each other."""

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hornbeam import activations, layers
from hornbeam.core.errors import DataError
from hornbeam.core.frame import Frame
from hornbeam.graph.tensor import Input

rng = np.random.default_rng(0)
X = rng.normal(size=(6, 5, 4)).astype("float32")
Y = rng.normal(size=(6, 5, 4)).astype("float32")
STEPS = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 0, 0, 0, 0]] * 2, bool)

# float32 against NumPy's float64 for sums of some dozens of numbers around 1; chosen before looking
CLOSE = {"rtol": 1e-5, "atol": 1e-5}


def close(a, b, **tolerance):
    np.testing.assert_allclose(np.asarray(a, "float64"), np.asarray(b, "float64"), **(tolerance or CLOSE))


def trained_call(layer, x, mask=None):
    """Output and written variables by name of one call in training."""
    with Frame(training=True, key=(np.uint32(1), np.uint32(2), np.uint32(3))) as frame:
        x = jnp.asarray(x)
        frame.set_mask(x, mask)
        output = layer(x)
        return np.asarray(output), {v.name: np.asarray(a) for v, a in frame.written.items()}


# ---- Dense and EinsumDense


def test_einsum_dense_is_dense():
    for equation, bias in (("abc,cd->abd", "d"), ("...c,cd->...d", "d")):
        shape = (None, 3) if equation[0] == "a" else 3
        einsum, dense = layers.EinsumDense(equation, shape, bias_axes=bias, activation="tanh"), layers.Dense(3, "tanh")
        einsum(X), dense(X)
        einsum.set_weights(dense.get_weights())
        close(einsum(X), dense(X))


def test_einsum_dense_tells_its_initializer_which_axes_are_inputs():
    # 40 inputs and 10 · 20 outputs: Glorot's limit is sqrt(6 / 240); by shape alone it would be far less
    layer = layers.EinsumDense("abc,cde->abde", (None, 10, 20))
    layer.build((None, 5, 40))
    limit = (6 / 240) ** 0.5
    assert 0.95 * limit < np.abs(layer.kernel.numpy()).max() <= limit


# ---- activations


@pytest.mark.parametrize(
    ("layer", "function"),
    [
        (layers.Activation("swish"), activations.silu),
        (layers.ReLU(), activations.relu),
        (layers.LeakyReLU(alpha=0.1), lambda x: activations.leaky_relu(x, 0.1)),
        (layers.ELU(0.5), lambda x: activations.elu(x, 0.5)),
        (layers.Softmax(), activations.softmax),
        (layers.PReLU(alpha_initializer=lambda shape, dtype: np.full(shape, 0.2, dtype)), activations.leaky_relu),
    ],
    ids=["swish", "relu", "leaky_relu", "elu", "softmax", "prelu"],
)
def test_activation_layers_are_their_functions(layer, function):
    close(layer(X), function(X))


def test_softmax_under_a_mask_is_softmax_of_what_is_left():
    y = np.asarray(layers.Softmax(axis=1)(X, mask=STEPS))
    for row, mask, found in zip(X, STEPS, y, strict=True):
        close(found[mask], np.exp(row[mask]) / np.exp(row[mask]).sum(0))
        assert (found[~mask] == 0).all()
    # true for a mask of logits too, and where nothing is left all is 0
    y = layers.Softmax()(X[0], mask=np.array([True, False, True, False]))
    close(np.asarray(y)[:, [0, 2]].sum(-1), np.ones(5))
    assert (np.asarray(layers.Softmax()(X, mask=np.zeros(X.shape, bool))) == 0).all()


# ---- shapes


@given(st.permutations([2, 3, 5]), st.integers(1, 3))
@settings(max_examples=15, deadline=None)
def test_flatten_undoes_reshape_and_reshape_flatten(lengths, batch):
    x = np.arange(batch * 30, dtype="float32").reshape(batch, 30)
    shaped = layers.Reshape(lengths)(x)
    assert shaped.shape == (batch, *lengths)
    np.testing.assert_array_equal(layers.Flatten()(shaped), x)
    np.testing.assert_array_equal(layers.Reshape((-1, *lengths[1:]))(x), shaped)


@given(st.permutations([1, 2, 3]))
@settings(max_examples=6, deadline=None)
def test_the_inverse_permutation_undoes_a_permutation(dims):
    x = np.arange(48, dtype="float32").reshape(2, 2, 3, 4)
    back = tuple(int(place) + 1 for place in np.argsort(dims))
    y = layers.Permute(dims)(x)
    np.testing.assert_array_equal(y, np.transpose(x, (0, *dims)))
    np.testing.assert_array_equal(layers.Permute(back)(y), x)


def test_repeat_vector_says_the_same_at_each_step():
    y = np.asarray(layers.RepeatVector(4)(X[:, 0]))
    np.testing.assert_array_equal(y, np.repeat(X[:, :1], 4, axis=1))


def test_flatten_gives_channels_first_the_order_of_channels_last():
    x = rng.normal(size=(2, 3, 4, 5)).astype("float32")
    first = layers.Flatten(data_format="channels_first")(np.moveaxis(x, -1, 1))
    np.testing.assert_array_equal(first, layers.Flatten()(x))


# ---- Lambda


def test_lambda_gets_mask_training_and_its_arguments():
    seen = {}

    def function(x, factor, mask=None, training=None):
        seen.update(mask=mask, training=training)
        return x * factor

    layer = layers.Lambda(function, arguments={"factor": 3}, mask=lambda inputs, mask: mask)
    with Frame(training=True) as frame:
        x = jnp.asarray(X)
        frame.set_mask(x, STEPS)
        y = layer(x)
        assert frame.mask_of(y) is STEPS
    close(y, 3 * X)
    assert seen["mask"] is STEPS
    assert seen["training"] is True


def test_a_lambda_s_config_holds_a_name_and_no_code():
    layer = layers.Lambda(lambda x: x + 1, name="plus_one")
    config = layer.get_config()
    assert config["function"] == {
        "module": None, "class_name": "function", "config": "plus_one", "registered_name": "plus_one",
    }  # fmt: skip
    again = layers.deserialize(layers.serialize(layer), custom_objects={"plus_one": lambda x: x + 2})
    close(again(X), X + 2)


# ---- Embedding and Masking


def test_embedding_looks_up_rows_and_slopes_reach_only_those():
    layer = layers.Embedding(7, 3)
    ids = np.array([[1, 5, 1], [0, 0, 6]])
    close(layer(ids), layer.embeddings.numpy()[ids])
    close(layer(ids.astype("float32")), layer(ids))

    def total(table):
        with Frame({layer.embeddings: table}):
            return jnp.sum(layer(ids))

    slope = np.asarray(jax.grad(total)(jnp.asarray(layer.embeddings.numpy())))
    np.testing.assert_array_equal(slope, np.bincount(ids.ravel(), minlength=7)[:, None] * np.ones(3))


def test_embedding_of_half_precision_still_knows_large_numbers():
    table = np.arange(600, dtype="float32")[:, None] % 251
    layer = layers.Embedding(600, 1, weights=table, dtype="mixed_bfloat16")
    ids = np.array([[257.0, 511.0]], "float32")
    assert np.asarray(layer(ids)).ravel().tolist() == [6.0, 9.0]


def test_inside_a_program_a_number_outside_the_table_is_nan():
    layer = layers.Embedding(4, 2)
    layer.build()
    found = np.asarray(jax.jit(lambda ids: layer(ids))(np.array([3, 4, -1])))
    assert np.isnan(found).all(axis=1).tolist() == [False, True, True]


def test_embedding_takes_first_weights_as_a_matrix_or_in_a_list():
    table = rng.normal(size=(4, 2)).astype("float32")
    for weights in (table, [table]):
        close(layers.Embedding(4, 2, weights=weights).get_weights()[0], table)
    assert layers.Embedding(4, 2).weights == []


def test_input_length_declares_the_first_layer_s_shape():
    assert layers.Embedding(4, 2, input_length=10).declared_shape == (None, 10)
    assert layers.Embedding(4, 2).declared_shape is None
    assert layers.Embedding(input_dim=4, output_dim=2).input_dim == 4


def test_masking_hides_steps_of_padding_and_zeroes_them():
    x = np.where(STEPS[..., None], X, 7).astype("float32")
    layer = layers.Masking(7.0)
    np.testing.assert_array_equal(layer(x), np.where(STEPS[..., None], X, 0))
    np.testing.assert_array_equal(layer.compute_mask(x), STEPS)


# ---- masks on their way


def test_a_mask_survives_the_change_of_number_type_between_layers():
    words, dense = layers.Embedding(5, 3, mask_zero=True, dtype="mixed_bfloat16"), layers.Dense(2, dtype="float32")
    with Frame() as frame:
        y = dense(words(jnp.asarray([[1, 2, 0]])))
        np.testing.assert_array_equal(frame.mask_of(y), [[True, True, False]])


def test_layers_without_masks_end_them():
    with Frame() as frame:
        x = jnp.asarray(X)
        frame.set_mask(x, STEPS)
        assert frame.mask_of(layers.Flatten()(x)) is None
        assert frame.mask_of(layers.Dropout(0.5)(x)) is STEPS


# ---- normalisation


def test_batch_normalization_gives_mean_beta_and_deviation_gamma():
    layer = layers.BatchNormalization(epsilon=1e-6)
    layer(X)
    gamma, beta = rng.normal(size=(2, 4)).astype("float32")
    layer.set_weights([gamma, beta, *layer.get_weights()[2:]])
    y, _ = trained_call(layer, 50 + 3 * X)
    close(y.mean((0, 1)), beta, rtol=1e-4, atol=1e-4)
    close(y.std((0, 1)), np.abs(gamma), rtol=1e-4, atol=1e-4)


def test_moving_statistics_reach_the_data_s():
    layer = layers.BatchNormalization(momentum=0.5)
    for _ in range(40):
        layer(X, training=True)
    close(layer.moving_mean.numpy(), X.mean((0, 1)))
    close(layer.moving_variance.numpy(), X.var((0, 1)))
    close(layer(X), layer(X, training=True), rtol=1e-4, atol=1e-4)


def test_one_step_moves_statistics_by_one_minus_momentum():
    layer = layers.BatchNormalization(momentum=0.9)
    layer(X, training=True)
    close(layer.moving_mean.numpy(), 0.1 * X.mean((0, 1)))
    close(layer.moving_variance.numpy(), 0.9 + 0.1 * X.var((0, 1)))


def test_a_frozen_batch_normalization_is_in_inference_mode():
    layer = layers.BatchNormalization()
    layer.trainable = False
    close(layer(X, training=True), layer(X))
    assert (layer.moving_mean.numpy() == 0).all()


def test_batch_normalization_under_a_mask_is_that_of_the_steps_left():
    masked, plain = layers.BatchNormalization(), layers.BatchNormalization()
    y, written = trained_call(masked, np.where(STEPS[..., None], X, 1e6), STEPS)
    expected, statistics = trained_call(plain, X[STEPS])
    close(y[STEPS], expected)
    for name, value in statistics.items():
        close(written[name], value)


def test_batch_normalization_of_years_and_pressures_keeps_its_digits():
    # mean(x²) - mean(x)² in float32 would be off by more than the variance itself
    x = 100_000 + rng.normal(size=(64, 3))
    y, _ = trained_call(layers.BatchNormalization(), x.astype("float32"))
    exact = x.astype("float32").astype("float64")
    close(y, (exact - exact.mean(0)) / np.sqrt(exact.var(0) + 1e-3), rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize("dtype", ["float16", "mixed_float16"])
def test_squares_of_half_precision_numbers_do_not_overflow(dtype):
    x = (400 * X).astype("float16")
    for layer in (layers.BatchNormalization(dtype=dtype), layers.LayerNormalization(dtype=dtype),
                  layers.GroupNormalization(2, dtype=dtype), layers.RMSNormalization(dtype=dtype),
                  layers.UnitNormalization(dtype=dtype)):  # fmt: skip
        y, _ = trained_call(layer, x)
        assert y.dtype == np.float16
        assert np.isfinite(y).all()
        assert 0.1 < y.std() < 1.1


def test_batch_renormalization_without_a_past_to_differ_from_is_batch_normalization():
    layer, plain = layers.BatchNormalization(renorm=True), layers.BatchNormalization()
    layer(X), plain(X)
    mean, variance = X.mean((0, 1)), X.var((0, 1))
    deviation = np.sqrt(variance + 1e-3)
    layer.renorm_mean.assign(mean)
    layer.renorm_stddev.assign(deviation)
    close(trained_call(layer, X)[0], trained_call(plain, X)[0])
    _, written = trained_call(layer, X)
    close(written["moving_variance"], np.square(0.99 * 1 + 0.01 * deviation) - 1e-3)


def test_layer_normalization_gives_mean_0_and_variance_1_and_ignores_shift_and_scale():
    layer = layers.LayerNormalization(epsilon=1e-6)
    y = np.asarray(layer(X))
    close(y.mean(-1), np.zeros((6, 5)))
    close(y.std(-1), np.ones((6, 5)), rtol=1e-4, atol=1e-4)
    close(layer(7 + 5 * X), y, rtol=1e-4, atol=1e-4)


def test_group_normalization_of_one_group_is_layer_normalization_over_everything():
    x = rng.normal(size=(2, 3, 4, 6)).astype("float32")
    close(layers.GroupNormalization(1)(x), layers.LayerNormalization(axis=(1, 2, 3))(x))
    alone = np.asarray(layers.GroupNormalization(-1, epsilon=1e-6)(x))
    close(alone.mean((1, 2)), np.zeros((2, 6)))
    close(layers.GroupNormalization(6)(x), layers.GroupNormalization(-1)(x))
    first = layers.GroupNormalization(3, axis=1)(np.moveaxis(x, -1, 1))
    close(np.moveaxis(np.asarray(first), 1, -1), layers.GroupNormalization(3)(x))


def test_rms_and_unit_normalization_ignore_scale():
    rms = layers.RMSNormalization()
    close((np.asarray(rms(X)) ** 2).mean(-1), np.ones((6, 5)), rtol=1e-4, atol=1e-4)
    close(rms(9 * X), rms(X), rtol=1e-4, atol=1e-4)
    unit = layers.UnitNormalization()
    close((np.asarray(unit(X)) ** 2).sum(-1), np.ones((6, 5)))
    close(unit(0 * X), 0 * X)
    assert np.isfinite(np.asarray(jax.grad(lambda x: jnp.sum(unit(x)))(jnp.zeros((1, 3))))).all()


# ---- merging


@pytest.mark.parametrize("name", ["add", "multiply", "average", "maximum", "minimum"])
def test_merging_commutes(name):
    merge = getattr(layers, name)
    close(merge([X, Y]), merge([Y, X]))
    masks = STEPS, STEPS[::-1]
    with Frame() as frame:
        x, y = jnp.asarray(X), jnp.asarray(Y)
        for array, mask in zip((x, y), masks, strict=True):
            frame.set_mask(array, jnp.asarray(mask))
        one, two = merge([x, y]), merge([y, x])
        np.testing.assert_array_equal(frame.mask_of(one), masks[0] | masks[1])
        seen = masks[0] | masks[1]
        close(np.asarray(one)[seen], np.asarray(two)[seen])


def test_merging_is_numpy_s_arithmetic():
    close(layers.subtract([X, Y]), X - Y)
    close(layers.average([X, Y, X]), (2 * X + Y) / 3)
    close(layers.maximum([X, Y]), np.maximum(X, Y))
    close(layers.minimum([X, Y, 0 * X]), np.minimum(np.minimum(X, Y), 0))
    close(layers.multiply([X, Y, Y]), X * Y * Y)
    close(layers.add([X, Y[:, 0]]), X + Y[:, :1])
    close(layers.concatenate([X, Y[:, :2]], axis=1), np.concatenate([X, Y[:, :2]], 1))
    close(layers.dot([X, Y], axes=2), np.einsum("bik,bjk->bij", X, Y))
    close(layers.dot([X, Y], axes=(1, -2)), np.einsum("bki,bkj->bij", X, Y))
    cosines = layers.dot([X[:, 0], Y[:, 0]], normalize=True)
    lengths = np.linalg.norm(X[:, 0], axis=1) * np.linalg.norm(Y[:, 0], axis=1)
    close(cosines, ((X[:, 0] * Y[:, 0]).sum(1) / lengths)[:, None])


def test_merging_takes_symbolic_tensors():
    a, b = Input((5, 4)), Input((4,))
    assert layers.add([a, b]).shape == (None, 5, 4)
    assert layers.concatenate([a, a], axis=1).shape == (None, 10, 4)
    assert layers.dot([b, b], axes=1).shape == (None, 1)


# ---- Normalization, Rescaling, Discretization, CategoryEncoding


def test_adapt_finds_numpy_s_mean_and_variance():
    x = 1e4 + rng.normal(size=(50, 3)) * [1, 10, 100]
    layer = layers.Normalization()
    layer.adapt(x)
    close(layer.mean.numpy(), x.astype("float32").mean(0, dtype="float64"))
    close(layer.variance.numpy(), x.astype("float32").var(0, dtype="float64"), rtol=1e-4)
    close(np.asarray(layer(x)).mean(0), np.zeros(3), rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize(
    "given",
    [
        lambda x: pd.DataFrame(x, columns=list("abc")),
        lambda x: x.tolist(),
        lambda x: [x[:10], x[10:11], x[11:]],
        lambda x: ((x[i : i + 7], np.zeros(7)) for i in range(0, 50, 7)),
        lambda x: jnp.asarray(x),
    ],
    ids=["frame", "rows", "batches", "generator of pairs", "jax"],
)
def test_adapt_takes_frames_rows_and_batches(given):
    x = rng.normal(size=(50, 3)).astype("float32") * 4 + 9
    layer = layers.Normalization()
    layer.adapt(given(x))
    close(layer.mean.numpy(), x.mean(0))
    close(layer.variance.numpy(), x.var(0))


def test_adapt_forgets_what_was_found_before_and_refuses_gaps():
    layer = layers.Normalization(axis=None)
    layer.adapt(X)
    layer.adapt(X + 5)
    close(layer.mean.numpy(), X.mean() + 5)
    with pytest.raises(DataError, match="1 NaN"):
        layer.adapt(np.array([[1.0, np.nan]]))
    close(layer.mean.numpy(), X.mean() + 5)


def test_inverted_normalization_undoes_normalization():
    words = {"mean": [1.0, -2.0, 3.0, 0.0], "variance": [1.0, 4.0, 0.25, 9.0]}
    close(layers.Normalization(**words, invert=True)(layers.Normalization(**words)(X)), X)


def test_normalization_takes_whole_numbers_and_features_that_never_vary():
    layer = layers.Normalization()
    x = np.array([[1, 5], [3, 5]])
    layer.adapt(x)
    close(layer(x), [[-1, 0], [1, 0]])


def test_layers_adapted_to_other_data_share_a_program():
    from hornbeam.graph.graph import layer_key

    one, two = layers.Normalization(), layers.Normalization()
    one.adapt(X), two.adapt(Y)
    assert layer_key(one) == layer_key(two)
    assert one.get_config()["mean"] is None


def test_rescaling_is_a_line():
    pixels = np.array([[0, 128, 255]], "uint8")
    close(layers.Rescaling(1 / 127.5, -1)(pixels), pixels / 127.5 - 1)


@pytest.mark.parametrize("count", [3, 100])
def test_discretization_is_numpy_s_digitize(count):
    bounds = np.sort(rng.normal(size=count)).astype("float32")
    x = np.concatenate([X.ravel(), bounds])[None]
    np.testing.assert_array_equal(layers.Discretization(bounds)(x), np.digitize(x, bounds))


def test_adapted_bins_hold_about_equally_many():
    x = rng.exponential(size=2000).astype("float32")
    for data in (x, [x[:700], x[700:]]):
        layer = layers.Discretization(num_bins=5, epsilon=0.005)
        layer.adapt(data)
        shares = np.bincount(np.asarray(layer(x)), minlength=5) / 2000
        assert np.abs(shares - 0.2).max() < 0.02
        again = layers.Discretization.from_config(layer.get_config())
        assert again.bin_boundaries == layer.bin_boundaries


def test_category_encoding_counts():
    ids = np.array([[1, 1, 0], [4, 2, 9]])
    hot = np.asarray(layers.CategoryEncoding(5, "one_hot")(ids))
    np.testing.assert_array_equal(hot, np.where(ids[..., None] == np.arange(5), 1.0, 0.0))
    np.testing.assert_array_equal(layers.CategoryEncoding(5, "count")(ids), hot.sum(1))
    np.testing.assert_array_equal(layers.CategoryEncoding(5)(ids), hot.max(1))
    weights = np.array([[0.5, 2.0, 1.0], [1.0, 1.0, 7.0]], "float32")
    close(layers.CategoryEncoding(5, "count")(ids, count_weights=weights), (hot * weights[..., None]).sum(1))
    assert layers.CategoryEncoding(5, "binary").output_mode == "multi_hot"


# ---- losses, types, values


def test_activity_is_penalised_per_sample():
    layer = layers.ActivityRegularization(l1=0.1, l2=0.2)
    layer(X)
    close(layer.losses[0], (0.1 * np.abs(X) + 0.2 * X**2).sum() / 6)
    twice = np.concatenate([X, X])
    layer(twice)
    close(layer.losses[0], (0.1 * np.abs(X) + 0.2 * X**2).sum() / 6)


def test_a_mixed_policy_computes_in_half_precision_over_float32_weights():
    layer = layers.Dense(3, dtype="mixed_bfloat16")
    y = layer(X)
    assert y.dtype == jnp.bfloat16
    assert layer.kernel.numpy().dtype == np.float32

    def total(kernel):
        with Frame({layer.kernel: kernel}):
            return jnp.sum(layer(X)).astype(jnp.float32)

    assert jax.grad(total)(jnp.asarray(layer.kernel.numpy())).dtype == jnp.float32


def test_assign_add_in_a_mixed_layer_keeps_float32():
    class Counting(layers.Layer):
        def build(self, input_shape):
            self.seen = self.add_weight((), "zeros", trainable=False)

        def call(self, x):
            self.seen.assign_add(1.0)
            return x * self.seen

    layer = Counting(dtype="mixed_bfloat16")
    for _ in range(300):
        y = layer(np.ones((1, 1), "float32"))
    assert float(layer.seen) == 300  # bfloat16 stops at 256
    assert y.dtype == jnp.bfloat16
