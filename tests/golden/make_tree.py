"""Write `tree.json`: what Keras 3.15.1's ``keras.tree`` answers for nested structures, as text.

Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_tree.py`.
"""

import json
import sys
from pathlib import Path

import keras

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent))

from tree_calls import CALLS, answer  # noqa: E402

if __name__ == "__main__":
    answers = {call: answer(call, keras.tree) for call in CALLS}
    lines = [f" {json.dumps(call)}: {json.dumps(found)}" for call, found in answers.items()]
    (FOLDER / "tree.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
