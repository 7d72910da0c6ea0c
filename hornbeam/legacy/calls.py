"""Old calls in a script: keywords, positions, defaults and strings, by the same tables that translate them."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Generator, Iterator
from typing import Any

from hornbeam.legacy.arguments import OF_SAMPLES, orders_of, words_of
from hornbeam.legacy.defaults import VALUES, defaults_of, replaced
from hornbeam.legacy.era import ERAS
from hornbeam.legacy.finding import Edit, Finding
from hornbeam.legacy.imports import Imported, row_of
from hornbeam.legacy.names import NAMES
from hornbeam.legacy.paths import PATHS, canonical
from hornbeam.legacy.rows import Name, Word
from hornbeam.legacy.signs import SINCE_WORDS
from hornbeam.legacy.source import Source
from hornbeam.legacy.translate import key_of, keys_of, resolved
from hornbeam.optimizers import OPTIMIZERS

_OF_MODELS = ("compile", "fit", "evaluate", "predict", "fit_generator", "evaluate_generator", "predict_generator",
              "save", "save_weights")  # fmt: skip
_SURELY_A_MODEL = ("batch_size", "validation_split", "validation_data", "callbacks", "verbose")
_SETTERS = ("LearningRateScheduler", "ReduceLROnPlateau")
# keys of old names that have rows of their own -> what they stand for
_STANDS_FOR = {
    row.key: row.target for room in NAMES.values() for row in room.values() if isinstance(row, Name) and row.key
}
_NOT_CHECKED = ("models.Model.predict",)  # its default changes what is printed only


def _applies(era: str, until: str) -> bool:
    return ERAS.index(era) <= ERAS.index(until)


def key_of_call(node: ast.Call, names: dict[str, Imported]) -> tuple[str | None, bool]:
    """Under which name the tables know what is called; and whether it is surely of Keras."""
    chain: list[str] = []
    function: Any = node.func
    while isinstance(function, ast.Attribute):
        chain.insert(0, function.attr)
        function = function.value
    if isinstance(function, ast.Name) and function.id in names:
        path = ".".join([names[function.id].path, *chain])
        module, _, name = path.rpartition(".")
        row = row_of(module, name) if canonical(module) in PATHS else None
        if isinstance(row, Name) and (row.key or row.target):
            return row.key or row.target, True
        keys = [key for key in keys_of(name) if not key.startswith("models.Model.")]
        return (keys[0] if keys else _key_of_alias(module, name)), True
    if isinstance(node.func, ast.Attribute) and node.func.attr in _OF_MODELS:
        return f"models.Model.{node.func.attr}", False
    return None, False


def _key_of_alias(module: str, name: str) -> str | None:
    """The key of what another name of today stands for: ``Convolution2D`` is ``Conv2D``."""
    path = PATHS.get(canonical(module))
    for room in path.rooms if path is not None else ():
        place = importlib.import_module(f"hornbeam.{room}".rstrip("."))
        if name in dir(place):
            return key_of(getattr(place, name))
    return None


def call_findings(node: ast.Call, names: dict[str, Imported], source: Source, era: str) -> Iterator[Finding]:
    """What is old in a call."""
    if source.of(node.func).startswith("hornbeam.legacy."):
        return  # written by --fix
    key, sure = key_of_call(node, names)
    given = {keyword.arg: keyword for keyword in node.keywords if keyword.arg}
    if key is None and not sure:
        return
    if sure or key is not None:
        for word, keyword in given.items():
            if word in SINCE_WORDS and (sure or word in ("epochs", "steps_per_epoch")):
                yield Finding(keyword.value.lineno, f"{word}=", since=SINCE_WORDS[word])
    if key is None:
        yield from _values(None, node, given, source, era)
        return
    edited = False
    for one in _of_arguments(key, sure, given, node, source, era):
        edited = edited or bool(one.edits)
        yield one
    yield from _replaced(key, node, source, era, edited)


def _of_arguments(
    key: str, sure: bool, given: dict[str, ast.keyword], node: ast.Call, source: Source, era: str
) -> Iterator[Finding]:
    positions = yield from _orders(key, node, source, era)
    for row in words_of(key):
        old = [given[name] for name in row.old if name in given]
        if old and row.old != ("decay",) and not ("decay" in given and row.old == ("lr",)):
            yield _word(row, key, old, node, source)
    if "decay" in given and key.startswith("optimizers."):
        yield _decay(key, given, node, source)
    yield from _defaults(key, sure, given, positions, node, source, era)
    yield from _values(key, node, given, source, era)


def _replaced(key: str, node: ast.Call, source: Source, era: str, edited: bool) -> Iterator[Finding]:
    """A class whose formula was another; it is renamed last, as its arguments are found by its old name."""
    row = replaced(key)
    if row is not None and _applies(era, row.until):
        edits = [] if edited else [source.replace(node.func, f"hornbeam.{row.new}")]
        what = f"{key.rpartition('.')[2]}()"
        yield Finding(node.lineno, what, "computes as then", f"hornbeam.{row.new}", row.note, edits=edits)


def _word(word: Word, key: str, old: list[ast.keyword], node: ast.Call, source: Source) -> Finding:
    where = key.rpartition(".")[2]
    line, what = old[0].value.lineno, f"{where}({', '.join(word.old)}=)"
    if word.old[0] in OF_SAMPLES:
        return Finding(line, what, "counts samples", word.note, until=word.until, edits=_counted(node, source))
    if not word.new:
        edits = [] if word.new == "" and word.value is not None and not word.note else [
            source.drop_argument(keyword, node) for keyword in old
        ]  # fmt: skip
        return Finding(line, what, "is passed over", word.note or "nothing", until=word.until, edits=edits)
    texts = [source.of(keyword.value) for keyword in old]
    if word.shown and not (word.new == "data_format" and texts[0] in ("'th'", '"th"')):
        value = word.shown.format(*texts)
    else:
        value = "'channels_first'" if word.shown else texts[0]
    edits = [] if word.new in word.old else [source.replace(old[0], f"{word.new}={value}")]
    edits += [source.drop_argument(keyword, node) for keyword in old[1:]]
    return Finding(line, what, "works", f"{word.new}={value}", until=word.until, edits=edits)


def _counted(node: ast.Call, source: Source) -> list[Edit]:
    """The call by the function that counts the batches, once the method has its name of today."""
    function = node.func
    if not (isinstance(function, ast.Attribute) and function.attr in ("fit", "evaluate", "predict")):
        return []
    start, end = source.span(function.value)
    called, after = f"hornbeam.legacy.samples.{function.attr}(", source.span(function)[1] + 1
    return [Edit(start, start, called), Edit(end, after, "," if source.text[after].isspace() else ", ")]


def _decay(key: str, given: dict[str, ast.keyword], node: ast.Call, source: Source) -> Finding:
    where, line = key.rpartition(".")[2], given["decay"].value.lineno
    if _sets_rates(source.tree):  # of a schedule it cannot be set
        drop, start = source.drop_argument(given["decay"], node), source.span(node)[0]
        call = source.of(node)
        call = call[: drop.start - start] + call[drop.end - start :]
        text = f"hornbeam.legacy.optimizers.with_decay({call}, {source.of(given['decay'].value)})"
        return Finding(
            line, f"{where}(decay=)", "lr / (1 + decay · steps), as then", "hornbeam.legacy.optimizers.with_decay",
            "lr / (1 + decay · steps), with an lr that is read and set", "2.15", edits=[source.replace(node, text)],
        )  # fmt: skip
    rate = given.get("lr") or given.get("learning_rate")
    shown = source.of(rate.value) if rate is not None else "0.001"
    if rate is None and key == "optimizers.SGD":
        shown = "0.01"
    if rate is None and node.args:
        shown = source.of(node.args[0])
    schedule = f"hornbeam.optimizers.schedules.InverseTimeDecay({shown}, 1, {source.of(given['decay'].value)})"
    edits = [source.replace(given["decay"], f"learning_rate={schedule}")]
    if rate is not None:
        edits.append(source.drop_argument(rate, node))
    elif node.args:
        edits.append(source.drop_argument(node.args[0], node))
    return Finding(
        line, f"{where}(decay=)", "lr / (1 + decay · steps), as then",
        f"learning_rate={schedule}", "lr / (1 + decay · steps)", "2.15", edits=edits,
    )  # fmt: skip


def _sets_rates(tree: ast.AST) -> bool:
    """Whether a script reads or sets an optimizer's rate, or gives that to a callback."""
    return any(
        isinstance(node, ast.Attribute) and node.attr in ("lr", "learning_rate", *_SETTERS)
        or isinstance(node, ast.Name) and node.id in _SETTERS
        for node in ast.walk(tree)
    )  # fmt: skip


