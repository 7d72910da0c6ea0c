"""Synthetic data in the decks' shapes, from a fixed seed, written once as .npy files for all contenders.

A dense network's time does not depend on the values, as long as training stays away from saturation and denormal
numbers; hence the noise in inputs and labels. The signal is there so that every contender's training loss can be
compared: who skips work shows it there.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from benchmarks.workloads import WORKLOADS, Workload

SEED = 20_261_121
FLIPPED_LABELS = 0.1


def make(work: Workload) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets of a workload: `(rows, features)` float32 and a target as its loss wants it."""
    rng = np.random.default_rng(SEED)
    if not work.is_dense:
        return _deep(rng, work)
    outputs = work.layers[-1].units
    if work.reconstructs:
        strengths = 2 / np.arange(1, 65, dtype=np.float32)  # falling, as in photographs: more than the network holds
        codes = strengths * rng.standard_normal((work.rows, 64), dtype=np.float32)
        pictures = 1 / (1 + np.exp(-codes @ rng.standard_normal((64, work.features), dtype=np.float32)))
        return pictures, pictures
    if work.loss in ("categorical_crossentropy", "sparse_categorical_crossentropy"):
        labels = rng.integers(outputs, size=work.rows)
        x = _around_centres(rng, labels, work)
        labels = np.where(rng.random(work.rows) < FLIPPED_LABELS, rng.integers(outputs, size=work.rows), labels)
        sparse = work.loss.startswith("sparse")
        return x, labels.astype(np.int32) if sparse else np.eye(outputs, dtype=np.float32)[labels]
    x = rng.standard_normal((work.rows, work.features), dtype=np.float32)
    signal = x @ rng.standard_normal((work.features, 1), dtype=np.float32)
    noisy = signal + signal.std() * 0.3 * rng.standard_normal((work.rows, 1), dtype=np.float32)
    return x, (noisy > 0).astype(np.float32) if work.loss == "binary_crossentropy" else noisy


def _deep(rng: np.random.Generator, work: Workload) -> tuple[np.ndarray, np.ndarray]:
    """Pictures, sequences of vectors or of words; labels that a few of their entries tell, one in ten of them wrong."""
    shape = (work.rows, *work.shape)
    if work.vocabulary:
        x = (work.vocabulary * rng.random(shape) ** 2).astype(np.int32)  # small numbers are frequent, as in texts
    else:
        x = rng.random(shape, dtype=np.float32)
    if work.network == "seq2seq":
        length = work.shape[0] // 2
        return x, np.roll(x[:, :length], 1, axis=1)
    told = x.reshape(work.rows, -1)[:, :8].sum(1)
    ranks = told.argsort().argsort()
    labels = ranks * max(2, work.classes) // work.rows
    wrong = rng.random(work.rows) < FLIPPED_LABELS
    labels = np.where(wrong, rng.integers(max(2, work.classes), size=work.rows), labels)
    return x, labels.astype(np.int32) if work.classes > 1 else labels.astype(np.float32)[:, None]


def _around_centres(rng: np.random.Generator, labels: np.ndarray, work: Workload) -> np.ndarray:
    """Points in [0, 1] around one centre per class."""
    centres = rng.random((work.layers[-1].units, work.features), dtype=np.float32)
    noise = rng.standard_normal((work.rows, work.features), dtype=np.float32)
    return np.clip(0.3 + 0.4 * centres[labels] + 0.2 * noise, 0, 1)


def save(work: Workload, folder: Path) -> None:
    """Write `NAME-x.npy` and, unless the target is the input, `NAME-y.npy`."""
    x, y = make(work)
    np.save(folder / f"{work.name}-x.npy", x)
    if not work.reconstructs:
        np.save(folder / f"{work.name}-y.npy", y)


def load(work: Workload, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read what `save` wrote."""
    x = np.load(folder / f"{work.name}-x.npy")
    return x, x if work.reconstructs else np.load(folder / f"{work.name}-y.npy")


if __name__ == "__main__":
    for name in sys.argv[2:]:
        save(WORKLOADS[name], Path(sys.argv[1]))
