"""Every public name of Keras 3.15 is there, or stands in the list of those that are not, with its reason."""

import importlib
import json
from pathlib import Path

import jax
import numpy as np
import pytest

import hornbeam
from hornbeam import callbacks, config, layers, utils
from hornbeam.core.errors import ArgumentError, FileError
from hornbeam.training import kept

KERAS = json.loads(Path(__file__).with_name("golden").joinpath("public_names.json").read_text(encoding="utf-8"))
MODULES = [name for name in KERAS if name.startswith("keras") and " " not in name and name != "keras_version"]

# What is not there, by reason. ``module.*`` is a module that is absent as a whole.
ABSENT = {
    "networks for pictures are not in Hornbeam": ["keras.applications.*"],
    "weights are not quantised": [
        *("keras.quantizers.*", "keras.Quantizer"),
        *(f"keras.dtype_policies.{name}DTypePolicy" for name in (
            "AWQ", "GPTQ", "Int4", "Quantized", "QuantizedFloat8")),
        "keras.dtype_policies.DTypePolicyMap",
    ],
    "one program runs on one device": ["keras.distribution.*"],
    "a training step is not written by hand": ["keras.distillation.*"],
    "layers of other libraries run no code of ours": [
        f"keras.layers.{name}" for name in ("FlaxLayer", "JaxLayer", "TFSMLayer", "TorchModuleWrapper")
    ],
    "boxes around things in pictures are not in Hornbeam": [
        "keras.utils.bounding_boxes.*", "keras.visualization.*", "keras.layers.MaxNumBoundingBoxes",
    ],
    "not written yet": [
        *("keras.layers.ContrastLimitedAdaptiveHistogramEqualization", "keras.utils.FeatureSpace"),
        *("keras.ops.ctc_decode", "keras.ops.ctc_loss", "keras.ops.nn.ctc_decode", "keras.ops.nn.ctc_loss"),
        *("keras.saving.KerasFileEditor", "keras.callbacks.OrbaxCheckpoint"),
    ],
    "there are no scopes of state: a program is traced once": [
        *("keras.StatelessScope", "keras.SymbolicScope", "keras.RematScope", "keras.remat"),
        *("keras.Function", "keras.Operation"),
    ],
    "model.export writes ONNX": ["keras.export.ExportArchive"],
    "Keras's inside": ["keras.src", "keras.legacy", "keras.utils.legacy", "keras.utils.Config"],
}  # fmt: skip
RESULTS = json.loads(Path(__file__).with_name("golden").joinpath("result_types.json").read_text(encoding="utf-8"))
LISTED = {name for names in ABSENT.values() for name in names}


def _absent(module, name):
    parents = [module.rsplit(".", count)[0] for count in range(module.count(".") + 1)]
    return (
        f"{module}.{name}" in LISTED or f"{module}.{name}.*" in LISTED or any(f"{each}.*" in LISTED for each in parents)
    )


def _has(module, name):
    try:
        place = importlib.import_module(module.replace("keras", "hornbeam", 1))
    except ModuleNotFoundError:
        return False
    # hornbeam.legacy, once imported, is the entrance for old code and no successor of Keras's module
    return f"{module}.{name}" != "keras.legacy" and hasattr(place, name)


@pytest.mark.parametrize("module", MODULES)
def test_a_name_is_there_or_its_absence_has_a_reason(module):
    there = {name for name in KERAS[module] if _has(module, name)}
    absent = {name for name in KERAS[module] if _absent(module, name)}
    assert not set(KERAS[module]) - there - absent, "new gaps: write them, or list them in ABSENT"
    assert not there & absent, "there now: take them out of ABSENT"


def test_the_list_holds_only_names_that_keras_has():
    whole = {f"{module}.{name}" for module in MODULES for name in KERAS[module]} | {f"{each}.*" for each in MODULES}
    assert not LISTED - whole


# -- what the small ones do ------------------------------------------------------------------------------------------


def _net():
    model = hornbeam.Sequential([layers.Dense(1, input_dim=2)])
    model.compile("sgd", "mse")
    return model


X, Y = np.ones((12, 2), "float32"), np.ones((12, 1), "float32")


@pytest.fixture
def talk():
    yield
    config.enable_interactive_logging()


@pytest.mark.usefixtures("talk")
def test_messages_go_to_the_log_when_nobody_reads_them(capsys, caplog):
    callback = callbacks.LearningRateScheduler(lambda epoch: 0.01, verbose=1)
    _net().fit(X, Y, epochs=1, callbacks=[callback])
    shown = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in shown] == ["Epoch 1", "Epoch 1/1"]
    utils.disable_interactive_logging()
    assert not config.is_interactive_logging_enabled()
    with caplog.at_level("INFO", "hornbeam"):
        _net().fit(X, Y, epochs=1, callbacks=[callback])
        _net().predict(X, verbose=1)
    assert capsys.readouterr().out == ""
    assert [message.split(":")[0] for message in caplog.messages][:2] == ["Epoch 1", "Epoch 1/1"]
    assert len(caplog.messages) == 3


@pytest.fixture
def limits():
    yield
    config.set_max_epochs(None)
    config.set_max_steps_per_epoch(None)


@pytest.mark.usefixtures("limits")
def test_a_script_can_be_tried_with_few_epochs_and_steps():
    model = _net()
    config.set_max_epochs(2)
    config.set_max_steps_per_epoch(3)
    assert (config.max_epochs(), config.max_steps_per_epoch()) == (2, 3)
    assert len(model.fit(X, Y, batch_size=2, epochs=9, verbose=0).epoch) == 2
    assert int(model.optimizer.iterations) == 6
    model.fit(((X[:2], Y[:2]) for _ in range(50)), epochs=1, verbose=0)
    model.fit([(X[:2], Y[:2])] * 2, epochs=1, verbose=0)
    assert int(model.optimizer.iterations) == 6 + 3 + 2
    assert model.predict(X, batch_size=2, verbose=0).shape == (6, 1)
    config.set_max_steps_per_epoch(None)
    assert model.predict(X, batch_size=2, verbose=0).shape == (12, 1)
    with pytest.raises(ArgumentError, match="positive integer"):
        config.set_max_epochs(0)


