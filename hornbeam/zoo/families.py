"""The families that are known, each in a file of its own."""

from __future__ import annotations

from hornbeam.zoo.bert import BERT
from hornbeam.zoo.distilbert import DISTILBERT
from hornbeam.zoo.electra import ELECTRA
from hornbeam.zoo.gpt2 import GPT2
from hornbeam.zoo.roberta import ROBERTA

FAMILIES = (BERT, ROBERTA, DISTILBERT, GPT2, ELECTRA)
