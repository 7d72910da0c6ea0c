"""The folders in which data sets are looked for and kept."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hornbeam.core.errors import ArgumentError

# The data files that are part of the package.
BUNDLED = Path(__file__).parent / "files"


def _environment_folder(variable: str) -> Path | None:
    value = os.environ.get(variable, "")
    return Path(os.path.expanduser(value)) if value else None


def data_folder() -> Path | None:
    """``$HORNBEAM_DATA``, the user's own folder of data sets; None where it is not set."""
    return _environment_folder("HORNBEAM_DATA")


def cache_folder() -> Path:
    """The folder that Hornbeam writes to: ``$HORNBEAM_HOME/datasets``, or the user's cache folder.

    The latter is ``$XDG_CACHE_HOME/hornbeam/datasets``, ``%LOCALAPPDATA%\\hornbeam\\datasets`` on Windows, and
    otherwise ``~/.cache/hornbeam/datasets``. It may not exist yet.

    Example:
        >>> cache_folder().name
        'datasets'
    """
    home = _environment_folder("HORNBEAM_HOME")
    if home is not None:
        return home / "datasets"
    caches = _environment_folder("XDG_CACHE_HOME")
    if caches is None and sys.platform == "win32":
        caches = _environment_folder("LOCALAPPDATA")
    if caches is None:
        caches = Path(os.path.expanduser("~")) / ".cache"
    return caches / "hornbeam" / "datasets"


def keras_folders() -> list[Path]:
    """The folders in which Keras may have left its copies; Hornbeam reads there and never writes."""
    home = _environment_folder("KERAS_HOME")
    folders = [] if home is None else [home / "datasets"]
    return [*folders, Path(os.path.expanduser("~")) / ".keras" / "datasets"]


def own_file(path: str | os.PathLike[str], where: str) -> Path | None:
    """The place that an absolute ``path`` names; None for a plain file name, which belongs in the cache folder.

    Args:
        path: what the user gave as ``path=``, for example ``"imdb.npz"`` or ``"/data/imdb.npz"``.
        where: the function, for the error.

    Raises:
        ArgumentError: for a relative path with folders in it, which could mean two places.

    Example:
        >>> own_file("imdb.npz", "datasets.imdb.load_data") is None
        True
    """
    expanded = os.path.expanduser(os.fspath(path))
    if os.path.isabs(expanded):
        return Path(expanded)
    if not expanded or expanded in (".", "..") or "/" in expanded or "\\" in expanded:
        raise ArgumentError(
            where=f"{where}, path",
            expected="a plain file name or an absolute path",
            got=repr(os.fspath(path)),
            fix=f"Write path={os.path.abspath(expanded)!r}.",
        )
    return None
