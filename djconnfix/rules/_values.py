"""Questions that many rules ask of a value, and the words in which they give their evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from djconnfix.budget import budget
from djconnfix.decision import decide
from djconnfix.facts import MISSING, Role, State
from djconnfix.findings import Because

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Evidence, Project, SettingsModule, Value
    from djconnfix.source import Location

_WORDS = frozenset({bool, int, float, type(None)})


def keeps(age: Value) -> bool | None:
    """Whether a `CONN_MAX_AGE` keeps connections after a request; None when that cannot be seen.

    For a value from the environment: what holds while the variable is unset.
    """
    if age.state is State.UNKNOWN or age.value is MISSING:
        return None
    value = age.value
    if isinstance(value, str):  # from a variable without a cast, or a mistake that conn-max-age-not-number reports
        value = _number(value)
    if value is None:
        return None if isinstance(age.value, str) and age.value != "None" else True
    return value > 0 if isinstance(value, int | float) else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def refused_beside_pool(age: Value) -> bool | None:
    """Whether Django refuses a `CONN_MAX_AGE` beside a pool: everything but 0; None when that cannot be seen."""
    if age.state is State.UNKNOWN or age.value is MISSING:
        return None
    return age.value != 0


def may_reach_a_server(database: Database) -> bool:
    """Whether an age matters for an alias: a server's, or one whose engine is set out of sight."""
    engine = database.engine
    if engine.state is State.UNKNOWN:
        return True
    # A fragment without ENGINE gets one elsewhere; whoever writes an age there has a server in mind.
    return database.may_be_server or (not engine.written and database.conn_max_age.written)


def truthy(value: Value) -> bool | None:
    """Whether a setting is on as Django takes it; None when that cannot be seen."""
    if value.state is State.UNKNOWN or value.value is MISSING:
        return None
    return bool(value.value)


def said(key: str, value: Value) -> Because:
    """Say what a setting is, never printing text that could be a secret."""
    if value.state is State.ENVIRONMENT:
        origin = f"comes from {value.variable}" if value.variable else "comes from the environment"
        plain = f", {value.value!r} while that is unset" if type(value.value) in _WORDS else ""
        return Because(f"{key} {origin}{plain}", value.location)
    if value.state is State.UNKNOWN:
        return Because(f"{key} cannot be seen: {value.reason or 'it is decided elsewhere'}", value.location)
    shown = repr(value.value) if type(value.value) in _WORDS else "text" if isinstance(value.value, str) else "set"
    default = " by default" if value.state is State.DEFAULT else ""
    return Because(f"{key} is {shown}{default}", value.location)


def django_said(evidence: Evidence, what: str) -> Because:
    """Say what the project's lowest Django has or lacks: `Django 4.0 ` + what."""
    return Because(f"Django {'.'.join(map(str, evidence.django))} {what}", evidence.django_location)


def sum_said(database: Database, evidence: Evidence) -> tuple[Because, ...]:
    """Say how many connections may stand open when an alias keeps them; nothing when no server is in the files."""
    found = budget(database, evidence.servers, evidence.max_connections)
    return (Because(found.line),) if found.because else ()


def place_of(database: Database, *path: str) -> Location:
    """Return where an entry stands (the key, else its value), else where the alias is built."""
    if len(path) == 1 and (place := database.key_locations.get(path[0])):
        return place
    value = database.settings.get(path[0]) if len(path) == 1 else database.options.values.get(path[-1])
    return (value.location if value is not None else None) or database.location


def other_roots(
    project: Project, settings: SettingsModule, database: Database
) -> Iterator[tuple[SettingsModule, Database]]:
    """Yield the same dictionary as other production roots see it: an edit of a shared module reaches them all."""
    for other in project.settings:
        if other.role is Role.PRODUCTION and other.module != settings.module:
            for twin in other.by_alias.get(database.alias, ()):
                if twin.location == database.location:
                    yield other, twin


def other_decision(project: Project, settings: SettingsModule, database: Database) -> str:
    """Return why an age that is right here is wrong for others that the same dictionary serves; empty: for none."""
    age = decide(database, settings.evidence).age
    for other, twin in other_roots(project, settings, database):
        if decide(twin, other.evidence).age not in (age, None):
            return f"{other.module} reads the same dictionary and needs another age"
    for twin in settings.by_alias.get(database.alias, ()):
        same = twin.location == database.location and twin.key != database.key
        if same and decide(twin, settings.evidence).age not in (age, None):
            return f"the same dictionary needs another age{twin.when or ' in another case'}"
    return ""


_REPLICA_WORDS = frozenset({"follower", "mirror", "read", "reader", "readonly", "replica", "ro", "secondary", "slave"})


def is_replica(database: Database) -> str:
    """Return why an alias is taken for one that nothing is written to; empty when it is not."""
    test = database.settings.get("TEST")
    entries = test.value if test is not None and isinstance(test.value, Mapping) else {}
    if entries.get("MIRROR"):
        return f"alias {database.alias!r} is a mirror (TEST: MIRROR)"
    words = {word.rstrip("0123456789") for word in database.alias.lower().replace("-", "_").split("_")}
    if words & _REPLICA_WORDS or words & {f"{word}s" for word in _REPLICA_WORDS}:
        return f"alias {database.alias!r} is a replica by its name"
    return ""


def server_of(database: Database) -> tuple[object, ...] | None:
    """Return what all aliases that surely lead to one server have in common, None where it cannot be seen."""
    values = [database.get(key) for key in ("ENGINE", "HOST", "PORT")]
    if any(value.state is State.UNKNOWN or value.value is MISSING for value in values):
        return None
    return tuple((value.value, value.variable) for value in values) if values[1].value else None


def from_url(database: Database, value: Value) -> bool:
    """Whether a value was read out of the URL that makes the alias, where no entry can be edited."""
    engine = database.engine
    if database.made_by == "literal":
        return False
    return value.location == engine.location or bool(value.variable and value.variable == engine.variable)
