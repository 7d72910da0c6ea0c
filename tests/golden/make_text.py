"""Write `text.json`: what Keras 3.15.1 does with texts, words, sequences and windows, a case on each line.

Case keys: `case` (unique name), `object` (Keras's name), `config` (arguments), what it was given (`adapt`, `inputs`,
`texts`, …) and what came of it (`output`, `vocabulary`, …), all as plain JSON.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_text.py` where TensorFlow is installed too.
"""

import pathlib
import tempfile

import keras
import numpy as np
from keras.src.legacy.preprocessing import sequence as old_sequence
from keras.src.legacy.preprocessing import text as old_text
from writer import FOLDER, plain, write_json

TEXTS = [
    "Quick brown fox",
    "Jumps over lazy lazy brown dog",
    "The DOG's day: it rains, it pours; (the end)",
    "",
    "naïve Café, ÉLAN\tvital\nnew line — dash",
    "fox\u00a0fox  fox\u3000fox",
]
MORE = ["the lazy unknown dog", "Quick! QUICK quick?", "!!!", "café ÉLAN day"]
CASES = []


def case(name, object, config, **more):
    assert all(known["case"] != name for known in CASES), name
    CASES.append(plain({"case": name, "object": object, "config": config, **more}))


def tokenizers():
    settings = {
        "default": {},
        "oov": {"oov_token": "<oov>", "num_words": 6},
        "few": {"num_words": 4},
        "characters": {"char_level": True},
        "own split": {"split": "|", "filters": " ", "lower": False},
    }
    for name, config in settings.items():
        made = old_text.Tokenizer(**config)
        made.fit_on_texts(TEXTS)
        sequences = made.texts_to_sequences(TEXTS + MORE)
        matrices = {mode: made.texts_to_matrix(TEXTS + MORE, mode) for mode in ("binary", "count", "freq", "tfidf")}
        case(
            f"Tokenizer {name}",
            "Tokenizer",
            config,
            word_index=made.word_index,
            word_counts=dict(made.word_counts),
            word_docs=dict(made.word_docs),
            index_docs={str(key): value for key, value in made.index_docs.items()},
            sequences=sequences,
            texts=made.sequences_to_texts(sequences),
            json=made.to_json(),
            **(matrices if name != "characters" else {}),
        )
    listed = old_text.Tokenizer()
    listed.fit_on_texts([["To", "be"], ["or", "not", "to", "be"]])
    case("Tokenizer lists", "Tokenizer", {}, word_index=listed.word_index)
    numbers = old_text.Tokenizer(num_words=5)
    numbers.fit_on_sequences([[1, 2, 2], [2, 3, 9], []])
    matrix = numbers.sequences_to_matrix([[1, 2, 2], [2, 3, 9], []], "tfidf")
    case("Tokenizer sequences", "Tokenizer", {"num_words": 5}, tfidf=matrix)
    for text in TEXTS:
        case(
            f"hashing_trick {text}",
            "hashing_trick",
            {"n": 50, "hash_function": "md5"},
            text=text,
            output=old_text.hashing_trick(text, 50, "md5"),
            words=old_text.text_to_word_sequence(text),
        )


def sequences():
    ragged = [[1, 2, 3, 4, 5], [6], [], [7, 8, 9]]
    deep = [[[1, 2], [3, 4]], [[5, 6]]]
    for config in (
        {},
        {"maxlen": 3},
        {"maxlen": 3, "padding": "post"},
        {"maxlen": 3, "truncating": "post", "value": -1},
        {"maxlen": 7, "padding": "post", "truncating": "post", "dtype": "float32", "value": 0.5},
    ):
        case(f"pad_sequences {config}", "pad_sequences", config, inputs=ragged,
             output=keras.utils.pad_sequences(ragged, **config))  # fmt: skip
    case("pad_sequences deep", "pad_sequences", {"maxlen": 3}, inputs=deep,
         output=keras.utils.pad_sequences(deep, maxlen=3))  # fmt: skip
    case("make_sampling_table", "make_sampling_table", {"size": 50, "sampling_factor": 1e-4},
         output=old_sequence.make_sampling_table(50, 1e-4))  # fmt: skip
    pairs, labels = old_sequence.skipgrams([1, 2, 0, 3, 4, 2], 5, window_size=2, negative_samples=0, shuffle=False)
    case("skipgrams", "skipgrams", {"window_size": 2}, pairs=pairs, labels=labels)


