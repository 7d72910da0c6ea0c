"""The rules by which SentencePiece brings characters to normal form: a compiled tree from strings to strings."""

from __future__ import annotations

import numpy as np

from hornbeam.core.errors import FileError

_AGAIN = "Get the file again from its source."


class CharsMap:
    """Replaces, at each place of a text, the longest key that a tree of rules has.

    Args:
        blob: the size of the tree (4 bytes), the tree, and the replacements with a zero byte after each. The tree is a
            double array of units of 4 bytes; nothing of it is looked at before a text needs it. Empty for no rules.
        where: the file, for errors.

    Raises:
        FileError: the sizes do not fit.

    Reference:
        Aoe (1989), An efficient digital search algorithm by using a double-array structure.
    """

    def __init__(self, blob: bytes, where: str):
        self.where = f"{where}, normalizer"
        size = int.from_bytes(blob[:4], "little")
        if blob and (size % 4 or not 4 <= size <= len(blob) - 4):
            raise FileError(self.where, "a tree within the file", f"{size:,} bytes declared", _AGAIN)
        self._units = np.frombuffer(blob, "<u4", size // 4, 4).tolist() if blob else []
        self._texts = blob[4 + size :]
        self._single = _Single(self)
        self._apart: set[tuple[str, str]] = set()  # neighbours that no key has side by side

    def __call__(self, text: str) -> str:
        """The text in normal form."""
        if not self._units:
            return text
        fresh = set(zip(text, text[1:], strict=False)) - self._apart
        joined = {pair for pair in fresh if self._leads_on("".join(pair).encode())}
        self._apart |= fresh - joined
        return self._longest(text) if joined else text.translate(self._single)

    def _longest(self, text: str) -> str:
        """Keys of several characters replaced too."""
        data, parts, at = text.encode(), [], 0
        while at < len(data):
            found, size = self._match(data, at)
            if not size:
                size = _width(data[at])
                found = data[at : at + size].decode()
            parts.append(found)
            at += size
        return "".join(parts)

    def _match(self, data: bytes, at: int) -> tuple[str, int]:
        """The replacement of the longest key at a place, and the key's length in bytes; 0 where there is none."""
        node, value, size = 0, -1, 0
        for step, byte in enumerate(data[at:], 1):
            node = self._child(node, byte)
            if node < 0:
                break
            if self._units[node] >> 8 & 1:  # a key ends here
                value, size = self._units[self._inside(self._base(node))] & 0x7FFFFFFF, step
        return (self._text_at(value), size) if size else ("", 0)

    def _leads_on(self, data: bytes) -> bool:
        """Whether some key begins with these bytes."""
        node = 0
        for byte in data:
            node = self._child(node, byte)
            if node < 0:
                return False
        return True

    def _child(self, node: int, byte: int) -> int:
        """The node to which a byte leads, -1 where to none."""
        child = self._base(node) ^ byte
        if not byte or child >= len(self._units) or self._units[child] & 0x800000FF != byte:
            return -1
        return child

    def _base(self, node: int) -> int:
        """Where the children of a node are: its number and 21 bits, times 256 where the tenth bit is set."""
        unit = self._units[node]
        return node ^ (unit >> 10) << ((unit & 0x200) >> 6)

    def _inside(self, node: int) -> int:
        if node >= len(self._units):
            raise FileError(self.where, "a whole tree", "a leaf outside of it", _AGAIN)
        return node

    def _text_at(self, place: int) -> str:
        stop = self._texts.find(b"\0", place)
        try:
            if stop >= 0:
                return self._texts[place:stop].decode()
        except UnicodeDecodeError:
            pass
        raise FileError(self.where, "a replacement in UTF-8 for each rule", f"none at byte {place}", _AGAIN)


class _Single(dict):
    """For ``str.translate``: what each character becomes by itself, found when first met."""

    def __init__(self, rules: CharsMap):
        super().__init__()
        self.rules = rules

    def __missing__(self, point: int) -> str:
        data = chr(point).encode()
        found, size = self.rules._match(data, 0)
        text = self[point] = found if size == len(data) else chr(point)
        return text


def _width(first: int) -> int:
    """How many bytes a character has in UTF-8, by its first byte."""
    return 1 if first < 0x80 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4
