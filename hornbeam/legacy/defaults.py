"""Defaults that an era changes, and strings whose meaning it changes, as tables."""

from __future__ import annotations

from hornbeam.legacy.rows import Default, Replaced, Value

_WITH_EPSILON = tuple(f"optimizers.{name}" for name in ("RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam"))
_GATED = tuple(f"layers.{name}" for name in ("LSTM", "GRU", "LSTMCell", "GRUCell", "ConvLSTM2D"))

DEFAULTS: tuple[Default, ...] = (
    Default(("optimizers.Adadelta",), "learning_rate", 1.0, "2.2", 0.001),
    Default(("optimizers.Adagrad",), "learning_rate", 0.01, "2.2", 0.001),
    Default(("optimizers.Adagrad",), "initial_accumulator_value", 0.0, "2.2", 0.1),
    Default(("optimizers.Adamax", "optimizers.Nadam"), "learning_rate", 0.002, "2.2", 0.001),
    Default(_WITH_EPSILON, "epsilon", 1e-8, "1", 1e-7),
    Default(_GATED, "recurrent_activation", "hard_sigmoid", "2.2", "sigmoid"),
    Default(("layers.GRU", "layers.GRUCell"), "reset_after", False, "2.2", True),
    Default(("models.Model.fit",), "epochs", 10, "1", 1),
    Default(("models.Model.predict",), "verbose", 0, "2.15", "auto"),
    Default(("initializers.normal",), "stddev", 0.05, "2.15", 0.05),
)

REPLACED: tuple[Replaced, ...] = (
    *(
        Replaced(f"optimizers.{name}", f"legacy.optimizers.{name}", "2.2", "epsilon is added to the root, not under it")
        for name in ("RMSprop", "Adagrad")
    ),
    Replaced("optimizers.Nadam", "legacy.optimizers.Nadam", "2.2", "its schedule is 0.96**(0.004 · t), not 0.96**t"),
)

VALUES: tuple[Value, ...] = (
    *(
        Value(
            argument, (), "hard_sigmoid", "hard_sigmoid_of_keras_2", "2.15", "clip(x / 5 + 0.5, 0, 1), today with x / 6"
        )
        for argument in ("activation", "recurrent_activation")
    ),
    Value("loss", (), "kullback_leibler_divergence", "kl_divergence", "2.15"),
    Value("loss", (), "cosine_proximity", "legacy.functions.cosine_proximity", "2.2"),
    Value("loss", (), "cosine", "legacy.functions.cosine_proximity", "2.2"),
    Value("loss", (), "MSE", "mse", "2.15"),
    Value("loss", (), "MAE", "mae", "2.15"),
    Value("loss", (), "KLD", "kld", "2.15"),
    Value("metrics", (), "accuracy", "acc", "2.2", "the History calls it acc"),
    Value("metrics", (), "mse", "mean_squared_error", "2.2", "the History calls it mean_squared_error"),
    Value("metrics", (), "mae", "mean_absolute_error", "2.2", "the History calls it mean_absolute_error"),
    Value("metrics", (), "mape", "mean_absolute_percentage_error", "2.2"),
    Value("metrics", (), "msle", "mean_squared_logarithmic_error", "2.2"),
    Value("metrics", (), "cosine", "legacy.functions.cosine_proximity", "2.2"),
    Value("metrics", (), "cosine_proximity", "legacy.functions.cosine_proximity", "2.2"),
    Value("metrics", (), "kullback_leibler_divergence", "kl_divergence", "2.15"),
    *(
        Value("metrics", (), name, f"legacy.functions.{name}", "1", "the mean of each batch's own")
        for name in ("precision", "recall", "fmeasure", "fbeta_score", "matthews_correlation")
    ),
)  # fmt: skip


def defaults_of(key: str) -> list[Default]:
    """The changed defaults of a callable."""
    return [row for row in DEFAULTS if key in row.callables]


def replaced(key: str) -> Replaced | None:
    """The row of a class whose formula was another."""
    return next((row for row in REPLACED if row.key == key), None)
