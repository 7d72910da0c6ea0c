"""Nested lists, tuples and dicts as trees: their leaves in order, and the same shape around other leaves.

Nodes are lists, tuples, named tuples, dicts (``OrderedDict`` and ``defaultdict`` too) and deques; everything else is
a leaf, None and arrays among them, and so are subclasses of those types. The values of a dict come in the order of
its sorted keys, those of an ``OrderedDict`` in its own.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from hornbeam.core.errors import ArgumentError

__all__ = [
    "MAP_TO_NONE",
    "assert_same_paths",
    "assert_same_structure",
    "flatten",
    "flatten_with_path",
    "is_nested",
    "lists_to_tuples",
    "map_shape_structure",
    "map_structure",
    "map_structure_up_to",
    "pack_sequence_as",
    "traverse",
]

_DICTS = (dict, OrderedDict, defaultdict)


class MAP_TO_NONE:
    """What the function of ``traverse`` returns where None is to stand, as its None means "go on"."""


# -- one node --------------------------------------------------------------------------------------------------------


def _is_named_tuple(node: Any) -> bool:
    return isinstance(node, tuple) and isinstance(getattr(type(node), "_fields", None), tuple)


def is_nested(structure: Any) -> bool:
    """Whether it is a node, not a leaf.

    Example:
        >>> is_nested([]), is_nested({"a": 1}), is_nested("text"), is_nested(None)
        (True, True, False, False)
    """
    return type(structure) in (list, tuple, deque, *_DICTS) or _is_named_tuple(structure)


def _keys(node: Any) -> list[Any]:
    """The keys of a node's children, in their order."""
    if not isinstance(node, dict):
        return list(range(len(node)))
    if isinstance(node, OrderedDict):
        return list(node)
    try:
        return sorted(node)
    except TypeError:  # of several types: those of one type together
        return sorted(node, key=lambda key: (type(key).__module__, type(key).__qualname__, key))


def _like(node: Any, children: Iterable[Any]) -> Any:
    """A node of the same kind and keys around other children, which come in the order of ``_keys``."""
    if isinstance(node, dict):
        found = dict(zip(_keys(node), children, strict=True))
        pairs = ((key, found[key]) for key in node)  # a dict keeps the order in which it was filled
        return defaultdict(node.default_factory, pairs) if isinstance(node, defaultdict) else type(node)(pairs)
    if isinstance(node, deque):
        return deque(children, node.maxlen)
    return type(node)(*children) if _is_named_tuple(node) else type(node)(children)


def _kind(node: Any) -> type:
    return dict if isinstance(node, dict) else type(node)


def _refuse(where: str, path: tuple, expected: str, got: Any) -> None:
    at = f" at {'/'.join(map(str, path))}" if path else ""
    raise ArgumentError(
        where, f"structures nested alike, so{at} {expected}", repr(got), "Give them the same containers and keys."
    )


def _matching(node: Any, other: Any, where: str, path: tuple) -> list[Any]:
    """The children of another node in the order of this one's; refused where the two differ."""
    if isinstance(node, dict):
        same = type(other) in _DICTS and node.keys() == other.keys()
    else:
        same = type(other) is type(node) and len(other) == len(node)
    if not same:
        _refuse(where, path, f"a {type(node).__name__} of {len(node)} like {node!r}", other)
    return [other[key] for key in _keys(node)]


# -- leaves ----------------------------------------------------------------------------------------------------------


def flatten_with_path(structure: Any) -> list[tuple[tuple, Any]]:
    """The leaves in order, each with the keys and numbers that lead to it.

    Example:
        >>> flatten_with_path([{"b": 1, "a": 2}])
        [((0, 'a'), 2), ((0, 'b'), 1)]
    """
    return list(_walk(structure, ()))


def _walk(structure: Any, path: tuple) -> Iterator[tuple[tuple, Any]]:
    if not is_nested(structure):
        yield path, structure
        return
    for key in _keys(structure):
        yield from _walk(structure[key], (*path, key))


