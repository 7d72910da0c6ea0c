"""Deck 001: a convolution over words, and what its first filter looks for."""

import numpy as np
from keras.layers import Dense
from keras.models import Sequential

id2word = {number: f"word{number}" for number in range(100)}

# the slides, word for word

from keras.layers import Conv1D, GlobalMaxPooling1D
model = Sequential()
model.add(Conv1D(input_shape=(69,100),
                 filters=250,
                 kernel_size=3)) # trigrams
model.add(GlobalMaxPooling1D())
model.add(Dense(25, activation='relu'))
model.add(Dense(1, activation='sigmoid'))
model.summary()

# weights on first trigram filter
first_filter = model.get_weights()[0][:,:,0]
first_filter.shape

# highest activating trigram
trigram = np.argmax(np.abs(first_filter), axis=1)
' '.join([id2word[i] for i in trigram])
