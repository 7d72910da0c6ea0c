"""Calls of ``tree`` whose answers Keras and Hornbeam must give alike; used by the test and by its oracle."""

from collections import OrderedDict, defaultdict, deque, namedtuple

Point = namedtuple("Point", "x y")
Twin = namedtuple("Point", "x y")


class Own(list):
    """A list of the user's own: a leaf."""


def _filled(**pairs):
    made = defaultdict(list)
    made.update(pairs)
    return made


def _seen(tree, structure, top_down):
    seen = []
    return tree.traverse(lambda node: seen.append(repr(node)), structure, top_down=top_down), seen


NAMES = {
    "OrderedDict": OrderedDict, "deque": deque, "Point": Point, "Twin": Twin, "Own": Own, "filled": _filled,
    "seen": _seen,
}  # fmt: skip

STRUCTURES = (
    "1", "None", "'text'", "[]", "()", "{}", "[1]", "[[1]]", "[None]", "(1, [2, (3,)], [])", "{'b': 1, 'a': [2, None]}",
    "{2: 'x', 1: 'y'}", "{'b': 1, 2: 0, 'a': 3, 1: 4}", "OrderedDict(b=1, a=2)", "filled(b=1, a=[2])",
    "deque([1, [2]], maxlen=5)", "Point(1, [2, 3])", "[Point(1, {'z': 2, 'y': 3}), OrderedDict(q=(4, 5))]",
    "Own([1, 2])", "[Own([1]), 2]", "{3, 1}", "[range(3)]",
)  # fmt: skip
PAIRS = (
    ("[1, 2]", "[3, 4]"), ("[1, 2]", "(3, 4)"), ("[1, 2]", "[3]"), ("[1, [2]]", "[1, 2]"), ("[1, 2]", "[1, [2]]"),
    ("{'a': 1, 'b': 2}", "OrderedDict(b=1, a=2)"), ("{'a': 1}", "{'b': 1}"), ("filled(a=1)", "{'a': 1}"),
    ("Point(0, 1)", "Point(2, 3)"), ("Point(0, 1)", "Twin(2, 3)"), ("Point(0, 1)", "(2, 3)"), ("1", "2"), ("1", "[2]"),
    ("None", "1"), ("[None]", "[1]"), ("[1]", "[None]"), ("[]", "[]"), ("[]", "()"), ("deque([1])", "deque([2])"),
    ("deque([1])", "[2]"), ("[{'a': 1}, 2]", "[{'a': [1]}, 2]"),
)  # fmt: skip

CALLS = [
    *(f"tree.{name}({each})" for name in ("is_nested", "flatten", "flatten_with_path", "lists_to_tuples")
      for each in STRUCTURES),
    *(f"tree.map_structure(lambda leaf: [leaf], {each})" for each in STRUCTURES),
    *(f"tree.map_structure(repr, {each}, none_is_leaf=False)" for each in STRUCTURES),
    *(f"tree.pack_sequence_as({each}, list(range(len(tree.flatten({each})))))" for each in STRUCTURES),
    *(f"seen(tree, {each}, {down})" for each in STRUCTURES for down in (True, False)),
    *(f"tree.{name}({a}, {b})" for name in ("assert_same_structure", "assert_same_paths") for a, b in PAIRS),
    *(f"tree.map_structure(lambda x, y: (x, y), {a}, {b})" for a, b in PAIRS),
    *(f"tree.map_structure_up_to({shallow}, repr, {deep})" for shallow, deep in (
        ("[0, 0]", "[[1, 1], [2, 2]]"), ("[0, [0, 0]]", "[[1, 1], [2, 2]]"), ("0", "[1]"), ("{'a': 0}", "{'a': [1]}"),
        ("[0, [0]]", "[1, 2]"), ("[0, 0]", "[1]"), ("(0, 0)", "[1, 2]"))),
    "tree.map_structure_up_to([0, 0], lambda *parts: parts, [1, [2]], [3, 4])",
    "tree.map_structure(repr)",
    "tree.map_structure(3, [1])",
    "tree.pack_sequence_as([1, 2], [1])",
    "tree.pack_sequence_as([1, 2], [1, 2, 3])",
    "tree.pack_sequence_as([1, 2], 7)",
    "tree.traverse(lambda x: tree.MAP_TO_NONE if x == 1 else None, [1, (2, 1)])",
    "tree.traverse(lambda x: tree.MAP_TO_NONE if x == 1 else None, [1, (2, 1)], top_down=False)",
    "tree.traverse(lambda x: 'cut' if isinstance(x, tuple) else None, [1, (2, 1), {'a': (3,)}])",
    "tree.traverse(lambda x: 'cut' if isinstance(x, tuple) else None, [1, ((2,), 1), {'a': (3,)}], top_down=False)",
    *(f"tree.map_shape_structure(lambda shape: ('shape', shape), {each})" for each in (
        "(None, 3)", "[2, 3]", "[(1, 2), (3,)]", "{'b': (1,), 'a': [None, 2]}", "[]", "[[], (1,)]", "(1, (2, 3))", "5",
        "Point(1, 2)", "None")),
]  # fmt: skip


def answer(call, tree):
    """The answer as text, or the kind of error."""
    try:
        return repr(eval(call, {**NAMES, "tree": tree}))
    except (TypeError, ValueError) as error:
        return "TypeError" if isinstance(error, TypeError) else "ValueError"
