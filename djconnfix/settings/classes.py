"""Classes: bodies, method resolution order, properties, instances, `super()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.records import replace
from djconnfix.settings.account import Frame
from djconnfix.settings.arguments import Arguments
from djconnfix.settings.calls import call_function, unknown_call
from djconnfix.settings.choices import possible, restrict, select
from djconnfix.settings.decorators import decorated_class
from djconnfix.settings.instances import is_hidden, own
from djconnfix.settings.orders import is_method, own_names, resolution_order
from djconnfix.settings.phrases import from_outside
from djconnfix.settings.store import ClassContent, InstanceContent, presence
from djconnfix.settings.values import (
    MEMBER,
    NONE,
    TRUE,
    UNBOUND,
    Const,
    Dotted,
    Function,
    Guarded,
    Method,
    Partial,
    Ref,
    Super,
    Unbound,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    import ast

    from djconnfix.settings.completions import Completion
    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Origin

_OBJECT = frozenset({"__init__", "__init_subclass__"})  # which do nothing
_ENUMERATIONS = ("enum.", "django.db.models.TextChoices", "django.db.models.IntegerChoices")


def define(machine: Machine, statement: ast.ClassDef) -> Completion:
    """Run a class statement."""
    from djconnfix.settings.expressions import evaluate
    from djconnfix.settings.statements import run_block

    outer = machine.frames[-1]
    bases = tuple(evaluate(machine, base) for base in statement.bases)
    scope = machine.store.new_scope()
    number = machine.store.new_object(ClassContent(statement.name, scope, bases, statement, outer.source))
    frame = Frame((scope, *outer.scopes), outer.module, outer.source, "class", number)
    frame.statement = statement
    machine.frames.append(frame)
    try:
        completion = run_block(machine, statement.body)
    finally:
        machine.frames.pop()
    machine.account.classes[number] = None
    hooked = _init_subclass(machine, statement, number)
    keywords = [each for each in statement.keywords if each.arg == "metaclass" or not hooked]
    if any(_alters(machine, keyword, evaluate(machine, keyword.value)) for keyword in keywords):
        alter(machine, number, "the metaclass of the class may change it")
    for each in resolution_order(machine, number)[1:]:
        base = machine.store.content(each) if isinstance(each, int) else None
        if isinstance(base, ClassContent) and base.altered:
            alter(machine, number, base.altered)
    value: Value = Ref(number)
    for decorator in reversed(statement.decorator_list):
        made = decorated_class(machine, value, evaluate(machine, decorator), decorator)
        if made is None:
            alter(machine, number, "a decorator of the class may change it")
        else:
            value = made
    machine.bind(outer.scope, statement.name, value)
    return completion


def _init_subclass(machine: Machine, statement: ast.ClassDef, number: int) -> bool:
    """Run the `__init_subclass__()` of the nearest base in the tree that has one; returns whether there is one."""
    import ast

    from djconnfix.settings.arguments import evaluate_arguments

    for each in resolution_order(machine, number)[1:]:
        base = machine.store.content(each) if isinstance(each, int) else None
        hook = UNBOUND if not isinstance(base, ClassContent) else machine.store.get(base.scope, "__init_subclass__")
        if hook is UNBOUND:
            continue
        node = ast.copy_location(ast.Name(statement.name, ast.Load()), statement)
        keywords = [keyword for keyword in statement.keywords if keyword.arg != "metaclass"]
        arguments = evaluate_arguments(machine, ast.copy_location(ast.Call(node, [], keywords), statement))
        arguments.positional.append(Ref(number))
        if not isinstance(hook, Function) or hook.kind not in ("function", "classmethod"):
            alter(machine, number, f"`{statement.name}.__init_subclass__()` may change it")
            unknown_call(machine, hook, arguments)
        else:
            call_function(machine, replace(hook, kind="function"), arguments)
        return True
    return False


def _alters(machine: Machine, keyword: ast.keyword, value: Value) -> bool:
    """Whether a keyword of a class statement names a metaclass that is not Python's own."""
    return keyword.arg != "metaclass" or not (
        isinstance(value, Dotted) and value.name in ("abc.ABCMeta", "builtins.type")
    )


def alter(machine: Machine, number: int, reason: str) -> None:
    """Say that the attributes of a class may be others than those in its body."""
    content = machine.store.content(number)
    assert isinstance(content, ClassContent)
    machine.store.put(number, replace(content, altered=reason))


def class_attribute(machine: Machine, value: Ref, name: str, origin: Origin) -> Value:
    """Return an attribute of a class or of an instance."""
    content = machine.store.content(value.object)
    found: Value = UNBOUND
    if isinstance(content, InstanceContent):
        found = own(machine, content, name)
        number = content.cls
        if is_hidden(found) and is_method(machine, number, name):
            found = UNBOUND
    else:
        number = value.object
    test = presence(found)
    if not possible(test, False):
        return found

    def inherited() -> Value:
        return _search(machine, resolution_order(machine, number), value, name, origin)

    if found is UNBOUND:
        return inherited()
    return machine.choose(test, lambda: restrict(found, machine.known), inherited)


def super_attribute(machine: Machine, value: Super, name: str, origin: Origin) -> Value:
    """Return an attribute of `super()`."""
    receiver = value.receiver
    if not isinstance(receiver, Ref):
        return Unknown("`super()` of something that cannot be seen", f"super().{name}", origin)
    content = machine.store.content(receiver.object)
    number = content.cls if isinstance(content, InstanceContent) else receiver.object
    order = resolution_order(machine, number)
    after = order[order.index(value.owner) + 1 :] if value.owner in order else []
    return _search(machine, after, receiver, name, origin)


