"""Wishes that no rule has: random actions on the definitions of a project, as findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Options, State, Value
from djconnfix.findings import (
    Action,
    Applicability,
    CastSetting,
    Finding,
    MoveSetting,
    Problem,
    Remedy,
    RemoveSetting,
    SetSetting,
    Severity,
)
from tests.property.lists import removal

if TYPE_CHECKING:
    from random import Random

    from djconnfix.engine import Report
    from djconnfix.facts import Database

SETS: tuple[tuple[tuple[str, ...], object], ...] = (
    (("CONN_MAX_AGE",), 61),
    (("CONN_MAX_AGE",), None),
    (("CONN_HEALTH_CHECKS",), True),
    (("ATOMIC_REQUESTS",), True),
    (("DISABLE_SERVER_SIDE_CURSORS",), True),
    (("OPTIONS", "pool"), True),
    (("OPTIONS", "pool"), {"min_size": 2, "max_size": 4}),
    (("OPTIONS", "prepare_threshold"), None),
)


def wishes(random: Random, report: Report) -> list[Finding]:
    """Return some findings, each with one action or two."""
    databases = [database for settings in report.project.settings for database in settings.databases]
    if not databases:
        return []
    made: list[Finding] = []
    if random.random() < 0.4:  # the same everywhere, as rules mostly want it
        path, value = random.choice(SETS)
        made += [_finding(len(made), each, [SetSetting(each.key, path, value)]) for each in databases]
        return made
    if random.random() < 0.5 and (action := removal(random, report)) is not None:
        made.append(_finding(len(made), databases[0], [action]))
    for _ in range(random.choice((1, 1, 2, 3))):
        database = random.choice(databases)
        actions = [_action(random, database) for _ in range(random.choice((1, 1, 2)))]
        if len({action.path for action in actions}) == len(actions):  # type: ignore[union-attr]
            made.append(_finding(len(made), database, actions))
    return made


def _action(random: Random, database: Database) -> Action:
    kind = random.random()
    written = [
        key
        for key, value in database.settings.items()
        if value.written and key.startswith(("CONN", "ATO", "DIS", "AUT"))
    ]
    options = [key for key, value in database.options.values.items() if isinstance(value, (Value, Options))]
    if kind < 0.15 and written:
        return RemoveSetting(database.key, (random.choice(written),))
    if kind < 0.25 and options:
        return RemoveSetting(database.key, ("OPTIONS", random.choice(options)))
    if kind < 0.4 and options:
        key = random.choice(options)
        return MoveSetting(database.key, ("OPTIONS", key), (key.upper(),))
    if kind < 0.5 and "CONN_MAX_AGE" in written:
        value = database.settings["CONN_MAX_AGE"]
        if value.state is not State.UNKNOWN and isinstance(value.value, str):
            return CastSetting(database.key, ("CONN_MAX_AGE",), "int")
    path, value_wanted = random.choice(SETS)
    return SetSetting(database.key, path, value_wanted)


def _finding(number: int, database: Database, actions: list[Action]) -> Finding:
    problem = Problem(
        database.location,
        f"wish {number}",
        remedy=Remedy(Applicability.SAFE, "", tuple(actions)),
        database=database.key,
        settings=database.key.settings,
    )
    return Finding(f"DCF00{number}", f"wish-{number}", Severity.WARNING, problem, f"wish {number}")
