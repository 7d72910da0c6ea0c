"""Convolution and pooling: the forms for CPUs against XLA's own, laws, ties, derivatives, and Keras's words."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick import in_one_program

from hornbeam import layers, ops
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.graph.tensor import Input
from hornbeam.ops import convolution, pooling, winograd
from hornbeam.ops.windows import windows

rng = np.random.default_rng(0)

# The two forms add the same products in another order: in float32 1e-5 of values around 10, in float64 1e-10.
CLOSE = {"float32": {"rtol": 1e-5, "atol": 1e-4}, "float64": {"rtol": 1e-10, "atol": 1e-10}}


@pytest.fixture(autouse=True)
def _strict():
    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        yield


def drawn(count):
    """Shapes of convolutions and pools, drawn once: lengths, windows, strides, dilation, padding, groups."""
    draw = np.random.default_rng(3)
    found = []
    for number in range(count):
        rank = (1, 2, 2, 3)[number % 4]
        sizes, dilation = draw.integers(1, 4, rank), draw.integers(1, 3, rank)
        extent = (sizes - 1) * dilation + 1
        lengths = extent + draw.integers(0, 5, rank)
        padding = draw.choice(["valid", "same", "causal"] if rank == 1 else ["valid", "same"])
        each = [tuple(map(int, numbers)) for numbers in (lengths, sizes, draw.integers(1, 4, rank), dilation)]
        found.append((*each, str(padding), int(draw.choice([1, 2]))))
    return found


SHAPES = drawn(12)


def pulled(function, arrays):
    """Values and slopes of a weighted sum of the outputs."""

    def weighed(*arrays):
        y = function(*arrays)
        return jnp.sum(y * jnp.asarray(np.random.default_rng(1).normal(size=y.shape), y.dtype)), y

    slopes, y = jax.grad(weighed, tuple(range(len(arrays))), has_aux=True)(*arrays)
    return [y, *slopes]


def pairs():
    """For every kind and shape: the CPU's form, XLA's own, and the shapes of their arguments."""
    for number, (lengths, sizes, strides, dilation, padding, groups) in enumerate(SHAPES):
        wins = windows("test", lengths, sizes, strides, padding, dilation)
        grouped = {"wins": wins, "groups": groups}
        x = (2, *lengths, 4)
        yield (
            f"conv {number}",
            functools.partial(convolution.product_of_patches, **grouped),
            functools.partial(convolution.native, **grouped),
            (x, (*sizes, 4 // groups, 6)),
        )
        yield (
            f"depthwise {number}",
            functools.partial(convolution.sum_of_slices, wins=wins),
            lambda x, kernel, wins=wins: convolution.native(x, kernel.reshape(*kernel.shape[:-2], 1, 8), wins, 4),
            (x, (*sizes, 4, 2)),
        )
        spread = "same" if padding == "same" else "valid"
        across = tuple(
            convolution._spreading(*each, spread)
            for each in zip(lengths, sizes, strides, dilation, [None] * 3, strict=False)
        )
        yield (
            f"transposed {number}",
            functools.partial(convolution.spread_products, wins=across),
            functools.partial(convolution.native_transposed, wins=across),
            (x, (*sizes, 3, 4)),
        )
        pools = windows("test", lengths, sizes, sizes if number % 3 == 0 else strides, spread)
        for name in ("highest", "mean"):
            yield (
                f"{name} {number}",
                functools.partial(getattr(pooling, f"{name}_of_slices"), wins=pools),
                functools.partial(getattr(pooling, f"native_{name}"), wins=pools),
                (x,),
            )


def fewer_products():
    """Windows of three places and enough channels for Winograd's filtering, over odd and even lengths."""
    for rank, lengths in ((1, (4,)), (1, (7,)), (2, (5, 4)), (3, (4, 2, 3))):
        for padding in ("valid", "same"):
            sizes = (3, 2, 3)[:rank]
            wins = windows("test", lengths, sizes, 1, padding)
            yield (
                f"fewer products {lengths} {padding}",
                functools.partial(winograd.product_of_pairs, wins=wins),
                functools.partial(convolution.native, wins=wins),
                ((2, *lengths, 32), (*sizes, 32, 33)),
            )


