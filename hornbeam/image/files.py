"""Pictures in files, as Pillow's images and as arrays."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np

from hornbeam.core.dtypes import floatx, numpy_dtype
from hornbeam.core.errors import ArgumentError, DataError, FileError, ShapeError
from hornbeam.ops.pictures import check_size, data_format_of, known
from hornbeam.ops.resizing import resize

EXTENSIONS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}
RESAMPLING = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
_GREY = ("L", "I;16", "I")  # 8, 16 and 32 bits of grey


def load_img(path, color_mode="rgb", target_size=None, interpolation="nearest", keep_aspect_ratio=False):
    """A picture from a file, as one of Pillow's images.

    Args:
        path: where the file is, or an open one (``io.BytesIO``).
        color_mode: ``"rgb"``, ``"rgba"`` or ``"grayscale"``; pictures of 16 and 32 bits of grey keep them.
        target_size: height and width; None keeps the file's.
        interpolation: ``"nearest"``, ``"bilinear"``, ``"bicubic"``, ``"hamming"``, ``"box"`` or ``"lanczos"``.
        keep_aspect_ratio: cut the picture to the ratio of ``target_size`` instead of distorting it.

    Raises:
        FileError: no such file, no picture, a truncated one, or one of more than twice ``PIL.Image.MAX_IMAGE_PIXELS``
            (beyond once that, Pillow warns).

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> array_to_img(np.zeros((4, 6, 3))).save(file, "png")
        >>> load_img(file, target_size=(2, 3)).size
        (3, 2)
    """
    known("load_img, color_mode", color_mode, tuple(MODES))
    known("load_img, interpolation", interpolation, RESAMPLING)
    size = None if target_size is None else check_size("load_img, target_size", target_size)
    picture = _decoded(path)
    if not (color_mode == "grayscale" and picture.mode in _GREY) and picture.mode != MODES[color_mode]:
        picture = picture.convert(MODES[color_mode])
    if size is None or picture.size == (size[1], size[0]):
        return picture
    box = _middle(picture.size, size) if keep_aspect_ratio else None
    return picture.resize((size[1], size[0]), _resampling(interpolation), box=box)


def _resampling(name: str) -> Any:
    from PIL import Image

    return Image.Resampling[name.upper()]


def _decoded(path: Any) -> Any:
    """All pixels of a picture; whatever is wrong with the file is said with its name."""
    from PIL import Image

    opened = hasattr(path, "read")
    if not opened and not isinstance(path, (str, bytes, os.PathLike)):
        raise ArgumentError("load_img, path", "a path or an open file", type(path).__name__, "Write load_img('a.png').")
    name = getattr(path, "name", "an open file") if opened else os.fsdecode(path)
    where = f"picture {name!r}"
    try:
        with Image.open(path) as picture:
            picture.load()
            return picture.copy()
    except FileNotFoundError:
        fix = f"Check the path; the working folder is {os.getcwd()!r}."
        raise FileError(where, "a file that exists", "none", fix) from None
    except IsADirectoryError:
        raise FileError(where, "a file", "a folder", "Use image_dataset_from_directory for folders.") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        fix = "If you trust the file, raise PIL.Image.MAX_IMAGE_PIXELS."
        raise FileError(where, f"at most {2 * (Image.MAX_IMAGE_PIXELS or 0)} pixels", str(error), fix) from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError) as error:
        reason = "nothing that Pillow can identify" if isinstance(error, Image.UnidentifiedImageError) else str(error)
        fix = "Get the file again from its source, or leave it out."
        raise FileError(where, "a whole picture that Pillow can read", reason, fix) from error


def _middle(size: tuple[int, int], target: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the largest window in the middle that has the ratio of the target."""
    width, height = size
    tall, wide = min(height, width * target[0] // target[1]), min(width, height * target[1] // target[0])
    tall, wide = max(tall, 1), max(wide, 1)
    left, top = (width - wide) // 2, (height - tall) // 2
    return left, top, left + wide, top + tall


def img_to_array(img, data_format=None, dtype=None):
    """One of Pillow's images as an array.

    Args:
        img: the image; an array of rank 2 or 3 is taken too.
        data_format: where the channels are; None takes ``image_data_format()``.
        dtype: number type, ``floatx()`` when None.

    Shapes:
        ``(height, width, channels)``, or ``(channels, height, width)``

    Example:
        >>> img_to_array(array_to_img(np.zeros((4, 6, 1)))).shape
        (4, 6, 1)
    """
    data_format = data_format_of("img_to_array", data_format)
    x = np.asarray(img, dtype=numpy_dtype(dtype or floatx()))
    if x.ndim not in (2, 3):
        fix = "Take the images of a batch one by one."
        raise ShapeError("img_to_array, img", "an image of rank 2 or 3", f"shape {x.shape}", fix)
    x = x[:, :, None] if x.ndim == 2 else x
    return x.transpose(2, 0, 1) if data_format == "channels_first" else x


def array_to_img(x, data_format=None, scale=True, dtype=None):
    """An array as one of Pillow's images.

    Args:
        x: one image, of 1, 3 or 4 channels.
        data_format: where the channels are; None takes ``image_data_format()``.
        scale: whether the smallest value becomes 0 and the largest 255; otherwise values are pixels already.
        dtype: number type to compute in, ``floatx()`` when None.

    Example:
        >>> array_to_img(np.zeros((4, 6, 3))).size
        (6, 4)
    """
    from PIL import Image

    data_format = data_format_of("array_to_img", data_format)
    x = np.array(x, dtype=numpy_dtype(dtype or floatx()))
    if x.ndim != 3:
        fix = "Write x[0] for the first of a batch, x[..., None] for an image without channels."
        raise ShapeError("array_to_img, x", "one image (height, width, channels)", f"shape {x.shape}", fix)
    x = x.transpose(1, 2, 0) if data_format == "channels_first" else x
    if x.shape[-1] not in (1, 3, 4) or x.size == 0:
        fix = "Say with data_format where they are."
        raise ShapeError("array_to_img, x", "1, 3 or 4 channels", f"shape {x.shape} with channels last", fix)
    if not np.isfinite(x).all():
        raise DataError("array_to_img, x", "finite numbers", "NaN or infinity", "Write np.nan_to_num(x).")
    if scale:
        x = x - x.min()
        x = x / (x.max() or 1) * 255
    if x.shape[-1] == 1 and x.max() > 255:
        return Image.fromarray(np.ascontiguousarray(x[:, :, 0].astype("int32")))  # 32 bits of grey
    pixels = np.clip(x, 0, 255).astype("uint8")
    return Image.fromarray(np.ascontiguousarray(pixels[:, :, 0] if x.shape[-1] == 1 else pixels))


def save_img(path, x, data_format=None, file_format=None, scale=True, **kwargs):
    """Writes an array as a picture.

    Args:
        path: where to; its ending says the format.
        x: one image; see ``array_to_img``.
        data_format: where the channels are; None takes ``image_data_format()``.
        file_format: ``"png"``, ``"jpeg"``, …; the path's ending when None.
        scale: whether the smallest value becomes 0 and the largest 255.
        **kwargs: what Pillow's ``save`` takes besides, ``quality`` for example.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> save_img(file, np.zeros((4, 6, 3)), file_format="png")
        >>> file.getvalue()[1:4]
        b'PNG'
    """
    if file_format is None and isinstance(path, (str, os.PathLike)):
        file_format = os.path.splitext(os.fspath(path))[1][1:]
    file_format = {"jpg": "jpeg", "tif": "tiff"}.get(str(file_format or "").lower(), file_format or None)
    picture = array_to_img(x, data_format, scale)
    if picture.mode == "RGBA" and str(file_format).lower() == "jpeg":
        warnings.warn("save_img: JPEG has no transparency, which is left out.", stacklevel=2)
        picture = picture.convert("RGB")
    try:
        picture.save(path, format=file_format, **kwargs)
    except (KeyError, ValueError) as error:
        fix = "Write a path that ends in .png or .jpg, or give file_format."
        raise ArgumentError(
            "save_img, file_format", "a format that Pillow can write", repr(file_format), fix
        ) from error


def smart_resize(x, size, interpolation="bilinear", data_format="channels_last"):
    """Images brought to a size without distortion: the largest window in the middle of that ratio, resized.

    Args:
        x: one image or a batch.
        size: height and width.
        interpolation: as in ``hornbeam.ops.image.resize``.
        data_format: where the channels are.

    Shapes:
        ``(batch, height, width, channels) -> (batch, *size, channels)``; NumPy arrays stay NumPy's.

    Example:
        >>> smart_resize(np.ones((8, 20, 3), "float32"), (4, 4)).shape
        (4, 4, 3)
    """
    result = resize(x, size, interpolation, crop_to_aspect_ratio=True, data_format=data_format)
    return np.array(result) if isinstance(x, np.ndarray) else result
