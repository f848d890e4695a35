"""What execution must give: what the evaluator called known, and after a fix exactly what its findings asked for."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from djconnfix.facts import State, Value
from djconnfix.findings import CastSetting, MoveSetting, RemoveListItem, RemoveSetting, RemoveStatement, SetSetting
from djconnfix.fix.intent import value_at
from tests.property.conditions import holds
from tests.settings.oracle import differences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from djconnfix.facts import Database
    from djconnfix.findings import Action, Finding
    from tests.property.execution import Settings

_ABSENT = object()


def candidates(databases: Sequence[Database], alias: str, label: str, environment: Mapping[str, str]) -> list[Database]:
    """Return the definitions of an alias that hold, or may hold, in an environment."""
    found, certain = [], []
    for each in databases:
        classes = {c.removeprefix("class ") for c in each.conditions if c.startswith("class ")}
        if each.alias != alias or (classes and label not in classes):
            continue
        said = [holds(condition, environment) for condition in each.conditions]
        if all(one is True for one in said):
            certain.append(each)  # words can be the same for a variable that is set and for its fall-back
        elif False not in said:
            found.append(each)
    return certain or found


def misread(
    databases: Sequence[Database],
    settings: Settings,
    label: str,
    environment: Mapping[str, str],
    crowded: Collection[str] = (),
) -> list[str]:
    """Return where an evaluation says something else than execution gave; `crowded` aliases it says it cannot tell."""
    real = settings.get("DATABASES", {})
    found: list[str] = []
    for alias, held in real.items():
        if alias in crowded:
            continue
        maybe = candidates(databases, alias, label, environment)
        if not maybe:
            if held:
                found.append(f"{alias}: no definition holds")
            continue
        objections = [list(differences(each, held, dict(environment))) for each in maybe]
        if all(objections):
            found += [f"{alias}: {text}" for text in objections[0]]
    for alias in {each.alias for each in databases} - set(real) - set(crowded):
        if any(_certain(each, environment) for each in candidates(databases, alias, label, environment)):
            found.append(f"{alias}: defined, but not there")
    return found


def _certain(database: Database, environment: Mapping[str, str]) -> bool:
    return all(holds(condition, environment) is True for condition in database.conditions)


class Wanted:
    """What the applied findings of one plan ask for."""

    def __init__(self, applied: Sequence[Finding], runs: Sequence[Mapping[str, Settings]]) -> None:
        self.holders = {"OPTS"} | {name for run in runs for settings in run.values() for name in _holders(settings)}
        remedies = [finding.remedy for finding in applied if finding.remedy]
        self.actions: list[Action] = []
        for action in (each for remedy in remedies for each in remedy.actions):
            if action not in self.actions:  # two findings may want the same
                self.actions.append(action)
        self.permits = [action for remedy in remedies for action in (*remedy.permits, *remedy.tolerates)]

    def undone(
        self,
        databases: Sequence[Database],
        before: Settings,
        after: Settings,
        label: str,
        environment: Mapping[str, str],
    ) -> list[str]:
        """Return where `after` is not what `before` becomes by exactly what is wanted."""
        found = list(self._other_settings(before, after))
        was, now = before.get("DATABASES", {}), after.get("DATABASES", {})
        if list(was) != list(now):
            found.append(f"aliases {list(was)} became {list(now)}")
        for alias in was.keys() & now.keys():
            maybe = candidates(databases, alias, label, environment)
            # Where the words of the conditions leave it open, what was there tells which definition it is.
            maybe = [each for each in maybe if not any(differences(each, was[alias], dict(environment)))] or maybe
            wishes = [wish for each in maybe for wish in self._becomes(each, was[alias], environment)] or [was[alias]]
            if not any(same(wish, now[alias]) or same(_tidy(wish), now[alias]) for wish in wishes):
                found.append(f"{alias}: {was[alias]} became {now[alias]} instead of {wishes[0]}")
        return found

    def _becomes(self, database: Database, real: Any, environment: Mapping[str, str]) -> Iterator[Any]:
        wish = copy.deepcopy(real)
        try:
            _carry_all_out(self.actions, database, wish, environment)
            yield wish
            if any(getattr(action, "database", None) == database.key for action in self.permits):
                permitted = copy.deepcopy(wish)
                _carry_all_out(self.permits, database, permitted, environment)
                yield permitted
        except KeyError:
            return  # then it is not this definition that holds

    def _other_settings(self, before: Settings, after: Settings) -> Iterator[str]:
        values = [action.value for action in self.actions if isinstance(action, SetSetting)]
        listed = {(a.name, a.value) for a in self.actions if isinstance(a, RemoveListItem)}
        statements = any(isinstance(action, RemoveStatement) for action in self.actions)
        casts = any(isinstance(action, CastSetting) for action in self.actions)
        for name in sorted((before.keys() | after.keys()) - {"DATABASES"}):
            was, now = before.get(name, _ABSENT), after.get(name, _ABSENT)
            if same(was, now) or (name in self.holders and self._only_wanted(was, now)):
                continue
            if isinstance(was, (list, tuple)) and same(type(was)(x for x in was if (name, x) not in listed), now):
                continue
            if statements and now is _ABSENT:
                continue
            if name == "SECONDS" and all(same(was[key], now[key]) or now[key] in values for key in was):
                continue  # a table of constants: one that only gives an alias its value, as below
            # A constant that only gives an alias its value may be changed in its place.
            if any(same(value, now) for value in values) or (casts and isinstance(was, str) and same(int(was), now)):
                continue
            yield f"{name}: {was!r} became {now!r}"

    def _only_wanted(self, was: object, now: object) -> bool:
        """Whether a dictionary that is put into an alias (or its `OPTIONS`) differs only in keys that some action names."""
        if not isinstance(was, dict) or not isinstance(now, dict):
            return False
        if was.keys() == now.keys() and all(isinstance(each, dict) for each in (*was.values(), *now.values())):
            return all(self._only_wanted(was[key], now[key]) for key in was)  # it holds aliases
        actions = [*self.actions, *self.permits]
        paths = [path for a in actions for path in (getattr(a, "path", ()), getattr(a, "to", ()))]
        wanted = {key for path in paths for key in path}
        return all(
            key in wanted for key in was.keys() | now.keys() if not same(was.get(key, _ABSENT), now.get(key, _ABSENT))
        )


def _tidy(alias: Any) -> Any:
    """Return an alias without an empty `OPTIONS`, which may go with the last option that is taken out."""
    return (
        {key: value for key, value in alias.items() if key != "OPTIONS" or value} if isinstance(alias, dict) else alias
    )


def _holders(settings: Settings) -> Iterator[str]:
    """Yield the names that hold an alias' dictionary, or its `OPTIONS`, which may change with it."""
    aliases = [alias for alias in settings.get("DATABASES", {}).values() if isinstance(alias, dict)]
    held = [*aliases, *(alias["OPTIONS"] for alias in aliases if "OPTIONS" in alias)]
    for name, value in settings.items():
        spread = name.endswith(("_DB", "_DBS"))  # the name that this generator gives what goes into an alias
        if isinstance(value, dict) and (spread or any(value is each or (value and value == each) for each in held)):
            yield name


