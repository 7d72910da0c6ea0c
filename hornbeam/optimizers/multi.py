"""MultiOptimizer: different optimizers for different weights."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any

import numpy as np

from hornbeam.core.checks import Refused, number
from hornbeam.core.config import Spec, deserialize, field, is_description, serialize, spec_key
from hornbeam.core.errors import ArgumentError
from hornbeam.core.variable import Variable
from hornbeam.optimizers.loss_scale import LossScaleOptimizer
from hornbeam.optimizers.optimizer import OPTIMIZERS, Optimizer


def _optimizer(value: Any) -> Any:
    if not isinstance(value, Optimizer) or isinstance(value, (LossScaleOptimizer, MultiOptimizer)):
        raise Refused("an optimizer, not one that holds others", "Give for example Adam(0.001).")
    return value


def _optimizers(value: Any) -> dict[str, Any]:
    if not isinstance(value or {}, dict):
        raise Refused("a dict from patterns to optimizers", "Write for example {'encoder/.*': SGD(0.01)}.")
    pairs = (value or {}).items()
    return {pattern: _optimizer(deserialize(each) if is_description(each) else each) for pattern, each in pairs}


@OPTIMIZERS.add("optimizermap")
class OptimizerMap(Spec, MutableMapping):
    """Says which optimizer trains a weight, by the weight's path.

    Args:
        default_optimizer: for weights that nothing else names.
        optimizer_map: from paths, or regular expressions that match a whole path, to optimizers.

    Example:
        >>> from hornbeam.optimizers.adam import Adam
        >>> from hornbeam.optimizers.sgd import SGD
        >>> chosen = OptimizerMap(Adam(), {"encoder/.*": SGD(0.1)})
        >>> chosen["encoder/dense/kernel"], chosen["decoder/kernel"]
        (SGD(learning_rate=0.1), Adam())
    """

    default_optimizer = field(convert=_optimizer)
    optimizer_map = field(None, convert=_optimizers)

    def __getitem__(self, key: str) -> Any:
        if key in self.optimizer_map:
            return self.optimizer_map[key]
        matching = [pattern for pattern in self.optimizer_map if re.fullmatch(pattern, key)]
        if len(matching) > 1:
            raise ArgumentError(
                f"OptimizerMap, {key!r}", "one pattern that matches it", ", ".join(map(repr, matching)),
                "Make the patterns narrower.",
            )  # fmt: skip
        return self.optimizer_map[matching[0]] if matching else self.default_optimizer

    def __setitem__(self, key: str, optimizer: Any) -> None:
        if not isinstance(key, str) or key in self.optimizer_map:
            raise ArgumentError("OptimizerMap", "a new pattern", repr(key), "Use each pattern once, as a string.")
        try:
            self.optimizer_map[key] = _optimizer(optimizer)
        except Refused as refused:
            raise ArgumentError(f"OptimizerMap, {key!r}", refused.expected, repr(optimizer), refused.fix) from None

    def __delitem__(self, key: str) -> None:
        del self.optimizer_map[key]

    def __len__(self) -> int:
        return len(self.optimizer_map)

    def __iter__(self) -> Iterator[str]:
        return iter(self.optimizer_map)

    def __call__(self, variable: Variable) -> Any:
        """The optimizer of a weight."""
        return self[variable.path]

    def distinct(self) -> list[Any]:
        """The optimizers, each once; the default one last."""
        return list(dict.fromkeys([*self.optimizer_map.values(), self.default_optimizer]))


def _map(value: Any) -> Any:
    if not callable(value):
        raise Refused("an OptimizerMap, or a function from a variable to its optimizer", "Write OptimizerMap(Adam()).")
    return value


@OPTIMIZERS.add("multioptimizer")
class MultiOptimizer(Optimizer):
    """Hands each weight to its own optimizer.

    Args:
        optimizer_map: an ``OptimizerMap``, or a function from a variable to an optimizer.
        loss_scale_factor: takes the place of the inner optimizers' own.
        name: how files and errors call it; made from the class's name when None.

    Example:
        >>> from hornbeam.optimizers.adam import Adam
        >>> from hornbeam.optimizers.sgd import SGD
        >>> a, b = Variable(np.float32([1.0]), name="a"), Variable(np.float32([1.0]), name="b")
        >>> MultiOptimizer(OptimizerMap(SGD(0.5), {"b": SGD(0.25)})).apply([np.float32([1.0])] * 2, [a, b])
        >>> a.numpy().tolist(), b.numpy().tolist()
        ([0.5], [0.75])
    """

    _fields = {}  # the base's options belong to the inner optimizers
    _written_by_user = False

    optimizer_map = field(convert=_map)
    loss_scale_factor = field(None, convert=number(optional=True))
    name = field(None, key=False)

    def _ready(self) -> None:
        self._rate = Variable(np.float32(0), trainable=False, name="learning_rate")  # as in Keras's files; unused
        self.optimizers: list[Any] = []
        self._places: list[int] = []
        super()._ready()
        if isinstance(self.optimizer_map, OptimizerMap):
            for each in self.optimizer_map.distinct():
                self._adopt(each)

    def _adopt(self, optimizer: Any) -> int:
        """The place of an inner optimizer, which it gets when it has none."""
        try:
            _optimizer(optimizer)
        except Refused as refused:
            raise ArgumentError(f"{self.name}, optimizer_map", refused.expected, repr(optimizer), refused.fix) from None
        if not any(optimizer is known for known in self.optimizers):
            optimizer.loss_scale_factor = self.loss_scale_factor
            self.optimizers.append(optimizer)
        return next(number for number, known in enumerate(self.optimizers) if known is optimizer)

    @property
    def entrywise(self) -> bool:  # type: ignore[override]
        """Whether all inner optimizers take weights flattened to vectors."""
        return all(optimizer.entrywise for optimizer in self.optimizers)

    # -- values --------------------------------------------------------------------------------------

    def build(self, variables: Iterable[Variable]) -> None:
        """Asks the map about each weight and builds the inner optimizers with theirs."""
        if self.built:
            return
        self._trained = list(variables)
        self._positions = {variable: number for number, variable in enumerate(self._trained)}
        self._places = [self._adopt(self.optimizer_map(variable)) for variable in self._trained]
        for optimizer, own in zip(self.optimizers, self._shares(self._trained), strict=True):
            optimizer.build(own)
        self._tree = {"iterations": self._iterations, "inner": [optimizer._tree for optimizer in self.optimizers]}
        self.built = True

    def _shares(self, items: list[Any]) -> list[list[Any]]:
        """One list for each inner optimizer from a list over the weights."""
        shares: list[list[Any]] = [[] for _ in self.optimizers]
        for item, place in zip(items, self._places, strict=True):
            shares[place].append(item)
        return shares

    def _forget(self) -> None:
        super()._forget()
        for optimizer in self.optimizers:
            optimizer._forget()

    @property
    def variables(self) -> list[Variable]:
        """Own variables, then the inner optimizers', in Keras's order."""
        return [self._iterations, self._rate, *(each for optimizer in self.optimizers for each in optimizer.variables)]

    @property
    def learning_rate(self) -> Any:
        """Each inner optimizer has its own."""
        raise self._no_rate("read")

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        raise self._no_rate("set")

    def _no_rate(self, verb: str) -> AttributeError:
        return AttributeError(
            f"{self.name} (MultiOptimizer), learning_rate: expected one of its optimizers; got the whole. "
            f"Learning rates are {verb} at each of `optimizers`."
        )

    def rate(self) -> Any:
        """The inner optimizers' rates."""
        return tuple(optimizer.rate() for optimizer in self.optimizers)

    # -- the pure side -------------------------------------------------------------------------------

    def init(self, parameters: list[Any], variables: list[Variable] | None = None) -> Any:
        if not self.built:
            if variables is None:
                raise ArgumentError(
                    f"{self.name} (MultiOptimizer), init", "variables", "none",
                    "Hand them in: their paths say which optimizer trains them.",
                )  # fmt: skip
            self.build(variables)
        inner = zip(self.optimizers, self._shares(parameters), self._shares(self._trained), strict=True)
        return {"iterations": np.int32(0), "inner": [optimizer.init(*own) for optimizer, *own in inner]}

    def step(
        self,
        parameters: list[Any],
        gradients: list[Any],
        state: Any,
        learning_rate: Any = None,
        variables: list[Variable] | None = None,
    ) -> tuple[list[Any], Any]:
        rates = self.rate() if learning_rate is None else learning_rate
        beside = self._weights_of(parameters, variables)
        shares = zip(*(self._shares(list(items)) for items in (parameters, gradients, beside)), strict=True)
        after = [
            optimizer.step(own, slopes, inner, rate, weights) if own else (own, inner)
            for optimizer, (own, slopes, weights), inner, rate in zip(
                self.optimizers, shares, state["inner"], rates, strict=True
            )
        ]
        queues = [iter(new) for new, _ in after]
        new = [next(queues[place]) for place in self._places]
        return new, {"iterations": state["iterations"] + 1, "inner": [inner for _, inner in after]}

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        """Leaves each weight to its optimizer."""
        for variable in var_list:
            optimizer = self.optimizers[self._places[self._get_variable_index(variable)]]
            optimizer.finalize_variable_values([variable])

    def averages(self) -> list[Any] | None:
        """Those of the inner optimizers; of a weight whose optimizer keeps none, the weight itself."""
        shares = [optimizer.averages() for optimizer in self.optimizers]
        if all(share is None for share in shares):
            return None
        own = self._shares([variable.value for variable in self._trained])
        queues = [iter(weights if share is None else share) for share, weights in zip(shares, own, strict=True)]
        return [next(queues[place]) for place in self._places]

    def exclude_from_weight_decay(self, var_list: Any = None, var_names: Any = None) -> None:
        """Tells all inner optimizers."""
        for optimizer in self.optimizers:
            optimizer.exclude_from_weight_decay(var_list, var_names)

    def _program_key(self) -> Any:
        return tuple(self._places), tuple(spec_key(optimizer) for optimizer in self.optimizers)

    def _shown(self, name: str) -> Any:
        return getattr(self, name)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain, JSON-able values."""
        return {name: serialize(getattr(self, name)) for name in self._fields}
