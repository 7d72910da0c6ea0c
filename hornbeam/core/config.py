"""Spec: fields declared once, from which come the constructor, the config, the repr and the checks."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from hornbeam.core.checks import Refused
from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import ArgumentError, FileError
from hornbeam.core.registry import (
    REGISTRIES,
    CustomObjectScope,
    Registry,
    custom_object,
    did_you_mean,
    nearest,
    registered_name,
)
from hornbeam.core.variable import Variable


class Required:
    """The default of a field that has none."""


class Field:
    """One declared field: its default, its converter, and whether it stands in the config."""

    def __init__(self, default: Any, convert: Callable[[Any], Any] | None, kw_only: bool, config: bool, key: bool):
        self.default, self.convert, self.kw_only, self.config, self.key = default, convert, kw_only, config, key
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name


def field(
    default: Any = Required,
    *,
    convert: Callable[[Any], Any] | None = None,
    kw_only: bool = False,
    config: bool = True,
    key: bool = True,
) -> Any:
    """Declares a field of a ``Spec``.

    Args:
        default: value when the caller gives none; without one the field is required.
        convert: a converter of ``core.checks``, or a room's ``get``; runs once, in the constructor.
        kw_only: the field can be given by keyword only.
        config: whether ``get_config`` holds it.
        key: whether two specs that differ in it need different programs; False for names, and for
            numbers that enter a program as values (a learning rate).
    """
    return Field(default, convert, kw_only, config, key)


class Spec:
    """Base of everything that is described by its fields: layers, losses, optimizers, …

    A subclass declares fields with ``field(…)`` and gets a constructor, ``get_config``, ``from_config``,
    a repr and checks. A subclass that writes its own ``__init__``, as Keras's users do, keeps it; its
    arguments are remembered, and its ``get_config`` answers with them.

    Example:
        >>> from hornbeam.core.checks import integer
        >>> class Ring(Spec):
        ...     size = field(convert=integer(1))
        ...     closed = field(True)
        >>> Ring(3).get_config()
        {'size': 3, 'closed': True}
    """

    __signature__: ClassVar[inspect.Signature]
    described_as: ClassVar[type | None] = None  # the class that files name instead, where one has methods only
    _fields: dict[str, Field] = {}
    _init_arguments: tuple[tuple, dict] = ((), {})

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        own = {name: value for name, value in cls.__dict__.items() if isinstance(value, Field)}
        merged = {**{name: f for name, f in cls._fields.items() if name not in own}, **own}
        for name in own:
            if any(isinstance(base.__dict__.get(name), property) for base in cls.__mro__[1:]):
                delattr(cls, name)  # a base's property of the field's name stays in force
            else:
                setattr(cls, name, own[name].default)
        # keyword-only fields of a base (name, dtype, …) stand after the subclass's own
        cls._fields = {
            **{name: f for name, f in merged.items() if not f.kw_only},
            **{name: f for name, f in merged.items() if f.kw_only},
        }
        if cls.declares_fields():
            cls.__signature__ = _signature(cls._fields)
        elif "__init__" in cls.__dict__:
            written = inspect.signature(cls.__dict__["__init__"])
            cls.__signature__ = written.replace(parameters=list(written.parameters.values())[1:])

    def __new__(cls, *args: Any, **kwargs: Any):
        self = super().__new__(cls)
        if not cls.declares_fields():
            self.__dict__["_init_arguments"] = (args, kwargs)
        return self

    def __init__(self, *args: Any, **kwargs: Any):
        values = self._bind(args, kwargs)
        for name, spec in self._fields.items():
            value = values.get(name, spec.default)
            setattr(self, name, self._converted(spec, value))
        self._ready()

    def _ready(self) -> None:
        """Called when the fields are set: the place for checks across fields and for derived attributes."""

    @classmethod
    def declares_fields(cls) -> bool:
        """Whether the constructor is the one made from the fields, not one that a user wrote."""
        return cls.__init__ is Spec.__init__

    def _bind(self, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
        positional = [name for name, spec in self._fields.items() if not spec.kw_only]
        kind = type(self).__name__
        if len(args) > len(positional):
            listed = ", ".join(positional) or "none"
            raise ArgumentError(
                kind,
                f"at most {len(positional)} positional arguments ({listed})",
                f"{len(args)}",
                "Give the others by keyword.",
            )
        values = dict(zip(positional, args, strict=False))
        for name, value in kwargs.items():
            if name in values:
                raise ArgumentError(f"{kind}, {name}", "one value", "two, by position and by name", "Give it once.")
            if name not in self._fields:
                fix = did_you_mean(name, list(self._fields)) if self._fields else "It takes no arguments."
                raise ArgumentError(kind, "an argument that it has", f"{name}=", fix)
            values[name] = value
        missing = [name for name, spec in self._fields.items() if spec.default is Required and name not in values]
        if missing:
            raise ArgumentError(kind, f"a value for {', '.join(missing)}", "none", f"Write {kind}({missing[0]}=…).")
        return values

    def _converted(self, spec: Field, value: Any) -> Any:
        if spec.convert is None:
            return value
        try:
            return spec.convert(value)
        except Refused as refused:
            where = f"{type(self).__name__}, {spec.name}"
            raise ArgumentError(where, refused.expected, repr(value), refused.fix) from None

    def _shown(self, name: str) -> Any:
        """A field's value as configs and reprs show it."""
        return getattr(self, name, self._fields[name].default)

    def _program_key(self) -> Any:
        """What a program depends on besides the fields; part of ``spec_key``."""
        return ()

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain, JSON-able values."""
        if self.declares_fields():
            return {name: serialize(self._shown(name)) for name, spec in self._fields.items() if spec.config}
        return {**self._base_config(), **self._written_config()}

    def _base_config(self) -> dict[str, Any]:
        """What a class with a constructor of its own still says of itself."""
        return {}

    def _written_config(self) -> dict[str, Any]:
        """The remembered arguments of a constructor that a user wrote."""
        args, kwargs = self._init_arguments
        signature = inspect.signature(type(self).__init__)
        bound = signature.bind(self, *args, **kwargs)
        bound.apply_defaults()
        config: dict[str, Any] = {}
        for name, parameter in list(signature.parameters.items())[1:]:
            if parameter.kind is parameter.VAR_KEYWORD:
                config.update(bound.arguments[name])
            elif parameter.kind is not parameter.VAR_POSITIONAL:
                config[name] = bound.arguments[name]
        return {name: serialize(value) for name, value in config.items()}

    @classmethod
    def from_config(cls, config: dict[str, Any]):
        """Builds the object that ``get_config`` described.

        Keras writes arguments that Hornbeam lacks; those that are None or False there are passed over.
        """
        strict = not cls.declares_fields()
        return cls(
            **{
                name: _revive(value)
                for name, value in config.items()
                if strict or name in cls._fields or not (value is None or value is False)
            }
        )

    def __repr__(self) -> str:
        shown = []
        for name, spec in self._fields.items():
            value = self._shown(name)
            if value is not spec.default and (name == "name" or not _same(value, spec)):
                shown.append(f"{name}={_short(value)}")
        return f"{type(self).__name__}({', '.join(shown)})"


def _same(value: Any, spec: Field) -> bool:
    default = spec.default
    if spec.convert is not None and default is not Required:
        default = spec.convert(default)
    if isinstance(value, Spec) and isinstance(default, Spec):
        return repr(value) == repr(default)
    return type(value) is type(default) and not isinstance(value, np.ndarray) and value == default


def _short(value: Any) -> str:
    return value.__name__ if inspect.isfunction(value) else repr(value)


def _signature(fields: dict[str, Field]) -> inspect.Signature:
    kinds = inspect.Parameter
    parameters, optional = [], False
    for name, spec in fields.items():
        required = spec.default is Required
        kind = kinds.KEYWORD_ONLY if spec.kw_only or (required and optional) else kinds.POSITIONAL_OR_KEYWORD
        optional = optional or not required
        parameters.append(kinds(name, kind, default=kinds.empty if required else spec.default))
    return inspect.Signature(sorted(parameters, key=lambda parameter: parameter.kind))


def own_fields_first(cls: type[Spec]) -> None:
    """Puts the fields that a class declares, in its order, before those it inherits.

    Losses and metrics call it for every subclass: Keras's constructors name their own arguments first
    and ``name`` and ``dtype`` where each class pleases, and all of them may be given by position.
    """
    own = [name for name in cls.__dict__ if name in cls._fields]
    cls._fields = {name: cls._fields[name] for name in dict.fromkeys([*own, *cls._fields])}
    if cls.declares_fields():
        cls.__signature__ = _signature(cls._fields)


def registry_of(obj: Any) -> Registry | None:
    """The closed table in which a class or function stands, None for the user's own."""
    return next((table for table in REGISTRIES.values() if table.holds(obj)), None)


