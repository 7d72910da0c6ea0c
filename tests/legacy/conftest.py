"""Lets the tests of this folder import the table of entries beside them; their programs are small."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def _quick(quickly_compiled):
    return quickly_compiled
