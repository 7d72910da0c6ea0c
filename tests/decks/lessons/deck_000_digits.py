"""Deck 000: handwritten digits and a softmax layer."""

import matplotlib.pyplot as plt
import numpy as np
from tensorflow import keras

# the slides, word for word

(train_X, train_Y), (test_X, test_Y) = keras.datasets.mnist.load_data()

print('Train, X:%s, Y:%s' % (train_X.shape, train_Y.shape))
print('Test, X:%s, Y:%s' % (test_X.shape, test_Y.shape))

## Train, X:(60000, 28, 28), Y:(60000,)
## Test, X:(10000, 28, 28), Y:(10000,)

images = np.random.randint(0, train_X.shape[0], size=25)
for i in range(0, 25):
    # define subplot
    image = images[i]
    plt.subplot(5, 5, i+1)
    # plot raw pixel data
    plt.imshow(train_X[image], cmap=plt.get_cmap('gray'))
    plt.title(train_Y[image])
plt.tight_layout()

# Scale data
train_X = train_X.astype("float32") / 255
test_X = test_X.astype("float32") / 255

# convert to vectors
rows = train_X.shape[0]
dim1 = train_X.shape[1]
dim2 = train_X.shape[2]
train_X = train_X.reshape((rows, dim1 * dim2))
rows = test_X.shape[0]
test_X = test_X.reshape((rows, dim1 * dim2))
print('Train, X:%s, Y:%s' % (train_X.shape, train_Y.shape))
print('Test, X:%s, Y:%s' % (test_X.shape, test_Y.shape))

train_Y = keras.utils.to_categorical(train_Y, 10)
test_Y = keras.utils.to_categorical(test_Y, 10)

print('Train, X:%s, Y:%s' % (train_X.shape, train_Y.shape))
print('Test, X:%s, Y:%s' % (test_X.shape, test_Y.shape))

## Train, X:(60000, 784), Y:(60000, 10)
## Test, X:(10000, 784), Y:(10000, 10)

model_dense = keras.models.Sequential()
model_dense.add(keras.layers.Dense(10, activation="softmax", input_shape=(784,)))
model_dense.summary()

batch_size = 128
epochs = 10

model_dense.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
history = model_dense.fit(train_X, train_Y, batch_size=batch_size, epochs=epochs, validation_split=0.1)

score = model_dense.evaluate(test_X, test_Y, verbose=0)
print("Test loss:", score[0])
print("Test accuracy:", score[1])

## Test loss: 0.26733914017677307
## Test accuracy: 0.9259999990463257

correct = np.where(np.argmax(model_dense.predict(test_X), axis=-1) == np.argmax(test_Y, axis=-1))[0]
incorrect = np.where(np.argmax(model_dense.predict(test_X), axis=-1) != np.argmax(test_Y, axis=-1))[0]
