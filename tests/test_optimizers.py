"""Optimizers: every golden case of Keras, names and signatures, configs, Keras's object side, errors."""

import copy
import inspect
import json
import pickle
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from golden.writer import read

import hornbeam
from hornbeam import optimizers
from hornbeam.core.config import deserialize, field, serialize, spec_key
from hornbeam.core.errors import ArgumentError, FileError, NotBuiltError, ShapeError, UnknownNameError
from hornbeam.core.naming import reset_names
from hornbeam.core.registry import CustomObjectScope
from hornbeam.core.variable import Variable
from hornbeam.optimizers import schedules
from hornbeam.optimizers.schedules import ExponentialDecay

CASES, ARRAYS = read("optimizers")
NAMES = json.loads(Path(__file__).with_name("golden").joinpath("public_names.json").read_text())["keras.optimizers"]
CLASSES = [
    getattr(optimizers, name)
    for name, row in NAMES.items()
    if row["kind"] == "class" and name not in ("Optimizer", "OptimizerMap", "MultiOptimizer", "LossScaleOptimizer")
]
WRAPPERS = ("LossScaleOptimizer", "MultiOptimizer")

# Six updates in float32, which rounds at 6e-8, the same formula evaluated in another order: an entry is the sum of its
# start and six steps, each with a few roundings of numbers as large as the array's largest entry: 1e-6 of that one.
# Muon's polynomial multiplies a small singular value by up to 3.4445**5 = 485, and roundings with it: 485 * 6e-8 = 3e-5
# a step.
CLOSE, CLOSE_MUON = 1e-6, 1e-4


@pytest.fixture(autouse=True)
def strict_types():
    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        yield


def assert_close(found, expected, part=CLOSE):
    expected = np.asarray(expected)
    scale = max(float(np.abs(expected).max(initial=0)), 1e-3)
    np.testing.assert_allclose(np.asarray(found), expected, rtol=part, atol=part * scale)


def made(name, config):
    """The optimizer of a golden case, from its JSON."""
    config = dict(config)
    for key, value in config.items():
        if isinstance(value, dict) and "schedule" in value:
            config[key] = getattr(schedules, value["schedule"])(**value["config"])
        elif isinstance(value, dict) and "optimizer" in value:
            config[key] = made(value["optimizer"], value["config"])
        elif key == "optimizer_map":
            pairs, default = value["optimizer_map"].items(), value["default_optimizer"]
            named = {pattern: made(each["optimizer"], each["config"]) for pattern, each in pairs}
            config[key] = optimizers.OptimizerMap(made(default["optimizer"], default["config"]), named)
    return getattr(optimizers, name)(**config)


def large_values(stream):
    """As in golden/make_optimizers.py: stream 0 is the start, stream k the gradient of step k, from one."""
    return (np.random.RandomState(stream).rand(130, 140) - 0.5).astype("float32")


def start_of(case):
    return {name: large_values(0) if name == "large" else ARRAYS[f"inputs/start/{name}"] for name in case["variables"]}


def gradients_of(case, step):
    """The gradients that the case saw in one step."""
    given = [
        large_values(1 + step) if name == "large" else ARRAYS[f"inputs/gradients/{name}"][step]
        for name in case["variables"]
    ]
    given = [g * np.float32(case.get("scale", 1)) for g in given]
    if case.get("not_finite") == step:
        place = case["variables"].index("vector")
        given[place] = np.where(np.arange(4) == 2, np.float32(np.inf), given[place])
    return given


def prepared(case):
    """The case's optimizer, built, and its variables."""
    reset_names()
    optimizer = made(case["object"], case["config"])
    variables = [Variable(value, name=name) for name, value in start_of(case).items()]
    if "exclude_from_weight_decay" in case:
        optimizer.exclude_from_weight_decay(var_names=case["exclude_from_weight_decay"])
    optimizer.build(variables)
    return optimizer, variables


