"""DistilBERT: every second block of BERT, taught by it.

Reference: Sanh et al. (2019), DistilBERT, a distilled version of BERT.
"""

from __future__ import annotations

from functools import partial

from hornbeam.zoo import heads
from hornbeam.zoo.encoders import BERT_SPECIALS, block_rows, without_segments
from hornbeam.zoo.family import Family, Head, Sizes
from hornbeam.zoo.rows import Row, norm, table

_EMBEDDINGS = "token_and_position_embedding"
_BLOCK = {
    **{"query": "attention.q_lin", "key": "attention.k_lin", "value": "attention.v_lin"},
    **{"output": "attention.out_lin", "attention_norm": "sa_layer_norm"},
    **{"first": "ffn.lin1", "second": "ffn.lin2", "last_norm": "output_layer_norm"},
}


def _rows(sizes: Sizes) -> list[Row]:
    return [
        table("embeddings.word_embeddings", f"{_EMBEDDINGS}/token_embedding/embeddings"),
        table("embeddings.position_embeddings", f"{_EMBEDDINGS}/position_embedding/position_embeddings"),
        *norm("embeddings.LayerNorm", "embeddings_layer_norm"),
        *block_rows(sizes, "transformer.layer.{n}", _BLOCK),
    ]


DISTILBERT = Family(
    name="distilbert",
    prefix="distilbert",
    preset="DistilBert",
    keys={
        "vocabulary_size": ("vocab_size", 30522),
        "num_layers": ("n_layers", 6),
        "num_heads": ("n_heads", 12),
        "hidden_dim": ("dim", 768),
        "intermediate_dim": ("hidden_dim", 3072),
        "max_sequence_length": ("max_position_embeddings", 512),
        "dropout": ("dropout", 0.1),
        "activation": ("activation", "gelu"),
    },
    build=partial(without_segments, embeddings=_EMBEDDINGS),
    rows=_rows,
    blocks="transformer.layer.",
    specials=BERT_SPECIALS,
    heads={
        "text-classification": Head(
            "DistilBertForSequenceClassification",
            heads.classify_first("relu", dropped_before=False),
            heads.logits_rows("classifier", "pre_classifier"),
        ),
        "token-classification": Head("DistilBertForTokenClassification", heads.classify_words, heads.logits_rows()),
        "question-answering": Head("DistilBertForQuestionAnswering", heads.answer, heads.logits_rows("qa_outputs")),
        "fill-mask": Head(
            "DistilBertForMaskedLM",
            heads.fill_mask,
            heads.mask_rows("vocab_transform", "vocab_layer_norm", "vocab_projector", "vocab_projector.bias"),
        ),
    },
)
