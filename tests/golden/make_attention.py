"""Write `attention.npz`, `attention.json` and `attention.keras`: Keras's attention layers and KerasHub's transformers.

A case has `package` (`keras` or `keras_hub`), `object` (a class, or the operation dot_product_attention), `config`,
`args` (names of the shared arrays `inputs/<name>/x`), `listed` (whether the layer is called on one list of them),
`masked` (names of the masks that they carry, or null), `call` (further arguments; `"@name"` is a shared array),
`kept` (the name of a mask over the first output, outside of which it is of no meaning), `weights` (names in the order
of `layer.weights`, each of standard_normal numbers times 0.5 from numpy's default_rng(`seed`), in turn) and
`get_config`. Arrays: `<case>/output_<i>`, and `<case>/gradients` of sum(first output * inputs/cotangents/<shape>,
where kept) by the float arguments and the weights, each ravelled, end to end; an argument given twice counts once.
Cases of packers and samplers have `value`, what came out, instead of arrays.
Run with keras-hub 0.32 beside Keras: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_attention.py`.
"""

import zipfile

import jax
import keras
import keras_hub
import numpy as np
from keras.src.backend import set_keras_mask
from writer import FOLDER, Golden

COTANGENTS = np.random.default_rng(6)
RNG = np.random.default_rng(7)


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


def make_inputs(golden):
    steps = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]], bool)
    source = np.array([[1, 1, 1, 0, 1], [1, 1, 1, 1, 1], [0, 1, 1, 0, 0]], bool)
    look = RNG.random((3, 4, 5)) < 0.6
    look[:, :, 1] = True
    own = RNG.random((3, 4, 4)) < 0.6
    own[:, :, 0] = True
    for name, x in {
        "x": normal(3, 4, 6),
        "y": normal(3, 5, 6),
        "narrow": normal(3, 5, 3),
        "picture": normal(2, 3, 4, 4),
        "heads": normal(3, 4, 4, 2),
        "groups": normal(3, 5, 2, 2),
        "group_values": normal(3, 5, 2, 2),
        "bias": normal(1, 4, 4, 5),
        "steps": steps,
        "source": source,
        "look": look,
        "own": own,
        "look_heads": (RNG.random((3, 4, 4, 5)) < 0.7) | (np.arange(5) == 2),
        "rows": np.array([[1, 0, 1, 0], [0, 1, 1, 1], [1, 1, 1, 1]], bool)[:2, :, None, None]
        & np.ones((1, 1, 4, 4), bool),
        "tokens": np.int32([[1, 5, 2, 0], [3, 0, 0, 0], [6, 6, 1, 4]]),
        "places": np.int32([[0, 2], [3, 3], [1, 0]]),
        "positions": np.int32([0, 2, 1, 5]),
        "batch_positions": np.int32([[0, 2, 1, 5], [3, 3, 3, 3], [1, 2, 3, 4]]),
        "step": normal(3, 1, 6),
        "cache": normal(3, 2, 5, 2, 3),
        "cross_cache": normal(3, 2, 5, 2, 3),
        "filled": np.array([[1, 1, 1, 0, 0], [0, 1, 1, 0, 0], [1, 1, 1, 0, 0]], bool),
    }.items():
        golden.inputs(name, x=x)


