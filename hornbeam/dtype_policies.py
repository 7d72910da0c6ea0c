"""Policies of number types: what a layer computes in, and what its weights are kept in."""

from __future__ import annotations

from typing import Any

from hornbeam.core import config as specs
from hornbeam.core.dtypes import POLICIES, DTypePolicy, FloatDTypePolicy, as_policy
from hornbeam.core.registry import CustomObjectScope

__all__ = ["DTypePolicy", "FloatDTypePolicy", "deserialize", "get", "serialize"]


def get(identifier: Any) -> DTypePolicy:
    """The policy that a name, a number type, a config or a policy stands for; None is the policy in force.

    Example:
        >>> get("mixed_bfloat16").variable_dtype
        'float32'
        >>> get({"class_name": "DTypePolicy", "config": {"name": "float16"}})
        DTypePolicy('float16')
    """
    return deserialize(identifier) if specs.is_description(identifier) else as_policy(identifier)


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """A JSON-able description of a policy, in Keras's layout.

    Example:
        >>> serialize(DTypePolicy("float32"))["config"]
        {'name': 'float32'}
    """
    described: dict[str, Any] = specs.serialize(dtype_policy)
    return described


def deserialize(config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> DTypePolicy:
    """The policy that ``serialize`` described; ``custom_objects`` are looked up first.

    Raises:
        FileError: the description names no policy, or one that only quantised weights have.
    """
    with CustomObjectScope(custom_objects):
        made: DTypePolicy = specs.deserialize(config, POLICIES)
    return made
