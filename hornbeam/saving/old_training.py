"""Settings of ``compile`` as ``.h5`` files of every Keras have them, in today's words."""

from __future__ import annotations

from typing import Any

from hornbeam.core.config import is_description
from hornbeam.saving import old_words as words

_SCHEDULES = "keras.optimizers.schedules"
_METRICS = ("metrics", "weighted_metrics")


def modern_settings(settings: Any, era: int) -> dict[str, Any]:
    """The arguments of ``compile`` from a file's ``training_config``; empty where it has none."""
    if not isinstance(settings, dict) or not is_description(settings.get("optimizer_config")):
        return {}
    found = {key: settings[key] for key in ("loss", "loss_weights", *_METRICS) if settings.get(key) is not None}
    found["optimizer"] = _optimizer(settings["optimizer_config"], era)
    if "loss" in found:
        found["loss"] = _each(found["loss"], _loss)
    for key in _METRICS:
        if key in found:
            value = _each(found[key], _metric)
            # until Keras 3 the metrics of a single output stood in a list of their own
            alone = isinstance(value, list) and len(value) == 1 and isinstance(value[0], list)
            found[key] = value[0] if alone else value
    return found


def _each(value: Any, change: Any) -> Any:
    """``change`` on every name and description in lists and dicts."""
    if isinstance(value, list):
        return [_each(item, change) for item in value]
    if isinstance(value, dict) and not is_description(value):
        return {key: _each(item, change) for key, item in value.items()}
    return change(value)


def _optimizer(description: dict[str, Any], era: int) -> dict[str, Any]:
    name = str(description["class_name"]).removeprefix("Custom>")
    given = description["config"] if isinstance(description["config"], dict) else {}
    config = {
        words.OPTIMIZER_WORDS.get(key, key): value
        for key, value in given.items()
        if key not in words.OPTIMIZER_UNSAID and not (key == "epsilon" and value is None)
    }
    if given.get("epsilon") is None and "epsilon" in given:
        config["epsilon"] = 1e-8 if era == 1 else 1e-7
    rate = config.get("learning_rate")
    if isinstance(rate, dict) and is_description(rate):
        config["learning_rate"] = {"module": _SCHEDULES, **rate}
    elif given.get("decay"):  # what training did with it: rate / (1 + decay * updates)
        plan = {"initial_learning_rate": rate, "decay_steps": 1, "decay_rate": given["decay"]}
        config["learning_rate"] = {"module": _SCHEDULES, "class_name": "InverseTimeDecay", "config": plan}
    if name == "Adagrad" and era < 3:
        config.setdefault("initial_accumulator_value", 0.0)
    return {"module": "keras.optimizers", "class_name": name, "config": config}


def _loss(value: Any) -> Any:
    if isinstance(value, str):
        return words.LOSSES.get(value, value)
    if is_description(value) and isinstance(value["config"], dict):
        config = {key: item for key, item in value["config"].items() if key != "fn"}
        if config.get("reduction") == "auto":
            config["reduction"] = "sum_over_batch_size"
        return {**value, "config": config}
    return value


def _metric(value: Any) -> Any:
    """A metric; Keras 2 wrote the function that a name such as ``accuracy`` stood for beside the name."""
    if isinstance(value, str):
        return words.LOSSES.get(value, value)
    if is_description(value) and isinstance(value["config"], dict):
        config = value["config"]
        if value["class_name"] == "MeanMetricWrapper" and isinstance(config.get("fn"), str):
            called = config.get("name")
            return called if called in ("accuracy", "acc") else words.LOSSES.get(config["fn"], config["fn"])
        return {**value, "config": {key: item for key, item in config.items() if key != "fn"}}
    return value
