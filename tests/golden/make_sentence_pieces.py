"""Write `sentence_pieces.npz` and `.json`: small SentencePiece models, and what SentencePiece 0.2.3 makes of texts.

Arrays: `<model>/file`, the bytes of the `.model` file. JSON: `texts`, and for each model `ids` of each text and the
texts that they are `decoded` to. The models are trained on the repository's LICENSE and some lines in other writing.
Run in an environment with sentencepiece: `python tests/golden/make_sentence_pieces.py`.
"""

import io
from pathlib import Path

import numpy as np
import sentencepiece
from writer import FOLDER, write_json

LINES = [line.strip() for line in (Path(__file__).parents[2] / "LICENSE").read_text().splitlines() if line.strip()]
OTHERS = [
    "Élan vital, déjà vu; naïve façade à la carte.",
    "Straße über Köln – schön!",
    "ﬁne ﬂuﬀy Ⅳ ½ ① ｆｕｌｌ ｗｉｄｔｈ",
    "東京は日本の首都です。",
    "한국어 문장 하나",
    "Привет, мир! Как дела?",
    "emoji 🙂 and tabs\tin\ttext",
    "many   spaces   here  ",
]
HARD = [
    "",
    " ",
    "   ",
    "<s>",
    "</s> <unk>",
    "<0x41>",
    "a<sep>b <mask> xyz",
    "cafe\u0301 e\u0301\u0301",
    "Ａ\u3000B",
    "ก็ไม่ได้",
    "\u1100\u1161\u11a8",
    "क्षि",
    "ﷺ",
    "x\u200by",
    "\r\n\t line",
    "aaaaaaaaaaaaaaa",
    "License License LICENSE",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "ΑΣ ΣΑΣ ß İ",
]
MODELS = {
    "unigram": {"model_type": "unigram", "vocab_size": 400, "character_coverage": 0.98},
    "bpe bytes": {
        "model_type": "bpe",
        "vocab_size": 700,
        "byte_fallback": True,
        "normalization_rule_name": "identity",
        "character_coverage": 0.98,
    },
    "bpe symbols": {
        "model_type": "bpe",
        "vocab_size": 420,
        "user_defined_symbols": ["<sep>", "Li"],
        "normalization_rule_name": "identity",
        "character_coverage": 0.99,
        "add_dummy_prefix": False,
    },
    "unigram suffix": {
        "model_type": "unigram",
        "vocab_size": 700,
        "byte_fallback": True,
        "user_defined_symbols": ["<mask>", "cense"],
        "treat_whitespace_as_suffix": True,
        "normalization_rule_name": "identity",
        "character_coverage": 0.98,
        "pad_id": 3,
        "remove_extra_whitespaces": False,
    },
}
TEXTS = LINES[::4] + OTHERS + HARD

arrays, found = {}, {"texts": TEXTS}
for name, settings in MODELS.items():
    stream = io.BytesIO()
    lines = iter(LINES + 3 * OTHERS)
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=lines, model_writer=stream, minloglevel=2, **settings)
    arrays[f"{name}/file"] = np.frombuffer(stream.getvalue(), np.uint8)
    model = sentencepiece.SentencePieceProcessor(model_proto=stream.getvalue())
    ids = [model.encode(text) for text in TEXTS]
    found[name] = {"ids": ids, "decoded": [model.decode(each) for each in ids]}
np.savez_compressed(FOLDER / "sentence_pieces.npz", **arrays)
write_json("sentence_pieces.json", found)
