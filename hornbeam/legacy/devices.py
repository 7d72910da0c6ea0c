"""``tf.config`` and ``tf.test``: what devices there are, in JAX's sight; settings are accepted and change nothing."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax


class PhysicalDevice(NamedTuple):
    """A device.

    Args:
        name: ``"/physical_device:CPU:0"``.
        device_type: ``"CPU"``, ``"GPU"`` or ``"TPU"``.
    """

    name: str
    device_type: str


def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices of this process, of one type when it is given."""
    kinds = [device.platform.upper() for device in jax.devices()]
    kinds = [{"CUDA": "GPU", "ROCM": "GPU"}.get(kind, kind) for kind in kinds]
    if "CPU" not in kinds:
        kinds.insert(0, "CPU")
    found = [PhysicalDevice(f"/physical_device:{kind}:{kinds[:n].count(kind)}", kind) for n, kind in enumerate(kinds)]
    return [device for device in found if device_type in (None, device.device_type)]


list_logical_devices = get_visible_devices = list_local_devices = list_physical_devices


def is_gpu_available(*args: Any, **kwargs: Any) -> bool:
    """Whether there is a graphics processor."""
    return bool(list_physical_devices("GPU"))


def is_built_with_cuda() -> bool:
    """The same."""
    return is_gpu_available()


def gpu_device_name() -> str:
    """``"/device:GPU:0"``, empty without one."""
    return "/device:GPU:0" if is_gpu_available() else ""


def _accepted(*args: Any, **kwargs: Any) -> None:
    """Nothing: JAX sees to it."""


set_memory_growth = set_visible_devices = set_virtual_device_configuration = run_functions_eagerly = _accepted
set_logical_device_configuration = enable_tensor_float_32_execution = _accepted