def keras_cases():
    """Yield (object, config, args, more)."""
    for config in ({}, {"use_scale": True}, {"score_mode": "concat"}, {"score_mode": "concat", "use_scale": True}):
        yield "Attention", config, ["x", "y"], {"listed": True}
    yield "Attention", {}, ["x", "narrow", "y"], {"listed": True, "call": {"return_attention_scores": True}}
    masks = {"listed": True, "masked": ["steps", "source"]}
    yield "Attention", {"use_scale": True}, ["x", "y"], masks
    yield "Attention", {}, ["x", "x"], {"listed": True, "call": {"use_causal_mask": True}}
    yield "Attention", {}, ["x", "x"], {"listed": True, "masked": ["steps", "steps"], "call": {"use_causal_mask": True}}
    yield "AdditiveAttention", {}, ["x", "y"], masks
    yield "AdditiveAttention", {"use_scale": False}, ["x", "y"], {"listed": True}
    causal = {"use_causal_mask": True, "return_attention_scores": True}
    yield "AdditiveAttention", {}, ["x", "x"], {"listed": True, "call": causal}

    heads = {"num_heads": 2, "key_dim": 3}
    scores = {"call": {"return_attention_scores": True}}  # without, Keras cannot compute another value_dim
    yield "MultiHeadAttention", heads, ["x", "x"], {}
    yield "MultiHeadAttention", heads, ["x", "y"], {"call": {"return_attention_scores": True}}
    yield (
        "MultiHeadAttention",
        {**heads, "value_dim": 5, "output_shape": 7, "use_bias": False},
        ["x", "y", "narrow"],
        scores,
    )
    yield "MultiHeadAttention", {**heads, "output_shape": [2, 3]}, ["x", "y"], {}
    yield "MultiHeadAttention", heads, ["x", "x"], {"call": {"use_causal_mask": True}}
    yield "MultiHeadAttention", heads, ["x", "x"], {"call": causal}
    yield "MultiHeadAttention", heads, ["x", "y"], {"call": {"attention_mask": "@look"}}
    yield (
        "MultiHeadAttention",
        heads,
        ["x", "y"],
        {"call": {"attention_mask": "@look", "return_attention_scores": True}},
    )
    yield "MultiHeadAttention", {"num_heads": 4, "key_dim": 2}, ["x", "y"], {"call": {"attention_mask": "@look_heads"}}
    yield "MultiHeadAttention", heads, ["x", "y"], {"masked": ["steps", "source"], "kept": "steps"}
    yield (
        "MultiHeadAttention",
        heads,
        ["x", "x"],
        {"masked": ["steps", "steps"], "kept": "steps", "call": {"use_causal_mask": True, "attention_mask": "@own"}},
    )
    yield "MultiHeadAttention", {**heads, "sliding_window": 2}, ["x", "x"], {"call": {"use_causal_mask": True}}
    yield "MultiHeadAttention", {**heads, "use_gate": True, "value_dim": 2}, ["x", "y"], scores
    axes = {"num_heads": 2, "key_dim": 3, "attention_axes": 2}
    yield "MultiHeadAttention", axes, ["picture", "picture"], {}
    yield "MultiHeadAttention", axes, ["picture", "picture"], {"call": {"return_attention_scores": True}}
    both = {"num_heads": 2, "key_dim": 3}
    yield "MultiHeadAttention", both, ["picture", "picture"], {"call": {"return_attention_scores": True}}

    groups = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}
    yield "GroupQueryAttention", groups, ["x", "y"], {}
    yield "GroupQueryAttention", {**groups, "num_key_value_heads": 1, "use_bias": False}, ["x", "y"], {}
    yield "GroupQueryAttention", groups, ["x", "x"], {"call": causal}
    yield "GroupQueryAttention", {**groups, "sliding_window": 2}, ["x", "x"], {"call": {"use_causal_mask": True}}
    yield "GroupQueryAttention", {**groups, "use_gate": True}, ["x", "y"], {"call": {"attention_mask": "@look"}}

    yield "ReversibleEmbedding", {"input_dim": 7, "output_dim": 6}, ["tokens"], {}
    yield "ReversibleEmbedding", {"input_dim": 7, "output_dim": 6}, ["x"], {"call": {"reverse": True}}
    yield (
        "ReversibleEmbedding",
        {"input_dim": 7, "output_dim": 6, "tie_weights": False, "logit_soft_cap": 2.0},
        ["x"],
        {"call": {"reverse": True}},
    )
    for call in (
        {},
        {"bias": "@bias", "scale": 0.3},
        {"mask": "@look_heads"},
        {"is_causal": True},
        {"mask": "@look_heads", "bias": "@bias", "is_causal": False},
    ):
        yield "dot_product_attention", {}, ["heads", "groups", "group_values"], {"call": call}


