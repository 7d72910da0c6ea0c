"""Python's operators for things that stand for an array: variables and symbolic tensors."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any


class Operators:
    """Gives ``+ - * / // % ** @``, comparisons, negation and indexing through one method, ``_operate``."""

    def _operate(self, function: Callable[..., Any], *operands: Any) -> Any:
        raise NotImplementedError

    def __neg__(self) -> Any:
        return self._operate(operator.neg, self)

    def __abs__(self) -> Any:
        return self._operate(operator.abs, self)

    def __invert__(self) -> Any:
        return self._operate(operator.invert, self)

    def __getitem__(self, key: Any) -> Any:
        return self._operate(operator.getitem, self, key)


def _forward(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, other: self._operate(function, self, other)


def _backward(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, other: self._operate(function, other, self)


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and_", "or_", "xor"):
    _function = getattr(operator, _name)
    setattr(Operators, f"__{_name.rstrip('_')}__", _forward(_function))
    setattr(Operators, f"__r{_name.rstrip('_')}__", _backward(_function))
for _name in ("lt", "le", "gt", "ge"):
    setattr(Operators, f"__{_name}__", _forward(getattr(operator, _name)))