def name_of(case):
    return case["case"]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_six_steps_are_keras_s(case):
    optimizer, variables = prepared(case)
    step = optimizer.step
    # single operations are shared by the cases: 228 programs took a minute to compile. A `cond` is a program anyway
    if case["config"].get("gradient_accumulation_steps") or case["object"] == "LossScaleOptimizer":
        step = jax.jit(lambda *values: optimizer.step(*values, variables))
    parameters, state = [jnp.asarray(variable.slot) for variable in variables], optimizer.state
    close = CLOSE_MUON if case["object"] == "Muon" else CLOSE
    for number in range(6):
        if "rates" in case:
            optimizer.learning_rate = case["rates"][number]
        gradients = gradients_of(case, number)
        parameters, state = step(parameters, gradients, state, optimizer.rate())
        for name, array in zip(case["variables"], parameters, strict=True):
            if name == "large":
                assert_close(array[:4, :4], ARRAYS[f"{case['case']}/large_corner"][number], close)
            else:
                assert_close(array, ARRAYS[f"{case['case']}/{name}"][number], close)
        if "dynamic_scale" in state:
            scale = [float(state["dynamic_scale"]), float(state["step_counter"])]
            assert scale == ARRAYS[f"{case['case']}/dynamic_scale_and_step_counter"][number].tolist()
    if "large" in case["variables"]:
        sums = parameters[case["variables"].index("large")].sum(axis=1)
        np.testing.assert_allclose(sums, ARRAYS[f"{case['case']}/large_row_sums"], rtol=0, atol=140 * close)
    optimizer.state = state
    if optimizer.use_ema:
        optimizer.finalize_variable_values(variables)
        for variable in variables:
            assert_close(variable.numpy(), ARRAYS[f"{case['case']}/{variable.name}_final"], close)


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_variables_stand_in_keras_s_order(case):
    optimizer, _ = prepared(case)
    paths, shapes = zip(*case["state"], strict=True)
    assert [list(variable.shape) for variable in optimizer.variables] == list(shapes)
    if case["object"] not in ("Adafactor", "Nadam"):  # whose other names say less in Keras
        assert [variable.path for variable in optimizer.variables] == list(paths)


@pytest.mark.parametrize("case", [case for case in CASES if not case["config"]], ids=name_of)
def test_state_is_keras_s_after_updates_by_hand(case):
    optimizer, variables = prepared(case)
    for number in range(6):
        optimizer.apply_gradients(zip(gradients_of(case, number), variables, strict=True))
    for variable in variables:
        assert_close(variable.numpy(), ARRAYS[f"{case['case']}/{variable.name}"][5])
    for number, variable in enumerate(optimizer.variables):
        assert_close(variable.numpy(), ARRAYS[f"{case['case']}/state_{number}"])


@pytest.mark.parametrize("case", [case for case in CASES if "get_config" in case], ids=name_of)
def test_configs_are_keras_s_and_come_back(case):
    reset_names()
    optimizer = made(case["object"], case["config"])
    assert rounded(optimizer.get_config()) == rounded(case["get_config"])
    again = deserialize(json.loads(json.dumps(serialize(optimizer))))
    assert type(again) is type(optimizer)
    assert again.get_config() == optimizer.get_config()
    assert spec_key(again) == spec_key(optimizer)


def rounded(config):
    """Keras writes a learning rate as the float32 nearest to it, Hornbeam as it was given."""
    if isinstance(config, dict):
        return {key: rounded(value) for key, value in config.items()}
    return float(np.float32(config)) if isinstance(config, float) else config


# ---- names and signatures


def test_every_name_of_keras_is_here():
    assert set(NAMES) - {"legacy"} <= set(optimizers.__all__)


@pytest.mark.parametrize("name", [name for name, row in NAMES.items() if row["kind"] == "class"])
def test_arguments_and_defaults_are_keras_s(name):
    theirs = eval(f"inspect.signature(lambda {NAMES[name]['signature'][1:-1]}: 0)").parameters
    ours = inspect.signature(getattr(optimizers, name)).parameters
    assert {key: each.default for key, each in theirs.items() if each.kind is not each.VAR_KEYWORD} == {
        key: each.default for key, each in ours.items()
    }
    own = [key for key, each in ours.items() if each.kind is not each.KEYWORD_ONLY]
    assert own == list(theirs)[: len(own)]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_an_optimizer_is_found_by_its_name_class_config_and_itself(cls):
    for identifier in (cls.__name__, cls.__name__.lower(), cls.__name__.upper(), cls, serialize(cls())):
        assert type(optimizers.get(identifier)) is cls
    same = cls()
    assert optimizers.get(same) is same
    assert optimizers.get(None) is None


