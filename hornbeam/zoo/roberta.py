"""RoBERTa: BERT's network, trained longer on byte pairs and without segments.

Its table of places has two rows before the first; its single segment's vector is added to every place.

Reference: Liu et al. (2019), RoBERTa: a robustly optimized BERT pretraining approach.
"""

from __future__ import annotations

from functools import partial

from hornbeam.zoo import heads
from hornbeam.zoo.encoders import BERT_BLOCK, BERT_FIXED, BERT_KEYS, block_rows, without_segments
from hornbeam.zoo.family import Family, Head, Sizes
from hornbeam.zoo.rows import Row, linear, norm, table

_RESERVED = 2
_SEGMENTS = "embeddings.token_type_embeddings.weight"


def _rows(sizes: Sizes) -> list[Row]:
    places = "embeddings/position_embedding/position_embeddings"
    return [
        table("embeddings.word_embeddings", "embeddings/token_embedding/embeddings"),
        table("embeddings.position_embeddings", places, skip=_RESERVED, added=_SEGMENTS),
        *norm("embeddings.LayerNorm", "embeddings_layer_norm"),
        *block_rows(sizes, "encoder.layer.{n}", BERT_BLOCK),
        *(linear("pooler.dense", "pooled_dense") if sizes.pooled else []),
    ]


ROBERTA = Family(
    name="roberta",
    prefix="roberta",
    preset="Roberta",
    keys={**BERT_KEYS, "vocabulary_size": ("vocab_size", 50265), "num_segments": ("type_vocab_size", 1)},
    fixed={**BERT_FIXED, "pad_token_id": 1},
    build=partial(without_segments, embeddings="embeddings"),
    rows=_rows,
    blocks="encoder.layer.",
    reserved=_RESERVED,
    byte_pairs=True,
    specials={
        **{"start": "<s>", "end": "</s>", "between": "</s> </s>"},
        **{"pad": "<pad>", "mask": "<mask>", "unknown": "<unk>"},
    },
    heads={
        "text-classification": Head(
            "RobertaForSequenceClassification",
            heads.classify_first("tanh", dropped_before=True),
            heads.logits_rows("classifier.out_proj", "classifier.dense"),
        ),
        "token-classification": Head("RobertaForTokenClassification", heads.classify_words, heads.logits_rows()),
        "question-answering": Head("RobertaForQuestionAnswering", heads.answer, heads.logits_rows("qa_outputs")),
        "fill-mask": Head(
            "RobertaForMaskedLM",
            heads.fill_mask,
            heads.mask_rows("lm_head.dense", "lm_head.layer_norm", "lm_head.decoder", "lm_head.bias"),
        ),
    },
)
