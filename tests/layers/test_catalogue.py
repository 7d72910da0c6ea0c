"""What every layer must do, checked for each row of the catalogue."""

import functools
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from catalogue import INSIDE, NO_MASKS, NO_TIME, ON_THE_HOST, ROWS, square

from hornbeam import layers
from hornbeam.core.frame import Frame
from hornbeam.core.registry import CustomObjectScope

KEY = (np.uint32(1), np.uint32(2), np.uint32(3))
OWN = CustomObjectScope({"square": square})

# Chosen before looking. Compiled and eager differ by fusion: a few units in the last place. bfloat16 has 8 bits, and a
# layer of these sizes loses two or three of them. Central differences in float64 with steps of 1e-6 have an error
# of 1e-12 from the step and 1e-10 from rounding, relative to values around 1.
FUSED = {"rtol": 1e-5, "atol": 1e-6}
HALF = {"rtol": 0.05, "atol": 0.05}
SLOPE = {"rtol": 1e-6, "atol": 1e-7}
STEP = 1e-6

every = pytest.mark.parametrize("row", ROWS, ids=str)


def arrays(outputs):
    return [np.asarray(leaf) for leaf in jax.tree.leaves(outputs)]


def assert_equal(one, two, **tolerance):
    for a, b in zip(arrays(one), arrays(two), strict=True):
        if tolerance:
            np.testing.assert_allclose(a.astype("float64"), b.astype("float64"), **tolerance)
        else:
            np.testing.assert_array_equal(a, b)


def at_rest(row, layer, x):
    """What inference gives; called by hand without a word, layers that augment images would do so."""
    return row.call(layer, x, training=False)


@functools.cache
def called(row):
    """A layer of the row, its data for a batch of 3, and its output: shared by the tests that change nothing."""
    layer, x = row.make(), row.inputs()
    return layer, x, at_rest(row, layer, x)


class Together:
    """``function(row, value)`` for all rows from one compiled program, as compiling each would take minutes.

    Where it raises, only that row's test does.
    """

    def __init__(self, function, rows=ROWS):
        self.errors = {}

        def run(values):
            found = {}
            for row in rows:
                try:
                    found[str(row)] = function(row, values[str(row)])
                except Exception as error:
                    self.errors[str(row)] = error
            return found

        self.program = jax.jit(run)

    def __call__(self, values):
        return Found(self.program(values), self.errors)


class Found(dict):
    """What a program gave for each row."""

    def __init__(self, found, errors):
        super().__init__(found)
        self.errors = errors

    def __missing__(self, name):
        raise self.errors[name]


def in_training(row, layer, x, weights=None, masks=None):
    """Output, losses, written variables and mask of one call in a training program."""
    with Frame(weights, training=True, key=KEY) as frame:
        x = jax.tree.map(jnp.asarray, x)
        for array, mask in zip(jax.tree.leaves(x), masks or [], strict=False):
            frame.set_mask(array, mask)
        output = row.call(layer, x)
        return output, frame.losses, list(frame.written.items()), frame.mask_of(output)


def shapes_of(row, batch, time=...):
    """The full shapes of the row's inputs, with the length of axis 1 replaced."""
    full = [(batch, *(shape if time is ... else (time, *shape[1:]))) for shape in row.shapes]
    return full if len(full) > 1 else full[0]


def derived_shape(row, layer, batch, time=...):
    """What ``compute_output_shape`` makes of the row's shapes."""
    shapes = shapes_of(row, batch, time)
    return layer.compute_output_shape(*shapes) if row.apart else layer.compute_output_shape(shapes)


def test_every_public_layer_has_a_row():
    public = {
        name
        for name in layers.__all__
        if isinstance(getattr(layers, name), type)
        and issubclass(getattr(layers, name), layers.Layer)
        and name != "Layer"
        and name == getattr(layers, name).__name__  # others are Keras's second names
    }
    assert public == {row.layer for row in ROWS} | ON_THE_HOST | INSIDE


def test_rows_have_names_of_their_own():
    assert len(set(map(str, ROWS))) == len(ROWS)


@every
def test_a_layer_is_rebuilt_from_its_config_and_from_json(row):
    layer, x, output = called(row)
    config = layer.get_config()
    for written in (config, json.loads(json.dumps(config))):
        with OWN:
            again = type(layer).from_config(written)
        assert again.get_config() == config
        assert again.name == layer.name
        at_rest(row, again, x)
        again.set_weights(layer.get_weights())
        assert_equal(at_rest(row, again, x), output)
    described = json.loads(json.dumps(layers.serialize(layer)))
    with OWN:
        assert layers.deserialize(described).get_config() == config


