"""Deck 004, demo "NMT with LSTM encoder-decoders": the slide's picture in Keras of its time."""

import numpy as np
from keras.layers import LSTM, Dense, Embedding, Input, RepeatVector
from keras.models import Sequential
from keras.optimizers import Adam
from keras.preprocessing.sequence import pad_sequences
from keras.preprocessing.text import Tokenizer

people = {'i': 'je', 'you': 'tu', 'we': 'nous', 'they': 'ils'}
deeds = {'sing': 'chante', 'sleep': 'dors', 'read': 'lis', 'laugh': 'ris', 'talk': 'parle'}
times = {'today': 'maintenant', 'here': 'ici', 'often': 'souvent', 'alone': 'seul'}
pairs = [(f'{a} {b} {c}', f'{people[a]} {deeds[b]} {times[c]}') for a in people for b in deeds for c in times]
order = np.random.RandomState(1).permutation(len(pairs))
english, french = zip(*[pairs[i] for i in order])

en_tokenizer, fr_tokenizer = Tokenizer(), Tokenizer()
en_tokenizer.fit_on_texts(english)
fr_tokenizer.fit_on_texts(french)
x = pad_sequences(en_tokenizer.texts_to_sequences(english), maxlen=4, padding='post')
y = pad_sequences(fr_tokenizer.texts_to_sequences(french), maxlen=4, padding='post')

# word vectors, an LSTM encoder, an LSTM decoder, a softmax over the words at each position
model = Sequential()
model.add(Embedding(len(en_tokenizer.word_index) + 1, 32, input_length=4, mask_zero=True))
model.add(LSTM(64))
model.add(RepeatVector(4))
model.add(LSTM(64, return_sequences=True))
model.add(Dense(len(fr_tokenizer.word_index) + 1, activation='softmax'))
model.compile(loss='sparse_categorical_crossentropy', optimizer=Adam(lr=0.005))
hist = model.fit(x[:-16], y[:-16], epochs=60, batch_size=8, verbose=0)


def translate(text):
    sequence = pad_sequences(en_tokenizer.texts_to_sequences([text]), maxlen=4, padding='post')
    words = model.predict_classes(sequence)[0]
    return ' '.join(fr_tokenizer.index_word[word] for word in words if word)


unseen = [translate(text) for text in english[-16:]]
