"""CachedMultiHeadAttention: attention that keeps keys and values of the steps before."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.multi_head_attention import MultiHeadAttention


@LAYERS.add(module="keras_hub.layers")
class CachedMultiHeadAttention(MultiHeadAttention):
    """``MultiHeadAttention`` for generating step by step: keys and values of earlier steps come from a cache.

    The call takes ``cache`` and ``cache_update_index``. With an index, the keys and values of ``value`` are written
    into the cache from that place on, and the query looks at the whole cache; with None it looks at the cache as it
    is. ``attention_mask`` says what of the cache is filled. Without a cache it is multi-head attention. Masks that
    the arrays carry are not used.

    The arguments of the constructor are those of ``MultiHeadAttention``.

    Shapes:
        query ``(batch, time, features)``, value ``(batch, new, features)``, cache
        ``(batch, 2, source, num_heads, key_dim)``, keys before values -> ``(batch, time, features)``, then the weights
        if they are asked for, then the new cache if there is one.

    Example:
        >>> import numpy as np
        >>> layer = CachedMultiHeadAttention(num_heads=2, key_dim=4)
        >>> cache = np.zeros((1, 2, 10, 2, 4), "float32")
        >>> step = np.ones((1, 1, 8), "float32")
        >>> output, cache = layer(step, step, cache=cache, cache_update_index=0)
        >>> output.shape, cache.shape
        ((1, 1, 8), (1, 2, 10, 2, 4))

    Reference:
        Shazeer (2019), Fast transformer decoding, section 2.4.
    """

    def call(  # type: ignore[override]
        self,
        query: Any,
        value: Any,
        key: Any = None,
        attention_mask: Any = None,
        cache: Any = None,
        cache_update_index: Any = None,
        return_attention_scores: bool = False,
        training: Any = None,
        use_causal_mask: bool = False,
    ) -> Any:
        key = value if key is None else key
        if cache is None:
            if cache_update_index is not None:
                raise ArgumentError(
                    f"{self.where}, cache_update_index",
                    "None without a cache",
                    cache_update_index,
                    "Give cache=…, of shape (batch, 2, steps, num_heads, key_dim).",
                )
            projected = self.project(query, value, key)
            of_query, keys, values = projected
        else:
            self._check_cache(cache, query.shape[0])
            of_query = self.query_dense(query)
            if cache_update_index is not None:
                new = jnp.stack([self.key_dense(key), self.value_dense(value)], axis=1)
                start = jnp.asarray(cache_update_index, jnp.int32)
                cache = lax.dynamic_update_slice_in_dim(jnp.asarray(cache), new.astype(cache.dtype), start, axis=2)
            keys, values = (jnp.asarray(cache)[:, half].astype(of_query.dtype) for half in (0, 1))
        mask = self.visible(query, keys[..., 0], attention_mask=attention_mask)
        output, weights = self.attend(of_query, keys, values, mask, use_causal_mask, return_attention_scores)
        found = [self.join(output, query)]
        found += [weights] if return_attention_scores else []
        found += [] if cache is None else [cache]
        return tuple(found) if len(found) > 1 else found[0]

    def _check_cache(self, cache: Any, batch: int) -> None:
        shape = tuple(cache.shape)
        if len(shape) != 5 or (*shape[:2], *shape[3:]) != (batch, 2, self.num_heads, self.key_dim):
            raise ShapeError(
                f"{self.where}, cache",
                f"shape ({batch}, 2, steps, {self.num_heads}, {self.key_dim}), keys before values",
                f"shape {shape}",
                "Begin with zeros.",
            )
