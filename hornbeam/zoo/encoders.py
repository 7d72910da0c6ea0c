"""The networks of BERT and its kin: vectors of words and places, then blocks of a transformer's encoder.

The layers, their names and their order are those of KerasHub, since its files of weights follow them.
"""

from __future__ import annotations

from typing import Any

from hornbeam import layers
from hornbeam.initializers import TruncatedNormal
from hornbeam.models import Input, Model
from hornbeam.zoo.family import Sizes
from hornbeam.zoo.rows import Row, linear, norm


def start() -> TruncatedNormal:
    """First values of weights, as BERT has them."""
    return TruncatedNormal(stddev=0.02)


def inputs(*names: str) -> dict[str, Any]:
    """Symbolic inputs of whole numbers, ``(batch, time)`` each."""
    return {name: Input((None,), dtype="int32", name=name) for name in names}


def with_segments(sizes: Sizes, dtype: Any, projected: bool = False) -> Model:
    """BERT's network: three tables are added up; ELECTRA's, when ``projected``, brings the sum to another width."""
    given = inputs("token_ids", "segment_ids", "padding_mask")
    width = sizes.embedding_dim if projected else sizes.hidden_dim
    shared: dict[str, Any] = {"embeddings_initializer": start(), "dtype": dtype}
    tokens = layers.ReversibleEmbedding(sizes.vocabulary_size, width, **shared, name="token_embedding")(
        given["token_ids"]
    )
    places = layers.PositionEmbedding(sizes.max_sequence_length, start(), dtype=dtype, name="position_embedding")
    segments = layers.Embedding(sizes.num_segments, width, **shared, name="segment_embedding")
    added = layers.Add(dtype=dtype, name="embeddings_add")([tokens, places(tokens), segments(given["segment_ids"])])
    x = _settled(added, sizes, dtype)
    if projected and width != sizes.hidden_dim:
        x = layers.Dense(sizes.hidden_dim, kernel_initializer=start(), dtype=dtype, name="embeddings_projection")(x)
    return _through_blocks(given, x, sizes, dtype)


def without_segments(sizes: Sizes, dtype: Any, embeddings: str) -> Model:
    """RoBERTa's and DistilBERT's network: words and places in one layer, called ``embeddings``."""
    given = inputs("token_ids", "padding_mask")
    x = layers.TokenAndPositionEmbedding(
        sizes.vocabulary_size,
        sizes.max_sequence_length,
        sizes.hidden_dim,
        embeddings_initializer=start(),
        dtype=dtype,
        name=embeddings,
    )(given["token_ids"])
    return _through_blocks(given, _settled(x, sizes, dtype), sizes, dtype)


def _settled(x: Any, sizes: Sizes, dtype: Any) -> Any:
    x = layers.LayerNormalization(epsilon=sizes.layer_norm_epsilon, dtype=dtype, name="embeddings_layer_norm")(x)
    return layers.Dropout(sizes.dropout, dtype=dtype, name="embeddings_dropout")(x)


def _through_blocks(given: dict[str, Any], x: Any, sizes: Sizes, dtype: Any) -> Model:
    for number in range(sizes.num_layers):
        block = layers.TransformerEncoder(
            sizes.intermediate_dim,
            sizes.num_heads,
            dropout=sizes.dropout,
            activation=sizes.activation,
            layer_norm_epsilon=sizes.layer_norm_epsilon,
            kernel_initializer=start(),
            dtype=dtype,
            name=f"transformer_layer_{number}",
        )
        x = block(x, padding_mask=given["padding_mask"])
    outputs = {"sequence_output": x}
    if sizes.pooled:
        pooler = layers.Dense(
            sizes.hidden_dim, activation="tanh", kernel_initializer=start(), dtype=dtype, name="pooled_dense"
        )
        outputs["pooled_output"] = pooler(x[:, 0, :])
    return Model(given, outputs, name="backbone", dtype=dtype)


def block_rows(sizes: Sizes, block: str, names: dict[str, str]) -> list[Row]:
    """The weights of all blocks.

    Args:
        sizes: how many there are.
        block: what their names begin with, with ``{n}`` for the number.
        names: how the checkpoint calls query, key, value, output, attention_norm, first, second, last_norm.
    """
    rows: list[Row] = []
    for n in range(sizes.num_layers):
        theirs, ours = block.format(n=n), f"transformer_layer_{n}"
        attention = f"{ours}/_self_attention_layer"
        for part in ("query", "key", "value"):
            rows += linear(f"{theirs}.{names[part]}", f"{attention}/{part}_dense")
        rows += linear(f"{theirs}.{names['output']}", f"{attention}/output_dense", inputs=2)
        rows += norm(f"{theirs}.{names['attention_norm']}", f"{ours}/_self_attention_layer_norm")
        rows += linear(f"{theirs}.{names['first']}", f"{ours}/_feedforward_intermediate_dense")
        rows += linear(f"{theirs}.{names['second']}", f"{ours}/_feedforward_output_dense")
        rows += norm(f"{theirs}.{names['last_norm']}", f"{ours}/_feedforward_layer_norm")
    return rows


BERT_BLOCK = {
    **{part: f"attention.self.{part}" for part in ("query", "key", "value")},
    "output": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "first": "intermediate.dense",
    "second": "output.dense",
    "last_norm": "output.LayerNorm",
}
BERT_KEYS: dict[str, tuple[str, Any]] = {
    "vocabulary_size": ("vocab_size", 30522),
    "num_layers": ("num_hidden_layers", 12),
    "num_heads": ("num_attention_heads", 12),
    "hidden_dim": ("hidden_size", 768),
    "intermediate_dim": ("intermediate_size", 3072),
    "max_sequence_length": ("max_position_embeddings", 512),
    "dropout": ("hidden_dropout_prob", 0.1),
    "num_segments": ("type_vocab_size", 2),
    "activation": ("hidden_act", "gelu"),
    "layer_norm_epsilon": ("layer_norm_eps", 1e-12),
}
BERT_FIXED = {"position_embedding_type": "absolute", "is_decoder": False, "add_cross_attention": False}
BERT_SPECIALS = {
    **{"start": "[CLS]", "end": "[SEP]", "between": "[SEP]"},
    **{"pad": "[PAD]", "mask": "[MASK]", "unknown": "[UNK]"},
}
