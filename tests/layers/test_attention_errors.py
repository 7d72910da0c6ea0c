"""What attention and transformers say to arguments and shapes that cannot be right."""

import numpy as np
import pytest

import hornbeam
from hornbeam import layers, ops
from hornbeam.core.errors import ArgumentError, DataError, HornbeamError, ShapeError

X, Y = np.ones((2, 5, 8), "float32"), np.ones((2, 4, 8), "float32")


def heads(**arguments):
    return layers.MultiHeadAttention(2, 4, name="mha", **arguments)


def decoder(*called):
    layer = layers.TransformerDecoder(16, 2, name="dec")
    layer(*called)
    return layer


CASES = {
    "key_dim": (
        lambda: layers.MultiHeadAttention(2, 0),
        ArgumentError,
        "MultiHeadAttention, key_dim: expected a positive integer; got 0.",
    ),
    "heads": (
        lambda: layers.TransformerEncoder(16, 3, name="enc")(X),
        ShapeError,
        "enc (TransformerEncoder), num_heads: expected a divisor of the 8 features; got 3. Each head gets features / "
        "num_heads of them: change one of the two.",
    ),
    "numbers": (
        lambda: layers.TransformerEncoder(16, 2, name="enc")(np.ones((2, 5), "float32")),
        ShapeError,
        "enc (TransformerEncoder): expected an input (batch, time, features) with a known number of features; got "
        "shape (None, 5). Embed whole numbers first, for example with TokenAndPositionEmbedding.",
    ),
    "attention mask": (
        lambda: heads()(X, Y, attention_mask=np.ones((2, 4, 5), bool)),
        ShapeError,
        "mha (MultiHeadAttention), attention_mask: expected shape (2, 5, 4) or (2, 2, 5, 4), with 1 where it does not "
        "vary; got shape (2, 4, 5). Give one that fits.",
    ),
    "value mask": (
        lambda: heads()(X, Y, value_mask=np.ones((2, 5), bool)),
        ShapeError,
        "mha (MultiHeadAttention), value_mask: expected shape (2, 4), an entry for each step; got shape (2, 5).",
    ),
    "padding mask": (
        lambda: layers.TransformerEncoder(16, 2, name="enc")(X, padding_mask=np.ones((2, 4), bool)),
        ShapeError,
        "enc (TransformerEncoder), padding_mask: expected a mask (batch, source) of a sequence of 5 steps in a batch "
        "of 2; got shape (2, 4). Give True where it may look.",
    ),
    "encoder mask": (
        lambda: layers.TransformerDecoder(16, 2, name="dec")(X, Y, encoder_attention_mask=np.ones((5, 4), bool)),
        ShapeError,
        "dec (TransformerDecoder), encoder_attention_mask: expected a mask (batch, time, source) of a sequence of 4 "
        "steps in a batch of 2; got shape (5, 4).",
    ),
    "one array": (
        lambda: layers.Attention(name="att")(X),
        ShapeError,
        "att (Attention): expected a list [query, value] or [query, value, key]; got shape (None, 5, 8). For "
        "self-attention write layer([x, x]).",
    ),
    "sizes": (
        lambda: layers.Attention(name="att")([X, Y[..., :3]]),
        ShapeError,
        "att (Attention): expected query (batch, time, size), value (batch, source, width) and key (batch, source, "
        "size); got (None, 5, 8), (None, 4, 3). Bring query and key to one size, for example with Dense.",
    ),
    "mask of attention": (
        lambda: layers.Attention(name="att")([X, Y], mask=np.ones((2, 4), bool)),
        ShapeError,
        "att (Attention), mask: expected a list [query_mask, value_mask]; got shape (2, 4).",
    ),
    "score mode": (
        lambda: layers.Attention(score_mode="cosine"),
        ArgumentError,
        "Attention, score_mode: expected one of 'dot', 'concat'; got 'cosine'.",
    ),
    "lengths": (
        lambda: heads()(X, Y, X),
        ShapeError,
        "mha (MultiHeadAttention): expected query (batch, time, features), and value and key (batch, source, features) "
        "of one length; got query (None, 5, 8), value (None, 4, 8) and key (None, 5, 8).",
    ),
    "axis": (
        lambda: heads(attention_axes=2)(X, X),
        ShapeError,
        "mha (MultiHeadAttention), attention_axes: expected axes between batch and features, from 1 to 1; got 2.",
    ),
    "flash": (
        lambda: heads(flash_attention=True, dropout=0.1),
        ArgumentError,
        "mha (MultiHeadAttention), flash_attention: expected no dropout, which the fused kernel does not know; got "
        "dropout=0.1.",
    ),
    "groups": (
        lambda: layers.GroupQueryAttention(4, 6, 4, name="gqa"),
        ArgumentError,
        "gqa (GroupQueryAttention), num_key_value_heads: expected a divisor of num_query_heads=6; got 4.",
    ),
    "long": (
        lambda: layers.PositionEmbedding(4, name="pos")(X),
        ShapeError,
        "pos (PositionEmbedding): expected a sequence of at most 4 steps, its sequence_length; got 5 steps. Cut the "
        "sequences, or give the layer a greater sequence_length.",
    ),
    "long in a network": (
        lambda: layers.TokenAndPositionEmbedding(9, 4, 8)(hornbeam.Input((5,), dtype="int32")),
        ShapeError,
        "position_embedding (PositionEmbedding): expected a sequence of at most 4 steps, its sequence_length; got 5 "
        "steps.",
    ),
    "wavelength": (
        lambda: layers.SinePositionEncoding(max_wavelength=0),
        ArgumentError,
        "SinePositionEncoding, max_wavelength: expected a number above 0; got 0. Give a number above 0.",
    ),
    "start": (
        lambda: layers.PositionEmbedding(6, name="pos")(X, start_index=2),
        ShapeError,
        "got 5 steps from place 2 on.",
    ),
    "positions": (
        lambda: layers.PositionEmbedding(6, name="pos")(X, positions=[0, 1, 2, 3, 6]),
        DataError,
        "pos (PositionEmbedding), positions: expected places from 0 to 5; got 6.",
    ),
    "word": (
        lambda: layers.TokenAndPositionEmbedding(6, 9, 4)(np.array([[2, 6]])),
        DataError,
        "token_embedding (ReversibleEmbedding): expected whole numbers from 0 to 5; got 6. Write input_dim=7",
    ),
    "odd": (
        lambda: layers.RotaryEmbedding(name="rot")(X[..., :7]),
        ShapeError,
        "rot (RotaryEmbedding): expected an axis of places, and another of features of even length to turn in pairs; "
        "got shape (2, 5, 7)",
    ),
    "rope": (
        lambda: layers.RotaryEmbedding(rope_type="linaer"),
        ArgumentError,
        "RotaryEmbedding, rope_type: expected one of 'linear', 'dynamic', 'yarn'; got 'linaer'.",
    ),
    "encoder given": (
        lambda: decoder(X)(X, Y),
        ArgumentError,
        "dec (TransformerDecoder), encoder_sequence: expected none, as in its first call; got shape (2, 4, 8). Make "
        "one layer for each way of calling",
    ),
    "encoder missing": (
        lambda: decoder(X, Y)(X),
        ArgumentError,
        "dec (TransformerDecoder), encoder_sequence: expected one, as in its first call; got none.",
    ),
    "one cache": (
        lambda: decoder(X, Y)(X, Y, self_attention_cache=np.zeros((2, 2, 5, 2, 4), "float32")),
        ArgumentError,
        "expected both or none; got only self_attention_cache. Begin both with zeros.",
    ),
    "cache": (
        lambda: decoder(X)(X, self_attention_cache=np.zeros((2, 5, 2, 2, 4), "float32")),
        ShapeError,
        "self_attention (CachedMultiHeadAttention), cache: expected shape (2, 2, steps, 2, 4), keys before values; got "
        "shape (2, 5, 2, 2, 4). Begin with zeros.",
    ),
    "index": (
        lambda: layers.CachedMultiHeadAttention(2, 4, name="mha")(X, X, cache_update_index=0),
        ArgumentError,
        "mha (CachedMultiHeadAttention), cache_update_index: expected None without a cache; got 0.",
    ),
    "head": (
        lambda: layers.MaskedLMHead(name="head"),
        ArgumentError,
        "head (MaskedLMHead), vocabulary_size: expected the number of words; got None. Give vocabulary_size or "
        "token_embedding.",
    ),
    "table": (
        lambda: layers.MaskedLMHead(8, layers.ReversibleEmbedding(9, 8), name="head"),
        ArgumentError,
        "head (MaskedLMHead), vocabulary_size: expected the number of words, 9 as in token_embedding; got 8.",
    ),
    "places": (
        lambda: layers.MaskedLMHead(8, name="head")(X, np.array([0, 1])),
        ShapeError,
        "head (MaskedLMHead), mask_positions: expected places (2, places), a row for each sample; got shape (2,).",
    ),
    "reverse": (
        lambda: layers.ReversibleEmbedding(9, 4, name="emb")(X, reverse=True),
        ShapeError,
        "emb (ReversibleEmbedding), reverse=True: expected vectors of 4 numbers along the last axis; got shape "
        "(2, 5, 8).",
    ),
    "operation": (
        lambda: ops.dot_product_attention(X, X, X),
        ShapeError,
        "got (2, 5, 8), (2, 5, 8) and (2, 5, 8). Without heads, give each an axis of length 1 there: x[:, :, None].",
    ),
    "operation's mask": (
        lambda: ops.dot_product_attention(*[X[:, :, None]] * 3, mask=np.ones((2, 5), bool)[:, :, None, None, None]),
        ShapeError,
        "dot_product_attention, mask: expected at most the axes (batch, heads, time, source); got (2, 5, 1, 1, 1).",
    ),
    "texts": (
        lambda: layers.StartEndPacker(6, name="pack")("a text"),
        DataError,
        "pack (StartEndPacker): expected numbers or words, in one list or in a list of lists; got 'a text'. Split "
        "texts into words first, with a tokenizer.",
    ),
    "room": (
        lambda: layers.StartEndPacker(1, 1, 2, name="pack")([5]),
        ArgumentError,
        "pack (StartEndPacker), sequence_length: expected at least 2, for the start and end values alone; got 1.",
    ),
    "segments": (
        lambda: layers.MultiSegmentPacker(9, 1, 2, name="pack")(([[5], [6]], [[5]])),
        DataError,
        "pack (MultiSegmentPacker): expected segments of equally many samples; got 2 rows and 1 rows.",
    ),
    "symbolic": (
        lambda: layers.StartEndPacker(6, name="pack")(hornbeam.Input((4,))),
        ArgumentError,
        "pack (StartEndPacker): expected lists or arrays; got a symbolic tensor. Call it on the data, before "
        "the model.",
    ),
    "mask token": (
        lambda: layers.MaskedLMMaskGenerator(10, 0.1, 10, name="gen"),
        ArgumentError,
        "gen (MaskedLMMaskGenerator), mask_token_id: expected a number below vocabulary_size=10; got 10.",
    ),
    "rates": (
        lambda: layers.MaskedLMMaskGenerator(10, 0.1, 9, mask_token_rate=0.8, random_token_rate=0.3, name="gen"),
        ArgumentError,
        "expected shares that together are at most 1; got 0.8 and 0.3.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_error_says_where_what_was_expected_what_came_and_what_to_do(case):
    wrong, kind, text = CASES[case]
    with pytest.raises(HornbeamError) as caught:
        wrong()
    assert type(caught.value) is kind
    assert text in str(caught.value)
