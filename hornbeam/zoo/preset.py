"""KerasHub's presets: folders with config.json, model.weights.h5, tokenizer.json and their like; read and written.

A preset says less than a checkpoint of transformers: its classes have one activation and one epsilon each.
"""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Mapping
from typing import Any

from hornbeam.core.allowance import limited
from hornbeam.core.errors import FileError
from hornbeam.core.registry import snake_case
from hornbeam.saving import hdf5
from hornbeam.saving.archive import AGAIN
from hornbeam.saving.atomic import replacing
from hornbeam.saving.tree import Place, places
from hornbeam.saving.weights import put, read_all, weight_groups
from hornbeam.text import BytePairTokenizer, WordPieceTokenizer
from hornbeam.zoo.checkpoint import CONFIG, check_words
from hornbeam.zoo.families import FAMILIES
from hornbeam.zoo.family import Family, Sizes
from hornbeam.zoo.folder import Folder, make_folder, write_json, write_text
from hornbeam.zoo.pretrained import Description, PretrainedModel, assemble
from hornbeam.zoo.tokenizer import PretrainedTokenizer
from hornbeam.zoo.vocabulary import byte_pairs, word_pieces

_TASK, _TOKENIZER, _ASSETS = "task.json", "tokenizer.json", "assets/tokenizer"
_WEIGHTS, _TASK_WEIGHTS = "model.weights.h5", "task.weights.h5"
_TASKS = {"TextClassifier": "text-classification", "MaskedLM": "fill-mask", "CausalLM": "text-generation"}
# what KerasHub's classes have fixed, where it is not what Sizes have
_APPROXIMATE = ("bert", "electra", "gpt2")
_EPSILON = {"roberta": 1e-5, "gpt2": 1e-5}
_POOLED = ("bert", "electra")
_MASK_HEAD: dict[str, Any] = {"mask_activation": "gelu", "mask_epsilon": 1e-5}


def is_preset(config: Mapping[str, Any]) -> bool:
    """Whether a config.json is KerasHub's."""
    return "class_name" in config and "config" in config


def read_preset(folder: Folder, task: str | None, dtype: Any, writers: Any) -> PretrainedModel:
    """The model of a preset; see ``from_pretrained``."""
    config = folder.json(CONFIG)
    family = _family(config, folder.where(CONFIG))
    sizes = _sizes(config, family, folder.where(CONFIG))
    description = _described(folder, family, sizes, task)
    weights = folder.where(_WEIGHTS)
    if not folder.has(_WEIGHTS):
        raise folder.missing(_WEIGHTS, "Sharded presets are not read: save it again with max_shard_size=None.")
    with hdf5.reading(weights) as stored:
        held = sum(dataset.nbytes for group in stored.values() for dataset in group.datasets)
        if sizes.num_layers > len(stored):  # each has several: nothing is built for a number that cannot be true
            raise FileError(folder.where(CONFIG), "as many layers as the weights", f"{sizes.num_layers:,}", AGAIN)
        extra = 0 if not description.classes else 8 * description.sizes.hidden_dim * description.classes
        with limited(weights, 16 * held + extra + 1024):
            model = assemble(description, dtype, writers)
        read_all(model.backbone, stored, weights)
    head = _head_places(model)
    if any(place.weights for place in head):
        if not folder.has(_TASK_WEIGHTS):
            raise folder.missing(_TASK_WEIGHTS, "Load it with task='feature-extraction'.")
        where = folder.where(_TASK_WEIGHTS)
        with hdf5.reading(where) as stored:
            put(_pairs(head, stored, where), where)
    model.class_names = [f"LABEL_{n}" for n in range(description.classes)]
    model.tokenizer = _read_tokenizer(folder, family, model)
    check_words(model, folder.path)
    return model


def _family(config: Mapping[str, Any], where: str) -> Family:
    for family in FAMILIES:
        if config["class_name"] == f"{family.preset}Backbone":
            return family
    known = ", ".join(f"{family.preset}Backbone" for family in FAMILIES)
    raise FileError(f"{where}, class_name", f"one of {known}", repr(config["class_name"])[:60], "Others are not read.")


