"""What `layer.dtype` is good for in code that takes it for the name of a number type, as it is in Keras."""

import jax.numpy as jnp
import numpy as np
import pytest

import hornbeam as keras
from hornbeam import layers, ops

USES = {
    "cast": lambda dtype: ops.cast(np.ones(2), dtype),
    "convert_to_tensor": lambda dtype: ops.convert_to_tensor([1, 2], dtype=dtype),
    "zeros": lambda dtype: ops.zeros((2,), dtype=dtype),
    "numpy": lambda dtype: np.zeros(2, dtype),
    "astype": lambda dtype: np.ones(2).astype(dtype),
    "jax": lambda dtype: jnp.zeros(2, dtype),
    "Variable": lambda dtype: keras.Variable(np.ones(2), dtype=dtype),
    "random": lambda dtype: keras.random.normal((2,), dtype=dtype),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize(
    ("policy", "weights"), [("float32", "float32"), ("float16", "float16"), ("mixed_bfloat16", "float32")]
)
def test_a_layers_dtype_serves_as_the_type_of_its_weights(use, policy, weights):
    layer = layers.Dense(1, dtype=policy)
    assert layer.dtype == weights
    assert str(layer.dtype) == weights
    assert f"{np.dtype(layer.dtype)}" == weights
    assert use(layer.dtype).dtype == weights


def test_a_custom_layer_casts_to_its_own_dtype_inside_a_model():
    class Shifted(layers.Layer):
        def call(self, x):
            return ops.cast(x, self.dtype) + ops.ones((1,), dtype=self.dtype)

    entry = keras.Input((2,), dtype="int32")
    model = keras.Model(entry, Shifted()(entry))
    np.testing.assert_array_equal(model.predict(np.array([[1, 2]]), verbose=0), [[2.0, 3.0]])
