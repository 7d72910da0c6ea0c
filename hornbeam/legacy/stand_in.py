"""StandIn: what old code gets in place of a class or function, so that it can be called with old arguments."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from hornbeam.core.config import Spec
from hornbeam.legacy.optimizers import decaying
from hornbeam.legacy.translate import class_of_era, key_of, translated
from hornbeam.optimizers import Optimizer


class StandIn:
    """Calls a class or function of Hornbeam with translated arguments, and is that class for all else.

    What a call gives is an object of the class itself, which knows nothing of eras. A subclass derives from the class
    itself, and its ``super().__init__`` takes the old words; ``isinstance`` and ``issubclass`` ask the class, and
    attributes are its own.

    Args:
        target: the class or function.
        key: its name in the tables.

    Example:
        >>> from hornbeam import layers
        >>> Dense = StandIn(layers.Dense, "layers.Dense")
        >>> layer = Dense(output_dim=3)
        >>> layer.units, type(layer) is layers.Dense, isinstance(layer, Dense)
        (3, True, True)
    """

    def __init__(self, target: Callable[..., Any], key: str):
        self._target, self._key = target, key
        self.__doc__, self.__name__ = target.__doc__, target.__name__
        self.__qualname__, self.__module__ = target.__qualname__, target.__module__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args, kwargs = translated(self._key, self._target, args, kwargs)  # this may find the era
        target = class_of_era(self._key, self._target)
        return (decaying(target) if kwargs.get("decay") and self._is_optimizer else target)(*args, **kwargs)

    @property
    def _is_optimizer(self) -> bool:
        return isinstance(self._target, type) and issubclass(self._target, Optimizer)

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self._target)

    @property
    def __wrapped__(self) -> Any:
        return self._target

    def __mro_entries__(self, bases: tuple) -> tuple:
        if not isinstance(self._target, type):
            return (self._target,)
        target = class_of_era(self._key, self._target)
        return _old_words(self._key, target), decaying(target) if self._is_optimizer else target

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self._target)  # type: ignore[arg-type]

    def __subclasscheck__(self, subclass: type) -> bool:
        return issubclass(subclass, self._target)  # type: ignore[arg-type]

    def __eq__(self, other: object) -> bool:
        return other is self._target or (isinstance(other, StandIn) and other._target is self._target)

    def __hash__(self) -> int:
        return hash(self._target)

    def __or__(self, other: Any) -> Any:
        return self._target | itself(other)  # type: ignore[operator]

    def __ror__(self, other: Any) -> Any:
        return itself(other) | self._target

    def __reduce__(self) -> Any:
        return _stand_in, (self._target, self._key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_target"], name)

    def __repr__(self) -> str:
        return repr(self._target)


@functools.cache
def _old_words(key: str, target: type) -> type:
    """A base that stands before ``target`` in a subclass, so that ``super().__init__`` too takes the old words."""

    class OldWords:
        if issubclass(target, Spec) and target.declares_fields():  # a constructor here would hide the fields

            def _bind(self, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
                args, kwargs = translated(key, target, args, kwargs)
                return super()._bind(args, kwargs)  # type: ignore[misc]

        else:

            def __init__(self, *args: Any, **kwargs: Any):
                args, kwargs = translated(key, target, args, kwargs)
                super().__init__(*args, **kwargs)

            @property
            def is_functional(self) -> bool:
                """As of a Model: whether it was made from inputs and outputs; the constructor here is Model's."""
                return self._graph is not None and type(self).__init__ is OldWords.__init__  # type: ignore[attr-defined]

    return OldWords


def _stand_in(target: Any, key: str) -> StandIn:
    return StandIn(target, key)


PICKLED = ("Tokenizer", "History")  # classes that old pickles name must be classes


def stand_in(target: Any, key: str = "") -> Any:
    """A ``StandIn`` where the tables have something to say of the target, the target itself elsewhere."""
    if getattr(target, "__name__", "") in PICKLED:
        return target
    found = key or (key_of(target) if callable(target) else None)
    return target if found is None or not callable(target) else StandIn(target, found)


def itself(value: Any) -> Any:
    """What a stand-in stands for; other values as they are."""
    return value._target if isinstance(value, StandIn) else value


def made(value: Any) -> Any:
    """An object where a stand-in for an optimizer's class was given, so that it has the defaults of its era."""
    if isinstance(value, StandIn) and value._is_optimizer:
        return value()
    return itself(value)
