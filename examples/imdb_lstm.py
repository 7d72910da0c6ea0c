"""A bidirectional LSTM reads 50,000 film reviews.

Run: python examples/imdb_lstm.py [--small]
"""

import numpy as np
from real_data import SMALL, imdb

import hornbeam as keras
from hornbeam.layers import LSTM, Bidirectional, Dense, Dropout, Embedding, GlobalMaxPooling1D
from hornbeam.preprocessing.sequence import pad_sequences
from hornbeam.preprocessing.text import Tokenizer

keras.utils.set_random_seed(1)
(texts, y), (texts_test, y_test) = imdb(per_class=150 if SMALL else None)
length = 40 if SMALL else 200

tokenizer = Tokenizer(num_words=20_000)
tokenizer.fit_on_texts(texts)
x, x_test = (pad_sequences(tokenizer.texts_to_sequences(part), maxlen=length) for part in (texts, texts_test))
order = np.random.default_rng(0).permutation(len(x))
x, y = x[order], y[order]

model = keras.Sequential(
    [
        keras.Input((length,)),
        Embedding(20_000, 64),
        Bidirectional(LSTM(32, return_sequences=True)),
        GlobalMaxPooling1D(),
        Dropout(0.4),
        Dense(1, activation="sigmoid"),
    ]
)
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping(monitor="val_accuracy", patience=1, restore_best_weights=True)
model.fit(x, y, batch_size=64, epochs=1 if SMALL else 4, validation_split=0.1, callbacks=[stop])
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"{accuracy:.1%} of {len(y_test):,} test reviews are told right")
