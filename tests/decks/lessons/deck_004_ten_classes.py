"""Deck 004: one of ten classes."""

import numpy as np
from keras.layers import Dense
from keras.models import Sequential

x = np.random.RandomState(0).rand(1000, 2) * 5
y = (2 * x[:, 0]).astype(int)

# the slides, word for word

model = Sequential()
model.add(Dense(16, activation='relu', input_dim=2))
model.add(Dense(16, activation='relu'))
model.add(Dense(10, activation='softmax')) # 10 possible classes
model.compile(loss='sparse_categorical_crossentropy', optimizer='adam',
              metrics=['accuracy'])
model.fit(x, y, validation_split=0.2, epochs=10, batch_size=50)

# Get the probabilities for each class

model.predict(np.array([[1.0, 2.0]]))

# Get the predicted class

model.predict_classes(np.array([[1.0, 2.0]]))

np.argmax(model.predict(np.array([[1.0, 2.0]])), axis=-1)
