"""The learning rate: a number in a slot, a schedule of the step, or a function that is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from hornbeam import schedules
from hornbeam.core.checks import Refused, number
from hornbeam.core.config import is_description, spec_key
from hornbeam.core.dtypes import floatx
from hornbeam.core.errors import ArgumentError
from hornbeam.core.variable import Variable
from hornbeam.schedules import LearningRateSchedule

_not_negative = number(0)


def as_rate(value: Any) -> Any:
    """Converter: a float of at least 0, a schedule, a function without arguments, or a traced scalar."""
    if isinstance(value, Variable):
        value = value.value
    if is_description(value):
        return schedules.get(value)
    if isinstance(value, LearningRateSchedule) or (callable(value) and not isinstance(value, (type, jax.Array))):
        return value
    if isinstance(value, jax.core.Tracer):
        return value
    if isinstance(value, jax.Array):
        value = np.asarray(value)
    try:
        return _not_negative(value)
    except Refused:
        raise Refused(
            "a number of at least 0, a schedule, or a function without arguments",
            "Write for example learning_rate=0.001.",
        ) from None


class Rated:
    """Gives an optimizer ``learning_rate``: reading shows the present one, assigning a number sets it."""

    _rate: Any
    _iterations: Variable
    name: str

    @property
    def learning_rate(self) -> Any:
        """The present learning rate: a Variable, or the value of the schedule or function."""
        if isinstance(self._rate, LearningRateSchedule):
            return self._rate(self._iterations.value)
        return self._rate if isinstance(self._rate, Variable) else self._rate()

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        where = f"{type(self).__name__}, learning_rate"
        try:
            value = as_rate(value)
        except Refused as refused:
            raise ArgumentError(where, refused.expected, repr(value), refused.fix) from None
        held = self.__dict__.get("_rate")
        if callable(value):
            self._rate = value
        elif held is None:
            self._rate = Variable(np.asarray(value, floatx()), trainable=False, name="learning_rate")
        elif isinstance(held, Variable):
            held.assign(value)
        else:
            raise ArgumentError(
                where,
                "another schedule or function: this optimizer was made with one",
                f"the number {value}",
                "Make the optimizer with a number if you want to set the rate by hand.",
            )

    def rate(self) -> Any:
        """What to hand to ``step`` as learning_rate now; None where a schedule tells it inside the program."""
        if isinstance(self._rate, LearningRateSchedule):
            return None
        return self._rate.value if isinstance(self._rate, Variable) else np.asarray(self._rate(), floatx())

    def _declared_rate(self) -> Any:
        """The rate as a config shows it: the shortest decimal that is this float32, or the schedule."""
        return float(str(self._rate.numpy())) if isinstance(self._rate, Variable) else self._rate

    def _schedule_key(self) -> Any:
        """A schedule is part of the program; a number or what a function says is handed to it."""
        return spec_key(self._rate) if isinstance(self._rate, LearningRateSchedule) else None

    def _rate_at(self, iterations: Any, given: Any) -> Any:
        """The rate of this step: the given one, else the schedule's at the number of steps already done."""
        if given is not None:
            return given
        schedule: Callable[[Any], Any] = self._rate
        return schedule(iterations) if isinstance(schedule, LearningRateSchedule) else self.rate()
