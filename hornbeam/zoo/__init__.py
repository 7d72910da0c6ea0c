"""The zoo: networks that others have trained, from their folders."""

from __future__ import annotations

from hornbeam.zoo.opening import from_pretrained
from hornbeam.zoo.pretrained import CausalLM, MaskedLM, PretrainedModel
from hornbeam.zoo.tokenizer import PretrainedTokenizer

__all__ = ["CausalLM", "MaskedLM", "PretrainedModel", "PretrainedTokenizer", "from_pretrained"]