def _sizes(config: Mapping[str, Any], family: Family, where: str) -> Sizes:
    """The sizes of a backbone's config, checked as those of a checkpoint are."""
    given = config["config"] if isinstance(config["config"], dict) else {}
    names = {name: key for name, (key, _) in family.keys.items()}
    renamed: dict[str, Any] = {
        names[name]: given.get(_renamed(family, name)) for name in names if _renamed(family, name) in given
    }
    reserved = names["max_sequence_length"]
    if type(renamed.get(reserved)) is int:
        renamed[reserved] += family.reserved
    renamed[names["activation"]] = "gelu_new" if family.name in _APPROXIMATE else "gelu"
    if "layer_norm_epsilon" in names:
        renamed[names["layer_norm_epsilon"]] = _EPSILON.get(family.name, 1e-12)
    sizes = family.sizes(renamed, where)
    return Sizes(**{**vars(sizes), "pooled": family.name in _POOLED, **_MASK_HEAD})


def _renamed(family: Family, name: str) -> str:
    return "vocab_size" if family.name == "electra" and name == "vocabulary_size" else name


def _described(folder: Folder, family: Family, sizes: Sizes, task: str | None) -> Description:
    whole = folder.json(_TASK)
    name = str(whole.get("class_name", "")).removeprefix(family.preset)
    own = _TASKS.get(name)
    task = task or own or "feature-extraction"
    if task == "feature-extraction":
        return Description(family, sizes)
    if task == "text-generation" and family.name == "gpt2":  # its head has no weights
        return Description(family, sizes, task)
    family.head(task, "from_pretrained")
    settings = whole.get("config")
    classes = settings.get("num_classes", 0) if isinstance(settings, dict) else 0
    activation = settings.get("activation") if isinstance(settings, dict) else None
    if task != own or activation not in (None, "linear"):
        got = f"a preset for {own or 'feature-extraction'}" + (f", with {activation!r}" if task == own else "")
        fix = "Load it with task='feature-extraction', and put a layer of your own on its output."
        raise FileError(f"{folder.path}, task", f"a head for {task} that gives logits", got, fix)
    if type(classes) is not int or not 0 <= classes < 2**31 or (task == "text-classification" and not classes):
        raise FileError(f"{folder.where(_TASK)}, num_classes", "a number of classes", repr(classes)[:40], AGAIN)
    return Description(family, sizes, task, classes)


def _head_places(model: PretrainedModel) -> list[Place]:
    """The layers of the head, as KerasHub files them: without those of the network."""
    inner = {place.layer for place in places(model.backbone)}
    return [place for place in places(model) if place.layer not in inner and place.weights]


def _pairs(head: list[Place], stored: Mapping[str, hdf5.Stored], where: str) -> list[tuple[Any, Any]]:
    pairs: list[tuple[Any, Any]] = []
    for place in head:
        datasets = stored[place.path].datasets if place.path in stored else []
        shapes, wanted = [dataset.shape for dataset in datasets], [variable.shape for variable in place.weights]
        if shapes != wanted:
            raise FileError(f"{where}, {place.path}", f"arrays of shapes {wanted}", f"{shapes}", AGAIN)
        pairs += zip(place.weights, datasets, strict=True)
    return pairs


def _read_tokenizer(folder: Folder, family: Family, model: PretrainedModel) -> PretrainedTokenizer:
    whole = folder.json(_TOKENIZER)
    settings = whole.get("config")
    settings = settings if isinstance(settings, dict) else {}
    for key in ("vocabulary", "merges", "proto"):
        if isinstance(settings.get(key), str):
            fix = "Do not trust this folder; or take the entry out."
            got = f"{settings[key]!r}, which is not opened"[:120]
            raise FileError(f"{folder.where(_TOKENIZER)}, {key}", f"none: it lies in {_ASSETS}", got, fix)
    special = list(dict.fromkeys(word for words in family.specials.values() for word in words.split()))
    if family.byte_pairs:
        names = [f"{_ASSETS}/vocabulary.json", f"{_ASSETS}/merges.txt"]
    else:
        names = [f"{_ASSETS}/vocabulary.txt"]
    absent = [name for name in names if not folder.has(name)]
    if absent:
        raise folder.missing(absent[0], "Copy the vocabulary of the model into the folder.")
    if family.byte_pairs:
        lines = [line for line in folder.text(names[1]).split("\n") if line and not line.startswith("#version")]
        pieces: Any = byte_pairs(folder, folder.json(names[0]), lines, special, settings)
    else:
        words = [word.rstrip("\r") for word in folder.text(names[0]).split("\n")]
        while words and not words[-1]:
            words.pop()
        choices = {"lowercase": settings.get("lowercase", False), "strip_accents": settings.get("strip_accents", False)}
        choices["handle_chinese_chars"] = settings.get("split_on_cjk", True)
        pieces = word_pieces(folder.where(names[0]), words, special, family.specials["unknown"], choices)
    known = {role: word for role, word in family.specials.items() if all(w in pieces._numbers for w in word.split())}
    inputs = [name for name in model.input if name != "mask_positions"]
    longest = model.description.sizes.max_sequence_length
    return PretrainedTokenizer(pieces, known, inputs, longest, framed="pad" in family.specials)


