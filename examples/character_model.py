"""A GRU learns Shakespeare's spelling letter by letter and writes on.

Run: python examples/character_model.py [--small]
"""

import numpy as np
from real_data import SMALL, shakespeare

import hornbeam as keras
from hornbeam.layers import GRU, Dense, Embedding

keras.utils.set_random_seed(1)
text = shakespeare()[: 20_000 if SMALL else None]
letters = sorted(set(text))
number = {letter: place for place, letter in enumerate(letters)}
coded = np.array([number[letter] for letter in text], "int32")

length = 100
rows = (len(coded) - 1) // length
x = coded[: rows * length].reshape(rows, length)
y = coded[1 : rows * length + 1].reshape(rows, length)  # at each place the letter that follows

model = keras.Sequential(
    [keras.Input((None,)), Embedding(len(letters), 64), GRU(256, return_sequences=True), Dense(len(letters))]
)
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
model.fit(x, y, batch_size=64, epochs=1 if SMALL else 20, validation_split=0.05)

rng = np.random.default_rng(0)
written = "ROMEO:"
for _ in range(20 if SMALL else 300):
    context = np.array([[number[letter] for letter in written[-length:].rjust(length)]])
    logits = model.predict_on_batch(context)[0, -1].astype("float64") / 0.7  # below 1: the surer letters more often
    chances = np.exp(logits - logits.max())
    written += letters[rng.choice(len(letters), p=chances / chances.sum())]
print(written)