def _orders(key: str, node: ast.Call, source: Source, era: str) -> Generator[Finding, None, set[str]]:
    """Positional arguments whose places had another meaning; gives the names of all positional arguments."""
    if any(isinstance(arg, ast.Starred) for arg in node.args):
        return set()
    values = tuple(arg.value if isinstance(arg, ast.Constant) else _Unknown for arg in node.args)
    certain = isinstance(node.func, (ast.Name, ast.Attribute)) and source.of(node.func).rpartition(".")[2].startswith(
        ("Convolution", "AtrousConvolution", "Deconvolution")
    )
    for order in orders_of(key):
        if not node.args or len(node.args) > len(order.names):
            continue
        lists = tuple(
            [item.value if isinstance(item, ast.Constant) else _Unknown for item in arg.elts]
            if isinstance(arg, (ast.List, ast.Tuple)) else value
            for arg, value in zip(node.args, values, strict=True)
        )  # fmt: skip
        if era == "1":  # names and expressions stand for numbers
            lists = tuple(0 if value is _Unknown else value for value in lists)
        numbers = certain and order.until == "1" and order.when(lists) and len(lists) > 2
        if not (numbers or (_applies(era, order.until) and order.when(lists))):
            continue
        edits, shown = _named_positions(key, order.names, node, source)
        if not edits:
            return set(order.names[: len(node.args)])
        until = "1" if numbers else order.until if order.until != "3" else "2.15"
        yield Finding(
            node.lineno, source.of(node.func) + f"({', '.join(map(source.of, node.args))})", "works as then", shown,
            f"({', '.join(order.names[: len(node.args)])})", until if numbers or until != "2.2" else None, edits=edits,
        )  # fmt: skip
        return {_new_name(key, name) for name in order.names[: len(node.args)]}
    return _todays_positions(key, len(node.args))


