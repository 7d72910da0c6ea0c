"""Heads: what stands on a pretrained network for a task. Each gives a model's inputs and outputs."""

from __future__ import annotations

from typing import Any

from hornbeam import layers
from hornbeam.models import Input
from hornbeam.zoo.encoders import start
from hornbeam.zoo.family import Sizes
from hornbeam.zoo.rows import Row, linear, norm

Ends = tuple[Any, Any]


def _dense(backbone: Any, units: int, name: str, activation: Any = None) -> layers.Dense:
    return layers.Dense(units, activation=activation, kernel_initializer=start(), dtype=backbone.dtype, name=name)


def _dropped(backbone: Any, sizes: Sizes, x: Any, name: str) -> Any:
    return layers.Dropout(sizes.dropout, dtype=backbone.dtype, name=name)(x)


def features(backbone: Any, sizes: Sizes, classes: int) -> Ends:
    """The network's own outputs: a vector for each word, and one for the text where the network has it."""
    return backbone.input, backbone(backbone.input)


def classify_pooled(backbone: Any, sizes: Sizes, classes: int) -> Ends:
    """Logits of classes from the pooled output, as BERT has them."""
    x = _dropped(backbone, sizes, backbone(backbone.input)["pooled_output"], "classifier_dropout")
    return backbone.input, _dense(backbone, classes, "logits")(x)


def classify_first(activation: str, dropped_before: bool) -> Any:
    """Logits of classes from the first word's vector through one more dense layer."""

    def build(backbone: Any, sizes: Sizes, classes: int) -> Ends:
        x = backbone(backbone.input)["sequence_output"][:, 0, :]
        if dropped_before:
            x = _dropped(backbone, sizes, x, "pooled_dropout")
        x = _dense(backbone, sizes.hidden_dim, "pooled_dense", activation)(x)
        return backbone.input, _dense(backbone, classes, "logits")(_dropped(backbone, sizes, x, "output_dropout"))

    return build


def classify_words(backbone: Any, sizes: Sizes, classes: int) -> Ends:
    """Logits of classes for each word."""
    x = _dropped(backbone, sizes, backbone(backbone.input)["sequence_output"], "classifier_dropout")
    return backbone.input, _dense(backbone, classes, "logits")(x)


def answer(backbone: Any, sizes: Sizes, classes: int) -> Ends:
    """For each word, the logits that an answer starts there, and that it ends there."""
    x = _dense(backbone, 2, "logits")(backbone(backbone.input)["sequence_output"])
    return backbone.input, {"start_logits": x[:, :, 0], "end_logits": x[:, :, 1]}


def fill_mask(backbone: Any, sizes: Sizes, classes: int) -> Ends:
    """Logits of all words at the places that the input ``mask_positions`` names."""
    places = Input((None,), dtype="int32", name="mask_positions")
    embedding = next(layer for layer in backbone.layers if layer.name in _TABLES)
    table = getattr(embedding, "token_embedding", embedding)
    head = layers.MaskedLMHead(
        sizes.vocabulary_size,
        table if sizes.tied else None,
        intermediate_activation=sizes.mask_activation or sizes.activation,
        layer_norm_epsilon=sizes.layer_norm_epsilon if sizes.mask_epsilon is None else sizes.mask_epsilon,
        kernel_initializer=start(),
        dtype=backbone.dtype,
        name="mlm_head",
    )
    given = {**backbone.input, "mask_positions": places}
    return given, head(backbone(backbone.input)["sequence_output"], places)


_TABLES = ("token_embedding", "embeddings", "token_and_position_embedding")


def next_word(backbone: Any, sizes: Sizes, classes: int) -> Ends:
    """Logits of the word after each place."""
    x = backbone(backbone.input)["sequence_output"]
    return backbone.input, backbone.get_layer("token_embedding")(x, reverse=True)


def sentence(pooling: str, normalized: bool) -> Any:
    """One vector for a text: the mean of its words' vectors or the first of them, of length 1 if ``normalized``."""

    def build(backbone: Any, sizes: Sizes, classes: int) -> Ends:
        x = backbone(backbone.input)["sequence_output"]
        if pooling == "mean":
            mean = layers.GlobalAveragePooling1D(dtype=backbone.dtype, name="mean")
            x = mean(x, mask=backbone.input["padding_mask"])
        else:
            x = x[:, 0, :]
        return backbone.input, layers.UnitNormalization(dtype=backbone.dtype, name="unit")(x) if normalized else x

    return build


# -- their weights ----------------------------------------------------------------------------------------------------


def no_rows(sizes: Sizes) -> list[Row]:
    """Nothing beside the network's weights."""
    return []


def logits_rows(theirs: str = "classifier", before: str | None = None) -> Any:
    """Those of the dense layer of logits, and of the one before."""

    def rows(sizes: Sizes) -> list[Row]:
        return [*(linear(before, "pooled_dense") if before else []), *linear(theirs, "logits")]

    return rows


def mask_rows(dense: str, norms: str, decoder: str, bias: str) -> Any:
    """Those of ``fill_mask``."""

    def rows(sizes: Sizes) -> list[Row]:
        own = [] if sizes.tied else [Row(f"{decoder}.weight", "mlm_head/_kernel", turned=True)]
        shift = bias if sizes.tied else f"{decoder}.bias"
        return [
            *linear(dense, "mlm_head/_intermediate_dense"),
            *norm(norms, "mlm_head/_intermediate_layer_norm"),
            Row(shift, "mlm_head/_bias"),
            *own,
        ]

    return rows
