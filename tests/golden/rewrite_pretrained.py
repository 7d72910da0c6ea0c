"""Writes every golden pretrained model anew with Hornbeam, for `make_pretrained.py check`.

In Hornbeam's environment: `python tests/golden/rewrite_pretrained.py FOLDER`.
"""

import sys
from pathlib import Path

import hornbeam

for folder in sorted((Path(__file__).parent / "pretrained").iterdir()):
    if folder.is_dir():
        layout = "keras_hub" if folder.name.startswith("preset_") else "transformers"
        hornbeam.from_pretrained(folder).save_pretrained(Path(sys.argv[1]) / folder.name, layout)