def vectorizations():
    settings = {
        "default": {},
        "long": {"output_sequence_length": 12, "max_tokens": 9},
        "short": {"output_sequence_length": 2},
        "lower": {"standardize": "lower"},
        "strip": {"standardize": "strip_punctuation"},
        "nothing": {"standardize": None},
        "characters": {"split": "character", "output_sequence_length": 20},
        "ngrams": {"ngrams": 2, "output_sequence_length": 20},
        "trigrams": {"ngrams": (1, 3), "output_mode": "count"},
        "multi_hot": {"output_mode": "multi_hot"},
        "count": {"output_mode": "count", "max_tokens": 40, "pad_to_max_tokens": True},
        "tf_idf": {"output_mode": "tf_idf"},
        "tf_idf few": {"output_mode": "tf_idf", "max_tokens": 7},
        "tf_idf padded": {"output_mode": "tf_idf", "max_tokens": 40, "pad_to_max_tokens": True},
        "whole": {"split": None},
    }
    for name, config in settings.items():
        made = keras.layers.TextVectorization(**config)
        made.adapt(TEXTS)
        inputs = TEXTS + MORE
        case(f"TextVectorization {name}", "TextVectorization", config, adapt=TEXTS, inputs=inputs,
             vocabulary=made.get_vocabulary(), output=np.asarray(made(inputs)))  # fmt: skip
        if name in ("default", "count"):
            column = [[text] for text in inputs]
            case(f"TextVectorization {name} column", "TextVectorization", config, adapt=TEXTS, inputs=column,
                 vocabulary=made.get_vocabulary(), output=np.asarray(made(column)))  # fmt: skip
    words = [["a", "b", "a"], ["c", "", "z"]]
    for mode in ("int", "count", "multi_hot"):
        made = keras.layers.TextVectorization(split=None, output_mode=mode, vocabulary=["a", "b", "c"])
        case(f"TextVectorization words {mode}", "TextVectorization",
             {"split": None, "output_mode": mode, "vocabulary": ["a", "b", "c"]}, inputs=words,
             vocabulary=made.get_vocabulary(), output=np.asarray(made(words)))  # fmt: skip


