"""Optimizer: from weights, gradients and a state to new weights and a new state."""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Iterable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from hornbeam.core.checks import Refused, integer, number
from hornbeam.core.config import Spec, field, serialize
from hornbeam.core.errors import ArgumentError
from hornbeam.core.frame import Frame
from hornbeam.core.naming import unique_name
from hornbeam.core.registry import Registry
from hornbeam.core.variable import Variable
from hornbeam.optimizers.clipping import clip_by_global_norm, clip_by_norm, clip_by_value
from hornbeam.optimizers.handles import Handles, is_variable
from hornbeam.optimizers.rate import Rated, as_rate

OPTIMIZERS = Registry("optimizer", "keras.optimizers")

Slots = dict[str, Any]


def _name(value: Any) -> Any:
    if value is not None and not isinstance(value, str):
        raise Refused("a string", "Write name='…'.")
    return value


def _several(value: Any) -> int | None:
    return integer(2, optional=True)(value or None)


class Optimizer(Rated, Handles, Spec):
    """Base of optimizers, ours and the user's.

    A built-in one writes up to three pure functions: ``slots`` says which arrays stand beside a weight,
    ``prepare`` computes the scalars that all weights share in a step, ``update`` is the formula for one weight.
    A Keras-style one writes ``build(variables)`` and ``update_step(gradient, variable, learning_rate)``, which
    assigns to variables; it is traced into the same compiled programs. Everything else (schedules, decay,
    clipping, averages, accumulation) is here, once.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        weight_decay: before each update ``w -= learning_rate * weight_decay * w``.
        clipnorm: largest Euclidean norm of a single gradient array.
        clipvalue: largest size of a gradient's entry.
        global_clipnorm: largest Euclidean norm of all gradients together.
        use_ema: keep a moving average of each weight, and put it in the weight's place when training ends.
        ema_momentum: a in ``average = a * average + (1 - a) * w``; the first average is w.
        ema_overwrite_frequency: also put the averages in every so many updates; None for never.
        loss_scale_factor: the loss is multiplied by it and the gradients are divided by it, for float16.
        gradient_accumulation_steps: update only every so many batches, with their mean gradient.
        name: how files and errors call it; made from the class's name when None.

    Example:
        >>> class Halving(Optimizer):
        ...     def update(self, w, g, slots, rate):
        ...         return w / 2 - rate * g, slots
        >>> weights, state = [jnp.array([2.0])], Halving(0.5).init([jnp.array([2.0])])
        >>> weights, state = Halving(0.5).step(weights, [jnp.array([1.0])], state)
        >>> weights[0].tolist(), int(state["iterations"])
        ([0.5], 1)

    Differs:
        Weights in float16 and bfloat16 are updated in float32 and rounded once; Keras computes in the weight's
        type, in which 0.999 is 1 and Adam stands still. Configs show a rate of 0.01 as 0.01, not as
        0.009999999776482582.
    """

    # Why the formulas are written here and not chained from optax (XLA:CPU, 2 busy cores, µs per update in a compiled
    # loop, best of 30, alternating). Adam on 784-256-128-10: optax.adam 283, this 228-240, moments stacked in one array
    # 242, all weights in one vector 232; RMSprop 147-159 in both; SGD 24. XLA:CPU fuses no two outputs, so each array
    # written is a kernel. Powers kept as running products, and rsqrt, gained nothing; roots by Newton's method from a
    # shifted exponent took 222 in place of 233 (188 and 268 on one core): not worth the obscurity. Four arrays of 3-20
    # entries: 0.25, optax 0.29. What pays most is the caller's: an array whose last axis is short is slow to walk, and
    # (784, 10) carried through the loop as a vector takes 6 in place of 21. Hence `entrywise`.

    learning_rate = field(convert=as_rate, key=False)
    weight_decay = field(None, convert=number(0, optional=True), kw_only=True)
    clipnorm = field(None, convert=number(0, optional=True), kw_only=True)
    clipvalue = field(None, convert=number(0, optional=True), kw_only=True)
    global_clipnorm = field(None, convert=number(0, optional=True), kw_only=True)
    use_ema = field(False, convert=bool, kw_only=True)
    ema_momentum = field(0.99, convert=number(0, 1), kw_only=True)
    ema_overwrite_frequency = field(None, convert=integer(1, optional=True), kw_only=True)
    loss_scale_factor = field(None, convert=number(optional=True), kw_only=True)
    gradient_accumulation_steps = field(None, convert=_several, kw_only=True)
    name = field(None, convert=_name, kw_only=True, key=False)

    entrywise = True  # whether `step` may be handed weights, gradients and state flattened to vectors
    _late_slots: tuple[str, ...] = ()
    _not_decayed: tuple[frozenset[Variable], str | None] = (frozenset(), None)

    def _ready(self) -> None:
        self.name = self.name or unique_name(type(self).__name__)
        self._iterations = Variable(np.int32(0), trainable=False, name="iteration")
        self._forget()
        if self._written_by_user:
            self.entrywise = False
        self._kept(self._iterations)
        if isinstance(self._rate, Variable):
            self._kept(self._rate)
        clips = {name: getattr(self, name) for name in ("clipnorm", "clipvalue", "global_clipnorm")}
        given = {name: value for name, value in clips.items() if value is not None}
        if len(given) > 1:
            got = ", ".join(f"{name}={value}" for name, value in given.items())
            raise ArgumentError(
                type(self).__name__, "at most one of clipnorm, clipvalue, global_clipnorm", got, "Keep one of them."
            )

    def _bind(self, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
        if "decay" in kwargs and "decay" not in self._fields:
            kwargs = dict(kwargs)
            if kwargs.pop("decay"):
                warnings.warn(
                    f"{type(self).__name__}: decay is ignored, as in Keras 3. Write "
                    "learning_rate=keras.optimizers.schedules.InverseTimeDecay(rate, 1, decay).",
                    stacklevel=4,
                )
        return super()._bind(args, kwargs)

    # -- what a subclass writes ----------------------------------------------------------------------

    def slots(self, w: Any, variable: Variable | None = None) -> Slots:
        """First values of the arrays that stand beside one weight; NumPy's, so that nothing is compiled."""
        return {}

    def scalars(self) -> Slots:
        """First values of single numbers in the state."""
        return {}

    def prepare(self, rate: Any, count: Any, scalars: Slots) -> tuple[Any, Slots]:
        """What the weights share in update number ``count`` (1, 2, …): ``update``'s last argument; new scalars."""
        return rate, scalars

    def update(self, w: Any, g: Any, slots: Slots, shared: Any) -> tuple[Any, Slots]:
        """The formula: new weight and slots from weight, gradient, slots and what ``prepare`` gave."""
        raise NotImplementedError(f"{type(self).__name__} must define update(self, w, g, slots, rate).")

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Keras's way to write a formula: assigns to the variable and to the optimizer's own."""
        place = self._get_variable_index(variable)
        held = self._tree.get("slots", [{}] * len(self._trained))[place]
        scalars = {name: each.value for name, each in self._tree.get("scalars", {}).items()}
        count = jnp.asarray(self.iterations) + 1
        rate, count = _as_floats([variable.value], learning_rate, count)
        shared, _ = self.prepare(rate, count, scalars)
        slots = {name: each.value for name, each in held.items()}
        w, slots = self._update_one(jnp.asarray(variable.value), jnp.asarray(gradient), slots, shared)
        variable.assign(w)
        for name, array in slots.items():
            held[name].assign(array)

    # -- the pure side -------------------------------------------------------------------------------

    def init(self, parameters: list[Any], variables: list[Variable] | None = None) -> Any:
        """The first state.

        Args:
            parameters: the weights' arrays.
            variables: their Variables, for optimizers that look at paths, and for those of users.
        """
        if self._written_by_user and not self.built:
            self.build(variables or [Variable(np.asarray(w), name=f"weight_{i}") for i, w in enumerate(parameters)])
        return self.state if self._written_by_user else self._first_state(parameters, variables)

    def _first_state(self, parameters: list[Any], variables: list[Variable] | None) -> dict[str, Any]:
        beside: list[Any] = variables or [None] * len(parameters)
        slots = [self.slots(w, variable) for w, variable in zip(parameters, beside, strict=True)]
        state: dict[str, Any] = {"iterations": np.int32(0), "slots": slots}
        if self.scalars():
            state["scalars"] = self.scalars()
        if self.use_ema:
            state["average"] = [zeros(w) for w in parameters]
        if self.gradient_accumulation_steps:
            state["accumulator"] = [zeros(w) for w in parameters]
        return state

    def step(
        self,
        parameters: list[Any],
        gradients: list[Any],
        state: Any,
        learning_rate: Any = None,
        variables: list[Variable] | None = None,
    ) -> tuple[list[Any], Any]:
        """One step; pure.

        Args:
            parameters: the weights' arrays.
            gradients: one per weight; a weight whose gradient is None stays.
            state: what ``init`` or the last step gave.
            learning_rate: what ``rate()`` gave; None for a schedule.
            variables: the weights' Variables, for constraints and exclusions.

        Returns:
            The new weights and the new state.
        """
        variables = self._weights_of(parameters, variables)
        steps = self.gradient_accumulation_steps or 1
        done = state["iterations"] // steps
        rate, count = _as_floats(parameters, self._rate_at(state["iterations"], learning_rate), done + 1)
        if self.loss_scale_factor is not None:
            gradients = [None if g is None else g / self.loss_scale_factor for g in gradients]
        change = self._accumulate if steps > 1 else self._update
        new, state = change(parameters, gradients, state, rate, count, variables)
        if self.use_ema:
            new, state = self._average(new, state, done)
        new = [
            w if g is None or variable is None else _constrained(w, variable)
            for w, g, variable in zip(new, gradients, variables, strict=True)
        ]
        return new, {**state, "iterations": state["iterations"] + 1}

    def _weights_of(self, parameters: list[Any], variables: list[Variable] | None) -> list[Any]:
        if variables is None and len(self._trained) == len(parameters):
            return self._trained
        return [None] * len(parameters) if variables is None else list(variables)

    def _accumulate(
        self, parameters: list[Any], gradients: list[Any], state: Any, rate: Any, count: Any, variables: list[Any]
    ) -> tuple[list[Any], Any]:
        """Adds the gradients up; every so many steps updates with their mean and starts at zero."""
        steps = self.gradient_accumulation_steps
        sums = [a if g is None else a + g for a, g in zip(state["accumulator"], gradients, strict=True)]

        def update() -> tuple[list[Any], Any]:
            means = [None if g is None else total / steps for total, g in zip(sums, gradients, strict=True)]
            new, after = self._update(parameters, means, state, rate, count, variables)
            return new, {**after, "accumulator": [jnp.zeros_like(total) for total in sums]}

        due = (state["iterations"] + 1) % steps == 0
        return lax.cond(due, update, lambda: (list(parameters), {**state, "accumulator": sums}))

    def _update(
        self, parameters: list[Any], gradients: list[Any], state: Any, rate: Any, count: Any, variables: list[Any]
    ) -> tuple[list[Any], Any]:
        """Clips, decays and applies the formula."""
        gradients = self._clipped(gradients)
        parameters = [
            w if g is None else self._decayed(w, rate, variable)
            for w, g, variable in zip(parameters, gradients, variables, strict=True)
        ]
        return self._formula(parameters, gradients, state, rate, count)

    def _formula(
        self, parameters: list[Any], gradients: list[Any], state: Any, rate: Any, count: Any
    ) -> tuple[list[Any], Any]:
        scalars = state.get("scalars", {})
        shared, scalars = self.prepare(rate, count, scalars)
        if self._written_by_user:
            parameters, state = self._run_update_step(parameters, gradients, state, rate)
        else:
            pairs = [
                (w, slots) if g is None else self._update_one(w, g, slots, shared)
                for w, g, slots in zip(parameters, gradients, state["slots"], strict=True)
            ]
            parameters, state = [w for w, _ in pairs], {**state, "slots": [slots for _, slots in pairs]}
        return parameters, {**state, "scalars": scalars} if scalars else state

    def _update_one(self, w: Any, g: Any, slots: Slots, shared: Any) -> tuple[Any, Slots]:
        """``update`` in at least float32; what comes out has the types of what went in."""
        work = np.float32 if w.dtype.itemsize < 4 else w.dtype
        inner = {name: _cast(array, work) for name, array in slots.items()}
        shared = jax.tree.map(lambda scalar: _cast(scalar, work), shared)
        new, inner = self.update(_cast(w, work), _cast(g, work), inner, shared)
        return _cast(new, w.dtype), {name: _cast(array, slots[name].dtype) for name, array in inner.items()}

    def _clipped(self, gradients: list[Any]) -> list[Any]:
        if self.global_clipnorm:
            return clip_by_global_norm(gradients, self.global_clipnorm)
        clip, limit = (clip_by_norm, self.clipnorm) if self.clipnorm else (clip_by_value, self.clipvalue)
        return [g if g is None or not limit else clip(g, limit) for g in gradients]

    def _decayed(self, w: Any, rate: Any, variable: Variable | None) -> Any:
        decay = self._decay_of(variable, w)
        return w if decay is None else w - w * _cast(rate * decay, w.dtype)

    def _decay_of(self, variable: Variable | None, w: Any) -> float | None:
        """The weight decay of one weight."""
        return None if self._is_excluded(variable) else self.weight_decay

    def _average(self, parameters: list[Any], state: Any, done: Any) -> tuple[list[Any], Any]:
        """Moves the averages, and now and then puts them in the weights' place."""
        kept = jnp.where(done != 0, jnp.float32(self.ema_momentum), jnp.float32(0))
        averages = [
            _cast(kept, w.dtype) * a + _cast(1 - kept, w.dtype) * w
            for a, w in zip(state["average"], parameters, strict=True)
        ]
        if self.ema_overwrite_frequency:
            due = (done + 1) % self.ema_overwrite_frequency == 0
            parameters = [jnp.where(due, a, w) for a, w in zip(averages, parameters, strict=True)]
        return parameters, {**state, "average": averages}

    # -- formulas that users write as update_step ----------------------------------------------------

    @property
    def _written_by_user(self) -> bool:
        kind = type(self)
        return kind.update_step is not Optimizer.update_step or kind.build is not Handles.build

    def _run_update_step(
        self, parameters: list[Any], gradients: list[Any], state: Any, rate: Any
    ) -> tuple[list[Any], Any]:
        """Lets ``update_step`` assign inside a frame, and gathers what it wrote."""
        if len(self._trained) != len(parameters):
            raise ArgumentError(
                f"{self.name} ({type(self).__name__})", f"{len(self._trained)} weights", len(parameters),
                "Build the optimizer with the variables that it trains.",
            )  # fmt: skip
        flat, form = jax.tree.flatten(self._tree, is_leaf=is_variable)
        held = [*self._trained, *flat]
        arrays = [*parameters, *jax.tree.leaves(state)]
        with Frame(dict(zip(held, arrays, strict=True))) as active:
            for variable, gradient in zip(self._trained, gradients, strict=True):
                if gradient is not None:
                    self.update_step(gradient, variable, rate)
            lost = [variable.path for variable in active.written if variable not in set(held)]
            new = [active.read(variable) for variable in held]
        if lost:
            raise ArgumentError(
                f"{self.name} ({type(self).__name__}), update_step",
                "assignments to weights and to variables made by add_variable",
                ", ".join(lost),
                "Make it in build() with self.add_variable(shape), so that training keeps its value.",
            )
        return new[: len(parameters)], jax.tree.unflatten(form, new[len(parameters) :])

    # -- weight decay, loss scale, config ------------------------------------------------------------

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Exempts weights from weight_decay.

        Args:
            var_list: the variables.
            var_names: patterns, looked for in variables' names: ``["bias"]`` exempts all biases.

        Example:
            >>> optimizer = OPTIMIZERS.get("sgd")(1.0, weight_decay=0.5)
            >>> optimizer.exclude_from_weight_decay(var_names=["bias"])
            >>> w, b = Variable(np.float32([4]), name="kernel"), Variable(np.float32([4]), name="bias")
            >>> optimizer.apply([jnp.zeros(1), jnp.zeros(1)], [w, b])
            >>> w.numpy().tolist(), b.numpy().tolist()
            ([2.0], [4.0])
        """
        self._not_decayed = frozenset(var_list or ()), "|".join(var_names or ()) or None

    def _is_excluded(self, variable: Variable | None) -> bool:
        listed, pattern = self._not_decayed
        if variable is None:
            return False
        return variable in listed or (pattern is not None and re.search(pattern, variable.name) is not None)

    def scale_loss(self, loss: Any) -> Any:
        """The loss of which gradients are to be taken: multiplied by the loss scale if there is one."""
        scale = self.loss_scale(self.state)
        return loss if scale is None else loss * scale

    def loss_scale(self, state: Any) -> Any:
        """The number that the loss is multiplied by in the step from ``state``; None for 1. Pure."""
        return self.loss_scale_factor

    def _program_key(self) -> Any:
        excluded = tuple(self._is_excluded(variable) for variable in self._trained) if self._not_decayed[1] else ()
        return self._schedule_key(), excluded, self._not_decayed[0]

    def __repr__(self) -> str:
        own = re.escape(f"name={self.name!r}")  # made from the class's name: says nothing
        return re.sub(f"(, )?{own}", "", super().__repr__(), count=1).replace("(, ", "(")

    def _shown(self, name: str) -> Any:
        return self._declared_rate() if name == "learning_rate" else super()._shown(name)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain, JSON-able values, with the present learning rate."""
        config = super().get_config()
        if "learning_rate" in config:
            config["learning_rate"] = serialize(self._declared_rate())
        return config

    def _base_config(self) -> dict[str, Any]:
        """The base's options, as far as a constructor that a user wrote takes them."""
        taken = inspect.signature(type(self).__init__).parameters
        takes_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in taken.values())
        return {name: serialize(self._shown(name)) for name in Optimizer._fields if takes_all or name in taken}


def zeros(w: Any) -> np.ndarray:
    """Zeros like a weight, made on the host: nothing to compile."""
    return np.zeros(np.shape(w), w.dtype)


def filled(w: Any, value: float) -> np.ndarray:
    """An array like a weight with one value everywhere."""
    return np.full(np.shape(w), value, w.dtype)


def _cast(array: Any, dtype: Any) -> Any:
    return array if array.dtype == dtype else array.astype(dtype)


def _as_floats(parameters: list[Any], *numbers: Any) -> list[Any]:
    """Scalars in float32, or in float64 when a weight is."""
    double = any(w.dtype == np.float64 for w in parameters)
    return [jnp.asarray(number).astype(np.float64 if double else np.float32) for number in numbers]


def _constrained(w: Any, variable: Variable) -> Any:
    if variable.constraint is None:
        return w
    return jnp.asarray(variable.constraint(w.reshape(variable.shape))).astype(w.dtype).reshape(w.shape)
