"""Data on disk are read in blocks: the memory that training takes does not grow with the file."""

import json
import subprocess
import sys

import pytest

WORKER = """
import json, sys, threading, time
import numpy as np
import hornbeam as keras

kind, folder, shuffle = json.loads(sys.argv[1])
rows, columns = 300_000, 500  # 600 MB as float32
if kind == "memmap":
    x = np.memmap(folder + "/x", "float32", "w+", shape=(rows, columns))
else:
    import h5py
    file = h5py.File(folder + "/x.h5", "w")
    x = file.create_dataset("x", (rows, columns), "float32", chunks=(1000, columns))
y = np.zeros(rows, "float32")

def taken():  # pages of one's own; those of the mapped file belong to the system, which takes them back at need
    for line in open("/proc/self/status"):
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1024

peak = [0.0]
def watch():
    while True:
        peak[0] = max(peak[0], taken())
        time.sleep(0.002)

model = keras.Sequential([keras.Input((columns,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.zeros((2048, columns), "float32"), y[:2048], batch_size=1024, verbose=0)
before = taken()
threading.Thread(target=watch, daemon=True).start()
model.fit(x, y, batch_size=1024, shuffle=shuffle, validation_split=0.1, verbose=0)
model.evaluate(x, y, batch_size=1024, verbose=0)
print(model.predict(x, batch_size=1024, verbose=0).shape[0], peak[0] - before)
"""


@pytest.mark.parametrize(("kind", "shuffle"), [("memmap", True), ("hdf5", False)])
def test_a_file_larger_than_the_memory_allowed_is_trained_on(kind, shuffle, tmp_path):
    arguments = json.dumps([kind, str(tmp_path), shuffle])
    out = subprocess.run([sys.executable, "-c", WORKER, arguments], capture_output=True, text=True, check=True).stdout
    rows, megabytes = out.split()
    assert int(rows) == 300_000
    assert 16 < float(megabytes) < 250  # of 600; below one block the watch saw nothing
