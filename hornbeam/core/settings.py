"""Settings of the process beyond its number types: limits of training, attention's kernel, tracebacks."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import jax

from hornbeam.core.errors import ArgumentError


@dataclass
class _Settings:
    flash_attention: bool | None = None
    max_epochs: int | None = None
    max_steps_per_epoch: int | None = None


def _environment(variable: str) -> int | None:
    text = os.environ.get(variable, "")
    return int(text) if text.isdigit() else None


_settings = _Settings(
    max_epochs=_environment("KERAS_MAX_EPOCHS"), max_steps_per_epoch=_environment("KERAS_MAX_STEPS_PER_EPOCH")
)


# -- the engine ------------------------------------------------------------------------------------------------------


def backend() -> str:
    """The engine's name: ``"jax"``."""
    return "jax"


def set_backend(backend: str) -> None:
    """Accepts ``"jax"``, the only engine there is.

    Raises:
        ArgumentError: it is another.
    """
    if backend != "jax":
        raise ArgumentError("config.set_backend", "'jax', the only engine there is", repr(backend), "Leave it out.")


def is_nnx_enabled() -> bool:
    """False: layers are no modules of Flax."""
    return False


def enable_unsafe_deserialization() -> None:
    """Refuses: no file can make code run, and no switch changes that.

    Raises:
        ArgumentError: always; the message says what to do for a model with a ``Lambda`` layer.
    """
    raise ArgumentError(
        "config.enable_unsafe_deserialization",
        "to read files without running code that stands in them",
        "a request to run it",
        "Leave it out, and pass the function of a Lambda layer under the layer's name: "
        "load_model(path, custom_objects={'name of the layer': function}).",
    )


def enable_traceback_filtering() -> None:
    """Tracebacks leave out JAX's own lines, as they do from the start."""
    jax.config.update("jax_traceback_filtering", "auto")


def disable_traceback_filtering() -> None:
    """Tracebacks show JAX's own lines too."""
    jax.config.update("jax_traceback_filtering", "off")


def is_traceback_filtering_enabled() -> bool:
    """Whether tracebacks leave out JAX's own lines."""
    settings: Any = jax.config
    return bool(settings.jax_traceback_filtering != "off")


# -- attention -------------------------------------------------------------------------------------------------------


def enable_flash_attention() -> None:
    """Attention uses cuDNN's kernel wherever it can, as it does from the start; see ``ops.dot_product_attention``."""
    _settings.flash_attention = None


def disable_flash_attention() -> None:
    """Attention does not use cuDNN's kernel, in programs that are compiled from now on, unless it is asked to."""
    _settings.flash_attention = False


def is_flash_attention_enabled() -> bool | None:
    """False after ``disable_flash_attention``; None, as in Keras, where the kernel is used wherever it can be."""
    return _settings.flash_attention


# -- limits of training ----------------------------------------------------------------------------------------------


def _limit(value: Any, where: str) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise ArgumentError(f"config.{where}", "a positive integer, or None", repr(value), "Give None for no limit.")
    return value


def max_epochs() -> int | None:
    """The most epochs that ``fit`` trains, None without a limit; at first the environment's ``KERAS_MAX_EPOCHS``."""
    return _settings.max_epochs


def set_max_epochs(max_epochs: int | None) -> None:
    """Sets ``max_epochs()``, to try a script quickly."""
    _settings.max_epochs = _limit(max_epochs, "set_max_epochs")


def max_steps_per_epoch() -> int | None:
    """The most batches of a pass over data, None without; at first the environment's ``KERAS_MAX_STEPS_PER_EPOCH``."""
    return _settings.max_steps_per_epoch


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Sets ``max_steps_per_epoch()``, for ``fit``, ``evaluate`` and ``predict``."""
    _settings.max_steps_per_epoch = _limit(max_steps_per_epoch, "set_max_steps_per_epoch")


def steps_within_limit(steps: int | None, available: int | None = None) -> int | None:
    """How many batches a pass takes that was to take ``steps``, or all that are available where that is None."""
    limit, asked = _settings.max_steps_per_epoch, available if steps is None else steps
    return steps if limit is None or (asked is not None and asked <= limit) else limit
