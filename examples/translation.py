"""English to French, once with an LSTM encoder-decoder and once with a transformer (deck 'Deep Learning').

Both translate sentences that they have not seen, word by word; for one of them the most probable next words are shown.
Run: python examples/translation.py [lstm|transformer] [--small]
"""

import re
import sys

import numpy as np
from real_data import SMALL, translations

import hornbeam as keras
from hornbeam.layers import LSTM, Dense, Dropout, Embedding
from hornbeam.preprocessing.sequence import pad_sequences
from hornbeam.preprocessing.text import Tokenizer

keras.utils.set_random_seed(1)
pairs = translations(600 if SMALL else 20_000)
order = np.random.default_rng(0).permutation(len(pairs))
english = [re.sub(r"([?.!,’'])", r" \1 ", pairs[row][0].lower()) for row in order]
french = ["[start] " + re.sub(r"([?.!,’'-])", r" \1 ", pairs[row][1].lower()) + " [end]" for row in order]
cut = int(0.95 * len(pairs))

source, target = Tokenizer(filters=""), Tokenizer(filters="")
source.fit_on_texts(english[:cut])
target.fit_on_texts(french[:cut])
words, mots = len(source.word_index) + 1, len(target.word_index) + 1
x = pad_sequences(source.texts_to_sequences(english), padding="post")
y = pad_sequences(target.texts_to_sequences(french), padding="post")
into, out = y[:, :-1], y[:, 1:]  # the decoder is given the words so far and asked for the next
longest = y.shape[1]


def lstm():
    """The encoder's last states are the decoder's first."""
    sentence, so_far = keras.Input((None,), dtype="int32"), keras.Input((None,), dtype="int32")
    _, h, c = LSTM(256, return_state=True)(Embedding(words, 128, mask_zero=True)(sentence))
    decoded = LSTM(256, return_sequences=True)(Embedding(mots, 128, mask_zero=True)(so_far), initial_state=[h, c])
    return keras.Model([sentence, so_far], Dense(mots, activation="softmax")(Dropout(0.3)(decoded)))


def transformer():
    """One encoder and one decoder block, with word and position vectors."""
    vectors = keras.nlp.layers.TokenAndPositionEmbedding
    sentence, so_far = keras.Input((None,), dtype="int32"), keras.Input((None,), dtype="int32")
    encoded = vectors(words, x.shape[1], 128, mask_zero=True)(sentence)
    encoded = keras.nlp.layers.TransformerEncoder(intermediate_dim=512, num_heads=8, dropout=0.1)(encoded)
    decoded = vectors(mots, longest, 128, mask_zero=True)(so_far)
    decoded = keras.nlp.layers.TransformerDecoder(intermediate_dim=512, num_heads=8, dropout=0.1)(decoded, encoded)
    return keras.Model([sentence, so_far], Dense(mots, activation="softmax")(Dropout(0.3)(decoded)))


def translate(model, sentence, show=False):
    """The most probable word after each, until the model says [end]; ``show`` prints the five best at each step."""
    coded = pad_sequences(source.texts_to_sequences([sentence]), maxlen=x.shape[1], padding="post")
    so_far = np.zeros((1, longest - 1), "int32")
    so_far[0, 0] = target.word_index["[start]"]
    said = []
    for place in range(longest - 2):
        chances = model.predict_on_batch([coded, so_far])[0, place]
        best = np.argsort(-chances)[:5]
        if show:
            print("   ", " ".join(said) or "[start]", "→", ", ".join(
                f"{target.index_word.get(word, '?')} ({chances[word]:.2%})" for word in best))  # fmt: skip
        word = target.index_word.get(int(best[0]), "?")
        if word == "[end]":
            break
        said.append(word)
        so_far[0, place + 1] = best[0]
    return " ".join(said)


kinds = [word for word in sys.argv[1:] if word in ("lstm", "transformer")] or ["lstm", "transformer"]
for kind in kinds:
    model = {"lstm": lstm, "transformer": transformer}[kind]()
    model.compile("adam", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    epochs = 1 if SMALL else {"lstm": 15, "transformer": 12}[kind]
    told = (out != 0).astype("float32")  # padding counts neither in the loss nor in the accuracy
    model.fit([x[:cut], into[:cut]], out[:cut], sample_weight=told[:cut], batch_size=64, epochs=epochs)
    figures = model.evaluate([x[cut:], into[cut:]], out[cut:], sample_weight=told[cut:], verbose=0, return_dict=True)
    print(f"{kind}: {figures['accuracy']:.1%} of the next words in {len(x) - cut:,} unseen pairs are right")
    for row in range(cut, cut + 8):
        print(f"  {english[row]} → {translate(model, english[row])}   (given: {french[row][8:-6]})")
    print("  step by step:")
    translate(model, english[cut], show=True)
