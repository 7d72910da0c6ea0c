"""Data in every form that users hold train the same weights as plain arrays, in the same order.

Tolerance: 1e-5 relative. The last, smaller batch is padded in one form and a program of its own in another.
"""

import itertools
import threading

import h5py
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import scipy.sparse

import hornbeam as keras
from hornbeam.utils import PyDataset

ROWS, SIZE, EPOCHS = 52, 8, 3
GENERATOR = np.random.default_rng(7)
X = (GENERATOR.normal(size=(ROWS, 5)) * (GENERATOR.random((ROWS, 5)) < 0.5)).astype("float32")
Y = GENERATOR.integers(0, 3, ROWS)
CUTS = [slice(start, start + SIZE) for start in range(0, ROWS, SIZE)]


def network():
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, activation="softmax")])
    model.set_weights([np.linspace(-1, 1, 15, dtype="float32").reshape(5, 3), np.zeros(3, "float32")])
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def trained(x, y=None, **options):
    """The weights after a few epochs over the data in their order, and the history."""
    model = network()
    options = {"epochs": EPOCHS, "shuffle": False, "verbose": 0, **options}
    history = model.fit(x, y, **options)
    return model.get_weights(), history.history


@pytest.fixture(scope="module")
def wanted():
    return trained(X, Y, batch_size=SIZE)


def same(got, wanted):
    for mine, theirs in zip(got[0], wanted[0], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-6)
    for name, values in wanted[1].items():
        np.testing.assert_allclose(got[1][name], values, rtol=1e-5, atol=1e-6)


def test_a_training_moves_the_weights(wanted):
    assert np.abs(wanted[0][0] - network().get_weights()[0]).min() > 1e-3


FORMS = {
    "lists": lambda folder: (X.tolist(), Y.tolist()),
    "lists of arrays as rows": lambda folder: (X.tolist(), [np.int64(label) for label in Y]),
    "float64": lambda folder: (X.astype("float64"), Y.astype("float64")),
    "column of labels": lambda folder: (X, Y[:, None].astype("uint8")),
    "Fortran order": lambda folder: (np.asfortranarray(X), Y.astype("int32")),
    "a view backwards": lambda folder: (X[::-1].copy()[::-1], Y),
    "pandas": lambda folder: (pd.DataFrame(X, columns=list("abcde")), pd.Series(Y)),
    "pandas, other index": lambda folder: (
        pd.DataFrame(X, index=range(100, 152)),
        pd.Series(Y, index=range(52, 0, -1)),
    ),
    "csr": lambda folder: (scipy.sparse.csr_matrix(X), Y),
    "csr array": lambda folder: (scipy.sparse.csr_array(X), Y),
    "csc": lambda folder: (scipy.sparse.csc_matrix(X), Y),
    "coo": lambda folder: (scipy.sparse.coo_matrix(X), Y),
    "jax": lambda folder: (jnp.asarray(X), jnp.asarray(Y, "int32")),
    "memmap": lambda folder: (mapped(folder / "x", X), mapped(folder / "y", Y)),
    "memmap and array": lambda folder: (mapped(folder / "x", X.astype("float64")), Y),
}


def mapped(path, array):
    file = np.memmap(path, array.dtype, "w+", shape=array.shape)
    file[:] = array
    file.flush()
    return np.memmap(path, array.dtype, "r", shape=array.shape)


@pytest.mark.parametrize("form", FORMS)
def test_arrays_in_every_form_train_the_same_weights(form, wanted, tmp_path):
    x, y = FORMS[form](tmp_path)
    same(trained(x, y, batch_size=SIZE), wanted)


def test_hdf5_datasets_train_the_same_weights(wanted, tmp_path):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["x"], file["y"] = X, Y
        same(trained(file["x"], file["y"], batch_size=SIZE), wanted)
        same(trained(file["x"], Y, batch_size=SIZE), wanted)


def test_data_on_disk_can_be_shuffled_and_split(tmp_path):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["x"], file["y"] = X, Y
        keras.utils.set_random_seed(3)
        disk = trained(file["x"], file["y"], batch_size=SIZE, shuffle=True, validation_split=0.25)
    keras.utils.set_random_seed(3)
    same(disk, trained(X, Y, batch_size=SIZE, shuffle=True, validation_split=0.25))


def batches():
    for cut in CUTS:
        yield X[cut], Y[cut]


def forever():
    while True:
        yield from batches()


class Squares(PyDataset):
    """The batches by number, with a list of those that were asked for."""

    def __init__(self, **options):
        super().__init__(**options)
        self.asked, self.ended, self.threads = [], 0, set()

    def __len__(self):
        return len(CUTS)

    def __getitem__(self, index):
        self.asked.append(index)
        self.threads.add(threading.get_ident())
        return X[CUTS[index]], Y[CUTS[index]]

    def on_epoch_end(self):
        self.ended += 1


