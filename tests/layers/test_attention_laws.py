"""Laws of attention: causality, masks, caches, heads, places; against NumPy or against each other."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick import in_one_program

import hornbeam
from hornbeam import layers, ops
from hornbeam.core.frame import Frame
from hornbeam.ops import attention
from hornbeam.ops.positions import rotary_rates, rotate, sine_encoding, yarn_rates

rng = np.random.default_rng(0)
X = rng.normal(size=(3, 6, 8)).astype("float32")
Y = rng.normal(size=(3, 5, 8)).astype("float32")
STEPS = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0], [1, 0, 0, 0, 0, 0]], bool)

# sums of some dozens of float32 numbers around 1, in another order; chosen before looking
CLOSE = {"rtol": 1e-4, "atol": 1e-5}


def close(a, b, **tolerance):
    np.testing.assert_allclose(np.asarray(a, "float64"), np.asarray(b, "float64"), **(tolerance or CLOSE))


def attended(query, key, value, mask=None):
    """Scaled dot-product attention of one head, in NumPy's float64."""
    logits = query.astype("float64") @ key.astype("float64").swapaxes(-1, -2) / np.sqrt(query.shape[-1])
    logits = logits if mask is None else np.where(mask, logits, -np.inf)
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True) @ value.astype("float64")


# ---- the operation


def test_attention_is_its_formula_for_each_head():
    query, key, value = (rng.normal(size=(2, n, 4, 3)).astype("float32") for n in (5, 6, 6))
    mask = rng.random((2, 4, 5, 6)) < 0.5
    mask[..., 2] = True
    found = ops.dot_product_attention(query, key, value, mask=mask)
    for head in range(4):
        close(found[:, :, head], attended(query[:, :, head], key[:, :, head], value[:, :, head], mask[:, head]))


def test_heads_of_a_group_share_key_and_value():
    query = rng.normal(size=(2, 5, 6, 3)).astype("float32")
    key, value = (rng.normal(size=(2, 4, 2, 3)).astype("float32") for _ in range(2))
    repeated = (np.repeat(x, 3, axis=2) for x in (key, value))
    close(ops.dot_product_attention(query, key, value), ops.dot_product_attention(query, *repeated))


def test_what_sees_nothing_gets_zero_and_no_nan_in_the_slopes():
    query, key, value = (jnp.asarray(rng.normal(size=(1, 3, 1, 2)), jnp.float32) for _ in range(3))
    mask = jnp.asarray([[[[True, False, True], [False, False, False], [True, True, True]]]])

    def total(*qkv):
        return jnp.sum(ops.dot_product_attention(*qkv, mask=mask) ** 2)

    output = ops.dot_product_attention(query, key, value, mask=mask)
    assert (output[0, 1] == 0).all()
    assert (output[0, 0] != 0).all()
    assert all(np.isfinite(slope).all() for slope in jax.grad(total, (0, 1, 2))(query, key, value))


@pytest.mark.parametrize("is_causal", [False, True])
def test_the_fused_way_gives_the_same(is_causal):
    # JAX's own function, which on a GPU stands for cuDNN's kernel, with its plain implementation
    query, key, value = (rng.normal(size=(2, 5, n, 8)).astype("float32") for n in (4, 2, 2))
    mask = rng.random((2, 1, 5, 5)) < 0.5
    mask[0, 0, 1] = False
    bias = rng.normal(size=(1, 4, 5, 5)).astype("float32")
    plain = ops.dot_product_attention(query, key, value, bias, mask, 0.2, is_causal)
    args = (*map(jnp.asarray, (query, key, value, bias, mask)), 0.2, is_causal)
    with jax.numpy_rank_promotion("allow"):
        close(attention.fused(*args, implementation="xla"), plain)


def test_half_precision_is_normalised_in_float32():
    # logits around 180,000, which float16 does not have
    query = np.full((1, 2, 1, 2), 300.0, "float16")
    key = np.stack([query[:, 0], query[:, 0] * np.float16(0.5)], axis=1)
    value = np.array([1.0, 2.0], "float16").reshape(1, 2, 1, 1)
    found = ops.dot_product_attention(query, key, value)
    assert found.dtype == np.float16
    close(found, np.ones((1, 2, 1, 1)))


def test_the_soft_cap_bounds_logits():
    query, key = np.full((1, 1, 1, 1), 50.0, "float32"), np.array([[[[1.0]], [[-1.0]]]], "float32")
    value = np.array([[[[1.0]], [[0.0]]]], "float32")
    found = ops.dot_product_attention(query, key, value, attn_logits_soft_cap=2.0)
    close(found.ravel(), [1 / (1 + np.exp(-2 * 2.0))])


# ---- layers


