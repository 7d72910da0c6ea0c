"""Two networks learn to read handwritten digits; their accuracy is printed and drawn in mnist.png.

The networks are those of two course decks: a single softmax layer, and two hidden layers with dropout.
Run: python examples/mnist.py
"""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import hornbeam as keras
from hornbeam.layers import Dense, Dropout

keras.utils.set_random_seed(420)

(train_x, train_y), (test_x, test_y) = keras.datasets.mnist.load_data()
images = test_x
train_x = train_x.reshape(-1, 784).astype("float32") / 255
test_x = test_x.reshape(-1, 784).astype("float32") / 255

softmax = keras.Sequential([Dense(10, activation="softmax", input_shape=(784,))], name="softmax")
softmax.summary()
softmax.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
softmax_history = softmax.fit(
    train_x, keras.utils.to_categorical(train_y, 10), batch_size=128, epochs=10, validation_split=0.1
)
score = softmax.evaluate(test_x, keras.utils.to_categorical(test_y, 10), verbose=0)
print(f"softmax: test loss {score[0]:.4f}, test accuracy {score[1]:.4f}, {softmax.count_params():,} parameters\n")

network = keras.Sequential(
    [
        Dense(256, activation="relu", input_shape=(784,)),
        Dropout(0.4),
        Dense(128, activation="relu"),
        Dropout(0.3),
        Dense(10, activation="softmax"),
    ],
    name="network",
)
network.summary()
network.compile(loss="sparse_categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
network_history = network.fit(train_x, train_y, batch_size=128, epochs=30, validation_split=0.2)
score = network.evaluate(test_x, test_y, verbose=0)
print(f"network: test loss {score[0]:.4f}, test accuracy {score[1]:.4f}, {network.count_params():,} parameters")

answers = network.predict(test_x, verbose=0)
guesses = answers.argmax(axis=-1)
right, wrong = np.flatnonzero(guesses == test_y), np.flatnonzero(guesses != test_y)

figure = plt.figure(figsize=(12, 8), layout="constrained")
upper, lower = figure.subfigures(2, 1, height_ratios=[1.35, 1])
grid, curves = upper.subfigures(1, 2, width_ratios=[1, 2])


def draw_digits(area, chosen, title, columns, labels):
    """A grid of test digits with a label above each."""
    area.suptitle(title)
    axes = area.subplots(-(-len(chosen) // columns), columns)
    for axis, index in zip(axes.flat, chosen, strict=True):
        axis.imshow(images[index], cmap="gray_r")
        axis.set_title(labels(index), fontsize=8, pad=2)
        axis.axis("off")


draw_digits(grid, range(25), "Test digits", 5, lambda i: str(test_y[i]))

axes = curves.subplots(1, 2)
curves.suptitle("Learning curves")
for axis, name in zip(axes, ("loss", "accuracy"), strict=True):
    for label, history, color in (("softmax", softmax_history, "C0"), ("network", network_history, "C1")):
        epochs = range(1, len(history.epoch) + 1)
        axis.plot(epochs, history.history[name], color=color, label=f"{label}, training")
        axis.plot(epochs, history.history[f"val_{name}"], "--", color=color, label=f"{label}, validation")
    axis.set_xlabel("epoch")
    axis.set_ylabel(name)
    axis.grid(alpha=0.3)
axes[0].legend(fontsize=8)

left, rest = lower.subfigures(1, 2)
chosen = np.random.default_rng(1).choice(right, 24, replace=False)
draw_digits(
    left, chosen, f"Right: {len(right):,} of {len(test_y):,}", 8, lambda i: f"{guesses[i]} ({answers[i].max():.0%})"
)
sure = wrong[np.argsort(-answers[wrong].max(axis=-1))][:24]
draw_digits(rest, sure, f"Wrong: the surest of {len(wrong)}", 8, lambda i: f"{guesses[i]}, is {test_y[i]}")

figure.savefig("mnist.png", dpi=110)
print("\nmnist.png shows digits, learning curves, and what the network gets right and wrong.")