class Loader:
    """What fit sees of a PyTorch DataLoader: a length, and a fresh iterator over lists of tensors for every epoch."""

    class Tensor:
        __module__ = "torch"

        def __init__(self, array):
            self.array, self.shape, self.dtype = array, array.shape, array.dtype

        def detach(self):
            return self

        def cpu(self):
            return self

        def numpy(self):
            return self.array

    Tensor.__module__ = "torch"

    def __len__(self):
        return len(CUTS)

    def __iter__(self):
        return ([self.Tensor(x), self.Tensor(y)] for x, y in batches())


class OldSequence:
    """A data set with only a length and batches by number."""

    def __len__(self):
        return len(CUTS)

    def __getitem__(self, index):
        return X[CUTS[index]], Y[CUTS[index]]


class Restarting:
    """An iterable without a length."""

    def __iter__(self):
        return batches()


STREAMS = {
    "endless generator": lambda: (forever(), {"steps_per_epoch": len(CUTS)}),
    "list of batches": lambda: (list(batches()), {}),
    "PyDataset": lambda: (Squares(), {}),
    "PyDataset with threads": lambda: (Squares(workers=3, use_multiprocessing=True, max_queue_size=2), {}),
    "DataLoader": lambda: (Loader(), {}),
    "length and batches by number": lambda: (OldSequence(), {}),
    "iterable without a length": lambda: (Restarting(), {}),
    "iterator over all epochs": lambda: (itertools.chain(*(batches() for _ in range(EPOCHS))), {"steps_per_epoch": 7}),
}


@pytest.mark.parametrize("form", STREAMS)
def test_batches_in_every_form_train_the_same_weights(form, wanted):
    x, options = STREAMS[form]()
    same(trained(x, **options), wanted)


def test_real_dataloaders_train_the_same_weights(wanted):
    """Where PyTorch is installed; elsewhere the stand-in is walked once more."""
    try:
        from torch import as_tensor
        from torch.utils.data import DataLoader, TensorDataset
    except ImportError:
        loader = Loader()
    else:
        loader = DataLoader(TensorDataset(as_tensor(X), as_tensor(Y)), batch_size=SIZE)
    same(trained(loader), wanted)


def test_a_finite_iterator_serves_one_epoch(wanted):
    same(trained(batches(), epochs=1), (trained(X, Y, batch_size=SIZE, epochs=1)))


def test_slow_batches_are_trained_one_by_one_without_other_numbers(wanted, monkeypatch):
    monkeypatch.setattr("hornbeam.data.batches.GATHER_SECONDS", 0.0)
    same(trained(list(batches())), wanted)


def test_threads_prepare_the_batches_of_a_pydataset_in_order():
    data = Squares(workers=3, max_queue_size=2)
    trained(data, epochs=2)
    assert sorted(data.asked[1:]) == sorted(list(range(len(CUTS))) * 2)
    assert data.ended == 2
    assert threading.get_ident() in data.threads  # the first look
    assert len(data.threads) > 1


def test_a_pydataset_is_shuffled_by_batches_in_every_epoch_also_the_first():
    data = Squares()
    trained(data, shuffle=True, epochs=2)
    first, second = data.asked[1:8], data.asked[8:]
    assert sorted(first) == sorted(second) == list(range(len(CUTS)))
    assert first != sorted(first)
    assert first != second


def test_the_first_batch_of_a_generator_is_not_lost():
    seen = []

    def noting():
        for x, y in forever():
            seen.append(x[0, 0])
            yield x, y

    trained(noting(), steps_per_epoch=7, epochs=2)
    assert seen == [X[cut][0, 0] for cut in CUTS] * 2


@pytest.mark.parametrize("kind", ["uint8", "int64", "bool", "float16"])
def test_inputs_of_every_number_type_count_as_numbers(kind):
    x = (GENERATOR.random((ROWS, 5)) * 3).astype(kind)
    same(trained(x, Y, batch_size=SIZE), trained(x.astype("float32"), Y, batch_size=SIZE))


def test_an_unbuilt_model_takes_the_shape_of_every_form(tmp_path):
    forms = [X.astype("float64"), X.tolist(), mapped(tmp_path / "x", X.astype("float64")), scipy.sparse.csr_matrix(X)]
    for x in forms:
        model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit(x, Y, verbose=0)
        assert model.get_weights()[0].shape == (5, 3)
        assert model.predict(x, verbose=0).dtype == np.float32


def test_evaluate_and_predict_take_every_form(tmp_path):
    model = network()
    loss, accuracy = model.evaluate(X, Y, batch_size=SIZE, verbose=0)
    predicted = model.predict(X, batch_size=SIZE, verbose=0)
    forms = [FORMS[form](tmp_path) for form in ("lists", "pandas", "csr", "jax", "memmap")]
    for x, y in [*forms, (list(batches()), None), (Squares(), None), (Loader(), None)]:
        np.testing.assert_allclose(model.evaluate(x, y, batch_size=SIZE, verbose=0), [loss, accuracy], rtol=1e-5)
        np.testing.assert_allclose(model.predict(x, batch_size=SIZE, verbose=0), predicted, rtol=1e-5)


def test_predictions_can_be_written_to():
    for predicted in (network().predict(X, verbose=0), network().predict_on_batch(X)):
        predicted[0] = 0
        assert predicted[0].tolist() == [0, 0, 0]
