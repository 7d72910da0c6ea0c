"""Settings of ``compile`` and the optimizer's state as ``.h5`` files have them: in Keras 2's words and order."""

from __future__ import annotations

from typing import Any

from hornbeam.core.config import is_description

# words of optimizers since Keras 2.11, left out where they say nothing: without them every Keras 2 reads the others
_NEW: dict[str, tuple[Any, ...]] = {
    "weight_decay": (None,),
    "use_ema": (False,),
    "ema_momentum": (0.99,),
    "ema_overwrite_frequency": (None,),
    "loss_scale_factor": (None,),
    "gradient_accumulation_steps": (None,),
    **dict.fromkeys(("clipnorm", "clipvalue", "global_clipnorm"), (None,)),
}
# short names of losses, which Keras 3 takes for metrics when it reads .h5
_LONG = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "kld": "kl_divergence",
    "bce": "binary_crossentropy",
}
_NOTHING = object()
# how many values stand beside each weight in Keras 3's order, of which Keras 2 has all first ones first
_BESIDE = {"Adadelta": 2, "Adam": 2, "Adamax": 2}


def keras_2_settings(settings: dict[str, Any], older: bool) -> dict[str, Any]:
    """What ``compile`` was given as a file's ``training_config``; ``older`` where the whole file is of Keras 2."""
    optimizer = settings["optimizer"]
    config = optimizer["config"]
    if older:
        config = {key: item for key, item in config.items() if item not in _NEW.get(key, ())}
    found = {key: settings.get(key) for key in ("loss", "metrics", "weighted_metrics", "loss_weights")}
    if older:
        found = {key: _in_old_words(value, _LONG if key == "loss" else {}) for key, value in found.items()}
    return {**found, "optimizer_config": {"class_name": optimizer["class_name"], "config": config}}


def _in_old_words(value: Any, names: dict[str, str]) -> Any:
    """Losses or metrics in lists and dicts: long names, and objects without words that Keras 2 lacks."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [_in_old_words(item, names) for item in value]
    if is_description(value) and isinstance(value["config"], dict):
        plain = {"axis": -1, "from_sorted_ids": False}
        config = {key: item for key, item in value["config"].items() if item is not None and key != "dtype"}
        return {**value, "config": {key: item for key, item in config.items() if item != plain.get(key, _NOTHING)}}
    if isinstance(value, dict) and not is_description(value):
        return {key: _in_old_words(item, names) for key, item in value.items()}
    return value


def keras_2_order(optimizer: Any, weights: int) -> list[int]:
    """Which of an optimizer's ``variables`` Keras 2 has, in its order: all first slots, then all second ones.

    Args:
        optimizer: the optimizer; its learning rate stands in the settings.
        weights: how many weights it trains.
    """
    places = [place for place, variable in enumerate(optimizer.variables) if variable.name != "learning_rate"]
    several = _BESIDE.get(type(optimizer).__name__, 1)
    beside, late = places[1 : 1 + several * weights], places[1 + several * weights :]
    ordered = [place for first in range(several) for place in beside[first::several]]
    return [*places[:1], *ordered, *late]
