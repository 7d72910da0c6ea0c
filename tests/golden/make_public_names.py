"""Write `public_names.json`: every public name of Keras 3.15.1, with its kind and signature.

`{"keras_version": ..., "keras.layers": {"Dense": {"kind": "class", "signature": "(units, ...)"}, ...}, ...}`. An
alias says which name it is an alias of; below `keras.ops` and `keras.applications`, `same_as` stands for what
is described one level up. `"<namespace> strings"` holds the further names that the namespace's `get` takes.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_public_names.py`.
"""

import importlib
import inspect
import json
import re

import keras
from writer import FOLDER

WITH_STRINGS = (
    keras.losses,
    keras.metrics,
    keras.optimizers,
    keras.initializers,
    keras.regularizers,
    keras.constraints,
    keras.activations,
)


def describe(name, thing):
    """Kind, signature and, for an alias, the name the thing carries itself."""
    if inspect.ismodule(thing):
        return {"kind": "module"}
    if not callable(thing):
        return {"kind": "value", "type": type(thing).__name__}
    entry = {"kind": "class" if inspect.isclass(thing) else "function", "signature": signature(thing)}
    if getattr(thing, "__name__", name) != name:
        entry["alias_of"] = thing.__name__
    return entry


def signature(thing):
    """The signature as text, without the memory addresses of default values."""
    try:
        text = str(inspect.signature(thing))
    except (TypeError, ValueError):
        return None
    return re.sub(r"<(?:function|class) '?([\w.]+)[^>]*>", r"\1", text)


def walk(path, module, found):
    """Fill `found` with the public names of a namespace and of those below it."""
    names = [name for name in sorted(dir(module)) if not name.startswith("_")]
    found[path] = {name: describe(name, getattr(module, name)) for name in names}
    above = {"keras.ops": keras.ops, "keras.applications": keras.applications}.get(path.rpartition(".")[0])
    for name in found[path]:
        if above is not None and getattr(above, name, None) is getattr(module, name):
            found[path][name] = {"same_as": f"{path.rpartition('.')[0]}.{name}"}
    if module in WITH_STRINGS:
        table = importlib.import_module(f"keras.src.{path[6:]}").ALL_OBJECTS_DICT
        found[f"{path} strings"] = {word: thing.__name__ for word, thing in sorted(table.items()) if word not in names}
    for name in names:
        below = getattr(module, name)
        if (
            inspect.ismodule(below)
            and below.__name__.startswith("keras.")
            and "legacy" not in name
            and ".src" not in below.__name__
        ):
            walk(f"{path}.{name}", below, found)


def main():
    found = {}
    walk("keras", keras, found)
    parts = [f'"keras_version": "{keras.__version__}"']
    for path, names in sorted(found.items()):
        lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(entry)}" for name, entry in names.items())
        parts.append(f"{json.dumps(path)}: {{\n{lines}\n}}")
    (FOLDER / "public_names.json").write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
    print({path: len(names) for path, names in found.items()})


if __name__ == "__main__":
    main()