class _Unknown:
    """A value that only running the script tells."""


def _todays_positions(key: str, count: int) -> set[str]:
    firsts = {
        "models.Model.compile": ("optimizer", "loss", "loss_weights", "metrics"),
        "models.Model.fit": ("x", "y", "batch_size", "epochs"),
        "optimizers.Adadelta": ("learning_rate", "rho", "epsilon"),
        "optimizers.Adagrad": ("learning_rate", "initial_accumulator_value", "epsilon"),
        "layers.LSTM": ("units", "activation", "recurrent_activation"),
        "layers.GRU": ("units", "activation", "recurrent_activation"),
    }
    names = firsts.get(key, ("learning_rate",) if key.startswith("optimizers.") else ())
    return set(names[:count])


def _new_name(key: str, old: str) -> str:
    return next((word.new for word in words_of(key) if old in word.old and word.new), old)


def _named_positions(key: str, names: tuple[str, ...], node: ast.Call, source: Source) -> tuple[list[Edit], str]:
    """Edits that give positional arguments their names of today."""
    edits, shown, done = [], [], 0
    pairs = list(zip(names, node.args, strict=False))
    while done < len(pairs):
        name, arg = pairs[done]
        word = next((row for row in words_of(key) if name in row.old), None)
        if word is not None and len(word.old) > 1:
            parts = [part for _, part in pairs[done : done + len(word.old)]]
            text = f"{word.new}={word.shown.format(*map(source.of, parts))}"
            edits.append(Edit(source.span(parts[0])[0], source.span(parts[-1])[1], text))
            done += len(parts)
        else:
            text = f"{(word.new or name) if word is not None else name}={source.of(arg)}"
            if done == 0 and (word is not None or name in ("optimizer", "generator", "padding", "input_dim")):
                text = source.of(arg)  # the first stays where it is
            else:
                edits.append(source.replace(arg, text))
            done += 1
        shown.append(text)
    return edits, ", ".join(shown)


