"""Operations on images, layers of images and sound, and ImageDataGenerator's arithmetic against Keras 3.15.1."""

import functools
import inspect
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from golden.writer import read
from quick import in_one_program

from hornbeam import layers
from hornbeam.image import ImageDataGenerator
from hornbeam.ops import image
from hornbeam.preprocessing import image as pictures

ALL, ARRAYS = read("images")
INPUTS = {key.split("/")[1]: array for key, array in ARRAYS.items() if key.startswith("inputs/")}
OPS = {case["case"]: case for case in ALL if case["kind"] == "op"}
LAYERS = {case["case"]: case for case in ALL if case["kind"] == "layer"}
GENERATORS = {case["case"]: case for case in ALL if case["kind"] == "generator"}
NAMES = json.loads((Path(__file__).parents[1] / "golden" / "public_names.json").read_text())

# Chosen before looking. Values are around 1, or around 255 with "pixels". Keras computes weights and places in float32,
# which are off by 1e-6 at 10 pixels, and a pixel differs from its neighbour by its own size. A logarithm of a power
# near nothing, a transform's rounding, is off by more: spectrograms have a test of their own.
CLOSE = {"rtol": 1e-5, "atol": 2e-5}
BYTES = {"rtol": 1e-5, "atol": 5e-3}


def filled(args, inputs):
    return [inputs[each[1:]] if isinstance(each, str) and each.startswith("@") else each for each in args]


def probe(output):
    return jnp.cos(jnp.arange(output.size, dtype=jnp.float32)).reshape(output.shape)


def call(case, inputs):
    function, args = getattr(image, case["object"]), filled(case["args"], inputs)
    output = function(*args, **case["config"])
    if not case["gradient"]:
        return (output,)

    def total(x):
        return jnp.sum((y := function(x, *args[1:], **case["config"])) * probe(y))

    return output, jax.grad(total)(jnp.asarray(args[0]))


@functools.cache
def found_in_one_program():
    # perspective_transform solves equations, which a program compiled without optimisation may not
    names = {name: case for name, case in OPS.items() if case["object"] != "perspective_transform"}
    return in_one_program({name: functools.partial(call, case) for name, case in names.items()}, INPUTS)


@pytest.mark.parametrize("name", OPS)
def test_an_operation_on_images_gives_what_keras_gives(name):
    case = OPS[name]
    found = call(case, INPUTS) if case["object"] == "perspective_transform" else found_in_one_program()[name]
    if isinstance(found, Exception):
        raise found
    expected = ARRAYS[f"{name}/output"]
    assert found[0].dtype == expected.dtype
    assert found[0].shape == expected.shape
    whole = expected.dtype.kind in "iu"
    # a sum that ends in a half may be rounded either way
    np.testing.assert_allclose(
        np.asarray(found[0], "float64"), expected.astype("float64"), **({"atol": 1, "rtol": 0} if whole else CLOSE)
    )
    if whole:
        assert (np.asarray(found[0]) != expected).mean() < 0.02
    if case["gradient"]:
        np.testing.assert_allclose(found[1], ARRAYS[f"{name}/gradient"], rtol=1e-4, atol=1e-4)


SIGNATURES = {name: row["signature"] for name, row in NAMES["keras.ops.image"].items() if row["kind"] == "function"}


def test_operations_have_keras_s_names():
    assert set(image.__all__) == set(SIGNATURES)


@pytest.mark.parametrize("name", SIGNATURES)
def test_operations_have_keras_s_arguments(name):
    assert str(inspect.signature(getattr(image, name))) == SIGNATURES[name]
    assert "Example:\n" in inspect.getdoc(getattr(image, name))


FACE = {name: row for name, row in NAMES["keras.preprocessing.image"].items() if row["kind"] == "function"}


@pytest.mark.parametrize("name", FACE)
def test_functions_on_pictures_have_keras_s_arguments(name):
    found = list(inspect.signature(getattr(pictures, name)).parameters.values())
    known = FACE[name]["signature"].replace(", **kwargs", "") if name == "smart_resize" else FACE[name]["signature"]
    ours = str(inspect.Signature([each for each in found if each.name != "on_error"]))
    assert ours == known


