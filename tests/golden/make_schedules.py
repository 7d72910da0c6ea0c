"""Write `schedules.npz` and `schedules.json`: every Keras learning rate schedule at steps 0 to 24.

Arrays: `<case>/value`, one value a step; `get_config` is the schedule's own. The step is an integer, as in training.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_schedules.py`.
"""

import keras
import numpy as np
from writer import Golden

STEPS = 25
CASES = [
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}),
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5, "staircase": True}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.5}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.5, "staircase": True}),
    ("PiecewiseConstantDecay", {"boundaries": [5, 12], "values": [1.0, 0.5, 0.1]}),
    ("PiecewiseConstantDecay", {"boundaries": [3], "values": [1e-2, 1e-4]}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "end_learning_rate": 0.01, "power": 0.5}),
    (
        "PolynomialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 10, "end_learning_rate": 0.01, "power": 2.0, "cycle": True},
    ),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 20}),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 20, "alpha": 0.1}),
    (
        "CosineDecay",
        {"initial_learning_rate": 0.0, "decay_steps": 10, "alpha": 0.1, "warmup_target": 0.1, "warmup_steps": 5},
    ),
    ("CosineDecay", {"initial_learning_rate": 0.02, "decay_steps": 10, "warmup_target": 0.1, "warmup_steps": 5}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 5}),
    (
        "CosineDecayRestarts",
        {"initial_learning_rate": 0.1, "first_decay_steps": 5, "t_mul": 1.0, "m_mul": 0.5, "alpha": 0.1},
    ),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 4, "t_mul": 1.5, "m_mul": 0.8}),
]


def main():
    golden = Golden("schedules")
    for number, (name, config) in enumerate(CASES):
        schedule = getattr(keras.optimizers.schedules, name)(**config)
        values = np.array([float(schedule(step)) for step in range(STEPS)], "float32")
        golden.add(f"{name}-{number}", name, config, {"value": values}, get_config=schedule.get_config())
    golden.write()


if __name__ == "__main__":
    main()