def test_a_misspelt_name_gets_the_nearest():
    with pytest.raises(UnknownNameError, match="'adam'"):
        optimizers.get("adamm")
    with pytest.raises(ArgumentError, match="name of an optimizer"):
        optimizers.get(3.5)


def test_an_old_decay_argument_is_ignored_loudly():
    with pytest.warns(UserWarning, match="InverseTimeDecay"):
        optimizer = optimizers.SGD(0.1, decay=1e-6)
    assert optimizer.get_config()["learning_rate"] == 0.1
    assert repr(optimizers.SGD(decay=0.0)) == "SGD()"


# ---- the learning rate


def test_the_learning_rate_reads_and_sets_like_keras_s():
    optimizer = optimizers.Adam(0.25)
    rate = optimizer.learning_rate
    assert (float(rate), np.asarray(rate), rate.numpy()) == (0.25, 0.25, 0.25)
    rate.assign(0.5)
    assert float(optimizer.rate()) == 0.5
    optimizer.learning_rate = 0.125
    assert optimizer.learning_rate is rate
    assert float(rate) == 0.125
    optimizer.learning_rate = jnp.float32(2)
    assert optimizer.get_config()["learning_rate"] == 2.0
    assert repr(optimizer) == "Adam(learning_rate=2.0)"


def test_a_schedule_takes_a_number_s_place_but_not_the_other_way():
    optimizer = optimizers.SGD(0.1)
    optimizer.learning_rate = ExponentialDecay(1.0, 1, 0.5)
    assert optimizer.rate() is None
    assert float(optimizer.learning_rate) == 1.0
    assert len(optimizer.variables) == 1
    with pytest.raises(ArgumentError, match="set the rate by hand"):
        optimizer.learning_rate = 0.1


def test_a_schedule_sees_the_steps_already_done():
    optimizer, w = optimizers.SGD(ExponentialDecay(1.0, 1, 0.5)), Variable(np.zeros(1, "float32"))
    for expected in (-1.0, -1.5, -1.75):
        optimizer.apply([np.ones(1, "float32")], [w])
        assert w.numpy().tolist() == [expected]
    assert float(optimizer.learning_rate) == 0.125


def test_a_function_without_arguments_is_asked_at_each_step():
    rates = iter([1.0, 0.5])
    optimizer, w = optimizers.SGD(lambda: next(rates)), Variable(np.zeros(1, "float32"))
    for expected in (-1.0, -1.5):
        optimizer.apply([np.ones(1, "float32")], [w])
        assert w.numpy().tolist() == [expected]


def test_the_learning_rate_is_no_part_of_the_program_but_a_schedule_is():
    assert spec_key(optimizers.Adam(0.1)) == spec_key(optimizers.Adam(0.2, name="other"))
    assert spec_key(optimizers.Adam(0.1)) != spec_key(optimizers.Adam(0.1, beta_1=0.8))
    one, other = (optimizers.Adam(ExponentialDecay(0.1, 1, decay)) for decay in (0.5, 0.6))
    assert len({spec_key(each) for each in (optimizers.Adam(0.1), one, other)}) == 3


def test_the_names_that_decide_about_decay_are_part_of_the_program():
    def key(exclude, *names):
        optimizer = optimizers.SGD(weight_decay=0.1)
        optimizer.exclude_from_weight_decay(var_names=exclude)
        optimizer.build([Variable(np.zeros(1, "float32"), name=name) for name in names])
        return spec_key(optimizer)

    assert key(["bias"], "kernel", "bias") == key(["b"], "kernel", "bias") != key(["bias"], "kernel", "gamma")

    def muon(*paths):
        optimizer = optimizers.Muon(exclude_layers=["output"])
        optimizer.build([Variable(np.zeros((2, 2), "float32"), name=path) for path in paths])
        return spec_key(optimizer)

    assert muon("a", "b") != muon("a", "output")


