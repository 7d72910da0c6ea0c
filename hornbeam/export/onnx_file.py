"""The bytes of an ONNX file: the dozen messages of the protocol buffer that a graph needs, written.

A message is a run of fields. Each begins with a number, ``field · 8 + wire type``, of which three types are used here:
0, a whole number in groups of seven bits, lowest first (varint); 2, a length and so many bytes (texts, arrays, messages
within); 5, four bytes (float).

Reference:
    onnx.proto3 of the ONNX project, whose field numbers stand below; Protocol Buffers, Encoding.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

IR_VERSION, OPSET = 8, 18  # what ONNX 1.13 (December 2022) brought; ONNX Runtime reads it since 1.14
MOST_BYTES = 2**31 - 1  # a protocol buffer's length must fit into 31 bits

# numbers of TensorProto.DataType
TYPES = {
    "float32": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7, "bool": 9,
    "float16": 10, "float64": 11, "uint32": 12, "uint64": 13,
}  # fmt: skip
# numbers of AttributeProto.AttributeType
_FLOAT, _INT, _STRING, _GRAPH, _INTS = 1, 2, 3, 5, 7


class Port(NamedTuple):
    """An input or output of a graph: its name, its number type and its axes, of which texts name unknown lengths."""

    name: str
    dtype: str
    shape: Sequence[int | str]


def varint(number: int) -> bytes:
    """A whole number in groups of seven bits; negative ones as 64 bits in two's complement.

    Example:
        >>> varint(300).hex()
        'ac02'
    """
    number &= 2**64 - 1
    groups = bytearray()
    while number > 127:
        groups.append(number & 127 | 128)
        number >>= 7
    groups.append(number)
    return bytes(groups)


def _number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return b"".join((varint(field << 3 | 2), varint(len(data)), data))


def tensor(name: str, array: np.ndarray) -> bytes:
    """A TensorProto: the numbers of an array, the last axis fastest, little-endian."""
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    dims = b"".join(_number(1, length) for length in array.shape)
    return dims + _number(2, TYPES[array.dtype.name]) + _bytes(8, name) + _bytes(9, little.tobytes())


def _attribute(name: str, value: Any) -> bytes:
    """An AttributeProto: a float, a whole number, a text, several whole numbers, or (as bytes) a graph."""
    if isinstance(value, bytes):
        kind, data = _GRAPH, _bytes(6, value)
    elif isinstance(value, str):
        kind, data = _STRING, _bytes(4, value)
    elif isinstance(value, float):
        kind, data = _FLOAT, varint(2 << 3 | 5) + struct.pack("<f", value)
    elif isinstance(value, int):
        kind, data = _INT, _number(3, value)
    else:
        kind, data = _INTS, b"".join(_number(8, int(each)) for each in value)
    return _bytes(1, name) + data + _number(20, kind)


def node(operator: str, inputs: Iterable[str], outputs: Iterable[str], name: str, attributes: dict[str, Any]) -> bytes:
    """A NodeProto: one operator, between tensors that go by their names."""
    fields = [_bytes(1, each) for each in inputs] + [_bytes(2, each) for each in outputs]
    fields += [_bytes(3, name), _bytes(4, operator)]
    fields += [_bytes(5, _attribute(word, value)) for word, value in attributes.items()]
    return b"".join(fields)


def _port(port: Port) -> bytes:
    """A ValueInfoProto."""
    axes = b"".join(
        _bytes(1, _number(1, length) if isinstance(length, int) else _bytes(2, length) if length else b"")
        for length in port.shape
    )
    return _bytes(1, port.name) + _bytes(2, _bytes(1, _number(1, TYPES[port.dtype]) + _bytes(2, axes)))


def graph(
    name: str, nodes: Iterable[bytes], tensors: Iterable[bytes], inputs: Iterable[Port], outputs: Iterable[Port]
) -> bytes:
    """A GraphProto: nodes in an order in which they can run, constant tensors, inputs and outputs."""
    fields = [_bytes(1, each) for each in nodes] + [_bytes(2, name)] + [_bytes(5, each) for each in tensors]
    fields += [_bytes(11, _port(each)) for each in inputs] + [_bytes(12, _port(each)) for each in outputs]
    return b"".join(fields)


def model(graph: bytes, producer: str) -> bytes:
    """A ModelProto, the whole file."""
    opset = _bytes(8, _bytes(1, "") + _number(2, OPSET))
    return b"".join((_number(1, IR_VERSION), _bytes(2, producer), _bytes(7, graph), opset))
