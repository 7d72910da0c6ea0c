"""Layer: fields, ``build``, ``call``."""

from __future__ import annotations

import contextlib
import functools
import inspect
import weakref
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from hornbeam import constraints, initializers, regularizers
from hornbeam.core import allowance, frame
from hornbeam.core.checks import shape
from hornbeam.core.config import deserialize, field, is_description
from hornbeam.core.dtypes import DTypePolicy, as_policy, is_float, numpy_dtype, standardize
from hornbeam.core.errors import ArgumentError, NotBuiltError, ShapeError
from hornbeam.core.frame import Frame
from hornbeam.core.holder import Holder
from hornbeam.core.infer import Described, infer
from hornbeam.core.registry import Registry
from hornbeam.core.symbolic import Symbolic, first_symbolic
from hornbeam.core.variable import Variable
from hornbeam.layers.input_spec import InputSpec, check_inputs

LAYERS = Registry("layer", "keras.layers")


class Layer(Holder):
    """Base of all layers, ours and the user's.

    A layer declares fields, makes its weights in ``build(input_shape)`` and computes in ``call``.

    Args:
        name: how summaries, files and errors call it; made from the class's name when None.
        trainable: whether its weights may be trained.
        dtype: number type, or a policy such as ``"mixed_bfloat16"``.
        activity_regularizer: penalty on the output, added to the loss, divided by the batch size.

    Example:
        >>> class Scale(Layer):
        ...     def build(self, input_shape):
        ...         self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones")
        ...     def call(self, x):
        ...         return x * self.factor
        >>> Scale()(np.ones((2, 3), "float32")).shape
        (2, 3)
    """

    trainable = field(True, kw_only=True, key=False)
    dtype = field(None, kw_only=True, convert=as_policy)
    activity_regularizer = field(None, kw_only=True, convert=regularizers.get)

    supports_masking = False
    autocast = True  # whether inputs of float types are brought to the compute type
    id_limit: Any = None  # of what looks numbers up: the least that is too large, and the name of what says so
    rowwise = False  # whether a row of the output depends on that row of the input alone
    built = False
    only_named = False  # whether Keras's constructor takes name and dtype, and no other word that all layers have
    filed_as = ""  # the name of the class in paths of weights in files, where Keras exports it under another name
    input_spec: Any = None

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = _noting_shapes(cls.__dict__["build"])  # type: ignore[method-assign]

    def _bind(self, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Takes out the words that describe the first layer's input: input_shape, input_dim, batch_shape."""
        kwargs = dict(kwargs)
        batch_shape = kwargs.pop("batch_shape", kwargs.pop("batch_input_shape", None))
        input_shape = kwargs.pop("input_shape", None)
        input_dim = None if "input_dim" in self._fields else kwargs.pop("input_dim", None)
        input_length = None if "input_length" in self._fields else kwargs.pop("input_length", None)
        if batch_shape is None and input_shape is not None:
            batch_shape = (None, *shape(input_shape))
        if batch_shape is None and input_dim is not None:
            batch_shape = (None, int(input_dim)) if input_length is None else (None, input_length, int(input_dim))
        elif batch_shape is None and input_length is not None:
            batch_shape = (None, int(input_length))
        self.__dict__["declared_shape"] = None if batch_shape is None else tuple(batch_shape)
        return super()._bind(args, kwargs)

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value
        if name == "trainable":
            for child in self._children():
                if isinstance(child, Layer):
                    child.trainable = value

    # -- what a subclass writes ----------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        """Makes the weights; ``input_shape`` includes the batch axis, as None."""
        self.built = True

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Computes the outputs from arrays."""
        raise NotImplementedError(f"{type(self).__name__} must define call(self, inputs).")

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The outputs' mask from the inputs'; None where the layer uses the mask up."""
        return mask if self.supports_masking else None

    # -- weights -------------------------------------------------------------------------------------

    def add_weight(
        self,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        name: str | None = None,
    ) -> Variable:
        """Makes a weight.

        Args:
            shape: lengths of its axes; ``()`` when None.
            initializer: name, object or function ``(shape, dtype) -> array``; Glorot uniform when None.
            dtype: number type; the layer's own when None.
            trainable: whether the optimizer changes it.
            autocast: whether ``call`` sees it in the compute type of a mixed policy.
            aggregation: accepted for Keras's sake; one program has one copy of a weight.
            regularizer: penalty on the weight, added to the loss.
            constraint: applied after each update.
            name: last part of its path.
        """
        dtype = standardize(dtype or self.dtype.variable_dtype)
        default = "glorot_uniform" if is_float(dtype) else "zeros"
        # where a file's numbers take its place, it is zeros that take no memory
        first = None if allowance.is_open() else initializers.get(initializer or default)
        variable = self.add_variable(() if shape is None else shape, first, dtype, trainable, name)
        variable.regularizer, variable.constraint = regularizers.get(regularizer), constraints.get(constraint)
        variable.autocast = autocast
        return variable

    @property
    def weights(self) -> list[Variable]:
        """Own weights, trainable ones first, then those of inner layers; each once."""
        own = sorted(self._own_variables(), key=lambda variable: not variable.made_trainable)
        inner = [weight for child in self._children() if isinstance(child, Layer) for weight in child.weights]
        return list(dict.fromkeys([*own, *inner]))

    def _weights(self) -> list[Variable]:
        return self.weights

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training changes, in the order of ``weights``."""
        if not self.trainable:
            return []
        own = [variable for variable in self._own_variables() if variable.trainable]
        inner = [w for child in self._children() if isinstance(child, Layer) for w in child.trainable_weights]
        return list(dict.fromkeys([*own, *inner]))

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that training leaves alone: frozen ones and statistics."""
        trained = set(self.trainable_weights)
        return [weight for weight in self.weights if weight not in trained]

    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    def count_params(self) -> int:
        """Number of entries of all weights."""
        if not self.built:
            raise NotBuiltError(
                f"{self.where}, count_params", "a built layer", "one without weights", "Call it on data, or build it."
            )
        return sum(weight.size for weight in self.weights)

    # -- losses --------------------------------------------------------------------------------------

    def add_loss(self, loss: Any) -> None:
        """Adds a number to the loss of the training step that runs this call.

        Raises:
            ArgumentError: it is a symbolic tensor, which no call has computed.
        """
        for value in loss if isinstance(loss, (list, tuple)) else [loss]:
            active = frame.current()
            if isinstance(value, Symbolic):
                raise ArgumentError(
                    f"{self.where}, add_loss", "a number that this layer's call() computes", f"the tensor {value}",
                    "Write a layer whose call() hands it to self.add_loss(…) and returns its input.",
                )  # fmt: skip
            if active is not None:
                active.losses.append(value() if callable(value) else value)

    def penalties(self) -> list[Any]:
        """The regularizers' values on the trainable weights, for the program that runs now."""
        return [w.regularizer(w.value) for w in self.trainable_weights if w.regularizer is not None]

    @property
    def losses(self) -> list[Any]:
        """The weights' penalties, and what the layers added in the running call."""
        active = frame.current()
        return self.penalties() + (list(active.losses) if active else list(self.__dict__.get("_added", [])))

    # -- calling -------------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        symbol = first_symbolic((args, kwargs))
        if symbol is not None:
            return symbol.record(self, args, kwargs)
        active = frame.current()
        if active is not None:
            return self._run(active, args, kwargs)
        with Frame(training=kwargs.get("training")) as active:
            outputs = self._run(active, args, kwargs)
        for variable, value in active.written.items():
            variable.slot = value
        self.__dict__["_added"] = active.losses
        return outputs

    def _run(self, active: Frame, args: tuple, kwargs: dict[str, Any]) -> Any:
        given, args, kwargs = args, self._as_arrays(args), self._as_arrays(kwargs)
        _carry_masks(active, given, args)
        self.ensure_built(args, kwargs)
        check_inputs(self.where, self.input_spec, args[0] if args else None)
        accepted = _call_arguments(self)
        training = kwargs.pop("training", None)
        if training is None:
            training = active.training
        if "training" in accepted:
            # nobody said: the default of ``call``, False but for augmentation
            kwargs["training"] = _training_by_default(type(self).call) if training is None else training
        arguments = self._with_masks(active, accepted, args, kwargs)
        outer = active.training, active.compute
        active.training, active.compute = training, self._weights_seen_as
        try:
            with jax.named_scope(self.name) if active.naming else contextlib.nullcontext():
                outputs = self.call(*args, **kwargs)
        finally:
            active.training, active.compute = outer
        if self.activity_regularizer is not None:
            # of a sample on average, so that the batch size does not change its weight against the loss
            active.losses.extend(
                self.activity_regularizer(leaf) / max((1, *leaf.shape[:1])) for leaf in jax.tree.leaves(outputs)
            )
        self._note_mask(active, args, arguments, outputs)
        return outputs

    @property
    def dtype_policy(self) -> DTypePolicy:
        """The policy of number types."""
        policy: DTypePolicy = self.dtype
        return policy

    @property
    def compute_dtype(self) -> str:
        """The number type that ``call`` computes in."""
        return self.dtype_policy.compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The number type of its weights."""
        return self.dtype_policy.variable_dtype

    @property
    def _weights_seen_as(self) -> np.dtype | None:
        """The type that a mixed policy computes in; None when weights are of that type anyway."""
        policy = self.dtype
        return None if policy.compute_dtype == policy.variable_dtype else numpy_dtype(policy.compute_dtype)

    def _as_arrays(self, values: Any) -> Any:
        compute = numpy_dtype(self.dtype.compute_dtype)

        def convert(value: Any) -> Any:
            if isinstance(value, (np.ndarray, jax.Array)):
                foreign = self.autocast and is_float(value.dtype) and value.dtype != compute
                return value.astype(compute) if foreign else value
            if isinstance(value, Variable):
                return convert(value.value)
            if isinstance(value, (list, tuple)) and value and _plain_numbers(value):
                return convert(np.asarray(value))
            if isinstance(value, (list, tuple)):
                return type(value)(map(convert, value)) if type(value) in (list, tuple) else value
            if isinstance(value, dict):
                return {key: convert(item) for key, item in value.items()}
            return value

        return tuple(map(convert, values)) if isinstance(values, tuple) else convert(values)

    def _with_masks(self, active: Frame, accepted: tuple[str, ...], args: tuple, kwargs: dict[str, Any]) -> Any:
        """Fills ``mask`` and ``<argument>_mask`` of ``call`` from the masks of its arguments; returns the first."""
        first = _structured_masks(active, args[0] if args else kwargs.get(accepted[0]) if accepted else None)
        if kwargs.get("mask") is not None:
            first = kwargs["mask"]
        if "mask" in accepted:
            kwargs["mask"] = first
        else:
            kwargs.pop("mask", None)
        for name, value in (*zip(accepted, args, strict=False), *list(kwargs.items())):
            if f"{name}_mask" in accepted and kwargs.get(f"{name}_mask") is None:
                kwargs[f"{name}_mask"] = _structured_masks(active, value)
        return first

    def _note_mask(self, active: Frame, args: tuple, mask: Any, outputs: Any) -> None:
        inputs = args[0] if len(args) == 1 else list(args)
        made = self.compute_mask(inputs, mask)
        if made is None:
            return
        if isinstance(outputs, (list, tuple)):
            # a single mask is that of the first output
            made = made if isinstance(made, (list, tuple)) else [made]
            for output, output_mask in zip(outputs, made, strict=False):
                if output_mask is not None:
                    active.set_mask(output, output_mask)
        else:
            active.set_mask(outputs, made)

    # -- building ------------------------------------------------------------------------------------

    def ensure_built(self, args: tuple, kwargs: dict[str, Any]) -> None:
        """Builds the layer for these arguments (arrays or symbolic tensors) unless it is built."""
        if self.built:
            return
        names = list(inspect.signature(self.build).parameters)
        shapes = [_shapes(value) for value in args if _has_shape(value)]
        if len(names) == 1 or any(name in ("args", "kwargs") for name in names):
            self.build(shapes[0] if shapes else ())
        else:
            given = dict(zip(_call_arguments(self), args, strict=False)) | kwargs
            wanted = {f"{name}_shape": _shapes(value) for name, value in given.items() if _has_shape(value)}
            self.build(**{name: wanted.get(name) for name in names})
        self.built = True

    def known_outputs(self, args: tuple) -> Any:
        """Shapes and types of the outputs for symbolic arguments, where they are known without running ``call``."""
        return None

    def compute_output_shape(self, input_shape: Any, *more: Any) -> Any:
        """The output's shape for an input's, found by abstract evaluation of ``call``.

        ``more`` are the shapes of further arguments, of a layer that is called on several.
        """
        nested = isinstance(input_shape, list) or (
            isinstance(input_shape, tuple) and input_shape and isinstance(input_shape[0], (tuple, list))
        )
        shapes = (
            [tuple(shape) for shape in (*input_shape, *more)] if nested else [tuple(input_shape), *map(tuple, more)]
        )
        described = [Described(shape, self.dtype.compute_dtype) for shape in shapes]
        outputs = infer(lambda *xs: self(list(xs)) if nested else self(*xs), described)
        return jax.tree.map(lambda out: out.shape, outputs, is_leaf=lambda item: isinstance(item, Described))

    # -- where it was used ---------------------------------------------------------------------------

    def note_node(self, node: Any) -> None:
        """Remembers weakly a node in which the layer was used, for ``layer.output``."""
        self.__dict__.setdefault("_used_in", []).append(weakref.ref(node))

    def nodes(self) -> list[Any]:
        """The nodes, still alive, in which the layer was used."""
        found = [reference() for reference in self.__dict__.get("_used_in", [])]
        return [node for node in found if node is not None]

    def _only_node(self, what: str) -> Any:
        nodes = self.nodes()
        if len(nodes) != 1:
            used = "not used in a model yet" if not nodes else f"used {len(nodes)} times"
            raise NotBuiltError(
                f"{self.where}, {what}", "a layer used once", f"one {used}", "Use get_output_at(index), or call it."
            )
        return nodes[0]

    @property
    def output(self) -> Any:
        """The symbolic tensor that the layer gave where it was used."""
        return self._only_node("output").output

    @property
    def input(self) -> Any:
        """The symbolic tensor that the layer took where it was used."""
        return self._only_node("input").input

    def get_output_at(self, node_index: int) -> Any:
        """The output of one of several uses."""
        return self.nodes()[node_index].output

    def get_input_at(self, node_index: int) -> Any:
        """The input of one of several uses."""
        return self.nodes()[node_index].input

    # -- config --------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        if self.only_named:
            plain = {"trainable": True, "activity_regularizer": None}
            config = {key: value for key, value in config.items() if key not in plain or value is not plain[key]}
        return config

    def _base_config(self) -> dict[str, Any]:
        parameters = inspect.signature(type(self).__init__).parameters
        anything = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
        base = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype.name}
        return {key: value for key, value in base.items() if anything or key in parameters}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        config = dict(config)
        if is_description(config.get("dtype")):
            config["dtype"] = deserialize(config["dtype"])
        return super().from_config(config)


def _noting_shapes(build: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps ``build`` so that the layer knows that, and for which shapes, it is built."""

    @functools.wraps(build)
    def wrapped(self: Layer, *args: Any, **kwargs: Any) -> None:
        build(self, *args, **kwargs)
        self.built = True
        self.__dict__["built_for"] = (args, kwargs)

    return wrapped


def _call_arguments(layer: Layer) -> tuple[str, ...]:
    """Names of the arguments of ``call``, without self."""
    return names_of_arguments(type(layer).call)


@functools.cache
def names_of_arguments(call: Callable[..., Any]) -> tuple[str, ...]:
    """Names of the arguments of a method, without self."""
    return tuple(inspect.signature(call).parameters)[1:]


@functools.cache
def _training_by_default(call: Callable[..., Any]) -> Any:
    default = inspect.signature(call).parameters["training"].default
    return False if default is inspect.Parameter.empty else default


def _plain_numbers(value: Any) -> bool:
    """Whether nested lists hold numbers only, and so stand for one array."""
    if isinstance(value, (list, tuple)):
        return bool(value) and all(map(_plain_numbers, value))
    return isinstance(value, (int, float, np.generic)) and not isinstance(value, (Symbolic, jax.Array))


def _has_shape(value: Any) -> bool:
    leaves = jax.tree.leaves(value)
    return bool(leaves) and all(isinstance(leaf, (np.ndarray, jax.Array, Symbolic)) for leaf in leaves)


def _shapes(value: Any) -> Any:
    """Shapes in the structure of the value: a tuple for one array, a list or dict for several."""
    if isinstance(value, dict):
        return {key: _shapes(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_shapes(item) for item in value]
    shape = tuple(value.shape)
    # arrays come in batches of any size
    return shape if isinstance(value, Symbolic) or not shape else (None, *shape[1:])


def _carry_masks(active: Frame, given: Any, arrays: Any) -> None:
    """Gives arrays that were brought to another type the masks of those that they came from."""
    if isinstance(given, (list, tuple)) and isinstance(arrays, (list, tuple)):
        for one, other in zip(given, arrays, strict=True):
            _carry_masks(active, one, other)
    elif given is not arrays and (mask := active.mask_of(given)) is not None:
        active.set_mask(arrays, mask)


def _structured_masks(active: Frame, value: Any) -> Any:
    """The masks of an array, or of a list of arrays; None when there is none at all."""
    if isinstance(value, (list, tuple)):
        masks = [_structured_masks(active, item) for item in value]
        return masks if any(mask is not None for mask in masks) else None
    return active.mask_of(value)


def check_axis(where: str, axis: int, rank: int) -> int:
    """An axis number from 0, from one that may count from the end."""
    if not -rank <= axis < rank:
        raise ShapeError(
            f"{where}, axis", f"an axis from {-rank} to {rank - 1}", axis, "Count the batch axis as axis 0."
        )
    return axis % rank


__all__ = ["LAYERS", "InputSpec", "Layer", "check_axis", "names_of_arguments"]