PAIRS = {name: (fast, native, shapes) for name, fast, native, shapes in (*pairs(), *fewer_products())}


@functools.cache
def computed(dtype):
    with jax.enable_x64(dtype == "float64"):
        draw = np.random.default_rng(4)
        at = {name: [draw.normal(size=s).astype(dtype) for s in shapes] for name, (_, _, shapes) in PAIRS.items()}
        functions = {
            (name, form): lambda at, f=PAIRS[name][form], name=name: pulled(f, at[name])
            for name in PAIRS
            for form in (0, 1)
        }
        return in_one_program({f"{name}/{form}": f for (name, form), f in functions.items()}, at)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", PAIRS)
def test_the_form_for_cpus_is_xla_s_own_in_value_and_slope(name, dtype):
    fast, native = (computed(dtype)[f"{name}/{form}"] for form in (0, 1))
    for one, two in zip(fast, native, strict=True):
        assert one.dtype == dtype
        np.testing.assert_allclose(one, two, **CLOSE[dtype])


def test_of_equal_entries_the_first_gets_the_slope_as_from_xla_s_own():
    x = jnp.asarray(np.floor(rng.normal(size=(2, 7, 6, 3)) * 1.5), jnp.float32)
    forms = pooling.highest_of_slices, pooling.native_highest
    for sizes, strides, padding in (((2, 2), (2, 2), "valid"), ((3, 2), (1, 2), "same"), ((3, 3), (2, 2), "same")):
        wins = windows("test", (7, 6), sizes, strides, padding)
        one, two = (pulled(functools.partial(form, wins=wins), [x]) for form in forms)
        np.testing.assert_array_equal(one[0], two[0])
        np.testing.assert_allclose(one[1], two[1], rtol=1e-6, atol=1e-6)


def test_a_nan_stays_visible_after_max_pooling():
    for place in range(4):
        x = np.zeros((1, 4, 1), "float32")
        x[0, place] = np.nan
        assert np.isnan(ops.max_pool(x, 4)).all()
        value, _ = jax.vjp(lambda x: ops.max_pool(x, 4), jnp.asarray(x))
        assert np.isnan(value).all()


def test_integers_have_a_largest_entry_too():
    assert ops.max_pool(np.array([[[1], [-3], [2], [7]]]), 2, padding="same")[0, :, 0].tolist() == [1, 7]


