"""Attention and transformers against Keras 3.15.1 and KerasHub 0.32: outputs, gradients, packers, samplers, a file."""

import functools
import inspect
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from golden.writer import FOLDER, read

import hornbeam
from hornbeam import layers, nlp, ops
from hornbeam.core.frame import Frame

CASES, ARRAYS = read("attention")
COMPUTED = [case for case in CASES if "args" in case]
PACKED = [case for case in CASES if "argument" in case]
SAMPLED = [case for case in CASES if "prompt" in case]
KINDS = sorted({case["object"] for case in COMPUTED})
NAMES = json.loads((Path(__file__).parents[1] / "golden" / "public_names.json").read_text())["keras.layers"]

# Both run JAX in float32, in another order of operations: a few units in the last place for values, ten times that
# for gradients, which are sums of products. Chosen before any comparison was made.
VALUE = {"rtol": 1e-5, "atol": 1e-5}
SLOPE = {"rtol": 1e-4, "atol": 1e-4}


def each(cases):
    return pytest.mark.parametrize("case", cases, ids=[case["case"] for case in cases])


def shared(name, what="x"):
    return ARRAYS[f"inputs/{name}/{what}"]


def call_arguments(case):
    given = case.get("call", {})
    return {key: shared(value[1:]) if isinstance(value, str) else value for key, value in given.items()}


def built(case):
    """The layer of a case with its weights; the operation itself for one."""
    if case["object"] == "dot_product_attention":
        return ops.dot_product_attention
    layer = getattr(layers, case["object"])(**case["config"])
    args = [shared(name) for name in case["args"]]
    shapes = [(None, *x.shape[1:]) for x in args]
    if "reverse" in case.get("call", {}):
        layer.build()
    elif case.get("listed"):
        layer.build(shapes)
    else:
        layer.build(*shapes)
    rng = np.random.default_rng(case["seed"])
    layer.set_weights([np.float32(rng.standard_normal(weight.shape) * 0.5) for weight in layer.weights])
    return layer


def arrays_of(case, layer):
    args = [shared(name) for name in case["args"]]
    trained = [] if layer is ops.dot_product_attention else layer.weights
    same = len(args) > 1 and case["args"][0] == case["args"][1]
    floats = [k for k, x in enumerate(args) if x.dtype == np.float32 and not (same and k == 1)]
    masks = [None if name is None else shared(name) for name in case.get("masked", [])]

    def forward(given, weights):
        with Frame(dict(zip(trained, weights, strict=True))) as frame:
            now = [jnp.asarray(x) for x in args]
            for k, x in zip(floats, given, strict=True):
                now[k] = x
            if same:
                now[1] = now[0]
            for x, mask in zip(now, masks, strict=False):
                frame.set_mask(x, mask)
            output = layer(now, **call_arguments(case)) if case.get("listed") else layer(*now, **call_arguments(case))
            return list(output) if isinstance(output, (list, tuple)) else [output]

    outputs, pull = jax.vjp(forward, [jnp.asarray(args[k]) for k in floats], [jnp.asarray(w.value) for w in trained])
    cotangent = shared("cotangents", "x".join(map(str, outputs[0].shape)))
    if "kept" in case:
        cotangent = cotangent * shared(case["kept"])[..., None]
    slopes = pull([jnp.asarray(cotangent), *(jnp.zeros_like(output) for output in outputs[1:])])
    found = {f"output_{i}": output for i, output in enumerate(outputs)}
    flat = [jnp.ravel(each) for each in jax.tree.leaves(slopes)]
    return found | ({"gradients": jnp.concatenate(flat)} if flat else {})


@functools.cache
def computed(kind):
    """What the layers of one kind give for all their cases, from one compiled program."""
    prepared = {case["case"]: (case, built(case)) for case in COMPUTED if case["object"] == kind}
    return jax.jit(lambda: {name: arrays_of(*parts) for name, parts in prepared.items()})()


@each(COMPUTED)
def test_outputs_scores_caches_and_gradients_are_keras_s(case):
    found = computed(case["object"])[case["case"]]
    prefix = f"{case['case']}/"
    expected = {key.removeprefix(prefix): array for key, array in ARRAYS.items() if key.startswith(prefix)}
    assert set(found) == set(expected)
    for what, array in expected.items():
        mine = found[what]
        assert mine.shape == array.shape, what
        if what == "output_0" and "kept" in case:
            mine, array = mine[shared(case["kept"])], array[shared(case["kept"])]
        np.testing.assert_allclose(mine, array, **(SLOPE if what == "gradients" else VALUE), err_msg=what)


@each([case for case in COMPUTED if "weights" in case])
def test_weights_have_keras_s_names_and_order(case):
    assert [weight.name for weight in built(case).weights] == case["weights"]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind in NAMES])
def test_arguments_have_keras_s_names_order_and_defaults(kind):
    mine = inspect.signature(getattr(layers, kind)).parameters.values()
    mine = [str(each) for each in mine if each.kind is each.POSITIONAL_OR_KEYWORD]
    assert f"({', '.join(mine)}, **kwargs)" == NAMES[kind]["signature"]


@each([case for case in COMPUTED if "get_config" in case])
def test_a_layer_is_built_from_keras_s_config(case):
    config = case["get_config"]
    mine = getattr(layers, case["object"]).from_config(config).get_config()
    for key, value in config.items():
        if key in mine and key != "dtype" and (value is None or isinstance(value, (bool, int, float, str))):
            assert mine[key] == value, key


@each(PACKED)
def test_packers_pack_as_keras_hub_s(case):
    packer = getattr(layers, case["object"])(**case["config"])
    argument = tuple(case["argument"]) if case["segments"] else case["argument"]
    found = packer(argument, **case["call"])
    found = [np.asarray(part).tolist() for part in found] if isinstance(found, tuple) else np.asarray(found).tolist()
    assert found == case["value"]


@each(SAMPLED)
def test_samplers_choose_as_keras_hub_s(case):
    logits, hidden = jnp.asarray(shared("markov", "logits")), jnp.asarray(shared("markov", "hidden"))

    def step(prompt, cache, index):
        said = jnp.take(prompt, jnp.maximum(index - 1, 0), axis=1)
        return logits[said], hidden[said], cache

    sampler = getattr(nlp.samplers, case["object"])(**case["config"])
    prompt = np.int32(case["prompt"])
    found = sampler(step, prompt, index=case["index"], hidden_states=hidden[prompt], **case["call"])
    for mine, theirs in zip(found if isinstance(found, tuple) else [found], case["value"], strict=True):
        np.testing.assert_allclose(mine, np.asarray(theirs), **VALUE)


def test_a_model_file_of_keras_hub_is_read():
    model = hornbeam.load_model(FOLDER / "attention.keras", max_bytes=10**6)  # the file is compressed
    output = model.predict([shared("model", "source"), shared("model", "target")], verbose=0)
    np.testing.assert_allclose(output, shared("model", "output"), **VALUE)
