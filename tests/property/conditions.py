"""Whether a definition's conditions, as the program words them, hold in an environment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENGINES = {"postgres": "postgresql", "postgresql": "postgresql", "mysql": "mysql", "sqlite": "sqlite3"}
_TRUTH = re.compile(r"bool\((\w+)\)")
_AMONG = re.compile(r"(\w+) (not )?in (?:tuple)?\(([^()]*)\)")
_SET = re.compile(r"(\w+) is (not )?set")
_EQUAL = re.compile(r"(engine of )?(\w+) == '([^']*)'")
_OTHER = re.compile(r"(engine of )?(\w+) != '([^']*)'")
_ON = re.compile(r"(\w+) is (on|off)")
_EMPTY = re.compile(r"(\w+) is not empty|(\w+) is set, but empty")
_NAME = re.compile(r"\b[A-Z][A-Z_]*\b")
_TRUE = {"1", "true", "on", "yes", "y", "t", "ok"}


def holds(condition: str, environment: Mapping[str, str]) -> bool | None:
    """Return whether a condition holds, None when its words are not understood."""
    if condition.startswith(("class ", "unless ")):
        return True  # the caller looks at the class; nothing overrides anything in these projects
    if "; or " in condition:
        return _any([holds(part, environment) for part in condition.split("; or ")])
    if " and " in condition:
        return _all([holds(part, environment) for part in condition.split(" and ")])
    if condition.startswith("not (") and condition.endswith(")"):
        inner = holds(condition[5:-1], environment)
        return None if inner is None else not inner
    for end, while_unset in ((" (or not set)", True), (" (and set)", False)):
        if condition.endswith(end):
            is_set = any(name in environment for name in _NAME.findall(condition))
            return holds(condition.removesuffix(end), environment) if is_set else while_unset
    if found := _EMPTY.fullmatch(condition):
        return (
            bool(found[1])
            if (value := environment.get(found[1] or found[2])) is None
            else bool(value) is bool(found[1])
        )
    if found := _SET.fullmatch(condition):
        return bool(environment.get(found[1])) is not bool(found[2])
    if found := _TRUTH.fullmatch(condition):
        return bool(environment.get(found[1]))
    if (found := _AMONG.fullmatch(condition)) and found[1] in environment:
        return (environment[found[1]] in re.findall(r"'([^']*)'", found[3])) is not bool(found[2])
    if found := _EQUAL.fullmatch(condition):
        return _equal(found[1] or "", found[2], found[3], environment)
    if found := _OTHER.fullmatch(condition):
        equal = _equal(found[1] or "", found[2], found[3], environment)
        return None if equal is None else not equal
    if (found := _ON.fullmatch(condition)) and found[1] in environment:
        return (environment[found[1]].lower() in _TRUE) is (found[2] == "on")
    return None


def _equal(part: str, variable: str, constant: str, environment: Mapping[str, str]) -> bool | None:
    if variable not in environment:
        return None  # the default decides
    value = environment[variable]
    if part:
        return constant == f"django.db.backends.{_ENGINES[value.partition(':')[0]]}"
    return value == constant


def _any(found: list[bool | None]) -> bool | None:
    return True if True in found else None if None in found else False


def _all(found: list[bool | None]) -> bool | None:
    return False if False in found else None if None in found else True
