"""Write `optimizers.npz` and `optimizers.json`: variable values after each of six steps, for every Keras optimizer.

Each case updates the variables named in `variables` (start values in `inputs/start/<variable>`, gradients in
`inputs/gradients/<variable>`, one row a step), with a jitted `optimizer.stateless_apply`, as `fit` does. Arrays:
`<case>/<variable>`, the value after each step, one row a step; with `use_ema`, `<case>/<variable>_final` after
`finalize_variable_values`; in the default case of each class `<case>/state_<i>`, the optimizer's own variables after
the last step, in the order and under the paths in `state`. In a config, `{"schedule": name, "config": {...}}` stands
for a learning rate schedule and `{"optimizer": name, "config": {...}}` for an optimizer. Other keys:
`exclude_from_weight_decay` (argument `var_names` of that method), `rates` (`learning_rate` set by hand before each
step), `scale` (gradients are multiplied by it), `not_finite` (the step whose gradients hold one inf);
MultiOptimizer's `optimizer_map` maps patterns to optimizers. The variable `large`, (130, 140), is not stored: see
`large_values`; of it the case keeps the corner [:4, :4] after each step and, at the end, the sums of rows.
`get_config` is that of the fresh optimizer, left out where a base option such as `clipnorm` is the only news.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_optimizers.py`.
"""

import jax
import keras
import numpy as np
from writer import Golden