def serialize(obj: Any) -> Any:
    """A JSON-able description of a value in Keras's layout.

    Numbers, strings and None stay; a built-in function becomes its name; an object becomes
    ``{"module", "class_name", "config", "registered_name"}``.
    """
    if obj is None or isinstance(obj, (bool, int, float, str)):
        return obj
    if isinstance(obj, (np.integer, np.floating, np.bool_)):
        return obj.item()
    if isinstance(obj, (list, tuple)):
        return [serialize(item) for item in obj]
    if isinstance(obj, dict):
        return {key: serialize(value) for key, value in obj.items()}
    if isinstance(obj, np.ndarray) or hasattr(obj, "__array__"):
        array = np.asarray(obj)
        return {"class_name": "__numpy__", "config": {"value": array.tolist(), "dtype": array.dtype.name}}
    if isinstance(obj, slice):
        parts = {"start": serialize(obj.start), "stop": serialize(obj.stop), "step": serialize(obj.step)}
        return {"class_name": "__slice__", "config": parts}
    if obj is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(obj, np.dtype) or (isinstance(obj, type) and issubclass(obj, np.generic)):
        return np.dtype(obj).name
    described = getattr(obj, "get_config", None)
    if described is not None and not isinstance(obj, type):
        cls = getattr(obj, "described_as", None) or type(obj)
        return _envelope(cls, cls.__name__, described())
    if callable(obj):
        if registry_of(obj) is not None:
            return obj.__name__
        return _envelope(obj, "class" if isinstance(obj, type) else "function", obj.__name__)
    raise ArgumentError(
        f"serialize, {type(obj).__name__}",
        "a value with get_config(), or a number, string, list or dict",
        repr(obj),
        "Give its class a get_config method.",
    )