def lookups():
    rows = [["a", "c", "d", "m"], ["d", "z", "b", "y"]]
    data = [["a", "b"], ["b", "c"], ["b", "d"], ["d", "c"]]
    settings = {
        "given": {"vocabulary": ["a", "b", "c", "d"]},
        "special": {"vocabulary": ["", "[UNK]", "a", "b"], "mask_token": ""},
        "mask": {"vocabulary": ["a", "b", "c", "d"], "mask_token": "m"},
        "unknowns": {"vocabulary": ["a", "b", "c"], "num_oov_indices": 3},
        "salt": {"vocabulary": ["a", "b", "c"], "num_oov_indices": 3, "salt": [7, 11]},
        "adapted": {},
        "few": {"max_tokens": 3},
        "one_hot": {"vocabulary": ["a", "b", "c", "d"], "output_mode": "one_hot"},
        "multi_hot": {"vocabulary": ["a", "b", "c", "d"], "output_mode": "multi_hot", "mask_token": "m"},
        "count": {"vocabulary": ["a", "b"], "output_mode": "count", "max_tokens": 6, "pad_to_max_tokens": True},
        "tf_idf": {"vocabulary": ["a", "b", "c", "d"], "idf_weights": [0.25, 0.75, 0.6, 0.4], "output_mode": "tf_idf"},
        "tf_idf adapted": {"output_mode": "tf_idf"},
    }
    for name, config in settings.items():
        made = keras.layers.StringLookup(**config)
        adapt = None if "vocabulary" in config else data
        if adapt:
            made.adapt(adapt)
        case(f"StringLookup {name}", "StringLookup", config, adapt=adapt, inputs=rows,
             vocabulary=made.get_vocabulary(), output=np.asarray(made(rows)))  # fmt: skip
    config = {"vocabulary": ["a", "b", "c"], "invert": True, "mask_token": ""}
    made = keras.layers.StringLookup(**config)
    case("StringLookup invert", "StringLookup", config, adapt=None, inputs=[[1, 3, 0], [4, 2, 9]],
         vocabulary=made.get_vocabulary(),
         output=[[word.decode() for word in row] for row in
                 np.asarray(super(keras.layers.StringLookup, made).call([[1, 3, 0], [4, 2, 9]])).tolist()])  # fmt: skip
    rows = [[12, 1138, 42, 7], [42, 1000, 36, -5]]
    data = [[5, 12], [12, 42], [42, 42], [7, 5]]
    settings = {
        "given": {"vocabulary": [12, 36, 1138, 42]},
        "mask": {"vocabulary": [12, 36, 1138, 42], "mask_token": 7},
        "unknowns": {"vocabulary": [12, 36], "num_oov_indices": 3},
        "farmhash": {"vocabulary": [12, 36], "num_oov_indices": 3, "oov_method": "farmhash"},
        "salt": {"vocabulary": [12, 36], "num_oov_indices": 3, "oov_method": "farmhash", "salt": 133},
        "adapted": {},
        "one_hot": {"vocabulary": [12, 36, 42], "output_mode": "one_hot"},
        "multi_hot": {"vocabulary": [12, 36, 42], "output_mode": "multi_hot", "mask_token": 7},
        "count": {"vocabulary": [12, 36, 42], "output_mode": "count", "num_oov_indices": 2},
        "tf_idf adapted": {"output_mode": "tf_idf"},
    }
    for name, config in settings.items():
        made = keras.layers.IntegerLookup(**config)
        adapt = None if "vocabulary" in config else data
        if adapt:
            made.adapt(np.array(adapt))
        case(f"IntegerLookup {name}", "IntegerLookup", config, adapt=adapt, inputs=rows,
             vocabulary=[int(token) for token in made.get_vocabulary()],
             output=np.asarray(made(np.array(rows))))  # fmt: skip


def hashed():
    words = [["A", "B", ""], ["C", "a longer word", "ÉLAN " * 30]]
    numbers = [[1, -2, 3], [400000, 5, 0]]
    for name, config, inputs in (
        ("words", {"num_bins": 1000}, words),
        ("mask", {"num_bins": 7, "mask_value": ""}, words),
        ("salt", {"num_bins": 1000, "salt": [133, 137]}, words),
        ("one salt", {"num_bins": 1000, "salt": 133}, words),
        ("numbers", {"num_bins": 1000}, numbers),
        ("masked numbers", {"num_bins": 5, "mask_value": 3}, numbers),
        ("one_hot", {"num_bins": 4, "output_mode": "one_hot"}, words),
        ("multi_hot", {"num_bins": 4, "output_mode": "multi_hot"}, words),
        ("count", {"num_bins": 4, "output_mode": "count"}, numbers),
    ):
        made = keras.layers.Hashing(**config)
        case(f"Hashing {name}", "Hashing", config, inputs=inputs, output=np.asarray(made(np.array(inputs))))
    columns = [["A", "B", "A", "B"], [101, 101, -5, 102]]
    for config in ({"num_bins": 1000}, {"num_bins": 5, "output_mode": "one_hot"}):
        made = keras.layers.HashedCrossing(**config)
        case(f"HashedCrossing {config}", "HashedCrossing", config, inputs=columns,
             output=np.asarray(made([np.array(column) for column in columns])))  # fmt: skip
    three = [*columns, ["x", "y", "x", "x"]]
    made = keras.layers.HashedCrossing(num_bins=1000)
    case("HashedCrossing three", "HashedCrossing", {"num_bins": 1000}, inputs=three,
         output=np.asarray(made([np.array(column)[:, None] for column in three])).ravel())  # fmt: skip


