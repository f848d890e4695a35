"""The settings evaluator's front door: one settings root in, facts out."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from djconnfix.facts import DatabaseKey, Unreadable
from djconnfix.settings import contexts as _contexts
from djconnfix.settings.account import Frame
from djconnfix.settings.choices import leaves_of, restrict
from djconnfix.settings.convert import database, place, value_of
from djconnfix.settings.lists import list_setting
from djconnfix.settings.machine import Machine, OutOfBudgetError
from djconnfix.settings.modules import MAX_MODULES, Modules, evaluable, module_name
from djconnfix.settings.names import module_names
from djconnfix.settings.phrases import OUTSIDE, from_outside
from djconnfix.settings.readings import plain
from djconnfix.settings.store import ListContent
from djconnfix.settings.traces import Traces
from djconnfix.settings.values import BY_DEFAULT, UNBOUND, Dotted, ModuleValue, Unbound, Unknown
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djconnfix.facts import Database, ListSetting, ModuleName, Value, Version
    from djconnfix.project.files import Tree
    from djconnfix.settings.definitions import Definition
    from djconnfix.settings.trace import Trace
    from djconnfix.source import Location, SourceFile

_LISTS = ("MIDDLEWARE", "MIDDLEWARE_CLASSES", "INSTALLED_APPS")


class Evaluation:
    """What one settings root says.

    Attributes:
        path: the root's file.
        module: its dotted name.
        paths: every file that was read for it, the root first.
        unreadable: imported files that could not be read or parsed.
        notes: what limits the picture as a whole, one clause each.
    """

    def __init__(self, machine: Machine, root: ModuleValue) -> None:
        self._machine = machine
        self._root = root
        self.path = root.path
        self.module = root.name
        self.paths = tuple(machine.modules.paths)
        self.unreadable = tuple(
            Unreadable(each.path, each.line, each.reason) for each in machine.account.unreadable.values()
        )

    @property
    def sources(self) -> tuple[SourceFile, ...]:
        """The files that were read, the root first."""
        read = [path for path in self.paths[:MAX_MODULES] if path not in self._machine.account.unreadable]
        return tuple(map(self._machine.tree.source, read))

    def holds_in(self, tree: Tree, path: str, versions: Mapping[str, Version]) -> bool:
        """Whether evaluating a root would give this very evaluation: it would read the same bytes."""
        mine = self._machine.tree
        same_root = self.path == path and dict(self._machine.versions) == dict(versions)
        if not same_root or self.unreadable or len(self.paths) > MAX_MODULES or not tree.has_files_of(mine):
            return False
        try:
            return all(tree.source(each).data == mine.source(each).data for each in self.paths)
        except UnreadableError:
            return False

    @property
    def notes(self) -> tuple[str, ...]:
        """What limits the picture as a whole, one clause each."""
        _ = self._contexts
        return tuple(self._machine.account.notes)

    @cached_property
    def _contexts(self) -> tuple[_contexts.Context, ...]:
        machine = self._machine
        loading, died = machine.account.dead, machine.died
        machine.account.dead = [*loading, *died]
        found = _contexts.contexts(machine, self._root)
        if died and not any(each.definitions for each in found):  # then it is this reading that is mistaken
            machine.account.dead = loading
            found = _contexts.contexts(machine, self._root)
        return found

    @cached_property
    def _definitions(self) -> dict[DatabaseKey, Definition]:
        found = [each for context in self._contexts for each in context.definitions]
        order = {path: number for number, path in enumerate(self.paths)}

        def position(definition: Definition) -> tuple[int, int]:
            location = place(self._machine, definition)
            return order.get(location.path, len(order)), location.start

        counts: dict[str, int] = {}
        keyed: dict[DatabaseKey, Definition] = {}
        for definition in sorted(found, key=position):
            index = counts.get(definition.alias, 0)
            counts[definition.alias] = index + 1
            keyed[DatabaseKey(self.module, definition.alias, index)] = definition
        return keyed

    @cached_property
    def _traces(self) -> Traces:
        return Traces(self._machine, self._definitions)

    def databases(self) -> tuple[Database, ...]:
        """Return every definition of every alias, in file order."""
        return self._databases

    def database(self, key: DatabaseKey) -> Database:
        """Return one definition; raises `KeyError` where there is no such."""
        return self._by_key[key]

    @cached_property
    def _by_key(self) -> dict[DatabaseKey, Database]:
        return {database.key: database for database in self.databases()}

    @cached_property
    def _databases(self) -> tuple[Database, ...]:
        return tuple(
            database(self._machine, definition, key, self._overrides(definition))
            for key, definition in self._definitions.items()
        )

    @cached_property
    def of_tests(self) -> tuple[DatabaseKey, ...]:
        """The definitions that hold only while tests run."""
        return tuple(database.key for database in self.databases() if database.for_tests)

    @cached_property
    def partly_judged(self) -> frozenset[str]:
        """The aliases that depend on more conditions than are looked at: more definitions may hold than are known."""
        return frozenset(key.alias for key, definition in self._definitions.items() if definition.unseen)

    def _overrides(self, definition: Definition) -> tuple[str, ...]:
        """Return who, out of the tree, may override a definition."""
        last = self._bound.get(definition.container, 0)
        overrides = self._machine.account.overrides.items()
        names = [name for (_, name), moment in overrides if moment > last]
        return tuple(f"unless {name}{',' if ', ' in name else ''} overrides it" for name in names)

    @cached_property
    def _bound(self) -> dict[int, int]:
        """The last moment at which each dictionary was bound to `DATABASES`, by its number."""
        found: dict[int, int] = {}
        for event in self._machine.account.events:
            if event.scope and event.key == "DATABASES":
                found[event.number] = max(event.moment, found.get(event.number, 0))
        return found

    def lists(self) -> Mapping[str, ListSetting]:
        """Return `MIDDLEWARE`, `MIDDLEWARE_CLASSES` and `INSTALLED_APPS` where present."""
        found: dict[str, ListSetting] = {}
        for name in _LISTS:
            held = [(context.known, context.get(name)) for context in self._contexts]
            setting = list_setting(self._machine, name, held)
            if setting is not None:
                found[name] = setting
        return found

    def names(self) -> tuple[ModuleName, ...]:
        """Return module-level names that look like keys of an alias."""
        return module_names(self._machine, self._contexts, self.paths)

    def held_elsewhere(self) -> tuple[tuple[str, Location], ...]:
        """Return why `DATABASES` (or part of it) is not in the tree: clause and place each."""
        machine = self._machine
        found: dict[tuple[str, Location], None] = {}
        for held, scope in machine.account.held.items():
            if scope == self._root.scope or "DATABASES" in machine.store.names[scope]:
                found[held] = None
        for context in self._contexts:
            clauses = [f"`DATABASES` may hold more than can be seen: {reason}" for reason in context.unseen]
            for leaf in leaves_of(restrict(context.get("DATABASES"), context.known)):
                if isinstance(leaf, Unknown):
                    clauses.append(f"`DATABASES` cannot be seen: {leaf.reason}")
                elif isinstance(leaf, Dotted):
                    clauses.append(f"`DATABASES` comes from `{leaf.name}`, {OUTSIDE}")
            for clause in clauses:
                found.setdefault((clause, self._location_of("DATABASES")))
        if not self._definitions and not found and (opened := machine.modules.opened.get(self._root.scope)):
            clause = from_outside("DATABASES", opened[-1]).replace(" comes ", " may come ", 1)
            found[clause, self._location_of("DATABASES")] = None
        return tuple(found)

    def _location_of(self, name: str) -> Location:
        """Return the last statement that binds a name in the tree, the root's beginning when there is none."""
        import ast

        from djconnfix.source import Location

        for path in self.paths:
            if path in self._machine.account.unreadable:
                continue
            source = self._machine.tree.source(path)
            for statement in reversed(source.tree.body):
                if any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(statement)):
                    return source.node_location(statement)
        return Location(self.path, 1, 1, 1, 1, 0, 0)

    def value(self, name: str) -> Value | None:
        """Return a plain module-level setting, None when the module does not set it."""
        context = self._contexts[0]
        held = context.get(name)
        if isinstance(held, Unbound):
            return None
        from djconnfix.settings.values import origin_of

        origin = origin_of(held)
        location = origin.location if origin is not None else None
        return value_of(self._machine, held, context.known, location)

    def trace(self, key: DatabaseKey) -> Trace:
        """Return how a definition came to be.

        Raises:
            KeyError: this evaluation has no such definition.
        """
        return self._traces.of(key)

    def decides_otherwise(self, other: Evaluation) -> bool:
        """Whether a condition that holds in one of both while its variable is unset does not hold so in the other."""
        mine, theirs = self._conditions, other._conditions
        return any(not theirs.isdisjoint(_twins(key)) for key in mine - theirs)

    @cached_property
    def _conditions(self) -> frozenset[str]:
        """The keys of the conditions on which definitions depend."""
        return frozenset(atom.key for each in self._definitions.values() for world in each.worlds for atom in world)

    def failing(self) -> frozenset[frozenset[tuple[str, bool]]]:
        """Return the conditions, by their keys, under each of which loading the settings ends early."""
        worlds = (*self._machine.failing, *self._machine.account.dead)
        return frozenset(frozenset((atom.key, holds) for atom, holds in world.items()) for world in worlds)

    def snapshot(self) -> Mapping[tuple[str, ...], str]:
        """Return a canonical form of every setting, free of positions; proofs compare two of them."""
        result: dict[tuple[str, ...], str] = {}
        for context in self._contexts:
            result.update(context.snapshot())
        return result