def test_fewer_products_serve_windows_of_three_with_many_channels_in_full_precision():
    def serve(size=3, stride=1, dilation=1, groups=1, channels=32, filters=32, dtype="float32", length=9):
        kernel = np.ones((size, channels // groups, filters), dtype)
        return winograd.has_pairs(kernel, windows("test", [length], [size], stride, "valid", dilation), groups)

    assert serve()
    assert serve(dtype="float64")
    for other in (
        {"size": 2}, {"stride": 2}, {"dilation": 2}, {"groups": 2, "channels": 64}, {"channels": 31}, {"filters": 31},
        {"dtype": "float16"}, {"length": 3},
    ):  # fmt: skip
        assert not serve(**other), other


# ---- derivatives, maps, types


def energy(x, kernel):
    y = ops.max_pool(jnp.tanh(ops.conv(x, kernel, padding="same")), 2, strides=1)
    return jnp.sum(ops.average_pool(y * y, 2))


def test_second_derivatives_in_every_mode_agree():
    x, kernel = jnp.asarray(rng.normal(size=(1, 4, 1)), "float32"), jnp.asarray(rng.normal(size=(2, 1, 2)), "float32")
    forward_over_reverse = jax.jit(jax.jacfwd(jax.grad(energy, 1), 1))(x, kernel)
    reverse_over_reverse = jax.jit(jax.jacrev(jax.grad(energy, 1), 1))(x, kernel)
    assert float(jnp.abs(forward_over_reverse).max()) > 0.01
    np.testing.assert_allclose(forward_over_reverse, reverse_over_reverse, rtol=1e-4, atol=1e-5)


def test_many_models_at_once_are_each_model():
    xs, kernels = rng.normal(size=(3, 2, 5, 2)).astype("float32"), rng.normal(size=(3, 2, 2, 2)).astype("float32")
    slopes = jax.jit(jax.vmap(jax.grad(energy, (0, 1))))(xs, kernels)
    for number in range(3):
        alone = jax.grad(energy, (0, 1))(xs[number], kernels[number])
        for one, two in zip(slopes, alone, strict=True):
            np.testing.assert_allclose(one[number], two, rtol=1e-5, atol=1e-5)


def test_the_slope_of_data_is_not_computed():
    # a layer that stands first: of its input nobody wants the slope, and the scattering adds must not be there
    x, kernel = np.ones((2, 9, 9, 3), "float32"), np.ones((3, 3, 3, 4), "float32")
    text = jax.jit(jax.grad(lambda kernel: jnp.sum(jnp.square(ops.conv(x, kernel))))).lower(kernel).as_text()
    assert "stablehlo.pad" not in text


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_stays_half(dtype):
    x, kernel = jnp.ones((2, 6, 3), dtype), jnp.ones((2, 3, 4), dtype)
    for y in (
        ops.conv(x, kernel), ops.conv_transpose(x, jnp.ones((2, 4, 3), dtype)), ops.depthwise_conv(x, kernel),
        ops.max_pool(x, 2), ops.average_pool(x, 3, padding="same"), ops.adaptive_average_pool(x, 4),
        ops.adaptive_max_pool(x, 4),
    ):  # fmt: skip
        assert y.dtype == dtype
        assert np.isfinite(np.asarray(y, "float32")).all()


@pytest.mark.parametrize(("batch", "at_once"), [(6, 2000), (6, 1), (5, 2000), (6, 10**6)])
def test_large_convolutions_go_part_by_part_and_give_the_same(monkeypatch, batch, at_once):
    draw = np.random.default_rng(5)
    x, kernel = draw.normal(size=(batch, 6, 5, 3)).astype("float32"), draw.normal(size=(2, 2, 3, 4)).astype("float32")
    functions = (
        lambda x, kernel: ops.conv(x, kernel, padding="same"),
        lambda x, kernel: ops.conv_transpose(x, kernel.swapaxes(-1, -2), 2),
    )
    whole = [pulled(function, [x, kernel]) for function in functions]
    monkeypatch.setattr(convolution, "AT_ONCE", at_once)
    for function, expected in zip(functions, whole, strict=True):
        for one, two in zip(jax.jit(functools.partial(pulled, function))([x, kernel]), expected, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-4)


# ---- laws


def close(a, b):
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-5, atol=1e-5)


def test_convolution_commutes_with_shifts():
    x = np.zeros((1, 12, 12, 2), "float32")
    x[:, 3:7, 2:8] = rng.normal(size=(1, 4, 6, 2))
    kernel = rng.normal(size=(3, 2, 2, 3)).astype("float32")
    y = ops.conv(x, kernel, padding="same")
    close(ops.conv(np.roll(x, (2, 3), (1, 2)), kernel, padding="same"), np.roll(y, (2, 3), (1, 2)))


def test_a_causal_convolution_does_not_see_the_future():
    x, kernel = rng.normal(size=(2, 8, 3)).astype("float32"), rng.normal(size=(3, 3, 4)).astype("float32")
    for words in ({}, {"dilation_rate": 2}, {"strides": 2}):
        y = np.asarray(ops.conv(x, kernel, padding="causal", **words))
        other = x.copy()
        other[:, 5:] += 1
        seen = -(-5 // words.get("strides", 1))  # positions that stand at one of the first five steps
        z = np.asarray(ops.conv(other, kernel, padding="causal", **words))
        np.testing.assert_array_equal(y[:, :seen], z[:, :seen])
        assert np.abs(y[:, seen:] - z[:, seen:]).min(axis=(0, 1)).max() > 0


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [1, 2, 3])
def test_transposed_convolution_is_the_adjoint_of_convolution(padding, strides):
    # 7 = 1 + 2 · 3 = 1 + 3 · 2: "valid" loses nothing that the way back could not restore
    x = rng.normal(size=(2, 6 if padding == "same" else 9, 3)).astype("float32")
    kernel = rng.normal(size=(3, 3, 4)).astype("float32")
    y = ops.conv(x, kernel, strides, padding)
    other = rng.normal(size=y.shape).astype("float32")
    back = ops.conv_transpose(other, kernel, strides, padding)
    assert back.shape == x.shape
    close(np.sum(y * other), np.sum(x * back))


def test_max_pool_of_a_constant_is_the_constant():
    x = np.full((1, 5, 5, 2), -3.0, "float32")
    for padding in ("valid", "same"):
        assert (np.asarray(ops.max_pool(x, 2, 1, padding)) == -3).all()
        close(
            ops.average_pool(x, 2, 1, padding), -3 * np.ones((1, 5 - (padding == "valid"), 5 - (padding == "valid"), 2))
        )


def test_upsampling_then_average_pooling_changes_nothing():
    x = rng.normal(size=(2, 3, 4, 2)).astype("float32")
    close(layers.AveragePooling2D((2, 3))(layers.UpSampling2D((2, 3))(x)), x)
    close(layers.AveragePooling1D(3)(layers.UpSampling1D(3)(x[:, 0])), x[:, 0])
    close(layers.AveragePooling3D(2)(layers.UpSampling3D(2)(x[..., None])), x[..., None])


def test_cropping_undoes_zero_padding():
    x = rng.normal(size=(2, 3, 4, 2)).astype("float32")
    edges = ((1, 2), (0, 3))
    close(layers.Cropping2D(edges)(layers.ZeroPadding2D(edges)(x)), x)
    close(layers.Cropping1D((2, 0))(layers.ZeroPadding1D((2, 0))(x[:, 0])), x[:, 0])
    close(layers.Cropping3D()(layers.ZeroPadding3D()(x[..., None])), x[..., None])


def test_adaptive_pooling_into_equal_parts_is_pooling():
    x = rng.normal(size=(2, 6, 8, 2)).astype("float32")
    close(ops.adaptive_max_pool(x, (3, 2)), ops.max_pool(x, (2, 4)))
    close(ops.adaptive_average_pool(x, (3, 2)), ops.average_pool(x, (2, 4)))
    close(ops.adaptive_average_pool(x, 1)[:, 0, 0], layers.GlobalAveragePooling2D()(x))


def test_groups_are_convolutions_side_by_side():
    x, kernel = rng.normal(size=(2, 5, 6)).astype("float32"), rng.normal(size=(3, 2, 9)).astype("float32")
    parts = [ops.conv(x[..., 2 * g : 2 * g + 2], kernel[..., 3 * g : 3 * g + 3]) for g in range(3)]
    close(ops.conv(x, kernel), np.concatenate(parts, -1))


def test_steps_under_a_mask_do_not_count_in_the_global_mean():
    x, mask = rng.normal(size=(3, 4, 2)).astype("float32"), np.array([[1, 1, 1, 1], [1, 0, 1, 0], [0, 0, 0, 0]], bool)
    y = layers.GlobalAveragePooling1D()(x, mask=mask)
    close(y, [x[0].mean(0), x[1, [0, 2]].mean(0), np.zeros(2)])
    turned = layers.GlobalAveragePooling1D(data_format="channels_first")(x.swapaxes(1, 2), mask=mask)
    close(turned, y)


def test_spectral_normalization_gives_the_kernel_the_norm_1():
    x = np.eye(4, dtype="float32")[None]
    inner = layers.Dense(3, use_bias=False)
    layer = layers.SpectralNormalization(inner, power_iterations=1)
    for _ in range(60):
        y = layer(x, training=True)  # u is kept, so that sixty calls are sixty iterations
    assert np.linalg.norm(y[0], 2) == pytest.approx(1, abs=1e-4)
    close(layer(x), y)
    assert np.linalg.norm(inner.get_weights()[0], 2) != pytest.approx(1, abs=1e-3)
    assert (
        np.asarray(layers.SpectralNormalization(layers.Dense(3, kernel_initializer="zeros"))(x, training=True)) == 0
    ).all()


def test_the_lesson_s_example_of_a_filter_on_a_sequence():
    y = ops.conv(np.array([0.0, 3.0, 4.0, 5.0]).reshape(1, 4, 1), np.array([1.0, 2.0]).reshape(2, 1, 1))
    assert y[0, :, 0].tolist() == [6.0, 11.0, 14.0]


# ---- Keras's words


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_operations_are_what_the_layers_compute(data_format):
    x = rng.normal(size=(2, 6, 7, 4) if data_format == "channels_last" else (2, 4, 6, 7)).astype("float32")
    words = {"data_format": data_format}
    for layer, function in (
        (layers.Conv2D(3, 2, 2, "same", use_bias=False, **words), lambda x, w: ops.conv(x, w, 2, "SAME", **words)),
        (
            layers.Conv2DTranspose(3, 2, 2, use_bias=False, **words),
            lambda x, w: ops.conv_transpose(x, w, (2, 2), **words),
        ),
        (layers.DepthwiseConv2D(2, use_bias=False, **words), lambda x, w: ops.depthwise_conv(x, w, **words)),
        (layers.SeparableConv2D(3, 2, use_bias=False, **words), lambda x, *w: ops.separable_conv(x, *w, **words)),
        (layers.MaxPooling2D((2, 3), **words), lambda x: ops.max_pool(x, (2, 3), **words)),
        (layers.AveragePooling2D(2, 1, "same", **words), lambda x: ops.average_pool(x, 2, 1, "same", **words)),
        (layers.AdaptiveMaxPooling2D(2, **words), lambda x: ops.adaptive_max_pool(x, 2, **words)),
        (layers.AdaptiveAveragePooling2D((2, 3), **words), lambda x: ops.adaptive_average_pool(x, [2, 3], **words)),
    ):
        y = layer(x)
        close(function(x, *layer.get_weights()), y)
        symbol = function(Input(x.shape[1:]), *layer.get_weights())
        assert symbol.shape == (None, *y.shape[1:])


X = np.ones((2, 5, 3), "float32")


def ones(*shape):
    return np.ones(shape, "float32")


# what is done, the error's class, and pieces of its message: where | expected | got | fix
MISTAKES = {
    "padding": (
        lambda: ops.conv(X, ones(2, 3, 4), padding="vaild"), ArgumentError,
        "conv, padding | 'vaild' | Did you mean 'valid'"),
    "too short": (
        lambda: ops.conv(X, ones(6, 3, 4)), ShapeError,
        "conv | at least 6 along steps | 5 | padding='same'"),
    "groups": (lambda: ops.conv(X, ones(2, 2, 4)), ShapeError, "conv, kernel | 3 | 2 channels"),
    "kernel": (lambda: ops.conv(X, ones(3, 4)), ShapeError, "conv, kernel | 3 axes | (3, 4)"),
    "rank": (lambda: ops.conv(X[0], ones(2, 3, 4)), ShapeError, "conv | 3, 4 or 5 axes | (5, 3) | x[None]"),
    "strides": (lambda: ops.conv(X, ones(2, 3, 4), 0), ArgumentError, "conv, strides | a positive integer | 0"),
    "format": (
        lambda: ops.conv(X, ones(2, 3, 4), data_format="last"), ArgumentError,
        "conv, data_format | 'last' | 'channels_last'"),
    "transposed": (
        lambda: ops.conv_transpose(X, ones(2, 3, 4)), ShapeError,
        "conv_transpose | 4 channels | 3 | data_format"),
    "transposed padding": (
        lambda: ops.conv_transpose(X, ones(2, 4, 3), padding="causal"), ArgumentError,
        "conv_transpose, padding | 'valid' or 'same' | 'causal'"),
    "depthwise": (lambda: ops.depthwise_conv(X, ones(2, 4, 1)), ShapeError, "depthwise_conv | 4 channels | 3"),
    "pool size": (lambda: ops.max_pool(X, (2, 2)), ArgumentError, "max_pool, pool_size | a positive integer | (2, 2)"),
    "pool too short": (lambda: ops.max_pool(X, 9), ShapeError, "max_pool | at least 9 along steps | 5"),
    "narrow": (
        lambda: ops.average_pool(X[None], (2, 9)), ShapeError,
        "average_pool | at least 9 along width | 5"),
    "adaptive": (
        lambda: ops.adaptive_max_pool(X, 0), ArgumentError,
        "adaptive_max_pool, output_size | a positive integer | 0"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_in_four_parts(name):
    mistake, kind, pieces = MISTAKES[name]
    with pytest.raises(kind) as caught:
        mistake()
    for piece in pieces.split(" | "):
        assert piece in str(caught.value), str(caught.value)
