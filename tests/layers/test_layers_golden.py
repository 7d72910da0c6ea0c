"""Layers against Keras 3.15.1: outputs, masks, losses, gradients, moved statistics, names of weights, configs."""

import functools
import inspect
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from golden.writer import read

from hornbeam import layers
from hornbeam.core.frame import Frame
from hornbeam.core.registry import REGISTRIES

FAMILIES = ("layers", "convolution")
FILES = {family: read(family) for family in FAMILIES}
CASES = [case | {"family": family} for family, (cases, _) in FILES.items() for case in cases]
NAMES = json.loads((Path(__file__).parents[1] / "golden" / "public_names.json").read_text())["keras.layers"]
KINDS = sorted({case["object"] for case in CASES})

# Both run JAX in float32, in another order of operations: a few units in the last place for values, ten times that
# for gradients, which are sums of products. Chosen before any comparison was made.
VALUE = {"rtol": 1e-5, "atol": 1e-6}
SLOPE = {"rtol": 1e-4, "atol": 1e-5}

# Adapters and quantisation are functions over graphs in Hornbeam, not flags of a layer.
ELSEWHERE = {"lora_rank", "lora_alpha", "gptq_unpacked_column_size", "quantization_config"}


def arrays_for(case):
    """The arrays of a case's family, by their keys."""
    return FILES[case["family"]][1]


def made(case):
    """The layer of a case, built, with the case's weights."""
    arrays = arrays_for(case)
    layer = getattr(layers, case["object"])(**case["config"])
    xs = [arrays[f"inputs/{name}/x"] for name in case["inputs"]]
    if "adapt" in case:
        layer.adapt(arrays[f"inputs/{case['adapt']}/x"])
    if not layer.built:
        shapes = [(None, *x.shape[1:]) for x in xs]
        layer.build(shapes[0] if len(xs) == 1 else shapes)
    if "adapt" not in case:
        own = [arrays[f"{case['case']}/weight_{i}"] for i in range(len(case["weights"]))]
        layer.set_weights(own)
    return layer, xs


def call_arguments(case):
    arrays = arrays_for(case)
    given = case.get("call", {})
    return {
        key: value if isinstance(value, bool) else arrays[f"inputs/{value}/{'mask' if key == 'mask' else 'x'}"]
        for key, value in given.items()
    }


@functools.cache
def computed(kind):
    """What the layers of one kind give for all their cases, from one compiled program."""
    prepared = {case["case"]: (case, *made(case)) for case in CASES if case["object"] == kind}

    def run():
        return {name: arrays_of(*parts) for name, parts in prepared.items()}

    return jax.jit(run)()


def arrays_of(case, layer, xs):
    arrays = arrays_for(case)
    floats = [k for k, x in enumerate(xs) if x.dtype == np.float32]
    trained = layer.trainable_weights
    masks = [
        arrays[f"inputs/{name}/mask"] if masked else None
        for name, masked in zip(case["inputs"], case["masked"], strict=True)
    ]

    changed = []

    def forward(weights, given, bound=None):
        nonlocal changed
        with Frame({**(bound or {}), **dict(zip(trained, weights, strict=True))}) as frame:
            now = [jnp.asarray(x) for x in xs]
            for k, x in zip(floats, given, strict=True):
                now[k] = x
            for x, mask in zip(now, masks, strict=True):
                frame.set_mask(x, mask)
            output = layer(now[0] if len(now) == 1 else now, **call_arguments(case))
            changed = list(frame.written)
            losses = list(frame.losses) + layer.penalties()
            return output, (frame.mask_of(output), losses, [frame.written[w] for w in changed])

    weights, given = [jnp.asarray(w.value) for w in trained], [jnp.asarray(xs[k]) for k in floats]
    output, pull, (mask, losses, written) = jax.vjp(forward, weights, given, has_aux=True)
    found = {"output": output}
    if "adapt" in case and case["object"] == "Discretization":
        found["bin_boundaries"] = jnp.asarray(layer.bin_boundaries)
    if mask is not None:
        found["output_mask"] = mask
    if losses:
        found["losses"] = jnp.stack(losses)
    order = layer.weights
    found |= {f"after_{order.index(w)}": value for w, value in zip(changed, written, strict=True)}
    if case.get("second"):
        again = [jnp.asarray(arrays[f"inputs/{name}/x_second"]) for name in case["inputs"]]
        _, (_, _, written) = forward(weights, again, dict(zip(changed, written, strict=True)))
        found |= {f"after_second_{order.index(w)}": value for w, value in zip(changed, written, strict=True)}
    if "cotangent" in case:
        by_weight, by_input = pull(jnp.asarray(arrays[f"inputs/cotangents/{case['cotangent']}"]))
        found |= {f"gradient_weight_{order.index(w)}": g for w, g in zip(trained, by_weight, strict=True)}
        found |= {f"gradient_input_{k}": g for k, g in zip(floats, by_input, strict=True)}
    return found


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_output_mask_losses_and_gradients_are_keras_s(case):
    found = computed(case["object"])[case["case"]]
    arrays, prefix = arrays_for(case), f"{case['case']}/"
    expected = {key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)}
    for what, array in expected.items():
        if what.startswith("weight_"):
            continue
        assert what in found, f"{what} is missing"
        assert found[what].shape == array.shape, what
        np.testing.assert_allclose(
            found[what], array, **(SLOPE if what.startswith("gradient") else VALUE), err_msg=what
        )
    unexpected = {what for what in found if what == "output_mask" or what.startswith("after")} - set(expected)
    assert not unexpected


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_weights_have_keras_s_names_order_and_trainability(case):
    layer, _ = made(case)
    assert [weight.name for weight in layer.weights] == case["weights"]
    trained = layer.trainable_weights
    assert [i for i, weight in enumerate(layer.weights) if weight in trained] == case["trainable"]


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_a_layer_is_built_from_keras_s_config(case):
    config = {key: value for key, value in case["get_config"].items() if key not in ELSEWHERE}
    ours = getattr(layers, case["object"]).from_config(config)
    mine = ours.get_config()
    for key, value in config.items():
        if key in mine and key != "dtype" and (value is None or isinstance(value, (bool, int, float, str))):
            assert mine[key] == value, key


@pytest.mark.parametrize("kind", KINDS)
def test_arguments_have_keras_s_names_order_and_defaults(kind):
    theirs = NAMES[kind]["signature"]
    ours = inspect.signature(getattr(layers, kind)).parameters
    own = [name for name, p in ours.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    wanted = [part for part in _arguments(theirs) if not part.startswith("**")]
    names = [part.split("=")[0] for part in wanted]
    assert own == [name for name in names if name not in ELSEWHERE]
    for part in wanted:
        name, _, default = part.partition("=")
        if name in own:
            found = ours[name].default
            assert (found is inspect.Parameter.empty) if not default else repr(found) == default, name


def _arguments(signature):
    """``"(a, b=(1, 2))"`` -> ``["a", "b=(1, 2)"]``."""
    parts, depth = [""], 0
    for letter in signature[1:-1]:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def test_every_layer_stands_in_the_closed_table_under_its_name():
    table = REGISTRIES["keras.layers"]
    for name in layers.__all__:
        thing = getattr(layers, name)
        if isinstance(thing, type) and issubclass(thing, layers.Layer) and thing is not layers.Layer:
            assert table.get(name) is thing
