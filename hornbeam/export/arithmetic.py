"""Nodes for what is computed entry by entry."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from hornbeam.export.builder import UNSIGNED, Builder, Handler, carried
from hornbeam.export.program import Step


def plain(operator: str, **attributes: Any) -> Handler:
    """One operator that does the same as the primitive."""

    def add(b: Builder, step: Step, names: Sequence[str]) -> str:
        return _wrapped(b, step, b.node(operator, *names, **attributes))

    return add


def _wrapped(b: Builder, step: Step, name: str) -> str:
    """The remainder that an unsigned number keeps, where it is carried in a wider type."""
    dtype = step.outputs[0].dtype
    limit = UNSIGNED.get(dtype.name)
    return name if limit is None else b.node("BitwiseAnd", name, b.constant(np.asarray(limit, carried(dtype))))


def like(b: Builder, step: Step, value: float, place: int = 0) -> str:
    """A constant number in the type of an input of the step."""
    return b.constant(np.asarray(value, carried(step.inputs[place].dtype)))


def same(b: Builder, step: Step, names: Sequence[str]) -> list[str]:
    """The inputs as they are."""
    return list(names[: len(step.outputs)])


def logical(of_bool: str, of_integers: str) -> Handler:
    """One operator for truth values, another for the bits of numbers."""

    def add(b: Builder, step: Step, names: Sequence[str]) -> str:
        if step.inputs[0].dtype == bool:
            return b.node(of_bool, *names)
        return _wrapped(b, step, b.node(of_integers, *names))

    return add


def compared(operator: str) -> Handler:
    """A comparison; truth values are compared as numbers."""

    def add(b: Builder, step: Step, names: Sequence[str]) -> str:
        if step.inputs[0].dtype == bool:
            names = [b.cast(name, np.int32) for name in names]
        return b.node(operator, *names)

    return add


def extreme(operator: str, of_bool: str) -> Handler:
    """The larger or smaller of two."""
    return lambda b, step, names: b.node(of_bool if step.inputs[0].dtype == bool else operator, *names)


def _power(b: Builder, step: Step, names: Sequence[str]) -> str:
    exponent = step.params["y"]
    if exponent == 2:
        return _wrapped(b, step, b.node("Mul", names[0], names[0]))
    if exponent == -1:
        return b.node("Reciprocal", names[0])
    return b.node("Pow", names[0], like(b, step, exponent))


def _root(b: Builder, step: Step, names: Sequence[str]) -> str:
    return b.node("Reciprocal", b.node("Sqrt", names[0]))


def _cube_root(b: Builder, step: Step, names: Sequence[str]) -> str:
    size = b.node("Pow", b.node("Abs", names[0]), like(b, step, 1 / 3))
    return b.node("Mul", b.node("Sign", names[0]), size)


def _log1p(b: Builder, step: Step, names: Sequence[str]) -> str:
    return b.node("Log", b.node("Add", names[0], like(b, step, 1)))


def _expm1(b: Builder, step: Step, names: Sequence[str]) -> str:
    """``(tanh(x/2) · (exp(x) + 1))``, which keeps its digits near 0, and does not overflow before exp does."""
    half = b.node("Tanh", b.node("Mul", names[0], like(b, step, 0.5)))
    return b.node("Mul", half, b.node("Add", b.node("Exp", names[0]), like(b, step, 1)))


def _exp2(b: Builder, step: Step, names: Sequence[str]) -> str:
    return b.node("Exp", b.node("Mul", names[0], like(b, step, math.log(2))))


def _erfc(b: Builder, step: Step, names: Sequence[str]) -> str:
    return b.node("Sub", like(b, step, 1), b.node("Erf", names[0]))


def _atan2(b: Builder, step: Step, names: Sequence[str]) -> str:
    """The angle of the quotient, turned by half a circle on the left side."""
    y, x = names
    zero, turn = like(b, step, 0), like(b, step, math.pi)
    left = b.node("Less", x, zero)
    signed = b.node("Where", b.node("Less", y, zero), b.node("Neg", turn), turn)
    at_zero = b.node("And", b.node("Equal", x, zero), b.node("Equal", y, zero))
    angle = b.node("Atan", b.node("Div", y, b.node("Where", at_zero, like(b, step, 1), x)))
    return b.node("Where", left, b.node("Add", angle, signed), angle)


def _rounded(b: Builder, step: Step, names: Sequence[str]) -> str:
    if "AWAY" not in step.params["rounding_method"].name:
        return b.node("Round", names[0])
    away = b.node("Floor", b.node("Add", b.node("Abs", names[0]), like(b, step, 0.5)))
    return b.node("Mul", b.node("Sign", names[0]), away)


def _finite(b: Builder, step: Step, names: Sequence[str]) -> str:
    return b.node("Not", b.node("Or", b.node("IsNaN", names[0]), b.node("IsInf", names[0])))


def _selected(b: Builder, step: Step, names: Sequence[str]) -> str:
    """The case that a truth value, or a number, names for each entry."""
    which, first, *others = names
    if step.inputs[0].dtype == bool:
        return b.node("Where", which, others[0], first)
    for number, other in enumerate(others, 1):
        first = b.node("Where", b.node("Equal", which, like(b, step, number)), other, first)
    return first


def _clamped(b: Builder, step: Step, names: Sequence[str]) -> str:
    low, x, high = names
    return b.node("Min", b.node("Max", x, low), high)


def _converted(b: Builder, step: Step, names: Sequence[str]) -> str:
    given, wanted = step.inputs[0].dtype, step.outputs[0].dtype
    if carried(given) == carried(wanted) and wanted.name not in UNSIGNED:
        return names[0]
    return _wrapped(b, step, b.cast(names[0], wanted))


def _shifted(direction: str) -> Handler:
    """Shifts of whole numbers by a number of bits; ONNX shifts unsigned ones alone."""

    def add(b: Builder, step: Step, names: Sequence[str]) -> str:
        if direction == "RIGHT" and step.inputs[0].dtype.kind != "u":
            raise b.refusal(step, "that shift unsigned numbers")
        wide = [b.cast(name, np.uint64) for name in names]
        return _wrapped(b, step, b.cast(b.node("BitShift", *wide, direction=direction), step.outputs[0].dtype))

    return add


def _different(b: Builder, step: Step, names: Sequence[str]) -> str:
    if step.inputs[0].dtype == bool:
        return b.node("Xor", *names)
    return b.node("Not", b.node("Equal", *names))


ARITHMETIC: dict[str, Handler] = {
    "add": plain("Add"),
    "add_any": plain("Add"),
    "sub": plain("Sub"),
    "mul": plain("Mul"),
    "div": plain("Div"),
    "rem": plain("Mod", fmod=1),
    "neg": plain("Neg"),
    "abs": plain("Abs"),
    "sign": plain("Sign"),
    "max": extreme("Max", "Or"),
    "min": extreme("Min", "And"),
    "pow": plain("Pow"),
    "integer_pow": _power,
    "square": lambda b, step, names: b.node("Mul", names[0], names[0]),
    "sqrt": plain("Sqrt"),
    "rsqrt": _root,
    "cbrt": _cube_root,
    "exp": plain("Exp"),
    "exp2": _exp2,
    "expm1": _expm1,
    "log": plain("Log"),
    "log1p": _log1p,
    "logistic": plain("Sigmoid"),
    "erf": plain("Erf"),
    "erfc": _erfc,
    "sin": plain("Sin"),
    "cos": plain("Cos"),
    "tan": plain("Tan"),
    "asin": plain("Asin"),
    "acos": plain("Acos"),
    "atan": plain("Atan"),
    "atan2": _atan2,
    "sinh": plain("Sinh"),
    "cosh": plain("Cosh"),
    "tanh": plain("Tanh"),
    "asinh": plain("Asinh"),
    "acosh": plain("Acosh"),
    "atanh": plain("Atanh"),
    "floor": plain("Floor"),
    "ceil": plain("Ceil"),
    "round": _rounded,
    "is_finite": _finite,
    "eq": compared("Equal"),
    "ne": _different,
    "lt": compared("Less"),
    "lt_to": compared("Less"),  # these two order NaN as well
    "le_to": compared("LessOrEqual"),
    "le": compared("LessOrEqual"),
    "gt": compared("Greater"),
    "ge": compared("GreaterOrEqual"),
    "and": logical("And", "BitwiseAnd"),
    "or": logical("Or", "BitwiseOr"),
    "xor": logical("Xor", "BitwiseXor"),
    "not": logical("Not", "BitwiseNot"),
    "shift_left": _shifted("LEFT"),
    "shift_right_logical": _shifted("RIGHT"),
    "select_n": _selected,
    "clamp": _clamped,
    "convert_element_type": _converted,
    "reduce_precision": same,  # half precision is carried as float32
    "stop_gradient": same,
    "copy": same,
    "optimization_barrier": same,
    "name": same,
}
