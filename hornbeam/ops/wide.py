"""Whole numbers of 64 bits as pairs of 32-bit words, and FarmHash of digits, for programs without 64-bit types.

A wide number is a pair ``(high, low)`` of uint32 arrays.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

Wide = tuple[Any, Any]
_K0, _K2 = 0xC3A5C85C97CB3127, 0x9AE16A3B2F90404F


def wide(value: int) -> Wide:
    """A constant."""
    return jnp.uint32(value >> 32 & 0xFFFFFFFF), jnp.uint32(value & 0xFFFFFFFF)


def add(a: Wide, b: Wide) -> Wide:
    """``(a + b) mod 2**64``."""
    low = a[1] + b[1]
    return a[0] + b[0] + (low < a[1]).astype(jnp.uint32), low


def multiply(a: Wide, b: Wide) -> Wide:
    """``(a · b) mod 2**64``, from products of 16 bits."""
    a1, a0, b1, b0 = a[1] >> 16, a[1] & 0xFFFF, b[1] >> 16, b[1] & 0xFFFF
    middle = a1 * b0 + (a0 * b0 >> 16)
    other = a0 * b1 + (middle & 0xFFFF)
    high = a1 * b1 + (middle >> 16) + (other >> 16)
    return high + a[0] * b[1] + a[1] * b[0], a[1] * b[1]


def exclusive_or(a: Wide, b: Wide) -> Wide:
    """``a ^ b``."""
    return a[0] ^ b[0], a[1] ^ b[1]


def turn_right(a: Wide, by: int) -> Wide:
    """The 64 bits turned to the right by 1 to 63 places, but not 32."""
    high, low = a if by < 32 else (a[1], a[0])
    by %= 32
    return high >> by | low << (32 - by), low >> by | high << (32 - by)


def shift_mix(a: Wide) -> Wide:
    """``a ^ (a >> 47)``."""
    return a[0], a[1] ^ a[0] >> 15


def remainder(a: Wide, count: int) -> Any:
    """``a mod count`` for a count below 2**31, from the highest bits, as many at a time as a word has room for."""
    room = 32 - count.bit_length()
    rest = jnp.zeros_like(a[0])
    for word in a:
        for start in range(32, 0, -room):
            bits = min(room, start)
            rest = (rest << bits | word >> (start - bits) & (2**bits - 1)) % jnp.uint32(count)
    return rest


def digits(x: Any) -> tuple[Any, Any]:
    """The characters of whole numbers in decimal notation, and how many they are.

    Shapes:
        ``(…)`` of int32 -> ``(…, 11)`` and ``(…)`` of uint32; after the last character stand zeros.
    """
    negative = x < 0
    size = jnp.where(negative, (~x).astype(jnp.uint32) + 1, x.astype(jnp.uint32))  # -2**31 has no positive int32
    powers = jnp.array([10**place for place in range(9, -1, -1)], jnp.uint32)
    signs = powers.reshape((1,) * x.ndim + (-1,))
    figures = size[..., None] // signs % 10 + 48  # (…, 10), with zeros in front
    count = jnp.maximum(jnp.sum((size[..., None] >= signs).astype(jnp.uint32), -1), 1)
    length = count + negative.astype(jnp.uint32)
    place = jnp.arange(11, dtype=jnp.uint32).reshape((1,) * x.ndim + (-1,))
    source = place + (10 - length)[..., None]  # of the character at each place; one before the figures is the sign
    taken = jnp.take_along_axis(figures, jnp.minimum(source, 9).astype(jnp.int32), axis=-1)
    characters = jnp.where(negative[..., None] & (place == 0), 45, taken)
    return jnp.where(place < length[..., None], characters, 0).astype(jnp.uint32), length


def farm_hash_of_digits(x: Any) -> Wide:
    """FarmHash's fingerprint of whole numbers' decimal notation, the same as of the text on the host.

    Shapes:
        ``(…)`` of int32 -> a pair of ``(…)`` of uint32

    Reference:
        Pike (2014), FarmHash, https://github.com/google/farmhash, ``farmhashna::Hash64`` for up to 16 bytes.
    """
    characters, length = digits(x)
    short, middle, long = (form(characters, length) for form in (_up_to_3, _up_to_7, _up_to_11))
    high, low = (
        jnp.where(length < 4, a, jnp.where(length < 8, b, c)) for a, b, c in zip(short, middle, long, strict=True)
    )
    return high, low


def _at(characters: Any, place: Any) -> Any:
    """The character at a place of each number."""
    return jnp.take_along_axis(characters, place[..., None].astype(jnp.int32), axis=-1)[..., 0]


def _four(characters: Any, start: Any) -> Any:
    """Four characters from a place on as one word, the first in the lowest byte."""
    start = jnp.minimum(start, jnp.uint32(7))
    others = (_at(characters, start + jnp.uint32(byte)) << (8 * byte) for byte in range(1, 4))
    return sum(others, _at(characters, start))


def _narrow(low: Any) -> Wide:
    return jnp.zeros_like(low), low


def _factor(length: Any) -> Wide:
    return add(wide(_K2), _narrow(2 * length))


def _two(u: Wide, v: Wide, factor: Wide) -> Wide:
    """One hash from two."""
    mixed = shift_mix(multiply(exclusive_or(u, v), factor))
    return multiply(shift_mix(multiply(exclusive_or(v, mixed), factor)), factor)


def _up_to_3(characters: Any, length: Any) -> Wide:
    first, half, last = (_at(characters, place) for place in (length * 0, length >> 1, length - 1))
    y, z = _narrow(first + (half << 8)), _narrow(length + (last << 2))
    mixed = shift_mix(exclusive_or(multiply(y, wide(_K2)), multiply(z, wide(_K0))))
    return multiply(mixed, wide(_K2))


def _up_to_7(characters: Any, length: Any) -> Wide:
    first = _four(characters, length * 0)
    start = add(_narrow(length), (first >> 29, first << 3))
    last = jnp.where(length < 4, 0, length - 4).astype(jnp.uint32)
    return _two(start, _narrow(_four(characters, last)), _factor(length))


def _up_to_11(characters: Any, length: Any) -> Wide:
    factor = _factor(length)
    begin = jnp.where(length < 8, 0, length - 8).astype(jnp.uint32)
    a = add((_four(characters, length * 0 + 4), _four(characters, length * 0)), wide(_K2))
    b = _four(characters, begin + 4), _four(characters, begin)
    c = add(multiply(turn_right(b, 37), factor), a)
    d = multiply(add(turn_right(a, 25), b), factor)
    return _two(c, d, factor)
