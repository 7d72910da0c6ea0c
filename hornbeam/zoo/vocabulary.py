"""The vocabularies in folders of transformers: ``tokenizer.json``, or ``vocab.txt``, or ``vocab.json`` and merges."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from hornbeam.core.errors import FileError, HornbeamError
from hornbeam.saving.archive import AGAIN
from hornbeam.text import BytePairTokenizer, WordPieceTokenizer
from hornbeam.text.subword import SubwordTokenizer
from hornbeam.zoo.family import Family
from hornbeam.zoo.folder import Folder, write_json, write_text
from hornbeam.zoo.tokenizer import PretrainedTokenizer

_CONFIG, _WHOLE = "tokenizer_config.json", "tokenizer.json"
_PATHS = {"vocab_file": "vocab.txt", "merges_file": "merges.txt", "tokenizer_file": _WHOLE}
_ROLES = {"start": "cls_token", "end": "sep_token", "pad": "pad_token", "mask": "mask_token", "unknown": "unk_token"}
_UNFRAMED = {"start": "bos_token", "end": "eos_token", "unknown": "unk_token"}  # of models without a start and an end


def read_tokenizer(folder: Folder, family: Family, inputs: list[str], longest: int) -> PretrainedTokenizer:
    """The tokenizer of a folder.

    Args:
        folder: the folder.
        family: says which kind of vocabulary it is.
        inputs: names of the model's inputs.
        longest: the most words that the model has places for.

    Raises:
        FileError: there is none, it is damaged, of a kind that is not known, or names a path or an address.
    """
    config = folder.json(_CONFIG)
    for key, plain in _PATHS.items():
        if config.get(key) not in (None, plain, "vocab.json"):
            raise FileError(
                f"{folder.where(_CONFIG)}, {key}",
                f"none, as the vocabulary lies in this folder as {plain}",
                f"{config[key]!r}, which is not opened"[:120],
                "Do not trust this folder; or take the entry out.",
            )
    specials = _specials(config, family)
    if folder.has(_WHOLE):
        pieces = _from_whole(folder, family, specials)
    elif family.byte_pairs and folder.has("vocab.json") and folder.has("merges.txt"):
        merges = [line for line in folder.text("merges.txt").split("\n") if line and not line.startswith("#version")]
        pieces = byte_pairs(folder, folder.json("vocab.json"), merges, _special_words(specials), config)
    elif not family.byte_pairs and folder.has("vocab.txt"):
        words = [word.rstrip("\r") for word in folder.text("vocab.txt").split("\n")]
        while words and not words[-1]:
            words.pop()
        settings = {"lowercase": config.get("do_lower_case", True), "strip_accents": config.get("strip_accents")}
        settings["handle_chinese_chars"] = config.get("tokenize_chinese_chars", True)
        pieces = word_pieces(folder.where("vocab.txt"), words, _special_words(specials), specials["unknown"], settings)
    else:
        files = "vocab.json and merges.txt" if family.byte_pairs else "vocab.txt"
        raise folder.missing(f"{_WHOLE}, or {files}", "Copy the vocabulary of the model into the folder.")
    stated = [config.get("model_max_length"), folder.json("sentence_bert_config.json").get("max_seq_length")]
    length = min([longest, *(limit for limit in stated if type(limit) is int and limit > 0)])
    known = {role: word for role, word in specials.items() if all(part in pieces._numbers for part in word.split())}
    strips = any(
        entry["content"] == known.get("mask") and entry.get("lstrip") is True
        for entry in (folder.json(_WHOLE).get("added_tokens") or [])
    )
    return PretrainedTokenizer(pieces, known, inputs, length, "pad" in family.specials, strips)


def _specials(config: Mapping[str, Any], family: Family) -> dict[str, str]:
    """The special words by role, those of the family where the folder says nothing."""
    roles = _ROLES if "pad" in family.specials else _UNFRAMED
    found = dict(family.specials)
    for role, key in roles.items():
        value = config.get(key)
        value = value.get("content") if isinstance(value, dict) else value
        if role in found and isinstance(value, str) and value and " " not in value:
            found["between"] = found.get("between", "").replace(found[role], value)
            found[role] = value
    return {role: word for role, word in found.items() if word}


def _special_words(specials: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(word for words in specials.values() for word in words.split()))


@contextmanager
def _blamed(where: str) -> Iterator[None]:
    """What a tokenizer refuses is the file's fault."""
    try:
        yield
    except FileError:
        raise
    except HornbeamError as error:
        raise FileError(f"{where}, {error.where}", error.expected, error.got, error.fix) from error
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise FileError(where, "a vocabulary", f"{type(error).__name__}: {error}"[:200], AGAIN) from error


def word_pieces(
    where: str, words: list[str], special: list[str], unknown: str, settings: Mapping[str, Any]
) -> WordPieceTokenizer:
    """The tokenizer of BERT and its kin, from words by number and the settings of ``BertNormalizer``."""
    lowercase, strip = bool(settings.get("lowercase", True)), settings.get("strip_accents")
    with _blamed(where):
        return WordPieceTokenizer(
            words,
            lowercase=lowercase,
            strip_accents=lowercase if strip is None else bool(strip),
            split_on_cjk=bool(settings.get("handle_chinese_chars", True)),
            oov_token=unknown,
            special_tokens=[word for word in special if word in set(words)],
            special_tokens_in_strings=True,
        )


