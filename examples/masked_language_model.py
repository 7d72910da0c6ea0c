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
length, width, layers, epochs = (32, 32, 1, 1) if SMALL else (64, 128, 2, 8)

tokenizer = Tokenizer(num_words=8_000, oov_token="[unk]")
tokenizer.fit_on_texts(texts)
vocabulary = 8_001
hidden = 8_000  # the number that stands for a hidden word

sequences = tokenizer.texts_to_sequences(texts)
pieces = [piece[start : start + length] for piece in sequences for start in range(0, len(piece), length)]
x = pad_sequences([piece for piece in pieces if len(piece) > length // 2], maxlen=length, padding="post")
x = x[np.random.default_rng(0).permutation(len(x))]

hide = nlp.MaskedLMMaskGenerator(
    vocabulary,
    mask_selection_rate=0.15,
    mask_token_id=hidden,
    mask_selection_length=length // 6,
    unselectable_token_ids=[0, 1],
    seed=0,
)


class Masked(keras.utils.PyDataset):
    """Batches in which 15 % of the words are hidden, others in every epoch, and only those are to be guessed."""

    def __init__(self, x, size):
        super().__init__()
        self.x, self.size = x, size

    def __len__(self):
        return len(self.x) // self.size

    def __getitem__(self, index):
        batch = hide(self.x[index * self.size : (index + 1) * self.size])
        return (batch["token_ids"], batch["mask_positions"]), batch["mask_ids"], batch["mask_weights"]


tokens = keras.Input((None,), dtype="int32", name="tokens")
places = keras.Input((None,), dtype="int32", name="places")
embedding = nlp.TokenAndPositionEmbedding(vocabulary, length, width, mask_zero=True)
state = embedding(tokens)
for _ in range(layers):
    state = nlp.TransformerEncoder(intermediate_dim=4 * width, num_heads=4, dropout=0.1)(state)
scores = nlp.MaskedLMHead(token_embedding=embedding.token_embedding)(state, places)
model = keras.Model([tokens, places], scores)

held, size = len(x) // 20, 32 if SMALL else 64
train, held_out = Masked(x[held:], size), Masked(x[:held], size)
steps = epochs * len(train)
# without the slow beginning it would learn how frequent each word is, and no more
rate = keras.optimizers.schedules.CosineDecay(
    0.0, decay_steps=steps - steps // 20, warmup_target=1e-3, warmup_steps=steps // 20
)
model.compile(
    keras.optimizers.AdamW(rate, weight_decay=0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    weighted_metrics=["accuracy"],
)  # fmt: skip
history = model.fit(train, epochs=epochs, validation_data=held_out, verbose=2)
print(f"{history.history['val_accuracy'][-1]:.1%} of the hidden words of unseen reviews are guessed")

speech = (
    "? and seven years ? our fathers ? forth on this continent a new ? conceived in liberty and dedicated ? the "
    "proposition ? all men are created equal"
)
words = re.findall(r"\w+|\?", speech)
known = {word: number for word, number in tokenizer.word_index.items() if number < hidden}
coded = [hidden if word == "?" else known.get(word, 1) for word in words]
gaps = np.flatnonzero(np.array(coded) == hidden)
chances = keras.ops.softmax(model.predict([np.array([coded]), gaps[None]], verbose=0)[0])
for gap, chance in zip(gaps, np.asarray(chances), strict=True):
    context = " ".join(words[max(0, gap - 2) : gap + 3])
    best = np.argsort(-chance)[:3]
    print(f"  {context:40}", ", ".join(f"{tokenizer.index_word.get(int(n), '…')} ({chance[n]:.1%})" for n in best))
