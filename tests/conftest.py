"""What all tests share: strict number types, programs kept apart from the user's, the folder of real data."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("HORNBEAM_HOME", tempfile.mkdtemp(prefix="hornbeam-tests-"))
os.environ.setdefault("MPLBACKEND", "Agg")

import pytest

import hornbeam

SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture
def real_data():
    """The folder of real data, or a skip that says that it is absent."""
    folder = Path(os.environ.get("HORNBEAM_DATA", SHARED))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set HORNBEAM_DATA")
    return folder


@pytest.fixture(autouse=True)
def _fresh_seed():
    hornbeam.utils.set_random_seed(0)