def causal_layers():
    heads = layers.MultiHeadAttention(2, 4, dropout=0.1)
    groups = layers.GroupQueryAttention(4, 4, 2)
    plain = layers.Attention(use_scale=True)
    decoder = layers.TransformerDecoder(16, 2, normalize_first=True)
    return {
        "heads": lambda x: heads(x, x, use_causal_mask=True),
        "groups": lambda x: groups(x, x, use_causal_mask=True),
        "plain": lambda x: plain([x, x], use_causal_mask=True),
        "decoder": decoder,
    }


def test_causal_attention_does_not_see_the_future():
    functions = causal_layers()
    other = np.concatenate([X[:, :3], rng.normal(size=(3, 3, 8)).astype("float32")], axis=1)
    for function in functions.values():
        function(X)
    one, two = (in_one_program(functions, x) for x in (X, other))
    for name in functions:
        np.testing.assert_array_equal(one[name][:, :3], two[name][:, :3], err_msg=name)
        assert np.abs(one[name][:, 3:] - two[name][:, 3:]).max() > 1e-3


def test_padding_of_the_source_changes_nothing():
    source = STEPS[:, :5]
    noise = np.where(source[..., None], Y, 100.0).astype("float32")
    heads, decoder = layers.MultiHeadAttention(2, 4), layers.TransformerDecoder(16, 2)
    functions = {
        "heads": lambda y: heads(X, y, value_mask=source),
        "decoder": lambda y: decoder(X, y, encoder_padding_mask=source),
    }
    for function in functions.values():
        function(Y)
    one, two = (in_one_program(functions, y) for y in (Y, noise))
    for name in functions:
        close(one[name], two[name])


def test_masks_travel_with_the_arrays():
    decoder = layers.TransformerDecoder(16, 2)
    source = STEPS[:, :5]
    given = decoder(X, Y, decoder_padding_mask=STEPS, encoder_padding_mask=source)
    with Frame() as frame:
        x, y = jnp.asarray(X), jnp.asarray(Y)
        frame.set_mask(x, STEPS)
        frame.set_mask(y, source)
        output = decoder(x, y)
        assert frame.mask_of(output) is STEPS
        close(output, given)
        scored, weights = layers.MultiHeadAttention(2, 4)(query=x, value=y, return_attention_scores=True)
        assert frame.mask_of(scored) is STEPS
        assert frame.mask_of(weights) is None
    assert (np.asarray(weights)[:, :, :, :][~np.broadcast_to(source[:, None, None], weights.shape)] == 0).all()


def test_attention_without_places_does_not_know_their_order():
    order = np.array([3, 0, 5, 1, 4, 2])
    encoder = layers.TransformerEncoder(16, 2)
    close(encoder(X[:, order]), np.asarray(encoder(X))[:, order])


def test_attention_along_an_axis_is_attention_of_each_slice():
    picture = rng.normal(size=(2, 3, 4, 5)).astype("float32")
    along, plain = layers.MultiHeadAttention(2, 3, attention_axes=2), layers.MultiHeadAttention(2, 3)
    found = along(picture, picture)
    plain(picture[:, 0], picture[:, 0])
    plain.set_weights(along.get_weights())
    close(found, np.stack([plain(picture[:, row], picture[:, row]) for row in range(3)], axis=1))
    mask = np.tril(np.ones((1, 1, 4, 4), bool))
    masked = along(picture, picture, attention_mask=mask)
    close(masked[:, 1], plain(picture[:, 1], picture[:, 1], use_causal_mask=True))


def test_a_window_is_a_mask():
    window, plain = layers.MultiHeadAttention(2, 4, sliding_window=2), layers.MultiHeadAttention(2, 4)
    found = window(X, X)
    plain(X, X)
    plain.set_weights(window.get_weights())
    distance = np.abs(np.arange(6)[:, None] - np.arange(6))
    close(found, plain(X, X, attention_mask=distance[None] < 2))


def test_as_many_groups_as_heads_is_multi_head_attention():
    groups, heads = layers.GroupQueryAttention(4, 2, 2), layers.MultiHeadAttention(2, 4)
    found = groups(X, Y)
    heads(X, Y)
    heads.set_weights(groups.get_weights())
    close(found, heads(X, Y))


def test_dropout_of_attention_keeps_the_mean():
    layer = layers.MultiHeadAttention(2, 4, dropout=0.3, seed=1)
    x = np.repeat(X[:1], 2000, axis=0)
    output = np.asarray(layer(x, x, training=True))
    assert np.abs(output[0] - output[1]).max() > 1e-3
    # the mean of 2000 draws whose deviation is about 0.5
    close(output.mean(0), layer(X[:1], X[:1])[0], atol=0.05)


# ---- caches


