"""Pretrained models answer as transformers and KerasHub answered, and what is written is what they had written."""

import ast
import json
import re
import sys
import types

import ml_dtypes
import numpy as np
import pytest
from folders import ANSWERS, FACTS, GOLDEN, changed, opened

import hornbeam
from hornbeam import layers
from hornbeam.core.errors import ArgumentError, DataError, FileError, UnknownNameError
from hornbeam.saving.tensors import read_tensors
from hornbeam.saving.torch_file import read_torch_file

# sums of a dozen numbers in float32, two layers deep; chosen before the first comparison
CLOSE = {"rtol": 1e-5, "atol": 1e-5}
PRESETS = sorted(path.name for path in GOLDEN.glob("preset_*"))
NAMES = {"sequence_output": "last_hidden_state", "pooled_output": "pooler_output", "output": "logits"}


def constants():
    """The texts that the maker gave to transformers."""
    tree = ast.parse((GOLDEN.parent / "make_pretrained.py").read_text(encoding="utf-8"))
    assigned = {n.targets[0].id: n.value for n in tree.body if isinstance(n, ast.Assign)}
    return eval(ast.unparse(assigned["TEXTS"])), eval(ast.unparse(assigned["PAIRS"]))


TEXTS, PAIRS = constants()


def answered(model, name):
    """What a model answers to the first two texts, and where there is no padding."""
    given = model.tokenizer(TEXTS[:2])
    if "mask_positions" in model.input:
        length = given["token_ids"].shape[1]
        given["mask_positions"] = np.tile(np.arange(length, dtype="int32"), (2, 1))
    found = model(given)  # not compiled: the operations of one family serve the next
    np.testing.assert_array_equal(given["padding_mask"], ANSWERS[f"{name}/attention_mask"])
    found = found if isinstance(found, dict) else {"output": found}
    return {key: np.asarray(value) for key, value in found.items()}, given["padding_mask"].astype(bool)


@pytest.mark.parametrize("name", [name for name in FACTS if name != "bert_half"])
def test_a_model_answers_as_in_transformers(name):
    found, seen = answered(opened(name), name)
    assert found
    for key, value in found.items():
        key = "vectors" if name == "minilm" else NAMES.get(key, key)
        expected = ANSWERS[f"{name}/{key}"]
        if expected.shape[:2] == seen.shape:  # padding has no meaning: RoBERTa's has places of its own
            value, expected = value[seen], expected[seen]
        np.testing.assert_allclose(value, expected, **CLOSE)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_answers_as_in_keras_hub(name):
    model = opened(name)
    found = model({key: ANSWERS[f"{name}/{key}"] for key in model.input})
    found = found if isinstance(found, dict) else {"output": found}
    for key, value in found.items():
        np.testing.assert_allclose(value, ANSWERS[f"{name}/{key}"], **CLOSE)


@pytest.mark.parametrize("name", FACTS)
def test_tricky_texts_have_the_numbers_that_transformers_gives_them(name):
    tokenizer = opened(name).tokenizer
    most = tokenizer.sequence_length
    for second, rows in ((None, FACTS[name]["texts"]), (PAIRS, FACTS[name]["pairs"])):
        for n, (text, expected) in enumerate(zip(TEXTS, rows, strict=True)):
            found = tokenizer([text], None if second is None else [second[n]])["token_ids"][0].tolist()
            if not expected:  # GPT-2 has no word for an empty text
                assert found == [tokenizer.pad_id]
            elif len(expected) <= most:
                assert found == expected
            else:  # transformers was not asked to cut
                assert len(found) == most
                assert second is not None or found[: most - 1] == expected[: most - 1]


@pytest.mark.parametrize("name", FACTS)
def test_weights_are_written_as_transformers_had_written_them(name, tmp_path):
    opened(name).save_pretrained(tmp_path)
    written, folder = read_tensors(tmp_path / "model.safetensors"), GOLDEN / name
    files = list(folder.glob("*.safetensors")) or list(folder.glob("*.bin"))
    read = read_torch_file if files[0].suffix == ".bin" else read_tensors
    golden = {key: tensor for file in files for key, tensor in read(file).items()}
    golden = {re.sub(r"gamma$", "weight", re.sub(r"beta$", "bias", key)): t for key, t in golden.items()}
    exact = [key for key in golden if "position" not in key and "token_type" not in key or "roberta" not in name]
    exact = [key for key in exact if not key.endswith("position_ids")]
    # the same bias under a second name, which transformers does not read where there is a table of its own
    exact = [key for key in exact if key != "cls.predictions.bias" or name != "bert_untied"]
    assert set(exact) <= set(written)
    for key in exact:
        assert written[key].dtype == golden[key].dtype
        np.testing.assert_array_equal(written[key].read(), golden[key].read(), key)


