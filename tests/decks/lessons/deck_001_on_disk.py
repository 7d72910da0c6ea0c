"""Deck 001: training from a file on disk, with the memory that it takes."""

import tracemalloc

import jax
import numpy as np
from keras.callbacks import Callback, EarlyStopping
from keras.layers import Dense
from keras.models import Sequential

table = np.random.RandomState(0).randint(0, 2, (32567, 472)).astype("uint8")
table.tofile("X.pkl")
Y = (table[:, 0] | table[:, 1]).astype("float32")
model = Sequential([Dense(1, activation="sigmoid", input_dim=472)])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
callbacks_list = [EarlyStopping(monitor="val_acc", min_delta=0.0001, patience=5, verbose=1, mode="auto")]


class Watch(Callback):
    """Megabytes that Python's arrays took at most, and what the engine's hold after each epoch."""

    held = []

    def on_train_begin(self, logs=None):
        tracemalloc.start()

    def on_epoch_end(self, epoch, logs=None):
        self.held.append(sum(array.nbytes for array in jax.live_arrays()) / 2**20)

    def on_train_end(self, logs=None):
        Watch.peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()


del table
callbacks_list.append(Watch())

# the slides, word for word

from numpy import memmap
X_mm = memmap('X.pkl', shape=(32567, 472))

model.fit(X_mm, Y, batch_size=128,
           epochs=100,
           callbacks=callbacks_list,
           validation_split=0.2)
