"""Deck 001: training from a file on disk."""

import numpy as np
from keras.callbacks import EarlyStopping
from keras.layers import Dense
from keras.models import Sequential

table = np.random.RandomState(0).randint(0, 2, (32567, 472)).astype("uint8")
table.tofile("X.pkl")
Y = (table[:, 0] | table[:, 1]).astype("float32")
model = Sequential([Dense(1, activation="sigmoid", input_dim=472)])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
callbacks_list = [EarlyStopping(monitor="val_acc", min_delta=0.0001, patience=5, verbose=1, mode="auto")]

# the slides, word for word

from numpy import memmap
X_mm = memmap('X.pkl', shape=(32567, 472))

model.fit(X_mm, Y, batch_size=128,
           epochs=100,
           callbacks=callbacks_list,
           validation_split=0.2)
