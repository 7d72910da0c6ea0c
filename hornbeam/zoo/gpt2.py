"""GPT-2: blocks of a transformer's decoder without an encoder, which give the next word.

Its dense layers are kept as (inputs, outputs), unlike all others of PyTorch, with query, key and value side by side.

Reference: Radford et al. (2019), Language models are unsupervised multitask learners.
"""

from __future__ import annotations

from typing import Any

from hornbeam import layers
from hornbeam.models import Model
from hornbeam.zoo import heads
from hornbeam.zoo.encoders import inputs, start
from hornbeam.zoo.family import Family, Head, Sizes
from hornbeam.zoo.rows import Row, norm, table


def _build(sizes: Sizes, dtype: Any) -> Model:
    given = inputs("token_ids", "padding_mask")
    tokens = layers.ReversibleEmbedding(
        sizes.vocabulary_size, sizes.hidden_dim, embeddings_initializer=start(), dtype=dtype, name="token_embedding"
    )(given["token_ids"])
    places = layers.PositionEmbedding(sizes.max_sequence_length, start(), dtype=dtype, name="position_embedding")
    x = layers.Add(dtype=dtype, name="embeddings_add")([tokens, places(tokens)])
    x = layers.Dropout(sizes.dropout, dtype=dtype, name="embeddings_dropout")(x)
    for number in range(sizes.num_layers):
        block = layers.TransformerDecoder(
            sizes.intermediate_dim,
            sizes.num_heads,
            dropout=sizes.dropout,
            activation=sizes.activation,
            layer_norm_epsilon=sizes.layer_norm_epsilon,
            kernel_initializer=start(),
            normalize_first=True,
            dtype=dtype,
            name=f"transformer_layer_{number}",
        )
        x = block(x, decoder_padding_mask=given["padding_mask"])
    x = layers.LayerNormalization(epsilon=sizes.layer_norm_epsilon, dtype=dtype, name="layer_norm")(x)
    return Model(given, {"sequence_output": x}, name="backbone", dtype=dtype)


def _dense(theirs: str, ours: str, inputs: int = 1, part: tuple[int, int] = (0, 1)) -> list[Row]:
    return [
        Row(f"{theirs}.weight", f"{ours}/kernel", inputs=inputs, part=part),
        Row(f"{theirs}.bias", f"{ours}/bias", part=part),
    ]


def _rows(sizes: Sizes) -> list[Row]:
    rows = [table("wte", "token_embedding/embeddings"), table("wpe", "position_embedding/position_embeddings")]
    for n in range(sizes.num_layers):
        theirs, ours = f"h.{n}", f"transformer_layer_{n}"
        attention = f"{ours}/_self_attention_layer"
        rows += norm(f"{theirs}.ln_1", f"{ours}/_self_attention_layer_norm")
        for k, part in enumerate(("query", "key", "value")):
            rows += _dense(f"{theirs}.attn.c_attn", f"{attention}/{part}_dense", part=(k, 3))
        rows += _dense(f"{theirs}.attn.c_proj", f"{attention}/output_dense", inputs=2)
        rows += norm(f"{theirs}.ln_2", f"{ours}/_feedforward_layer_norm")
        rows += _dense(f"{theirs}.mlp.c_fc", f"{ours}/_feedforward_intermediate_dense")
        rows += _dense(f"{theirs}.mlp.c_proj", f"{ours}/_feedforward_output_dense")
    return [*rows, *norm("ln_f", "layer_norm")]


GPT2 = Family(
    name="gpt2",
    prefix="transformer",
    preset="GPT2",
    keys={
        "vocabulary_size": ("vocab_size", 50257),
        "num_layers": ("n_layer", 12),
        "num_heads": ("n_head", 12),
        "hidden_dim": ("n_embd", 768),
        "intermediate_dim": ("n_inner", None),
        "max_sequence_length": ("n_positions", 1024),
        "dropout": ("resid_pdrop", 0.1),
        "activation": ("activation_function", "gelu_new"),
        "layer_norm_epsilon": ("layer_norm_epsilon", 1e-5),
    },
    fixed={
        "scale_attn_weights": True,
        "scale_attn_by_inverse_layer_idx": False,
        "add_cross_attention": False,
        "tie_word_embeddings": True,
    },
    build=_build,
    rows=_rows,
    blocks="h.",
    ignored=(".attn.bias", ".attn.masked_bias"),
    byte_pairs=True,
    specials={"start": "<|endoftext|>", "end": "<|endoftext|>", "unknown": "<|endoftext|>"},
    heads={"text-generation": Head("GPT2LMHeadModel", heads.next_word, heads.no_rows)},
)
