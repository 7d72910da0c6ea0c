"""Compiled programs kept between processes: a second run of a script neither traces nor compiles.

XLA's own cache, which ``core.engine`` switches on, saves the compilation; Python still traces and lowers a program
before it can ask for it: 0.2 s for a dense network, more for a deep one. What is kept here is found by a text that
says all that the program follows from: the model's spec, the arguments' shapes, Hornbeam's own files, JAX, the
machine. A program in which a function or a class of the user's takes part has no such text, and is traced each time.
"""

from __future__ import annotations

import enum
import functools
import hashlib
import os
import pickle
import platform
import stat
import sys
import tempfile
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.experimental import serialize_executable

from hornbeam.core import dtypes
from hornbeam.core.engine import cache_folder, compiler_options, give_memory_back
from hornbeam.core.settings import is_flash_attention_enabled

ROOM_BYTES = 2**28  # beyond this the programs that were longest unused are removed
_DIGEST = hashlib.sha256().digest_size


class KeptFunction:
    """A jitted function whose compiled forms are kept on disk.

    Args:
        function: pure; its keyword arguments are static.
        text: says what the function follows from, besides its arguments; None for one that cannot be kept.
        donated: whether its first argument's arrays are used up.
    """

    def __init__(self, function: Callable[..., Any], static: tuple[str, ...], text: str | None, donated: bool = False):
        self._function, self._text = function, text
        self._options: dict[str, Any] = {
            "static_argnames": static,
            "donate_argnums": (0,) if donated else (),
            "compiler_options": compiler_options(),
        }
        self._jitted = jax.jit(function, **self._options)
        self._ready: dict[Any, Any] = {}

    def __call__(self, *args: Any, **static: Any) -> Any:
        if self._text is None or not _is_on():
            return self._jitted(*args, **static)
        leaves, structure = jax.tree.flatten(args)
        forms = tuple((leaf.shape, str(leaf.dtype), getattr(leaf, "weak_type", False)) for leaf in leaves)
        signature = structure, forms, tuple(static.items())
        compiled = self._ready.get(signature)
        if compiled is None:
            said = f"{self._function.__qualname__} {self._options} {signature}\n{self._text}\n{_surroundings()}"
            place = _folder() / _digest(said).hex()
            compiled = _load(place)
            if compiled is None:
                compiled = self._compiled(place.name, args, static)
                _save(compiled, place)
            self._ready[signature] = compiled
        return compiled(*args)

    def _compiled(self, name: str, args: Any, static: Any) -> Any:
        """The function compiled, past XLA's own cache: what was loaded from there cannot be saved a second time.

        It gets a name of its own, so that nothing there is taken for it, and is not put there.
        """

        @functools.wraps(self._function)
        def named(*args: Any, **static: Any) -> Any:
            return self._function(*args, **static)

        named.__name__ = f"{self._function.__name__}_{name[:16]}"
        settings: Any = jax.config
        before = settings.jax_persistent_cache_min_compile_time_secs
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 1e9)
        try:
            compiled = jax.jit(named, **self._options).lower(*args, **static).compile()
        finally:
            jax.config.update("jax_persistent_cache_min_compile_time_secs", before)
        give_memory_back()
        return compiled


def text_of(key: Any) -> str | None:
    """A text that is equal, in every process, for keys of programs that compute the same; None where there is none.

    Example:
        >>> text_of(("train", (1, 2.0), np.float32(1)))
        "('train',(1,2.0,),1.0:float32,)"
        >>> text_of(("train", lambda x: x)) is None
        True
    """
    try:
        return _text(key)
    except _PrivateThing:
        return None


class _PrivateThing(Exception):
    """Raised for what is known to this process only: a user's function, class or object."""


def _text(key: Any) -> str:
    if key is None or key is Ellipsis or isinstance(key, (bool, int, float, str, bytes)):
        if isinstance(key, enum.Enum) or type(key).__module__ != "builtins":
            raise _PrivateThing
        return repr(key)
    if type(key) in (tuple, list):
        return f"({''.join(_text(item) + ',' for item in key)})"
    if type(key) is frozenset:
        return f"{{{','.join(sorted(map(_text, key)))}}}"
    if isinstance(key, (np.generic, np.dtype)):
        return f"{key!s}:{key.dtype if isinstance(key, np.generic) else 'dtype'}"
    if type(key) is dtypes.DTypePolicy:
        return f"policy {key.name}"
    if isinstance(key, (type, types.FunctionType, types.BuiltinFunctionType, np.ufunc)):
        return _public_name(key)
    raise _PrivateThing