def _search(machine: Machine, order: list[int | Dotted], receiver: Ref, name: str, origin: Origin) -> Value:
    found: Value = UNBOUND
    for each in order:
        if isinstance(each, Dotted):
            if each.name.startswith("configurations.") and name in ("pre_setup", "post_setup", "setup"):
                outside: Value = Dotted(f"configurations.Configuration.{name}")
            elif each.name.startswith("configurations.") and name.isupper():
                continue
            else:
                outside = Unknown(from_outside(name, each.name), f"{each.name}.{name}", origin)
        else:
            content = machine.store.content(each)
            assert isinstance(content, ClassContent)
            outside = restrict(machine.store.get(content.scope, name), machine.known)
            if outside is UNBOUND:
                continue
            if content.altered and not name.startswith("__"):
                outside = Unknown(content.altered, f"{content.name}.{name}", origin)
            elif any(isinstance(base, Dotted) and base.name.startswith(_ENUMERATIONS) for base in order):
                outside = member(content.name, name, outside, origin)
            else:
                outside = machine.each(outside, lambda held: _bound(machine, held, receiver, origin))
        found = outside if isinstance(found, Unbound) else select(presence(found), found, outside)
        if not possible(presence(found), False):
            return found
    if found is UNBOUND and name in _OBJECT:
        return Dotted(f"builtins.object.{name}", origin)
    if found is UNBOUND:
        machine.raises(TRUE, "AttributeError")
        return Unknown(f"there is no attribute `{name}`", f"no attribute {name}", origin)
    return found


def _bound(machine: Machine, held: Value, receiver: Ref, origin: Origin) -> Value:
    if not isinstance(held, Function):
        return held
    is_class = isinstance(machine.store.content(receiver.object), ClassContent)
    if held.kind in ("property", "cached property"):
        if is_class:
            return held
        import ast

        call = ast.copy_location(ast.Call(origin.node, [], []), origin.node)
        found = call_function(machine, replace(held, kind="property"), Arguments(call, origin, [receiver]))
        if held.kind == "cached property":
            instance = machine.store.content(receiver.object)
            assert isinstance(instance, InstanceContent)
            machine.bind(instance.scope, held.node.name, found)  # type: ignore[union-attr]
        return found
    if held.kind == "staticmethod":
        return held
    if held.kind == "classmethod":
        content = machine.store.content(receiver.object)
        owner = Ref(content.cls) if isinstance(content, InstanceContent) else receiver
        return Method(held, owner)
    return held if is_class else Method(held, receiver)


def instantiate(machine: Machine, value: Ref, arguments: Arguments) -> Value:
    """Make an instance of a class of the tree."""
    outside = [each for each in resolution_order(machine, value.object) if isinstance(each, Dotted)]
    if outside:
        from djconnfix.settings.externals import call_external, is_overridden
        from djconnfix.settings.helpers import pydantic

        inside = [each for each in resolution_order(machine, value.object) if isinstance(each, int)]
        if outside[0].name in pydantic.BASES and "__init__" not in own_names(machine, value.object):
            return pydantic.make(machine, value, inside, arguments)
        if any(is_overridden(outside[0], name) for name in own_names(machine, value.object)):
            return unknown_call(machine, value, arguments)
        return call_external(machine, outside[0], arguments)
    if any(machine.store.content(each).altered for each in resolution_order(machine, value.object)):  # type: ignore[arg-type, union-attr]
        return unknown_call(machine, value, arguments)
    if "__new__" in own_names(machine, value.object):
        return unknown_call(machine, value, arguments)
    scope = machine.store.new_scope()
    instance = Ref(machine.store.new_object(InstanceContent(value.object, scope)), arguments.origin)
    has_own = "__init__" in own_names(machine, value.object)
    initializer = class_attribute(machine, instance, "__init__", arguments.origin) if has_own else NONE
    if isinstance(initializer, Method):
        bound = Arguments(
            arguments.node, arguments.origin, [instance, *arguments.positional], [], arguments.keywords,
            arguments.keyword_nodes, arguments.unseen,
        )  # fmt: skip
        call_function(machine, initializer.function, bound)
    elif arguments.all:
        return unknown_call(machine, value, arguments)
    return instance


def own_attribute(machine: Machine, value: Value, name: str) -> Value | None:
    """Return what a class or instance whose classes are all in the tree has under a name, None for anything else."""
    content = machine.store.content(value.object) if isinstance(value, Ref) else None
    number = content.cls if isinstance(content, InstanceContent) else getattr(value, "object", 0)
    if not isinstance(content, (ClassContent, InstanceContent)):
        return None
    order = resolution_order(machine, number)
    found = [own(machine, content, name)] if isinstance(content, InstanceContent) else []
    for each in order:
        held = machine.store.content(each) if isinstance(each, int) else None
        if not isinstance(held, ClassContent) or held.altered:
            return None
        found.append(machine.store.get(held.scope, name))
    present = [each for each in found if each is not UNBOUND]
    if "__getattr__" in own_names(machine, number) or any(isinstance(each, Guarded) for each in present):
        return None
    return present[0] if present else UNBOUND


def truth_is_own(machine: Machine, number: int) -> bool:
    """Whether the truth of a class's instances is decided by code of theirs, or out of the tree."""
    outside = any(isinstance(each, Dotted) for each in resolution_order(machine, number))
    return outside or not own_names(machine, number).isdisjoint(("__bool__", "__len__", "__getattr__"))


def member(cls: str, name: str, value: Value, origin: Origin) -> Value:
    """Return a member of an enumeration: not its value, but something that has it."""
    if isinstance(value, Function) or name.startswith("_"):
        return value
    return Partial(Dotted(MEMBER, origin), (value,), {"name": Const(name, origin)}, {})


__all__ = ["NONE", "class_attribute", "define", "instantiate", "resolution_order", "super_attribute"]
