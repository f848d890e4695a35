"""Where settings are read from: the module itself, or each concrete settings class in it."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from djconnfix.records import dataclass
from djconnfix.settings.arguments import Arguments
from djconnfix.settings.calls import call_function
from djconnfix.settings.choices import leaves_of, restrict
from djconnfix.settings.classes import class_attribute, resolution_order
from djconnfix.settings.definitions import Definition, definitions
from djconnfix.settings.snapshot import canonical, flatten
from djconnfix.settings.store import ClassContent, InstanceContent
from djconnfix.settings.values import UNBOUND, Dotted, Method, Origin, Ref, Unbound, Unknown, Value

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Mapping

    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Atom, ModuleValue

_CONFIGURATION = "configurations."


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """One set of settings.

    Attributes:
        label: the settings class, empty for the module.
        settings: every setting as it is at the end.
        known: what must hold for the module to load at all.
        definitions: those of `DATABASES`.
        texts: gives the canonical form of every setting.
        unseen: why `DATABASES` may hold more than can be seen.
    """

    label: str
    settings: Mapping[str, Value]
    known: Mapping[Atom, bool]
    definitions: tuple[Definition, ...]
    texts: Callable[[], Mapping[tuple[str, ...], str]]
    unseen: tuple[str, ...] = ()

    def get(self, name: str) -> Value:
        """Return a setting, `UNBOUND` when it is not set."""
        return self.settings.get(name, UNBOUND)

    def snapshot(self) -> Mapping[tuple[str, ...], str]:
        """Return the canonical form of every setting."""
        return self.texts()


def contexts(machine: Machine, root: ModuleValue) -> tuple[Context, ...]:
    """Return the contexts of a root: the module first, then its concrete settings classes."""
    names = machine.store.names[root.scope]
    settings = {name: restrict(machine.store.get(root.scope, name), machine.known) for name in names}
    found = [_context(machine, "", settings)]
    classes = _settings_classes(machine, settings, module_has_databases=bool(found[0].definitions))
    return (*found, *(_class_context(machine, number) for number in classes))


def _context(machine: Machine, label: str, settings: Mapping[str, Value]) -> Context:
    known = dict(machine.known)
    held = tuple(definitions(machine, settings.get("DATABASES", UNBOUND), label))
    texts = cache(partial(_texts, machine, label, settings, known, held))
    if label:  # what a class was set up with is undone
        texts()
    leaves = leaves_of(restrict(settings.get("DATABASES", UNBOUND), known))
    contents = [content for leaf in leaves if (content := machine.dict_of(leaf)) is not None]
    unseen = tuple(content.unseen[0] for content in contents if content.unseen)
    return Context(label, settings, known, held, texts, unseen)


def _texts(
    machine: Machine,
    label: str,
    settings: Mapping[str, Value],
    known: Mapping[Atom, bool],
    held: tuple[Definition, ...],
) -> Mapping[tuple[str, ...], str]:
    prefix = (f"class {label}",) if label else ()
    texts: dict[tuple[str, ...], str] = {}
    for name, value in settings.items():
        if not name.isupper() or isinstance(value, Unbound):
            continue
        if name != "DATABASES" or not held:
            key = (*prefix, name)
            texts[key] = canonical(machine, value, known)
    counts: dict[tuple[str, ...], int] = {}
    for definition in held:
        head = (*prefix, "DATABASES", definition.alias, "; ".join(definition.conditions))
        counts[head] = counts.get(head, 0) + 1
        if counts[head] > 1:
            head = (*head, f"#{counts[head]}")
        for path, text in flatten(machine, definition).items():
            key = head + path
            texts[key] = text
    return texts


def _settings_classes(machine: Machine, settings: Mapping[str, Value], *, module_has_databases: bool) -> list[int]:
    """Return the classes that are settings, without those that are only bases of others."""
    reachable = {
        leaf.object
        for value in settings.values()
        for leaf in leaves_of(value)
        if isinstance(leaf, Ref) and leaf.object in machine.account.classes
    }
    found: list[int] = []
    bases: set[int] = set()
    for number in machine.account.classes:
        if number not in reachable:
            continue
        order = resolution_order(machine, number)
        outside = any(isinstance(each, Dotted) and each.name.startswith(_CONFIGURATION) for each in order)
        own = any(isinstance(each, int) and _has(machine, each, "DATABASES") for each in order)
        if own and (outside or not module_has_databases):
            found.append(number)
            bases.update(each for each in order[1:] if isinstance(each, int))
    return [number for number in found if number not in bases]


def _has(machine: Machine, number: int, name: str) -> bool:
    content = machine.store.content(number)
    return isinstance(content, ClassContent) and machine.store.get(content.scope, name) is not UNBOUND


def _class_context(machine: Machine, number: int) -> Context:
    """Set a class up as django-configurations does and read it; what that changes is undone afterwards."""
    content = machine.store.content(number)
    assert isinstance(content, ClassContent)
    log = machine.store.begin()
    known = machine.known
    machine.label = content.name
    try:
        node = _node(content.node)
        origin = Origin(content.source, content.node, node)
        cls = Ref(number)
        instance = Ref(machine.store.new_object(InstanceContent(number, machine.store.new_scope())))
        for hook in ("pre_setup", "setup"):
            _hook(machine, cls, hook, origin)
        settings = {name: class_attribute(machine, instance, name, origin) for name in _attributes(machine, number)}
        _hook(machine, cls, "post_setup", origin)
        settings = {name: restrict(value, machine.known) for name, value in settings.items()}
        return _context(machine, content.name, settings)
    finally:
        machine.known, machine.label = known, ""
        machine.store.keep(machine.store.rewind(log))


def _attributes(machine: Machine, number: int) -> list[str]:
    names: dict[str, None] = {}
    for each in reversed(resolution_order(machine, number)):
        if isinstance(each, int):
            content = machine.store.content(each)
            assert isinstance(content, ClassContent)
            names.update((name, None) for name in machine.store.names[content.scope] if name.isupper())
    return list(names)


def _hook(machine: Machine, cls: Ref, name: str, origin: Origin) -> None:
    held = class_attribute(machine, cls, name, origin)
    if isinstance(held, Method):
        import ast

        call = ast.copy_location(ast.Call(origin.node, [], []), origin.node)
        call_function(machine, held.function, Arguments(call, origin, [cls]))
    elif isinstance(held, Unknown) and not held.key.startswith(("no attribute", "pydantic")):
        machine.note(f"`{name}()` of a settings class cannot be seen")


def _node(statement: ast.ClassDef) -> ast.expr:
    import ast

    return ast.copy_location(ast.Name(statement.name, ast.Load()), statement)
