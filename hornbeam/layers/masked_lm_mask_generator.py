"""MaskedLMMaskGenerator: hides words, for a network that learns to guess them."""

from __future__ import annotations

from typing import Any

import numpy as np

from hornbeam.core import random
from hornbeam.core.checks import Refused, integer, number
from hornbeam.core.config import field
from hornbeam.core.errors import ArgumentError
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.packing import OnHost, padded, rows_of


def _numbers(value: Any) -> list[int]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, (int, np.integer)) for item in value):
        raise Refused("a list of whole numbers", "Write for example unselectable_token_ids=[0].")
    return [int(item) for item in value]


@LAYERS.add(module="keras_hub.layers")
class MaskedLMMaskGenerator(OnHost):
    """Chooses words at random and hides most of them: data from which a masked language model learns.

    Each word that may be chosen is, with probability ``mask_selection_rate``. Of the chosen, a share of
    ``mask_token_rate`` becomes ``mask_token_id``, one of ``random_token_rate`` any word, and the rest stays.

    Args:
        vocabulary_size: number of words.
        mask_selection_rate: the share that is chosen, from 0 to 1; BERT's is 0.15.
        mask_token_id: the number that stands for a hidden word.
        mask_selection_length: at most so many are chosen in each row, and what says where is padded to this length;
            None for any number.
        unselectable_token_ids: numbers that are never chosen, such as padding.
        mask_token_rate, random_token_rate: shares of the chosen, together at most 1.
        seed: makes the choices the same in every run; None takes the process's seed.

    Shapes:
        ``(batch, time)``, or lists of any length -> a dict: ``token_ids``, the words, some hidden, as they came;
        ``mask_positions``, where words were chosen, ``mask_ids``, what they were, and ``mask_weights``, 1 for these and
        0 for padding: ``(batch, mask_selection_length)``, or lists.

    Example:
        >>> masker = MaskedLMMaskGenerator(10, 0.5, mask_token_id=9, mask_selection_length=3, seed=0)
        >>> found = masker([[3, 4, 5, 6, 0, 0], [3, 4, 0, 0, 0, 0]])
        >>> sorted(found), found["mask_positions"].shape
        (['mask_ids', 'mask_positions', 'mask_weights', 'token_ids'], (2, 3))

    Reference:
        Devlin et al. (2019), BERT, section 3.1, task 1.
    """

    vocabulary_size = field(convert=integer(1))
    mask_selection_rate = field(convert=number(0, 1))
    mask_token_id = field(convert=integer(0))
    mask_selection_length = field(None, convert=integer(1, optional=True))
    unselectable_token_ids = field((0,), convert=_numbers)
    mask_token_rate = field(0.8, convert=number(0, 1))
    random_token_rate = field(0.1, convert=number(0, 1))
    seed = field(None, kw_only=True, convert=integer(0, optional=True))

    _generator: np.random.Generator | None = None

    def _ready(self) -> None:
        super()._ready()
        if self.mask_token_id >= self.vocabulary_size:
            raise ArgumentError(
                f"{self.where}, mask_token_id",
                f"a number below vocabulary_size={self.vocabulary_size}",
                self.mask_token_id,
                "Count the mask as a word.",
            )
        if self.mask_token_rate + self.random_token_rate > 1 + 1e-9:
            raise ArgumentError(
                f"{self.where}, mask_token_rate and random_token_rate",
                "shares that together are at most 1",
                f"{self.mask_token_rate} and {self.random_token_rate}",
                "BERT's are 0.8 and 0.1.",
            )
        self._generator = None if self.seed is None else random.generator(self.seed)

    def call(self, inputs: Any) -> dict[str, Any]:
        rows, batch = rows_of(self.where, inputs)
        draw = random.generator() if self._generator is None else self._generator
        chosen = [self._choose(row, draw) for row in rows]
        hidden = [self._hide(row, places, draw) for row, places in zip(rows, chosen, strict=True)]
        parts = {
            "token_ids": (hidden, "int32"),
            "mask_positions": (chosen, "int32"),
            "mask_ids": ([[row[place] for place in places] for row, places in zip(rows, chosen, strict=True)], "int32"),
            "mask_weights": ([[1.0] * len(places) for places in chosen], "float32"),
        }
        found = {}
        for name, (values, dtype) in parts.items():
            if self.mask_selection_length is not None and name != "token_ids":
                values = padded(values, self.mask_selection_length, 0, "right")
            even = len({len(row) for row in values}) == 1
            made: Any = np.asarray(values, dtype) if even else values
            found[name] = made if batch else made[0]
        return found

    def _choose(self, row: list[int], draw: np.random.Generator) -> list[int]:
        """Places of a row, in order."""
        barred = set(self.unselectable_token_ids)
        lucky = draw.random(len(row)) < self.mask_selection_rate
        places = [place for place, word in enumerate(row) if lucky[place] and word not in barred]
        most = self.mask_selection_length
        if most is not None and len(places) > most:
            places = sorted(draw.choice(places, most, replace=False).tolist())
        return places

    def _hide(self, row: list[int], places: list[int], draw: np.random.Generator) -> list[int]:
        row = list(row)
        for place, chance in zip(places, draw.random(len(places)), strict=True):
            if chance < self.mask_token_rate:
                row[place] = self.mask_token_id
            elif chance < self.mask_token_rate + self.random_token_rate:
                row[place] = int(draw.integers(self.vocabulary_size))
        return row
