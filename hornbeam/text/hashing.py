"""The hash functions by which Keras puts words into bins: FarmHash, SipHash, and a mix of several hashes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_ALL = 2**64 - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F


def _get(data: bytes, at: int, size: int = 8) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _right(value: int, by: int) -> int:
    """Turns 64 bits to the right."""
    value &= _ALL
    return (value >> by | value << (64 - by)) & _ALL


def _shift_mix(value: int) -> int:
    value &= _ALL
    return value ^ value >> 47


def _two(u: int, v: int, factor: int) -> int:
    """One hash from two."""
    mixed = _shift_mix((u ^ v) * factor)
    return _shift_mix(((v & _ALL) ^ mixed) * factor) * factor & _ALL


def farm_hash(data: bytes) -> int:
    """FarmHash's fingerprint of 64 bits, which is the same on every machine.

    Example:
        >>> farm_hash(b"hornbeam") % 1000
        547

    Reference:
        Pike (2014), FarmHash, https://github.com/google/farmhash, ``farmhashna::Hash64``.
    """
    size = len(data)
    factor = _K2 + 2 * size
    if size > 64:
        return _long_hash(data)
    if size > 32:
        return _middle_hash(data, factor)
    if size > 16:
        a, b = _get(data, 0) * _K1, _get(data, 8)
        c, d = _get(data, size - 8) * factor, _get(data, size - 16) * _K2
        return _two(_right(a + b, 43) + _right(c, 30) + d, a + _right(b + _K2, 18) + c, factor)
    if size >= 8:
        a, b = _get(data, 0) + _K2, _get(data, size - 8)
        return _two(_right(b, 37) * factor + a, (_right(a, 25) + b) * factor, factor)
    if size >= 4:
        return _two(size + (_get(data, 0, 4) << 3), _get(data, size - 4, 4), factor)
    if size:
        y, z = data[0] + (data[size >> 1] << 8), size + (data[-1] << 2)
        return _shift_mix(y * _K2 & _ALL ^ z * _K0 & _ALL) * _K2 & _ALL
    return _K2


def _middle_hash(data: bytes, factor: int) -> int:
    """FarmHash of 33 to 64 bytes."""
    a, b = _get(data, 0) * _K2, _get(data, 8)
    c, d = _get(data, len(data) - 8) * factor, _get(data, len(data) - 16) * _K2
    y = _right(a + b, 43) + _right(c, 30) + d
    z = _two(y, a + _right(b + _K2, 18) + c, factor)
    e, f = _get(data, 16) * factor, _get(data, 24)
    g, h = (y + _get(data, len(data) - 32)) * factor, (z + _get(data, len(data) - 24)) * factor
    return _two(_right(e + f, 43) + _right(g, 30) + h, e + _right(f + a, 18) + g, factor)


def _weak(data: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    """Two hashes of 32 bytes and two seeds."""
    first, second, third, fourth = (_get(data, at + 8 * word) for word in range(4))
    a += first
    b = _right(b + a + fourth, 21)
    summed = a + second + third
    return (summed + fourth) & _ALL, (b + _right(summed, 44) + a) & _ALL


def _long_hash(data: bytes) -> int:
    """FarmHash of more than 64 bytes: blocks of 64, and the last 64."""
    size, seed = len(data), 81
    x, y = (seed * _K2 + _get(data, 0)) & _ALL, (seed * _K1 + 113) & _ALL
    z = _shift_mix(y * _K2 + 113) * _K2 & _ALL
    v, w = (0, 0), (0, 0)
    end = (size - 1) // 64 * 64
    for at in range(0, end, 64):
        x = _right(x + y + v[0] + _get(data, at + 8), 37) * _K1 & _ALL
        y = _right(y + v[1] + _get(data, at + 48), 42) * _K1
        x ^= w[1]
        y = (y + v[0] + _get(data, at + 40)) & _ALL
        z = _right(z + w[0], 33) * _K1 & _ALL
        v = _weak(data, at, v[1] * _K1, x + w[0])
        w = _weak(data, at + 32, z + w[1], y + _get(data, at + 16))
        z, x = x, z
    factor, at, rest = _K1 + ((z & 0xFF) << 1), size - 64, (size - 1) & 63
    w0 = w[0] + rest
    v0 = v[0] + w0
    w0 += v0
    x = _right(x + y + v0 + _get(data, at + 8), 37) * factor & _ALL
    y = _right(y + v[1] + _get(data, at + 48), 42) * factor
    x ^= w[1] * 9 & _ALL
    y += v0 * 9 + _get(data, at + 40)
    z = _right(z + w0, 33) * factor & _ALL
    v = _weak(data, at, v[1] * factor, x + w0)
    w = _weak(data, at + 32, z + w[1], y + _get(data, at + 16))
    z, x = x, z
    one = _two(v[0], w[0], factor) + _shift_mix(y) * _K0 + z
    return _two(one & _ALL, (_two(v[1], w[1], factor) + x) & _ALL, factor)


def sip_hash(data: bytes, salt: Sequence[int]) -> int:
    """SipHash-2-4 of 64 bits under a salt of two numbers: who does not know the salt cannot make words collide.

    Example:
        >>> hex(sip_hash(bytes(range(15)), (0x0706050403020100, 0x0F0E0D0C0B0A0908)))  # the paper's appendix A
        '0xa129ca6149be45e5'

    Reference:
        Aumasson & Bernstein (2012), SipHash: a fast short-input PRF, section 2.
    """
    k0, k1 = (key & _ALL for key in salt)
    v0, v1 = k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D
    v2, v3 = k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573
    whole = len(data) // 8 * 8
    words = [_get(data, at) for at in range(0, whole, 8)]
    words.append(_get(data, whole) | (len(data) & 0xFF) << 56)

    def rounds(count: int) -> None:
        nonlocal v0, v1, v2, v3
        for _ in range(count):
            v0, v2 = (v0 + v1) & _ALL, (v2 + v3) & _ALL
            v1, v3 = _right(v1, 51) ^ v0, _right(v3, 48) ^ v2
            v0 = _right(v0, 32)
            v2, v0 = (v2 + v1) & _ALL, (v0 + v3) & _ALL
            v1, v3 = _right(v1, 47) ^ v2, _right(v3, 43) ^ v0
            v2 = _right(v2, 32)

    for word in words:
        v3 ^= word
        rounds(2)
        v0 ^= word
    v2 ^= 0xFF
    rounds(4)
    return v0 ^ v1 ^ v2 ^ v3


_CROSS = 0xC6A4A7935BD1E995


def crossed(hashes: Iterable[int], start: int = 0xDECAFCAFFE) -> int:
    """One hash of several, in their order: what TensorFlow's ``cross_hashed`` puts into bins.

    Example:
        >>> crossed([farm_hash(b"A"), 101]) % 5
        1
    """
    joined = start
    for hashed in hashes:
        joined = (joined ^ _CROSS) ^ _shift_mix((hashed & _ALL) * _CROSS) * _CROSS & _ALL
        joined = _shift_mix(_shift_mix(joined * _CROSS) * _CROSS)
    return joined