def hub_cases():
    yield "PositionEmbedding", {"sequence_length": 7}, ["x"], {}
    yield "PositionEmbedding", {"sequence_length": 7}, ["x"], {"call": {"start_index": 2}}
    yield "PositionEmbedding", {"sequence_length": 7}, ["x"], {"call": {"positions": "@positions"}}
    yield "PositionEmbedding", {"sequence_length": 7}, ["x"], {"call": {"positions": "@batch_positions"}}
    yield "SinePositionEncoding", {}, ["x"], {}
    yield "SinePositionEncoding", {"max_wavelength": 50}, ["x"], {"call": {"start_index": 3}}
    yield "RotaryEmbedding", {}, ["x"], {}
    yield "RotaryEmbedding", {"max_wavelength": 100, "scaling_factor": 2.0}, ["heads"], {"call": {"start_index": 3}}
    yield "RotaryEmbedding", {"rope_type": "dynamic", "scaling_factor": 2.0}, ["x"], {}
    yarn = {"rope_type": "yarn", "scaling_factor": 4.0, "original_max_position_embeddings": 64}
    yield "RotaryEmbedding", yarn, ["x"], {"call": {"positions": "@batch_positions"}}
    yield "RotaryEmbedding", {**yarn, "truncate": False, "beta_fast": 8.0}, ["x"], {"call": {"positions": "@positions"}}
    yield "RotaryEmbedding", {"sequence_axis": 2, "feature_axis": 1}, ["heads"], {}
    yield "RotaryEmbedding", {"denominator_dim": 12}, ["x"], {}
    table = {"vocabulary_size": 7, "sequence_length": 6, "embedding_dim": 4}
    yield "TokenAndPositionEmbedding", table, ["tokens"], {}
    yield "TokenAndPositionEmbedding", {**table, "mask_zero": True}, ["tokens"], {"call": {"start_index": 1}}

    block = {"intermediate_dim": 8, "num_heads": 2}
    yield "TransformerEncoder", block, ["x"], {}
    yield "TransformerEncoder", {**block, "normalize_first": True, "activation": "gelu"}, ["x"], {}
    yield "TransformerEncoder", block, ["x"], {"call": {"padding_mask": "@steps", "return_attention_scores": True}}
    yield "TransformerEncoder", block, ["x"], {"call": {"padding_mask": "@steps", "attention_mask": "@own"}}
    yield "TransformerEncoder", {**block, "layer_norm_epsilon": 0.1}, ["x"], {"masked": ["steps"], "kept": "steps"}
    yield "TransformerDecoder", block, ["x"], {}
    yield "TransformerDecoder", {**block, "normalize_first": True, "activation": "gelu"}, ["x", "y"], {}
    masks = {"decoder_padding_mask": "@steps", "encoder_padding_mask": "@source"}
    yield "TransformerDecoder", block, ["x", "y"], {"call": masks}
    own = {"decoder_attention_mask": "@own", "encoder_attention_mask": "@look", "use_causal_mask": False}
    yield "TransformerDecoder", block, ["x", "y"], {"call": own}
    cache = {"self_attention_cache": "@cache", "self_attention_cache_update_index": 2}
    yield "TransformerDecoder", block, ["step"], {"call": cache}
    yield "TransformerDecoder", block, ["step"], {"call": {**cache, "decoder_padding_mask": "@filled"}}
    cross = {**cache, "cross_attention_cache": "@cross_cache"}
    yield "TransformerDecoder", {**block, "normalize_first": True}, ["step", "y"], {"call": cross}
    yield "TransformerDecoder", block, ["step", "y"], {"call": {**cross, "cross_attention_cache_update_index": 0}}
    heads = {"num_heads": 2, "key_dim": 3}
    yield "CachedMultiHeadAttention", heads, ["x", "y"], {"call": {"attention_mask": "@look"}}
    yield "CachedMultiHeadAttention", heads, ["step", "step"], {"call": {"cache": "@cache", "cache_update_index": 1}}
    scores = {"cache": "@cache", "return_attention_scores": True}
    yield "CachedMultiHeadAttention", heads, ["x", "y"], {"call": scores}
    yield "FNetEncoder", {"intermediate_dim": 8}, ["x"], {}
    yield "FNetEncoder", {"intermediate_dim": 8, "activation": "tanh", "layer_norm_epsilon": 0.1}, ["x"], {}
    yield "MaskedLMHead", {"vocabulary_size": 7}, ["x", "places"], {}
    head = {"vocabulary_size": 7, "intermediate_activation": "tanh", "activation": "softmax"}
    yield "MaskedLMHead", head, ["x", "places"], {}


