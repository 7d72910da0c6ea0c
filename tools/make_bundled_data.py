"""Make the data files that are part of the package, in hornbeam/datasets/files.

    python tools/make_bundled_data.py ../shared/data

The folder given holds ``mnist/*.gz`` (IDX), ``tabular/iris.csv`` and ``tabular/mtcars.csv``; digits, wine and
breast_cancer come from scikit-learn's own copies. The result is the same bytes each time. Takes about two minutes,
nearly all of it xz.
"""

from __future__ import annotations

import csv
import gzip
import io
import lzma
import shutil
import sys
from pathlib import Path

import numpy as np
import sklearn.datasets

FILES = Path(__file__).resolve().parent.parent / "hornbeam" / "datasets" / "files"
LIMIT_MNIST, LIMIT_REST = 10_000_000, 300_000


def compress(content: bytes) -> bytes:
    """xz at its best; CRC64 inside lets every load notice a damaged file."""
    return lzma.compress(content, preset=9 | lzma.PRESET_EXTREME)


def make_mnist(source: Path) -> int:
    """Recompress the four IDX files; return the bytes written."""
    written = 0
    for path in sorted(source.glob("*-ubyte.gz")):
        written += (FILES / f"mnist-{path.stem}.xz").write_bytes(compress(gzip.decompress(path.read_bytes())))
    return written


def table(feature_names: list[str], x: np.ndarray, y: np.ndarray) -> bytes:
    """A .csv with the shortest digits that read back to the same numbers."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*feature_names, "target"])
    for row, target in zip(x.tolist(), y.tolist(), strict=True):
        writer.writerow([*(int(value) if value.is_integer() else repr(value) for value in row), target])
    return text.getvalue().encode()


def make_tables(source: Path) -> int:
    """Copy iris and mtcars, write scikit-learn's three; return the bytes written."""
    for name in ("iris.csv", "mtcars.csv"):
        shutil.copyfile(source / name, FILES / name)
    written = sum((FILES / name).stat().st_size for name in ("iris.csv", "mtcars.csv"))
    for name in ("wine", "breast_cancer", "digits"):
        bunch = getattr(sklearn.datasets, f"load_{name}")()
        content = table(list(bunch.feature_names), bunch.data, bunch.target)
        if len(content) < 20_000:
            written += (FILES / f"{name}.csv").write_bytes(content)
        else:
            written += (FILES / f"{name}.csv.xz").write_bytes(compress(content))
    return written


def main() -> None:
    """Write all files and check their sizes."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    source = Path(sys.argv[1])
    FILES.mkdir(parents=True, exist_ok=True)
    tables, mnist = make_tables(source / "tabular"), make_mnist(source / "mnist")
    print(f"mnist: {mnist:,} bytes; tables: {tables:,} bytes; in {FILES}")
    if mnist > LIMIT_MNIST or tables > LIMIT_REST:
        sys.exit(f"expected at most {LIMIT_MNIST:,} and {LIMIT_REST:,} bytes")


if __name__ == "__main__":
    main()
