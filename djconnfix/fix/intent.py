"""What the remedies of all findings want, in one table: conflicts seen, and every change accounted for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from djconnfix.facts import MISSING, Options, State, Value
from djconnfix.findings import CastSetting, MoveSetting, RemoveListItem, RemoveSetting, SetSetting
from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from djconnfix.facts import Database, DatabaseKey
    from djconnfix.findings import Action, Finding

Path = tuple[str, ...]
SettingAction = SetSetting | RemoveSetting | MoveSetting | CastSetting

# What may also change for a definition that reads the same dictionary in another settings root.
HARMLESS = frozenset({"CONN_MAX_AGE", "CONN_HEALTH_CHECKS", "DISABLE_SERVER_SIDE_CURSORS"})


@dataclass(slots=True)
class Intent:
    """What is wanted of each definition and each list.

    Attributes:
        settings: by definition and path, the action that says what should be there, or what may be.
        items: by settings module and list, the entries that should go.
        tolerated: by definition and path, what may be there where nothing else is possible.
        lenient: whether that is good enough.
    """

    settings: dict[tuple[DatabaseKey, Path], SettingAction] = field(default_factory=dict)
    items: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    tolerated: dict[tuple[DatabaseKey, Path], SettingAction] = field(default_factory=dict)
    lenient: bool = False
    _wanting: dict[Path, list[tuple[SettingAction, frozenset[DatabaseKey]]]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, findings: Sequence[Finding], *, lenient: bool = False) -> Intent:
        """Return the intent of findings that do not contradict each other."""
        intent = cls(lenient=lenient)
        for finding in findings:
            for action in actions_of(finding):
                if isinstance(action, RemoveListItem):
                    intent.items.setdefault((action.settings, action.name), set()).add(action.value)
                else:
                    for place in places_of(action):
                        intent.settings[place] = action  # type: ignore[assignment]
        for action in (each for finding in findings if finding.remedy for each in finding.remedy.permits):
            for place in places_of(action):
                intent.settings.setdefault(place, action)  # type: ignore[arg-type]
        for action in (each for finding in findings if finding.remedy for each in finding.remedy.tolerates):
            for place in places_of(action):
                if place not in intent.settings:
                    intent.tolerated[place] = action  # type: ignore[assignment]
        return intent

    def tolerating(self, action: SettingAction) -> Intent | None:
        """Return an intent that also has what is tolerated beside an action; None when that is nothing."""
        more = {
            place: each
            for place, each in self.tolerated.items()
            if place[1] == action.path and place[0].alias == action.database.alias and _same(each, action)
        }
        if not more:
            return None
        return Intent({**more, **self.settings}, self.items, self.tolerated, self.lenient)

    def wanting(self, path: Path, like: SettingAction) -> frozenset[DatabaseKey]:
        """Return the definitions of which the same is wanted at a path."""
        known = self._wanting.setdefault(path, [])
        for action, keys in known:
            if _same(action, like):
                return keys
        found = frozenset(key for (key, at), action in self.settings.items() if at == path and _same(action, like))
        known.append((like, found))
        return found


def actions_of(finding: Finding) -> tuple[Action, ...]:
    """Return a finding's actions, none when it has no remedy."""
    return finding.remedy.actions if finding.remedy else ()


def places_of(action: Action) -> tuple[tuple[DatabaseKey, Path], ...]:
    """Return the definitions and paths that an action changes."""
    if isinstance(action, MoveSetting):
        return (action.database, action.path), (action.database, action.to)
    if isinstance(action, (SetSetting, RemoveSetting, CastSetting)):
        return ((action.database, action.path),)
    return ()