def _envelope(cls: Any, class_name: str, config: Any) -> dict[str, Any]:
    table = registry_of(cls)
    if table is not None:
        return {"module": table.module_of(cls), "class_name": class_name, "config": config, "registered_name": None}
    name = registered_name(cls) or cls.__name__
    return {"module": cls.__module__, "class_name": class_name, "config": config, "registered_name": name}


def is_description(value: Any) -> bool:
    """Whether a value from JSON describes an object."""
    return isinstance(value, dict) and "class_name" in value and "config" in value


def _revive(value: Any) -> Any:
    if is_description(value):
        return deserialize(value)
    if isinstance(value, list):
        return [_revive(item) for item in value]
    return value


def deserialize(description: dict[str, Any], table: Registry | None = None) -> Any:
    """Builds the object that ``serialize`` described.

    A name is looked up in the closed tables and in what the user registered or put in scope; nothing
    is ever imported from the text.

    Args:
        description: a dict with class_name and config.
        table: the kind of object that is expected, when the caller knows it.
    """
    name, config = description["class_name"], description["config"]
    if name in _VALUES:
        return _VALUES[name](config)
    if name == "__lambda__":
        raise FileError(
            "config of a Lambda layer",
            "a function that you pass",
            "the bytecode of a function, which Hornbeam never runs",
            "Pass it under the layer's name: custom_objects={'<name of the layer>': function}.",
        )
    key = description.get("registered_name") or name
    if name in ("function", "class"):
        return _find(config, description.get("registered_name") or config, table, description)
    cls = _find(name, key, table, description)
    return cls.from_config(config or {})


def _plain_array(config: dict[str, Any]) -> np.ndarray:
    dtype = numpy_dtype(str(config["dtype"]))
    if dtype.kind not in "biuf" and dtype.name != "bfloat16":  # texts of a declared length could be of any size
        raise FileError("config of an array", "numbers", f"type {dtype.name}", "Get the file again from its source.")
    return np.asarray(config["value"], dtype=dtype)


