"""Functions that a graph's file may name: Python's operators, the activations and the operations of hornbeam.ops.

A file gives the name of a class of Keras's, such as ``Multiply``; the tables below are all that it can mean.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable
from typing import Any

from hornbeam.activations import ACTIVATIONS
from hornbeam.core.errors import ArgumentError, FileError
from hornbeam.core.registry import did_you_mean
from hornbeam.core.symbolic import first_symbolic
from hornbeam.ops.operation import OPERATIONS

_OPERATORS: dict[Callable[..., Any], str] = {
    operator.add: "Add",
    operator.sub: "Subtract",
    operator.mul: "Multiply",
    operator.truediv: "TrueDivide",
    operator.floordiv: "FloorDivide",
    operator.mod: "Mod",
    operator.pow: "Power",
    operator.matmul: "Matmul",
    operator.neg: "Negative",
    operator.abs: "Absolute",
    operator.getitem: "GetItem",
    operator.lt: "Less",
    operator.le: "LessEqual",
    operator.gt: "Greater",
    operator.ge: "GreaterEqual",
    operator.and_: "LogicalAnd",
    operator.or_: "LogicalOr",
    operator.xor: "LogicalXor",
    operator.invert: "LogicalNot",
}
_BY_CLASS: dict[str, Callable[..., Any]] = {name: function for function, name in _OPERATORS.items()}
_ON_NUMBERS_TOO = ("LogicalAnd", "LogicalOr", "LogicalXor", "LogicalNot")  # Python's operators act on bits there
_TABLES = (OPERATIONS, ACTIVATIONS)

# where Keras keeps the classes that are not in keras.src.ops.numpy
_MODULES = {
    "nn": "relu relu6 sigmoid sparse_sigmoid softplus softsign soft_shrink silu squareplus log_sigmoid leaky_relu "
    "hard_sigmoid hard_silu hard_tanh hard_shrink elu selu celu gelu glu tanh_shrink threshold softmax log_softmax "
    "sparsemax one_hot multi_hot max_pool average_pool conv depthwise_conv separable_conv conv_transpose "
    "binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy moments normalize",
    "core": "stop_gradient cast slice slice_update scatter scatter_update unstack",
    "math": "logsumexp top_k in_top_k erf erfinv rsqrt segment_sum segment_max extract_sequences",
    "image": "rgb_to_grayscale rgb_to_hsv hsv_to_rgb resize affine_transform extract_patches map_coordinates "
    "pad_images crop_images perspective_transform gaussian_blur elastic_transform scale_and_translate sobel_edges",
    "linalg": "cholesky det eig eigh inv norm qr solve svd lstsq",
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names.split()}

# parameters that Keras passes in the call; the others belong to its class's constructor, and so to the config
_TENSORS = (
    "x x1 x2 xs y a b key inputs indices values updates start_indices kernel depthwise_kernel pointwise_kernel "
    "mean variance offset scale gamma beta target output targets predictions condition weights q data segment_ids "
    "images variable sorted_sequence bins fill_value array query value bias mask transform coordinates start_points "
    "end_points"
)
_IN_THE_CALL = frozenset(_TENSORS.split())


def class_name(function: Callable[..., Any]) -> str:
    """The name of the class that Keras has for a function: ``get_item`` -> ``GetItem``."""
    if function in _OPERATORS:
        return _OPERATORS[function]
    name = _name_in_tables(function) or str(getattr(function, "__name__", "Function"))
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _name_in_tables(function: Callable[..., Any]) -> str | None:
    return next(filter(None, (table.name_of(function) for table in _TABLES)), None)


def describe_call(function: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
    """What a file says of one call: module, class_name, and its arguments in ``args``, ``kwargs`` and ``config``.

    Raises:
        ArgumentError: no table holds the function.
    """
    if function in _OPERATORS:
        return _described("keras.src.ops.numpy", _OPERATORS[function], list(args), kwargs, {})
    name = _name_in_tables(function)
    if name is None:
        raise ArgumentError(
            f"save, {getattr(function, '__name__', function)!s}",
            "operators, activations and functions of hornbeam.ops between the layers",
            "another function",
            "Make it the call of a class derived from Layer.",
        )
    bound = inspect.signature(function).bind(*args, **kwargs)
    in_call: list[Any] = []
    config: dict[str, Any] = {}
    named: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name not in bound.arguments:
            continue
        value = bound.arguments[parameter.name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            in_call.extend(value)
        elif parameter.kind is parameter.VAR_KEYWORD:
            config.update(value)
        elif parameter.name in _IN_THE_CALL and not named:
            in_call.append(value)
        elif first_symbolic(value) is not None:
            named[parameter.name] = value
        else:
            config[parameter.name] = value
    return _described(f"keras.src.ops.{_MODULE_OF.get(name, 'numpy')}", class_name(function), in_call, named, config)


def _described(module: str, kind: str, args: list, kwargs: dict, config: dict) -> dict[str, Any]:
    return {"module": module, "class_name": kind, "args": args, "kwargs": kwargs, "config": config}


def function_of(kind: str, where: str) -> Callable[..., Any]:
    """The function that a file means by the name of a class of Keras's operations.

    Raises:
        FileError: the tables have none of this name.
    """
    if kind in _BY_CLASS and kind not in _ON_NUMBERS_TOO:
        return _BY_CLASS[kind]
    squashed = {name.replace("_", "").lower(): (table, name) for table in reversed(_TABLES) for name in table}
    hit = squashed.get(kind.lower())
    if hit is not None:
        return hit[0].get(hit[1])
    if kind in _BY_CLASS:
        return _BY_CLASS[kind]
    raise FileError(
        where,
        "an operator, an activation or a function of hornbeam.ops",
        repr(kind),
        did_you_mean(kind, [*_BY_CLASS, *squashed]),
    )


def call(function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any], config: dict[str, Any]) -> Any:
    """Notes the call of a function with arguments as ``describe_call`` arranged them; gives its symbolic outputs."""
    symbol = first_symbolic((args, kwargs))
    if symbol is None:
        raise FileError(
            f"call of {getattr(function, '__name__', function)!s}",
            "a tensor of the model among its arguments",
            "none",
            "Get the file again from its source.",
        )
    if function is operator.getitem:
        source, key = args
        return symbol.record(function, (source, tuple(key) if isinstance(key, list) else key), {})
    if function in _OPERATORS:
        return symbol.record(function, tuple(args), kwargs)
    signature = inspect.signature(function)
    values: dict[str, Any] = {**config, **kwargs}
    rest = list(args)
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            values[parameter.name], rest = tuple(rest), []
        elif rest and parameter.name not in values:
            values[parameter.name] = rest.pop(0)
    bound = signature.bind_partial()
    bound.arguments.update(values)
    return symbol.record(function, bound.args, bound.kwargs)