def contradictions(findings: Iterable[Finding]) -> dict[str, str]:
    """Return the fingerprints of findings whose remedies want different things of one place, with the reason."""
    listed = list(findings)
    claims: dict[tuple[DatabaseKey, Path], list[tuple[Finding, SettingAction]]] = {}
    for finding in listed:
        for action in actions_of(finding):
            for place in places_of(action):
                claims.setdefault(place, []).append((finding, action))  # type: ignore[arg-type]
    paths: dict[DatabaseKey, list[Path]] = {}
    for key, path in claims:
        paths.setdefault(key, []).append(path)
    found: dict[str, str] = {}
    for (key, path), claim in claims.items():
        rivals = [*claim, *(c for p in paths[key] if p != path and _nested(p, path) for c in claims[key, p])]
        for finding, action in claim:
            for other, rival in rivals:
                if other is not finding and not _same(action, rival):
                    name = "/".join(path)
                    reason = f"{other.code} wants something else of {name} in alias {key.alias!r}"
                    found.setdefault(finding.fingerprint, reason)
                    found.setdefault(
                        other.fingerprint, f"{finding.code} wants something else of {name} in alias {key.alias!r}"
                    )
    return found


def _nested(one: Path, other: Path) -> bool:
    short, long = sorted((one, other), key=len)
    return long[: len(short)] == short


def _same(one: SettingAction, other: SettingAction) -> bool:
    if type(one) is not type(other) or one.path != other.path:
        return False
    if isinstance(one, SetSetting) and isinstance(other, SetSetting):
        return same_value(one.value, other.value)
    if isinstance(one, MoveSetting) and isinstance(other, MoveSetting):
        return one.to == other.to
    if isinstance(one, CastSetting) and isinstance(other, CastSetting):
        return one.cast == other.cast
    return True


def same_value(one: object, other: object) -> bool:
    """Whether two plain values are equal and of the same type throughout (True is not 1)."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same_value(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)) and type(one) is type(other) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same_value, one, other))
    return type(one) is type(other) and one == other


def value_at(database: Database, path: Path) -> Value | Options | None:
    """Return what somebody or a helper set at a path of a definition, None when nothing is there."""
    if path == ("OPTIONS",):
        return database.options if database.options.values or database.options.location else None
    if path[0] != "OPTIONS":
        return database.settings.get(path[0]) if len(path) == 1 else None
    at: Value | Options | None = database.options
    for key in path[1:]:
        at = at.values.get(key) if isinstance(at, Options) else None
    return at


def plain(value: Value | Options | None) -> object:
    """Return the Python value of what is set, nested dictionaries included; `MISSING` where it cannot be known."""
    if isinstance(value, Options):
        return {key: plain(each) for key, each in value.values.items()} if value.complete else MISSING
    if value is None or value.state is State.UNKNOWN:
        return MISSING
    return value.value


def achieved(action: SettingAction, before: Database, after: Database) -> bool:
    """Whether an action's wish holds in a definition, given what it was before any change."""
    was, now = value_at(before, action.path), value_at(after, action.path)
    if isinstance(action, RemoveSetting):
        return now is None
    if isinstance(action, MoveSetting):
        moved = value_at(after, action.to)
        return now is None and was is not None and moved is not None and fingerprint(was) == fingerprint(moved)
    if isinstance(action, CastSetting):
        return isinstance(now, Value) and isinstance(was, Value) and _was_cast(action, was, now)
    if not same_value(plain(now), action.value):
        return False
    if isinstance(was, Value) and was.state is State.ENVIRONMENT:  # a deployment's own value stays in force
        return isinstance(now, Value) and now.state is State.ENVIRONMENT and now.variable == was.variable
    return not isinstance(now, Value) or now.state is State.KNOWN


def _was_cast(action: CastSetting, was: Value, now: Value) -> bool:
    if now.state is State.ENVIRONMENT:
        return now.cast == action.cast and now.variable == was.variable
    makers = {"int": int, "float": float, "bool": bool, "str": str}
    maker = makers.get(action.cast)
    if maker is None or now.state is not State.KNOWN or was.state is not State.KNOWN:
        return False
    try:
        return same_value(maker(was.value), now.value)
    except (TypeError, ValueError):
        return False


def fingerprint(value: Value | Options | None) -> object:
    """Return what a value is apart from where it stands, for comparison."""
    if value is None:
        return None
    if isinstance(value, Options):
        return (value.complete, {key: fingerprint(each) for key, each in value.values.items()})
    return (value.state, type(value.value), repr(value.value), value.reason, value.variable, value.cast, value.source)
