"""A convolutional network over words tells praise from blame (deck 'Neural Nets II'), and its separable variant.

Run: python examples/text_cnn.py [--small]
"""

import numpy as np
from real_data import SMALL, film_sentences

import hornbeam as keras
from hornbeam.layers import Conv1D, Dense, Dropout, Embedding, GlobalMaxPooling1D, SeparableConv1D
from hornbeam.preprocessing.sequence import pad_sequences
from hornbeam.preprocessing.text import Tokenizer

keras.utils.set_random_seed(1)
texts, labels = film_sentences()
order = np.random.default_rng(0).permutation(len(texts))[: 600 if SMALL else None]
texts, labels = [texts[row] for row in order], labels[order]
cut = int(0.9 * len(texts))

tokenizer = Tokenizer(num_words=20_000)
tokenizer.fit_on_texts(texts[:cut])
x = pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=69)


def network(convolution):
    """Trigrams of word vectors, the strongest answer of each filter, two dense layers."""
    return keras.Sequential(
        [
            keras.Input((69,)),
            Embedding(20_000, 100),
            Dropout(0.5),
            convolution(filters=250, kernel_size=3, activation="relu"),
            GlobalMaxPooling1D(),
            Dense(25, activation="relu"),
            Dropout(0.5),
            Dense(1, activation="sigmoid"),
        ]
    )


for convolution in (Conv1D, SeparableConv1D):
    model = network(convolution)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=2, restore_best_weights=True)
    model.fit(x[:cut], labels[:cut], batch_size=128, epochs=1 if SMALL else 10, validation_split=0.1, callbacks=[stop])
    loss, accuracy = model.evaluate(x[cut:], labels[cut:], verbose=0)
    print(f"{convolution.__name__}: {accuracy:.1%} of {len(labels) - cut} test sentences are told right")

# the words to which the first filter of the plain convolution answers most
model = network(Conv1D)
vectors, filters = model.layers[0].get_weights()[0], model.layers[2].get_weights()[0]  # (words, 100), (3, 100, 250)
answers = vectors[1:2000] @ filters[:, :, 0].T  # (words, position in the trigram)
print("an untrained filter likes:", " ".join(tokenizer.index_word[1 + best] for best in np.abs(answers).argmax(axis=0)))