@pytest.mark.parametrize("name", ["bert_mask", "gpt2", "minilm", "roberta_mask", "preset_bert", "preset_gpt2"])
def test_a_written_folder_opens_as_the_same_model(name, tmp_path):
    first = opened(name)
    first.save_pretrained(tmp_path, "keras_hub" if name in PRESETS else "transformers")
    again = hornbeam.from_pretrained(tmp_path)
    assert type(again) is type(first)
    assert again.description.task == first.description.task
    for one, other in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    for key, value in first.tokenizer(TEXTS).items():
        np.testing.assert_array_equal(value, again.tokenizer(TEXTS)[key])


@pytest.mark.parametrize("name", ["roberta_classes", "bert_mask"])
def test_tokenizers_are_read_from_either_of_their_files(name, tmp_path):
    # tokenizer.json says as much as vocab.txt or vocab.json, merges.txt and tokenizer_config.json together
    plain = hornbeam.from_pretrained(changed(tmp_path, name, tokenizer=None)).tokenizer
    whole = opened(name).tokenizer
    np.testing.assert_array_equal(plain(TEXTS)["token_ids"], whole(TEXTS)["token_ids"])


# -- number types -----------------------------------------------------------------------------------------------------


def test_half_precision_stays_as_it_is_or_is_cast():
    model = opened("bert_half")
    assert {weight.dtype for weight in model.weights} == {"bfloat16"}
    cast = hornbeam.from_pretrained(GOLDEN / "bert_half", dtype="float32")
    assert {weight.dtype for weight in cast.weights} == {"float32"}
    for one, other in zip(model.get_weights(), cast.get_weights(), strict=True):
        np.testing.assert_array_equal(one.astype("float32"), other)
    mixed = hornbeam.from_pretrained(GOLDEN / "bert_classes", dtype="mixed_bfloat16")
    assert mixed.weights[0].dtype == "float32"
    assert mixed.output.dtype == "bfloat16"


def test_half_precision_answers_nearly_as_transformers_does():
    found, _ = answered(opened("bert_half"), "bert_half")
    assert found["output"].dtype == ml_dtypes.bfloat16
    # bfloat16 has eight bits of mantissa: three digits after some dozen roundings of numbers near 1
    np.testing.assert_allclose(found["output"].astype("float32"), ANSWERS["bert_half/logits"], atol=2e-2)


# -- what students write ----------------------------------------------------------------------------------------------


def test_classes_have_the_names_of_the_folder():
    assert opened("finbert_gamma").class_names == ["positive", "negative", "neutral"]
    assert opened("bert_words").class_names[0] == "LABEL_0"
    assert opened("bert_mask").class_names == []