def _defaults(
    key: str, sure: bool, given: dict[str, Any], positions: set[str], node: ast.Call, source: Source, era: str
) -> Iterator[Finding]:
    if key in _NOT_CHECKED or any(keyword.arg is None for keyword in node.keywords):
        return
    if key.startswith("models.Model.") and not any(word in given for word in _SURELY_A_MODEL):
        return
    present = {_new_name(key, name) for name in given} | positions
    if "decay" in given:
        present.add("learning_rate")
    for row in defaults_of(key):
        if row.argument in present or not _applies(era, row.until) or row.value == row.today:
            continue
        text = f"{row.argument}={_written(row.argument, row.value, era)}"
        what = f"{key.rpartition('.')[2]}() without {row.argument}"
        edit = source.add_argument(node, text)
        yield Finding(node.lineno, what, f"takes {row.value!r}, as then", text, f"{row.value!r}; today {row.today!r}",
                      edits=[edit])  # fmt: skip


def _written(argument: str, value: Any, era: str) -> str:
    """A value as source, strings with the meaning of the era."""
    for row in VALUES:
        if row.argument == argument and row.old == value and _applies(era, row.until):
            return f"hornbeam.{row.new}" if row.new.startswith("legacy.") else repr(row.new)
    return repr(value)


def _positional(key: str | None, node: ast.Call) -> list[tuple[str, ast.expr]]:
    """Positional arguments with the names that they have today."""
    if key is None or key.startswith("models."):
        return []
    target = resolved(_STANDS_FOR.get(key, key).removeprefix("hornbeam."))
    return list(zip(inspect.signature(target).parameters, node.args, strict=False))


def _values(
    key: str | None, node: ast.Call, given: dict[str, ast.keyword], source: Source, era: str
) -> Iterator[Finding]:
    """Strings whose meaning the era changes."""
    is_compile = isinstance(node.func, ast.Attribute) and node.func.attr == "compile"
    valued = [(name, keyword.value) for name, keyword in given.items()]
    if is_compile:
        valued += list(zip(("optimizer", "loss", "metrics"), node.args, strict=False))
    valued += _positional(key, node)
    for name, value in valued:
        if name == "optimizer" and is_compile:
            yield from _optimizer(value, source, era)
        for part in source.strings(value):
            for row in VALUES:
                if row.argument == name and row.old == part.value and _applies(era, row.until):
                    text = _written(name, part.value, era)
                    yield Finding(part.lineno, f"{name}={part.value!r}", "means what it did then", text, row.note,
                                  edits=[source.replace(part, text)])  # fmt: skip


def _optimizer(value: ast.expr, source: Source, era: str) -> Iterator[Finding]:
    if not (isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value.lower() in OPTIMIZERS):
        return
    name = OPTIMIZERS.get(value.value.lower()).__name__
    rows = [row for row in defaults_of(f"optimizers.{name}") if _applies(era, row.until)]
    other = replaced(f"optimizers.{name}")
    other = other if other is not None and _applies(era, other.until) else None
    words = ", ".join(f"{row.argument}={row.value!r}" for row in rows)
    today = ", ".join(f"{row.argument}={row.today!r}" for row in rows)
    text = f"hornbeam.{f'optimizers.{name}' if other is None else other.new}({words})"
    does = [f"takes {words}, as then"] * bool(rows) + ["computes as then"] * (other is not None)
    meant = [f"{words}; today {today}"] * bool(rows) + ([] if other is None else [other.note])
    if does:
        yield Finding(value.lineno, f"optimizer={value.value!r}", " and ".join(does), text, "; ".join(meant),
                      edits=[source.replace(value, text)])  # fmt: skip