@every
@pytest.mark.filterwarnings("ignore:softmax")  # along the batch of 1
def test_the_derived_shape_is_the_real_shape(row):
    layer, _, output = called(row)
    derived = derived_shape(row, layer, None)
    assert derived[0] is None or row.mixes_rows
    assert derived[1:] == output.shape[1:]
    one, three = (jax.eval_shape(lambda x: at_rest(row, layer, x), row.inputs(batch=batch)).shape for batch in (1, 3))
    assert three == output.shape
    assert one == (1, *output.shape[1:])


@every
def test_the_length_of_time_may_be_unknown(row):
    if row.needs_length or any(len(shape) < 2 and not row.below for shape in row.shapes):
        pytest.skip(row.needs_length or "no time axis")
    layer, _, output = called(row)
    derived = derived_shape(row, layer, None, None)
    assert len(derived) == output.ndim
    assert all(a in (None, b) for a, b in zip(derived, output.shape, strict=True))
    unknown = row.make()
    derived_shape(row, unknown, None, None)
    assert [weight.shape for weight in unknown.weights] == [weight.shape for weight in layer.weights]


@functools.cache
def compiled():
    return Together(lambda row, x: at_rest(row, called(row)[0], x))({str(row): called(row)[1] for row in ROWS})


@every
def test_compiled_and_eager_agree(row):
    found, (_, _, output) = compiled()[str(row)], called(row)
    assert_equal(found, output, **FUSED)
    assert output.dtype == found.dtype


@every
def test_inference_gives_the_same_twice(row):
    layer, x, output = called(row)
    assert_equal(at_rest(row, layer, x), output)


@functools.cache
def halved(dtype):
    """Each row's layer in half precision, with the weights of the one in float32, and what it gives."""
    made = {}

    def run(row, x):
        layer, _, _ = called(row)
        half = made[str(row)] = row.built(dtype)
        half.set_weights(layer.get_weights())
        return at_rest(row, half, x)

    return made, Together(run)({str(row): called(row)[1] for row in ROWS})


@every
@pytest.mark.parametrize("dtype", ["bfloat16", "mixed_bfloat16"])
def test_half_precision_gives_nearly_the_same(row, dtype):
    _, _, output = called(row)
    made, outputs = halved(dtype)
    found, half = outputs[str(row)], made[str(row)]
    assert found.dtype == (jnp.bfloat16 if jnp.issubdtype(output.dtype, jnp.floating) else output.dtype)
    assert_equal(found.astype(output.dtype), output, **HALF)
    kept = "bfloat16" if dtype == "bfloat16" else "float32"
    assert all(w.dtype == kept for w in half.weights if "int" not in w.dtype)


@functools.cache
def slopes():
    """For each smooth row the slope along a random direction in float64, and what differences say of it."""
    smooth = [row for row in ROWS if row.smooth]
    rng = np.random.default_rng(2)
    with jax.enable_x64(True):
        made, at = {}, {}
        for row in smooth:
            layer, x = row.built("float64"), row.inputs(dtype="float64")
            made[str(row)] = layer, x
            weights = [rng.normal(size=w.shape) for w in layer.trainable_weights]
            at[str(row)] = (weights, [] if row.below else x)
        way = jax.tree.map(lambda a: rng.normal(size=a.shape), at)

        def run(row, values):
            layer, x = made[str(row)]

            def total(values):
                weights, given = values
                bound = dict(zip(layer.trainable_weights, weights, strict=True))
                output, losses, _, _ = in_training(row, layer, x if row.below else given, bound)
                weigh = np.random.default_rng(1).normal(size=output.shape)
                return jnp.sum(output * weigh) + sum(losses)

            return jax.value_and_grad(total)(values)

        program = Together(run, smooth)
        exact, high, low = (program(jax.tree.map(lambda a, d, h=h: a + h * d, at, way)) for h in (0.0, STEP, -STEP))
        return exact, high, low, way


@every
def test_slopes_are_those_of_finite_differences(row):
    if not row.smooth:
        pytest.skip("steps, or slopes that are left out on purpose")
    exact, high, low, way = slopes()
    value, slope = exact[str(row)]
    assert np.isfinite(value)
    pairs = zip(jax.tree.leaves(slope), jax.tree.leaves(way[str(row)]), strict=True)
    along = sum(float(np.sum(np.asarray(s) * d)) for s, d in pairs)
    assert np.isfinite(along)
    difference = float(high[str(row)][0]) - float(low[str(row)][0])
    np.testing.assert_allclose(along, difference / (2 * STEP), **SLOPE)