def _public_name(thing: Any) -> str:
    """Where a function or class of Hornbeam's, Python's or NumPy's stands."""
    module, name = str(getattr(thing, "__module__", "")), getattr(thing, "__qualname__", thing.__name__)
    if module == "builtins" and isinstance(thing, type):
        return name
    if module.split(".")[0] in ("hornbeam", "operator", "_operator", "numpy"):
        found: Any = sys.modules.get(module)
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is thing:
            return f"{module}.{name}"
    raise _PrivateThing


@functools.cache
def _is_on() -> bool:
    settings: Any = jax.config
    return bool(settings.jax_enable_compilation_cache) and len(jax.local_devices()) == 1


def _folder() -> Path:
    return cache_folder() / "ready"


def _digest(text: str | bytes) -> bytes:
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).digest()


def _surroundings() -> str:
    """All that a program depends on and that its spec does not say."""
    settings: Any = jax.config
    chosen = {name: value for name, value in settings.values.items() if "cache" not in name}
    ours = (
        *(dtypes.floatx(), dtypes.epsilon(), dtypes.image_data_format(), dtypes.dtype_policy().name),
        is_flash_attention_enabled(),
    )
    return f"{_versions()}\n{sorted(chosen.items(), key=lambda item: item[0])}\n{ours}\n{os.environ.get('XLA_FLAGS')}"


@functools.cache
def _versions() -> str:
    """Hornbeam's files by size and time of change, the libraries, and the processor or accelerator."""
    package = Path(__file__).parents[1]
    files = [(str(path.relative_to(package)), path.stat()) for path in sorted(package.rglob("*.py"))]
    stamps = [(name, status.st_size, status.st_mtime_ns) for name, status in files]
    libraries = [
        (name, getattr(sys.modules.get(name), "__version__", "")) for name in ("jax", "jaxlib", "numpy", "optax")
    ]
    device = jax.local_devices()[0]
    info = Path("/proc/cpuinfo")
    processor = platform.processor()
    if info.exists():  # a program for the CPU holds this processor's instructions
        processor = "".join(sorted({line for line in info.read_text().splitlines() if line[:5] in ("flags", "model")}))
    return _digest(f"{package}{stamps}{libraries}{device.platform}{device.device_kind}{processor}").hex()


def _load(place: Path) -> Any:
    """The program kept there; None when there is none, or one that another user could have written."""
    try:
        with place.open("rb") as file:
            status = os.fstat(file.fileno())
            if hasattr(os, "getuid") and (
                status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
            ):
                return None
            content = file.read()
    except FileNotFoundError:
        return None
    if _digest(content[_DIGEST:]) != content[:_DIGEST]:  # cut short by a crash of the machine
        return None
    os.utime(place)
    # code of our own, from this user's cache: as trusted as Hornbeam's files. Models never come this way.
    payload, taken, given = pickle.loads(content[_DIGEST:])
    return serialize_executable.deserialize_and_load(payload, taken, given)


def _save(compiled: Any, place: Path) -> None:
    try:
        content = pickle.dumps(serialize_executable.serialize(compiled))
    except (ValueError, TypeError, jax.errors.JaxRuntimeError):
        return  # programs with callbacks into Python, and some devices' programs, cannot leave their process
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=place.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(_digest(content) + content)
        os.replace(beside, place)
        _make_room(place.parent)
    except OSError:
        return  # a full or read-only disk: the program works, it is not kept


def _make_room(folder: Path) -> None:
    kept = sorted(((path.stat().st_mtime, path.stat().st_size, path) for path in folder.iterdir()), reverse=True)
    total = 0
    for _, size, path in kept:
        total += size
        if total > ROOM_BYTES:
            path.unlink(missing_ok=True)