def test_setting_the_rate_compiles_nothing_anew():
    optimizer, w = optimizers.Adam(0.1), Variable(np.ones(3, "float32"))
    for rate in (0.1, 0.2, 0.3):
        optimizer.learning_rate = rate
        optimizer.apply([np.ones(3, "float32")], [w])
    assert optimizer._applied[1]._cache_size() <= 2  # the first call had NumPy's arrays


# ---- Keras's object side


def test_an_optimizer_has_its_counter_and_rate_before_it_is_built():
    optimizer = optimizers.Adam(name="mine")
    assert [variable.path for variable in optimizer.variables] == ["mine/iteration", "mine/learning_rate"]
    assert optimizer.state is None
    assert int(optimizer.iterations) == 0


def test_weights_go_into_a_store_and_back():
    first, second = (optimizers.Adam(0.1) for _ in range(2))
    w = Variable(np.ones((2, 3), "float32"))
    first.apply([np.ones((2, 3), "float32")], [w])
    store = {}
    first.save_own_variables(store)
    second.build([w])
    second.load_own_variables(store)
    for mine, theirs in zip(first.variables, second.variables, strict=True):
        np.testing.assert_array_equal(mine.numpy(), theirs.numpy())
    second.set_weights([np.zeros(variable.shape, "float32") for variable in first.variables])
    assert int(second.iterations) == 0
    with pytest.raises(ShapeError, match="4 arrays"):
        second.set_weights([1.0])
    with pytest.raises(NotBuiltError, match="build"):
        optimizers.Adam().set_weights([])
    with pytest.warns(UserWarning, match="not loaded"):
        optimizers.Adam().load_own_variables(store)


def test_stateless_apply_is_apply_without_side_effects():
    optimizer, w = optimizers.Adam(0.1), Variable(np.ones(3, "float32"))
    optimizer.build([w])
    before = [variable.numpy() for variable in optimizer.variables]
    apply = jax.jit(optimizer.stateless_apply)
    (new,), variables = apply(before, [np.ones(3, "float32")], [w.numpy()])
    np.testing.assert_array_equal(w.numpy(), np.ones(3))
    for variable, old in zip(optimizer.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), old)
    optimizer.apply([np.ones(3, "float32")])
    np.testing.assert_allclose(new, w.numpy(), rtol=1e-6)
    for variable, array in zip(optimizer.variables, variables, strict=True):
        np.testing.assert_allclose(array, variable.numpy(), rtol=1e-6)


def test_a_variable_without_gradient_stays_and_is_named():
    optimizer = optimizers.SGD(1.0)
    a, b = (Variable(np.ones(1, "float32"), name=name) for name in "ab")
    with pytest.warns(UserWarning, match="No gradient for b"):
        optimizer.apply([np.ones(1, "float32"), None], [a, b])
    assert (a.numpy().tolist(), b.numpy().tolist()) == ([0.0], [1.0])
    with pytest.raises(ArgumentError, match="None for every variable"):
        optimizer.apply([None, None])
    optimizer.apply([np.ones(1, "float32")], [b])
    assert b.numpy().tolist() == [0.0]
    optimizer.apply_gradients([])


def test_an_unknown_variable_or_a_wrong_number_of_gradients_is_refused():
    optimizer, w = optimizers.SGD(), Variable(np.ones(1, "float32"), name="w")
    with pytest.raises(NotBuiltError):
        optimizer.apply([np.ones(1, "float32")])
    optimizer.build([w])
    with pytest.raises(ArgumentError, match=r"built with \(w\); got other"):
        optimizer.apply([np.ones(1, "float32")], [Variable(np.ones(1, "float32"), name="other")])
    with pytest.raises(ArgumentError, match="1 gradients"):
        optimizer.apply([np.ones(1, "float32")] * 2, [w])


def test_the_state_can_be_taken_out_put_back_and_thrown_away():
    optimizer, w = optimizers.Adam(0.1), Variable(np.ones(2, "float32"))
    optimizer.apply([np.ones(2, "float32")], [w])
    kept = jax.tree.map(np.asarray, optimizer.state)
    optimizer.apply([np.ones(2, "float32")], [w])
    optimizer.state = kept
    assert int(optimizer.iterations) == 1
    optimizer.state = None
    assert not optimizer.built
    assert int(optimizer.iterations) == 0


