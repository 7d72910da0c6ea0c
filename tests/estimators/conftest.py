"""These tests compile many small programs, of which each runs for a moment: XLA's costlier passes are left out."""

import jax
import pytest


@pytest.fixture(autouse=True, scope="module")
def _quickly_compiled():
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)