def byte_pairs(
    folder: Folder, numbers: Mapping[str, Any], merges: list[Any], special: list[str], settings: Mapping[str, Any]
) -> BytePairTokenizer:
    """The tokenizer of GPT-2 and RoBERTa."""
    kept = [word for word in special if word in numbers]
    with _blamed(folder.path):
        return BytePairTokenizer(
            numbers,
            merges,
            add_prefix_space=bool(settings.get("add_prefix_space", False)),
            unsplittable_tokens=kept,
        )


def _from_whole(folder: Folder, family: Family, specials: Mapping[str, str]) -> SubwordTokenizer:
    """The tokenizer of ``tokenizer.json``, where it is made of the parts that these families have."""
    where, whole = folder.where(_WHOLE), folder.json(_WHOLE)

    def part(name: str, kind: str | None) -> dict[str, Any]:
        value = whole.get(name)
        found = value.get("type") if isinstance(value, dict) else None
        if found != kind and not (name == "model" and found is None):  # old files do not say the model's type
            got = f"{found!r}"[:60]
            raise FileError(f"{where}, {name}", f"{kind}, as {family.name} has it", got, "Open it with transformers.")
        return value if isinstance(value, dict) else {}

    model = part("model", "BPE" if family.byte_pairs else "WordPiece")
    numbers, added = model.get("vocab"), whole.get("added_tokens") or []
    if not isinstance(numbers, dict) or not isinstance(added, list):
        raise FileError(f"{where}, model", "vocab, from word to number", type(numbers).__name__, AGAIN)
    numbers = dict(numbers)
    for entry in added:
        content, number = (entry.get("content"), entry.get("id")) if isinstance(entry, dict) else (None, None)
        if not isinstance(content, str) or type(number) is not int or numbers.setdefault(content, number) != number:
            raise FileError(f"{where}, added_tokens", "words with numbers of their own", repr(entry)[:80], AGAIN)
    special = [*_special_words(specials), *(entry["content"] for entry in added)]
    special = list(dict.fromkeys(special))
    if family.byte_pairs:
        part("normalizer", None)
        return byte_pairs(folder, numbers, model.get("merges") or [], special, part("pre_tokenizer", "ByteLevel"))
    settings = part("normalizer", "BertNormalizer")
    part("pre_tokenizer", "BertPreTokenizer")
    words = {number: word for word, number in numbers.items()}
    if sorted(words, key=str) != sorted(range(len(numbers)), key=str):
        raise FileError(f"{where}, vocab", f"the numbers 0 to {len(numbers) - 1}, each once", "others", AGAIN)
    listed = [words[number] for number in range(len(words))]
    return word_pieces(where, listed, special, specials["unknown"], settings)


def write_tokenizer(folder: Folder, tokenizer: PretrainedTokenizer, family: Family) -> None:
    """Writes a tokenizer into a folder, as transformers reads it."""
    pieces, roles = tokenizer.pieces, _ROLES if "pad" in family.specials else _UNFRAMED
    config: dict[str, Any] = {
        "tokenizer_class": f"{family.preset}Tokenizer",
        "model_max_length": tokenizer.sequence_length,
    }
    config |= {key: tokenizer.specials[role] for role, key in roles.items() if role in tokenizer.specials}
    if isinstance(pieces, BytePairTokenizer):
        described = pieces.get_config()
        config["add_prefix_space"] = pieces.add_prefix_space
        write_text(folder.where("vocab.json"), json.dumps(described["vocabulary"], ensure_ascii=False))
        write_text(folder.where("merges.txt"), "\n".join(["#version: 0.2", *described["merges"], ""]))
    elif isinstance(pieces, WordPieceTokenizer):
        config |= {"do_lower_case": pieces.lowercase, "strip_accents": pieces.strip_accents}
        config["tokenize_chinese_chars"] = pieces.split_on_cjk
        write_text(folder.where("vocab.txt"), "\n".join([*pieces.get_vocabulary(), ""]))
    write_json(folder.where(_CONFIG), config)
    write_json(folder.where(_WHOLE), _whole(tokenizer, family))


def _whole(tokenizer: PretrainedTokenizer, family: Family) -> dict[str, Any]:
    """tokenizer.json: the library's own description, with what frames a text."""
    pieces: Any = tokenizer.pieces
    whole = json.loads(pieces._tokenizer.to_str())
    for entry in whole["added_tokens"]:
        entry["lstrip"] = tokenizer.mask_strips and entry["content"] == tokenizer.specials["mask"]
    whole["post_processor"] = _frame(tokenizer) if tokenizer.framed else None
    return whole


def _frame(tokenizer: PretrainedTokenizer) -> dict[str, Any]:
    """``start A end`` and ``start A between B end`` in the library's words."""
    specials, types = tokenizer.specials, int("segment_ids" in tokenizer.inputs)

    def marks(role: str, kind: int) -> list[dict[str, Any]]:
        return [{"SpecialToken": {"id": word, "type_id": kind}} for word in specials[role].split()]

    first, second = {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": types}}
    words = dict.fromkeys(f"{specials['start']} {specials['between']} {specials['end']}".split())
    return {
        "type": "TemplateProcessing",
        "single": [*marks("start", 0), first, *marks("end", 0)],
        "pair": [*marks("start", 0), first, *marks("between", 0), second, *marks("end", types)],
        "special_tokens": {w: {"id": w, "ids": [tokenizer.pieces.token_to_id(w)], "tokens": [w]} for w in words},
    }
