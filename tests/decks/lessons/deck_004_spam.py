"""Deck 004, demo "Spam filtering": the slides' steps, one after another, on letters that are made up."""

import numpy as np
from keras.layers import Dense, Embedding, Flatten
from keras.models import Sequential
from keras.preprocessing.sequence import pad_sequences
from keras.preprocessing.text import Tokenizer

rng = np.random.RandomState(0)
plain = 'can you attend a code review on tuesday the meeting is at noon please send me your notes'.split()
spam = 'win free money now click this offer cheap pills prize claim cash'.split()
y = rng.randint(0, 2, 800)
texts = [' '.join(rng.choice(plain + 3 * spam if label else plain, rng.randint(8, 13))) for label in y]

tokenizer = Tokenizer(num_words=10000)
tokenizer.fit_on_texts(texts)
x = pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=500)

# the slides, word for word

model = Sequential()  
model.add(Embedding(10000, 32, input_length=500))  
model.add(Flatten())  
model.add(Dense(128, activation='relu'))  
model.add(Dense(1, activation='sigmoid'))  
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])  
model.fit(x, y, validation_split=0.2, epochs=10, batch_size=50)

sequence = tokenizer.texts_to_sequences(['Can you attend a code review on Tuesday?'])  
padded_sequence = pad_sequences(sequence, maxlen=500)  
model.predict(padded_sequence)
