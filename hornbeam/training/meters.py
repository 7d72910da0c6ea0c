"""Meters: the metrics of a model's outputs, and the averages of its losses."""

from __future__ import annotations

from typing import Any

from hornbeam import metrics as words
from hornbeam.core.config import Spec, spec_key
from hornbeam.core.errors import ArgumentError
from hornbeam.metrics import Metric
from hornbeam.training.objective import per_output

_SHAPED = {
    "accuracy": words.resolve_accuracy,
    "acc": words.resolve_accuracy,
    "crossentropy": words.resolve_crossentropy,
    "ce": words.resolve_crossentropy,
}


class Meters:
    """The metrics given to ``compile``, made when the shapes of targets and outputs are known.

    Args:
        metrics: names, objects, functions; a list for one output, lists or a dict for several.
        weighted_metrics: likewise; these see the sample weights.
        names: the outputs' names.
        shapes: pairs of target and output shapes, None for an output without target.

    Attributes:
        names: the metrics' names in the logs.
        metrics: the metrics themselves.
        variables: their state.
    """

    def __init__(self, metrics: Any, weighted_metrics: Any, names: list[str], shapes: list[Any]):
        self.rows: list[tuple[str, int, bool, Metric]] = []
        for given, weighted in ((metrics, False), (weighted_metrics, True)):
            where = "compile, weighted_metrics" if weighted else "compile, metrics"
            spread = _spread(given, names, where)
            for output, wanted in enumerate(spread):
                for one in wanted:
                    metric = _as_metric(one, shapes[output], where)
                    prefix = "" if len(names) == 1 else f"{names[output]}_"
                    self.rows.append((self._free(prefix, metric.name, weighted), output, weighted, metric))
        self.rows.sort(key=lambda row: names[row[1]])  # Keras's order in ``evaluate``: by output
        self.names = [row[0] for row in self.rows]
        self.metrics = [row[3] for row in self.rows]
        self.variables = [variable for metric in self.metrics for variable in metric.variables]

    def _free(self, prefix: str, name: str, weighted: bool) -> str:
        """Prefix and name, with ``weighted_`` or a number where another metric has that."""
        taken = {row[0] for row in self.rows}
        label = prefix + name
        if label in taken and weighted:
            label = f"{prefix}weighted_{name}"
        number, free = 1, label
        while free in taken:
            free, number = f"{label}_{number}", number + 1
        return free

    @property
    def rowwise(self) -> bool:
        """Whether rows of weight 0 leave no trace in any metric."""
        return all(metric.rowwise for metric in self.metrics)

    def key(self) -> Any:
        """Equal for meters that need the same program."""
        return tuple((output, weighted, metric_key(metric)) for _, output, weighted, metric in self.rows)

    def update(self, y_true: list[Any], y_pred: list[Any], sample_weight: list[Any], rows: Any) -> None:
        """Lets every metric see one batch; ``rows`` is 0 for padding, None when there is none."""
        for _, output, weighted, metric in self.rows:
            weight = _weight(sample_weight[output] if weighted else None, rows)
            if weight is None:
                metric.update_state(y_true[output], y_pred[output])
            else:
                metric.update_state(y_true[output], y_pred[output], sample_weight=weight)

    def results(self) -> list[Any]:
        """The metrics' values."""
        return [metric.result() for metric in self.metrics]

    def reset(self) -> None:
        """Starts every metric anew."""
        for metric in self.metrics:
            metric.reset_state()


def metric_key(metric: Metric) -> Any:
    """Equal for metrics that compute the same; a user's own class counts by identity."""
    shapes = tuple((variable.shape, variable.dtype) for variable in metric.variables)
    return spec_key(metric), shapes


def _weight(weight: Any, rows: Any) -> Any:
    if weight is None or rows is None:
        return rows if weight is None else weight
    return weight * rows.reshape(rows.shape + (1,) * (weight.ndim - 1))


def _spread(given: Any, names: list[str], where: str) -> list[list[Any]]:
    """One list of metrics for each output."""
    if given is None:
        return [[] for _ in names]
    if isinstance(given, dict):
        entries = per_output(given, names, where)
    elif len(names) == 1:
        entries = [given]
    elif isinstance(given, (list, tuple)) and (
        len(given) == len(names) or any(isinstance(one, (list, tuple)) for one in given)
    ):
        entries = per_output(given, names, where)
    else:
        entries = [given] * len(names)
    return [[one for one in _listed(entry) if one is not None] for entry in entries]


def _listed(entry: Any) -> list[Any]:
    if entry is None:
        return []
    if isinstance(entry, (list, tuple)):
        return [inner for one in entry for inner in _listed(one)]
    return [entry]


def _as_metric(given: Any, shapes: Any, where: str) -> Metric:
    if isinstance(given, str) and given in _SHAPED:
        if shapes is None:
            raise ArgumentError(where, "targets for the output of 'accuracy'", "none", "Give y for that output.")
        metric: Any = _SHAPED[given](*shapes)(name=given)
    else:
        metric = words.get(given)
    if not isinstance(metric, Metric):
        metric = words.MeanMetricWrapper(metric, name=_label(given, metric))
    if isinstance(given, str):
        metric.name = given  # the logs show the name that the user wrote
    if shapes is not None:
        metric.build(*shapes)
    return metric


def _label(given: Any, function: Any) -> str:
    if isinstance(given, str):
        return given
    return getattr(function, "__name__", "metric") if not isinstance(function, Spec) else type(function).__name__