def flatten(structure: Any) -> list[Any]:
    """The leaves in order.

    Example:
        >>> flatten([[1, 2], {"b": 3, "a": (None,)}])
        [1, 2, None, 3]
    """
    return [leaf for _, leaf in _walk(structure, ())]


def pack_sequence_as(structure: Any, flat_sequence: Iterable[Any]) -> Any:
    """The structure with other leaves, in the order of ``flatten``.

    Args:
        structure: whose containers and keys count.
        flat_sequence: as many values as it has leaves.

    Raises:
        ArgumentError: there are more or fewer.

    Example:
        >>> pack_sequence_as({"b": 0, "a": (0, 0)}, [1, 2, 3])
        {'b': 3, 'a': (1, 2)}
    """
    leaves, count = list(flat_sequence), len(flatten(structure))
    if len(leaves) != count:
        raise ArgumentError(
            "tree.pack_sequence_as, flat_sequence", f"{count} values, one for each leaf", len(leaves),
            "Take them from flatten of a structure of the same shape.",
        )  # fmt: skip
    rest = iter(leaves)
    return _mapped(structure, (), lambda path: next(rest), "tree.pack_sequence_as")


# -- maps ------------------------------------------------------------------------------------------------------------


def _mapped(shallow: Any, structures: tuple, func: Callable[..., Any], where: str, path: tuple = ()) -> Any:
    """The shallow structure with ``func(path, *parts)`` for each leaf, where the parts stand in the others."""
    if not is_nested(shallow):
        return func(path, *structures)
    columns = [_matching(shallow, each, where, path) for each in structures]
    return _like(
        shallow,
        [
            _mapped(shallow[key], tuple(column[place] for column in columns), func, where, (*path, key))
            for place, key in enumerate(_keys(shallow))
        ],
    )


def _check(func: Any, structures: tuple, where: str) -> None:
    if not callable(func):
        raise TypeError(f"{where}: expected a function as func; got {func!r}. Write for example lambda leaf: leaf + 1.")
    if not structures:
        raise ArgumentError(where, "at least one structure", "none", "Give the structure after func.")


def map_structure(func: Callable[..., Any], *structures: Any, none_is_leaf: bool = True) -> Any:
    """The structure with each leaf x replaced by ``func(x)``, or ``func(x, y, …)`` for several structures.

    Args:
        func: takes one leaf of each structure.
        structures: nested alike.
        none_is_leaf: whether ``func`` is called for None; else None stays.

    Raises:
        ArgumentError: there is no structure, or they are not nested alike.
        TypeError: ``func`` cannot be called.

    Example:
        >>> map_structure(lambda x, y: x * y, [2, {"a": 3}], [5, {"a": 7}])
        [10, {'a': 21}]
    """
    where = "tree.map_structure"
    _check(func, structures, where)

    def at_leaf(path: tuple, *leaves: Any) -> Any:
        for leaf in leaves:
            if is_nested(leaf):
                _refuse(where, path, f"a leaf like {leaves[0]!r}", leaf)
        return None if leaves[0] is None and not none_is_leaf else func(*leaves)

    return _mapped(structures[0], structures, at_leaf, where)


def map_structure_up_to(shallow_structure: Any, func: Callable[..., Any], *structures: Any) -> Any:
    """The shallow structure with each leaf replaced by ``func`` of what stands in its place in the others.

    Args:
        shallow_structure: its leaves say where to stop; their values do not count.
        func: takes one part of each structure.
        structures: nested like it, or deeper.

    Raises:
        ArgumentError: there is no structure, or one is not nested like the shallow one.
        TypeError: ``func`` cannot be called.

    Example:
        >>> map_structure_up_to([0, [0, 0]], len, [[1, 2, 3], [[4], [5, 6]]])
        [3, [1, 2]]
    """
    where = "tree.map_structure_up_to"
    _check(func, structures, where)
    return _mapped(shallow_structure, structures, lambda path, *parts: func(*parts), where)


