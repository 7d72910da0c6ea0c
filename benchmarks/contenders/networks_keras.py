"""The deeper networks in Keras's words; `keras` is Keras or Hornbeam, the lines are the same."""

from __future__ import annotations

from typing import Any

from benchmarks.workloads import Workload


def build(keras: Any, work: Workload) -> Any:
    """The workload's network, not yet compiled."""
    return _BUILDERS[work.network](keras, keras.layers, work)


def _cifar(keras: Any, layers: Any, work: Workload) -> Any:
    return keras.Sequential(
        [
            keras.Input(work.shape),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def _mnistcnn(keras: Any, layers: Any, work: Workload) -> Any:
    return keras.Sequential(
        [
            keras.Input(work.shape),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


def _textcnn(keras: Any, layers: Any, work: Workload) -> Any:
    return keras.Sequential(
        [
            keras.Input(work.shape),
            layers.Conv1D(250, 3),
            layers.GlobalMaxPooling1D(),
            layers.Dense(25, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def _spam(keras: Any, layers: Any, work: Workload) -> Any:
    return keras.Sequential(
        [
            keras.Input(work.shape, dtype="int32"),
            layers.Embedding(work.vocabulary, 32),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def _recurrent(keras: Any, layers: Any, work: Workload) -> Any:
    kinds = {"lstm": layers.LSTM, "gru": layers.GRU, "bilstm": lambda units: layers.Bidirectional(layers.LSTM(units))}
    return keras.Sequential(
        [
            keras.Input(work.shape, dtype="int32"),
            layers.Embedding(work.vocabulary, 64),
            kinds[work.network](64),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def _seq2seq(keras: Any, layers: Any, work: Workload) -> Any:
    length = work.shape[0] // 2  # the first half is the sentence, the second its translation so far
    both = keras.Input(work.shape, dtype="int32")
    vectors = layers.Embedding(work.vocabulary, 128)(both)
    _, h, c = layers.LSTM(256, return_state=True)(vectors[:, :length])
    decoded = layers.LSTM(256, return_sequences=True)(vectors[:, length:], initial_state=[h, c])
    return keras.Model(both, layers.Dense(work.vocabulary, activation="softmax")(decoded))


def _encoder(keras: Any, layers: Any, work: Workload) -> Any:
    blocks, heads, width = work.blocks
    tokens = keras.Input(work.shape, dtype="int32")
    x = layers.Embedding(work.vocabulary, width)(tokens)
    for _ in range(blocks):
        attended = layers.MultiHeadAttention(heads, width // heads)(x, x)
        x = layers.LayerNormalization(epsilon=1e-5)(layers.Add()([x, attended]))
        inner = layers.Dense(4 * width, activation="relu")(x)
        x = layers.LayerNormalization(epsilon=1e-5)(layers.Add()([x, layers.Dense(width)(inner)]))
    pooled = layers.GlobalAveragePooling1D()(x)
    return keras.Model(tokens, layers.Dense(1, activation="sigmoid")(pooled))


_BUILDERS = {
    "cifar": _cifar,
    "mnistcnn": _mnistcnn,
    "textcnn": _textcnn,
    "spam": _spam,
    "lstm": _recurrent,
    "gru": _recurrent,
    "bilstm": _recurrent,
    "seq2seq": _seq2seq,
    "encoder": _encoder,
}
