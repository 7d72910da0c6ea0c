"""One convolutional network for handwritten digits and for pieces of clothing.

Run: python examples/mnist_cnn.py [--small]
Fashion-MNIST is read from the folder that HORNBEAM_DATA names, or fetched once.
"""

import numpy as np
from real_data import SMALL

import hornbeam as keras
from hornbeam.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D

keras.utils.set_random_seed(1)
for data in (keras.datasets.mnist, keras.datasets.fashion_mnist):
    (x, y), (x_test, y_test) = data.load_data()
    if SMALL:
        x, y, x_test, y_test = x[:512], y[:512], x_test[:256], y_test[:256]
    x, x_test = (np.float32(images)[..., None] / 255 for images in (x, x_test))
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            Conv2D(32, 3, activation="relu"),
            MaxPooling2D(),
            Conv2D(64, 3, activation="relu"),
            MaxPooling2D(),
            Flatten(),
            Dense(128, activation="relu"),
            Dropout(0.5),
            Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, batch_size=128, epochs=1 if SMALL else 12, validation_split=0.1)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"{data.__name__.rpartition('.')[2]}: {accuracy:.2%} of {len(y_test):,} test images are told right\n")
