"""Functions that ``keras.utils`` had once."""

from __future__ import annotations

import importlib
import os
import shutil
from typing import Any

import numpy as np

from hornbeam.core.errors import ArgumentError
from hornbeam.datasets import own_files, unpacking
from hornbeam.legacy import era


def multi_gpu_model(model: Any, gpus: Any = None, cpu_merge: bool = True, cpu_relocation: bool = False) -> Any:
    """The model itself: its program runs on the device that JAX has."""
    return model


def print_summary(model: Any, line_length: int | None = None, positions: Any = None, print_fn: Any = None) -> None:
    """``model.summary(…)``."""
    model.summary(line_length, positions, print_fn)


def count_params(weights: Any) -> int:
    """Number of entries of a list of weights."""
    return sum(int(np.prod(weight.shape)) for weight in weights)


def convert_all_kernels_in_model(model: Any) -> None:
    """Turned the kernels of Theano's networks round; kernels here are not turned, so that nothing is done."""


def convert_kernel(kernel: Any) -> np.ndarray:
    """A kernel turned round along its axes of space, as Theano's convolution has it.

    Example:
        >>> convert_kernel(np.arange(4.0).reshape(2, 2, 1, 1))[:, :, 0, 0].tolist()
        [[3.0, 2.0], [1.0, 0.0]]
    """
    kernel = np.asarray(kernel)
    if not 3 <= kernel.ndim <= 5:
        raise ArgumentError("convert_kernel, kernel", "an array of 3 to 5 axes", kernel.shape, "Give one kernel.")
    return np.flip(kernel, axis=tuple(range(kernel.ndim - 2))).copy()


def to_ordinal(y: Any, num_classes: int | None = None, dtype: Any = "float32") -> np.ndarray:
    """Class numbers as rows of ones and zeros: class k has k ones, of ``num_classes - 1`` places.

    Example:
        >>> to_ordinal([0, 1, 2]).tolist()
        [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]
    """
    y = np.asarray(y, dtype=int)
    shape = y.shape[:-1] if y.ndim > 1 and y.shape[-1] == 1 else y.shape
    flat = y.reshape(-1)
    classes = int(flat.max()) + 1 if num_classes is None else num_classes
    rows = (np.arange(classes - 1) < flat[:, None]).astype(dtype)
    return rows.reshape(*shape, classes - 1)


def probas_to_classes(y_pred: Any) -> np.ndarray:
    """Class numbers from probabilities: the largest of several, or whether the only one is above one half."""
    y_pred = np.asarray(y_pred)
    if y_pred.ndim > 1 and y_pred.shape[1] > 1:
        return y_pred.argmax(axis=1)
    return (y_pred.reshape(-1) > 0.5).astype(int)


def conv_output_length(input_length: Any, filter_size: int, padding: str, stride: int, dilation: int = 1) -> Any:
    """Number of places of a window, None for an unknown length."""
    if input_length is None:
        return None
    seen = filter_size + (filter_size - 1) * (dilation - 1)
    lost = {"same": 0, "causal": 0, "valid": seen - 1, "full": 1 - seen}[padding]
    return (input_length - lost + stride - 1) // stride


def conv_input_length(output_length: Any, filter_size: int, padding: str, stride: int) -> Any:
    """The shortest input that gives so many places."""
    if output_length is None:
        return None
    reach = {"same": filter_size // 2, "valid": 0, "full": filter_size - 1}[padding]
    return (output_length - 1) * stride - 2 * reach + filter_size


class HDF5Matrix:
    """Part of a data set in an HDF5 file, read when it is asked for; fit takes it as an array.

    Args:
        datapath: the file.
        dataset: name of the data set in it.
        start, end: its first row, and the first that it leaves out.
        normalizer: function of the rows read.
    """

    def __init__(self, datapath: Any, dataset: str, start: int = 0, end: int | None = None, normalizer: Any = None):
        self._data = importlib.import_module("h5py").File(datapath, "r")[dataset]
        self.start, self.end = start, self._data.shape[0] if end is None else end
        self.normalizer = normalizer

    def __len__(self) -> int:
        return self.end - self.start

    def __getitem__(self, key: Any) -> Any:
        rows = np.arange(len(self))[key]
        if np.ndim(rows) == 0:
            return self._made(self._data[int(rows) + self.start])
        order, back = np.unique(rows, return_inverse=True)  # h5py reads rows in rising order, each once
        return self._made(self._data[order + self.start][back])

    def _made(self, rows: Any) -> Any:
        return rows if self.normalizer is None else self.normalizer(rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return (len(self), *self._data.shape[1:])

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of entries."""
        return int(np.prod(self.shape))

    @property
    def dtype(self) -> Any:
        """Number type of the rows."""
        return self._data.dtype

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[:], dtype=dtype)


def get_file(
    fname: Any = None,
    origin: Any = None,
    untar: bool = False,
    md5_hash: Any = None,
    file_hash: Any = None,
    cache_subdir: Any = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: Any = None,
    **options: Any,
) -> str:
    """``utils.get_file``; in eras before 3, archives were unpacked beside themselves, and ``extract`` gave their path.

    ``untar`` then gave the path without the ``.tar.gz`` that it put after the name. What is no archive was kept as it
    is.
    """
    rest = {"md5_hash": md5_hash, "file_hash": file_hash, "hash_algorithm": hash_algorithm, **options}
    rest |= {"cache_subdir": cache_subdir, "cache_dir": cache_dir}
    if not era.within("2.15"):
        how: dict[str, Any] = {"untar": untar, "extract": extract, "archive_format": archive_format}
        return own_files.get_file(fname, origin, **how, **rest)
    folder, name = os.path.split(os.fspath(fname or ""))  # a path was a file name too
    place = own_files.own_folder(cache_dir, cache_subdir) / folder
    rest["cache_subdir"] = os.path.join(cache_subdir, folder)
    path = own_files.get_file(f"{name}.tar.gz" if untar and name else name, origin, **rest)
    found = unpacking.format_of(path) if untar or (extract and archive_format) else None
    if found is not None and (untar or archive_format == "auto" or found in archive_format):
        place.mkdir(parents=True, exist_ok=True)
        if not os.path.samefile(os.path.dirname(path), place):  # in Keras's folder nothing is written
            path = shutil.copyfile(path, os.path.join(place, os.path.basename(path)))
        unpacking.unpack(path, place)
    return path.removesuffix(".tar.gz") if untar else path


def version() -> str:
    """Keras's last version in the era in force, as ``keras.__version__`` has it."""
    return era.VERSIONS[str(era.current())]