def host_cases():
    """Yield (object, config, argument, more) of the packers."""
    short, long = [[5, 6, 7], [8, 9, 10, 11, 12, 13]], [[21, 22], [23, 24, 25, 26, 27]]
    ends = {"start_value": 1, "end_value": 2}
    yield "StartEndPacker", {"sequence_length": 6, **ends}, short, {}
    yield "StartEndPacker", {"sequence_length": 6, **ends, "padding_side": "left"}, short, {}
    yield "StartEndPacker", {"sequence_length": 7, "start_value": [1, 3], "end_value": 2, "pad_value": 9}, short[0], {}
    yield "StartEndPacker", {"sequence_length": 6, **ends, "return_padding_mask": True}, short, {}
    yield "StartEndPacker", {"sequence_length": 6, **ends}, short, {"sequence_length": 5, "add_end_value": False}
    words = {"start_value": "<s>", "end_value": "</s>", "pad_value": "<pad>"}
    yield "StartEndPacker", {"sequence_length": 6, **words}, [["this", "is", "fun"], ["awesome"]], {}
    for truncate in ("round_robin", "waterfall"):
        for length in (5, 8, 9, 10, 12):
            config = {"sequence_length": length, **ends, "truncate": truncate}
            yield "MultiSegmentPacker", config, (short, long), {}
        yield "MultiSegmentPacker", {"sequence_length": 11, **ends, "truncate": truncate}, (short, long, short), {}
    yield "MultiSegmentPacker", {"sequence_length": 8, **ends, "sep_value": [3, 3]}, (short[1], long[1]), {}
    yield "MultiSegmentPacker", {"sequence_length": 12, **ends, "padding_side": "left"}, (short,), {}


def sampler_cases():
    for config in ({}, {"temperature": 0.5}):
        yield "GreedySampler", config, {}
    for beams in (1, 2, 4):
        yield "BeamSampler", {"num_beams": beams, "return_all_beams": True}, {}
    yield "TopKSampler", {"k": 1}, {}
    yield "TopPSampler", {"p": 0.0}, {}
    for k, alpha in ((3, 0.6), (4, 0.2), (4, 0.0)):
        yield "ContrastiveSampler", {"k": k, "alpha": alpha}, {}
    yield "GreedySampler", {}, {"stop_token_ids": [4]}


def set_weights(layer, rng):
    for weight in layer.weights:
        if weight.dtype == "float32":
            weight.assign(np.float32(rng.standard_normal(weight.shape) * 0.5))


def flat(output):
    return list(output) if isinstance(output, (list, tuple)) else [output]


def run(golden, layer, args, masks, more, call):
    trainable = [w for w in layer.weights if w.trainable] if isinstance(layer, keras.Layer) else []
    others = [] if not trainable else [w for w in layer.variables if not any(w is t for t in trainable)]
    floats = [k for k, x in enumerate(args) if x.dtype == np.float32]

    def forward(weights, given):
        now = [keras.ops.convert_to_tensor(x) for x in args]
        for k, x in zip(floats, given, strict=True):
            now[k] = x * 1.0
        same = len(args) > 1 and args[0] is args[1]
        if same:
            now[1] = now[0]
        for x, mask in zip(now, masks, strict=True):
            if mask is not None:
                set_keras_mask(x, keras.ops.convert_to_tensor(mask))
        pairs = list(zip(trainable, weights, strict=True)) + [(w, w.value) for w in others]
        with keras.StatelessScope(state_mapping=pairs):
            return flat(layer(now, **call) if more.get("listed") else layer(*now, **call))

    weights, given = [w.value for w in trainable], [jax.numpy.asarray(args[k]) for k in floats]
    outputs = forward(weights, given)
    shape = outputs[0].shape
    key = f"inputs/cotangents/{'x'.join(map(str, shape))}"
    if key not in golden.arrays:
        golden.arrays[key] = COTANGENTS.normal(size=shape).astype("float32")
    cotangent = golden.arrays[key]
    if more.get("kept"):
        cotangent = cotangent * golden.arrays[f"inputs/{more['kept']}/x"][..., None]
    arrays = {f"output_{i}": output for i, output in enumerate(outputs)}

    def weigh(weights, given):
        return (forward(weights, given)[0] * cotangent).sum()

    by_weight, by_arg = jax.grad(weigh, (0, 1))(weights, given)
    if len(args) > 1 and args[0] is args[1]:
        by_arg = by_arg[:1]
    gradients = [np.ravel(each) for each in (*by_arg, *by_weight)]
    if gradients:
        arrays["gradients"] = np.concatenate(gradients)
    return arrays


