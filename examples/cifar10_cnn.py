"""A convolutional network tells ten kinds of pictures apart (deck 'From simple to deep neural networks').

Run: python examples/cifar10_cnn.py [--small]
"""

from real_data import SMALL, cifar10

import hornbeam as keras
from hornbeam.layers import Conv2D, Dense, Flatten, MaxPooling2D

keras.utils.set_random_seed(1)
(x, y), (x_test, y_test), names = cifar10(per_class=40 if SMALL else None)

model = keras.Sequential(
    [
        keras.Input((32, 32, 3)),
        keras.layers.Rescaling(1 / 255),
        Conv2D(32, (3, 3), activation="relu"),
        MaxPooling2D((2, 2)),
        Conv2D(64, (3, 3), activation="relu"),
        MaxPooling2D((2, 2)),
        Conv2D(64, (3, 3), activation="relu"),
        Flatten(),
        Dense(64, activation="relu"),
        Dense(10, activation="softmax"),
    ]
)
model.summary()
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, batch_size=32, epochs=1 if SMALL else 10, validation_data=(x_test, y_test))
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"{accuracy:.1%} of {len(y_test):,} test pictures are told right")
for name, probability in zip(names, model.predict(x_test[:1], verbose=0)[0], strict=True):
    print(f"  {name:12} {probability:.1%}")
