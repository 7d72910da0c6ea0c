"""What all tests share: strict number types, programs kept apart from the user's, the folder of real data."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("HORNBEAM_HOME", tempfile.mkdtemp(prefix="hornbeam-tests-"))
os.environ.setdefault("MPLBACKEND", "Agg")

import jax
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


@pytest.fixture
def quickly_compiled():
    """XLA's costlier passes are left out: for tests whose many small programs run for a moment each."""
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)


@pytest.fixture(autouse=True)
def _fresh_seed():
    hornbeam.utils.set_random_seed(0)
