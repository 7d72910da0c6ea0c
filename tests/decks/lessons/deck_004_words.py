"""Deck 004: words and their numbers."""

from keras.preprocessing.sequence import pad_sequences
from keras.preprocessing.text import Tokenizer

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
