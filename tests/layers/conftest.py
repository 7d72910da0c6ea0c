"""Layers are tested with JAX at its strictest: no silent change of number types, no silent spreading of ranks."""

import jax
import pytest


@pytest.fixture(autouse=True)
def _strict():
    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        yield
