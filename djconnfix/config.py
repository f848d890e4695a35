"""What the user asked for: `[tool.djconnfix]` in `pyproject.toml` and the command line, in one place.

`OPTIONS` is the one list of what can be configured; reading, checking, `djconnfix config` and the documentation
all follow it. An option given on the command line replaces its twin in the file; nothing is merged.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from djconnfix.errors import ConfigurationError, suggestion
from djconnfix.findings import Severity
from djconnfix.options import OPTIONS, Option, rebase
from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from djconnfix.facts import Version
    from djconnfix.options import Override

__all__ = ["Config", "ConfigurationError", "Resolved", "find_project", "find_root", "resolve"]

ROOT_MARKERS = ("pyproject.toml", ".git", "manage.py")


@dataclass(frozen=True, slots=True)
class Config:
    """What is in force for one run.

    Attributes:
        root: the project's folder; every other path is relative to it.
        paths: files and folders to report on, with `/`; empty: the whole root.
        exclude: patterns of paths that are not read.
        select: selectors (code, name, or the beginning of codes) of the rules to run; empty: the default ones.
        ignore: selectors of rules not to run.
        extend_select: selectors of rules to run besides.
        per_file_ignores: selectors by path pattern.
        per_alias_ignores: selectors by database alias.
        fail_level: the lowest severity that makes the exit status 1.
        baseline: file of known findings, which are not reported; empty: none.
        unsafe_fixes: whether `fix` also applies what changes policy.
        server: `wsgi`, `asgi` or `gevent` when the files do not say how the project is served; empty: ask the files.
        django: the Django version when the files do not say; empty: ask the files.
        strategy: how connections shall be kept; `auto` decides from the evidence.
        settings_overrides: what holds for single settings modules instead, by dotted name.
        requirements: whether `fix` also asks for the packages that a strategy needs.
        max_connections: what the database server is configured to admit; 0 when nobody says.
        diff_base: the revision since which a line must have changed for a finding to be reported; empty: any.
        django_from: where `django` comes from, in words; empty when it is empty.
        installed: versions of the distributions that are installed, by name; empty where only files are read.
    """

    root: Path
    paths: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    per_alias_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fail_level: Severity = Severity.WARNING
    baseline: str = ""
    unsafe_fixes: bool = False
    server: str = ""
    django: Version = ()
    strategy: str = "auto"
    settings_overrides: Mapping[str, Override] = field(default_factory=dict)
    requirements: bool = False
    max_connections: int = 0
    diff_base: str = ""
    django_from: str = ""
    installed: Mapping[str, Version] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A `Config` and where each of its options was said.

    Attributes:
        config: what is in force.
        origins: by option key: `command line`, the file's path, or `default`.
    """

    config: Config
    origins: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where paths that somebody named lie.

    Attributes:
        root: the project's folder.
        start: the folder that they have in common, from which upwards a configuration is looked for.
        paths: the paths relative to the root, with `/`; empty when the root is among them.
    """

    root: Path
    start: Path
    paths: tuple[str, ...]


def place_of(said: Sequence[str]) -> Place:
    """Find the project that files and folders belong to.

    Raises:
        ConfigurationError: one of them is missing, or they have no folder in common but that of the whole system.
    """
    given = [Path(os.path.realpath(path)) for path in said]
    for path, words in zip(given, said, strict=True):
        if not path.exists():
            raise ConfigurationError(f"{words}: no such file or folder")
    common = Path(os.path.commonpath(given))
    if common == Path(common.anchor):
        raise ConfigurationError(f"{common} would be the project; name one project's folder or files")
    start = common if common.is_dir() else common.parent
    root = find_root(start)
    paths = tuple(path.relative_to(root).as_posix() for path in given)
    return Place(root, start, () if "." in paths else paths)


def find_root(start: Path) -> Path:
    """Return the folder whose files tell how a project in `start` is served.

    That is its repository's, since a Procfile or compose file often lies beside the project's own folder; without a
    repository (or when that would be somebody's whole home folder) what `find_project` says.
    """
    home = Path.home()
    for folder in (start, *start.parents):
        if folder == home or folder in home.parents:
            break
        if (folder / ".git").exists():
            return folder
    return find_project(start)


def find_project(start: Path) -> Path:
    """Return the nearest of a folder and its ancestors that looks like a project, else the folder itself."""
    for folder in (start, *start.parents):
        if any((folder / marker).exists() for marker in ROOT_MARKERS):
            return folder
    return start


def resolve(
    root: Path,
    given: Mapping[str, object],
    *,
    paths: tuple[str, ...] = (),
    file: Path | None = None,
    start: Path | None = None,
    django: Version = (),
) -> Resolved:
    """Gather a run's configuration.

    Args:
        root: the project's folder.
        given: options of the command line by key; those not given are absent.
        paths: what to report on, relative to the root.
        file: the configuration file; None: the nearest `pyproject.toml` with a `[tool.djconnfix]` table.
        start: the folder from which upwards it is looked for; None: the root.
        django: the version of the Django that runs this, when one does.

    Raises:
        ConfigurationError: the file or an option says something that is not understood.
    """
    table: Mapping[str, object] = {}
    label = ""
    if file is not None:
        table, label = _read(file), str(file)
        folder = file.parent
    else:
        folder = root
        for candidate in _candidates(start or root):
            if found := _read(candidate, optional=True):
                table, folder, label = found, candidate.parent, candidate.name
                break
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    _refuse_unknown(table, label)
    for option in OPTIONS:
        name, where = option.key.replace("-", "_"), "default"
        values[name] = option.default
        if option.key in table:
            values[name] = _checked(option, table[option.key], f"{label}: [tool.djconnfix] {option.key}")
            if option.key == "baseline":
                values[name] = str(folder / values[name])
            if option.patterns:
                values[name] = rebase(values[name], folder, root)
            where = label
        if option.key in given:
            values[name], where = _checked(option, given[option.key], f"--{option.key}"), "command line"
        origins[option.key] = where
    said = ""
    if values["django"]:
        said = "--django" if origins["django"] == "command line" else f"{label} [tool.djconnfix]"
    elif django:
        values["django"], said = django, "the running Django"
    return Resolved(Config(root=root, paths=paths, django_from=said, **values), origins)


def _candidates(start: Path) -> list[Path]:
    """Return the `pyproject.toml` files of a folder and above, no further than its repository."""
    found = []
    for folder in (start, *start.parents):
        if (file := folder / "pyproject.toml").is_file():
            found.append(file)
        if (folder / ".git").exists():
            break
    return found


def _read(file: Path, *, optional: bool = False) -> Mapping[str, object]:
    from djconnfix._compat import tomllib

    try:
        data = file.read_bytes()
    except OSError as error:
        if optional:
            return {}
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from None
    if optional and b"djconnfix" not in data:
        return {}
    try:
        parsed = tomllib.loads(data.decode())
    except (ValueError, RecursionError, MemoryError) as error:
        raise ConfigurationError(f"{file}: is not valid TOML: {error}") from None
    tool = parsed.get("tool", {})
    table = tool.get("djconnfix", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise ConfigurationError(f"{file}: [tool.djconnfix] must be a table")
    return table


def _refuse_unknown(table: Mapping[str, object], label: str) -> None:
    known = [option.key for option in OPTIONS]
    for key in table:
        if key not in known:
            raise ConfigurationError(f"{label}: [tool.djconnfix] has no option {key!r}{suggestion(key, known)}")


def _checked(option: Option, value: object, where: str) -> object:
    try:
        return option.parse(value)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error}") from None
