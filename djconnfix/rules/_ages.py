"""What the two rules on leaking ages (ASGI, greenlets) have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import POOL, Situation, decide
from djconnfix.facts import MISSING, Role, State
from djconnfix.findings import Applicability, Confidence, Problem, Remedy, SetSetting, Severity
from djconnfix.rules._keys import tried
from djconnfix.rules._pools import without_pool
from djconnfix.rules._values import keeps, may_reach_a_server, other_decision, place_of, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.decision import Decision
    from djconnfix.facts import Database, Project, SettingsModule


def leaking(project: Project, situations: frozenset[Situation], message: str) -> Iterator[Problem]:
    """Yield the aliases that keep connections where no request can use one again.

    Args:
        project: the facts.
        situations: those in which an age leaks.
        message: says so, with `{alias}` to be filled in.
    """
    for settings, database in project.databases(Role.PRODUCTION):
        age = database.conn_max_age
        unset = age.state is State.ENVIRONMENT and age.value is MISSING
        if not (keeps(age) or unset) or not may_reach_a_server(database):
            continue
        decision = decide(database, settings.evidence)
        if database.has_pool or decision.served.situation not in situations or tried(database, "CONN_MAX_AGE"):
            continue
        yield Problem(
            location=place_of(database, "CONN_MAX_AGE"),
            message=message.format(alias=repr(database.alias)),
            because=(said("CONN_MAX_AGE", age), *decision.because),
            remedy=_remedy(project, settings, database, decision),
            database=database.key,
            when=database.when,
            settings=settings.module,
            severity=Severity.WARNING if unset else None,
            confidence=Confidence.MEDIUM if unset else Confidence.HIGH,
        )


def _remedy(project: Project, settings: SettingsModule, database: Database, decision: Decision) -> Remedy:
    age = database.conn_max_age
    write = f'write "CONN_MAX_AGE": 0 in alias {database.alias!r}{pool_hint(database, settings, decision)}'
    if decision.age is None:
        return Remedy(
            Applicability.MANUAL,
            decision.row.why,
            instructions="give each kind of server settings of its own, or read CONN_MAX_AGE from a variable that is "
            "0 for ASGI and greenlets and 60 for WSGI",
        )
    if why := other_decision(project, settings, database):
        return Remedy(Applicability.MANUAL, why, instructions=f"where it is right, {write}")
    actions = (SetSetting(database.key, ("CONN_MAX_AGE",), 0),)
    if age.state is State.ENVIRONMENT:
        named = age.variable or "the environment"
        if age.value is MISSING:
            return Remedy(Applicability.MANUAL, f"{named} decides, out of sight", instructions=f"deploy {named} as 0")
        why = f"only the default changes; where {named} is set, its value still holds"
        return Remedy(Applicability.UNSAFE, why, actions, f"{write}, and deploy {named} as 0")
    if decision.served.situation is Situation.ASGI and not settings.evidence.django_at_least(4, 0):
        why = "before Django 4.0 all requests share one thread and its connection; no file says that it is 4.0 or later"
        known = settings.evidence.django
        if known:
            why = f"Django {'.'.join(map(str, known))} may be installed; before 4.0 requests share one thread"
        return Remedy(Applicability.UNSAFE, why, actions, write)
    if not decision.served.certain:
        why = "another server's kind cannot be seen, and this age may be meant for it"
        return Remedy(Applicability.UNSAFE, why, actions, write)
    return Remedy(Applicability.SAFE, f"{decision.row.why}; 0 closes it", actions, write)


def pool_hint(database: Database, settings: SettingsModule, decision: Decision) -> str:
    """Say that the built-in pool would keep connections, where it can."""
    if not decision.pool or without_pool(database, settings.evidence) is not None:
        return ""
    return f'; to keep connections, give it a pool: "OPTIONS": {{"pool": {POOL}}} (no-pool-under-asgi offers it)'
