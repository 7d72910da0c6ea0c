"""Products with weights: on a CPU their gradients are written otherwise, and are the same."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hornbeam.ops import products
from hornbeam.ops.products import product, sum_of_outer


def by_einsum(x, matrix):
    return jnp.einsum("...e,ec->...c", x, matrix)


def weighed(function, x, matrix):
    y = function(x, matrix)
    return jnp.sum(jnp.sin(y) * jnp.asarray(np.random.default_rng(1).normal(size=y.shape), y.dtype))


def drawn(*shapes, dtype="float64"):
    draw = np.random.default_rng(0)
    return [jnp.asarray(draw.normal(size=shape), dtype) for shape in shapes]


# few rows; many, turned in memory, with one axis before and with two; the weights turned as well; by halves
CASES = {
    "few": ((5, 3), 4, 2**22),
    "many": ((1_030, 7), 300, 2**22),
    "two axes": ((4, 300, 7), 5, 2**22),
    "halves": ((4, 300, 7), 5, 10),
    "an odd batch beyond the caches": ((3, 400, 7), 5, 10),
}


@pytest.mark.parametrize("name", CASES)
def test_a_product_and_its_slopes_are_those_of_einsum(monkeypatch, name):
    shape, columns, most = CASES[name]
    monkeypatch.setattr(products, "MOST", most)
    with jax.enable_x64(True):
        x, matrix = drawn(shape, (shape[-1], columns))
        both = [jax.jit(jax.value_and_grad(lambda x, m, f=f: weighed(f, x, m), (0, 1)))(x, matrix)
                for f in (product, by_einsum)]  # fmt: skip
        np.testing.assert_allclose(product(x, matrix), by_einsum(x, matrix), rtol=1e-12, atol=1e-12)
        # sums of up to 1,200 numbers in another order, in float64
        for one, two in zip(*map(jax.tree.leaves, both), strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-10, atol=1e-10)


def test_second_derivatives_of_a_turned_product_agree_in_every_mode():
    with jax.enable_x64(True):
        x, matrix = drawn((1_024, 2), (2, 2))
        slope = jax.grad(lambda m: weighed(product, x, m))
        forward, backward = jax.jacfwd(slope)(matrix), jax.jacrev(slope)(matrix)
        assert float(jnp.abs(forward).max()) > 1
        np.testing.assert_allclose(forward, backward, rtol=1e-10)
        mixed = jax.jvp(jax.grad(lambda x: weighed(product, x, matrix)), (x,), (x,))[1]
        plain = jax.jvp(jax.grad(lambda x: weighed(by_einsum, x, matrix)), (x,), (x,))[1]
        np.testing.assert_allclose(mixed, plain, rtol=1e-10, atol=1e-12)


def test_many_products_at_once_are_each_product():
    xs, matrices = drawn((2, 1_024, 3), (2, 3, 2), dtype="float32")
    slopes = jax.vmap(jax.grad(lambda x, m: weighed(product, x, m), (0, 1)))(xs, matrices)
    for number in range(2):
        alone = jax.grad(lambda x, m: weighed(by_einsum, x, m), (0, 1))(xs[number], matrices[number])
        for one, two in zip(slopes, alone, strict=True):
            np.testing.assert_allclose(one[number], two, rtol=1e-4, atol=1e-4)


def test_types_mix_as_in_matmul():
    x, matrix = jnp.ones((1_024, 2), "bfloat16"), jnp.ones((2, 3), "bfloat16")
    assert product(x, matrix).dtype == "bfloat16"
    assert product(jnp.ones((2, 2), "int32"), jnp.ones((2, 3), "int32")).dtype == "int32"


def test_a_sum_of_outer_products():
    x, y = drawn((1_500, 3), (1_500, 4), dtype="float32")
    for rows in (2, 1_500):
        np.testing.assert_allclose(
            sum_of_outer(x[:rows], y[:rows]), np.einsum("re,rc->ec", x[:rows], y[:rows]), rtol=1e-4, atol=1e-4
        )
