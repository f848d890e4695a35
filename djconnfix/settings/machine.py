"""The evaluator's machine: state, branches, budgets, and the account of what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.records import dataclass
from djconnfix.settings.account import Event, Frame
from djconnfix.settings.choices import assumed, entails, guarded, leaves_of, possible, restrict, select
from djconnfix.settings.failures import Failures
from djconnfix.settings.phrases import at_place, without_place
from djconnfix.settings.store import Ancestor, DictContent, ListContent, Store
from djconnfix.settings.values import (
    FALSE,
    TRUE,
    UNBOUND,
    Guarded,
    Origin,
    Ref,
    Unknown,
    Value,
    WriteSite,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Mapping

    from djconnfix.facts import Version
    from djconnfix.project.files import Tree
    from djconnfix.settings.completions import Completion
    from djconnfix.settings.modules import Modules
    from djconnfix.settings.values import CreationSite

MAX_STEPS = 100_000
MAX_DEPTH = 24
MAX_BRANCHES = 40
MAX_DEAD = 16  # impossible combinations that are looked at for each choice


class OutOfBudgetError(Exception):
    """The evaluation took more steps than it may."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What `.keys()`, `.values()` or `.items()` gave: it follows its dictionary.

    Attributes:
        whole: the dictionary.
        make: makes of the dictionary's content what the view holds.
        seen: the content that it was made of last.
        content: what was made of it.
    """

    whole: int
    make: Callable[[DictContent], ListContent]
    seen: DictContent
    content: ListContent


class Machine(Failures):
    """Everything that the parts of the evaluator share."""

    def __init__(self, tree: Tree, versions: Mapping[str, Version]) -> None:
        super().__init__()
        self.tree = tree
        self.versions = versions
        self.store = Store()
        self.stack: list[tuple[Frame, ast.stmt]] = []
        self.frames: list[Frame] = []
        self.moment = 0
        self.depth = 0
        self.label = ""
        self.process = self.store.new_scope()
        self.outside = self.store.new_scope()
        self.modules: Modules
        self._occurrences: dict[str, int] = {}
        self._branching = 0
        self.views: dict[int, View] = {}

    def step(self) -> None:
        """Count a step.

        Raises:
            OutOfBudgetError: there were too many.
        """
        self.moment += 1
        if self.moment > MAX_STEPS:
            raise OutOfBudgetError

    def cut_short(self) -> None:
        """Go on reading results after the budget was spent; what was open on branches is forgotten."""
        self.store.forget_branches()
        self.known = {}
        self.catching = 0
        self.depth = 0

    def here(self, node: ast.expr) -> Origin:
        """Return the origin of an expression that is being evaluated."""
        frame = self.frames[-1]
        assert frame.statement is not None
        return Origin(frame.source, frame.statement, node)

    def note(self, text: str) -> None:
        """Remember something that limits the picture as a whole."""
        self.account.notes[text] = None

    def hold_elsewhere(self, clause: str, origin: Origin | None) -> None:
        """Remember that `DATABASES`, or part of it, comes from somewhere out of sight."""
        frame = self.frames[-1]
        if origin is not None:
            location = origin.location
        elif frame.statement is not None:
            location = frame.source.node_location(frame.statement)
        else:
            return
        self.account.held[without_place(clause), location] = frame.scopes[-1]

    def placed(self, reason: str) -> str:
        """Return a reason with the place of the statement that is being run."""
        frame = self.frames[-1]
        if frame.statement is None:
            return reason
        return at_place(reason, frame.source.path, frame.statement.lineno)

    def doubt_names(self, scope: int, reason: str) -> None:
        """Say that every name of a scope may have been bound anew."""
        self.modules.open(scope, reason)
        if self.store.get(scope, "DATABASES") is not UNBOUND:
            self.account.overrides.setdefault((scope, reason), self.moment)

    def occurrence(self, key: str) -> str:
        """Return a key that no other evaluation of the same text has: `text#2`."""
        name = f"{self.frames[-1].module.path}:{key}"
        count = self._occurrences[name] = self._occurrences.get(name, 0) + 1
        return f"{key}#{count}"

    # -- branches --

    def fork(
        self, test: Value, then: Callable[[], Completion], orelse: Callable[[], Completion]
    ) -> tuple[Completion, Completion]:
        """Run what happens on both sides of an open condition and join the effects."""
        outer_known = self.known
        results: list[Completion] = []
        changes = []
        self._branching += 1
        try:
            for wanted, run in ((True, then), (False, orelse)):
                self.known = {**outer_known, **assumed(test, wanted)}
                log = self.store.begin()
                try:
                    results.append(run())
                finally:
                    changes.append(self.store.rewind(log))
                    self.known = outer_known
        finally:
            self._branching -= 1
        self.store.join(test, changes[0], changes[1])
        return results[0], results[1]

    def choose(self, test: Value, then: Callable[[], Value], orelse: Callable[[], Value]) -> Value:
        """Return the value of an expression that depends on a condition."""
        test = restrict(test, self.known)
        if not possible(test, False):
            return then()
        if not possible(test, True) or self._is_dead(test, True):
            return orelse()
        if self._is_dead(test, False):
            return then()
        values: list[Value] = []

        def keep(run: Callable[[], Value]) -> Callable[[], None]:
            return lambda: values.append(run())

        self.fork(test, keep(then), keep(orelse))
        return select(test, values[0], values[1])

    def each(self, value: Value, run: Callable[[Value], Value]) -> Value:
        """Do something with each value that a choice chooses from, under its conditions."""
        value = restrict(value, self.known)
        if not isinstance(value, Guarded):
            return run(value)
        if self._branching > MAX_BRANCHES:
            return run(Unknown("decided by too many nested conditions", "too many nested conditions"))
        test = guarded(value.atom, TRUE, FALSE)
        return self.choose(test, lambda: self.each(value.then, run), lambda: self.each(value.orelse, run))

    def _is_dead(self, test: Value, wanted: bool) -> bool:
        """Whether settings that load never come where a tree of conditions comes out so."""
        known = {**self.known, **assumed(test, wanted)}
        return any(entails(known, dead) for dead in self.account.dead[-MAX_DEAD:])

    # -- truth --

    def truth(self, value: Value) -> Value:
        """Return the tree of conditions under which a value is true."""
        from djconnfix.settings.truths import truth

        return truth(self, value)

    # -- objects --

    def new_dict(self, created: CreationSite, entries: Mapping[object, Value] | None = None) -> Ref:
        """Make a dictionary."""
        number = self.store.new_object(DictContent(entries or {}, (), created))
        return Ref(number, created.origin)

    def new_list(self, content: ListContent, origin: Origin | None) -> Ref:
        """Make a list, tuple or set."""
        return Ref(self.store.new_object(content), origin)

    def dict_of(self, value: Value) -> DictContent | None:
        """Return the dictionary that a value refers to, None when it is none."""
        if isinstance(value, Ref):
            content = self.store.content(value.object)
            if isinstance(content, DictContent):
                return content
        return None

    def ancestry(self, number: int) -> tuple[Ancestor, ...]:
        """Return a dictionary and its ancestors, as they are now, for one that takes its entries."""
        content = self.store.content(number)
        lineage = content.lineage if isinstance(content, DictContent) else ()
        return (Ancestor(number, self.moment, self.known), *lineage)

    def list_of(self, value: Value) -> ListContent | None:
        """Return the list, tuple or set that a value refers to, None when it is none."""
        if isinstance(value, Ref):
            content = self.store.content(value.object)
            if isinstance(content, ListContent):
                return content if value.object not in self.views else self._up_to_date(value.object, content)
        return None

    def _up_to_date(self, number: int, content: ListContent) -> ListContent:
        """Return what a view of a dictionary holds now."""
        view = self.views[number]
        whole = self.store.content(view.whole)
        if isinstance(whole, DictContent) and (whole is not view.seen or content is not view.content):
            content = view.make(whole)
            self.store.put(number, content)
            self.views[number] = View(view.whole, view.make, whole, content)
        return content

    def write(self, number: int, key: object, slot: Value, site: WriteSite | None, inherited: int = 0) -> None:
        """Write an entry of a dictionary; `inherited` is the dictionary that it is poured from."""
        content = self.store.content(number)
        if isinstance(content, DictContent):
            self.store.put(number, content.with_entry(key, slot))
            self.record(number, key, site, slot, inherited=inherited)

    def fill(self, target: Ref, entries: Mapping[object, Value]) -> None:
        """Put entries into a dictionary, all at once; who does so has recorded them."""
        content = self.store.content(target.object)
        if entries and isinstance(content, DictContent):
            self.store.put(target.object, content.with_entries(entries))

    def remove(self, number: int, key: object) -> None:
        """Remove an entry of a dictionary."""
        content = self.store.content(number)
        if isinstance(content, DictContent):
            self.store.put(number, content.without(key))
            self.record(number, key, None, UNBOUND)

    def record(
        self, number: int, key: object, site: WriteSite | None, value: Value, scope: int = 0, *, inherited: int = 0
    ) -> None:
        """Remember an event."""
        self.step()
        self.account.events.append(
            Event(self.moment, tuple(self.stack), self.known, number, key, site, value, scope, self.label, inherited)
        )

    def bind(self, scope: int, name: str, value: Value, *, star: bool = False) -> None:
        """Bind a name; events of a star import carry the name with a star in front."""
        self.store.bind(scope, name, value)
        for number in {leaf.object for leaf in leaves_of(value) if isinstance(leaf, Ref)}:
            self.record(number, f"*{name}" if star else name, None, value, scope)
