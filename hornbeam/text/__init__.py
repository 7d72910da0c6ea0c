"""The text room: words, pieces of words, their numbers, and texts made word by word."""

from __future__ import annotations

from hornbeam.text.byte_pair import BytePairTokenizer
from hornbeam.text.codepoints import ByteTokenizer, UnicodeCodepointTokenizer
from hornbeam.text.sampler import Sampler, generate
from hornbeam.text.samplers import GreedySampler, RandomSampler, TopKSampler, TopPSampler
from hornbeam.text.searches import BeamSampler, ContrastiveSampler
from hornbeam.text.sentence_piece import SentencePieceTokenizer
from hornbeam.text.sequence import make_sampling_table, pad_sequences, skipgrams
from hornbeam.text.subword import SubwordTokenizer
from hornbeam.text.tokenizer import Tokenizer, tokenizer_from_json
from hornbeam.text.trace import DecodingTrace, most_probable
from hornbeam.text.vocabularies import compute_byte_pair_vocabulary, compute_word_piece_vocabulary
from hornbeam.text.word_piece import WordPieceTokenizer
from hornbeam.text.words import hashing_trick, one_hot, text_to_word_sequence

__all__ = [
    "BeamSampler",
    "BytePairTokenizer",
    "ByteTokenizer",
    "ContrastiveSampler",
    "DecodingTrace",
    "GreedySampler",
    "RandomSampler",
    "Sampler",
    "SentencePieceTokenizer",
    "SubwordTokenizer",
    "Tokenizer",
    "TopKSampler",
    "TopPSampler",
    "UnicodeCodepointTokenizer",
    "WordPieceTokenizer",
    "compute_byte_pair_vocabulary",
    "compute_word_piece_vocabulary",
    "generate",
    "hashing_trick",
    "make_sampling_table",
    "most_probable",
    "one_hot",
    "pad_sequences",
    "skipgrams",
    "text_to_word_sequence",
    "tokenizer_from_json",
]
