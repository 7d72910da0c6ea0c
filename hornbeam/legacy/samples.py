"""Numbers of samples, which Keras 1 counted where later ones count batches."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import jax


def in_batches(data: Any, samples: int) -> tuple[int, Any]:
    """In how many batches there are so many samples, by the rows of the first; and the data, with that one in it.

    Args:
        data: an iterable of batches, or what has ``data[0]``.
        samples: how many samples.

    Example:
        >>> import numpy as np
        >>> steps, batches = in_batches(iter([(np.ones((2, 4)), np.ones(2)), (np.ones((1, 4)), np.ones(1))]), 3)
        >>> steps, len(list(batches))
        (2, 2)
    """
    if hasattr(data, "__getitem__"):
        rows = len(jax.tree.leaves(data[0])[0])
    else:
        iterator: Iterator[Any] = iter(data)
        first = next(iterator)
        rows, data = len(jax.tree.leaves(first)[0]), itertools.chain([first], iterator)
    return -(-int(samples) // rows), data


def fit(
    model: Any, x: Any, *, samples_per_epoch: int | None = None, nb_val_samples: int | None = None,
    validation_data: Any = None, **words: Any,
) -> Any:  # fmt: skip
    """``model.fit`` on a generator, with ``samples_per_epoch`` and ``nb_val_samples`` of Keras 1.

    Args:
        model: the model.
        x: the generator.
        samples_per_epoch: how many samples an epoch takes, in whole batches.
        nb_val_samples: how many samples of ``validation_data``, where that is a generator.
        validation_data, words: as of ``fit``.
    """
    if samples_per_epoch is not None:
        words["steps_per_epoch"], x = in_batches(x, samples_per_epoch)
    if nb_val_samples is not None and validation_data is not None and not isinstance(validation_data, (tuple, list)):
        words["validation_steps"], validation_data = in_batches(validation_data, nb_val_samples)
    return model.fit(x, validation_data=validation_data, **words)


def evaluate(model: Any, x: Any, *, val_samples: int, **words: Any) -> Any:
    """``model.evaluate`` on so many samples of a generator, in whole batches."""
    steps, x = in_batches(x, val_samples)
    return model.evaluate(x, steps=steps, **words)


def predict(model: Any, x: Any, *, val_samples: int, **words: Any) -> Any:
    """``model.predict`` on so many samples of a generator, in whole batches."""
    steps, x = in_batches(x, val_samples)
    return model.predict(x, steps=steps, **words)
