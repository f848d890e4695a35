"""One finding for what several settings roots, or several definitions of an alias, have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import clause_of
from djconnfix.findings import Applicability, Because
from djconnfix.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TypeVar

    from djconnfix.facts import DatabaseKey
    from djconnfix.findings import Problem, Remedy

    Item = TypeVar("Item")
    Definitions = Mapping[tuple[str, str], Mapping[DatabaseKey, tuple[str, ...]]]

_LONGEST_CONDITION = 120  # characters; what is longer stands with the evidence
_READ_ON = 400
_CASES = 3  # of those that a problem holds in, how many are spelled out
_NEGATIONS = ((" is not set", " is set"), (" is off", " is on"), (" not in ", " in "), (" != ", " == "))
_CAREFUL = (Applicability.MANUAL, Applicability.UNSAFE, Applicability.SAFE)


def merged(problems: Iterable[Problem], definitions: Definitions) -> list[Problem]:
    """Join one rule's problems of the same place, alias and message; the first stands for all.

    A shared site is edited once, so the remedy holds the actions of all and is as careful as the most careful one.

    Args:
        problems: of one rule.
        definitions: by settings module and alias, the conditions of every definition; a problem of some of them alone
            says of which.
    """
    groups: dict[tuple[object, ...], list[Problem]] = {}
    for problem in problems:
        alias = problem.database.alias if problem.database else ""
        groups.setdefault((problem.location, alias, problem.message), []).append(problem)
    return [_join(group, definitions) for group in groups.values()]


def _join(group: list[Problem], definitions: Definitions) -> Problem:
    first = group[0]
    cases = _distinct(problem.when for problem in group)
    when = first.when if len(cases) == 1 else _when(group, definitions)
    spelled: tuple[Because, ...] = ()
    if when is None:
        short = [case for case in cases if case and len(case) <= _LONGEST_CONDITION]
        spelled = tuple(Because(f"it is so{_cut(case)}") for case in short[:_CASES] or cases[:1])
        when = " in some cases"
    elif len(when) > _LONGEST_CONDITION:
        spelled = (Because(f"it is so{_cut(when)}"),)
        when = " under some conditions"
    if len(group) == 1:
        return replace(first, message=f"{first.message}{when}", because=(*first.because, *spelled)) if when else first
    return replace(
        first,
        message=f"{first.message}{when}",
        because=(*_distinct(because for problem in group for because in problem.because), *spelled),
        remedy=_join_remedies([problem.remedy for problem in group if problem.remedy is not None]),
        also=tuple(m for m in _distinct(problem.settings for problem in group) if m not in ("", first.settings)),
    )


def _when(group: list[Problem], definitions: Definitions) -> str | None:
    """Return the condition that tells a group's definitions from the others of their aliases; None when none does."""
    keys = {problem.database for problem in group if problem.database is not None}
    found: set[str] = set()
    for module, alias in {(key.settings, key.alias) for key in keys}:
        of_alias = definitions.get((module, alias), {})
        held = [conditions for key, conditions in of_alias.items() if key in keys]
        others = [set(conditions) for key, conditions in of_alias.items() if key not in keys]
        if not held or not others:
            return ""  # always, by these settings
        common = tuple(clause for clause in held[0] if all(clause in each for each in held))
        if not common or any(each.issuperset(common) for each in others):
            return None
        found.add(clause_of(_telling(common, others)))
    return found.pop() if len(found) == 1 else None if found else ""


def _telling(clauses: tuple[str, ...], others: list[set[str]]) -> tuple[str, ...]:
    """Return as few and as short clauses as still contradict each of the others, in so many words."""
    contradicted = [{_asked(each) for each in other} for other in others]
    for clause in sorted(clauses, key=len, reverse=True):
        fewer = [each for each in clauses if each != clause]
        opposites = {(asked, not so) for asked, so in map(_asked, fewer)}
        if all(opposites & other for other in contradicted):
            clauses = tuple(fewer)
    return clauses


def _asked(clause: str) -> tuple[str, bool]:
    """Return the question that a clause answers, and whether it says yes."""
    clause = clause.removesuffix(" (or not set)").removesuffix(" (and set)")
    if clause.startswith("not "):
        rest = clause.removeprefix("not ")
        return (rest[1:-1] if rest.startswith("(") and rest.endswith(")") else rest), False
    for no, yes in _NEGATIONS:
        if no in clause:
            return clause.replace(no, yes, 1), False
    return clause, True


def _cut(when: str) -> str:
    """Return a long condition, cut between words where nobody would read on."""
    return when if len(when) <= _READ_ON else f"{when[:_READ_ON].rpartition(' ')[0]} …"


def _join_remedies(remedies: list[Remedy]) -> Remedy | None:
    if not remedies:
        return None
    careful = min(remedies, key=lambda remedy: _CAREFUL.index(remedy.applicability))
    if careful.applicability is Applicability.MANUAL:
        return careful
    return replace(careful, actions=_distinct(action for remedy in remedies for action in remedy.actions))


def _distinct(items: Iterable[Item]) -> tuple[Item, ...]:
    found: list[Item] = []  # values in actions need not be hashable
    for item in items:
        if item not in found:
            found.append(item)
    return tuple(found)
