"""Deck 004: one of two classes."""

import matplotlib.pyplot as plt
import numpy as np
from keras.layers import Dense
from keras.models import Sequential

x = np.random.RandomState(0).rand(1000, 2) * 4
y = (x[:, 0] < x[:, 1]).astype(int)

# the slides, word for word

model = Sequential()
model.add(Dense(16, activation='relu', input_dim=2))
model.add(Dense(16, activation='relu'))
model.add(Dense(1, activation='sigmoid')) # Probability from 0.0 to 1.0
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(x, y, validation_split=0.2, epochs=10, batch_size=50)

hist = model.fit(x, y, validation_split=0.2, epochs=10, batch_size=50)
acc = hist.history['accuracy']
val_acc = hist.history['val_accuracy']
epochs = range(1, len(acc) + 1)

plt.plot(epochs, acc, '-', label='Training Accuracy')
plt.plot(epochs, val_acc, ':', label='Validation Accuracy')
plt.title('Training and Validation Accuracy')
plt.xlabel('Epoch')
plt.ylabel('Accuracy')
plt.legend(loc='lower right')
plt.plot()

model.predict(np.array([[1.0, 2.0]]))

model.predict_classes(np.array([[1.0, 2.0]]))

(model.predict(np.array([[1.0, 2.0]])) > 0.5).astype('int32')
