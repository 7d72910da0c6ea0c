"""Deck 004: words, their numbers, and a filter for spam."""

import numpy as np
from keras.layers import Dense, Embedding, Flatten
from keras.models import Sequential
from keras.preprocessing.sequence import pad_sequences
from keras.preprocessing.text import Tokenizer

x = np.random.RandomState(0).randint(1, 10000, (100, 500))
y = x[:, 0] % 2

# the slides, word for word

lines = ['Quick brown fox', # Stop words removed  
        'Jumps over lazy lazy brown dog']

tokenizer = Tokenizer()  
tokenizer.fit_on_texts(lines)  
vectors = tokenizer.texts_to_matrix(lines)

lines = ['Quick brown fox', # Stop words removed  
        'Jumps over lazy lazy brown dog']

tokenizer = Tokenizer()  
tokenizer.fit_on_texts(lines)  
sequences = tokenizer.texts_to_sequences(lines)  
padded_sequences = pad_sequences(sequences, 5)

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
