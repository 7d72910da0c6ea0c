"""Choices and loops that can stand inside a program, functions over many arrays, slopes of the user's own."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.errors import ArgumentError
from hornbeam.core.symbolic import recordable
from hornbeam.core.variable import Variable
from hornbeam.ops.operation import OPERATIONS

__all__ = [
    "associative_scan", "cond", "custom_gradient", "fori_loop", "jvp", "map", "scan", "switch", "vectorize",
    "vectorized_map", "while_loop",
]  # fmt: skip


def _bare(tree: Any) -> Any:
    """The tree with Variables replaced by their arrays."""
    return jax.tree.map(lambda leaf: leaf, tree)


@OPERATIONS.add()
@recordable
def cond(pred, true_fn, false_fn):
    """``true_fn()`` if the condition holds, else ``false_fn()``; both must give the same shapes and types.

    Example:
        >>> x = jnp.float32(3.0)
        >>> print(cond(x > 2, lambda: x * 10, lambda: x))
        30.0
    """
    return jax.lax.cond(jnp.asarray(pred), true_fn, false_fn)


@OPERATIONS.add()
@recordable
def switch(index, branches, *operands):
    """``branches[index](*operands)``; an index beyond the ends takes the last or the first.

    Example:
        >>> print(switch(1, [jnp.negative, jnp.square], jnp.float32(3.0)))
        9.0
    """
    return jax.lax.switch(jnp.asarray(index), branches, *_bare(operands))


@OPERATIONS.add()
@recordable
def while_loop(cond, body, loop_vars, maximum_iterations=None):
    """Does ``loop_vars = body(*loop_vars)`` while ``cond(*loop_vars)`` holds.

    Args:
        cond: a function that gives a boolean.
        body: a function that gives the variables of the next round, of unchanged shapes and types.
        loop_vars: a list or tuple of arrays, or one array.
        maximum_iterations: at most so many rounds; None for any number.

    Example:
        >>> print(while_loop(lambda x: x < 100, lambda x: x * 2, 3))
        192
    """
    several = isinstance(loop_vars, (list, tuple))
    start = tuple(_bare(loop_vars)) if several else (_bare(loop_vars),)

    def goes_on(state: Any) -> Any:
        done, variables = state
        more = jnp.asarray(cond(*variables))
        return more if maximum_iterations is None else more & (done < maximum_iterations)

    def step(state: Any) -> Any:
        done, variables = state
        after = body(*variables)
        return done + 1, tuple(after) if several else (after,)

    _, variables = jax.lax.while_loop(goes_on, step, (0, start))
    return variables if several else variables[0]


@OPERATIONS.add()
@recordable
def fori_loop(lower, upper, body_fun, init_val):
    """Does ``value = body_fun(i, value)`` for i from ``lower`` to below ``upper``.

    Example:
        >>> print(fori_loop(0, 5, lambda i, total: total + i, 0))
        10
    """
    return jax.lax.fori_loop(lower, upper, body_fun, _bare(init_val))


@OPERATIONS.add()
@recordable
def scan(f, init, xs=None, length=None, reverse=False, unroll=1):
    """Carries a state along axis 0: ``state, ys[i] = f(state, xs[i])``.

    Args:
        f: a function from the state and one entry to the next state and one output.
        init: the first state, an array or a tree of them.
        xs: an array or a tree of arrays, with the entries along axis 0; None to give only the ``length``.
        length: the number of entries, when xs is None.
        reverse: go from the last to the first.
        unroll: how many rounds are written out in the program, or all when True.

    Returns:
        ``(state, ys)``: the last state, and the outputs along axis 0.

    Example:
        >>> total, sums = scan(lambda total, x: (total + x, total + x), 0, jnp.arange(4))
        >>> print(total, sums)
        6 [0 1 3 6]
    """
    if not isinstance(unroll, bool) and not (isinstance(unroll, int) and unroll >= 1):
        raise ArgumentError("scan, unroll", "a positive integer or a boolean", repr(unroll), "Leave it out.")
    return jax.lax.scan(f, _bare(init), _bare(xs), length, reverse, unroll)


@OPERATIONS.add()
@recordable
def associative_scan(f, elems, reverse=False, axis=0):
    """All running results of an operation for which ``f(f(a, b), c) = f(a, f(b, c))``, found in parallel.

    Args:
        f: a function of two arrays (or trees of arrays) of equal shapes, with several entries along the axis.
        elems: an array, or a tree of them.
        reverse: go from the last to the first.
        axis: the axis along which to go.

    Example:
        >>> print(associative_scan(jnp.add, jnp.arange(4)))
        [0 1 3 6]
    """
    return jax.lax.associative_scan(f, _bare(elems), reverse, axis)


@OPERATIONS.add()
@recordable
def map(f, xs):
    """``f`` of each entry along axis 0, one after the other.

    Example:
        >>> print(map(lambda row: row.sum(), jnp.ones((2, 3))))
        [3. 3.]
    """
    return jax.lax.map(f, _bare(xs))


@OPERATIONS.add()
@recordable
def vectorized_map(function, elements):
    """``function`` of each entry along axis 0, all at once.

    Example:
        >>> print(vectorized_map(lambda row: row.sum(), jnp.ones((2, 3))))
        [3. 3.]
    """
    return jax.vmap(function)(_bare(elements))


@OPERATIONS.add()
def vectorize(pyfunc, *, excluded=None, signature=None):
    """A function of arrays from a function of single numbers, or of the axes that ``signature`` names.

    Args:
        pyfunc: a function of arrays without further axes.
        excluded: numbers or names of arguments that are passed on as they are.
        signature: axes that one call takes and gives, like ``"(n),(n)->()"``.

    Example:
        >>> largest = vectorize(lambda a, b: jnp.where(a > b, a, b))
        >>> print(largest(jnp.array([1, 5]), jnp.array([3, 4])))
        [3 5]
    """
    if not callable(pyfunc):
        raise ArgumentError("vectorize, pyfunc", "a function", repr(pyfunc), "Give a function of single numbers.")
    return jnp.vectorize(pyfunc, excluded=excluded or set(), signature=signature)


# ---- slopes


@OPERATIONS.add()
def custom_gradient(f):
    """Decorator for a function that brings its own slope.

    Args:
        f: gives ``(value, grad)``, where ``grad(upstream)`` gives the slope along each argument.

    Example:
        >>> @custom_gradient
        ... def straight_through_round(x):
        ...     return jnp.round(x), lambda upstream: upstream
        >>> print(jax.grad(straight_through_round)(0.7))
        1.0
    """
    inner = jax.custom_gradient(f)

    @functools.wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        bare = [arg.value if isinstance(arg, Variable) else arg for arg in args]
        return inner(*bare, **kwargs)

    return recordable(call)


@OPERATIONS.add()
def jvp(fun, primals, tangents, has_aux=False):
    """A function's value and its slope along a direction.

    Args:
        fun: a function of arrays.
        primals: a tuple of the arguments.
        tangents: a tuple of directions, shaped like the arguments.
        has_aux: the function gives ``(value, more)``.

    Returns:
        ``(value, slope)``, and ``more`` with ``has_aux``.

    Example:
        >>> value, slope = jvp(jnp.square, (3.0,), (1.0,))
        >>> print(value, slope)
        9.0 6.0
    """
    return jax.jvp(fun, tuple(_bare(list(primals))), tuple(_bare(list(tangents))), has_aux=has_aux)
