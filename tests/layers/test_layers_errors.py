"""Each mistake, made on purpose: the message names the layer, what was expected, what came, and what to do."""

import numpy as np
import pytest

from hornbeam import layers
from hornbeam.core.errors import ArgumentError, DataError, FileError, HornbeamError, NotBuiltError, ShapeError
from hornbeam.graph.tensor import Input

A, B = np.ones((3, 5, 4), "float32"), np.ones((3, 5, 3), "float32")
ROW = np.ones((3, 4), "float32")

# what is done, the error's class, and pieces of its message: where | expected | got | fix
MISTAKES = {
    "Dense units": (lambda: layers.Dense(0), ArgumentError, "Dense, units | positive integer | 0"),
    "Dense vector": (lambda: layers.Dense(3)(np.ones(4, "float32")), ShapeError, "(Dense) | 2 axes | x[None, :]"),
    "misspelt": (lambda: layers.Dropout(raet=0.5), ArgumentError, "Dropout | raet | 'rate'"),
    "equation": (lambda: layers.EinsumDense("ab,bc", 3), ArgumentError, "EinsumDense, equation | 'ab,bc'"),
    "dots": (lambda: layers.EinsumDense("...ab,bc->ac", 3), ArgumentError, "EinsumDense, equation | ..."),
    "lost letter": (lambda: layers.EinsumDense("ab,bc->ad", 3), ArgumentError, "(EinsumDense), equation | 'd' alone"),
    "kernel letter": (
        lambda: layers.EinsumDense("ab,bcd->ac", 3), ArgumentError,
        "(EinsumDense), equation | 'd' alone"),
    "bias letter": (lambda: layers.EinsumDense("ab,bc->ac", 3, bias_axes="x"), ArgumentError, "bias_axes | 'x'"),
    "einsum rank": (
        lambda: layers.EinsumDense("ab,bc->ac", 3)(A), ShapeError,
        "(EinsumDense) | 2 axes | (None, 5, 4)"),
    "einsum length": (
        lambda: layers.EinsumDense("abc,bd->abd", (6, 2))(A), ShapeError,
        "output_shape | 5 along axis 'b' | 6 | None"),
    "einsum unknown": (lambda: layers.EinsumDense("abc,cd->abd", (None, None))(A), ShapeError, "'d' | output_shape"),
    "relu": (lambda: layers.ReLU(max_value=-1), ArgumentError, "ReLU, max_value | at least 0 | -1"),
    "leaky": (lambda: layers.LeakyReLU(-0.1), ArgumentError, "LeakyReLU, negative_slope | -0.1"),
    "activation": (lambda: layers.Activation("rleu"), ArgumentError, "'rleu' | 'relu'"),
    "prelu axis": (lambda: layers.PReLU(shared_axes=4)(A), ShapeError, "(PReLU), shared_axes | -3 to 2 | 4"),
    "prelu unknown": (
        lambda: layers.PReLU()(Input((None, 4))), ShapeError,
        "(PReLU) | length of axis 1 | (None, None, 4)"),
    "softmax mask": (
        lambda: layers.Softmax()(A, mask=np.ones((2, 7), bool)), ShapeError,
        "(Softmax), mask | (3, 5, 4) | (2, 7)"),
    "reshape target": (lambda: layers.Reshape((-1, -1)), ArgumentError, "Reshape, target_shape | one -1 | (-1, -1)"),
    "reshape negative": (lambda: layers.Reshape((-2, 3)), ArgumentError, "Reshape, target_shape | (-2, 3)"),
    "reshape size": (lambda: layers.Reshape((3, 7))(A), ShapeError, "(Reshape) | 20 numbers | 21 | -1"),
    "reshape rest": (lambda: layers.Reshape((-1, 7))(A), ShapeError, "(Reshape) | 20 numbers | multiple of 7"),
    "reshape again": (lambda: reused(layers.Reshape((5, 4)), A, B), ShapeError, "(Reshape) | 15 numbers | 20"),
    "reshape unknown": (
        lambda: layers.Reshape((3, 7))(Input((None, 4))), ShapeError,
        "(Reshape) | known lengths | -1"),
    "permute": (lambda: layers.Permute((0, 1)), ArgumentError, "Permute, dims | counted from 1 | (0, 1)"),
    "permute twice": (lambda: layers.Permute((1, 1)), ArgumentError, "Permute, dims | once | (1, 1)"),
    "permute rank": (lambda: layers.Permute((2, 1))(ROW), ShapeError, "(Permute) | 3 axes | (3, 4)"),
    "repeat": (lambda: layers.RepeatVector(0), ArgumentError, "RepeatVector, n | positive | 0"),
    "repeat rank": (lambda: layers.RepeatVector(2)(A), ShapeError, "(RepeatVector) | 2 axes | (3, 5, 4)"),
    "lambda": (lambda: layers.Lambda(3), ArgumentError, "Lambda, function | a function | 3"),
    "lambda arguments": (lambda: layers.Lambda(abs, arguments=[1]), ArgumentError, "Lambda, arguments | dict | [1]"),
    "dropout": (lambda: layers.Dropout(1.2), ArgumentError, "Dropout, rate | from 0 to 1 | 1.2"),
    "dropout text": (lambda: layers.Dropout("0.5"), ArgumentError, "Dropout, rate | '0.5'"),
    "alpha": (lambda: layers.AlphaDropout(1.0), ArgumentError, "AlphaDropout, rate | below 1 | 1.0"),
    "gaussian": (lambda: layers.GaussianDropout(1.0), ArgumentError, "GaussianDropout, rate | below 1"),
    "stddev": (lambda: layers.GaussianNoise(-1), ArgumentError, "GaussianNoise, stddev | at least 0 | -1"),
    "noise shape": (
        lambda: layers.Dropout(0.5, (2, 1, 4))(A, training=True), ShapeError,
        "(Dropout), noise_shape | (3, 5, 4) | None"),
    "noise rank": (lambda: layers.Dropout(0.5, (3, 4))(A, training=True), ShapeError, "noise_shape | (3, 4)"),
    "noise text": (lambda: layers.Dropout(0.5, "abc"), ArgumentError, "Dropout, noise_shape | 'abc'"),
    "spatial rank": (lambda: layers.SpatialDropout2D(0.5)(A), ShapeError, "(SpatialDropout2D) | 4 axes | (3, 5, 4)"),
    "data format": (
        lambda: layers.SpatialDropout2D(0.5, "last"), ArgumentError,
        "SpatialDropout2D, data_format | 'channels_last' | 'last'"),
    "embedding text": (
        lambda: layers.Embedding(5, 2)(np.array([["a", "b"]])), DataError,
        "(Embedding) | whole numbers | 'a' | a dict"),
    "embedding words": (lambda: layers.Embedding(5, 2)(["a", "b"]), DataError, "(Embedding) | 'a'"),
    "embedding range": (lambda: layers.Embedding(5, 2)(np.array([[1, 7]])), DataError, "0 to 4 | 7 | input_dim=8"),
    "embedding negative": (lambda: layers.Embedding(5, 2)(np.array([[-1]])), DataError, "0 to 4 | -1 | negative"),
    "embedding rank": (lambda: layers.Embedding(5, 2)(np.int32(3)), HornbeamError, "(Embedding) | 1 axis | x[None]"),
    "embedding size": (lambda: layers.Embedding(0, 2), ArgumentError, "Embedding, input_dim | positive | 0"),
    "embedding weights": (
        lambda: layers.Embedding(5, 2, weights=np.ones((4, 2))), ShapeError,
        "(Embedding) | (5, 2) from (4, 2)"),
    "batch rank": (
        lambda: layers.BatchNormalization()(np.ones(4, "f4")), ShapeError,
        "(BatchNormalization) | 2 axes"),
    "batch axis": (
        lambda: layers.BatchNormalization(axis=3)(A), ShapeError,
        "(BatchNormalization), axis | -3 to 2 | 3"),
    "batch width": (
        lambda: reused(layers.BatchNormalization(), A, B), ShapeError,
        "(BatchNormalization) | 4 features | (3, 5, 3)"),
    "batch momentum": (lambda: layers.BatchNormalization(momentum=2), ArgumentError, "momentum | 0 to 1 | 2"),
    "batch mask": (
        lambda: layers.BatchNormalization()(A, mask=np.ones((3, 4), bool), training=True), ShapeError,
        "(BatchNormalization), mask | (batch, time) | (3, 4)"),
    "clipping": (
        lambda: layers.BatchNormalization(renorm_clipping={"max": 1}), ArgumentError,
        "renorm_clipping | rmax | max"),
    "clipping order": (
        lambda: layers.BatchNormalization(renorm_clipping={"rmin": 2, "rmax": 1}), ArgumentError,
        "rmin of at most rmax"),
    "layer axis": (lambda: layers.LayerNormalization(axis=3)(A), ShapeError, "(LayerNormalization), axis | 3"),
    "layer no axis": (
        lambda: layers.LayerNormalization(axis=[]), ArgumentError,
        "LayerNormalization, axis | one axis"),
    "layer unknown": (
        lambda: layers.LayerNormalization(axis=1)(Input((None, 4))), ShapeError,
        "(LayerNormalization) | length of axis 1"),
    "groups": (
        lambda: layers.GroupNormalization(3)(A), ShapeError,
        "(GroupNormalization), groups | 4 channels | 3 | 1, 2, 4"),
    "groups zero": (lambda: layers.GroupNormalization(0), ArgumentError, "GroupNormalization, groups | -1 | 0"),
    "merge one": (lambda: layers.Add()(A), ShapeError, "(Add) | a list | Add()([x, y])"),
    "merge count": (lambda: layers.Subtract()([A, A, A]), ShapeError, "(Subtract) | list of 2 | 3 of them"),
    "merge shapes": (lambda: layers.Add()([A, B]), ShapeError, "(Add) | (None, 5, 4) and (None, 5, 3) | axis 2"),
    "merge batches": (
        lambda: layers.Multiply()([A, A[:2]]), ShapeError,
        "(Multiply) | (3, 5, 4) and (2, 5, 4) | axis 0"),
    "merge unknown": (
        lambda: layers.Add()([Input((None, 4)), Input((5, 4))]), ShapeError,
        "(Add) | (None, None, 4) | full shape"),
    "concatenate": (
        lambda: layers.Concatenate(axis=1)([A, B]), ShapeError,
        "(Concatenate) | but axis 1 | (None, 5, 4) and (None, 5, 3)"),
    "concatenate ranks": (lambda: layers.Concatenate()([A, ROW]), ShapeError, "(Concatenate) | (None, 4)"),
    "concatenate axis": (lambda: layers.Concatenate(axis=5)([A, A]), ShapeError, "(Concatenate), axis | 5"),
    "dot axes": (lambda: layers.Dot(axes=(1, 2, 3)), ArgumentError, "Dot, axes | (1, 2, 3)"),
    "dot lengths": (lambda: layers.Dot(axes=2)([A, B]), ShapeError, "(Dot), axes | (None, 5, 4) along axis 2"),
    "dot batch": (lambda: layers.Dot(axes=0)([A, A]), ShapeError, "(Dot), axes | other than 0"),
    "normalization half": (
        lambda: layers.Normalization(mean=1.0), ArgumentError,
        "(Normalization) | both or neither"),
    "normalization shapes": (
        lambda: layers.Normalization(mean=[1.0, 2.0], variance=1.0), ArgumentError,
        "(Normalization) | equal shapes"),
    "normalization width": (
        lambda: layers.Normalization(mean=[1.0, 2.0], variance=[1.0, 1.0])(A), ShapeError,
        "(Normalization), mean | (4,) | (2,)"),
    "normalization given": (
        lambda: layers.Normalization(mean=1.0, variance=1.0).adapt(A), ArgumentError,
        "(Normalization), adapt"),
    "adapt width": (lambda: readapted(), ShapeError, "(Normalization), adapt | (4,) | (3, 5, 3)"),
    "adapt nothing": (lambda: layers.Normalization().adapt(iter([])), ArgumentError, "adapt | one batch | none"),
    "adapt text": (lambda: layers.Normalization().adapt([["a", "b"]]), DataError, "adapt | numbers | 'a'"),
    "rescaling": (lambda: layers.Rescaling("big"), ArgumentError, "Rescaling, scale | 'big'"),
    "bins neither": (lambda: layers.Discretization(), ArgumentError, "(Discretization) | one of them | neither"),
    "bins both": (lambda: layers.Discretization([1.0], 3), ArgumentError, "(Discretization) | both"),
    "bins order": (
        lambda: layers.Discretization([2.0, 1.0]), ArgumentError,
        "Discretization, bin_boundaries | rising | Sort"),
    "bins mode": (
        lambda: layers.Discretization([1.0], output_mode="hot"), ArgumentError,
        "output_mode | 'one_hot' | 'hot'"),
    "bins early": (lambda: layers.Discretization(num_bins=3)(A), NotBuiltError, "(Discretization) | adapt(data)"),
    "bins given": (
        lambda: layers.Discretization([1.0]).adapt(A), ArgumentError,
        "(Discretization), adapt | num_bins"),
    "tokens": (lambda: layers.CategoryEncoding(), ArgumentError, "(CategoryEncoding), num_tokens | None"),
    "tokens weights": (
        lambda: layers.CategoryEncoding(3)(np.ones((2, 2), "int32"), count_weights=ROW), ArgumentError,
        "count_weights | 'count'"),
    "tokens text": (lambda: layers.CategoryEncoding(3)(np.array([["a"]])), DataError, "(CategoryEncoding) | text"),
    "filters": (lambda: layers.Conv1D(0, 3), ArgumentError, "Conv1D, filters | a positive integer | 0"),
    "kernel size": (
        lambda: layers.Conv2D(8, (3, 3, 3)), ArgumentError,
        "Conv2D, kernel_size | a positive integer, or 2 of them | (3, 3, 3)"),
    "kernel size zero": (lambda: layers.Conv2D(8, (3, 0)), ArgumentError, "Conv2D, kernel_size | (3, 0)"),
    "no kernel size": (lambda: layers.Conv2D(8), ArgumentError, "Conv2D | kernel_size | none"),
    "padding misspelt": (
        lambda: layers.Conv2D(8, 3, padding="vaild"), ArgumentError,
        "Conv2D, padding | 'valid' or 'same' | 'vaild' | Did you mean 'valid'?"),
    "padding causal": (lambda: layers.Conv2D(8, 3, padding="causal"), ArgumentError, "Conv2D, padding | 'causal'"),
    "padding number": (lambda: layers.Conv2D(8, 3, padding=1), ArgumentError, "Conv2D, padding | 'valid' | got 1"),
    "strides and dilation": (
        lambda: layers.Conv2D(8, 3, strides=2, dilation_rate=2), ArgumentError,
        "(Conv2D), strides and dilation_rate | one of them to be 1 | (2, 2) and (2, 2)"),
    "transposed dilation": (
        lambda: layers.Conv1DTranspose(8, 3, strides=2, dilation_rate=2), ArgumentError,
        "(Conv1DTranspose), strides and dilation_rate"),
    "groups of filters": (lambda: layers.Conv1D(8, 3, groups=3), ArgumentError, "(Conv1D), groups | 8 filters | 3"),
    "groups of channels": (
        lambda: layers.Conv1D(9, 3, groups=3)(A), ShapeError,
        "(Conv1D), groups | 4 channels | 3 | another number of groups"),
    "window too large": (
        lambda: layers.Conv1D(8, 6)(A), ShapeError,
        "(Conv1D) | at least 6 along steps | 5 | padding='same'"),
    "window too large, symbolic": (
        lambda: layers.Conv2D(8, 3)(Input((28, 2, 1))), ShapeError,
        "(Conv2D) | at least 3 along width | 2"),
    "dilated window too large": (
        lambda: layers.Conv1D(8, 3, dilation_rate=3)(A), ShapeError,
        "(Conv1D) | at least 7 along steps | 5"),
    "grey images": (
        lambda: layers.Conv2D(8, 3)(np.ones((10, 28, 28), "f4")), ShapeError,
        "(Conv2D) | 4 axes, (batch, height, width, channels) | (None, 28, 28) | x[..., None]"),
    "one vector": (lambda: layers.Conv2D(8, 3)(ROW), ShapeError, "(Conv2D) | 4 axes | (None, 4) | axes that are"),
    "channels first rank": (
        lambda: layers.Conv2D(8, 3, data_format="channels_first")(A), ShapeError,
        "(Conv2D) | (batch, channels, height, width)"),
    "flat images to pooling": (
        lambda: layers.MaxPooling2D()(A), ShapeError,
        "(MaxPooling2D) | 4 axes, (batch, height, width, channels) | (None, 5, 4) | x[..., None]"),
    "other channels": (lambda: reused(layers.Conv1D(8, 3), A, B), ShapeError, "(Conv1D) | 4 features | (3, 5, 3)"),
    "unknown channels": (
        lambda: layers.Conv1D(8, 3)(Input((5, None))), ShapeError,
        "(Conv1D) | number of channels is known | (None, 5, None) | full shape"),
    "output padding": (
        lambda: layers.Conv1DTranspose(8, 3, strides=2, output_padding=2), ArgumentError,
        "(Conv1DTranspose), output_padding | less than the strides (2,) | (2,)"),
    "multiplier": (
        lambda: layers.DepthwiseConv2D(3, depth_multiplier=0), ArgumentError,
        "DepthwiseConv2D, depth_multiplier | positive | 0"),
    "depthwise too large": (lambda: layers.DepthwiseConv1D(6)(A), ShapeError, "(DepthwiseConv1D) | at least 6 | 5"),
    "separable too large": (lambda: layers.SeparableConv1D(2, 6)(A), ShapeError, "(SeparableConv1D) | at least 6 | 5"),
    "pool size": (lambda: layers.MaxPooling2D((2, 2, 2)), ArgumentError, "MaxPooling2D, pool_size | 2 of them"),
    "pool too large": (
        lambda: layers.MaxPooling1D(6)(A), ShapeError,
        "(MaxPooling1D) | at least 6 along steps | 5 | layers that shrink the input"),
    "pool strides": (lambda: layers.AveragePooling1D(2, strides=0), ArgumentError, "AveragePooling1D, strides | 0"),
    "pool padding": (lambda: layers.MaxPooling1D(padding="smae"), ArgumentError, "MaxPooling1D, padding | 'same'?"),
    "nothing to pool": (
        lambda: layers.GlobalMaxPooling1D()(np.ones((3, 0, 4), "f4")), ShapeError,
        "(GlobalMaxPooling1D) | at least one entry | (None, 0, 4)"),
    "mask of the mean": (
        lambda: layers.GlobalAveragePooling1D()(A, mask=np.ones((3, 4), bool)), ShapeError,
        "(GlobalAveragePooling1D), mask | (3, 5) | (3, 4)"),
    "adaptive": (lambda: layers.AdaptiveMaxPooling2D((2, 0)), ArgumentError, "AdaptiveMaxPooling2D, output_size | (2"),
    "zeros": (lambda: layers.ZeroPadding2D((1, 2, 3)), ArgumentError, "ZeroPadding2D, padding | 2 pairs | (1, 2, 3)"),
    "zeros negative": (lambda: layers.ZeroPadding1D(-1), ArgumentError, "ZeroPadding1D, padding | at least 0 | -1"),
    "crop": (lambda: layers.Cropping1D((3, 2))(A), ShapeError, "(Cropping1D), cropping | (3, 5, 4) | (3, 2) | less"),
    "crop negative": (lambda: layers.Cropping3D(-1), ArgumentError, "Cropping3D, cropping | at least 0 | -1"),
    "size": (lambda: layers.UpSampling2D((2, 0)), ArgumentError, "UpSampling2D, size | a positive integer | (2, 0)"),
    "interpolation": (
        lambda: layers.UpSampling2D(interpolation="bilinaer"), ArgumentError,
        "UpSampling2D, interpolation | 'bilinear'"),
    "spectral": (lambda: layers.SpectralNormalization(3), ArgumentError, "SpectralNormalization, layer | a layer | 3"),
    "spectral of nothing": (
        lambda: layers.SpectralNormalization(layers.ReLU())(A), ArgumentError,
        "(SpectralNormalization), layer | kernel or embeddings | ReLU"),
    "unknown layer": (
        lambda: layers.deserialize({"class_name": "Dence", "config": {}}), FileError,
        "'Dence' | 'Dense'"),
}  # fmt: skip


