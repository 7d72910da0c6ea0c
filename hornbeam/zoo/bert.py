"""BERT, and MiniLM's sentence models, which have its network.

Reference: Devlin et al. (2019), BERT: pre-training of deep bidirectional transformers for language understanding.
"""

from __future__ import annotations

from hornbeam.zoo import heads
from hornbeam.zoo.encoders import BERT_BLOCK, BERT_FIXED, BERT_KEYS, BERT_SPECIALS, block_rows, with_segments
from hornbeam.zoo.family import Family, Head, Sizes
from hornbeam.zoo.rows import Row, linear, norm, table


def _rows(sizes: Sizes) -> list[Row]:
    return [
        table("embeddings.word_embeddings", "token_embedding/embeddings"),
        table("embeddings.position_embeddings", "position_embedding/position_embeddings"),
        table("embeddings.token_type_embeddings", "segment_embedding/embeddings"),
        *norm("embeddings.LayerNorm", "embeddings_layer_norm"),
        *block_rows(sizes, "encoder.layer.{n}", BERT_BLOCK),
        *(linear("pooler.dense", "pooled_dense") if sizes.pooled else []),
    ]


BERT = Family(
    name="bert",
    prefix="bert",
    preset="Bert",
    keys=BERT_KEYS,
    fixed=BERT_FIXED,
    build=with_segments,
    rows=_rows,
    blocks="encoder.layer.",
    specials=BERT_SPECIALS,
    heads={
        "text-classification": Head("BertForSequenceClassification", heads.classify_pooled, heads.logits_rows()),
        "token-classification": Head("BertForTokenClassification", heads.classify_words, heads.logits_rows()),
        "question-answering": Head("BertForQuestionAnswering", heads.answer, heads.logits_rows("qa_outputs")),
        "fill-mask": Head(
            "BertForMaskedLM",
            heads.fill_mask,
            heads.mask_rows(
                "cls.predictions.transform.dense",
                "cls.predictions.transform.LayerNorm",
                "cls.predictions.decoder",
                "cls.predictions.bias",
            ),
            ("BertForPreTraining",),
        ),
    },
)
