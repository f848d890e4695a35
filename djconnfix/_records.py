"""What `djconnfix.records` gives at run time: classes as `dataclass(slots=True)` makes them, in a sixth of the time.

The standard library compiles six functions for a class; this compiles `__init__`, and shares the rest. `dataclasses`
itself (which imports inspect, dis and tokenize) is imported when somebody asks a class for its fields.
"""

from __future__ import annotations

from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Made = TypeVar("Made")

_NOTHING: Any = object()


class Field:
    """How one field is made and used; without defaults it is a required argument."""

    __slots__ = ("compare", "default", "factory", "init", "repr")

    def __init__(self, default: object, factory: Any, *, init: bool, repr: bool, compare: bool) -> None:  # noqa: A002
        self.default = default
        self.factory = factory
        self.init = init
        self.repr = repr
        self.compare = compare


def field(
    *,
    default: Any = _NOTHING,
    default_factory: Any = _NOTHING,
    init: bool = True,
    repr: bool = True,  # noqa: A002
    compare: bool = True,
) -> Any:
    """Say more of a field than its default; as `dataclasses.field`."""
    return Field(default, default_factory, init=init, repr=repr, compare=compare)


def dataclass(*, slots: bool, frozen: bool = False, eq: bool = True) -> Callable[[type[Made]], type[Made]]:
    """Make a class of annotations into one of slots; as `dataclasses.dataclass`, which is asked for any without."""
    assert slots, "a class without slots is for dataclasses"

    def make(plain: type[Made]) -> type[Made]:
        made: type[Made] = _made(plain, frozen=frozen, eq=eq)
        return made

    return make


def replace(record: Made, /, **changes: Any) -> Made:
    """Return a record with other values for some fields; as `dataclasses.replace`."""
    kind: Any = type(record)
    for name, each in kind._fields_of_record.items():
        if each.init:
            if name not in changes:
                changes[name] = getattr(record, name)
        elif name in changes:
            raise ValueError(f"field {name} is declared with init=False, it cannot be specified with replace()")
    made: Made = kind(**changes)
    return made


def _made(plain: Any, *, frozen: bool, eq: bool) -> Any:
    body = dict(plain.__dict__)
    own = {name: _field_of(body.pop(name, _NOTHING)) for name in plain.__annotations__}
    fields = {**getattr(plain, "_fields_of_record", {}), **own}
    compared = [name for name, each in fields.items() if each.compare]
    for unwanted in ("__dict__", "__weakref__"):
        body.pop(unwanted, None)
    body["__slots__"] = tuple(own)
    body["__match_args__"] = tuple(name for name, each in fields.items() if each.init)
    body["_fields_of_record"] = fields
    for asked in ("__dataclass_fields__", "__dataclass_params__"):
        body[asked] = _AsInLibrary(asked, frozen=frozen, eq=eq)
    body.setdefault("__repr__", _repr)
    if eq:
        equal, hashed = _compared_by(compared)
        body.setdefault("__eq__", equal)
        body["__hash__"] = body.get("__hash__") or (hashed if frozen else None)
    if frozen:
        body["__setattr__"] = body["__delattr__"] = _refuse
        body["__getstate__"], body["__setstate__"] = _getstate, _setstate
    made: Any = type(plain)(plain.__name__, plain.__bases__, body)
    made.__qualname__ = plain.__qualname__
    made.__init__ = _init(made, fields, frozen=frozen)
    return made


def _field_of(default: object) -> Field:
    return default if isinstance(default, Field) else Field(default, _NOTHING, init=True, repr=True, compare=True)


def _init(made: Any, fields: Mapping[str, Field], *, frozen: bool) -> Any:
    """Compile the `__init__` of a class."""
    known: dict[str, Any] = {"_nothing": _NOTHING}
    arguments, lines = ["self"], []
    for name, each in fields.items():
        value = name
        if each.factory is not _NOTHING:
            known[f"_make_{name}"] = each.factory
            value = f"_make_{name}()"
            if each.init:
                arguments.append(f"{name}=_nothing")
                value = f"{value} if {name} is _nothing else {name}"
        elif each.default is not _NOTHING:
            value = known_as = f"_default_{name}"
            known[known_as] = each.default
            if each.init:
                arguments.append(f"{name}={known_as}")
                value = name
        elif each.init:
            arguments.append(name)
        else:
            continue  # `__post_init__` sets it
        known[f"_set_{name}"] = getattr(made, name).__set__
        lines.append(f"    _set_{name}(self, {value})" if frozen else f"    self.{name} = {value}")
    if hasattr(made, "__post_init__"):
        lines.append("    self.__post_init__()")
    found: dict[str, Any] = {}
    exec(f"def __init__({', '.join(arguments)}):\n" + ("\n".join(lines) or "    pass"), known, found)  # noqa: S102
    made_init = found["__init__"]
    made_init.__qualname__ = f"{made.__qualname__}.__init__"
    return made_init


def _compared_by(names: list[str]) -> tuple[Callable[[Any, Any], Any], Callable[[Any], int]]:
    """Return `__eq__` and `__hash__` by the values of some fields."""
    key: Callable[[Any], Any] = attrgetter(*names) if len(names) > 1 else _short_key(names)

    def equal(self: Any, other: Any) -> Any:
        return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: Any) -> int:
        return hash(key(self))

    return equal, hashed


def _short_key(names: list[str]) -> Callable[[Any], Any]:
    """Return what gives the value of one field, or of none, as a tuple, as `attrgetter` does of several."""
    if not names:
        return lambda _: ()
    only = attrgetter(names[0])
    return lambda record: (only(record),)


@recursive_repr()
def _repr(self: Any) -> str:
    shown = [f"{name}={getattr(self, name)!r}" for name, each in self._fields_of_record.items() if each.repr]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse(_: object, name: str, *_value: object) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _getstate(self: Any) -> list[Any]:
    return [getattr(self, name) for name in self._fields_of_record]


def _setstate(self: Any, state: list[Any]) -> None:
    for name, value in zip(self._fields_of_record, state, strict=True):
        object.__setattr__(self, name, value)


class _AsInLibrary:
    """What the functions of `dataclasses` look for on a class, made when they do."""

    def __init__(self, asked: str, *, frozen: bool, eq: bool) -> None:
        self.asked = asked
        self.frozen = frozen
        self.eq = eq

    def __get__(self, _: object, owner: Any) -> Any:
        import dataclasses

        annotations: dict[str, Any] = {}
        for base in reversed(owner.__mro__[:-1]):
            annotations |= base.__annotations__
        given = []
        for name, each in owner._fields_of_record.items():
            options = {"init": each.init, "repr": each.repr, "compare": each.compare}
            if each.factory is not _NOTHING:
                options["default_factory"] = each.factory
            elif each.default is not _NOTHING:
                options["default"] = each.default
            given.append((name, annotations[name], dataclasses.field(**options)))
        twin: Any = dataclasses.make_dataclass(owner.__name__, given, frozen=self.frozen, eq=self.eq)
        owner.__dataclass_fields__ = twin.__dataclass_fields__
        owner.__dataclass_params__ = twin.__dataclass_params__
        return owner.__dict__[self.asked]
