"""Folders from strangers: paths and addresses in them are not followed, and what is damaged is named."""

import builtins
import json
import random
import shutil

import numpy as np
import pytest
from folders import GOLDEN, NAMES, changed

import hornbeam
from hornbeam.core.errors import FileError
from hornbeam.saving.tensors import write_tensors


@pytest.fixture
def only_here(monkeypatch, tmp_path):
    """Fails when a file outside of the test's folder is opened for reading by a name from a file."""
    opened, first = [], builtins.open

    def watched(path, *args, **kwargs):
        opened.append(str(path))
        return first(path, *args, **kwargs)

    monkeypatch.setattr(builtins, "open", watched)
    yield opened
    assert not [path for path in opened if "secret" in path and not path.endswith(".part")]


@pytest.mark.parametrize(
    "name", ["../secret.safetensors", "/etc/secret", "a/../../secret", "sub\\secret", "", ".", "..", 3, ["x"]]
)
def test_an_index_that_names_files_elsewhere_is_refused(name, tmp_path, only_here):
    write_tensors(tmp_path / "secret.safetensors", {"wte.weight": np.zeros((2, 2), "float32")})
    index = json.loads((GOLDEN / "gpt2" / "model.safetensors.index.json").read_text())
    index["weight_map"]["transformer.wte.weight"] = name
    with pytest.raises(FileError, match="the name of a file in this very folder"):
        hornbeam.from_pretrained(changed(tmp_path, "gpt2", index=index))


def test_an_index_that_names_an_array_that_is_not_there_is_refused(tmp_path):
    index = json.loads((GOLDEN / "gpt2" / "model.safetensors.index.json").read_text())
    shards = sorted(set(index["weight_map"].values()))
    index["weight_map"] = {name: shards[file == shards[0]] for name, file in index["weight_map"].items()}
    with pytest.raises(FileError, match="no such array"):
        hornbeam.from_pretrained(changed(tmp_path, "gpt2", index=index))


@pytest.mark.parametrize("value", ["/etc/secret", "../secret", "https://example.org/secret.txt", "hf://secret", 7])
@pytest.mark.parametrize("key", ["vocab_file", "tokenizer_file"])
def test_a_tokenizer_that_names_a_path_or_an_address_is_refused(key, value, tmp_path, only_here):
    with pytest.raises(FileError, match=f"{key}: expected none, as the vocabulary lies in this folder.*not opened"):
        hornbeam.from_pretrained(changed(tmp_path, "bert", settings={key: value}))


def test_a_preset_whose_tokenizer_names_a_path_is_refused(tmp_path, only_here):
    whole = json.loads((GOLDEN / "preset_bert" / "tokenizer.json").read_text())
    whole["config"]["vocabulary"] = "/etc/secret"
    with pytest.raises(FileError, match="vocabulary: expected none: it lies in assets/tokenizer; got '/etc/secret'"):
        hornbeam.from_pretrained(changed(tmp_path, "preset_bert", tokenizer=whole))


@pytest.mark.parametrize("path", ["../1_Pooling", "/tmp/1_Pooling", "https://example.org", None])
def test_a_sentence_model_whose_modules_lie_elsewhere_is_refused(path, tmp_path):
    modules = json.loads((GOLDEN / "minilm" / "modules.json").read_text())
    modules[1]["path"] = path
    with pytest.raises(FileError, match="'', '1_Pooling' or '2_Normalize'"):
        hornbeam.from_pretrained(changed(tmp_path, "minilm", modules=modules))


def test_a_sentence_model_with_modules_that_are_not_known_is_refused(tmp_path):
    modules = [{"path": "", "type": "os.system"}]
    with pytest.raises(FileError, match="Transformer, Pooling and perhaps Normalize; got system"):
        hornbeam.from_pretrained(changed(tmp_path, "minilm", modules=modules))


def test_code_that_a_config_names_is_not_fetched_or_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    extra = {"auto_map": {"AutoModel": "run.Model"}, "torch_dtype": "__import__('os').system('touch pwned')"}
    model = hornbeam.from_pretrained(changed(tmp_path, "bert", config=extra))
    assert model.description.family.name == "bert"
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("part", "value", "words"),
    [
        ("normalizer", {"type": "Precompiled", "precompiled_charsmap": "AAAA"}, "BertNormalizer, as bert has it"),
        ("pre_tokenizer", {"type": "Split", "pattern": {"Regex": "(a*)*b"}}, "BertPreTokenizer"),
        ("model", {"type": "Unigram", "vocab": []}, "WordPiece"),
        ("model", {"type": "WordPiece", "vocab": {"a": 0, "b": 2}}, "added_tokens|numbers"),
        ("model", {"type": "WordPiece", "vocab": ["a"]}, "from word to number"),
        ("added_tokens", [{"id": 10**9, "content": "new"}], "the numbers 0 to"),
        ("added_tokens", [{"id": "0", "content": "x"}], "numbers of their own"),
        ("added_tokens", 3, "from word to number"),
    ],
)
def test_a_tokenizer_of_other_parts_is_refused(part, value, words, tmp_path):
    with pytest.raises(FileError, match=words):
        hornbeam.from_pretrained(changed(tmp_path, "bert", tokenizer={part: value}))


@pytest.mark.parametrize("file", ["config", "tokenizer", "settings"])
@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 10**5, b"3"])
def test_json_that_is_none_is_an_error_that_names_the_file(file, content, tmp_path):
    with pytest.raises(FileError, match=NAMES[file]):
        hornbeam.from_pretrained(changed(tmp_path, "bert", **{file: content}))


@pytest.mark.parametrize("name", ["bert_classes", "finbert_gamma", "preset_distilbert"])
def test_altered_folders_are_opened_or_refused(name, tmp_path):
    draws = random.Random(1)
    files = [path.name for path in (GOLDEN / name).iterdir() if path.is_file()]
    refused = 0
    for number in range(12):
        folder = tmp_path / str(number)
        shutil.copytree(GOLDEN / name, folder)
        path = folder / draws.choice(files)
        data = bytearray(path.read_bytes())
        for _ in range(3):
            data[draws.randrange(min(len(data), 2000))] = draws.randrange(256)
        path.write_bytes(data[: draws.randrange(len(data))] if number % 2 else data)
        try:
            assert hornbeam.from_pretrained(folder).count_params() > 1000
        except FileError:
            refused += 1
    assert refused >= 4
