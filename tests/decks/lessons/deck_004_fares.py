"""Deck 004: regression on taxi fares."""

import matplotlib.pyplot as plt
import numpy as np

rng = np.random.RandomState(0)
x = rng.gamma(2.0, 1.5, (1000, 2))
y = 2.5 + 2.2 * x[:, 0]
x_train, y_train, x_test, y_test = x[:800], y[:800], x[800:], y[800:]

# the slides, word for word

from keras.layers import Dense
from keras.models import Sequential

model = Sequential()
model.add(Dense(16, activation='relu', input_dim=2)) # Each input contains 2 values
model.add(Dense(16, activation='relu'))
model.add(Dense(1)) # Single numeric output
model.compile(loss='mae', optimizer='adam', metrics=['mae'])

model.fit(x, y, epochs=10, batch_size=50)

model.fit(x, y, validation_split=0.2, epochs=10, batch_size=50)

model.fit(x_train, y_train, validation_data=(x_test, y_test), epochs=10, batch_size=50)

scores = model.evaluate(x_test, y_test, verbose=0)

# Determine the right number of epochs and check for overfitting

hist = model.fit(x, y, validation_split=0.2, epochs=100, batch_size=50)

err = hist.history['mae']

val_err = hist.history['val_mae']

epochs = range(1, len(err) + 1)

plt.plot(epochs, err, '-', label='Training MAE')

plt.plot(epochs, val_err, ':', label='Validation MAE')

plt.title('Training and Validation Accuracy')

plt.xlabel('Epoch')

plt.ylabel('Mean Absolute Error')

plt.legend(loc='upper right')

plt.plot()

# Assumes network expects two input values  
model.predict(np.array([[1.0, 2.0]]))