def test_a_copy_and_a_pickle_go_on_by_themselves():
    optimizer, w = optimizers.Adam(0.1), Variable(np.ones(2, "float32"))
    optimizer.apply([np.ones(2, "float32")], [w])
    for again in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
        again.apply([np.ones(2, "float32")])
        assert (int(again.iterations), int(optimizer.iterations)) == (2, 1)
        np.testing.assert_allclose(again._trained[0].numpy(), 0.8, rtol=1e-5)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_init_is_the_state_of_a_fresh_build(cls):
    optimizer = cls(use_ema=True, gradient_accumulation_steps=2)
    variables = [Variable(np.ones(shape, "float32")) for shape in ((2, 3), (3,))]
    values = [variable.numpy() for variable in variables]
    state = optimizer.init(values, variables)
    optimizer.build(variables)
    jax.tree.map(np.testing.assert_array_equal, state, optimizer.state)
    assert state["iterations"].dtype == np.int32


# ---- optimizers that users write, in Keras's words


class HandMomentum(hornbeam.optimizers.Optimizer):
    def __init__(self, learning_rate=0.1, momentum=0.5, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.momentum = momentum

    def build(self, variables):
        super().build(variables)
        self.momentums = [self.add_variable_from_reference(variable, name="momentum") for variable in variables]

    def update_step(self, gradient, variable, learning_rate):
        m = self.momentums[self._get_variable_index(variable)]
        self.assign(m, self.momentum * m - learning_rate * gradient)
        self.assign_add(variable, m)

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}


@pytest.mark.parametrize("options", [{}, {"clipnorm": 0.5, "weight_decay": 0.1}, {"gradient_accumulation_steps": 2}])
def test_a_keras_style_optimizer_equals_the_built_in_one(options):
    rng = np.random.default_rng(0)
    ours, hand = optimizers.SGD(0.1, momentum=0.5, **options), HandMomentum(**options)
    start = rng.normal(size=(3, 2)).astype("float32")
    mine, theirs, looped = (Variable(start) for _ in range(3))
    hand.build([theirs])
    gradients = rng.normal(size=(5, 3, 2)).astype("float32")
    parameters, state = [looped.slot], hand.state
    step = jax.jit(hand.step)
    for gradient in gradients:
        ours.apply([gradient], [mine])
        hand.apply([gradient], [theirs])
        parameters, state = step(parameters, [gradient], state, hand.rate())
    np.testing.assert_allclose(theirs.numpy(), mine.numpy(), rtol=1e-5)
    np.testing.assert_allclose(parameters[0], mine.numpy(), rtol=1e-5)
    assert hand.variables[-1].path.endswith("_momentum")


def test_a_keras_style_optimizer_comes_back_from_its_config():
    optimizer = HandMomentum(0.25, momentum=0.75, clipnorm=1.0, name="mine")
    config = optimizer.get_config()
    assert {key: config[key] for key in ("learning_rate", "momentum", "clipnorm", "name")} == {
        "learning_rate": 0.25,
        "momentum": 0.75,
        "clipnorm": 1.0,
        "name": "mine",
    }
    with CustomObjectScope({"HandMomentum": HandMomentum}):
        again = optimizers.deserialize(serialize(optimizer))
    assert again.get_config() == config


def test_an_overridden_update_step_may_call_the_built_in_one():
    class Centred(optimizers.Adam):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient - jnp.mean(gradient), variable, learning_rate)

    gradient = np.float32([1.0, 2.0, 6.0])
    mine, theirs = (Variable(np.ones(3, "float32")) for _ in range(2))
    plain, centred = optimizers.Adam(0.1), Centred(0.1)
    for _ in range(3):
        plain.apply([gradient - gradient.mean()], [mine])
        centred.apply([gradient], [theirs])
    np.testing.assert_allclose(theirs.numpy(), mine.numpy(), rtol=1e-6)
    assert not centred.entrywise