def test_attention_follows_the_switch():
    assert config.is_flash_attention_enabled() is None
    key = kept._surroundings()
    config.disable_flash_attention()
    assert config.is_flash_attention_enabled() is False
    assert kept._surroundings() != key  # a program from a file is not taken for one without the kernel
    config.enable_flash_attention()
    assert kept._surroundings() == key


def test_tracebacks_follow_the_switch():
    assert config.is_traceback_filtering_enabled()
    config.disable_traceback_filtering()
    assert jax.config.jax_traceback_filtering == "off"
    config.enable_traceback_filtering()
    assert config.is_traceback_filtering_enabled()


@pytest.mark.parametrize(("call", "message"), [
    (config.enable_unsafe_deserialization, "custom_objects="), (lambda: config.set_backend("torch"), "'jax'"),
    (lambda: hornbeam.name_scope("a/b"), "without '/'"), (lambda: hornbeam.device("moon:0"), "'cpu:0'"),
    (lambda: layers.Pipeline([1]), "a list of layers"), (lambda: layers.Pipeline(layers.Dense(1)), "a list of layers"),
])  # fmt: skip
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def test_what_names_the_engine_and_the_version():
    config.set_backend("jax")
    assert config.backend() == hornbeam.backend.backend() == "jax"
    assert hornbeam.version() == hornbeam.__version__
    assert not config.is_nnx_enabled()


@pytest.mark.parametrize("name", ["cpu", "CPU:0", "/cpu:0", "/device:CPU:0", "/job:localhost/replica:0/task:0/cpu:*"])
def test_a_device_has_many_names(name):
    with hornbeam.device(name), hornbeam.name_scope("part"):
        assert jax.config.jax_default_device == jax.devices("cpu")[0]
    with hornbeam.device(jax.devices()[0]), hornbeam.device(None):
        assert jax.config.jax_default_device == jax.devices()[0]


def test_a_device_that_is_not_there_changes_nothing():
    before = jax.config.jax_default_device
    with pytest.warns(UserWarning, match="this machine has"), hornbeam.device("cpu:99"):
        assert jax.config.jax_default_device == before


def test_number_types_are_joined_as_in_keras():
    for key, answer in RESULTS.items():
        given = [{"int": int, "float": float, "bool": bool, "None": None}.get(each, each) for each in key.split()]
        assert hornbeam.backend.result_type(*given) == answer, key
    kinds = ("float16", "bfloat16", "float64", "int8", "uint32", "int64", "bool")
    assert [hornbeam.backend.is_float_dtype(each) for each in kinds] == [True, True, True, *[False] * 4]
    assert [hornbeam.backend.is_int_dtype(each) for each in kinds] == [False, False, False, True, True, True, False]


def test_the_sources_of_a_tensor_are_its_inputs():
    a, b, c = (hornbeam.Input((2,)) for _ in range(3))
    output = layers.Dense(3)(layers.concatenate([b + 1, a * b]))
    assert [each is source for each, source in zip(utils.get_source_inputs(output), (b, a), strict=True)] == [True] * 2
    assert utils.get_source_inputs(c)[0] is c
    assert utils.get_source_inputs(X) is X


def test_a_pipeline_is_its_layers_one_after_the_other(tmp_path):
    parts = [layers.Rescaling(2.0), layers.Dense(3), layers.Dropout(0.5)]
    pipeline = layers.Pipeline(parts, name="prepare")
    model = hornbeam.Sequential([hornbeam.Input((2,)), pipeline])
    assert np.allclose(model.predict(X, verbose=0), 2 * X @ parts[1].get_weights()[0])
    assert (np.asarray(pipeline(X, training=True)) == 0).any()
    assert pipeline.layers == parts
    model.save(tmp_path / "model.keras")
    again = hornbeam.load_model(tmp_path / "model.keras")
    assert np.array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
    assert [type(layer).__name__ for layer in again.layers[-1].layers] == ["Rescaling", "Dense", "Dropout"]


def test_half_precision_has_all_its_names():
    policy = hornbeam.mixed_precision.Policy("mixed_bfloat16")
    described = hornbeam.dtype_policies.serialize(policy)
    assert described == {
        "module": "keras", "class_name": "DTypePolicy", "config": {"name": "mixed_bfloat16"}, "registered_name": None,
    }  # fmt: skip
    for each in (described, {**described, "class_name": "FloatDTypePolicy"}, policy, "mixed_bfloat16"):
        assert hornbeam.dtype_policies.get(each) == policy
    assert hornbeam.dtype_policies.get(None) == hornbeam.mixed_precision.global_policy() == hornbeam.DTypePolicy()
    with pytest.raises(FileError, match="QuantizedDTypePolicy"):
        hornbeam.dtype_policies.deserialize({"class_name": "QuantizedDTypePolicy", "config": {"mode": "int8"}})
    dense = layers.Dense(2, dtype=policy)
    assert (dense.dtype_policy, dense.compute_dtype, dense.variable_dtype) == (policy, "bfloat16", "float32")


def test_legacy_optimizers_are_the_optimizers():
    assert hornbeam.optimizers.legacy.Adam is hornbeam.optimizers.Adam
    assert hornbeam.optimizers.legacy.SGD(0.5).get_config()["learning_rate"] == 0.5
