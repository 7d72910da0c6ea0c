"""A spam filter: word vectors, flattened, two dense layers (deck 'Deep Learning').

Run: python examples/spam_filter.py [--small]
"""

import numpy as np
from real_data import SMALL, spam

import hornbeam as keras
from hornbeam.layers import Dense, Embedding, Flatten
from hornbeam.preprocessing.sequence import pad_sequences
from hornbeam.preprocessing.text import Tokenizer

keras.utils.set_random_seed(1)
texts, labels = spam()
order = np.random.default_rng(0).permutation(len(texts))
texts, labels = [texts[row] for row in order], labels[order]

tokenizer = Tokenizer(num_words=10_000)
tokenizer.fit_on_texts(texts)
x = pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=500)

model = keras.Sequential()
model.add(Embedding(10_000, 32, input_length=500))
model.add(Flatten())
model.add(Dense(128, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
history = model.fit(x, labels, validation_split=0.2, epochs=1 if SMALL else 5, batch_size=20)
print(f"{history.history['val_accuracy'][-1]:.1%} of the mails held out are told right")

for mail in ("Can you attend a code review on Tuesday?", "Why pay more for expensive meds when you can order online?"):
    sequence = pad_sequences(tokenizer.texts_to_sequences([mail]), maxlen=500)
    print(f"  spam with {model.predict(sequence, verbose=0)[0, 0]:.1%}: {mail}")