def _carry_all_out(actions: Iterable[Action], database: Database, wish: Any, environment: Mapping[str, str]) -> None:
    for action in actions:
        if getattr(action, "database", None) == database.key:
            _carry_out(action, database, wish, environment)


def _carry_out(action: Action, database: Database, wish: Any, environment: Mapping[str, str]) -> None:
    assert isinstance(action, (SetSetting, RemoveSetting, MoveSetting, CastSetting)), action
    path = action.path
    if isinstance(action, SetSetting):
        said = value_at(database, path)
        decides = said.variable.split(", ") if isinstance(said, Value) and said.state is State.ENVIRONMENT else ()
        if any(environment.get(name) for name in decides):
            return  # the deployment's own value stays in force
        holder = wish
        for key in path[:-1]:
            holder = holder.setdefault(key, {})
            if not isinstance(holder, dict):
                raise KeyError(key)
        holder[path[-1]] = action.value
        return
    holder = wish
    for key in path[:-1]:
        holder = holder[key]
    if isinstance(action, CastSetting):
        if holder[path[-1]] is None:
            raise KeyError(path[-1])
        holder[path[-1]] = {"int": int, "float": float, "bool": bool, "str": str}[action.cast](holder[path[-1]])
        return
    value = holder.pop(path[-1], None)
    if isinstance(action, MoveSetting):
        holder = wish
        for key in action.to[:-1]:
            holder = holder.setdefault(key, {})
        holder[action.to[-1]] = value


def same(one: object, other: object) -> bool:
    """Whether two values are equal and of the same types throughout."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    if one is other:
        return True
    return type(one) is type(other) and (one == other or repr(one) == repr(other))
