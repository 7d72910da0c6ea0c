"""Keras's object side of an optimizer: its variables, and updates called by hand."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, MutableMapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam import initializers
from hornbeam.core import frame
from hornbeam.core.config import spec_key
from hornbeam.core.errors import ArgumentError, NotBuiltError, ShapeError
from hornbeam.core.frame import Frame
from hornbeam.core.variable import Variable


def is_variable(value: Any) -> bool:
    """Whether a node of a tree is a Variable: JAX would look for its array inside."""
    return isinstance(value, Variable)


def put(variable: Variable, array: Any) -> None:
    """Sets a variable without a copy; inside a program the frame notes it."""
    active = frame.current()
    if active is None:
        variable.slot = array
    else:
        active.write(variable, array)


class Handles:
    """What holds an optimizer's values between updates, and Keras's methods on them.

    The pure side (``init``, ``step``) is in ``optimizer.py``; here Variables keep the state, in a tree of the
    same form as ``state``.
    """

    name: str
    gradient_accumulation_steps: int | None
    _late_slots: tuple[str, ...]
    _trained: list[Variable]
    _positions: dict[Variable, int]
    _tree: dict[str, Any]
    _iterations: Variable
    _rate: Any
    _applied: Any = None
    built = False

    # -- values --------------------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or a pickle holds: not the compiled step, which is bound to this object."""
        return {name: value for name, value in self.__dict__.items() if name != "_applied"}

    @property
    def state(self) -> Any:
        """The values that ``step`` takes and returns, None before ``build``; setting it puts new ones in."""
        return jax.tree.map(lambda held: held.value, self._tree, is_leaf=is_variable) if self.built else None

    @state.setter
    def state(self, values: Any) -> None:
        if values is None:
            self._forget()
        else:
            jax.tree.map(put, self._tree, values, is_leaf=is_variable)

    def _forget(self) -> None:
        self.built, self._applied = False, None
        self._trained, self._positions = [], {}
        self._tree = {"iterations": self._iterations}
        self._iterations.assign(0)

    @property
    def iterations(self) -> Any:
        """How many updates were made; with gradient accumulation a batch is not yet an update."""
        steps = self.gradient_accumulation_steps
        return jnp.asarray(self._iterations.value) // steps if steps else self._iterations

    @property
    def variables(self) -> list[Variable]:
        """The optimizer's own variables, in Keras's order."""
        rate = [self._rate] if isinstance(self._rate, Variable) else []
        held = [self._tree.get("average", []), self._tree.get("accumulator", [])]
        return [self._iterations, *rate, *sum(held, []), *self._slot_variables(), *self._tree.get("added", [])]

    def _slot_variables(self) -> list[Variable]:
        """Those beside the weights: weight by weight, but some kinds after all others; then the scalars."""
        slots: list[Any] = self._tree.get("slots", [])
        first = [held for each in slots for name, held in each.items() if name not in self._late_slots]
        late = [each[name] for name in self._late_slots for each in slots if name in each]
        return [*first, *late, *self._tree.get("scalars", {}).values()]

    def set_weights(self, weights: list[Any]) -> None:
        """Sets all variables from arrays in the order of ``variables``."""
        own = self.variables
        where = f"{self.name} ({type(self).__name__}), set_weights"
        if not self.built:
            raise NotBuiltError(where, "a built optimizer", "one without variables", "Call build(variables) first.")
        shapes = [tuple(np.shape(array)) for array in weights]
        if shapes != [variable.shape for variable in own]:
            expected = f"{len(own)} arrays of shapes {[variable.shape for variable in own]}"
            raise ShapeError(where, expected, shapes, "Give one per entry of `variables`, in that order.")
        for variable, array in zip(own, weights, strict=True):
            variable.assign(array)

    def save_own_variables(self, store: MutableMapping[str, Any]) -> None:
        """Writes the variables under "0", "1", …, as Keras's files hold them."""
        for number, variable in enumerate(self.variables):
            store[str(number)] = variable.numpy()

    def load_own_variables(self, store: MutableMapping[str, Any]) -> None:
        """Reads what ``save_own_variables`` wrote."""
        if len(store) != len(self.variables):
            warnings.warn(
                f"{self.name}: the file holds {len(store)} optimizer variables, this optimizer has "
                f"{len(self.variables)}; they were not loaded.",
                stacklevel=2,
            )
            return
        for number, variable in enumerate(self.variables):
            variable.assign(np.asarray(store[str(number)]))

    # -- making variables ----------------------------------------------------------------------------

    def build(self, variables: Iterable[Variable]) -> None:
        """Makes the optimizer's variables for the weights that it will train."""
        if self.built:
            return
        self._trained = list(variables)
        self._positions = {variable: number for number, variable in enumerate(self._trained)}
        values = self._first_state([variable.value for variable in self._trained], self._trained)
        self._tree |= {name: self._named(part, name) for name, part in values.items() if name != "iterations"}
        self.built = True

    def _first_state(self, parameters: list[Any], variables: list[Variable] | None) -> dict[str, Any]:
        raise NotImplementedError

    def _named(self, part: Any, kind: str) -> Any:
        """Variables in place of a tree of first values."""
        if kind in ("average", "accumulator"):
            word = {"average": "average", "accumulator": "gradient_accumulator"}[kind]
            return [self._beside(w, word, value) for w, value in zip(self._trained, part, strict=True)]
        if kind == "slots":
            pairs = zip(self._trained, part, strict=True)
            return [{name: self._beside(w, name, value) for name, value in each.items()} for w, each in pairs]
        return jax.tree.map(lambda value: self._kept(Variable(value, trainable=False)), part)

    def _beside(self, weight: Variable, kind: str, value: Any) -> Variable:
        return self._kept(Variable(value, trainable=False, name=f"{weight.path.replace('/', '_')}_{kind}"))

    def _kept(self, variable: Variable) -> Variable:
        variable.path = f"{self.name}/{variable.name}"
        return variable

    def add_variable(
        self,
        shape: Any,
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Makes a variable that training may change; for ``build`` of a user's optimizer.

        Args:
            shape: lengths of its axes.
            initializer: name, object or function ``(shape, dtype) -> array``.
            dtype: number type, ``floatx()`` when None.
            aggregation, layout: accepted for Keras's sake.
            name: last part of its path.
        """
        variable = Variable(initializers.get(initializer), tuple(shape), dtype, trainable=False, name=name or "var")
        self._tree.setdefault("added", []).append(self._kept(variable))
        return variable

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """Makes a variable of the shape and type of a weight."""
        name = f"{reference_variable.path.replace('/', '_')}_{name or 'var'}"
        return self.add_variable(reference_variable.shape, initializer, reference_variable.dtype, name=name)

    def add_optimizer_variables(
        self, trainable_variables: list[Variable], name: Any, initializer: Any = "zeros"
    ) -> Any:
        """Makes one variable per weight, or with a list of names a list for each name."""
        if isinstance(name, str):
            return self.add_optimizer_variables(trainable_variables, [name], [initializer])[0]
        firsts = initializer if isinstance(initializer, (list, tuple)) else [initializer] * len(name)
        kinds = list(zip(name, firsts, strict=True))
        made = [
            [self.add_variable_from_reference(weight, kind, first) for kind, first in kinds]
            for weight in trainable_variables
        ]
        return tuple([each[number] for each in made] for number in range(len(kinds)))

    def assign(self, variable: Variable, value: Any) -> None:
        """Sets a weight or a variable of the optimizer; for ``update_step``."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Adds to a weight or a variable of the optimizer."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Subtracts from a weight or a variable of the optimizer."""
        variable.assign_sub(value)

    def _get_variable_index(self, variable: Variable) -> int:
        """The place of a weight among those of ``build``; Keras's documentation shows its use."""
        if variable not in self._positions:
            known = ", ".join(each.path for each in self._trained) or "none"
            raise ArgumentError(
                f"{self.name} ({type(self).__name__})",
                f"one of the variables it was built with ({known})",
                variable.path,
                "Make a new optimizer for other variables.",
            )
        return self._positions[variable]

    # -- updates by hand -----------------------------------------------------------------------------

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Any:
        """One update from pairs of gradient and variable; returns the number of steps done."""
        pairs = list(grads_and_vars)
        if pairs:
            self.apply([gradient for gradient, _ in pairs], [variable for _, variable in pairs])
        return self._iterations

    def apply(self, grads: Iterable[Any], trainable_variables: Iterable[Variable] | None = None) -> None:
        """One update of the variables, in place.

        Args:
            grads: one gradient per variable; None where there is none.
            trainable_variables: the variables; those of ``build`` when None.
        """
        grads = list(grads)
        if not grads:
            return
        given = self._given_variables(grads, trainable_variables)
        gradients: list[Any] = [None] * len(self._trained)
        for gradient, variable in zip(grads, given, strict=True):
            gradients[self._get_variable_index(variable)] = gradient
        missing = [variable.path for gradient, variable in zip(grads, given, strict=True) if gradient is None]
        if len(missing) == len(grads):
            raise ArgumentError(
                f"{self.name} ({type(self).__name__}), apply", "gradients", "None for every variable",
                "Take the gradient of a loss that depends on the variables.",
            )  # fmt: skip
        if missing:
            warnings.warn(f"No gradient for {', '.join(missing)}: left as they are.", stacklevel=2)
        parameters = [variable.value for variable in self._trained]
        parameters, values = self._compiled()(parameters, gradients, self.state, self.rate())
        self.state = values
        for variable, array in zip(self._trained, parameters, strict=True):
            put(variable, array)

    def _given_variables(self, grads: list[Any], variables: Iterable[Variable] | None) -> list[Variable]:
        where = f"{self.name} ({type(self).__name__}), apply"
        if variables is None and not self.built:
            raise NotBuiltError(where, "variables", "none", "Write apply(grads, variables), or call build(variables).")
        given = self._trained if variables is None else list(variables)
        if len(given) != len(grads):
            raise ArgumentError(where, f"{len(given)} gradients", len(grads), "Give one per variable, None where none.")
        if not self.built:  # a user's build need not ask
            self.build(given)
        return given

    def _compiled(self) -> Any:
        """``step`` compiled for the fields as they are now; inside a program the program compiles it."""
        if frame.current() is not None:
            return self._stepped
        key = spec_key(self)
        if self._applied is None or self._applied[0] != key:
            self._applied = key, jax.jit(self._stepped)
        return self._applied[1]

    def _stepped(self, parameters: list[Any], gradients: list[Any], state: Any, rate: Any) -> Any:
        return self.step(parameters, gradients, state, rate, self._trained)

    def rate(self) -> Any:
        raise NotImplementedError

    def step(
        self, parameters: Any, gradients: Any, state: Any, learning_rate: Any = None, variables: Any = None
    ) -> Any:
        raise NotImplementedError

    def stateless_apply(
        self, optimizer_variables: list[Any], grads: list[Any], trainable_variables: list[Any]
    ) -> tuple[list[Any], list[Any]]:
        """Keras's pure update: arrays of ``variables`` and of the weights in, new ones out."""
        where = f"{self.name} ({type(self).__name__}), stateless_apply"
        if not self.built:
            raise NotBuiltError(where, "a built optimizer", "one without variables", "Call build(variables) first.")
        held = [*self._trained, *self.variables]
        given = [*trainable_variables, *optimizer_variables]
        if len(held) != len(given):
            expected = f"{len(self._trained)} weights and {len(self.variables)} variables of the optimizer"
            got = f"{len(trainable_variables)} and {len(optimizer_variables)}"
            raise ArgumentError(where, expected, got, "Give the values of `variables` and of the trained weights.")
        with Frame(dict(zip(held, given, strict=True))) as active:
            self.apply(grads)
            new = [active.read(variable) for variable in held]
        return new[: len(self._trained)], new[len(self._trained) :]

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        """With use_ema, puts the averages into the weights; training calls it at its end."""
        averages = self.averages()
        if averages is not None:
            for variable in var_list:
                variable.assign(averages[self._get_variable_index(variable)])

    def averages(self) -> list[Any] | None:
        """The moving averages of the trained weights, in their order; None without use_ema."""
        held = self._tree.get("average")
        return None if held is None else [variable.value for variable in held]
