"""The JSON files that number the words of IMDB and Reuters."""

from __future__ import annotations

import json
from pathlib import Path

from hornbeam.core.errors import FileError


def read_word_index(path: Path) -> dict[str, int]:
    """Read a dict from words to numbers.

    Raises:
        FileError: when the file is no such dict.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "words.json"
        >>> _ = path.write_text('{"the": 1}')
        >>> read_word_index(path)
        {'the': 1}
    """
    try:
        words = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        words = error
    if not isinstance(words, dict) or not all(type(number) is int for number in words.values()):
        fix = "Delete the file and load it again."
        raise FileError(str(path), "a JSON dict from words to numbers", str(words)[:80], fix)
    return words
