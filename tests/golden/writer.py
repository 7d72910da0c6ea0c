"""Read and write golden files: what Keras computed, kept as plain arrays and JSON.

A family is two files beside this one. `<family>.json` is a list of cases, one a line: `case` (unique name), `object`
(public Keras class or function name), `config` (constructor arguments, JSON only), and what else rebuilds the case.
`<family>.npz` holds arrays under `<case>/<what>`; arrays that many cases share lie under `inputs/<name>/<what>` and
the case says `"inputs": "<name>"`. Only NumPy is needed here, so that tests can import `read` without Keras.

The makers run in an environment with Keras 3.15.1: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python
tests/golden/make_<family>.py`.
"""

import json
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent


class Golden:
    """Collect the cases and arrays of one family, then write its two files."""

    def __init__(self, family):
        self.family = family
        self.cases = []
        self.arrays = {}

    def inputs(self, name, **arrays):
        """Keep arrays that several cases share, under `inputs/<name>/<what>`."""
        self._keep(f"inputs/{name}", arrays)

    def add(self, case, object, config, arrays, **more):
        """Keep one case: its line of JSON and its arrays, under `<case>/<what>`."""
        if any(case == known["case"] for known in self.cases):
            raise ValueError(f"{self.family}: case {case!r} is written twice")
        self.cases.append(plain({"case": case, "object": object, "config": config, **more}))
        self._keep(case, arrays)

    def write(self):
        """Write `<family>.npz` and `<family>.json`, read both back, and print their sizes."""
        np.savez_compressed(FOLDER / f"{self.family}.npz", **self.arrays)
        write_json(f"{self.family}.json", self.cases)
        cases, arrays = read(self.family)
        if any(not np.isfinite(array).all() for key, array in arrays.items() if array.dtype.kind == "f"):
            print("not finite:", [key for key, a in arrays.items() if a.dtype.kind == "f" and not np.isfinite(a).all()])
        size = sum((FOLDER / f"{self.family}.{ending}").stat().st_size for ending in ("npz", "json"))
        print(f"{self.family}: {len(cases)} cases, {len(arrays)} arrays, {size / 1000:.0f} kB")

    def _keep(self, prefix, arrays):
        for what, array in arrays.items():
            key = f"{prefix}/{what}"
            if key in self.arrays:
                raise ValueError(f"{self.family}: array {key!r} is written twice")
            array = np.asarray(array)
            if array.dtype.kind not in "fiubU":
                raise TypeError(f"{key}: only plain arrays, got dtype {array.dtype}")
            self.arrays[key] = array


def read(family):
    """Return `(cases, arrays)` of one family: a list of dicts and a dict of arrays."""
    cases = json.loads((FOLDER / f"{family}.json").read_text(encoding="utf-8"))
    with np.load(FOLDER / f"{family}.npz", allow_pickle=False) as file:
        return cases, {key: file[key] for key in file.files}


def plain(value):
    """Arrays and tuples as lists, NumPy numbers as Python's, so that JSON can hold them."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return np.asarray(value).tolist() if hasattr(value, "__array__") else value


def write_json(name, entries):
    """Write a list or dict with one entry a line, so that a change shows as one changed line."""
    if isinstance(entries, dict):
        lines = [f"{json.dumps(key)}: {json.dumps(entry)}" for key, entry in entries.items()]
        text = "{\n" + ",\n".join(lines) + "\n}\n"
    else:
        text = "[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "\n]\n"
    (FOLDER / name).write_text(text, encoding="utf-8")