def translator(cross):
    """Two decoder blocks, and a function that runs them with caches."""
    blocks = [layers.TransformerDecoder(16, 2, normalize_first=first) for first in (False, True)]
    more = (Y,) if cross else ()

    def plain(x):
        for block in blocks:
            x = block(x, *more)
        return x

    def cached(x, caches, index, fill):
        new = []
        for block, (own, other) in zip(blocks, caches, strict=True):
            crossed = {"cross_attention_cache": other, "cross_attention_cache_update_index": 0 if fill else None}
            found = block(
                x,
                *more,
                self_attention_cache=own,
                self_attention_cache_update_index=index,
                **(crossed if cross else {}),
            )
            x, own = found[:2]
            new.append((own, found[2] if cross else other))
        return x, new

    return plain, cached


@pytest.mark.parametrize("cross", [False, True], ids=["alone", "with encoder"])
def test_cached_decoding_equals_uncached_step_by_step(cross):
    plain, cached = translator(cross)
    expected = plain(X)
    caches = [(jnp.zeros((3, 2, 6, 2, 4)), jnp.zeros((3, 2, 5, 2, 4)))] * 2
    # two steps at once, then one by one
    outputs, caches = cached(X[:, :2], caches, 0, True)
    step = jax.jit(lambda x, caches, index: cached(x, caches, index, False))
    outputs = [outputs]
    for place in range(2, 6):
        output, caches = step(X[:, place : place + 1], caches, place)
        outputs.append(output)
    close(jnp.concatenate(outputs, axis=1), expected)


def test_a_cache_of_padded_prompts_is_masked():
    decoder = layers.TransformerDecoder(16, 2)
    steps = np.array([[1, 1, 1, 1, 1, 1], [0, 0, 1, 1, 1, 1], [1, 0, 1, 1, 1, 1]], bool)
    expected = decoder(X, decoder_padding_mask=steps)
    cache = jnp.zeros((3, 2, 6, 2, 4))
    call = {"self_attention_cache": cache, "self_attention_cache_update_index": 0, "decoder_padding_mask": steps}
    found, _ = decoder(X, **call)
    close(np.asarray(found)[steps], np.asarray(expected)[steps])


# ---- places


def test_rotary_embedding_keeps_lengths_and_sees_distances_only():
    rotary = layers.RotaryEmbedding()
    close(np.linalg.norm(rotary(X), axis=-1), np.linalg.norm(X, axis=-1))
    query, key = (np.broadcast_to(X[:1, row : row + 1], (1, 6, 8)) for row in (0, 1))
    products = np.einsum("btd,bsd->ts", rotary(query), rotary(key))
    for distance in range(-5, 6):
        diagonal = np.diagonal(products, distance)
        close(diagonal, np.full(len(diagonal), diagonal[0]))
    shifted = np.einsum("btd,bsd->ts", rotary(query, start_index=100), rotary(key, start_index=100))
    close(shifted, products, atol=1e-4)  # the angles are 100 times larger, and their rounding with them


def test_rotation_is_multiplication_by_a_complex_number():
    found = np.asarray(layers.RotaryEmbedding(max_wavelength=50)(X, start_index=3), "float64")
    turned = (X[..., :4] + 1j * X[..., 4:]) * np.exp(1j * np.outer(3 + np.arange(6), 50.0 ** -(np.arange(4) / 4)))
    close(found, np.concatenate([turned.real, turned.imag], axis=-1))


def test_yarn_slows_long_waves_and_leaves_short_ones():
    rates, plain = yarn_rates(64, 10000, 8.0), rotary_rates(64)
    close(rates[:5], plain[:5])
    close(rates[-5:], plain[-5:] / 8)
    assert (np.diff(rates) < 0).all()
    close(yarn_rates(64, 10000, 1.0), plain)


def test_sine_encoding_is_its_formula():
    found = layers.SinePositionEncoding(max_wavelength=300)(np.zeros((2, 7, 6), "float32"), start_index=4)
    angles = (4 + np.arange(7))[:, None] / 300.0 ** (2 * np.arange(3) / 6)
    expected = np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(7, 6)
    close(found, np.stack([expected, expected]))


def test_a_shift_turns_the_sine_encoding():
    # sine and cosine of a sum: the encoding of p + 3 is a rotation of that of p, the same for all p
    one, two = (np.asarray(sine_encoding(np.arange(5) + start, 4)) for start in (0, 3))
    pairs = [np.asarray(x)[None, :, [1, 3, 0, 2]] for x in (one, two)]
    close(rotate(pairs[0], np.full((1, 5), 3), (1 / 10000) ** (np.array([0, 2]) / 4)), pairs[1])