def reused(layer, first, second):
    layer(first)
    return layer(second)


def readapted():
    layer = layers.Normalization()
    layer.adapt(A)
    layer.adapt(B)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_explained(name):
    mistake, kind, pieces = MISTAKES[name]
    with pytest.raises(kind) as caught:
        mistake()
    error = caught.value
    assert isinstance(error, HornbeamError)
    message = str(error)
    for piece in pieces.split(" | "):
        assert piece in message, message
    assert ": expected " in message
    assert "; got " in message
    assert message.endswith((".", "?")), message


# ---- files from strangers


def test_bytecode_in_a_config_is_never_run(tmp_path):
    described = {
        "module": "keras.layers", "class_name": "Lambda", "registered_name": None,
        "config": {"name": "lambda_1", "function": {
            "class_name": "__lambda__", "config": {"code": "4wEAAAAA", "defaults": None, "closure": None}}},
    }  # fmt: skip
    with pytest.raises(FileError, match=r"lambda_1 \(Lambda\), function.*never run.*custom_objects=\{'lambda_1'"):
        layers.deserialize(described)
    layer = layers.deserialize(described, custom_objects={"lambda_1": lambda x: x + 1})
    assert np.asarray(layer(ROW)).max() == 2


@pytest.mark.parametrize("name", ["system", "load_data", "Dense", "set_random_seed"])
def test_a_file_cannot_name_functions_outside_the_closed_tables(name):
    described = {"class_name": "function", "module": "os", "config": name, "registered_name": name}
    with pytest.raises(FileError, match="a function that you pass by name"):
        layers.Lambda.from_config({"name": "lambda", "function": described})
    with pytest.raises(ArgumentError, match="a function"):
        layers.Lambda.from_config({"name": "lambda", "function": name})


def test_an_activation_may_be_named():
    assert layers.Lambda.from_config({"function": "relu"}).function.__name__ == "relu"
