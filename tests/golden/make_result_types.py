"""Write `result_types.json`: what ``keras.backend.result_type`` of Keras 3.15.1 says of pairs of number types.

Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_result_types.py`.
"""

import itertools
import json
from pathlib import Path

import keras

KINDS = (
    *("bool", "uint8", "int8", "uint16", "int32", "uint32", "int64", "float16", "bfloat16", "float32", "float64"),
    *("int", "float", "None"),
)
PYTHON = {"int": int, "float": float, "None": None}

if __name__ == "__main__":
    answers = {}
    for pair in [(each,) for each in KINDS] + list(itertools.combinations(KINDS, 2)):
        given = [PYTHON.get(each, each) for each in pair]
        answers[" ".join(pair)] = keras.backend.result_type(*given)
    path = Path(__file__).with_name("result_types.json")
    path.write_text(json.dumps(answers, indent=0) + "\n", encoding="utf-8")