def test_vectors_of_sentences_have_length_one_and_know_no_padding():
    model = opened("minilm")
    alone = model.predict(model.tokenizer(TEXTS[1:2]), verbose=0)
    beside = model.predict(model.tokenizer(TEXTS[:2]), verbose=0)
    np.testing.assert_allclose(np.linalg.norm(beside, axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(beside[1:], alone, rtol=1e-5, atol=1e-6)


def test_a_hidden_word_is_guessed_with_its_probability():
    model, text = opened("bert_mask"), "the [MASK] rose"
    ((best, second),) = model.fill_mask([text], n=2)
    given = model.tokenizer([text])
    place = int(np.flatnonzero(given["token_ids"][0] == 4)[0])
    logits = model.predict({**given, "mask_positions": np.array([[place]], "int32")}, verbose=0)[0, 0]
    shares = np.exp(logits) / np.exp(logits).sum()
    order = np.argsort(-shares)
    assert [best[0], second[0]] == [model.tokenizer.pieces.id_to_token(int(n)) for n in order[:2]]
    np.testing.assert_allclose([best[1], second[1]], shares[order[:2]], rtol=1e-4)
    with pytest.raises(DataError, match=r"one \[MASK\] each; got 0 in text 1"):
        model.fill_mask([text, "no mask"])


def test_a_text_goes_on_as_in_transformers_and_texts_do_not_disturb_each_other():
    model = opened("gpt2")
    assert model.generate(["the profit"], 8) == [FACTS["gpt2"]["continued"]]
    both = model.generate(["the profit", "shares fell and"], 8)
    assert both[0] == FACTS["gpt2"]["continued"]
    assert both[1].startswith("shares fell and")
    with pytest.raises(ArgumentError, match="60 words in all"):
        model.generate(["the profit"], 100)


def test_training_goes_on_from_a_pretrained_model():
    base = hornbeam.from_pretrained(GOLDEN / "preset_distilbert", task="feature-extraction")
    model = hornbeam.Model(base.input, layers.Dense(2, activation="softmax")(base.output["sequence_output"][:, 0]))
    model.compile(hornbeam.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    x, y = base.tokenizer(["good", "bad", "good news", "bad news"] * 8), np.array([0, 1, 0, 1] * 8)
    before = base.backbone.get_weights()
    losses = model.fit(x, y, epochs=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert any((a != b).any() for a, b in zip(before, base.backbone.get_weights(), strict=True))


def test_a_pretrained_model_is_saved_as_any_model(tmp_path):
    model = opened("bert_classes")
    model.save(tmp_path / "model.keras")
    again = hornbeam.load_model(tmp_path / "model.keras")
    assert type(again).__name__ == "Functional"
    given = model.tokenizer(TEXTS[:2])
    np.testing.assert_array_equal(again(given), model(given))


def test_a_tokenizer_gives_the_length_that_is_asked_for():
    tokenizer = opened("bert").tokenizer
    assert tokenizer(["a", "a b c"], sequence_length=9)["token_ids"].shape == (2, 9)
    cut = tokenizer(["a b c d e f"], ["a b"], sequence_length=7)
    assert cut["token_ids"][0].tolist().count(3) == 2
    assert cut["segment_ids"][0].tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert {len(value) for value in tokenizer([]).values()} == {0}
    with pytest.raises(ArgumentError, match="at most 40"):
        tokenizer(["a"], sequence_length=41)
    with pytest.raises(DataError, match="2 texts"):
        tokenizer(["a", "b"], ["a"])


# -- errors that say what to do ---------------------------------------------------------------------------------------


def test_a_missing_file_is_named_beside_those_that_are_there(tmp_path):
    for file, expected in (("weights", "model.safetensors or pytorch_model.bin"), ("config", "config.json")):
        (tmp_path / file).mkdir()
        with pytest.raises(FileError, match=f"expected {expected}; got .*tokenizer.json"):
            hornbeam.from_pretrained(changed(tmp_path / file, "bert", **{file: None}))
    (tmp_path / "words").mkdir()
    folder = changed(tmp_path / "words", "finbert_gamma", **{"vocab.txt": None})
    with pytest.raises(FileError, match="vocab.txt; got config.json, pytorch_model.bin"):
        hornbeam.from_pretrained(folder)


def test_families_and_tasks_that_are_not_known_are_answered_with_those_that_are(tmp_path):
    folder = changed(tmp_path, "bert", config={"model_type": "brt"})
    with pytest.raises(
        FileError, match="one of bert, roberta, distilbert, gpt2, electra; got 'brt'. Did you mean 'bert'"
    ):
        hornbeam.from_pretrained(folder)
    with pytest.raises(UnknownNameError, match="Did you mean 'text-classification'"):
        hornbeam.from_pretrained(GOLDEN / "bert", task="text-clasification")
    with pytest.raises(FileError, match="a task of gpt2: feature-extraction, text-generation"):
        hornbeam.from_pretrained(GOLDEN / "gpt2", task="fill-mask")


@pytest.mark.parametrize(
    ("name", "task", "got"),
    [
        ("bert", "text-classification", "a checkpoint for feature-extraction, without classifier.weight"),
        ("bert_words", "text-classification", "a checkpoint for token-classification, without pooler.dense.weight"),
        ("bert_classes", "token-classification", "a checkpoint for text-classification"),
        ("roberta_mask", "question-answering", "a checkpoint for fill-mask, without qa_outputs.weight"),
        ("preset_bert", "fill-mask", "a preset for text-classification"),
    ],
)
def test_a_head_that_the_folder_lacks_is_said_with_the_way_out(name, task, got):
    with pytest.raises(FileError, match=f"a head for {task}.*; got {got}.*task='feature-extraction'"):
        hornbeam.from_pretrained(GOLDEN / name, task=task)


def test_more_words_than_vectors_are_refused(tmp_path):
    words = (GOLDEN / "finbert_gamma" / "vocab.txt").read_bytes() + b"one\ntwo\n"
    folder = changed(tmp_path, "finbert_gamma", **{"vocab.txt": words})
    with pytest.raises(FileError, match="at most 110 words, as the model has vectors; got a vocabulary of 112"):
        hornbeam.from_pretrained(folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"vocab_size": 111}, r"embeddings.word_embeddings.weight of shape \(110, 12\) instead of \(111, 12\)"),
        ({"num_hidden_layers": 3}, "no encoder.layer.2.attention.self.query.weight"),
        ({"num_hidden_layers": 1}, "the weights of 1 layers"),
        ({"num_hidden_layers": 10**8}, "as many layers as the weights"),
        ({"hidden_size": 3 * 10**8}, "a weight of shape"),
        ({"hidden_size": -12}, "hidden_size -12"),
        ({"hidden_act": "__import__('os')"}, "a known activation"),
        ({"num_attention_heads": 5}, "heads that share"),
        ({"position_embedding_type": "relative_key"}, "'absolute'"),
        ({"hidden_dropout_prob": "0.1"}, "hidden_dropout_prob '0.1'"),
    ],
)
def test_a_config_that_does_not_fit_the_weights_is_refused(change, words, tmp_path):
    with pytest.raises(FileError, match=words):
        hornbeam.from_pretrained(changed(tmp_path, "bert", config=change))


def test_a_layout_or_task_that_cannot_be_written_is_said(tmp_path):
    with pytest.raises(ArgumentError, match="'transformers' or 'keras_hub'"):
        opened("bert").save_pretrained(tmp_path, layout="onnx")
    with pytest.raises(FileError, match="a task that KerasHub has"):
        opened("minilm").save_pretrained(tmp_path, layout="keras_hub")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileError, match="a folder that can be made"):
        opened("bert").save_pretrained(tmp_path / "file")
    with pytest.raises(FileError, match="a pooled_dense layer"):
        opened("bert_mask").save_pretrained(tmp_path, layout="keras_hub")


