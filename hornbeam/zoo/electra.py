"""ELECTRA's encoder: BERT's network, trained to find words that were replaced; its tables may be narrower.

Reference: Clark et al. (2020), ELECTRA: pre-training text encoders as discriminators rather than generators.
"""

from __future__ import annotations

from functools import partial

from hornbeam.zoo import heads
from hornbeam.zoo.encoders import BERT_BLOCK, BERT_FIXED, BERT_KEYS, BERT_SPECIALS, block_rows, with_segments
from hornbeam.zoo.family import Family, Head, Sizes
from hornbeam.zoo.rows import Row, linear, norm, table


def _rows(sizes: Sizes) -> list[Row]:
    wider = sizes.embedding_dim != sizes.hidden_dim
    return [
        table("embeddings.word_embeddings", "token_embedding/embeddings"),
        table("embeddings.position_embeddings", "position_embedding/position_embeddings"),
        table("embeddings.token_type_embeddings", "segment_embedding/embeddings"),
        *norm("embeddings.LayerNorm", "embeddings_layer_norm"),
        *(linear("embeddings_project", "embeddings_projection") if wider else []),
        *block_rows(sizes, "encoder.layer.{n}", BERT_BLOCK),
        *(linear("pooler.dense", "pooled_dense") if sizes.pooled else []),
    ]


ELECTRA = Family(
    name="electra",
    prefix="electra",
    preset="Electra",
    keys={
        **BERT_KEYS,
        "embedding_dim": ("embedding_size", 128),
        "hidden_dim": ("hidden_size", 256),
        "num_heads": ("num_attention_heads", 4),
        "intermediate_dim": ("intermediate_size", 1024),
    },
    fixed=BERT_FIXED,
    build=partial(with_segments, projected=True),
    rows=_rows,
    blocks="encoder.layer.",
    specials=BERT_SPECIALS,
    heads={
        "text-classification": Head(
            "ElectraForSequenceClassification",
            heads.classify_first("gelu", dropped_before=True),
            heads.logits_rows("classifier.out_proj", "classifier.dense"),
        ),
        "token-classification": Head("ElectraForTokenClassification", heads.classify_words, heads.logits_rows()),
        "question-answering": Head("ElectraForQuestionAnswering", heads.answer, heads.logits_rows("qa_outputs")),
    },
)