def windows():
    series = (np.arange(40).reshape(20, 2) ** 2).tolist()
    targets = list(range(100, 120))
    for name, config in (
        ("plain", {"length": 4}),
        ("strides", {"length": 5, "sampling_rate": 2, "stride": 3, "batch_size": 2}),
        ("reverse", {"length": 5, "sampling_rate": 2, "reverse": True, "start_index": 3, "end_index": 15}),
    ):
        made = old_sequence.TimeseriesGenerator(np.array(series), np.array(targets), **config)
        case(f"TimeseriesGenerator {name}", "TimeseriesGenerator", config, data=series, targets=targets,
             output=[list(made[index]) for index in range(len(made))])  # fmt: skip
    for name, config, given in (
        ("plain", {"sequence_length": 4, "batch_size": 6}, targets),
        ("strides", {"sequence_length": 3, "sequence_stride": 2, "sampling_rate": 3, "batch_size": 4}, targets),
        ("part", {"sequence_length": 3, "start_index": 4, "end_index": 12}, targets),
        ("alone", {"sequence_length": 3, "batch_size": 5}, None),
    ):
        made = keras.utils.timeseries_dataset_from_array(
            np.array(series), None if given is None else np.array(given), **config
        )
        output = [[np.asarray(part) for part in (batch if isinstance(batch, tuple) else (batch,))] for batch in made]
        case(f"timeseries_dataset_from_array {name}", "timeseries_dataset_from_array", config, data=series,
             targets=given, output=output)  # fmt: skip


def directories():
    folder = pathlib.Path(tempfile.mkdtemp())
    for name in ("ham", "spam"):
        for number in range(6):
            inner = folder / name / ("deep" if number == 5 else "")
            inner.mkdir(parents=True, exist_ok=True)
            (inner / f"{number}.txt").write_text(f"{name} {number}")
    for config in (
        {"shuffle": False},
        {"seed": 5, "validation_split": 0.25, "subset": "training"},
        {"seed": 5, "validation_split": 0.25, "subset": "validation", "label_mode": "binary"},
        {"shuffle": False, "class_names": ["spam", "ham"], "label_mode": "categorical", "max_length": 3},
    ):
        made = keras.utils.text_dataset_from_directory(str(folder), batch_size=None, verbose=False, **config)
        pairs = sorted((text.numpy().decode(), label.numpy().tolist()) for text, label in made)
        case(f"text_dataset_from_directory {config}", "text_dataset_from_directory", config, pairs=pairs)


def files():
    """A model with adapted lookups, whose vocabularies stand in members of their own."""
    keras.utils.set_random_seed(1)
    data = np.array([[12], [42], [7], [12], [42], [42]])
    numbers, bags = keras.layers.IntegerLookup(), keras.layers.IntegerLookup(output_mode="multi_hot")
    numbers.adapt(data)
    bags.adapt(data)
    inputs = keras.Input((1,), dtype="int32")
    vectors = keras.layers.Flatten()(keras.layers.Embedding(5, 2)(numbers(inputs)))
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Concatenate()([vectors, bags(inputs)])))
    model.save(FOLDER / "lookups.keras")
    asked = np.array([[42], [12], [99]], "int32")
    case("lookups.keras", "file", {}, inputs=asked, output=model.predict(asked, verbose=0))
    weighed = keras.layers.IntegerLookup(output_mode="tf_idf")
    weighed.adapt(np.array([[12, 42], [42, 7], [42, 42]]))
    model = keras.Sequential([keras.Input((2,), dtype="int32"), weighed])
    model.save(FOLDER / "weighed.keras")
    asked = np.array([[42, 42], [7, 12], [99, 42]], "int32")
    case("weighed.keras", "weighed file", {}, inputs=asked, output=model.predict(asked, verbose=0))


for make in (files, tokenizers, sequences, vectorizations, lookups, hashed, windows, directories):
    make()
write_json("text.json", CASES)
print(len(CASES), "cases")
