"""Large arrays are lent to the program: no copy, and every row comes back as it is."""

import jax
import numpy as np
import pytest

import hornbeam as keras
from hornbeam.data.memory import ArraySource, Lent, Same


def array_at(offset, shape, dtype):
    """Random entries that begin ``offset`` bytes after a multiple of 64."""
    entries = np.random.default_rng(0).integers(0, 100, shape).astype(dtype)
    raw = np.zeros(entries.nbytes + 128, np.uint8)
    start = -raw.ctypes.data % 64 + offset
    made = raw[start : start + entries.nbytes].view(dtype).reshape(shape)
    made[:] = entries
    return made


@pytest.fixture(autouse=True)
def _lend_all(monkeypatch):
    monkeypatch.setattr("hornbeam.data.memory.LENT_BYTES", 0)


@pytest.mark.parametrize("dtype", ["float32", "uint8", "int32", "float16"])
@pytest.mark.parametrize("offset", [0, 4, 16, 32, 60])
@pytest.mark.parametrize("shape", [(9, 64), (7, 5, 13), (2, 64), (5, 100, 3)])
def test_every_row_of_a_lent_array_is_its_own(dtype, offset, shape):
    array = array_at(offset, shape, dtype)
    lent = Lent.of(array)
    rows = np.array([*range(len(array)), 0, len(array) - 1, 0], np.int32)
    np.testing.assert_array_equal(jax.jit(Lent.take)(lent, rows), array[rows])


def test_the_program_reads_the_users_memory():
    array = array_at(16, (50, 40), "float32")
    lent = Lent.of(array)
    assert lent.middle.unsafe_buffer_pointer() == array.ctypes.data + 48


def test_arrays_at_different_places_share_a_program():
    take = jax.jit(lambda lent, rows: lent.take(rows))  # a store of its own
    for offset in (0, 16, 48):
        take(Lent.of(array_at(offset, (9, 64), "float32")), np.arange(3, dtype=np.int32))
    assert take._cache_size() == 1


@pytest.mark.parametrize("array", [np.zeros((9, 15), "float32"), np.zeros((64, 9), "float32").T, np.zeros((9, 0))])
def test_narrow_rows_and_other_orders_are_not_lent(array):
    assert Lent.of(array) is None


def test_a_target_that_is_the_input_is_read_once():
    x = np.ones((10, 40), "float32")
    block = next(ArraySource((x[:8], [x[:8], x[2:]], [None, None]), 4, True).epoch())
    assert block.data[1][0] == Same(0)
    assert not isinstance(block.data[1][1], Same)


def test_a_lent_array_may_end_anywhere_and_be_evaluated_and_predicted():
    x = array_at(16, (53, 40), "float32") / 100
    model = keras.Sequential([keras.Input((40,)), keras.layers.Dense(3)])
    model.compile("sgd", "mse")
    kernel, bias = model.get_weights()
    outputs = x @ kernel + bias
    np.testing.assert_allclose(model.predict(x, batch_size=8, verbose=0), outputs, rtol=1e-5, atol=1e-6)
    y = outputs + 2
    assert model.evaluate(x, y, batch_size=8, verbose=0) == pytest.approx(4, rel=1e-5)


@pytest.mark.parametrize("place", ["cpu", "gpu"])
def test_shuffled_epochs_hold_every_row_once(place, monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: place)  # "gpu": resident and gathered by index, not lent
    x = np.arange(53 * 40, dtype="float32").reshape(53, 40)
    source = ArraySource((x, [x[:, :1]], [None]), 8, True)
    (block,) = source.epoch(0, lambda number: np.random.default_rng(number))
    assert isinstance(block.data[0], Lent) == (place == "cpu")
    assert sorted(block.index[:53]) == list(range(53))
    assert block.rows == 53
