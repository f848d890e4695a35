"""Classes: bodies, method resolution order, properties, instances, `super()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.settings.account import Frame
from djconnfix.settings.calls import Arguments, call_function, unknown_call
from djconnfix.settings.choices import possible, restrict, select
from djconnfix.settings.store import ClassContent, InstanceContent, presence
from djconnfix.settings.values import NONE, UNBOUND, Dotted, Function, Method, Ref, Super, Unbound, Unknown, Value

if TYPE_CHECKING:
    import ast

    from djconnfix.settings.completions import Completion
    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Origin


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
    value: Value = Ref(number)
    if statement.decorator_list and not all(
        isinstance(evaluate(machine, each), Dotted) for each in statement.decorator_list
    ):
        machine.note(f"the decorator of class {statement.name} was not followed")
    machine.bind(outer.scope, statement.name, value)
    return completion


def resolution_order(machine: Machine, number: int) -> list[int | Dotted]:
    """Return the classes in which an attribute is looked up; a `Dotted` where one is out of the tree."""
    return _linear(machine, number, 0)


def _linear(machine: Machine, number: int, depth: int) -> list[int | Dotted]:
    content = machine.store.content(number)
    assert isinstance(content, ClassContent)
    if depth > 30:
        return [number]
    parents: list[int | Dotted] = []
    lists: list[list[int | Dotted]] = []
    for base in content.bases:
        base = restrict(base, machine.known)  # noqa: PLW2901
        if isinstance(base, Ref) and isinstance(machine.store.content(base.object), ClassContent):
            parents.append(base.object)
            lists.append(_linear(machine, base.object, depth + 1))
        else:
            outside = base if isinstance(base, Dotted) else Dotted("a class that cannot be seen")
            if outside.name != "builtins.object":
                parents.append(outside)
                lists.append([outside])
    return [number, *_merge([*lists, parents])]


def _merge(lists: list[list[int | Dotted]]) -> list[int | Dotted]:
    result: list[int | Dotted] = []
    lists = [list(each) for each in lists if each]
    while lists:
        for each in lists:
            head = each[0]
            if not any(head in other[1:] for other in lists):
                break
        else:
            head = lists[0][0]
        result.append(head)
        lists = [[item for item in other if item != head] for other in lists]
        lists = [other for other in lists if other]
    return result


def class_attribute(machine: Machine, value: Ref, name: str, origin: Origin) -> Value:
    """Return an attribute of a class or of an instance."""
    content = machine.store.content(value.object)
    found: Value = UNBOUND
    if isinstance(content, InstanceContent):
        found = restrict(machine.store.get(content.scope, name), machine.known)
        number = content.cls
    else:
        number = value.object
    if found is not UNBOUND:
        return found
    return _search(machine, resolution_order(machine, number), value, name, origin)


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
                outside = Unknown(
                    f"`{name}` comes from {each.name}, which is not in the tree", f"{each.name}.{name}", origin
                )
        else:
            content = machine.store.content(each)
            assert isinstance(content, ClassContent)
            outside = restrict(machine.store.get(content.scope, name), machine.known)
            if outside is UNBOUND:
                continue
            outside = machine.each(outside, lambda held: _bound(machine, held, receiver, origin))
        found = outside if isinstance(found, Unbound) else select(presence(found), found, outside)
        if not possible(presence(found), False):
            return found
    if found is UNBOUND:
        return Unknown(f"there is no attribute `{name}`", f"no attribute {name}", origin)
    return found


def _bound(machine: Machine, held: Value, receiver: Ref, origin: Origin) -> Value:
    if not isinstance(held, Function):
        return held
    is_class = isinstance(machine.store.content(receiver.object), ClassContent)
    if held.kind == "property":
        if is_class:
            return held
        import ast

        call = ast.copy_location(ast.Call(origin.node, [], []), origin.node)
        return call_function(machine, held, Arguments(call, origin, [receiver]))
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
        from djconnfix.settings.externals import call_external

        return call_external(machine, outside[0], arguments)
    scope = machine.store.new_scope()
    instance = Ref(machine.store.new_object(InstanceContent(value.object, scope)), arguments.origin)
    initializer = class_attribute(machine, instance, "__init__", arguments.origin)
    if isinstance(initializer, Method):
        bound = Arguments(
            arguments.node, arguments.origin, [instance, *arguments.positional], [], arguments.keywords,
            arguments.keyword_nodes, arguments.unseen,
        )  # fmt: skip
        call_function(machine, initializer.function, bound)
    elif arguments.all:
        return unknown_call(machine, value, arguments)
    return instance


__all__ = ["NONE", "class_attribute", "define", "instantiate", "resolution_order", "super_attribute"]
