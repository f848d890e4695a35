"""Proofs: a change does what was wanted and nothing else, as far as evaluation can tell.

A proof compares the evaluator's account of every settings root that reads a changed file before and after. Whatever
differs must have been asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Options, Role
from djconnfix.findings import SetSetting
from djconnfix.fix.comments import require_kept
from djconnfix.fix.edits import CannotEditError
from djconnfix.fix.intent import HARMLESS, achieved, fingerprint, value_at
from djconnfix.records import dataclass
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from djconnfix.facts import Database, DatabaseKey
    from djconnfix.fix.comments import Comments
    from djconnfix.fix.intent import Intent, Path, SettingAction
    from djconnfix.fix.workspace import Workspace
    from djconnfix.settings.evaluate import Evaluation

Place = tuple["DatabaseKey", "Path"]
Changed = tuple[str, str, "Path"]  # the alias, the conditions of its definition, and the path


def prove(before: Workspace, after: Workspace, intent: Intent, names: Iterable[str], comments: Comments) -> None:
    """Prove one change.

    Args:
        before: the state before it; states before that are proved already.
        after: the state after it.
        intent: what all findings of the plan want.
        names: module-level names that may change besides.
        comments: comments that may go.

    Raises:
        CannotEditError: the proof fails; the reason names what else would change.
    """
    paths = [path for path, source in after.changed.items() if source is not before.changed.get(path)]
    for path in paths:
        old, new = before.source(path), after.source(path)
        try:
            new.tree  # noqa: B018 -- parses
        except UnreadableError as error:
            raise CannotEditError(f"the new text of {path} would not parse at line {error.line}") from None
        require_kept(old.text, new.text, comments)
    roles = {settings.module: settings.role for settings in before.report.project.settings}
    meant = _Meant(intent, before.report.evaluations, roles)
    for module in before.roots_reading(paths):
        one, other = before.evaluation(module), after.evaluation(module)
        _loads(one, other)
        changed = _databases(one, other, meant)
        _lists(one, other, intent, module)
        _everything(one.snapshot(), other.snapshot(), changed, {*names, *(name for _, name in intent.items)}, module)


def _loads(before: Evaluation, after: Evaluation) -> None:
    """Require that the settings end early only under conditions under which they did before."""
    old = before.failing()
    for world in after.failing() - old:
        if not any(known <= world for known in old):
            raise CannotEditError(f"{before.module} would not load under some condition")


@dataclass(frozen=True, slots=True)
class _Meant:
    """What is wanted, and how everything was before any change."""

    intent: Intent
    originals: Mapping[str, Evaluation]
    roles: Mapping[str, Role]


def _databases(before: Evaluation, after: Evaluation, meant: _Meant) -> set[Changed]:
    """Require that definitions differ only as wanted; return what differs."""
    first = {database.key: database for database in meant.originals[before.module].databases()}
    old = {database.key: database for database in before.databases()}
    new = {database.key: database for database in after.databases()}
    if old.keys() != new.keys():
        raise CannotEditError(f"the aliases of {before.module} would be others")
    if after.decides_otherwise(before):
        raise CannotEditError(f"another default would decide in {before.module} which definition holds")
    changed: set[Changed] = set()
    for key, database in old.items():
        now, origin = new[key], first.get(key, database)
        if database.conditions != now.conditions or database.complete != now.complete:
            raise CannotEditError(f"alias {key.alias!r} of {before.module} would depend on something else")
        for path in _differences(database, now):
            if not _wanted(key, path, origin, now, meant.intent) and not _shared(key, path, origin, now, meant):
                raise CannotEditError(f"{'/'.join(path)} of alias {key.alias!r} in {before.module} would change too")
            changed.add((key.alias, "; ".join(database.conditions), path))
    if changed and before.partly_judged:  # it may share a dictionary where nobody looks
        raise CannotEditError(f"alias {min(before.partly_judged)!r} depends on more conditions than are looked at")
    return changed


def _differences(one: Database, other: Database) -> list[Path]:
    found: list[Path] = [
        (name,)
        for name in sorted({*one.settings, *other.settings})
        if fingerprint(one.settings.get(name)) != fingerprint(other.settings.get(name))
    ]
    found.extend(_option_differences(one.options, other.options, ("OPTIONS",)))
    return found


def _option_differences(one: Options, other: Options, path: Path) -> list[Path]:
    found: list[Path] = []
    if one.complete != other.complete:
        found.append(path)
    for name in sorted({*one.values, *other.values}):
        old, new = one.values.get(name), other.values.get(name)
        if isinstance(old, Options) and isinstance(new, Options):
            found.extend(_option_differences(old, new, (*path, name)))
        elif fingerprint(old) != fingerprint(new):
            found.append((*path, name))
    return found


def _action_for(key: DatabaseKey, path: Path, intent: Intent) -> SettingAction | None:
    return next((a for n in range(len(path), 0, -1) if (a := intent.settings.get((key, path[:n]))) is not None), None)


def _wanted(key: DatabaseKey, path: Path, first: Database, now: Database, intent: Intent) -> bool:
    action = _action_for(key, path, intent)
    return action is not None and achieved(action, first, now)


def _shared(key: DatabaseKey, path: Path, first: Database, now: Database, meant: _Meant) -> bool:
    """Whether another settings root, or a test run, reads the same dictionary, and the change is as right for it."""
    if path[0] not in HARMLESS and meant.roles.get(key.settings) is Role.PRODUCTION:
        return False
    beside = [
        a for (k, p), a in meant.intent.settings.items() if (k.settings, k.alias, p) == (key.settings, key.alias, path)
    ]
    if beside:  # what holds while tests run may get what production gets: it is no persistence worth a word
        return first.for_tests and path[0] in HARMLESS and any(achieved(action, first, now) for action in beside)
    kept_open = path[0] in HARMLESS and first.vendor == "sqlite" and not first.may_be_server
    for (other, at), action in meant.intent.settings.items():
        if isinstance(action, SetSetting) and kept_open:
            continue  # a file needs no connection that is kept
        if other.alias == key.alias and other.settings != key.settings and at == path[: len(at)]:
            theirs = next((d for d in meant.originals[other.settings].databases() if d.key == other), None)
            if theirs is not None and fingerprint(value_at(theirs, at)) == fingerprint(value_at(first, at)):
                return achieved(action, first, now)
    return False


def _lists(before: Evaluation, after: Evaluation, intent: Intent, module: str) -> None:
    old, new = before.lists(), after.lists()
    if old.keys() != new.keys():
        raise CannotEditError(f"the lists of {module} would be others")
    for name, setting in old.items():
        values = [item.value for item in setting.items]
        now = [item.value for item in new[name].items]
        if values == now and setting.complete == new[name].complete:
            continue
        wanted = intent.items.get((module, name)) or {
            value for (_, listed), gone in intent.items.items() if listed == name for value in gone
        }
        gone = {value for value in wanted if value in values and value not in now}
        if setting.complete != new[name].complete or [v for v in values if v not in gone] != now:
            raise CannotEditError(f"{name} of {module} would change otherwise")


def _everything(
    old: Mapping[tuple[str, ...], str],
    new: Mapping[tuple[str, ...], str],
    changed: set[Changed],
    names: set[str],
    module: str,
) -> None:
    """Require that no setting differs other than the definitions' changed paths and these names."""
    heads = {(name,) for name in names if name != "DATABASES"}  # of which only the changed paths may differ
    by_alias: dict[str, list[tuple[str, Path]]] = {}
    for alias, conditions, path in changed:
        by_alias.setdefault(alias, []).append((conditions, path))
    for full in sorted(old.keys() | new.keys()):
        key = full[1:] if full[0].startswith("class ") else full
        if old.get(full) == new.get(full) or key[:1] in heads:
            continue
        if key[:1] == ("DATABASES",) and len(key) > 1:
            alias, path = key[1], key[3:]
            # A definition whose facts are the same may still hold something out of sight that differs.
            of_it = [p for conditions, p in by_alias.get(alias, ()) if conditions.startswith(key[2])]
            if any(p[: len(path)] == path or path[: len(p)] == p for p in of_it):
                continue
        raise CannotEditError(f"{'/'.join(key[:2] + key[3:])} of {module} would change too")
