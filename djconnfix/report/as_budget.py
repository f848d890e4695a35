"""How many connections may stand open at a time, as a sum that a person can follow: for each server, and in total."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.budget import admitted, budget, limit_of
from djconnfix.decision import Front, outside
from djconnfix.facts import Role, State
from djconnfix.masking import mask
from djconnfix.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.budget import Budget
    from djconnfix.facts import Database, Project, SettingsModule

_NAMES = {"postgresql": "PostgreSQL", "mysql": "MySQL", "oracle": "Oracle"}


def write_budget(project: Project) -> str:
    """Return the sums of every production settings module; empty when none has an alias of a database server."""
    lines: list[str] = []
    for settings in project.settings:
        if settings.role is Role.PRODUCTION and (groups := _groups(settings)):
            lines += [settings.module, *(line for group in groups for line in _group(settings, group)), ""]
    return mask("\n".join(plain(line) for line in lines))


def _groups(settings: SettingsModule) -> list[list[Database]]:
    """Group one definition of each alias by what it connects to."""
    groups: dict[tuple[object, ...], list[Database]] = {}
    seen: set[str] = set()
    for database in settings.databases:
        if not database.may_be_server or database.alias in seen:
            continue
        seen.add(database.alias)
        address = [(value.value, value.variable) for value in (database.get("HOST"), database.get("PORT"))]
        unseen = database.alias if database.get("HOST").state is State.UNKNOWN else ""
        groups.setdefault((database.vendor, *address, unseen), []).append(database)
    return list(groups.values())


def _group(settings: SettingsModule, group: list[Database]) -> Iterator[str]:
    evidence = settings.evidence
    sums = [budget(database, evidence.servers, evidence.max_connections) for database in group]
    for database, each in zip(group, sums, strict=True):
        yield f"  alias {database.alias!r}, {_NAMES.get(database.vendor, 'a database server')}{_kept(database)}"
        for because in each.because:
            place = f"  ({because.location.path}:{because.location.line})" if because.location else ""
            yield f"    {because.text}{place}"
        if not each.because:
            yield "    no file says how many processes serve it"
    if any(each.because for each in sums):
        yield f"  {_total(settings, group, sums)}"


def _kept(database: Database) -> str:
    age = database.conn_max_age
    if database.has_pool:
        return ", kept in a pool"
    closed = age.certain and isinstance(age.value, int | float) and age.value <= 0
    return ", closed after each request" if closed else ""


def _total(settings: SettingsModule, group: list[Database], sums: list[Budget]) -> str:
    total = sum(each.total for each in sums)
    complete = all(each.complete and each.because for each in sums)
    said = f"together {'' if complete else 'at least '}{total} at a time"
    front = outside(group[0], settings.evidence)
    if front.front is not Front.DIRECT:
        return f"{said}, to {front.program or 'a pooler'}, which decides how many reach the server"
    limit = limit_of(group[0].vendor, settings.evidence.max_connections)
    if limit is None:
        return said
    left = limit - total
    rest = f"{left} to spare" if left >= 0 else f"{-left} too many"
    return f"{said}; {admitted(group[0].vendor, settings.evidence.max_connections)}: {rest}"