def add_layers(golden):
    cases = [("keras", *case) for case in keras_cases()] + [("keras_hub", *case) for case in hub_cases()]
    for number, (package, name, config, names, more) in enumerate(cases):
        keras.backend.clear_session()
        args = [golden.arrays[f"inputs/{each}/x"] for each in names]
        masks = [None if each is None else golden.arrays[f"inputs/{each}/x"] for each in more.get("masked", [None] * 9)]
        call = {
            key: golden.arrays[f"inputs/{value[1:]}/x"] if isinstance(value, str) else value
            for key, value in more.get("call", {}).items()
        }
        described = {}
        if name == "dot_product_attention":
            layer = keras.ops.dot_product_attention
        else:
            layer = getattr(keras.layers if package == "keras" else keras_hub.layers, name)(**config)
            if "reverse" in call:
                layer.build()
            else:
                layer(args, **call) if more.get("listed") else layer(*args, **call)
            set_weights(layer, np.random.default_rng(100 + number))
            described = {
                "seed": 100 + number,
                "weights": [weight.name for weight in layer.weights],
                "get_config": layer.get_config(),
            }
        arrays = run(golden, layer, args, masks[: len(args)], more, call)
        golden.add(f"{name}-{number}", name, config, arrays, package=package, args=names, **more, **described)


def add_values(golden):
    for number, (name, config, argument, call) in enumerate(host_cases()):
        found = getattr(keras_hub.layers, name)(**config)(argument, **call)
        value = (
            [np.asarray(each).tolist() for each in found] if isinstance(found, tuple) else np.asarray(found).tolist()
        )
        more = {"argument": argument, "segments": isinstance(argument, tuple), "call": call, "value": value}
        golden.add(f"{name}-value-{number}", name, config, {}, **more)
    # word w is followed by the words of row w; the hidden state is a row of another table
    golden.inputs("markov", logits=normal(6, 6) * 1.5, hidden=normal(6, 3))
    logits, hidden = golden.arrays["inputs/markov/logits"], golden.arrays["inputs/markov/hidden"]

    def next(prompt, cache, index):
        said = keras.ops.take(prompt, keras.ops.maximum(index - 1, 0), axis=1)
        return keras.ops.take(logits, said, axis=0), keras.ops.take(hidden, said, axis=0), cache

    prompt = np.int32([[3, 1, 0, 0, 0, 0, 0], [0, 2, 0, 0, 0, 0, 0]])
    for number, (name, config, call) in enumerate(sampler_cases()):
        sampler = getattr(keras_hub.samplers, name)(**config)
        states = np.take(hidden, prompt, axis=0)
        found = sampler(next, prompt, index=2, hidden_states=states, **call)
        value = [np.asarray(each).tolist() for each in flat(found)]
        golden.add(f"{name}-value-{number}", name, config, {}, prompt=prompt, index=2, call=call, value=value)


def write_model():
    """A small translator whose file names Keras's and KerasHub's layers, and what it gives."""
    keras.utils.set_random_seed(1)
    source, target = keras.Input((None,), dtype="int32"), keras.Input((None,), dtype="int32")
    table = {"vocabulary_size": 7, "sequence_length": 6, "embedding_dim": 4, "mask_zero": True}
    read = keras_hub.layers.TokenAndPositionEmbedding(**table)(source)
    read = keras_hub.layers.TransformerEncoder(8, 2)(read)
    said = keras_hub.layers.TokenAndPositionEmbedding(**table)(target)
    said = keras_hub.layers.TransformerDecoder(8, 2)(said, read)
    said = keras.layers.MultiHeadAttention(2, 3)(said, said, use_causal_mask=True)
    said = keras.layers.GroupQueryAttention(3, 2, 1)(said, said)
    model = keras.Model([source, target], keras.layers.Dense(7)(said))
    set_weights(model, np.random.default_rng(3))
    model.save(FOLDER / "attention.keras")
    with zipfile.ZipFile(FOLDER / "attention.keras") as file:  # Keras does not compress, which here is four fifths
        members = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(FOLDER / "attention.keras", "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    data = np.int32([[1, 5, 2, 6], [3, 4, 1, 2]]), np.int32([[2, 4, 4], [3, 5, 6]])
    return {"source": data[0], "target": data[1], "output": model.predict(data, verbose=0)}


def main():
    golden = Golden("attention")
    make_inputs(golden)
    add_layers(golden)
    add_values(golden)
    golden.inputs("model", **write_model())
    golden.write()


if __name__ == "__main__":
    main()
