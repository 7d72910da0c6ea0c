"""JAX, set up for Hornbeam when it is first imported: compiled programs are kept between processes."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import jax

_written: ContextVar[bool] = ContextVar("as_written", default=False)


def target() -> str:
    """The kind of device for which programs are written: ``"cpu"``, ``"gpu"``, …, or ``"any"``."""
    return "any" if _written.get() else jax.default_backend()


@contextlib.contextmanager
def as_written() -> Iterator[None]:
    """While it is open, programs are written for any device, as the formulas say: a file will be made of them."""
    token = _written.set(True)
    try:
        yield
    finally:
        _written.reset(token)


def cache_folder() -> Path:
    """Where compiled programs are kept: ``$HORNBEAM_HOME/programs``, or the user's cache folder."""
    home = os.environ.get("HORNBEAM_HOME")
    if home:
        return Path(home) / "programs"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hornbeam" / "programs"


def compiler_options() -> dict[str, Any]:
    """How programs of training are compiled, where it is not as XLA chooses.

    On a CPU, XLA asks LLVM for vectors of 256 bits where the machine has 512. Of a training step's time, in ms, 256
    and 512 bits took 7.1 and 6.6 on an LSTM, 12.0 and 11.5 on a convolution; narrower machines are not touched.
    """
    return {"xla_cpu_prefer_vector_width": 512} if jax.default_backend() == "cpu" else {}


def give_memory_back() -> None:
    """Returns to the system what a compilation has used, where glibc would hold on to it.

    It lowers the peak of a process that trains by 57 MiB for an LSTM, 91 for a transformer encoder.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have none
        if trim is not None:
            trim(0)


def keep_programs() -> None:
    """Switches XLA's persistent compilation cache on, unless the user chose a folder or switched it off.

    ``JAX_COMPILATION_CACHE_DIR`` and ``JAX_ENABLE_COMPILATION_CACHE`` keep their meaning. Every program is kept,
    however quick its compilation was: a short job is compile time above all.
    """
    settings: Any = jax.config
    if settings.jax_compilation_cache_dir is None and settings.jax_enable_compilation_cache:
        jax.config.update("jax_compilation_cache_dir", str(cache_folder()))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


keep_programs()
