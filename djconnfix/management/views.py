"""Two views of the same settings: what the files show, and what Django has loaded. Every difference is told."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from djconnfix.facts import DJANGO_DEFAULTS, MISSING, Database, Options, State, Value
from djconnfix.management.project import settings_file, settings_module
from djconnfix.masking import MASK
from djconnfix.secret_names import is_secret_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from djconnfix.engine import Report
    from djconnfix.facts import SettingsModule
    from djconnfix.source import Location

_SHOWN_TEXTS = frozenset({"ENGINE", "TIME_ZONE"})  # no other text of an alias is printed
_SECRETS = frozenset({"PASSWORD", "USER"})  # the facts do not hold them
# What Django writes into the `TEST` dictionary of an alias.
_TEST_DEFAULTS: Mapping[str, object] = {
    "CHARSET": None, "COLLATION": None, "MIGRATE": True, "MIRROR": None, "NAME": None,
}  # fmt: skip
_LISTS = ("MIDDLEWARE", "MIDDLEWARE_CLASSES", "INSTALLED_APPS")


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is loaded otherwise than the files show, or that they do not show.

    Attributes:
        path: the setting: `("DATABASES", "default", "CONN_MAX_AGE")`.
        loaded: what is loaded, in words.
        files: what the files say, in words.
        location: where they say it.
    """

    path: tuple[str, ...]
    loaded: str
    files: str
    location: Location | None = None

    def __str__(self) -> str:
        at = f" ({self.location.path}:{self.location.line})" if self.location is not None else ""
        return f"{' / '.join(self.path)} is {self.loaded} as loaded, {self.files} in the files{at}"


def differences(report: Report) -> tuple[Difference, ...]:
    """Return how the loaded settings differ from what the files show, empty when the files are of another project.

    What Django writes into `DATABASES` by itself is no difference.
    """
    name = settings_module()
    read = next((each for each in report.project.settings if each.module == name), None)
    if read is None:
        return ()
    root = str(report.tree.root)
    return (*_databases(read, root), *_lists(read), *_others(report, name, root))


def _databases(read: SettingsModule, root: str) -> Iterator[Difference]:
    static: dict[str, list[Database]] = {}
    for database in read.databases:
        static.setdefault(database.alias, []).append(database)
    for alias, loaded in settings.DATABASES.items():
        path = ("DATABASES", str(alias))
        if not isinstance(loaded, dict):
            continue
        candidates = static.pop(str(alias), [])
        if candidates:
            yield from min((list(_alias(each, loaded, path, root)) for each in candidates), key=len)
        elif any(value != DJANGO_DEFAULTS.get(key) for key, value in loaded.items() if key not in ("OPTIONS", "TEST")):
            yield Difference(path, "there", "not to be seen")
    for alias, left in static.items():
        if all(not each.conditions for each in left):
            yield Difference(("DATABASES", alias), "not there", "there", left[0].location)


def _alias(database: Database, loaded: Mapping[str, object], path: tuple[str, ...], root: str) -> Iterator[Difference]:
    for key, value in loaded.items():
        if key == "OPTIONS" and isinstance(value, dict):
            yield from _options(database.options, value, (*path, key), root)
        elif key == "TEST" and isinstance(value, dict):
            continue  # decides nothing outside of tests, and is of no interest to any rule
        elif key not in _SECRETS:
            said = database.settings.get(key)
            is_default = key in DJANGO_DEFAULTS and DJANGO_DEFAULTS[key] == value
            if said is None and is_default and database.complete:
                continue
            yield from _compare(said, value, (*path, key), root)
    for key, said in database.settings.items():
        if key not in loaded and said.state is not State.UNKNOWN:
            yield Difference((*path, key), "not there", _words(said, key), said.location)


def _options(options: Options, loaded: Mapping[str, object], path: tuple[str, ...], root: str) -> Iterator[Difference]:
    for key, value in loaded.items():
        said = options.values.get(key)
        if isinstance(said, Options):
            if isinstance(value, dict):
                yield from _options(said, value, (*path, key), root)
            else:
                yield Difference((*path, key), _show(value, key), "a dictionary", said.location)
        else:
            yield from _compare(said, value, (*path, key), root)
    for key, said in options.values.items():
        if key not in loaded:
            files = "a dictionary" if isinstance(said, Options) else _words(said, key)
            yield Difference((*path, key), "not there", files, said.location)


