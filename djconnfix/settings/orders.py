"""Classes of the tree: the order in which their attributes are looked up, and what their bodies bind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.settings.choices import restrict
from djconnfix.settings.store import ClassContent
from djconnfix.settings.values import UNBOUND, Dotted, Function, Ref

if TYPE_CHECKING:
    from djconnfix.settings.machine import Machine


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


def own_names(machine: Machine, number: int) -> set[str]:
    """Return what the bodies of a class and of its bases in the tree bind."""
    names: set[str] = set()
    for each in resolution_order(machine, number):
        content = machine.store.content(each) if isinstance(each, int) else None
        if isinstance(content, ClassContent):
            names |= set(machine.store.names[content.scope])
    return names


def is_method(machine: Machine, number: int, name: str) -> bool:
    """Whether a class has a method of a name, which its objects hardly ever replace."""
    for each in resolution_order(machine, number):
        content = machine.store.content(each) if isinstance(each, int) else None
        held = machine.store.get(content.scope, name) if isinstance(content, ClassContent) else UNBOUND
        if held is not UNBOUND:
            return isinstance(held, Function)
    return False