def test_a_formula_that_a_user_writes_is_a_built_in_one():
    class Signs(optimizers.Optimizer):
        power = field(1.0)

        def update(self, w, g, slots, rate):
            return w - rate * jnp.sign(g) ** self.power, slots

    w = Variable(np.zeros(2, "float32"))
    Signs(0.5, power=3.0).apply([np.float32([2, -3])], [w])
    assert w.numpy().tolist() == [-0.5, 0.5]


def test_a_variable_that_training_would_lose_is_refused():
    class Forgetful(optimizers.Optimizer):
        def build(self, variables):
            super().build(variables)
            self.mine = Variable(np.float32(0), name="mine")

        def update_step(self, gradient, variable, learning_rate):
            self.mine.assign_add(1.0)

    with pytest.raises(ArgumentError, match="add_variable"):
        Forgetful(0.1).apply([np.ones(1, "float32")], [Variable(np.ones(1, "float32"))])


# ---- optax


def test_any_optax_transformation_is_an_optimizer():
    optax = pytest.importorskip("optax")
    transformation = optax.chain(optax.clip(0.5), optax.adam(optax.cosine_decay_schedule(0.1, 10)))
    optimizer, w = optimizers.get(transformation), Variable(np.ones((2, 2), "float32"))
    parameters = [jnp.ones((2, 2))]
    state = transformation.init(parameters)
    with jax.numpy_dtype_promotion("standard"):  # optax's own arithmetic
        for number in range(4):
            gradient = [np.full((2, 2), number - 1.5, "float32")]
            optimizer.apply(gradient, [w])
            updates, state = transformation.update(gradient, state, parameters)
            parameters = optax.apply_updates(parameters, updates)
    np.testing.assert_allclose(w.numpy(), parameters[0], rtol=1e-6)
    assert int(optimizer.iterations) == 4
    assert optimizer.rate() is None
    assert repr(optimizer) == "OptaxOptimizer(…)"
    with pytest.raises(AttributeError, match="optax"):
        optimizer.learning_rate = 0.1
    with pytest.raises(FileError, match="compile=False"):
        deserialize(json.loads(json.dumps(serialize(optimizer))))


def test_optax_takes_the_options_of_the_base():
    optax = pytest.importorskip("optax")
    optimizer, w = optimizers.OptaxOptimizer(optax.sgd(1.0), clipvalue=0.5), Variable(np.zeros(1, "float32"))
    optimizer.apply([np.float32([3.0])], [w])
    assert w.numpy().tolist() == [-0.5]
    assert spec_key(optimizer) != spec_key(optimizers.OptaxOptimizer(optax.sgd(1.0)))
    with pytest.raises(ArgumentError, match="optax transformation"):
        optimizers.OptaxOptimizer("adam")


def test_optax_states_of_any_form_are_kept():
    optax = pytest.importorskip("optax")
    for transformation in (
        optax.masked(optax.adam(0.1), lambda parameters: [True] * len(parameters)),
        optax.inject_hyperparams(optax.sgd)(learning_rate=0.1),
        optax.noisy_sgd(0.1, eta=1e-6, key=jax.random.key(0)),
    ):
        w, optimizer = Variable(np.ones(2, "float32")), optimizers.get(transformation)
        with jax.numpy_dtype_promotion("standard"):
            optimizer.apply([np.ones(2, "float32")], [w])
        assert (w.numpy() < 1).all()