def _compare(said: Value | None, loaded: object, path: tuple[str, ...], root: str) -> Iterator[Difference]:
    key = path[-1]
    if said is None:
        yield Difference(path, _show(loaded, key), "not set")
    elif said.state is State.UNKNOWN or not _same(said.value, loaded, root):
        files = _words(said, key)
        shown = _show(loaded, key)
        yield Difference(path, shown if shown != files else f"another {shown}", files, said.location)


def _same(said: object, loaded: object, root: str) -> bool:
    if said == MASK:
        return True
    if isinstance(said, str) and said.startswith("/") and not isinstance(loaded, (bool, int, dict)):
        return str(loaded) in (said, f"{root}{said}")
    if isinstance(said, (list, tuple)) and isinstance(loaded, (list, tuple)):
        return len(said) == len(loaded) and all(_same(*pair, root) for pair in zip(said, loaded, strict=True))
    return type(said) is type(loaded) and said == loaded


def _words(said: Value, key: str) -> str:
    if said.state is State.UNKNOWN:
        return "not to be seen"
    if said.state is State.ENVIRONMENT:
        name = said.variable or "the environment"
        return f"what {name} holds" if said.value is MISSING else f"{_show(said.value, key)} unless {name} is set"
    return _show(said.value, key)


def _show(value: object, key: str) -> str:
    """Return a value for a person: numbers, truth values and engines; of anything else only its kind."""
    if is_secret_name(key) or isinstance(value, (bytes, bytearray)):
        return MASK
    if value is None or isinstance(value, (bool, int, float)):
        return repr(value)
    if isinstance(value, str):
        return repr(value) if key in _SHOWN_TEXTS or not value else f"text ({MASK})"
    return "a dictionary" if isinstance(value, dict) else f"a {type(value).__name__}"


def _lists(read: SettingsModule) -> Iterator[Difference]:
    for name in _LISTS:
        loaded = getattr(settings, name, None) if settings.is_overridden(name) else None
        said = read.lists.get(name)
        if not isinstance(loaded, (list, tuple)) or (said is None and not loaded):
            continue
        known = {item.value for item in said.items} if said is not None else set()
        more = [each for each in loaded if isinstance(each, str) and each not in known]
        if more and (said is None or said.complete):
            files = "without them" if said is not None else "not set"
            yield Difference((name,), f"with {_listed(more)}", files, said.location if said is not None else None)


def _listed(items: Sequence[str]) -> str:
    shown = ", ".join(items[:3])
    return shown if len(items) <= 3 else f"{shown} and {len(items) - 3} more"


def _others(report: Report, name: str, root: str) -> Iterator[Difference]:
    """Yield plain settings of the module itself that the files show with another value."""
    evaluation = report.evaluations.get(name)
    module = sys.modules.get(name)
    for key in sorted(vars(module)) if module is not None and evaluation is not None else ():
        if not key.isupper() or key == "DATABASES" or key in _LISTS:
            continue
        said = evaluation.value(key) if evaluation is not None else None
        loaded = getattr(settings, key, None)
        if said is None or said.state is not State.KNOWN or not isinstance(loaded, (bool, int, float, str, type(None))):
            continue
        if not _same(said.value, loaded, root):
            yield from _compare(said, loaded, (key,), root)


def linked(report: Report) -> str:
    """Return what follows from settings that are reached by a link out of the project, empty when they are not.

    A link to a file is read but not written through; a link to a folder is not followed, though Python follows it.
    """
    file = settings_file()
    if file is None:
        return ""
    root = report.tree.root
    if root not in file.parents:
        return f"{settings_module()} lies outside the project {root}: its loaded settings are not judged"
    if root not in Path(os.path.realpath(file)).parents:
        shown = file.relative_to(root).as_posix()
        return f"{shown} is a link to a file outside the project: it is read, but not changed"
    program = Path(os.path.realpath(sys.argv[0])).parent
    if Path(sys.argv[0]).name == "manage.py" and program != root and root not in program.parents:
        return f"{settings_module()} is reached by a link: {root} is judged, and nothing else in {program}"
    return ""