def map_shape_structure(func: Callable[..., Any], structure: Any) -> Any:
    """The structure with each shape replaced by ``func(shape)``: a list or tuple of integers and None.

    Example:
        >>> map_shape_structure(len, {"a": (None, 3), "b": [(2,), (1, 2, 3)]})
        {'a': 2, 'b': [1, 3]}
    """
    _check(func, (structure,), "tree.map_shape_structure")

    def replaced(node: Any) -> Any:
        is_shape = isinstance(node, (list, tuple)) and all(each is None or isinstance(each, int) for each in node)
        return (func(node),) if is_shape or not is_nested(node) else None

    return _replaced_from_above(replaced, structure)


def lists_to_tuples(structure: Any) -> Any:
    """The structure with tuples in place of lists.

    Example:
        >>> lists_to_tuples([1, {"a": [2, [3]]}])
        (1, {'a': (2, (3,))})
    """
    return traverse(lambda node: tuple(node) if isinstance(node, list) else None, structure, top_down=False)


def _replaced_from_above(replaced: Callable[[Any], tuple | None], structure: Any) -> Any:
    """The structure with the nodes and leaves for which the function gives a 1-tuple replaced by what is in it."""
    found = replaced(structure)
    if found is not None:
        return found[0]
    if not is_nested(structure):
        return structure
    return _like(structure, [_replaced_from_above(replaced, structure[key]) for key in _keys(structure)])


def traverse(func: Callable[[Any], Any], structure: Any, top_down: bool = True) -> Any:
    """The structure with each node and leaf x replaced by ``func(x)``, where that is not None.

    Args:
        func: what it gives for a node stands in its place. From the top down, the inside of a replaced node is not
            looked at. For None itself it returns ``MAP_TO_NONE``.
        structure: any.
        top_down: whether a node comes before its children.

    Raises:
        TypeError: ``func`` cannot be called.

    Example:
        >>> traverse(lambda node: sum(node) if isinstance(node, tuple) else None, [(1, 2), {"a": (3, 4)}])
        [3, {'a': 7}]
    """
    _check(func, (structure,), "tree.traverse")

    def replaced(node: Any) -> tuple | None:
        found = func(node)
        return None if found is None else (None if found is MAP_TO_NONE else found,)

    return _replaced_from_above(replaced, structure) if top_down else _replaced_from_below(replaced, structure)


def _replaced_from_below(replaced: Callable[[Any], tuple | None], structure: Any) -> Any:
    if is_nested(structure):
        structure = _like(structure, [_replaced_from_below(replaced, structure[key]) for key in _keys(structure)])
    found = replaced(structure)
    return structure if found is None else found[0]


# -- comparisons -----------------------------------------------------------------------------------------------------


def assert_same_structure(a: Any, b: Any, check_types: Any = None) -> None:
    """Refuses two structures that are not nested in the same way, in the same kinds of containers.

    Args:
        a, b: dicts of all kinds count as one kind.
        check_types: without effect, as in Keras; ``assert_same_paths`` is the looser check.

    Raises:
        ArgumentError: they differ.

    Example:
        >>> assert_same_structure([(0, 1)], [(2, None)])
    """
    where = "tree.assert_same_structure"

    def at_leaf(path: tuple, one: Any, other: Any) -> None:
        if is_nested(other):
            _refuse(where, path, f"a leaf like {one!r}", other)

    _mapped(a, (a, b), at_leaf, where)


def assert_same_paths(a: Any, b: Any) -> None:
    """Refuses two structures whose leaves do not stand under the same keys and numbers.

    Args:
        a, b: a list and a tuple of as many parts are alike here.

    Raises:
        ArgumentError: a leaf of one has no match in the other.

    Example:
        >>> assert_same_paths([0, (1, 2)], (3, [4, 5]))
    """
    paths = [{path for path, _ in flatten_with_path(each)} for each in (a, b)]
    if paths[0] != paths[1]:
        only_a, only_b = (sorted(map(str, mine - others)) for mine, others in (paths, paths[::-1]))
        raise ArgumentError(
            "tree.assert_same_paths",
            "leaves under the same paths",
            f"only in a: {', '.join(only_a) or 'none'}; only in b: {', '.join(only_b) or 'none'}",
            "Give them the same keys and lengths.",
        )
