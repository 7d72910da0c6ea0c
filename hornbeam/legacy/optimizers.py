"""Optimizers as Keras computed them until version 2.2, where the formula was another; and decay of any optimizer."""

from __future__ import annotations

import functools
from typing import Any

import jax.numpy as jnp

from hornbeam import optimizers
from hornbeam.core.checks import number
from hornbeam.core.config import field, is_description
from hornbeam.core.registry import register_keras_serializable
from hornbeam.legacy.arguments import WITH_DECAY
from hornbeam.legacy.translate import optimizer_of_era
from hornbeam.optimizers import Optimizer


@register_keras_serializable("hornbeam.legacy")
class RMSprop(optimizers.RMSprop):
    """``w -= rate * g / (sqrt(v) + epsilon)``: epsilon is added to the root, where today it stands under it.

    Args:
        learning_rate, rho, momentum, epsilon, centered: as of ``hornbeam.optimizers.RMSprop``.

    Example:
        >>> import numpy as np
        >>> from hornbeam.core.variable import Variable
        >>> w = Variable(np.float32([1.0]))
        >>> RMSprop(0.1, rho=0.75, epsilon=1.0).apply([np.float32([2.0])], [w])
        >>> w.numpy().tolist()  # 1 - 0.1 * 2 / (1 + 1)
        [0.8999999761581421]

    Reference:
        Hinton, 2012, Neural networks for machine learning, lecture 6e.
    """

    def _root(self, spread: Any) -> Any:
        return jnp.sqrt(jnp.maximum(spread, 0)) + self.epsilon


@register_keras_serializable("hornbeam.legacy")
class Adagrad(optimizers.Adagrad):
    """``w -= rate * g / (sqrt(a) + epsilon)``: epsilon is added to the root, where today it stands under it.

    Args:
        learning_rate, initial_accumulator_value, epsilon: as of ``hornbeam.optimizers.Adagrad``.

    Example:
        >>> import numpy as np
        >>> from hornbeam.core.variable import Variable
        >>> w = Variable(np.float32([1.0]))
        >>> Adagrad(1.0, initial_accumulator_value=0.0, epsilon=1.0).apply([np.float32([1.0])], [w])
        >>> w.numpy().tolist()
        [0.5]

    Reference:
        Duchi, Hazan & Singer, 2011, Adaptive subgradient methods, section 1.3.
    """

    def _root(self, total: Any) -> Any:
        return jnp.sqrt(total) + self.epsilon


@register_keras_serializable("hornbeam.legacy")
class Nadam(optimizers.Nadam):
    """Nadam with ``u_t = beta_1 * (1 - 0.96**(schedule_decay * t) / 2)``, where today there is no schedule_decay.

    Args:
        learning_rate, beta_1, beta_2, epsilon: as of ``hornbeam.optimizers.Nadam``.
        schedule_decay: how fast u comes near beta_1, at least 0; 1 is today's formula.

    Example:
        >>> Nadam(0.002).schedule_decay
        0.004

    Reference:
        Dozat, 2015, Incorporating Nesterov momentum into Adam, algorithm 2.
    """

    schedule_decay = field(0.004, convert=number(0))

    def _fading(self) -> float:
        return 0.96**self.schedule_decay


@functools.cache
def decaying(base: Any) -> Any:
    """The class with ``decay=`` as once: the rate of a step is ``learning_rate / (1 + decay * steps)``."""

    class Decaying(base):  # type: ignore[valid-type, misc]
        decay = field(0.0, convert=number(0), kw_only=True)

        def _rate_at(self, iterations: Any, given: Any) -> Any:
            return super()._rate_at(iterations, given) / (1 + self.decay * iterations)

    Decaying.__name__ = Decaying.__qualname__ = base.__name__  # what .h5 files of its time say, with decay beside it
    name = f"{'old ' * (base.__module__ == __name__)}{base.__name__}, decaying"
    return register_keras_serializable("hornbeam.legacy", name)(Decaying)


for _base in (*(getattr(optimizers, name) for name in WITH_DECAY), RMSprop, Adagrad, Nadam):
    decaying(_base)  # so that files can name it


def with_decay(optimizer: Optimizer, decay: float) -> Optimizer:
    """The optimizer with the rate ``learning_rate / (1 + decay * steps)``, of which callbacks set ``learning_rate``.

    The schedule ``InverseTimeDecay(learning_rate, 1, decay)`` gives the same rates, but no callback can set them.

    Args:
        optimizer: an optimizer that has not trained yet, with a number as its learning rate.
        decay: the former argument ``decay=``, at least 0.

    Example:
        >>> import numpy as np
        >>> from hornbeam.core.variable import Variable
        >>> w, sgd = Variable(np.float32([1.0])), with_decay(optimizers.SGD(0.5), decay=1.0)
        >>> for _ in range(2):
        ...     sgd.apply([np.float32([1.0])], [w])
        >>> w.numpy().tolist(), float(sgd.learning_rate)  # 1 - 0.5 - 0.5 / 2
        ([0.25], 0.5)
    """
    kind: Any = type(optimizer)
    return decaying(kind).from_config({**optimizer.get_config(), "decay": decay})


def settable(optimizer: Optimizer, variables: list[Any]) -> Optimizer:
    """The optimizer with ``decay`` in place of a schedule that says the same, so that callbacks can set its rate.

    Args:
        optimizer: one of a file, where it may stand with the schedule ``InverseTimeDecay(rate, 1, decay)``.
        variables: the weights that it trains.
    """
    schedule = optimizer.get_config()["learning_rate"]
    plan = schedule["config"] if is_description(schedule) and schedule["class_name"] == "InverseTimeDecay" else {}
    if plan.get("decay_steps") != 1 or plan["staircase"]:
        return optimizer
    config = {**optimizer.get_config(), "learning_rate": plan["initial_learning_rate"], "decay": plan["decay_rate"]}
    kind: Any = type(optimizer)
    new = decaying(kind).from_config(config)
    if optimizer.built:
        new.build(variables)
        new.state = optimizer.state
    return new


def get(identifier: Any) -> Any:
    """An optimizer from its name, a config or itself; a name means what it meant in the era in force."""
    return optimizers.get(optimizer_of_era(identifier))
