"""A small BERT learns English from film reviews by guessing hidden words, then fills in the Gettysburg address.

Run: python examples/masked_language_model.py [--small]
"""

import re

import numpy as np
from real_data import SMALL, imdb

import hornbeam as keras
from hornbeam.preprocessing.sequence import pad_sequences
from hornbeam.preprocessing.text import Tokenizer

nlp = keras.nlp.layers
keras.utils.set_random_seed(1)
(texts, _), _ = imdb(per_class=100 if SMALL else None)
length, width, layers = (32, 32, 1) if SMALL else (64, 128, 2)

tokenizer = Tokenizer(num_words=8_000, oov_token="[unk]")
tokenizer.fit_on_texts(texts)
vocabulary = 8_001
hidden = 8_000  # the number that stands for a hidden word

sequences = tokenizer.texts_to_sequences(texts)
pieces = [piece[start : start + length] for piece in sequences for start in range(0, len(piece), length)]
x = pad_sequences([piece for piece in pieces if len(piece) > length // 2], maxlen=length, padding="post")
x = x[np.random.default_rng(0).permutation(len(x))[: 40_000 if not SMALL else None]]


class Masked(keras.utils.PyDataset):
    """Batches in which 15 % of the words are hidden, others in every epoch; only those count in the loss."""

    def __init__(self, x, size=64, seed=0):
        super().__init__()
        self.x, self.size, self.rng = x, size, np.random.default_rng(seed)

    def __len__(self):
        return len(self.x) // self.size

    def __getitem__(self, index):
        words = self.x[index * self.size : (index + 1) * self.size]
        chosen = (self.rng.random(words.shape) < 0.15) & (words > 1)
        return np.where(chosen, hidden, words), words, chosen.astype("float32")


tokens = keras.Input((None,), dtype="int32")
state = nlp.TokenAndPositionEmbedding(vocabulary, length, width, mask_zero=True)(tokens)
for _ in range(layers):
    state = nlp.TransformerEncoder(intermediate_dim=4 * width, num_heads=4, dropout=0.1)(state)
model = keras.Model(tokens, keras.layers.Dense(vocabulary)(state))
model.compile(
    keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    weighted_metrics=["accuracy"],
)  # fmt: skip
held = len(x) // 20
history = model.fit(Masked(x[held:]), epochs=1 if SMALL else 5, validation_data=Masked(x[:held], 32 if SMALL else 64))
print(f"{history.history['val_accuracy'][-1]:.1%} of the hidden words of unseen reviews are guessed")

speech = (
    "? and seven years ? our fathers ? forth on this continent a new ? conceived in liberty and dedicated ? the "
    "proposition ? all men are created equal"
)
coded = [hidden if word == "?" else tokenizer.word_index.get(word, 1) for word in re.findall(r"\w+|\?", speech)]
coded = [number if number <= hidden else 1 for number in coded]
chances = keras.ops.softmax(model.predict(np.array([coded]), verbose=0)[0], axis=-1)
for place, word in enumerate(speech.split()):
    if word == "?":
        best = np.argsort(-np.asarray(chances[place]))[:3]
        context = " ".join(speech.split()[max(0, place - 2) : place + 3])
        print(
            f"  {context:40}",
            ", ".join(f"{tokenizer.index_word.get(int(n), '…')} ({chances[place][n]:.1%})" for n in best),
        )
