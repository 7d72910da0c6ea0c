"""Where the real data of the examples lie, and how the packed ones are opened.

The folder is named by the environment variable HORNBEAM_DATA; its README says where each set comes from.
"""

import csv
import io
import os
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

SMALL = "--small" in sys.argv  # a run of seconds that shows that the example works; its figures mean nothing


def folder():
    """The folder of real data."""
    found = Path(os.environ.get("HORNBEAM_DATA", "data"))
    if not found.is_dir():
        sys.exit(f"No data at {found.resolve()}: set HORNBEAM_DATA to the folder that holds them.")
    return found


def cifar10(per_class=None):
    """((images, labels), (images, labels)) of training and test, uint8 ``(n, 32, 32, 3)``, and the classes' names.

    Args:
        per_class: so many pictures of each class and part; None for all.
    """
    parts, names = {"train": ([], []), "test": ([], [])}, []
    taken = {}
    with tarfile.open(folder() / "cifar10" / "cifar10_jpg.tar.gz") as archive:
        for member in archive:
            if not member.isfile():
                continue
            part, name, _ = member.name.split("/")
            if name not in names:
                names.append(name)
            taken[part, name] = taken.get((part, name), 0) + 1
            if per_class is not None and taken[part, name] > per_class:
                continue
            picture = Image.open(io.BytesIO(archive.extractfile(member).read())).convert("RGB")
            parts[part][0].append(np.asarray(picture))
            parts[part][1].append(name)
    names = sorted(names)
    numbered = [(np.stack(pictures), np.array([names.index(name) for name in labels])) for pictures, labels in
                (parts["train"], parts["test"])]  # fmt: skip
    return numbered[0], numbered[1], names


def imdb(per_class=None):
    """((texts, labels), (texts, labels)) of training and test; label 1 is a review that likes the film."""
    parts = {"train": ([], []), "test": ([], [])}
    taken = {}
    with tarfile.open(folder() / "imdb" / "aclImdb_labelled.tar.xz") as archive:
        for member in archive:
            if not member.isfile():
                continue
            _, part, feeling, _ = member.name.split("/")
            taken[part, feeling] = taken.get((part, feeling), 0) + 1
            if per_class is not None and taken[part, feeling] > per_class:
                continue
            parts[part][0].append(archive.extractfile(member).read().decode("utf-8").replace("<br />", " "))
            parts[part][1].append(int(feeling == "pos"))
    return tuple((texts, np.array(labels)) for texts, labels in parts.values())


def spam():
    """Texts and labels of 1,000 mails; label 1 is spam."""
    with open(folder() / "text" / "ham-spam.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [row["Text"] for row in rows], np.array([int(row["IsSpam"]) for row in rows])


def film_sentences():
    """Sentences of film reviews and labels; label 1 is praise."""
    texts, labels = [], []
    for label, ending in enumerate(("neg", "pos")):
        lines = (folder() / "text" / f"rt-polarity.{ending}").read_text(encoding="latin-1").splitlines()
        texts += lines
        labels += [label] * len(lines)
    return texts, np.array(labels)


def translations(count):
    """The first ``count`` pairs of English and French sentences, shortest first."""
    with zipfile.ZipFile(folder() / "translation" / "fra-eng.zip") as archive:
        lines = archive.read("fra.txt").decode("utf-8").splitlines()
    return [tuple(line.split("\t")[:2]) for line in lines[:count]]


def shakespeare():
    """The text of tinyshakespeare."""
    return (folder() / "text" / "tinyshakespeare.txt").read_text(encoding="utf-8")