STEPS = 6
SCHEDULES = [
    {"schedule": "ExponentialDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5}},
    {"schedule": "PiecewiseConstantDecay", "config": {"boundaries": [1, 3], "values": [0.1, 0.05, 0.01]}},
]
BASE_OPTIONS = [
    {"weight_decay": 0.1},
    {"clipnorm": 0.5},
    {"clipvalue": 0.3},
    {"global_clipnorm": 0.7},
    {"loss_scale_factor": 8.0},
    {"use_ema": True, "ema_momentum": 0.9},
    {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 2},
    {"gradient_accumulation_steps": 2},
    {"gradient_accumulation_steps": 2, "clipnorm": 0.5, "weight_decay": 0.1},
]
BASE_NAMES = {name for options in BASE_OPTIONS for name in options}
OWN_OPTIONS = {
    "SGD": [
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True},
        {"momentum": 0.9, "gradient_accumulation_steps": 3, "use_ema": True, "ema_overwrite_frequency": 1},
    ],
    "Adam": [{"amsgrad": True}, {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}],
    "AdamW": [{"amsgrad": True, "weight_decay": 0.1}],
    "Adamax": [{"beta_1": 0.5, "beta_2": 0.9}],
    "Adadelta": [{"rho": 0.5, "epsilon": 1e-3, "learning_rate": 1.0}],
    "Adagrad": [{"initial_accumulator_value": 0.5, "epsilon": 1e-3}],
    "Adafactor": [
        {"relative_step": False},
        {"clip_threshold": 0.5, "epsilon_2": 0.5, "beta_2_decay": -0.5},
        {"learning_rate": 0.9},
    ],
    "Ftrl": [
        {"l1_regularization_strength": 0.05},
        {"l2_regularization_strength": 0.1},
        {"l2_shrinkage_regularization_strength": 0.1},
        {"beta": 0.3, "learning_rate_power": -0.7, "initial_accumulator_value": 0.4},
    ],
    "Lamb": [{"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}],
    "Lion": [{"beta_1": 0.5, "beta_2": 0.7}],
    "Nadam": [{"beta_1": 0.5, "beta_2": 0.9}],
    "RMSprop": [{"rho": 0.5}, {"momentum": 0.9}, {"centered": True}, {"centered": True, "momentum": 0.9, "rho": 0.7}],
    "Muon": [
        {"nesterov": False, "momentum": 0.5},
        {"rms_rate": None, "ns_steps": 2},
        {"exclude_layers": ["matrix"]},
        {"adam_lr_ratio": 0.1, "adam_weight_decay": 0.2, "weight_decay": 0.1},
    ],
    "ScheduleFreeAdamW": [{"warmup_steps": 4}, {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3, "weight_decay": 0.1}],
}


def large_values(stream):
    """A fixed (130, 140) matrix in [-0.5, 0.5): stream 0 is the start, stream k the gradient of step k, from one."""
    return (np.random.RandomState(stream).rand(130, 140) - 0.5).astype("float32")


def make_inputs(golden):
    rng = np.random.default_rng(2)
    shapes = {"matrix": (3, 4), "vector": (4,), "cube": (2, 3, 4)}
    start = {name: rng.normal(size=shape).astype("float32") for name, shape in shapes.items()}
    gradients = {name: rng.normal(size=(STEPS, *shape)).astype("float32") for name, shape in shapes.items()}
    gradients["vector"][:, 1] = 0
    gradients["matrix"][2, 0, 0] = 0
    golden.inputs("start", **start)
    golden.inputs("gradients", **gradients)


def cases():
    """Yield (object, config, variables, more)."""
    pair = ["matrix", "vector"]
    for name, own in OWN_OPTIONS.items():
        yield name, {}, pair, {}
        yield name, {"learning_rate": 0.05}, pair, {}
        for options in own + BASE_OPTIONS:
            yield name, {"learning_rate": 0.05, **options}, pair, {}
        for schedule in SCHEDULES[:1] if name != "SGD" else SCHEDULES:
            yield name, {"learning_rate": schedule}, pair, {}
        yield name, {"learning_rate": 0.05, "weight_decay": 0.1}, pair, {"exclude_from_weight_decay": ["vector"]}
    for name in ("Adam", "SGD"):
        yield name, {"learning_rate": 0.1}, pair, {"rates": [0.1, 0.1, 0.05, 0.05, 0.01, 0.02]}
        yield name, {"learning_rate": SCHEDULES[0], "gradient_accumulation_steps": 2}, pair, {}
        yield name, {"learning_rate": SCHEDULES[0], "weight_decay": 0.1}, pair, {}
    for name in ("Adafactor", "Muon", "Lamb", "Adam"):
        yield name, {"learning_rate": 0.05}, ["matrix", "vector", "cube"], {}
    for name in ("Adafactor", "Muon"):
        yield name, {"learning_rate": 0.05}, ["large", "vector"], {}
    inner = {"optimizer": "Adam", "config": {"learning_rate": 0.05}}
    scaled = {"inner_optimizer": inner, "initial_scale": 1024.0, "dynamic_growth_steps": 2}
    yield "LossScaleOptimizer", {"inner_optimizer": inner}, pair, {"scale": 32768.0}
    yield "LossScaleOptimizer", scaled, pair, {"scale": 1024.0, "not_finite": 2}
    yield (
        "LossScaleOptimizer",
        {
            **scaled,
            "inner_optimizer": {"optimizer": "SGD", "config": {"learning_rate": 0.1, "momentum": 0.9, "clipnorm": 0.5}},
        },
        pair,
        {"scale": 1024.0},
    )
    sgd = {"optimizer": "SGD", "config": {"learning_rate": 0.1}}
    yield "MultiOptimizer", {"optimizer_map": {"default_optimizer": inner, "optimizer_map": {"vec.*": sgd}}}, pair, {}


def build(name, config):
    """The optimizer of a case, from its JSON."""
    config = dict(config)
    for key, value in config.items():
        if isinstance(value, dict) and "schedule" in value:
            config[key] = getattr(keras.optimizers.schedules, value["schedule"])(**value["config"])
        elif isinstance(value, dict) and "optimizer" in value:
            config[key] = build(value["optimizer"], value["config"])
        elif key == "optimizer_map":
            named = {
                pattern: build(each["optimizer"], each["config"]) for pattern, each in value["optimizer_map"].items()
            }
            default = value["default_optimizer"]
            config[key] = keras.optimizers.OptimizerMap(build(default["optimizer"], default["config"]), named)
    return getattr(keras.optimizers, name)(**config)


def steps(optimizer, values, gradients, more):
    """Apply the six steps; return (arrays, names and shapes of the optimizer's variables)."""
    variables = [keras.Variable(value, name=name) for name, value in values.items()]
    if "exclude_from_weight_decay" in more:
        optimizer.exclude_from_weight_decay(var_names=more["exclude_from_weight_decay"])
    optimizer.build(variables)
    apply = jax.jit(optimizer.stateless_apply)  # as `fit` does; LossScaleOptimizer.apply fails on JAX
    history = {name: [] for name in values}
    scales = []
    for step in range(STEPS):
        given = {name: gradients[name][step] * np.float32(more.get("scale", 1)) for name in values}
        if more.get("not_finite") == step:
            given["vector"] = np.where(np.arange(4) == 2, np.inf, given["vector"]).astype("float32")
        if "rates" in more:
            optimizer.learning_rate = more["rates"][step]
        new_variables, new_state = apply(
            [v.value for v in optimizer.variables], list(given.values()), [v.value for v in variables]
        )
        for variable, value in zip(variables + optimizer.variables, list(new_variables) + list(new_state), strict=True):
            variable.assign(value)
        for variable in variables:
            history[variable.name].append(np.asarray(variable.value))
        if hasattr(optimizer, "dynamic_scale"):
            scales.append([float(optimizer.dynamic_scale), float(optimizer.step_counter)])
    arrays = {name: np.stack(rows) for name, rows in history.items() if name != "large"}
    if "large" in history:
        arrays["large_corner"] = np.stack([value[:4, :4] for value in history["large"]])
        arrays["large_row_sums"] = history["large"][-1].sum(1)
    if scales:
        arrays["dynamic_scale_and_step_counter"] = np.array(scales, "float32")
    if optimizer.use_ema:
        optimizer.finalize_variable_values(variables)
        arrays |= {f"{variable.name}_final": np.asarray(variable.value) for variable in variables}
    return arrays, [[variable.path, list(variable.shape)] for variable in optimizer.variables]


def short(value):
    """A word for a config value in the case's name."""
    if isinstance(value, dict):
        return value.get("schedule") or value.get("optimizer") or "map"
    return str(value).replace(" ", "")


def main():
    golden = Golden("optimizers")
    make_inputs(golden)
    large = {"start": large_values(0), "gradients": np.stack([large_values(1 + step) for step in range(STEPS)])}

    def get(which, name):
        return large[which] if name == "large" else golden.arrays[f"inputs/{which}/{name}"]

    for name, config, variables, more in cases():
        keras.backend.clear_session()
        optimizer = build(name, config)
        fresh = optimizer.get_config()
        arrays, state = steps(
            optimizer,
            {each: get("start", each) for each in variables},
            {each: get("gradients", each) for each in variables},
            more,
        )
        if not config:
            arrays |= {f"state_{i}": np.asarray(variable.value) for i, variable in enumerate(optimizer.variables)}
        words = [f"{key}={short(value)}" for key, value in {**config, **more}.items()]
        case = "-".join([name, *words] + (variables if variables != ["matrix", "vector"] else []))
        if not set(config) & BASE_NAMES:
            more = {**more, "get_config": fresh}
        golden.add(case, name, config, arrays, variables=variables, **more, state=state)
    golden.write()


if __name__ == "__main__":
    main()
