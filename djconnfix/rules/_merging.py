"""One finding for what several settings roots, or several definitions of an alias, have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Applicability, Because
from djconnfix.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TypeVar

    from djconnfix.findings import Problem, Remedy

    Item = TypeVar("Item")

_LONGEST_CONDITION = 120  # characters; what is longer stands with the evidence
_READ_ON = 400
_CASES = 3  # of those that a problem holds in, how many are spelled out
_CAREFUL = (Applicability.MANUAL, Applicability.UNSAFE, Applicability.SAFE)


def merged(problems: Iterable[Problem], definitions: Mapping[tuple[str, str], int]) -> list[Problem]:
    """Join one rule's problems of the same place, alias and message; the first stands for all.

    A shared site is edited once, so the remedy holds the actions of all and is as careful as the most careful one.

    Args:
        problems: of one rule.
        definitions: how many definitions each alias of each settings module has; a problem of some of them alone
            says so.
    """
    groups: dict[tuple[object, ...], list[Problem]] = {}
    for problem in problems:
        alias = problem.database.alias if problem.database else ""
        groups.setdefault((problem.location, alias, problem.message), []).append(problem)
    return [_join(group, definitions) for group in groups.values()]


def _join(group: list[Problem], definitions: Mapping[tuple[str, str], int]) -> Problem:
    first = group[0]
    when = first.when if {problem.when for problem in group} == {first.when} else ""
    spelled: tuple[Because, ...] = ()
    cases = _distinct(problem.when for problem in group if problem.when)
    if len(cases) > 1 and not _always(group, definitions):
        short = [case for case in cases if len(case) <= _LONGEST_CONDITION]
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


def _always(group: list[Problem], definitions: Mapping[tuple[str, str], int]) -> bool:
    """Whether some settings module has the problem in every definition of the alias."""
    found: dict[tuple[str, str], set[int]] = {}
    for problem in group:
        if problem.database is not None:
            key = (problem.database.settings, problem.database.alias)
            found.setdefault(key, set()).add(problem.database.index)
    return not found or any(len(indexes) >= definitions.get(key, 1) for key, indexes in found.items())


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
