"""ONNX files: ONNX Runtime, which shares no code with JAX, gives what the model predicts."""

import functools
import runpy
from pathlib import Path

import jax
import numpy as np
import onnxruntime
import pytest

import hornbeam as keras
from hornbeam import Input, Model, Sequential, layers
from hornbeam.cli import main
from hornbeam.core.errors import ArgumentError, FileError, NotBuiltError
from hornbeam.core.frame import Frame
from hornbeam.export.onnx import onnx_bytes
from hornbeam.export.onnx_file import varint

CATALOGUE = str(Path(__file__).parents[1] / "layers" / "catalogue.py")

# Chosen before looking: float32 sums in another order differ by 1e-6 of the values, which here are around 1, and the
# two libraries' exp, tanh and erf by as much; what many products gather of that stays below 1e-4.
CLOSE = {"rtol": 1e-4, "atol": 1e-4}

# Rows of layers of which a step has no nodes, and that step's primitive.
WITHOUT = {"MelSpectrogram": "fft", "FNetEncoder": "convert_element_type"}


def session(data):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def run(open_session, arrays):
    return open_session.run(None, {each.name: a for each, a in zip(open_session.get_inputs(), arrays, strict=True)})


def listed(x):
    return list(x) if isinstance(x, (list, tuple)) else [x]


def row_model(row):
    """A model of one layer, on inputs of the row's shapes."""
    below = row.below if isinstance(row.below, tuple) else (row.below,) * len(row.shapes)
    inputs = [Input(s, dtype="int32" if b else "float32") for s, b in zip(row.shapes, below, strict=True)]
    return Model(inputs, row.call(row.make(), inputs if len(inputs) > 1 else inputs[0]))


ROWS = {str(row): row for row in runpy.run_path(CATALOGUE)["ROWS"]}


@functools.cache
def models():
    """The rows' models, their data for a batch of 3, and what they give, from one program compiled in haste."""
    made = {name: row_model(row) for name, row in ROWS.items() if name not in WITHOUT}
    data = {name: listed(ROWS[name].inputs(3)) for name in made}

    def every(data):
        with Frame(training=False):
            return {name: made[name](listed(data[name]) if len(data[name]) > 1 else data[name][0]) for name in made}

    return made, data, jax.jit(every, compiler_options={"xla_backend_optimization_level": 0})(data)


@pytest.mark.parametrize("name", [name for name in ROWS if name not in WITHOUT])
def test_a_layer_gives_the_same_in_onnx_runtime(name):
    made, data, outputs = models()
    (got,) = run(session(onnx_bytes(made[name])), data[name])
    assert got.shape == outputs[name].shape
    np.testing.assert_allclose(got.astype("float64"), np.asarray(outputs[name], "float64"), **CLOSE)


@pytest.mark.parametrize("name", WITHOUT)
def test_a_step_that_onnx_lacks_is_named_with_its_layer(name):
    model = row_model(ROWS[name])
    with pytest.raises(ArgumentError, match=f"layer .*{model.layers[-1].name}.*primitive '{WITHOUT[name]}'"):
        onnx_bytes(model)


# -- whole models ----------------------------------------------------------------------------------------------------


def mlp():
    return Sequential([layers.Dense(8, "relu", input_shape=(6,)), layers.Dropout(0.5), layers.Dense(3, "softmax")])


def cnn():
    return Sequential([
        Input((12, 12, 3)), layers.Conv2D(40, 3, padding="same", use_bias=False), layers.BatchNormalization(),
        layers.Activation("relu"), layers.Conv2D(40, 3), layers.MaxPooling2D(),
        layers.AveragePooling2D(2, padding="same"), layers.Flatten(), layers.Dense(4, "softmax"),
    ])  # fmt: skip


def recurrent():
    return Sequential([
        Input((None,), dtype="int32"), layers.Embedding(9, 5, mask_zero=True),
        layers.Bidirectional(layers.LSTM(4, return_sequences=True)), layers.GRU(3), layers.Dense(1, "sigmoid"),
    ])  # fmt: skip


