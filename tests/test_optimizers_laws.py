"""Optimizers: the papers' recurrences in NumPy, and what must hold whatever the gradients are."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hornbeam import constraints, optimizers
from hornbeam.core.variable import Variable
from hornbeam.optimizers.clipping import clip_by_global_norm, clip_by_norm
from hornbeam.optimizers.muon import orthogonalized
from hornbeam.optimizers.schedules import PiecewiseConstantDecay

ALL = {
    name: getattr(optimizers, name)
    for name in optimizers.__all__
    if name in optimizers.OPTIMIZERS and not name.startswith(("LossScale", "Multi", "Optax", "Optimizer"))
}
VARIANTS = {
    **{name: cls(0.05) for name, cls in ALL.items()},
    "momentum": optimizers.SGD(0.05, momentum=0.9),
    "Nesterov": optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "AMSGrad": optimizers.Adam(0.05, amsgrad=True),
    "centred RMSprop": optimizers.RMSprop(0.05, centered=True, momentum=0.5),
}


@pytest.fixture(autouse=True)
def strict_types():
    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        yield


@pytest.fixture
def arrays():
    """A matrix, a vector, and six gradients of each."""
    rng = np.random.default_rng(3)
    start = [rng.normal(size=shape).astype("float32") for shape in ((4, 3), (3,))]
    return start, [[rng.normal(size=w.shape).astype("float32") for w in start] for _ in range(6)]


def run(optimizer, parameters, gradients, variables=None):
    """Some steps; gives the last weights."""
    parameters, state = [jnp.asarray(w) for w in parameters], optimizer.init(parameters, variables)
    for gradient in gradients:
        parameters, state = optimizer.step(parameters, gradient, state, optimizer.rate(), variables)
    return parameters


# ---- recurrences: weights of f(w) = (w - 3)' A (w - 3) / 2 by the papers' formulas, in float64

CURVATURE = np.array([[2.0, 0.5, 0.0], [0.5, 1.0, -0.3], [0.0, -0.3, 3.0]])
START = np.array([[1.0, -2.0, 0.5], [4.0, 0.0, -1.0]])
RATE, SMALL = 0.05, 1e-7


def slope(w):
    return (w - 3) @ CURVATURE


def sgd(w, a=0.0, nesterov=False):
    m = 0
    while True:
        g = slope(w)
        m = a * m - RATE * g
        w = w + (a * m - RATE * g if nesterov else m)
        yield w


def rmsprop(w, rho=0.9):
    v = 0
    while True:
        g = slope(w)
        v = rho * v + (1 - rho) * g**2
        w = w - RATE * g / np.sqrt(v + SMALL)
        yield w


def adam(w, b1=0.9, b2=0.999, decay=0.0, amsgrad=False):
    m = v = most = t = 0
    while True:
        g, t = slope(w), t + 1
        w = w - RATE * decay * w
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        most = np.maximum(most, v) if amsgrad else v
        w = w - RATE * np.sqrt(1 - b2**t) / (1 - b1**t) * m / (np.sqrt(most) + SMALL)
        yield w


def adamax(w, b1=0.9, b2=0.999):
    m = u = t = 0
    while True:
        g, t = slope(w), t + 1
        m, u = b1 * m + (1 - b1) * g, np.maximum(b2 * u, abs(g))
        w = w - RATE / (1 - b1**t) * m / (u + SMALL)
        yield w


def nadam(w, b1=0.9, b2=0.999):
    u = [b1 * (1 - 0.5 * 0.96**t) for t in range(20)]
    m = v = t = 0
    while True:
        g, t = slope(w), t + 1
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        hat = u[t + 1] * m / (1 - np.prod(u[1 : t + 2])) + (1 - u[t]) * g / (1 - np.prod(u[1 : t + 1]))
        w = w - RATE * hat / (np.sqrt(v / (1 - b2**t)) + SMALL)
        yield w


def lamb(w, b1=0.9, b2=0.999):
    m = v = t = 0
    while True:
        g, t = slope(w), t + 1
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        r = m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + SMALL)
        w = w - RATE * np.linalg.norm(w) / np.linalg.norm(r) * r
        yield w


def lion(w, b1=0.9, b2=0.99):
    m = 0
    while True:
        g = slope(w)
        w, m = w - RATE * np.sign(b1 * m + (1 - b1) * g), b2 * m + (1 - b2) * g
        yield w


def adagrad(w):
    total = 0.1
    while True:
        g = slope(w)
        total = total + g**2
        w = w - RATE * g / np.sqrt(total + SMALL)
        yield w


def adadelta(w, rho=0.95):
    squares = steps = 0
    while True:
        g = slope(w)
        squares = rho * squares + (1 - rho) * g**2
        d = np.sqrt(steps + SMALL) / np.sqrt(squares + SMALL) * g
        steps = rho * steps + (1 - rho) * d**2
        w = w - RATE * d
        yield w


def adafactor(w):
    r = c = t = 0
    while True:
        g, t = slope(w), t + 1
        b = 1 - t**-0.8
        squares = g**2 + 1e-30
        r, c = b * r + (1 - b) * squares.mean(1), b * c + (1 - b) * squares.mean(0)
        u = g / np.sqrt(np.outer(r, c) / r.mean())
        u = u / max(1, np.sqrt(np.mean(u**2)))
        w = w - max(1e-3, np.sqrt(np.mean(w**2))) * min(RATE, 1 / np.sqrt(t)) * u
        yield w


def ftrl(w):
    n, z = 0.1, 0
    while True:
        g = slope(w)
        sigma = (np.sqrt(n + g**2) - np.sqrt(n)) / RATE
        n, z = n + g**2, z + g - sigma * w
        w = -z / (np.sqrt(n) / RATE)
        yield w


def muon(w):
    m = 0
    while True:
        g = slope(w)
        w = w - RATE * 0.004 * w
        m = 0.95 * m + g
        left, values, right = np.linalg.svd(g + 0.95 * m, full_matrices=False)
        values = values / np.linalg.norm(values)
        for _ in range(5):
            values = 3.4445 * values - 4.775 * values**3 + 2.0315 * values**5
        w = w - RATE * 0.2 * np.sqrt(3) * left @ np.diag(values) @ right
        yield w


def schedule_free(y, b1=0.9, b2=0.999):
    z, x = y, y
    v = t = 0
    while True:
        g, t = slope(y), t + 1
        v = b2 * v + (1 - b2) * g**2
        z = z - RATE * g / (np.sqrt(v / (1 - b2**t)) + 1e-8)
        x = (1 - 1 / t) * x + z / t
        y = (1 - b1) * z + b1 * x
        yield y


RECURRENCES = [
    (optimizers.SGD(RATE), sgd(START)),
    (optimizers.SGD(RATE, momentum=0.9), sgd(START, 0.9)),
    (optimizers.SGD(RATE, momentum=0.9, nesterov=True), sgd(START, 0.9, True)),
    (optimizers.RMSprop(RATE), rmsprop(START)),
    (optimizers.Adam(RATE), adam(START)),
    (optimizers.Adam(RATE, beta_2=0.5, amsgrad=True), adam(START, b2=0.5, amsgrad=True)),
    (optimizers.AdamW(RATE, weight_decay=0.1), adam(START, decay=0.1)),
    (optimizers.Adamax(RATE), adamax(START)),
    (optimizers.Nadam(RATE), nadam(START)),
    (optimizers.Lamb(RATE), lamb(START)),
    (optimizers.Lion(RATE), lion(START)),
    (optimizers.Adagrad(RATE), adagrad(START)),
    (optimizers.Adadelta(RATE), adadelta(START)),
    (optimizers.Adafactor(RATE), adafactor(START)),
    (optimizers.Ftrl(RATE), ftrl(START)),
    (optimizers.Muon(RATE), muon(START)),
    (optimizers.ScheduleFreeAdamW(RATE), schedule_free(START)),
]


@pytest.mark.parametrize(("optimizer", "recurrence"), RECURRENCES, ids=[repr(pair[0]) for pair in RECURRENCES])
def test_five_steps_down_a_quadratic_are_the_paper_s(optimizer, recurrence):
    curvature = jnp.asarray(CURVATURE, jnp.float32)
    parameters = [jnp.asarray(START, jnp.float32)]
    state = optimizer.init(parameters)
    for _, expected in zip(range(5), recurrence, strict=False):
        gradients = [(parameters[0] - 3) @ curvature]
        parameters, state = optimizer.step(parameters, gradients, state, optimizer.rate())
        # float32 against float64: 1 - 0.999 alone carries 5e-5 of an error, in steps of about 0.05
        np.testing.assert_allclose(parameters[0], expected, rtol=0, atol=2e-5)


def test_in_float64_the_recurrence_holds_to_its_last_digits():
    with jax.enable_x64(True):
        optimizer, parameters = optimizers.Adam(RATE), [jnp.asarray(START)]
        state = optimizer.init(parameters)
        for _, expected in zip(range(5), adam(START), strict=False):
            gradients = [(parameters[0] - 3) @ jnp.asarray(CURVATURE)]
            parameters, state = optimizer.step(parameters, gradients, state, np.float64(RATE))
            np.testing.assert_allclose(parameters[0], expected, rtol=1e-12)
        assert state["slots"][0]["velocity"].dtype == np.float64


# ---- laws

entries = st.lists(st.floats(-100, 100, width=32), min_size=3, max_size=3)


@settings(max_examples=30, deadline=None)
@given(entries, entries, st.floats(0, 10, width=32))
def test_sgd_goes_down_the_gradient_times_the_rate(w, g, rate):
    w, g = np.float32(w), np.float32(g)
    with jax.numpy_dtype_promotion("strict"):
        (found,), _ = optimizers.SGD(0.1).step([w], [g], optimizers.SGD().init([w]), np.float32(rate))
    np.testing.assert_allclose(found, w - np.float32(rate) * g, rtol=1e-6, atol=1e-4)


# Ftrl is not among them: it follows the leader of the gradients seen, which with none is 0 (McMahan et al., eq. 1)
@pytest.mark.parametrize("name", [name for name in VARIANTS if name != "Ftrl"])
def test_zero_gradients_leave_the_weights(name, arrays):
    optimizer = VARIANTS[name]
    if name in ("AdamW", "Muon"):
        optimizer = ALL[name](0.05, weight_decay=0.0)
    start, _ = arrays
    only = start[:1]  # a vector would have Muon's adam_weight_decay
    for w, found in zip(only, run(optimizer, only, [[np.zeros_like(w) for w in only]] * 3), strict=True):
        # ScheduleFreeAdamW finds x back from y and z: a rounding per step
        np.testing.assert_allclose(found, w, rtol=1e-6 if name == "ScheduleFreeAdamW" else 0)


@pytest.mark.parametrize("name", ["Adam", "Adamax", "AMSGrad"])
@settings(max_examples=20, deadline=None)
@given(entries)
def test_adam_s_first_step_has_the_rate_s_length_in_every_entry(name, g):
    g = np.float32(g)
    g = np.where(np.abs(g) < 1e-2, np.float32(1), g)  # epsilon, 1e-7, is then 1e-5 of it (3e-4 after the bias)
    (found,) = run(VARIANTS[name], [np.zeros(3, "float32")], [[g]])
    np.testing.assert_allclose(found, -0.05 * np.sign(g), rtol=5e-4)


@pytest.mark.parametrize("name", ["Adam", "Adamax", "Nadam", "RMSprop", "Lamb", "Lion"])
@pytest.mark.parametrize("scale", [2.0**-10, 2.0**10])
def test_the_scale_of_the_gradients_does_not_matter(name, scale, arrays):
    start, gradients = arrays
    optimizer = ALL[name](0.05) if name == "Lion" else ALL[name](0.05, epsilon=0.0)
    scaled = [[g * np.float32(scale) for g in each] for each in gradients]
    for one, other in zip(run(optimizer, start, gradients), run(optimizer, start, scaled), strict=True):
        np.testing.assert_array_equal(one, other)  # a power of two rounds nothing


def test_lion_moves_every_entry_by_the_rate(arrays):
    start, gradients = arrays
    before = [jnp.zeros_like(w) for w in start]
    after = run(optimizers.Lion(0.25), before, gradients[:1])
    for w, g in zip(after, gradients[0], strict=True):
        np.testing.assert_array_equal(w, -0.25 * np.sign(g))


def test_lamb_moves_an_array_by_the_rate_times_its_length(arrays):
    start, gradients = arrays
    for before, after in zip(start, run(optimizers.Lamb(0.25), start, gradients[:1]), strict=True):
        np.testing.assert_allclose(np.linalg.norm(after - before), 0.25 * np.linalg.norm(before), rtol=1e-5)


def test_ftrl_s_l1_makes_weights_exactly_zero(arrays):
    start, gradients = arrays
    small = [[g * np.float32(0.01) for g in each] for each in gradients]
    found = run(optimizers.Ftrl(0.5, l1_regularization_strength=1.0), [np.zeros_like(w) for w in start], small)
    assert all(not np.any(w) for w in found)


def test_muon_makes_singular_values_nearly_equal(arrays):
    values = np.linalg.svd(orthogonalized(arrays[0][0], 5, (3.4445, -4.7750, 2.0315)), compute_uv=False)
    assert values.min() > 0.6
    assert values.max() < 1.3


@pytest.mark.parametrize("name", [name for name, optimizer in VARIANTS.items() if optimizer.entrywise])
def test_weights_flattened_to_vectors_give_the_same(name, arrays):
    start, gradients = arrays
    flat = run(VARIANTS[name], [w.ravel() for w in start], [[g.ravel() for g in each] for each in gradients])
    for one, other in zip(run(VARIANTS[name], start, gradients), flat, strict=True):
        np.testing.assert_allclose(one.ravel(), other, rtol=1e-6, atol=1e-7)  # Lamb's norms add in another order


@pytest.mark.parametrize("name", VARIANTS)
def test_a_compiled_step_is_the_same_and_keeps_every_type(name, arrays):
    (start, gradients), optimizer = arrays, VARIANTS[name]
    state, rate = optimizer.init(start), optimizer.rate()
    eager = optimizer.step([jnp.asarray(w) for w in start], gradients[0], state, rate)
    compiled = jax.jit(optimizer.step)(start, gradients[0], state, rate)
    for one, other in zip(jax.tree.leaves(eager), jax.tree.leaves(compiled), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-6)  # fused multiply-adds round once, not twice
    described = [jax.tree.map(lambda x: (np.shape(x), x.dtype), each) for each in ((start, state), compiled)]
    assert described[0] == described[1]


@pytest.mark.parametrize("name", VARIANTS)
def test_half_precision_weights_take_the_float32_step_and_round_once(name, arrays):
    (start, gradients), optimizer = arrays, VARIANTS[name]
    halves = [jnp.asarray(w, jnp.bfloat16) for w in start]
    full = run(optimizer, [w.astype(jnp.float32) for w in halves], gradients[:1])
    state = optimizer.init(halves)
    found, state = optimizer.step(halves, [g.astype(jnp.bfloat16) for g in gradients[0]], state, optimizer.rate())
    for one, other in zip(found, full, strict=True):
        assert one.dtype == jnp.bfloat16
        np.testing.assert_allclose(one.astype(np.float32), other, rtol=2e-2, atol=2e-3)  # bfloat16 rounds at 4e-3
    assert all(leaf.dtype in (jnp.bfloat16, np.int32, np.float32) for leaf in jax.tree.leaves(state))


def test_many_models_are_trained_at_once_each_with_its_own_rate(arrays):
    (start, gradients), optimizer = arrays, optimizers.Adam()
    rates = np.float32([0.1, 0.01, 0.001])
    stacked = [np.stack([w] * 3) for w in start]
    states = jax.tree.map(lambda leaf: np.stack([leaf] * 3), optimizer.init(start))
    step = jax.vmap(optimizer.step, in_axes=(0, None, 0, 0))
    together, _ = step(stacked, gradients[0], states, rates)
    for number, rate in enumerate(rates):
        alone, _ = optimizer.step(start, gradients[0], optimizer.init(start), rate)
        for one, other in zip(alone, together, strict=True):
            np.testing.assert_allclose(other[number], one, rtol=1e-6)


# ---- options of the base


@settings(max_examples=30, deadline=None)
@given(entries, st.floats(0.125, 10, width=32))
def test_clipping_by_norm_keeps_the_direction_and_bounds_the_length(g, length):
    g = np.float32(g)
    found = np.asarray(clip_by_norm(g, length))
    np.testing.assert_allclose(np.linalg.norm(found), min(np.linalg.norm(g), length), rtol=1e-5, atol=1e-30)
    np.testing.assert_allclose(found * np.linalg.norm(g), g * np.linalg.norm(found), rtol=1e-4, atol=1e-4)


def test_clipping_by_the_global_norm_shortens_all_by_one_factor_and_shows_nan():
    found = clip_by_global_norm([np.float32([3, 0]), None, np.float32([4])], 1.0)
    np.testing.assert_allclose(np.concatenate([found[0], found[2]]), [0.6, 0, 0.8], rtol=1e-6)
    assert clip_by_global_norm([np.zeros(2, "float32")], 1.0)[0].tolist() == [0, 0]
    assert np.isnan(clip_by_global_norm([np.float32([1, np.inf])], 1.0)[0]).all()


@pytest.mark.parametrize("name", ["SGD", "Adam", "Nadam", "Adafactor"])
def test_accumulated_gradients_act_as_their_mean(name, arrays):
    start, gradients = arrays
    means = [[(a + b) / 2 for a, b in zip(*gradients[i : i + 2], strict=True)] for i in (0, 2, 4)]
    optimizer = ALL[name](0.05, gradient_accumulation_steps=2, clipnorm=0.5)
    step = jax.jit(optimizer.step)
    parameters, state = start, optimizer.init(start)
    for gradient in gradients:
        parameters, state = step(parameters, gradient, state, optimizer.rate())
    for one, other in zip(parameters, run(ALL[name](0.05, clipnorm=0.5), start, means), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    assert int(state["iterations"]) == 6


def test_with_accumulation_a_schedule_counts_batches_and_iterations_count_updates():
    schedule = PiecewiseConstantDecay([2], [1.0, 0.5])  # 0.5 from the fourth batch on
    optimizer, w = optimizers.SGD(schedule, gradient_accumulation_steps=2), Variable(np.zeros(1, "float32"))
    seen = []
    for _ in range(4):
        optimizer.apply([np.ones(1, "float32")], [w])
        seen.append((float(w.numpy()[0]), int(optimizer.iterations)))
    assert seen == [(0.0, 0), (-1.0, 1), (-1.0, 1), (-1.5, 2)]


def test_constraints_come_after_the_update_also_for_flat_weights():
    kernel = Variable(np.float32([[1, 1], [1, 1]]), name="kernel")
    kernel.constraint = constraints.MaxNorm(1.0, axis=0)
    gradient = np.float32([[-2, 0], [-3, 0]])
    optimizer = optimizers.SGD(1.0)
    expected = np.asarray(kernel.constraint(kernel.numpy() - gradient))
    flat, _ = optimizer.step([kernel.slot.ravel()], [gradient.ravel()], optimizer.init([kernel.slot.ravel()]),
                             np.float32(1), [kernel])  # fmt: skip
    np.testing.assert_allclose(flat[0], expected.ravel(), rtol=1e-6)
    optimizer.apply([gradient], [kernel])
    np.testing.assert_allclose(kernel.numpy(), expected, rtol=1e-6)


def test_a_weight_without_gradient_keeps_its_state_too(arrays):
    start, gradients = arrays
    optimizer = optimizers.Adam(0.05, weight_decay=0.5, global_clipnorm=1.0)
    (_, kept), state = optimizer.step(start, [gradients[0][0], None], optimizer.init(start), optimizer.rate())
    np.testing.assert_array_equal(kept, start[1])
    assert not state["slots"][1]["momentum"].any()


def test_listed_variables_are_exempt_from_decay():
    a, b = (Variable(np.float32([2.0]), name="same") for _ in range(2))
    optimizer = optimizers.SGD(0.5, weight_decay=1.0)
    optimizer.exclude_from_weight_decay(var_list=[b])
    optimizer.apply([np.zeros(1, "float32")] * 2, [a, b])
    assert (a.numpy().tolist(), b.numpy().tolist()) == ([1.0], [2.0])


def test_a_thousand_steps_in_one_program_reach_the_minimum(arrays):
    start, _ = arrays
    optimizer = optimizers.Adam(PiecewiseConstantDecay([500], [0.05, 0.001]))

    @jax.jit
    def train(parameters, state):
        def body(_, values):
            parameters, state = values
            return optimizer.step(parameters, [w - 3 for w in parameters], state)

        return jax.lax.fori_loop(0, 1000, body, (parameters, state))

    parameters, state = train(start, optimizer.init(start))
    assert int(state["iterations"]) == 1000
    for w in parameters:
        np.testing.assert_allclose(w, np.full(w.shape, 3.0), atol=1e-2)
