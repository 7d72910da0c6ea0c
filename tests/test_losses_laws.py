"""Laws of losses: masks, logits, shifts, order of the batch, weights, second derivatives."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hornbeam import activations, losses
from hornbeam.core.frame import Frame
from hornbeam.losses import logits as exact

REDUCTIONS = ("sum", "mean", "mean_with_sample_weight", "none")
# 100 roundings of float32, as in test_losses; the two sides of a law sum the same numbers in another order
CLOSE = {"rtol": 1e-5, "atol": 1e-6}

# what XLA leaves out for programs that run once: compiling is nearly all of the time that these tests take
QUICK = {"xla_backend_optimization_level": 0, "xla_cpu_use_fusion_emitters": False}


@pytest.fixture(autouse=True)
def strict_promotion():
    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        yield


def softmax(x, axis=-1):
    powers = np.exp(x - x.max(axis, keepdims=True))
    return (powers / powers.sum(axis, keepdims=True)).astype("float32")


def data(name, rows=6, seed=0):
    """Targets and predictions that fit a loss."""
    rng = np.random.default_rng(seed)

    def normal(*shape):
        return rng.normal(size=shape).astype("float32")

    if name.startswith("Categorical") and name != "CategoricalGeneralizedCrossEntropy":
        return np.eye(4, dtype="float32")[rng.integers(0, 4, rows)], softmax(normal(rows, 4))
    if name in ("SparseCategoricalCrossentropy", "CategoricalGeneralizedCrossEntropy"):
        return rng.integers(0, 4, rows), softmax(normal(rows, 4))
    if name.startswith("Binary") or name in ("Dice", "Tversky"):
        return rng.integers(0, 2, (rows, 3)).astype("float32"), rng.random((rows, 3)).astype("float32")
    if name == "Circle":
        y_pred = normal(rows, 5)
        return rng.integers(0, 3, rows), y_pred / np.linalg.norm(y_pred, axis=1, keepdims=True)
    if name == "CTC":
        y_true = rng.integers(1, 5, (rows, 3))
        y_true[:, 2] *= rng.integers(0, 2, rows)
        return y_true, normal(rows, 7, 5)
    if "Hinge" in name:
        return rng.choice([-1.0, 1.0], (rows, 3)).astype("float32"), normal(rows, 3)
    if name in ("MeanSquaredError", "MeanAbsoluteError", "Huber", "LogCosh", "CosineSimilarity"):
        return normal(rows, 3), normal(rows, 3)
    return rng.random((rows, 3)).astype("float32") + 0.1, rng.random((rows, 3)).astype("float32") + 0.1


KINDS = {
    **{name: (getattr(losses, name), {}) for name in losses.__all__ if name[0].isupper()},
    "BinaryCrossentropy from logits": (losses.BinaryCrossentropy, {"from_logits": True}),
    "CategoricalCrossentropy from logits": (losses.CategoricalCrossentropy, {"from_logits": True}),
    "SparseCategoricalCrossentropy from logits": (losses.SparseCategoricalCrossentropy, {"from_logits": True}),
    "SparseCategoricalCrossentropy ignoring 1": (losses.SparseCategoricalCrossentropy, {"ignore_class": 1}),
    "BinaryFocalCrossentropy from logits": (losses.BinaryFocalCrossentropy, {"from_logits": True}),
    "CategoricalFocalCrossentropy from logits": (losses.CategoricalFocalCrossentropy, {"from_logits": True}),
    "Dice of each row": (losses.Dice, {"axis": 1}),
    "Tversky of each row": (losses.Tversky, {"axis": (1,)}),
}
for name in ("LOSSES", "Loss", "FunctionLoss"):
    KINDS.pop(name, None)
every_loss = pytest.mark.parametrize("kind", KINDS)


def once(function):
    """The function as one program; it runs once and is not worth optimising."""
    return jax.jit(function, compiler_options=QUICK)


def value_and_slope(loss, y_true, y_pred, **more):
    def total(y_pred):
        value = loss(y_true, y_pred, **more)
        return value.sum(), value

    slope, value = jax.grad(total, has_aux=True)(jnp.asarray(y_pred))
    return value, slope


WEIGHT = np.float32([1, 0.5, 2, 0, 1.5, 1])
ORDER = np.array([3, 0, 5, 1, 4, 2])
TWICE = np.array([0, 1, 2, 2, 3, 4, 5])


def padded(name):
    """The data with four more rows of garbage, their weights, and the mask."""
    y_true, y_pred = data(name)
    garbage = np.float32([0, np.nan, np.inf, -1e30])
    more_true, more_pred = np.zeros_like(y_true[:4]), np.zeros_like(y_pred[:4])
    more_pred[:] = garbage.reshape(4, *[1] * (y_pred.ndim - 1))
    if y_true.dtype.kind == "f":
        more_true[:] = garbage[:, None]
    mask = np.float32([1] * 6 + [0] * 4)
    return np.r_[y_true, more_true], np.r_[y_pred, more_pred], np.r_[WEIGHT, garbage], mask


def rows_have_weights(kind):
    """Whether there is one value a row: the Dice loss of a whole batch is one number."""
    cls, config = KINDS[kind]
    return cls not in (losses.Dice, losses.Tversky) or bool(config)


@functools.cache
def facts(kind):
    """What the laws below compare, computed in one program."""
    cls, config = KINDS[kind]
    y_true, y_pred = data(cls.__name__)
    long_true, long_pred, long_weight, mask = padded(cls.__name__)
    loss = {reduction: cls(**config, reduction=reduction) for reduction in REDUCTIONS}
    table = {f"masked {reduction}": (reduction, None, None) for reduction in REDUCTIONS}
    if rows_have_weights(kind):
        table |= {
            f"masked, weighted {each}": (each, WEIGHT, long_weight) for each in ("mean", "mean_with_sample_weight")
        }

    def run(y_true, y_pred, long_true, long_pred):
        found = {
            name: (
                value_and_slope(loss[reduction], y_true, y_pred, sample_weight=known),
                value_and_slope(loss[reduction], long_true, long_pred, sample_weight=more, mask=mask),
            )
            for name, (reduction, known, more) in table.items()
        }
        mean, none, total = loss["mean"], loss["none"], loss["sum"]
        found["plain"] = mean(y_true, y_pred)
        found["ones"] = mean(y_true, y_pred, mask=np.ones(6, bool))
        found["zeros"] = value_and_slope(mean, y_true, y_pred * np.nan, mask=np.zeros(6))
        found["order"] = mean(y_true[ORDER], y_pred[ORDER])
        found["rows"] = none(y_true, y_pred)
        found["alone"] = jnp.stack([jnp.sum(none(y_true[row : row + 1], y_pred[row : row + 1])) for row in range(6)])
        found["twice"] = total(y_true[TWICE], y_pred[TWICE])
        if rows_have_weights(kind):
            found["weight 2"] = total(y_true, y_pred, sample_weight=np.float32([1, 1, 2, 1, 1, 1]))
        return found

    return jax.tree.map(np.asarray, once(run)(y_true, y_pred, long_true, long_pred))


@every_loss
def test_rows_under_a_zero_mask_leave_no_trace(kind):
    close = {"rtol": 1e-5, "atol": 1e-4} if kind == "Circle" else CLOSE  # whose slopes are in the hundreds
    for name, found in facts(kind).items():
        if name.startswith("masked"):
            (value, slope), (masked, masked_slope) = found
            if name == "masked none" and masked.ndim:
                np.testing.assert_array_equal(masked[6:], 0)
                masked = masked[:6]
            np.testing.assert_allclose(masked, value, **close)
            np.testing.assert_allclose(masked_slope[:6], slope, **close)
            np.testing.assert_array_equal(masked_slope[6:], 0)


@every_loss
def test_a_mask_of_ones_changes_nothing_and_one_of_zeros_gives_zero(kind):
    found = facts(kind)
    value, slope = found["zeros"]
    np.testing.assert_allclose(found["ones"], found["plain"], **CLOSE)
    np.testing.assert_allclose(value, 0, **CLOSE)
    np.testing.assert_array_equal(slope, 0)


@every_loss
def test_the_order_of_the_batch_does_not_matter(kind):
    np.testing.assert_allclose(facts(kind)["order"], facts(kind)["plain"], **CLOSE)


@every_loss
def test_each_value_of_a_rowwise_loss_depends_on_its_row_alone(kind):
    cls, config = KINDS[kind]
    same = np.allclose(facts(kind)["alone"], np.broadcast_to(facts(kind)["rows"], 6), **CLOSE)
    assert same == cls(**config).rowwise


@pytest.mark.parametrize("kind", [kind for kind in KINDS if rows_have_weights(kind) and kind != "Circle"])
def test_a_weight_of_two_is_the_row_twice(kind):
    np.testing.assert_allclose(facts(kind)["weight 2"], facts(kind)["twice"], **CLOSE)


@pytest.mark.parametrize(
    "kind", ["MeanSquaredError", "SparseCategoricalCrossentropy", "BinaryFocalCrossentropy", "CTC"]
)
def test_traced_and_untraced_values_agree(kind):
    cls, config = KINDS[kind]
    np.testing.assert_allclose(facts(kind)["plain"], cls(**config)(*data(cls.__name__)), **CLOSE)


@pytest.mark.parametrize("name", ["MeanSquaredError", "BinaryCrossentropy", "Hinge"])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_a_mask_fits_a_vector_of_predictions(name, reduction):
    y_true, y_pred = np.float32([0, 1, 1, np.nan]), np.float32([0.2, 0.7, 0.4, 0])
    loss = getattr(losses, name)(reduction=reduction)
    masked = loss(y_true, y_pred, mask=np.array([1, 1, 1, 0]))
    expected = loss(y_true[:3], y_pred[:3])
    np.testing.assert_allclose(masked, expected, **CLOSE)


def test_a_mask_of_steps_fits_targets_without_a_last_axis():
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.random((2, 3)), rng.random((2, 3, 1))
    mask = np.array([[1, 1, 0], [1, 0, 0]])
    value = losses.MeanSquaredError()(y_true, y_pred, mask=mask)
    np.testing.assert_allclose(value, (mask * (y_true - y_pred[..., 0]) ** 2).sum() / 3, **CLOSE)


def test_the_mask_of_the_last_layer_is_found_in_the_frame():
    y_true, y_pred = np.zeros((2, 3, 1), "float32"), jnp.asarray(np.arange(6.0, dtype="float32").reshape(2, 3, 1))
    mask = jnp.asarray([[True, True, False], [True, False, False]])
    loss = losses.MeanSquaredError()
    with Frame() as frame:
        frame.set_mask(y_pred, mask)
        found, joined = loss(y_true, y_pred), loss(y_true, y_pred, mask=np.array([1, 0]))
    assert float(found) == float(loss(y_true, y_pred, mask=mask)) == np.float32((0 + 1 + 9) / 3)
    assert float(joined) == (0 + 1) / 2


def test_an_axis_along_the_batch_is_not_rowwise():
    for cls in (losses.CosineSimilarity, losses.BinaryCrossentropy, losses.CategoricalCrossentropy, losses.Dice):
        assert not cls(axis=0).rowwise
        assert cls(axis=1).rowwise


# ---- logits

TABLE = [
    ("CategoricalCrossentropy", activations.softmax),
    ("SparseCategoricalCrossentropy", activations.softmax),
    ("BinaryCrossentropy", activations.sigmoid),
]


@pytest.mark.parametrize(("name", "activation"), TABLE)
@pytest.mark.parametrize("masked", [False, True])
def test_probabilities_made_in_this_run_are_judged_by_their_logits(name, activation, masked):
    y_true, y_pred = data(name)
    logits = np.random.default_rng(3).normal(size=y_pred.shape).astype("float32") * 100
    mask = np.array([1, 1, 0, 1, 0, 1]) if masked else None
    cls = getattr(losses, name)

    def through_activation(logits):
        with Frame():
            return cls()(y_true, activation(logits), mask=mask)

    def from_logits(logits):
        return cls(from_logits=True)(y_true, logits, mask=mask)

    value, slope = once(jax.value_and_grad(through_activation))(logits)
    expected, expected_slope = once(jax.value_and_grad(from_logits))(logits)
    assert expected > 17  # beyond what clipped probabilities can give, -log(1e-7) = 16.1
    np.testing.assert_allclose(value, expected, **CLOSE)
    np.testing.assert_allclose(slope, expected_slope, **CLOSE)


def test_the_note_survives_what_the_loss_does_to_the_predictions():
    logits = jnp.asarray([[100.0], [-100.0]], jnp.bfloat16)
    with Frame():
        value = losses.BinaryCrossentropy()(np.array([0, 1]), activations.sigmoid(logits))
    assert float(value) == 100.0


def test_a_softmax_is_no_sigmoid():
    logits, y_true = np.float32([[1.0, 3.0]]), np.float32([[0.0, 1.0]])
    with Frame():
        y_pred = activations.softmax(logits)
        binary = losses.BinaryCrossentropy()(y_true, y_pred)
    np.testing.assert_allclose(binary, losses.BinaryCrossentropy()(y_true, np.asarray(y_pred)), **CLOSE)


@pytest.mark.parametrize("name", ["CategoricalCrossentropy", "SparseCategoricalCrossentropy"])
def test_a_shift_of_all_logits_changes_nothing(name):
    y_true, logits = data(name)
    loss = getattr(losses, name)(from_logits=True)
    # a shift by 64 costs 6 bits of the logits
    np.testing.assert_allclose(loss(y_true, logits + 64), loss(y_true, logits), rtol=1e-4)


def plain_categorical(t, z):
    return -jnp.sum(t * jax.nn.log_softmax(z), -1)


def plain_sparse(labels, z):
    return plain_categorical(jax.nn.one_hot(labels, z.shape[-1]), z)


def plain_binary(t, z):
    return -t * jax.nn.log_sigmoid(z) - (1 - t) * jax.nn.log_sigmoid(-z)


@pytest.mark.parametrize("scale", [1.0, 40.0])
def test_closed_slopes_are_those_of_the_formulas(scale):
    rng = np.random.default_rng(0)
    z = jnp.asarray(rng.normal(size=(5, 4)) * scale, jnp.float32)
    labels, t = jnp.asarray([0, 3, 1, 1, 2]), jnp.asarray(rng.random((5, 4)), jnp.float32)
    # values of 4 terms up to 4 · scale, rounded at 6e-8 of that
    close = {"rtol": 1e-5, "atol": 1e-5 * scale}
    for ours, plain, first in (
        (exact.categorical, plain_categorical, t),
        (exact.sparse, plain_sparse, labels),
        (exact.binary, plain_binary, t),
    ):

        def derivatives(first, z, function):
            bent = lambda first, z: jnp.sum(jnp.sin(function(first, z)))  # noqa: E731
            slopes = [derivative(bent, 1)(first, z) for derivative in (jax.grad, jax.jacfwd, jax.hessian)]
            slopes += [jax.grad(bent)(first, z)] if first is not labels and first.dtype == z.dtype else []
            return function(first, z), *slopes

        found = [once(functools.partial(derivatives, function=each))(first, z) for each in (ours, plain)]
        for one, other in zip(*found, strict=True):
            np.testing.assert_allclose(one, other, **close)


def test_a_label_that_is_no_class_has_no_loss_and_no_slope():
    for from_logits in (False, True):
        loss = losses.SparseCategoricalCrossentropy(from_logits, reduction="none")
        labels, y_pred = np.array([-1, 4, 1]), softmax(np.zeros((3, 4), "float32"))
        value, slope = once(functools.partial(value_and_slope, loss))(labels, y_pred)
        assert value[:2].tolist() == [0, 0]
        assert not slope[:2].any()
        assert value[2] > 0


def test_the_slope_of_a_sparse_loss_holds_no_scatter():
    logits, labels = jnp.zeros((16, 3)), jnp.zeros(16, int)
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    text = jax.jit(jax.grad(lambda z: loss(labels, z))).lower(logits).as_text()
    assert "scatter" not in text


# ---- CTC against an enumeration of all alignments


def collapsed(path):
    """The labels that an alignment spells: repeats once, then without blanks."""
    once = [c for before, c in zip((None, *path), path, strict=False) if c != before]
    return [c for c in once if c]


@pytest.mark.parametrize("labels", [[1], [1, 2], [2, 2], [1, 2, 1], []])
def test_ctc_is_the_sum_over_all_alignments(labels):
    logits = np.random.default_rng(len(labels)).normal(size=(4, 3)).astype("float32")
    chances = softmax(logits)
    paths = np.stack(np.meshgrid(*[range(3)] * 4), -1).reshape(-1, 4)
    total = sum(np.prod(chances[range(4), path]) for path in paths if collapsed(path) == labels)
    y_true = np.array([[*labels, 0, 0, 0][:3]])
    np.testing.assert_allclose(losses.ctc(y_true, logits[None])[0], -np.log(total), **CLOSE)
