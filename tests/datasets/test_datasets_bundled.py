"""The sets that are part of the package: MNIST and the small tables."""

from __future__ import annotations

import csv
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets

from hornbeam.core.errors import ArgumentError, DataError, FileError
from hornbeam.datasets import breast_cancer, digits, iris, mnist, mtcars, wine
from hornbeam.datasets.folders import BUNDLED

PACKAGE = Path(mnist.__file__).parents[1]
TABLES = [iris, mtcars, digits, wine, breast_cancer]
by_name = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__.rpartition(".")[2])

# sha256 of the values in the IDX files that LeCun published, after the header; from the .gz files in shared/data.
MNIST_DIGESTS = {
    "x_train": "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    "y_train": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    "x_test": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    "y_test": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
}


@pytest.fixture(scope="module")
def mnist_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder that the tests of this file fill once."""
    return tmp_path_factory.mktemp("mnist")


@pytest.fixture
def digits_of_mnist(mnist_home: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    monkeypatch.setenv("HORNBEAM_HOME", str(mnist_home))
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def test_mnist_has_the_published_shapes_and_types(digits_of_mnist):
    shapes = {name: array.shape for name, array in digits_of_mnist.items()}
    assert shapes == {
        "x_train": (60000, 28, 28),
        "y_train": (60000,),
        "x_test": (10000, 28, 28),
        "y_test": (10000,),
    }
    assert {array.dtype for array in digits_of_mnist.values()} == {np.dtype("uint8")}
    assert all(array.flags.writeable for array in digits_of_mnist.values())


def test_mnist_is_in_the_official_order_and_unaltered(digits_of_mnist):
    assert digits_of_mnist["y_train"][:5].tolist() == [5, 0, 4, 1, 9]
    assert digits_of_mnist["y_test"][:5].tolist() == [7, 2, 1, 0, 4]
    digests = {name: hashlib.sha256(array.tobytes()).hexdigest() for name, array in digits_of_mnist.items()}
    assert digests == MNIST_DIGESTS


def test_mnist_has_the_published_number_of_each_digit(digits_of_mnist):
    train = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    test = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(digits_of_mnist["y_train"]).tolist() == train
    assert np.bincount(digits_of_mnist["y_test"]).tolist() == test


def test_mnist_from_the_cache_equals_mnist_from_the_package(digits_of_mnist, mnist_home, monkeypatch):
    monkeypatch.setattr("hornbeam.datasets.mnist.read_four", None)  # the package's copy is not opened again
    (x_train, _), (_, y_test) = mnist.load_data()
    np.testing.assert_array_equal(x_train, digits_of_mnist["x_train"])
    np.testing.assert_array_equal(y_test, digits_of_mnist["y_test"])
    assert not list(mnist_home.rglob("*.part"))


def test_mnist_loads_where_the_cache_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("a file, not a folder")
    monkeypatch.setenv("HORNBEAM_HOME", str(tmp_path / "file"))
    assert mnist.load_data()[1][1][:5].tolist() == [7, 2, 1, 0, 4]


def test_mnist_repairs_a_damaged_cache(digits_of_mnist, mnist_home):
    (kept,) = mnist_home.rglob("y_test.npy")
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-100])
    assert mnist.load_data()[1][1].shape == (10000,)
    assert kept.read_bytes() == whole


def test_mnist_comes_first_from_the_users_own_folder(shared_data, monkeypatch, tmp_path):
    monkeypatch.setenv("HORNBEAM_DATA", str(shared_data))
    (x_train, y_train), _ = mnist.load_data()
    assert hashlib.sha256(x_train.tobytes()).hexdigest() == MNIST_DIGESTS["x_train"]
    assert y_train.flags.writeable
    assert not (tmp_path / "hornbeam").exists()  # nothing is cached of what is already at hand


def test_mnist_reads_an_npz_of_the_users_own(tmp_path):
    arrays = {"x_train": np.ones((2, 28, 28), np.uint8), "y_train": np.array([3, 4], np.uint8)}
    arrays |= {"x_test": np.zeros((1, 28, 28), np.uint8), "y_test": np.array([9], np.uint8)}
    np.savez(tmp_path / "mine.npz", **arrays)
    (_, y_train), (_, y_test) = mnist.load_data(path=str(tmp_path / "mine.npz"))
    assert (y_train.tolist(), y_test.tolist()) == ([3, 4], [9])


def test_mnist_refuses_a_damaged_npz_of_the_users_own(tmp_path):
    (tmp_path / "mine.npz").write_bytes(b"PK but not really")
    with pytest.raises(FileError, match=r"mine\.npz: expected a whole \.npz file; got .*Delete the file"):
        mnist.load_data(tmp_path / "mine.npz")


def test_a_relative_path_with_folders_is_refused():
    with pytest.raises(ArgumentError, match="mnist.load_data, path: expected a plain file name or an absolute path"):
        mnist.load_data("data/mnist.npz")


def test_an_own_folder_with_a_file_missing_is_refused(tmp_path, monkeypatch):
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "train-images-idx3-ubyte.gz").write_bytes(b"")
    monkeypatch.setenv("HORNBEAM_DATA", str(tmp_path))
    with pytest.raises(DataError, match="without train-labels-idx1-ubyte.gz, t10k-images.*unset HORNBEAM_DATA"):
        mnist.load_data()


def test_an_own_folder_without_the_set_is_passed_over(tmp_path, monkeypatch, mnist_home):
    monkeypatch.setenv("HORNBEAM_DATA", str(tmp_path))
    monkeypatch.setenv("HORNBEAM_HOME", str(mnist_home))
    assert mnist.load_data()[0][1][:5].tolist() == [5, 0, 4, 1, 9]


def test_iris_equals_the_csv(shared_data):
    with open(shared_data / "tabular" / "iris.csv", newline="") as stream:
        header, *rows = csv.reader(stream)
    x, y = iris.load()
    assert (*iris.feature_names, "species") == tuple(header)
    assert [[*map(str, values), iris.target_names[label]] for values, label in zip(x, y, strict=True)] == [
        [*(str(float(value)) for value in row[:-1]), row[-1]] for row in rows
    ]


def test_mtcars_equals_the_csv(shared_data):
    with open(shared_data / "tabular" / "mtcars.csv", newline="") as stream:
        header, *rows = csv.reader(stream)
    x, y = mtcars.load()
    assert ("", *mtcars.target_names, *mtcars.feature_names) == tuple(header)
    assert mtcars.car_names == tuple(row[0] for row in rows)
    np.testing.assert_array_equal(np.column_stack([y, x]), [[float(value) for value in row[1:]] for row in rows])


@pytest.mark.parametrize("name", ["iris", "digits", "wine", "breast_cancer"])
def test_tables_equal_those_of_scikit_learn(name):
    table = {"iris": iris, "digits": digits, "wine": wine, "breast_cancer": breast_cancer}[name]
    theirs = getattr(sklearn.datasets, f"load_{name}")()
    x, y = table.load()
    np.testing.assert_array_equal(x, theirs.data)
    np.testing.assert_array_equal(y, theirs.target)
    assert table.target_names == tuple(str(target) for target in theirs.target_names)
    if name != "iris":  # whose names in scikit-learn carry "(cm)"
        assert table.feature_names == tuple(theirs.feature_names)


@by_name
def test_tables_are_shuffled_by_keras_recipe_and_cut(table):
    x, y = table.load()
    order = np.arange(len(x))
    np.random.RandomState(7).shuffle(order)
    (x_train, y_train), (x_test, y_test) = table.load_data(test_split=0.3, seed=7)
    assert len(x_train) == len(y_train) == int(len(x) * 0.7)
    np.testing.assert_array_equal(np.concatenate([x_train, x_test]), x[order])
    np.testing.assert_array_equal(np.concatenate([y_train, y_test]), y[order])


@by_name
def test_tables_have_the_types_of_numpy(table):
    x, y = table.load()
    assert x.dtype == np.float64
    assert y.dtype == (np.float64 if table is mtcars else np.int64)
    assert x.shape == (len(y), len(table.feature_names))


@by_name
@pytest.mark.parametrize("test_split", [-0.1, 1, 1.5, "0.2", None, float("nan"), True])
def test_tables_refuse_a_split_that_is_no_fraction(table, test_split):
    with pytest.raises(ArgumentError, match="load_data, test_split: expected a fraction from 0 to below 1; got"):
        table.load_data(test_split=test_split)


def test_a_split_of_nothing_leaves_the_test_half_empty():
    (x_train, _), (x_test, y_test) = iris.load_data(test_split=0)
    assert (x_train.shape, x_test.shape, y_test.shape) == ((150, 4), (0, 4), (0,))


def test_the_bundled_files_are_small_and_described():
    sizes = {path.name: path.stat().st_size for path in BUNDLED.iterdir()}
    described = (BUNDLED / "README.md").read_text(encoding="utf-8")
    assert sum(size for name, size in sizes.items() if name.startswith("mnist")) <= 10_000_000
    assert sum(size for name, size in sizes.items() if not name.startswith("mnist")) <= 300_000
    assert all(f"`{name}`" in described for name in sizes if not name.startswith(("mnist", "README")))


def test_importing_the_sets_loads_numpy_and_the_standard_library_only():
    code = (
        "import sys, types; package = types.ModuleType('hornbeam'); package.__path__ = [sys.argv[1]]\n"
        "sys.modules['hornbeam'] = package\n"
        "from hornbeam.datasets import mnist, iris\n"
        "assert 'urllib.request' not in sys.modules\n"
        "import hornbeam.datasets as sets\n"
        "[getattr(sets, name) for name in sets.__all__]\n"
        "import hornbeam.data.arrays\n"
        "tops = {name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)\n"
        "print(*sorted(top for top in tops if not top.startswith('_')))"
    )
    # -S leaves out the site's own start files, which may import anything; NumPy's folder is then named by hand.
    path = os.pathsep.join([str(Path(np.__file__).parents[1])])
    ran = subprocess.run(
        [sys.executable, "-S", "-c", code, str(PACKAGE)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert ran.stdout.split() == ["hornbeam", "numpy"]


def test_a_set_that_does_not_exist_is_an_attribute_error_with_the_list():
    import hornbeam.datasets

    with pytest.raises(AttributeError, match="it has boston_housing, breast_cancer"):
        _ = hornbeam.datasets.minst
    assert "mnist" in dir(hornbeam.datasets)