def transformer():
    x = Input((None,), dtype="int32")
    y = layers.TokenAndPositionEmbedding(9, 20, 8, mask_zero=True)(x)
    y = layers.TransformerEncoder(16, 2, activation="gelu")(y)
    return Model(x, layers.Dense(2, "softmax")(layers.GlobalAveragePooling1D()(y)))


def text_cnn():
    return Sequential([
        Input((None,), dtype="int32"), layers.Embedding(9, 6), layers.Conv1D(7, 3, activation="relu"),
        layers.MaxPooling1D(2), layers.Conv1D(5, 2), layers.GlobalMaxPooling1D(), layers.Dense(1, "sigmoid"),
    ])  # fmt: skip


def autoencoder():
    return Sequential([
        Input((8, 8, 1)), layers.Conv2D(4, 3, 2, "same", activation="relu"), layers.Conv2DTranspose(3, 3, 2, "same"),
        layers.UpSampling2D(), layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
    ])  # fmt: skip


def several():
    a, b = Input((4,), name="a"), Input((5, 2), name="b")
    z = layers.Concatenate()([layers.Dense(3, "selu")(a), layers.LSTM(3)(b)])
    return Model([a, b], [layers.Dense(1, name="price")(z), layers.Softmax(name="kind")(z + 1.0)])


WHOLE = {each.__name__: each for each in (mlp, cnn, recurrent, transformer, text_cnn, autoencoder, several)}


def inputs_for(model, batch, time):
    rng = np.random.default_rng(batch)
    shapes = [(batch, *(time if length is None else length for length in x.shape[1:])) for x in model.inputs]
    return [
        rng.integers(0, 9, shape).astype("int32") if x.dtype == "int32" else rng.normal(size=shape).astype("float32")
        for x, shape in zip(model.inputs, shapes, strict=True)
    ]


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_model_gives_the_same_for_any_batch_and_length(name):
    model = WHOLE[name]()
    opened = session(onnx_bytes(model))
    assert [each.name for each in opened.get_outputs()] == model.output_names
    for batch, time in ((1, 7), (3, 12)):
        arrays = inputs_for(model, batch, time)
        wanted = model.predict_on_batch(arrays if len(arrays) > 1 else arrays[0])
        for got, want in zip(run(opened, arrays), jax.tree.leaves(wanted), strict=True):
            np.testing.assert_allclose(got, want, **CLOSE)


# -- files and refusals ----------------------------------------------------------------------------------------------


def test_a_saved_model_is_converted_on_the_command_line(tmp_path):
    model = mlp()
    model.save(tmp_path / "model.keras")
    assert main(["convert", str(tmp_path / "model.keras"), str(tmp_path / "model.onnx")]) == 0
    model.export(tmp_path / "again.onnx")
    assert (tmp_path / "model.onnx").read_bytes() == (tmp_path / "again.onnx").read_bytes()


def test_a_model_of_a_class_of_the_users_own_is_exported_once_it_has_seen_data():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, x):
            return self.dense(x) * 2.0

    model, x = Own(), np.ones((3, 4), "float32")
    with pytest.raises(NotBuiltError, match="has not seen an input"):
        onnx_bytes(model)
    wanted = model.predict(x)
    np.testing.assert_allclose(run(session(onnx_bytes(model)), [x])[0], wanted, **CLOSE)


def test_a_wrong_name_another_format_or_a_missing_folder_are_refused(tmp_path):
    with pytest.raises(ArgumentError, match=r"ends in \.onnx"):
        mlp().export(tmp_path / "model.bin")
    with pytest.raises(ArgumentError, match="'tf_saved_model'"):
        mlp().export(tmp_path / "model.onnx", format="tf_saved_model")
    with pytest.raises(FileError):
        mlp().export(tmp_path / "none" / "model.onnx")


def test_exporting_leaves_the_form_for_a_cpu_to_training():
    model, x = cnn(), np.ones((2, 12, 12, 3), "float32")
    before = str(jax.make_jaxpr(lambda x: model(x, training=False))(x))
    onnx_bytes(model)
    assert str(jax.make_jaxpr(lambda x: model(x, training=False))(x)) == before
    assert "conv_general_dilated" not in before or jax.default_backend() != "cpu"


def test_negative_numbers_are_written_as_64_bits():
    assert varint(-1).hex() == "ff" * 9 + "01"
