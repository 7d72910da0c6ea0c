"""Bidirectional: two recurrent layers over one sequence, from its beginning and from its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax.numpy as jnp

from hornbeam.core.checks import Refused, one_of
from hornbeam.core.config import field, registry_of
from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.core.holder import Holder
from hornbeam.core.registry import CustomObjectScope
from hornbeam.core.variable import Variable
from hornbeam.layers.layer import LAYERS, Layer
from hornbeam.layers.recurrent import known_batch

_NEEDED = ("go_backwards", "return_sequences", "return_state", "stateful")


def _recurrent(value: Any) -> Any:
    missing = [name for name in _NEEDED if not hasattr(value, name)] if isinstance(value, Layer) else list(_NEEDED)
    if missing:
        raise Refused(
            "a recurrent layer, like LSTM, GRU, SimpleRNN or RNN", "Write for example Bidirectional(LSTM(64))."
        )
    return value


def _optional_recurrent(value: Any) -> Any:
    return None if value is None else _recurrent(value)


@LAYERS.add()
class Bidirectional(Layer):
    """A recurrent layer over a sequence from both ends, so that each output knows what comes before and after it.

    ``output = merge(forward(input), backward(input))``; the backward layer is a copy with ``go_backwards``, and its
    outputs are put back in the order of the input.

    Args:
        layer: a recurrent layer, of which both directions are copies with weights of their own.
        merge_mode: ``"concat"``, ``"sum"``, ``"mul"``, ``"ave"`` (the mean), or None for both outputs as they are.
        weights: the first weights of both directions, in one list.
        backward_layer: another layer for the way back, with ``go_backwards=True``.

    With ``return_state`` the states of the forward layer come before those of the backward layer, and
    ``initial_state`` wants them in that order.

    Shapes:
        ``(batch, time, features) -> (batch, 2 · units)``, or ``(batch, time, 2 · units)`` with ``return_sequences``;
        ``units`` instead of ``2 · units`` where the outputs are not concatenated.

    Example:
        >>> import numpy as np
        >>> from hornbeam.layers import LSTM
        >>> Bidirectional(LSTM(3, return_sequences=True))(np.ones((2, 5, 4), "float32")).shape
        (2, 5, 6)

    Reference:
        Schuster & Paliwal (1997), Bidirectional recurrent neural networks.
    """

    layer = field(convert=_recurrent)
    merge_mode = field("concat", convert=one_of("concat", "sum", "mul", "ave", None))
    weights = field(None, config=False, key=False)
    backward_layer = field(None, convert=_optional_recurrent)

    supports_masking = True
    forward_layer: Any

    def _ready(self) -> None:
        super()._ready()
        self._first_weights = self.__dict__.pop("weights", None)
        given, back = self.__dict__.pop("layer"), self.__dict__.pop("backward_layer")
        # forward first: the weights come in this order
        self.layer = self.forward_layer = _copy(given, "forward")
        self.backward_layer = _copy(given, "backward", turned=True) if back is None else back
        self._check_directions()
        for layer in (self.forward_layer, self.backward_layer):
            if hasattr(layer, "zero_output_for_mask"):
                layer.zero_output_for_mask = layer.return_sequences
        self.rowwise = self.forward_layer.rowwise and self.backward_layer.rowwise

    def _check_directions(self) -> None:
        one, two = self.forward_layer, self.backward_layer
        if one.go_backwards == two.go_backwards:
            raise ArgumentError(
                f"{self.where}, backward_layer",
                f"a layer with go_backwards={not one.go_backwards}",
                f"go_backwards={two.go_backwards}",
                "One of the two must begin at the end.",
            )
        wrong = [name for name in _NEEDED[1:] if getattr(one, name) != getattr(two, name)]
        if wrong:
            raise ArgumentError(
                f"{self.where}, backward_layer",
                f"the same {', '.join(wrong)} as in layer",
                ", ".join(f"{name}={getattr(two, name)}" for name in wrong),
                "Give both the same.",
            )

    @property
    def return_sequences(self) -> bool:
        """Whether the outputs of all steps are returned."""
        return self.forward_layer.return_sequences

    @property
    def return_state(self) -> bool:
        """Whether the last states are returned too."""
        return self.forward_layer.return_state

    @property
    def stateful(self) -> bool:
        """Whether a batch goes on from the states of the batch before."""
        return self.forward_layer.stateful

    @property
    def states(self) -> tuple[Variable, ...] | None:
        """The states of both directions, where they are kept."""
        one, two = self.forward_layer.states, self.backward_layer.states
        return (*one, *two) if one and two else None

    def reset_state(self) -> None:
        """Sets the states of both directions to zero."""
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    def reset_states(self) -> None:
        """``reset_state`` in older words."""
        self.reset_state()

    def ensure_built(self, args: tuple, kwargs: dict[str, Any]) -> None:
        if self.built:
            return
        sequences = args[0] if args else kwargs["sequences"]
        x = sequences[0] if isinstance(sequences, (list, tuple)) else sequences
        self.build((known_batch(self, x), *x.shape[1:]))

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(sequences_shape)
                layer.built = True
        if self._first_weights is not None:
            first, self._first_weights = self._first_weights, None
            self.set_weights(list(first))

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = None) -> Any:
        if isinstance(sequences, (list, tuple)):  # [x, *states]
            sequences, *given = sequences
            initial_state = given if initial_state is None and given else initial_state
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        halves = self._halves(initial_state)
        there, back = (
            layer(sequences, initial_state=half, mask=mask, training=training)
            for layer, half in zip((self.forward_layer, self.backward_layer), halves, strict=True)
        )
        states: tuple[Any, ...] = ()
        if self.return_state:
            (there, *one), (back, *two) = there, back
            states = (*one, *two)
        if self.return_sequences:
            back = jnp.flip(back, 1)
        compute = numpy_dtype(self.dtype.compute_dtype)
        output = self._merged(there.astype(compute), back.astype(compute))
        if self.merge_mode is None:
            return (*output, *states)
        return (output, *states) if states else output

    def _halves(self, states: Any) -> tuple[Any, Any]:
        if states is None:
            return None, None
        if len(states) % 2:
            raise ShapeError(
                f"{self.where}, initial_state",
                "an even number of states, those of the forward layer first",
                len(states),
                "Give what a bidirectional layer returns with return_state=True, without its output.",
            )
        half = len(states) // 2
        return list(states[:half]), list(states[half:])

    def _merged(self, there: Any, back: Any) -> Any:
        if self.merge_mode is None:
            return there, back
        if self.merge_mode == "concat":
            return jnp.concatenate([there, back], axis=-1)
        if self.merge_mode == "mul":
            return there * back
        return (there + back) * (1.0 if self.merge_mode == "sum" else 0.5)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        made = mask if self.return_sequences else None
        if self.merge_mode is None:
            return [made, made]
        return [made] if self.return_state else made


# the field's default hid it
Bidirectional.weights = Layer.weights  # type: ignore[method-assign]


def _copy(layer: Layer, direction: str, turned: bool = False) -> Any:
    """A layer with the same fields and new weights."""
    config = layer.get_config()
    config["name"] = f"{direction}_{layer.name.removeprefix(direction + '_')}"
    if turned:
        config["go_backwards"] = not layer.go_backwards  # type: ignore[attr-defined]
    own = {type(part).__name__: type(part) for part in _parts(layer) if registry_of(type(part)) is None}
    with CustomObjectScope(own):
        return type(layer).from_config(config)


def _parts(holder: Holder) -> Iterator[Holder]:
    yield holder
    for child in holder._children():
        yield from _parts(child)
