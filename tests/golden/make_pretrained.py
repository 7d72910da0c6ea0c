"""Small pretrained models with random weights, as transformers and KerasHub write them, and what they answer.

`make` writes `tests/golden/pretrained/<name>/` (transformers) and `preset_<name>/` (KerasHub), and beside them
`answers.npz` and `answers.json`: token numbers of tricky texts and the outputs for them. `check FOLDER` opens what
Hornbeam wrote from each of them (`tests/golden/rewrite_pretrained.py FOLDER`, in Hornbeam's environment) and compares.

Needs transformers 5.24, keras_hub 0.32, torch and Keras: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python
tests/golden/make_pretrained.py make`.
"""

import json
import os
import shutil
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import tokenizers
import torch
import transformers as hf

HERE = Path(__file__).parent / "pretrained"
CORPUS = "The profit of the company rose by ten percent. Losses fell, and the shares are good news for the market. " * 3
WORDS = ["the", "profit", "of", "company", "rose", "by", "ten", "percent", "loss", "##es", "fell", "and", "shares"]
WORDS += ["are", "good", "bad", "news", "for", "market", "not"]
TEXTS = [
    "The company's profit rose by 10%!",
    "Losses fell.",
    "good [MASK] news <mask> for the market",
    "NAÏVE café — Ünïted  \t shares\nfell 中国 profit\u200b and \x00 bad \ufffd news",
    "unaffable-unknownunknown" + "x" * 101 + " 🙂 don't ...",
    "",
]
PAIRS = ["shares fell", "The market is not good news", "a", "ten", "by", "good"]


def scatter(model):
    """Gives every weight numbers at random, so that no two can be taken for one another."""
    torch.manual_seed(sum(map(ord, type(model).__name__)))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            torch.nn.init.normal_(parameter, 1.0 if "LayerNorm.weight" in name or "ln_" in name else 0.0, 0.3)
    return model.eval()


def word_pieces():
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,!%'-"
    return ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{c}" for c in letters), *WORDS, "中"]


def byte_pairs(folder, specials):
    trained = tokenizers.ByteLevelBPETokenizer()
    trained.train_from_iterator([CORPUS], vocab_size=300, special_tokens=specials, show_progress=False)
    trained.save_model(str(folder))


