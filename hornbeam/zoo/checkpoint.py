"""Folders of transformers: config.json, weights and vocabulary; read and written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hornbeam.core.allowance import limited
from hornbeam.core.dtypes import standardize
from hornbeam.core.errors import FileError
from hornbeam.core.registry import did_you_mean
from hornbeam.saving.archive import AGAIN
from hornbeam.saving.tensors import FileTensor, write_tensors
from hornbeam.zoo.families import FAMILIES
from hornbeam.zoo.family import TASKS, Family, with_pooler
from hornbeam.zoo.folder import Folder, make_folder, write_json
from hornbeam.zoo.pretrained import Description, PretrainedModel, assemble
from hornbeam.zoo.rows import collect, fill
from hornbeam.zoo.vocabulary import read_tokenizer, write_tokenizer

CONFIG = "config.json"
_MODULES, _POOLING = "modules.json", "1_Pooling"
_OLD = {".gamma": ".weight", ".beta": ".bias"}  # how BERT's first checkpoints call a normalisation's weights
# one weight under two names, of which a file may have either
_TWICE = (("cls.predictions.bias", "cls.predictions.decoder.bias"), ("lm_head.bias", "lm_head.decoder.bias"))


def read_checkpoint(folder: Folder, task: str | None, dtype: Any, writers: Any) -> PretrainedModel:
    """The model of a folder; see ``from_pretrained``."""
    config = folder.json(CONFIG)
    family = _family(folder, config)
    sizes = family.sizes(config, folder.where(CONFIG))
    found, file = folder.tensors()
    tensors = _plainly_named(found, family, folder.where(file))
    if sizes.num_layers > len(tensors):  # each has several: nothing is built for a number that cannot be true
        got = f"{sizes.num_layers:,} layers, and {len(tensors)} arrays in {file}"
        raise FileError(folder.where(CONFIG), "as many layers as the weights are for", got, AGAIN)
    sizes = with_pooler(sizes, tensors)
    description = _described(folder, family, sizes, task, config, tensors)
    _check_blocks(description, tensors, folder.where(file))
    held = sum(tensor.dtype.itemsize * int(np.prod(tensor.shape, dtype=object)) for tensor in tensors.values())
    with limited(folder.where(file), 8 * held + 1024):  # a weight may be of a wider type in memory than in the file
        model = assemble(description, _dtype(dtype, description, tensors), writers)
    fill(model, description.rows, tensors, folder.where(file))
    _name_classes(model, config)
    names = [name for name in model.input if name != "mask_positions"]
    model.tokenizer = read_tokenizer(folder, family, names, sizes.max_sequence_length)
    check_words(model, folder.path)
    return model


def check_words(model: PretrainedModel, where: str) -> None:
    """Refuses a vocabulary with more words than the model has vectors."""
    words, vectors = model.tokenizer.pieces.vocabulary_size(), model.description.sizes.vocabulary_size
    if words > vectors:
        got = f"a vocabulary of {words:,}"
        raise FileError(where, f"at most {vectors:,} words, as the model has vectors", got, "Copy the model's own.")


def _family(folder: Folder, config: Mapping[str, Any]) -> Family:
    if not config:
        raise folder.missing(CONFIG, "Give the folder that save_pretrained of transformers wrote.")
    kind = config.get("model_type")
    for family in FAMILIES:
        if kind == family.name or (kind is None and any(map(family.task_of, _architectures(config)))):
            return family
    names = [family.name for family in FAMILIES]
    near = did_you_mean(kind, names) if isinstance(kind, str) else "Add model_type to config.json."
    raise FileError(
        f"{folder.where(CONFIG)}, model_type",
        f"one of {', '.join(names)}",
        repr(kind)[:60],
        f"{near} Others are not read.",
    )


def _architectures(config: Mapping[str, Any]) -> list[Any]:
    value = config.get("architectures")
    return value if isinstance(value, list) else []


def _plainly_named(tensors: dict[str, FileTensor], family: Family, where: str) -> dict[str, FileTensor]:
    """The arrays without the family's prefix, and under the names of today."""
    plain: dict[str, FileTensor] = {}
    for name, tensor in tensors.items():
        short = name.removeprefix(f"{family.prefix}.")
        for old, new in _OLD.items():
            short = short.removesuffix(old) + new if short.endswith(f"LayerNorm{old}") else short
        if short in plain:
            raise FileError(f"{where}, {name}", "each weight once", f"{short} under two names", AGAIN)
        plain[short] = tensor
    for names in _TWICE:
        for name, other in (names, names[::-1]):
            if name not in plain and other in plain:
                plain[name] = plain[other]
    return plain


def _described(
    folder: Folder, family: Family, sizes: Any, task: str | None, config: Mapping[str, Any], tensors: Any
) -> Description:
    own = next((found for name in _architectures(config) if (found := family.task_of(name))), None)
    if task is None:
        task = "sentence-embedding" if folder.has(_MODULES) else own or "feature-extraction"
    if task == "sentence-embedding":
        return Description(family, sizes, task, 0, *_pooling(folder))
    if task == "feature-extraction":
        return Description(family, sizes)
    head = family.head(task, "from_pretrained")
    missing = [row.theirs for row in head.rows(sizes) if row.theirs not in tensors]
    if task == "text-classification" and family.name == "bert" and not sizes.pooled:
        missing.append("pooler.dense.weight")
    if missing or (own not in (None, task) and {own, task} <= {"text-classification", "token-classification"}):
        fix = "Load it with task='feature-extraction', and put a layer of your own on its output."
        got = f"a checkpoint for {own or 'feature-extraction'}" + (
            f", without {', '.join(missing[:3])}" if missing else ""
        )
        raise FileError(f"{folder.path}, task", f"a head for {task}", got, fix)
    logits = [row.theirs for row in head.rows(sizes) if row.ours == "logits/kernel"]
    if not logits or task == "question-answering":
        return Description(family, sizes, task)
    shape = tensors[logits[0]].shape
    return Description(family, sizes, task, max(1, *shape[:1]))


