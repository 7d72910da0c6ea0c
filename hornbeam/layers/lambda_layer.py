"""Lambda: a function of the user's as a layer."""

from __future__ import annotations

import inspect
from typing import Any

import jax.numpy as jnp

from hornbeam.core.checks import Refused
from hornbeam.core.config import field, is_description
from hornbeam.core.errors import FileError
from hornbeam.core.registry import REGISTRIES, custom_object
from hornbeam.layers.layer import LAYERS, Layer

# the closed tables in which a file may name a function
_TABLES = ("keras.activations", "keras.losses", "keras.metrics")


def _named(name: str) -> Any:
    """The function of a name: the user's own, or one of the closed tables; None when nobody has it."""
    tables = [REGISTRIES[module] for module in _TABLES if module in REGISTRIES]
    return custom_object(name) or next((table.get(name) for table in tables if name in table), None)


def _function(value: Any) -> Any:
    found = _named(value) if isinstance(value, str) else value
    if not callable(found):
        raise Refused("a function", "Write for example Lambda(lambda x: x ** 2).")
    return found


def _arguments(value: Any) -> dict[str, Any]:
    if value is not None and not isinstance(value, dict):
        raise Refused("a dict of further arguments", "Write for example arguments={'power': 2}.")
    return dict(value or {})


@LAYERS.add()
class Lambda(Layer):
    """A function as a layer: ``output = function(input)``.

    For a formula without weights. A layer with weights is a class: derive from ``Layer``.

    Args:
        function: takes an array (or a list of them) and returns one; written with ``jax.numpy``, ``hornbeam.ops`` or
            plain arithmetic. If it has arguments called ``mask`` and ``training``, it gets them.
        output_shape: accepted for Keras's sake; the shape is found by tracing the function.
        mask: the output's mask, or a function ``(inputs, mask)`` that gives it; None for no mask.
        arguments: dict of further arguments of the function.

    Shapes:
        What the function makes of them.

    Example:
        >>> import numpy as np
        >>> print(Lambda(lambda x, power: x**power, arguments={"power": 2})(np.array([[1.0, 3.0]], "float32")))
        [[1. 9.]]

    Differs:
        Keras writes the bytecode of a lambda into files and may run it when it reads them. Here a file holds a name
        only, that of the function, or the layer's own for a lambda. Whoever loads the model passes the function under
        that name: ``custom_objects={"lambda": my_function}``.
    """

    function = field(convert=_function)
    output_shape = field(None)
    mask = field(None)
    arguments = field(None, convert=_arguments)

    def _ready(self) -> None:
        super()._ready()
        self.supports_masking = self.mask is not None
        try:
            parameters = inspect.signature(self.function).parameters
        except ValueError:  # a function written in C does not tell
            parameters = {}  # type: ignore[assignment]
        self._wants = {name for name in ("mask", "training") if name in parameters}

    def call(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        offered = {"mask": mask, "training": training}
        return self.function(inputs, **self.arguments, **{name: offered[name] for name in self._wants})

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        if callable(self.mask):
            return self.mask(inputs, mask)
        return None if self.mask is None else jnp.asarray(self.mask)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for name in ("function", "output_shape", "mask"):
            if getattr(getattr(self, name), "__name__", "") == "<lambda>":
                own = self.name if name == "function" else f"{self.name}_{name}"
                config[name] = {"module": None, "class_name": "function", "config": own, "registered_name": own}
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Lambda:
        config = dict(config)
        for name in ("function", "output_shape", "mask"):
            described: Any = config.get(name)
            if is_description(described) and described["class_name"] in ("function", "__lambda__"):
                config[name] = cls._found(described, name, config.get("name") or "lambda")
        return super().from_config(config)

    @staticmethod
    def _found(described: dict[str, Any], name: str, layer: str) -> Any:
        """The function that a config names; one that is there as bytecode goes by the layer's name."""
        own = layer if name == "function" else f"{layer}_{name}"
        names = [own]
        if described["class_name"] == "function" and isinstance(described["config"], str):
            names = [str(described.get("registered_name") or described["config"]), described["config"], own]
        for each in names:
            found = _named(each)
            if found is not None:
                return found
        raise FileError(
            f"{layer} (Lambda), {name}",
            "a function that you pass by name",
            "only its name" if described["class_name"] == "function" else "Python bytecode, which is never run",
            f"Pass custom_objects={{{names[0]!r}: the_function}}.",
        )