@functools.cache
def trained():
    """For each row a layer that is trained, the slopes of a loss on it, and which weights its call wrote."""
    made, wrote = {str(row): row.built() for row in ROWS}, {}

    def run(row, weights):
        layer = made[str(row)]

        def loss(weights):
            bound = dict(zip(layer.trainable_weights, weights, strict=True))
            output, losses, written, _ = in_training(row, layer, row.inputs(), bound)
            wrote[str(row)] = [variable.name for variable, _ in written]
            return jnp.sum(jnp.sin(output.astype(jnp.float32))) + sum(losses)

        return jax.grad(loss)(weights)

    at = {name: [jnp.asarray(w.numpy()) for w in layer.trainable_weights] for name, layer in made.items()}
    return made, wrote, Together(run)(at)


@every
def test_training_changes_trainable_weights_only(row):
    made, wrote, slopes = trained()
    slope, layer = slopes[str(row)], made[str(row)]
    assert set(wrote[str(row)]) == set(row.moves)
    assert not set(layer.trainable_weights) & {w for w in layer.weights if w.name in row.moves}
    for weight, each in zip(layer.trainable_weights, slope, strict=True):
        assert np.isfinite(each).all(), weight.name
        assert np.abs(each).max() > 0, f"{weight.name} is not reached by the loss"


@pytest.mark.parametrize("row", [row for row in ROWS if row.moves], ids=str)
def test_a_call_in_training_moves_statistics_and_nothing_else(row):
    layer, x = row.built(), row.inputs()
    before = [np.array(w.numpy()) for w in layer.weights]
    row.call(layer, x, training=True)
    for weight, old in zip(layer.weights, before, strict=True):
        assert (weight.name in row.moves) == bool(np.any(weight.numpy() != old)), weight.name


@every
def test_frozen_layers_train_nothing(row):
    layer, x = row.built(), row.inputs()
    layer.trainable = False
    assert layer.trainable_weights == []
    if row.moves:
        _, _, written, _ = in_training(row, layer, x)
        assert written == []
        assert_equal(in_training(row, layer, x)[0], at_rest(row, layer, x), **FUSED)


@every
def test_permuting_the_batch_permutes_the_output(row):
    layer, x, output = called(row)
    order = np.array([2, 0, 1])
    permuted = at_rest(row, layer, jax.tree.map(lambda a: a[order], x))
    if not row.mixes_rows or row.moves:
        assert_equal(permuted, output[order], **FUSED)


@every
def test_rows_depend_on_each_other_only_where_the_layer_says_so(row):
    layer, x, _ = called(row)
    assert layer.rowwise == (not row.mixes_rows)
    other = row.inputs(seed=5)
    changed = jax.tree.map(lambda a, b: np.concatenate([a[:2], b[2:]]), x, other)
    one, two = (in_training(row, layer, data)[0] for data in (x, changed))
    if layer.rowwise:
        assert_equal(one[:2], two[:2])


@every
def test_padding_under_a_mask_changes_nothing(row):
    if row.feels_padding in (NO_TIME, NO_MASKS):
        assert row.feels_padding == NO_TIME or not row.make().supports_masking or row.layer == "Dot"
        pytest.skip(row.feels_padding)
    layer, x, output = called(row)
    assert layer.supports_masking
    steps = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0]], bool)
    many = isinstance(x, list)
    masks = [steps[:, : a.shape[1]] for a in x] if many else [steps[:, : x.shape[1]]]
    if row.below or row.layer == "Masking":
        # these layers make the mask: from zeros
        x = np.where(steps.reshape(steps.shape + (1,) * (x.ndim - 2)), np.maximum(x, 1) if row.below else x, 0)
        found, _, _, mask = in_training(row, layer, x, masks=[None])
        assert_equal(mask, steps)
        return
    one, _, written, mask = in_training(row, layer, x, masks=masks)
    if not row.feels_padding:
        noise = [
            np.where(m.reshape(m.shape + (1,) * (a.ndim - 2)), a, 100 + a)
            for a, m in zip(x if many else [x], masks, strict=True)
        ]
        two, _, again, _ = in_training(row, layer, noise if many else noise[0], masks=masks)
        assert_equal(np.asarray(one)[steps[:, : one.shape[1]]], np.asarray(two)[steps[:, : one.shape[1]]], **FUSED)
        assert_equal([v for _, v in written], [v for _, v in again], **FUSED)
        assert_equal(mask, masks[0])


@every
def test_a_repr_and_a_name_are_there(row):
    layer = row.make()
    assert repr(layer).startswith(row.layer + "(")
    assert layer.where == f"{layer.name} ({row.layer})"