def _twins(key: str) -> tuple[str, str]:
    """Return the keys of what is the same condition with a default that decides otherwise."""
    if key.endswith(BY_DEFAULT):
        read = key.removesuffix(BY_DEFAULT)
        return read, f"{read} is set"
    return f"{key}{BY_DEFAULT}", f"{key.removesuffix(' is set')}{BY_DEFAULT}"


def evaluate(tree: Tree, path: str, versions: Mapping[str, Version] | None = None) -> Evaluation:
    """Evaluate the settings module at `path` and all it imports inside the tree.

    Args:
        tree: the project's files.
        path: the root, relative to the tree.
        versions: installed versions of helper packages, by normalised name.

    Raises:
        UnreadableError: the root itself cannot be read or parsed.
    """
    source = evaluable(tree, path)
    machine = Machine(tree, versions or {})
    machine.modules = Modules(machine)
    try:
        root = machine.modules.load(path, module_name(tree, path))
    except (OutOfBudgetError, RecursionError):
        machine.note("the settings take more steps than are followed")
        machine.frames.clear()
        machine.stack.clear()
        root = machine.modules.load(path, module_name(tree, path))
        machine.modules.open(root.scope, "statements that were not read to their end")
        machine.moment = 0
        machine.cut_short()
    frame = Frame((root.scope,), root, source)
    frame.statement = source.tree.body[-1] if source.tree.body else None
    machine.frames.append(frame)
    return Evaluation(machine, root)


__all__ = ["UNBOUND", "Evaluation", "ListContent", "evaluate", "plain"]