BERT = {"hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 20}
BERT |= {"max_position_embeddings": 40, "vocab_size": len(word_pieces())}
DISTIL = {"dim": 12, "n_layers": 2, "n_heads": 3, "hidden_dim": 20, "max_position_embeddings": 40}
DISTIL |= {"vocab_size": len(word_pieces())}
ROBERTA = {**BERT, "max_position_embeddings": 42, "vocab_size": 300, "type_vocab_size": 1, "layer_norm_eps": 1e-5}
GPT2 = {"n_embd": 12, "n_layer": 2, "n_head": 3, "n_positions": 60, "vocab_size": 300, "n_inner": 20}
GPT2 |= {"bos_token_id": 0, "eos_token_id": 0}
LABELS = {
    "id2label": {0: "positive", 1: "negative", 2: "neutral"},
    "label2id": {"positive": 0, "negative": 1, "neutral": 2},
}

# name -> class, config, tokenizer
CHECKPOINTS = {
    "bert": (hf.BertModel, hf.BertConfig(**BERT), "cased"),
    "bert_classes": (hf.BertForSequenceClassification, hf.BertConfig(**BERT, **LABELS), "uncased"),
    "bert_words": (hf.BertForTokenClassification, hf.BertConfig(**BERT, num_labels=4), "uncased"),
    "bert_mask": (hf.BertForMaskedLM, hf.BertConfig(**BERT), "uncased"),
    "bert_untied": (hf.BertForMaskedLM, hf.BertConfig(**BERT, tie_word_embeddings=False), "uncased"),
    "bert_answer": (hf.BertForQuestionAnswering, hf.BertConfig(**BERT), "uncased"),
    "bert_half": (hf.BertForSequenceClassification, hf.BertConfig(**BERT, **LABELS), "uncased"),
    "finbert_prefix": (hf.BertForSequenceClassification, hf.BertConfig(**BERT, **LABELS), "uncased"),
    "finbert_gamma": (hf.BertForSequenceClassification, hf.BertConfig(**BERT, **LABELS), "vocabulary alone"),
    "minilm": (hf.BertModel, hf.BertConfig(**BERT), "uncased"),
    "roberta": (hf.RobertaModel, hf.RobertaConfig(**ROBERTA), "roberta"),
    "roberta_classes": (hf.RobertaForSequenceClassification, hf.RobertaConfig(**ROBERTA, num_labels=2), "roberta"),
    "roberta_words": (hf.RobertaForTokenClassification, hf.RobertaConfig(**ROBERTA), "roberta"),
    "roberta_mask": (hf.RobertaForMaskedLM, hf.RobertaConfig(**ROBERTA), "roberta"),
    "distilbert_classes": (hf.DistilBertForSequenceClassification, hf.DistilBertConfig(**DISTIL), "uncased"),
    "distilbert_mask": (hf.DistilBertForMaskedLM, hf.DistilBertConfig(**DISTIL), "uncased"),
    "distilbert_answer": (hf.DistilBertForQuestionAnswering, hf.DistilBertConfig(**DISTIL), "uncased"),
    "gpt2": (hf.GPT2LMHeadModel, hf.GPT2Config(**GPT2), "gpt2"),
    "electra": (hf.ElectraModel, hf.ElectraConfig(**BERT, embedding_size=8), "uncased"),
    "electra_classes": (hf.ElectraForSequenceClassification, hf.ElectraConfig(**BERT, embedding_size=12), "uncased"),
}


def write_tokenizer(kind, folder):
    if kind in ("roberta", "gpt2"):
        special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"] if kind == "roberta" else ["<|endoftext|>"]
        byte_pairs(folder, special)
        if kind == "roberta":  # the other one stays vocab.json and merges.txt
            made = hf.RobertaTokenizer.from_pretrained(folder)
            if folder.name == "roberta_mask":  # as RoBERTa's own folder has it: the space before belongs to the word
                made.add_special_tokens({"mask_token": hf.AddedToken("<mask>", lstrip=True)})
            made.save_pretrained(folder)
        return
    (folder / "vocab.txt").write_text("\n".join(word_pieces()) + "\n", encoding="utf-8")
    if kind == "vocabulary alone":
        return
    made = hf.BertTokenizer.from_pretrained(folder, do_lower_case=kind == "uncased")
    made.save_pretrained(folder)


def outputs_of(model, arrays):
    """A model's answer, as dict of arrays."""
    with torch.no_grad():
        found = model(**{key: torch.tensor(value) for key, value in arrays.items()})
    names = ("logits", "start_logits", "end_logits", "last_hidden_state", "pooler_output")
    return {name: found[name].float().numpy() for name in names if name in found and found[name] is not None}


def make():
    shutil.rmtree(HERE, ignore_errors=True)
    arrays, facts = {}, {}
    for name, (cls, config, kind) in CHECKPOINTS.items():
        folder = HERE / name
        folder.mkdir(parents=True)
        write_tokenizer(kind, folder)
        model = scatter(cls(config))
        if name == "bert_half":
            model = model.to(torch.bfloat16)
        if name.startswith("finbert"):
            state = model.state_dict()
            if name == "finbert_gamma":
                old = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
                state = {replaced(key, old): value for key, value in state.items()}
                state["bert.embeddings.position_ids"] = torch.arange(40).expand((1, -1))
            torch.save(state, folder / "pytorch_model.bin", _use_new_zipfile_serialization=name == "finbert_prefix")
            config.architectures = [cls.__name__]
            config.save_pretrained(folder)
        else:
            model.save_pretrained(folder, max_shard_size="20kB" if name == "gpt2" else "1GB")
        tokenizer = hf.AutoTokenizer.from_pretrained(folder)
        tokenizer.pad_token = tokenizer.pad_token or "<|endoftext|>"
        facts[name] = {"texts": [tokenizer(text)["input_ids"] for text in TEXTS]}
        facts[name]["pairs"] = [tokenizer(a, b)["input_ids"] for a, b in zip(TEXTS, PAIRS, strict=True)]
        facts[name]["decoded"] = [tokenizer.decode(tokenizer(text)["input_ids"]) for text in TEXTS[:2]]
        given = dict(tokenizer(TEXTS[:2], padding=True, return_tensors="np"))
        given = {key: value for key, value in given.items() if key != "token_type_ids" or "bert" in name}
        if config.model_type in ("distilbert", "roberta"):
            given.pop("token_type_ids", None)
        if name == "minilm":
            modules = ["Transformer", "Pooling", "Normalize"]
            paths = ["", "1_Pooling", "2_Normalize"]
            listed = [
                {"idx": n, "name": str(n), "path": path, "type": f"sentence_transformers.models.{kind}"}
                for n, (path, kind) in enumerate(zip(paths, modules, strict=True))
            ]
            (folder / "modules.json").write_text(json.dumps(listed))
            (folder / "1_Pooling").mkdir()
            pooling = {
                "word_embedding_dimension": 12,
                "pooling_mode_cls_token": False,
                "pooling_mode_mean_tokens": True,
            }
            (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
            (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 16}))
            with torch.no_grad():
                x = model(**{key: torch.tensor(value) for key, value in given.items()}).last_hidden_state
                mask = torch.tensor(given["attention_mask"])[..., None].float()
                mean = (x * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
                answer = {"vectors": torch.nn.functional.normalize(mean, p=2, dim=1).numpy()}
        else:
            answer = outputs_of(model, given)
        for key, value in {**given, **answer}.items():
            arrays[f"{name}/{key}"] = value
        if name == "gpt2":
            with torch.no_grad():
                ids = torch.tensor([tokenizer("the profit")["input_ids"]])
                made = model.generate(ids, max_new_tokens=8, do_sample=False, pad_token_id=0)
            facts[name]["continued"] = tokenizer.decode(made[0], skip_special_tokens=True)
    make_presets(arrays)
    np.savez_compressed(HERE / "answers.npz", **arrays)
    (HERE / "answers.json").write_text(json.dumps(facts) + "\n", encoding="utf-8")
    print(sum(path.stat().st_size for path in HERE.rglob("*") if path.is_file()) / 1000, "kB")


def replaced(key, pairs):
    for old, new in pairs.items():
        key = key.replace(old, new)
    return key


def presets():
    """name -> task of KerasHub, made anew with random weights."""
    import keras
    import keras_hub

    keras.utils.set_random_seed(1)
    models = keras_hub.models
    sizes = {"num_layers": 1, "num_heads": 3, "hidden_dim": 12, "intermediate_dim": 20, "max_sequence_length": 40}
    words, pairs = word_pieces(), HERE / "roberta"
    numbers = json.loads((pairs / "vocab.json").read_text(encoding="utf-8"))
    merges = (pairs / "merges.txt").read_text(encoding="utf-8").splitlines()[1:]
    lower = {"vocabulary": words, "lowercase": True}
    bert = models.BertBackbone(vocabulary_size=len(words), **{**sizes, "num_layers": 2})
    roberta = models.RobertaBackbone(vocabulary_size=len(numbers), **sizes)
    distil = models.DistilBertBackbone(vocabulary_size=len(words), **sizes)
    electra = models.ElectraBackbone(vocab_size=len(words), embedding_dim=8, **sizes)
    gpt2 = models.GPT2Backbone(vocabulary_size=len(numbers) + 1, **sizes)
    return {
        "bert": (models.BertTextClassifier(bert, num_classes=3), models.BertTokenizer(**lower)),
        "roberta": (models.RobertaMaskedLM(roberta), models.RobertaTokenizer(vocabulary=numbers, merges=merges)),
        "distilbert": (models.DistilBertTextClassifier(distil, num_classes=2), models.DistilBertTokenizer(**lower)),
        "electra": (electra, models.ElectraTokenizer(**lower)),
        "gpt2": (
            models.GPT2CausalLM(gpt2),
            models.GPT2Tokenizer(vocabulary={**numbers, "<|endoftext|>": len(numbers)}, merges=merges),
        ),
    }


def make_presets(arrays):
    rng = np.random.default_rng(0)
    for name, (task, tokenizer) in presets().items():
        folder = HERE / f"preset_{name}"
        for variable in task.weights:
            center = 1.0 if variable.name == "gamma" else 0.0
            variable.assign(rng.normal(center, 0.3, variable.shape).astype("float32"))
        task.save_to_preset(folder)
        tokenizer.save_to_preset(folder)
        given = preset_inputs(task, rng)
        found = task.predict(given, verbose=0)
        found = found if isinstance(found, dict) else {"output": found}
        for key, value in {**given, **found}.items():
            arrays[f"preset_{name}/{key}"] = np.asarray(value)


def preset_inputs(task, rng):
    given = {"token_ids": rng.integers(5, 90, (2, 7)), "padding_mask": np.array([[1] * 7, [1] * 4 + [0] * 3])}
    if "segment_ids" in task.input:
        given["segment_ids"] = np.array([[0] * 4 + [1] * 3, [0] * 7])
    if "mask_positions" in task.input:
        given["mask_positions"] = np.array([[1, 3], [2, 0]])
    return {key: value.astype("int32") for key, value in given.items()}


def check(written):
    """Opens what Hornbeam wrote, and compares with what the first model answered."""
    answers = np.load(HERE / "answers.npz")
    facts = json.loads((HERE / "answers.json").read_text(encoding="utf-8"))
    for name, (cls, _, _) in CHECKPOINTS.items():
        folder = Path(written) / name
        model = cls.from_pretrained(folder).eval().float()
        keys = ("input_ids", "attention_mask", "token_type_ids")
        found = outputs_of(model, {key: answers[f"{name}/{key}"] for key in keys if f"{name}/{key}" in answers})
        worst = 0.0
        seen = answers[f"{name}/attention_mask"].astype(bool)  # padding has no meaning
        for key, value in found.items():
            if f"{name}/{key}" in answers:
                value, expected = (
                    x[seen] if x.shape[:2] == seen.shape else x for x in (value, answers[f"{name}/{key}"])
                )
                worst = max(worst, float(np.abs(value - expected).max()))
        tokenizer = hf.AutoTokenizer.from_pretrained(folder)
        same = [tokenizer(text)["input_ids"] for text in TEXTS] == facts[name]["texts"]
        print(f"{name}: outputs differ by {worst:.1e}, tokens {'the same' if same else 'DIFFER'}")
        assert same, name
        assert worst < (2e-2 if name == "bert_half" else 1e-5), name  # bfloat16 has three digits
    import keras_hub

    for name in ("bert", "roberta", "distilbert", "electra", "gpt2"):
        folder = str(Path(written) / f"preset_{name}")
        kinds = {"bert": "TextClassifier", "distilbert": "TextClassifier", "roberta": "MaskedLM", "gpt2": "CausalLM"}
        kind = getattr(keras_hub.models, kinds.get(name, "Backbone"))
        task = kind.from_preset(folder, **({} if name == "electra" else {"preprocessor": None}))
        given = {key: answers[f"preset_{name}/{key}"] for key in task.input}
        found = task.predict(given, verbose=0)
        found = found if isinstance(found, dict) else {"output": found}
        worst = max(float(np.abs(found[key] - answers[f"preset_{name}/{key}"]).max()) for key in found)
        tokenizer = keras_hub.models.Tokenizer.from_preset(folder)
        print(f"preset_{name}: outputs differ by {worst:.1e}, {tokenizer.vocabulary_size()} words")
        assert worst < 1e-5, name


if __name__ == "__main__":
    make() if sys.argv[1] == "make" else check(sys.argv[2])