# -- writing ----------------------------------------------------------------------------------------------------------


def write_preset(model: PretrainedModel, path: Any) -> None:
    """Writes a folder that KerasHub opens."""
    description, sizes = model.description, model.description.sizes
    family = description.family
    kind = next((name for name, task in _TASKS.items() if task == description.task), None)
    if description.task != "feature-extraction" and (kind is None or family.name == "electra"):
        expected = f"a task that KerasHub has for {family.name}"
        raise FileError(f"writing {os.fspath(path)}", expected, repr(description.task), "Write layout='transformers'.")
    if sizes.pooled != (family.name in _POOLED):
        expected, got = "a pooled_dense layer, as every preset of this family has", "none in this checkpoint"
        raise FileError(f"writing {os.fspath(path)}", expected, got, "Write layout='transformers'.")
    make_folder(os.path.join(path, _ASSETS))
    folder, policy = Folder(path), model.backbone.dtype
    words = {name: value for name, value in vars(sizes).items() if name in family.keys}
    del words["activation"]
    words.pop("layer_norm_epsilon", None)
    if family.name == "roberta":
        del words["num_segments"]
    words = {_renamed(family, name): value for name, value in words.items()}
    backbone = _object(family, "backbone", f"{family.preset}Backbone", {**_dtype(policy.name), **words})
    tokenizer = _written_tokenizer(folder, model, family)
    write_json(folder.where(_TOKENIZER), tokenizer)
    _write_weights(folder.where(_WEIGHTS), weight_groups(model.backbone))
    if kind is not None:
        groups = {
            place.path: hdf5.Group(place.layer.name, [weight.numpy() for weight in place.weights])
            for place in _head_places(model)
        }
        if groups:
            _write_weights(folder.where(_TASK_WEIGHTS), groups)
        more: dict[str, Any] = {"num_classes": description.classes, "activation": None} if description.classes else {}
        settings = {"backbone": backbone, "preprocessor": None, "name": snake_case(kind), **more}
        write_json(folder.where(_TASK), _object(family, snake_case(kind), f"{family.preset}{kind}", settings))
    now = f"{datetime.datetime.now():%Y-%m-%d@%H:%M:%S}"
    count = model.backbone.count_params()
    write_json(folder.where("metadata.json"), {"parameter_count": count, "date_saved": now, "tasks": list(_TASKS)})
    write_json(folder.where(CONFIG), backbone)


def _write_weights(path: str, groups: dict[str, hdf5.Group]) -> None:
    data = hdf5.write(groups)
    with replacing(path) as temporary, open(temporary, "wb") as file:
        file.write(data)


def _object(family: Family, part: str, name: str, settings: dict[str, Any]) -> dict[str, Any]:
    home = {"distilbert": "distil_bert"}.get(family.name, family.name)
    return {
        "module": f"keras_hub.src.models.{home}.{home}_{part}",
        "class_name": name,
        "config": settings,
        "registered_name": f"keras_hub>{name}",
    }


def _dtype(name: str) -> dict[str, Any]:
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": name}, "registered_name": None}
    return {"trainable": True, "dtype": policy}


def _written_tokenizer(folder: Folder, model: PretrainedModel, family: Family) -> dict[str, Any]:
    """Writes the vocabulary, and gives what tokenizer.json says."""
    pieces, settings = model.tokenizer.pieces, _dtype("int32")
    described = {key: value for key, value in pieces.get_config().items() if key not in ("dtype", "name")}
    if isinstance(pieces, BytePairTokenizer):
        numbers, merges = described.pop("vocabulary"), described.pop("merges")
        write_text(folder.where(f"{_ASSETS}/vocabulary.json"), json.dumps(numbers, ensure_ascii=False))
        write_text(folder.where(f"{_ASSETS}/merges.txt"), "\n".join([*merges, ""]))
        described.pop("unsplittable_tokens")  # the class knows its own
        settings |= {"vocabulary": None, "merges": None, **described}
    elif isinstance(pieces, WordPieceTokenizer):
        write_text(folder.where(f"{_ASSETS}/vocabulary.txt"), "\n".join([*described.pop("vocabulary"), ""]))
        settings |= {"vocabulary": None, **described, "special_tokens": None, "special_tokens_in_strings": False}
    return _object(family, "tokenizer", f"{family.preset}Tokenizer", settings)