@functools.cache
def layers_in_one_program():
    def run(case, inputs):
        layer = getattr(layers, case["object"])(**case["config"])
        return layer(*filled(case["args"], inputs), training=True)

    return in_one_program({name: functools.partial(run, case) for name, case in LAYERS.items()}, INPUTS)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_of_images_or_sound_gives_what_keras_gives(name):
    case, found, expected = LAYERS[name], layers_in_one_program()[name], ARRAYS[f"{name}/output"]
    if isinstance(found, Exception):
        raise found
    assert found.shape == expected.shape
    if case["object"] == "STFTSpectrogram":
        mode = case["config"]["mode"]
        if mode == "angle":  # of the same direction, whether it is written as pi or as -pi
            turned = np.abs(np.exp(1j * np.asarray(found)) - np.exp(1j * expected))
            assert np.median(turned) < 1e-4
            assert (turned > 1e-2).mean() < 0.02
            return
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3 if mode == "log" else 1e-5)
    elif case["object"] == "MelSpectrogram":
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)
    elif case["args"] == ["@bytes"]:  # Keras keeps whole numbers, rounded
        np.testing.assert_allclose(found, expected, atol=0.501)
    else:
        pixels = case["args"][0] in ("@pixels", "@one_pixels")
        np.testing.assert_allclose(found, expected, **(BYTES if pixels else CLOSE))


@pytest.mark.parametrize("name", [name for name, case in LAYERS.items() if case["object"] == "AutoContrast"])
def test_auto_contrast_works_at_inference_too_as_in_keras(name):
    case = LAYERS[name]
    found = layers.AutoContrast(**case["config"])(*filled(case["args"], INPUTS), training=False)
    np.testing.assert_allclose(found, ARRAYS[f"{name}/output"], **(BYTES if case["args"] == ["@pixels"] else CLOSE))


@pytest.mark.parametrize("name", sorted({case["object"] for case in LAYERS.values()}))
def test_a_layer_s_config_has_the_arguments_of_its_constructor(name):
    case = next(case for case in LAYERS.values() if case["object"] == name)
    layer = getattr(layers, name)(**case["config"])
    assert set(inspect.signature(type(layer)).parameters) - {"activity_regularizer"} <= {*layer.get_config()}
    assert type(layer).from_config(json.loads(json.dumps(layer.get_config()))).get_config() == layer.get_config()


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.filterwarnings("ignore:ImageDataGenerator")
def test_image_data_generator_computes_what_keras_computes(name):
    case, expected = GENERATORS[name], ARRAYS[f"{name}/output"]
    maker, (batch,) = ImageDataGenerator(**case["config"]), filled(case["args"], INPUTS)
    if case["object"] == "apply_transform":
        found = maker.apply_transform(batch[0].copy(), case["arguments"])
    else:
        if "fit" in case["arguments"]:
            maker.fit(batch)
        found = maker.standardize(batch[0].copy())
    # float32 pixels of up to 255, mixed by weights; whitening multiplies by a matrix of 64 columns
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)


FILES = {path.stem for path in Path(layers.__file__).parent.glob("image_*.py")} | {"spectrogram"}
OWN = [name for name in layers.__all__ if getattr(layers, name).__module__.rpartition(".")[2] in FILES]


@pytest.mark.parametrize("name", OWN)
def test_layers_have_keras_s_arguments(name):
    theirs = NAMES["keras.layers"][name]["signature"]
    given = [
        part
        for part in inspect.signature(getattr(layers, name)).parameters.values()
        if part.kind is part.POSITIONAL_OR_KEYWORD
    ]
    ours = ", ".join(part.name + ("" if part.default is part.empty else f"={part.default!r}") for part in given)
    assert f"({ours}, **kwargs)" == theirs.replace(", name=None", "")


def test_every_layer_of_images_is_looked_at():
    assert len(OWN) == 31