def _pooling(folder: Folder) -> tuple[str, bool]:
    """How a sentence model makes one vector of many, and whether it brings it to length 1."""
    where, kinds = folder.where(_MODULES), []
    for module in folder.json(_MODULES, list):
        kind, path = (module.get("type"), module.get("path")) if isinstance(module, dict) else (None, None)
        kinds.append(str(kind).split(".")[-1])
        if path not in ("", _POOLING, "2_Normalize"):
            raise FileError(
                f"{where}, path", f"'', '{_POOLING}' or '2_Normalize'", repr(path)[:80], "Rename the folder."
            )
    if not folder.has(_MODULES) or kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        got = ", ".join(kinds) or "no modules.json"
        fix = "Load it with task='feature-extraction', and write the rest as layers."
        raise FileError(where, "Transformer, Pooling and perhaps Normalize", got, fix)
    pooling = folder.json(f"{_POOLING}/config.json")
    chosen = [
        key.removeprefix("pooling_mode_") for key, on in pooling.items() if key.startswith("pooling_mode_") and on
    ]
    chosen = chosen or [str(pooling.get("pooling_mode", "mean"))]
    names = {"mean_tokens": "mean", "mean": "mean", "cls_token": "cls", "cls": "cls"}
    if len(chosen) != 1 or chosen[0] not in names:
        raise FileError(folder.where(f"{_POOLING}/config.json"), "mean or cls", ", ".join(chosen), "Pool it yourself.")
    return names[chosen[0]], "Normalize" in kinds


def _check_blocks(description: Description, tensors: Mapping[str, FileTensor], where: str) -> None:
    """Refuses weights of blocks that config.json does not know of."""
    family, known = description.family, {row.theirs for row in description.rows}
    left = [
        name
        for name in tensors
        if name.startswith(family.blocks) and name not in known and not name.endswith(family.ignored)
    ]
    if left:
        expected = f"the weights of {description.sizes.num_layers} layers, as config.json says"
        raise FileError(where, expected, f"{left[0]} and {len(left) - 1} others besides", "Use the right config.json.")


def _dtype(dtype: Any, description: Description, tensors: Mapping[str, FileTensor]) -> Any:
    """The type that was asked for, else that of the file where it is not float32."""
    first = tensors.get(description.rows[0].theirs)
    if dtype is not None or first is None or first.dtype == np.float32:
        return dtype
    return standardize(first.dtype)


def _name_classes(model: PretrainedModel, config: Mapping[str, Any]) -> None:
    labels = config.get("id2label")
    names = [labels.get(str(n)) if isinstance(labels, dict) else None for n in range(model.description.classes)]
    model.class_names = [name if isinstance(name, str) else f"LABEL_{n}" for n, name in enumerate(names)]


# -- writing ----------------------------------------------------------------------------------------------------------


def write_checkpoint(model: PretrainedModel, path: Any) -> None:
    """Writes a folder that transformers opens."""
    make_folder(path)
    folder, description = Folder(path), model.description
    family, head = description.family, description.head
    bare = description.task in ("feature-extraction", "sentence-embedding")
    config = {"architectures": [head.architecture], **family.config(description.sizes)}
    config["dtype"] = model.backbone.dtype.variable_dtype
    roles = {"pad": "pad_token_id"} if model.tokenizer.framed else {"start": "bos_token_id", "end": "eos_token_id"}
    config |= {key: model.tokenizer.special_id(role) for role, key in roles.items()}
    if model.class_names:
        config["id2label"] = {str(n): name for n, name in enumerate(model.class_names)}
        config["label2id"] = {name: n for n, name in enumerate(model.class_names)}
    prefix = "" if bare else f"{family.prefix}."
    arrays = collect(model, family.rows(description.sizes))
    arrays = {f"{prefix}{name}": array for name, array in arrays.items()} | collect(model, head.rows(description.sizes))
    if not description.sizes.tied:
        arrays |= {name: arrays[other] for name, other in _TWICE if other in arrays}
    write_tensors(folder.where("model.safetensors"), arrays, {"format": "pt"})
    write_tokenizer(folder, model.tokenizer, family)
    if description.task == "sentence-embedding":
        _write_pooling(folder, model)
    write_json(folder.where(CONFIG), config)


def _write_pooling(folder: Folder, model: PretrainedModel) -> None:
    description = model.description
    kinds = {"Transformer": "", "Pooling": _POOLING}
    kinds |= {"Normalize": "2_Normalize"} if description.normalized else {}
    modules = [
        {"idx": n, "name": str(n), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for n, (kind, path) in enumerate(kinds.items())
    ]
    for name in filter(None, kinds.values()):
        make_folder(folder.where(name))
    pooling = {
        "word_embedding_dimension": description.sizes.hidden_dim,
        "pooling_mode_cls_token": description.pooling == "cls",
        "pooling_mode_mean_tokens": description.pooling == "mean",
    }
    write_json(folder.where(f"{_POOLING}/config.json"), pooling)
    write_json(folder.where("sentence_bert_config.json"), {"max_seq_length": model.tokenizer.sequence_length})
    write_json(folder.where(_MODULES), modules)


__all__ = ["CONFIG", "TASKS", "check_words", "read_checkpoint", "write_checkpoint"]