def test_places_go_on_where_they_are_told_to():
    learned = layers.PositionEmbedding(10)
    whole = learned(np.zeros((1, 10, 4), "float32"))
    part = np.zeros((1, 3, 4), "float32")
    close(learned(part, start_index=5), whole[:, 5:8])
    close(jax.jit(lambda start: learned(part, start_index=start))(5), whole[:, 5:8])
    close(learned(part, positions=[2, 9, 0]), whole[:, [2, 9, 0]])


def test_the_length_of_a_text_may_be_unknown():
    words = hornbeam.Input((None,), dtype="int32")
    embedded = layers.TokenAndPositionEmbedding(10, 6, 8, mask_zero=True)(words)
    model = hornbeam.Model(words, layers.TransformerEncoder(16, 2)(embedded))
    assert model.output_shape == (None, None, 8)
    texts = np.array([[3, 4, 5, 0, 0], [6, 0, 0, 0, 0]])
    longer = np.pad(texts, ((0, 0), (0, 1)))
    close(model.predict(longer, verbose=0)[0, :3], model.predict(texts, verbose=0)[0, :3])


# ---- words and vectors


def test_a_reversible_embedding_goes_back_by_the_same_table():
    layer = layers.ReversibleEmbedding(7, 4)
    vectors = layer(np.array([[2, 6]]))
    table = layer.embeddings.numpy()
    close(layer(vectors, reverse=True)[0], table[[2, 6]] @ table.T)
    assert len(layer.weights) == 1
    untied = layers.ReversibleEmbedding(7, 4, tie_weights=False)
    untied(np.array([[2]]))
    assert [weight.name for weight in untied.weights] == ["embeddings", "reverse_embeddings"]


def test_a_masked_head_looks_at_its_places_alone():
    table = layers.ReversibleEmbedding(9, 8)
    table.build()
    head = layers.MaskedLMHead(token_embedding=table)
    places = np.array([[0, 2], [1, 1], [5, 0]])
    one = head(X, places)
    other = np.array(X)
    other[0, 1], other[1, 0], other[2, 3] = 9, 9, 9
    np.testing.assert_array_equal(one, head(other, places))
    close(one[1, 0], one[1, 1])
    again = layers.deserialize(layers.serialize(head))
    assert again.token_embedding.input_dim == again.vocabulary_size == 9


def test_transformers_train():
    words = rng.integers(1, 9, (64, 6))
    labels = (words[:, 0] > words[:, -1]).astype("float32")  # needs places
    hornbeam.utils.set_random_seed(1)
    model = hornbeam.Sequential(
        [
            layers.TokenAndPositionEmbedding(9, 6, 16),
            layers.TransformerEncoder(32, 2),
            layers.Lambda(lambda x: x[:, 0]),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy")
    model.optimizer.learning_rate = 0.01
    history = model.fit(words, labels, epochs=60, verbose=0).history["loss"]
    assert history[-1] < 0.1 < history[0]


@pytest.mark.parametrize("is_causal", [False, True])
def test_the_fused_form_is_the_written_one_also_where_nothing_is_seen(is_causal):
    # on a GPU it is cuDNN's kernel, here JAX's own; places that see nothing are what the two treat differently
    query, key, value = (rng.normal(size=(2, 5, 3, 4)).astype("float32") for _ in range(3))
    mask = rng.random((2, 3, 5, 5)) < 0.5
    mask[0, :, 1:3] = False

    def total(function):
        def run(*given):
            output = function(*given)
            return jnp.sum(output**2), output

        return jax.value_and_grad(run, (0, 1, 2), has_aux=True)(query, key, value)

    fused = total(lambda q, k, v: attention.fused(q, k, v, None, jnp.asarray(mask), None, is_causal, "xla"))
    written = total(lambda q, k, v: ops.dot_product_attention(q, k, v, mask=mask, is_causal=is_causal))
    for a, b in zip(jax.tree.leaves(fused), jax.tree.leaves(written), strict=True):
        close(a, b)
    assert not np.asarray(fused[0][1])[0, 1:3].any()


def test_the_fused_kernel_is_never_asked_for_a_row_that_sees_nothing(monkeypatch):
    # cuDNN's gradient is not a number there, which no CPU can show
    masks = []

    def noting(query, key, value, bias, mask, **options):
        masks.append(np.asarray(mask))
        return value

    monkeypatch.setattr(jax.nn, "dot_product_attention", noting)
    x = jnp.ones((1, 3, 1, 8))
    mask = jnp.asarray([[[[True, False, False], [False, False, False], [False, False, True]]]])
    for is_causal in (False, True):
        output = attention.fused(x, x, x, None, mask, None, is_causal)
        assert not np.asarray(output)[0, 1].any()
    assert all(mask.any(-1).all() for mask in masks)
    np.testing.assert_array_equal(masks[0][0, 0, [0, 2]], np.asarray(mask)[0, 0, [0, 2]])
