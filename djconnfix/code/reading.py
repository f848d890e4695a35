"""From files to facts about user code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.code.words import (
    BY_HAND,
    BY_SQL,
    IN_ATOMIC,
    IN_MIDDLEWARE,
    IN_VIEWS,
    LEGACY,
    LIFETIMES,
    WIRING,
    has_any,
    may_hold_facts,
)
from djconnfix.facts import Unreadable
from djconnfix.records import dataclass, replace
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from djconnfix.code.modules import Files, Modules
    from djconnfix.facts import CodeFact


@dataclass(frozen=True, slots=True)
class CodeReading:
    """What was found.

    Attributes:
        facts: in file order.
        unreadable: files that hold words of transaction code and could not be read or parsed.
    """

    facts: tuple[CodeFact, ...]
    unreadable: tuple[Unreadable, ...]


def read_code(tree: Files, paths: Iterable[str]) -> CodeReading:
    """Read what the files at these paths do with transactions and connections.

    Nothing is imported or run. A file without the words is not parsed; one that cannot be parsed is listed.
    """
    from djconnfix.code.modules import Modules

    modules = Modules(tree)
    facts: list[CodeFact] = []
    unreadable: list[Unreadable] = []
    for path in paths:
        try:
            if may_hold_facts(path, tree.source(path).data):
                found = list(_facts(modules, path))
                if (refused := tree.source(path).refused) is not None:
                    found = [_unchanged(fact) for fact in found]
                    unreadable.append(Unreadable(refused.path, refused.line, refused.reason))
                facts.extend(found)
        except UnreadableError as error:
            unreadable.append(Unreadable(error.path, error.line, error.reason))
        except RecursionError:
            unreadable.append(Unreadable(path, 0, "is nested too deeply"))
        modules.forget(path)
    return CodeReading(tuple(facts), tuple(unreadable))


def _unchanged(fact: CodeFact) -> CodeFact:
    """Return a fact without its rewrite: of a file read in part nothing is sure enough to be changed."""
    if not fact.rewrite:
        return fact
    detail = {key: value for key, value in fact.detail.items() if not key.startswith("step ")}
    return replace(fact, rewrite="", rewrite_span=None, detail=detail, why="the file can only be read in part")


def _facts(modules: Modules, path: str) -> Iterator[CodeFact]:
    from djconnfix.code.names import Names

    names = Names(modules.load(path), modules)
    data = names.module.source.data
    found: list[CodeFact] = []
    known: set[int] = set()
    if has_any(data, IN_MIDDLEWARE):
        from djconnfix.code.closing import closing_facts
        from djconnfix.code.requests import middleware_of
        from djconnfix.code.transactions import transaction_facts
        from djconnfix.code.units import middleware_unit
        from djconnfix.code.wiring import opening_facts

        for middleware in middleware_of(names):
            known.update(map(id, (middleware.node, *middleware.functions.values())))
            found.extend(transaction_facts(middleware_unit(middleware, names)))
            found.extend(closing_facts(middleware, names))
            found.extend(opening_facts(middleware, names))
    if has_any(data, BY_HAND):
        from djconnfix.code.transactions import transaction_facts
        from djconnfix.code.units import function_units

        for unit in function_units(names, frozenset(known)):
            found.extend(transaction_facts(unit))
    if has_any(data, LEGACY):
        from djconnfix.code.legacy import legacy_facts

        found.extend(legacy_facts(names))
    if has_any(data, IN_ATOMIC):
        from djconnfix.code.atomic import atomic_facts

        found.extend(atomic_facts(names))
    if b"async def" in data:
        from djconnfix.code.async_views import async_view_facts

        found.extend(async_view_facts(names))
    if has_any(data, LIFETIMES):
        from djconnfix.code.lifetimes import lifetime_facts

        found.extend(lifetime_facts(names))
    if b".execute(" in data and has_any(data, BY_SQL):
        from djconnfix.code.raw_sql import raw_transaction_facts

        found.extend(raw_transaction_facts(names))
    if has_any(data, IN_VIEWS):
        from djconnfix.code.views import view_facts

        found.extend(view_facts(names, frozenset(known)))
    if has_any(data, WIRING):
        from djconnfix.code.wiring import wiring_facts

        found.extend(wiring_facts(names))
    yield from sorted(found, key=lambda fact: (fact.location.start, fact.kind))
