"""Devices by the names that Keras and TensorFlow give them."""

from __future__ import annotations

import re
import warnings
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import jax

from hornbeam.core.errors import ArgumentError

_NAME = re.compile(r"(?:.*/)?(?:device:)?(cpu|gpu|cuda|tpu)(?::(\d+|\*))?", re.IGNORECASE)


def device(device_name: Any) -> AbstractContextManager[Any]:
    """While it is open, arrays are made, and programs run, on this device.

    What has already been put on another device stays there, and what computes with it too. A device that the machine
    lacks gives a warning and changes nothing, as TensorFlow's soft placement does.

    Args:
        device_name: ``"cpu"``, ``"gpu:0"``, ``"/device:GPU:0"``, one of ``jax.devices()``; None changes nothing.

    Raises:
        ArgumentError: it is no name of a device.

    Example:
        >>> import hornbeam
        >>> with device("/cpu:0"):
        ...     print(hornbeam.ops.ones(2).device.platform)
        cpu
    """
    if device_name is None:
        return nullcontext()
    if isinstance(device_name, jax.Device):
        return jax.default_device(device_name)
    found = _NAME.fullmatch(device_name) if isinstance(device_name, str) else None
    if found is None:
        raise ArgumentError(
            "device, device_name", "a name like 'cpu:0' or 'gpu:0', or one of jax.devices()", repr(device_name),
            "Leave it out: programs run on the accelerator where there is one.",
        )  # fmt: skip
    kind, number = found[1].lower().replace("cuda", "gpu"), found[2] or "0"
    there = _of_kind(kind)
    place = 0 if number == "*" else int(number)
    if place >= len(there):
        warnings.warn(f"device({device_name!r}): this machine has {len(there)} of this kind.", stacklevel=2)
        return nullcontext()
    return jax.default_device(there[place])


def _of_kind(kind: str) -> list[Any]:
    try:
        return jax.local_devices(backend=kind)
    except RuntimeError:  # JAX has no such backend
        return []
