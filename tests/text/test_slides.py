"""The slides "Tokenizing Text" and "Turning Text into Sequences" of the fifth deck, figure by figure."""

import numpy as np

import hornbeam as keras
from hornbeam.preprocessing.sequence import pad_sequences
from hornbeam.preprocessing.text import Tokenizer

LINES = ["Quick brown fox", "Jumps over lazy lazy brown dog"]


def tokenizer():
    made = Tokenizer()
    made.fit_on_texts(LINES)
    return made


def test_the_vocabulary_is_the_table_of_the_slide():
    assert list(tokenizer().word_index.items()) == [
        ("brown", 1),
        ("lazy", 2),
        ("quick", 3),
        ("fox", 4),
        ("jumps", 5),
        ("over", 6),
        ("dog", 7),
    ]


def test_the_matrix_is_that_of_the_slide():
    assert tokenizer().texts_to_matrix(LINES).tolist() == [[0, 1, 0, 1, 1, 0, 0, 0], [0, 1, 1, 0, 0, 1, 1, 1]]


def test_the_sequences_and_the_padded_ones_are_those_of_the_slide():
    sequences = tokenizer().texts_to_sequences(LINES)
    assert sequences == [[3, 1, 4], [5, 6, 2, 2, 1, 7]]
    assert pad_sequences(sequences, 5).tolist() == [[0, 0, 3, 1, 4], [6, 2, 2, 1, 7]]


def test_the_spam_filter_of_the_slide_learns_and_predicts():
    spam = ["win cash now", "free cash prize now", "claim your free prize", "win a free phone"]
    ham = ["see you at noon", "code review on tuesday", "lunch at noon", "can you send the report"]
    words = Tokenizer(num_words=100)
    words.fit_on_texts(spam + ham)
    x = pad_sequences(words.texts_to_sequences(spam + ham), maxlen=6)
    y = np.repeat([1, 0], 4)
    model = keras.Sequential(
        [
            keras.layers.Embedding(100, 8, input_length=6),
            keras.layers.Flatten(),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.05), metrics=["accuracy"])
    model.fit(x, y, epochs=30, batch_size=4, verbose=0)
    new = words.texts_to_sequences(["Can you attend a code review on Tuesday?", "free cash"])
    ham_score, spam_score = model.predict(pad_sequences(new, maxlen=6), verbose=0)[:, 0]
    assert ham_score < 0.5 < spam_score