# -- the hub ----------------------------------------------------------------------------------------------------------


def test_a_name_is_fetched_by_the_library_and_only_files_that_are_read(monkeypatch):
    asked = {}

    def snapshot(name, allow_patterns):
        asked["files"] = allow_patterns
        return str(GOLDEN / "gpt2")

    names = ["config.json", "model.safetensors.index.json", "model-00001-of-00002.safetensors", "tf_model.h5", "run.py"]
    library = types.SimpleNamespace(list_repo_files=lambda name: names, snapshot_download=snapshot)
    monkeypatch.setitem(sys.modules, "huggingface_hub", library)
    assert hornbeam.from_pretrained("someone/gpt2-small").description.family.name == "gpt2"
    assert sorted(asked["files"]) == sorted(names[:3])


def test_a_name_that_cannot_be_fetched_is_an_error_in_four_parts(monkeypatch):
    with pytest.raises(FileError, match="a folder, or the name of a model like"):
        hornbeam.from_pretrained("https://example.org/model")
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(FileError, match="pip install huggingface_hub"):
        hornbeam.from_pretrained("someone/model")

    def offline(name):
        raise ConnectionError("no route")

    monkeypatch.setitem(sys.modules, "huggingface_hub", types.SimpleNamespace(list_repo_files=offline))
    with pytest.raises(FileError, match="ConnectionError: no route. Check the name and the network"):
        hornbeam.from_pretrained("someone/model")


def test_a_deep_network_of_equal_blocks_is_described_as_each_block_alone_would_be():
    x = hornbeam.Input((None, 8))
    first = layers.TransformerEncoder(16, 2)(x)
    second = layers.TransformerEncoder(16, 2)(first)
    wider = layers.Dense(4)(layers.Dense(8)(second))
    assert (second.shape, wider.shape) == ((None, None, 8), (None, None, 4))
    model = hornbeam.Model(x, wider)
    assert len(model.weights) == 2 * 16 + 4
    assert hornbeam.Model(x, model(x)).output.shape == (None, None, 4)
    other = hornbeam.Input((7, 8))  # other inputs than those of the model: its call is looked at anew
    assert hornbeam.Model(other, model(other)).output.shape == (None, 7, 4)


def test_facts_were_made_for_every_folder():
    folders = {path.name for path in GOLDEN.iterdir() if path.is_dir()}
    assert folders == set(FACTS) | set(PRESETS)
    assert json.loads((GOLDEN / "gpt2" / "model.safetensors.index.json").read_text())["weight_map"]