_VALUES: dict[str, Callable[[Any], Any]] = {
    "__numpy__": _plain_array,
    "__tensor__": _plain_array,
    "__slice__": lambda config: slice(*(config[part] for part in ("start", "stop", "step"))),
    "__ellipsis__": lambda config: Ellipsis,
}

# packages whose words the closed tables hold
_KERAS = ("keras", "keras_hub", "keras_nlp", "tf_keras", "tensorflow", "builtins", "hornbeam")


def _find(name: str, key: str, table: Registry | None, description: dict[str, Any]) -> Any:
    custom = custom_object(key) or custom_object(name)
    if custom is not None:
        return custom
    module = str(description.get("module", "keras"))
    named = REGISTRIES.get(module)
    tables = [table] if table is not None else [named, *REGISTRIES.values()] if named else list(REGISTRIES.values())
    if module.split(".")[0] not in _KERAS:
        tables = []  # a class of the user's, though it may be called like one of ours
    for candidate in tables:
        if name in candidate:
            return candidate.get(name)
    near = nearest(name, [known for candidate in tables[:1] for known in candidate])
    hint = f"Did you mean {near[0]!r}? " if near else ""
    raise FileError(
        f"config of {name!r}",
        "a class or function that Hornbeam has, or that was registered",
        f"{description.get('module')}.{name}",
        hint + f"Pass custom_objects={{{name!r}: …}}, or register it with register_keras_serializable.",
    )


def resolve(identifier: Any, table: Registry, where: str | None = None) -> Any:
    """What a user may write where an object is wanted: its name, config, class, instance or a function.

    Classes are instantiated; functions and instances are taken as they are; None stays None.
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        identifier = table.get(identifier, where)
    if isinstance(identifier, dict) and is_description(identifier):
        identifier = deserialize(identifier, table)
    if isinstance(identifier, type):
        return identifier()
    if callable(identifier):
        return identifier
    raise ArgumentError(
        where or table.kind,
        f"a name, a config, a class, an object or a function ({table.kind})",
        repr(identifier),
        f"Write for example {sorted(table)[0]!r}.",
    )


def resolver(table: Registry) -> Callable[[Any], Any]:
    """``resolve`` for one table, as a field's converter."""
    return functools.partial(resolve, table=table)


def spec_key(obj: Any) -> Any:
    """A hashable value that is equal for specs which need the same program.

    Names are left out; functions and objects without declared fields count by identity.
    """
    if isinstance(obj, Spec) and type(obj).declares_fields():
        fields = ((name, spec_key(getattr(obj, name))) for name, f in obj._fields.items() if f.key)
        return type(obj), obj._program_key(), *fields
    if isinstance(obj, Variable):
        return Variable, obj.shape, obj.dtype  # its array enters programs as a value
    if isinstance(obj, (list, tuple)):
        return tuple(spec_key(item) for item in obj)
    if isinstance(obj, dict):
        return tuple(sorted(((str(name), spec_key(value)) for name, value in obj.items()), key=lambda pair: pair[0]))
    if isinstance(obj, np.ndarray):
        return obj.shape, str(obj.dtype), obj.tobytes()
    if isinstance(obj, float) and obj == 0.0:
        return str(obj)  # 0.0 and -0.0, and 0 and False, are different constants
    try:
        hash(obj)
    except TypeError:
        return Identity(obj)
    return type(obj), obj


class Identity:
    """A hashable stand-in for an unhashable object; keeps it alive so that its id stays its own."""

    def __init__(self, obj: Any):
        self.obj = obj

    def __hash__(self) -> int:
        return id(self.obj)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identity) and self.obj is other.obj


serialize_keras_object = serialize


def deserialize_keras_object(
    config: Any, custom_objects: dict[str, Any] | None = None, safe_mode: bool = True, **kwargs: Any
) -> Any:
    """``deserialize`` in Keras's spelling; there is no unsafe mode to switch to."""
    with CustomObjectScope(custom_objects):
        return _revive(config)
