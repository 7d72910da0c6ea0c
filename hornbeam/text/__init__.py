"""Text: making it word by word."""

from __future__ import annotations

from hornbeam.text.sampler import Sampler, generate
from hornbeam.text.samplers import GreedySampler, RandomSampler, TopKSampler, TopPSampler
from hornbeam.text.searches import BeamSampler, ContrastiveSampler
from hornbeam.text.trace import DecodingTrace, most_probable

__all__ = [
    "BeamSampler",
    "ContrastiveSampler",
    "DecodingTrace",
    "GreedySampler",
    "RandomSampler",
    "Sampler",
    "TopKSampler",
    "TopPSampler",
    "generate",
    "most_probable",
]