# ---- errors


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: optimizers.Adam(-0.1), r"Adam, learning_rate: expected a number of at least 0.*got -0.1"),
        (lambda: optimizers.Adam("fast"), "learning_rate=0.001"),
        (lambda: optimizers.Adam(learning_rate=None), "schedule"),
        (lambda: optimizers.Adam(clipnorm=1.0, global_clipnorm=2.0), "at most one of .*clipnorm=1.0, global_clipnorm"),
        (lambda: optimizers.Adam(gradient_accumulation_steps=1), "at least 2"),
        (lambda: optimizers.Adam(beta_1=1.0), "below 1"),
        (lambda: optimizers.Adam(ema_momentum=1.5), "from 0 to 1"),
        (lambda: optimizers.Adam(weight_decay=-1), "weight_decay"),
        (lambda: optimizers.AdamW(weight_decay=None), "weight_decay"),
        (lambda: optimizers.SGD(momentum=1.5), "momentum"),
        (lambda: optimizers.SGD(momentun=0.5), "Did you mean 'momentum'"),
        (lambda: optimizers.SGD(name=3), "name"),
        (lambda: optimizers.Lion(beta_1=0.0), "beta_1"),
        (lambda: optimizers.Ftrl(learning_rate_power=0.5), "learning_rate_power"),
        (lambda: optimizers.Muon(exclude_layers="output"), "exclude_layers"),
        (lambda: optimizers.ScheduleFreeAdamW(beta_1=0), "beta_1"),
        (lambda: optimizers.LossScaleOptimizer("adam"), "LossScaleOptimizer"),
        (lambda: optimizers.LossScaleOptimizer(optimizers.SGD(), clipnorm=1.0), "inner_optimizer"),
        (lambda: optimizers.LossScaleOptimizer(optimizers.SGD(), dynamic=False), "loss_scale_factor"),
        (lambda: optimizers.MultiOptimizer(3), "OptimizerMap"),
        (lambda: optimizers.OptimizerMap(3), "an optimizer"),
    ],
)
def test_a_wrong_argument_is_told_with_where_expected_got_and_what_to_do(make, words):
    with pytest.raises(ArgumentError, match=words):
        make()


# ---- optimizers of optimizers


def test_an_optimizer_map_is_a_mapping_with_patterns():
    adam, sgd = optimizers.Adam(), optimizers.SGD()
    chosen = optimizers.OptimizerMap(adam)
    chosen["encoder/.*"] = sgd
    assert (chosen["encoder/a"], chosen["encoder"], len(chosen), list(chosen)) == (sgd, adam, 1, ["encoder/.*"])
    with pytest.raises(ArgumentError, match="new pattern"):
        chosen["encoder/.*"] = adam
    with pytest.raises(ArgumentError, match="an optimizer"):
        chosen["other"] = 3
    chosen[".*a"] = adam
    with pytest.raises(ArgumentError, match="narrower"):
        chosen["encoder/a"]
    del chosen[".*a"]
    assert chosen["encoder/a"] is sgd


def test_a_function_may_choose_the_optimizer():
    a, b = (Variable(np.zeros(1, "float32"), name=name) for name in "ab")
    slow, fast = optimizers.SGD(0.5), optimizers.SGD(2.0)
    both = optimizers.MultiOptimizer(lambda variable: slow if variable.path == "a" else fast)
    both.apply([np.ones(1, "float32")] * 2, [a, b])
    fast.learning_rate = 1.0
    both.apply([np.ones(1, "float32")] * 2, [a, b])
    assert (a.numpy().tolist(), b.numpy().tolist()) == ([-1.0], [-3.0])
    with pytest.raises(AttributeError, match="each of `optimizers`"):
        both.learning_rate = 0.1


def test_the_wrappers_reach_the_inner_optimizer():
    inner = optimizers.SGD(0.5, weight_decay=0.5)
    outer = optimizers.LossScaleOptimizer(inner, initial_scale=4.0)
    outer.learning_rate = 1.0
    outer.exclude_from_weight_decay(var_names=["bias"])
    w, b = (Variable(np.float32([4.0]), name=name) for name in ("kernel", "bias"))
    assert float(outer.scale_loss(1.0)) == 4.0
    outer.apply([np.float32([4.0])] * 2, [w, b])
    assert (w.numpy().tolist(), b.numpy().tolist()) == ([1.0], [3.0])
    assert int(outer.iterations) == 1
    assert spec_key(outer) != spec_key(optimizers.LossScaleOptimizer(optimizers.SGD(0.5), initial_scale=4.0))


def test_two_wrappers_of_equal_optimizers_share_a_program():
    def pair(rate):
        return [
            optimizers.LossScaleOptimizer(optimizers.Adam(rate)),
            optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.Adam(rate), {"a": optimizers.SGD(rate)})),
        ]

    assert spec_key(pair(0.1)) == spec_key(pair(0.2))
