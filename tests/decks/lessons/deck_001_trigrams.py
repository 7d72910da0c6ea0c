"""Deck 001: a convolution over words learns a phrase that tells good reviews from bad; what its first filter looks for."""

import numpy as np
from keras.layers import Dense
from keras.models import Sequential

id2word = {number: f"word{number}" for number in range(100)}
# reviews of 69 words, each word one of 100; "word7 word8 word9" makes them good, the same words apart do not
rng = np.random.RandomState(0)
words = rng.randint(0, 100, (600, 69))
Y = np.arange(600) % 2
for row, good in zip(words, Y):
    place = rng.randint(0, 20)
    row[[place, place + 1, place + 2] if good else [place, place + 25, place + 45]] = [7, 8, 9]
X = np.eye(100, dtype="float32")[words]

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

# its training, of which the slides tell

model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])
model.fit(X, Y, epochs=8, batch_size=50, validation_split=0.2, verbose=0)
scores = [model.evaluate(X[480:], Y[480:], verbose=0)[1]]

# the slides, word for word

# weights on first trigram filter
first_filter = model.get_weights()[0][:,:,0]
first_filter.shape

# highest activating trigram
trigram = np.argmax(np.abs(first_filter), axis=1)
' '.join([id2word[i] for i in trigram])
