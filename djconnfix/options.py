"""The closed list of options, and how each is read from TOML or the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djconnfix.errors import ConfigurationError, suggestion
from djconnfix.findings import Severity
from djconnfix.records import dataclass
from djconnfix.strategies.names import STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from djconnfix.facts import Version

SERVERS = ("wsgi", "asgi", "gevent")
OVERRIDABLE = ("server", "django", "strategy", "max-connections")
LEVELS = tuple(level.label for level in Severity)


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be configured.

    Attributes:
        key: its name in `[tool.djconnfix]`, and after `--` on the command line.
        parse: from what TOML or the command line gives to the value of `Config`.
        default: the value when nobody says anything.
        help: one line.
        example: what one may write after `key =`.
        patterns: whether it holds path patterns, relative to the file's folder.
    """

    key: str
    parse: Callable[[object], object]
    default: object
    help: str
    example: str
    patterns: bool = False


@dataclass(frozen=True, slots=True)
class Override:
    """What is said of one settings module instead of the whole project; what is empty or 0 holds as for the others.

    Attributes:
        server: how it is served.
        django: the Django version it runs on.
        strategy: how its connections shall be kept.
        max_connections: what its database server is configured to admit.
    """

    server: str = ""
    django: Version = ()
    strategy: str = ""
    max_connections: int = 0


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise ConfigurationError(f"must be a list of strings, not {_kind(value)}")
    return tuple(value)


def _selectors(value: object) -> tuple[str, ...]:
    from djconnfix.selectors import check_selector

    return tuple(check_selector(text) for text in _strings(value))


def _ignores(value: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise ConfigurationError(f"must be a table of lists of rules, not {_kind(value)}")
    return {key: _entry(key, selectors) for key, selectors in value.items()}


def _entry(key: str, selectors: object) -> tuple[str, ...]:
    try:
        return _selectors(selectors)
    except ConfigurationError as error:
        raise ConfigurationError(f"{key!r}: {error}") from None


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ConfigurationError(f"must be true or false, not {_kind(value)}")
    return value


def _string(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigurationError(f"must be a string, not {_kind(value) if value != '' else 'an empty one'}")
    return value


def _level(value: object) -> Severity:
    return Severity[_word(value, LEVELS).upper()]


def _server(value: object) -> str:
    return _word(value, SERVERS)


def _limit(value: object) -> int:
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ConfigurationError(f"must be a number above 0, not {value!r}")
    return number


def _strategy(value: object) -> str:
    return _word(value, STRATEGIES)


def _version(value: object) -> Version:
    if not isinstance(value, str):
        raise ConfigurationError(f'must be a string such as "5.2", not {_kind(value)}')
    parts = value.split(".")
    if not 2 <= len(parts) <= 4 or not all(part.isascii() and part.isdigit() for part in parts):
        raise ConfigurationError(f'must be a version such as "5.2", not {value!r}')
    return tuple(int(part) for part in parts)


def _overrides(value: object) -> dict[str, Override]:
    if not isinstance(value, dict):
        raise ConfigurationError(f"must be a table of settings modules, not {_kind(value)}")
    return {module: _override(module, table) for module, table in value.items()}


def _override(module: str, table: object) -> Override:
    if not isinstance(table, dict):
        raise ConfigurationError(f"{module!r}: must be a table, not {_kind(table)}")
    parsers = {option.key: option.parse for option in OPTIONS if option.key in OVERRIDABLE}
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in parsers:
            known = ", ".join(OVERRIDABLE)
            raise ConfigurationError(f"{module!r}: takes {known}, not {key!r}{suggestion(key, OVERRIDABLE)}")
        try:
            values[key.replace("-", "_")] = parsers[key](value)
        except ConfigurationError as error:
            raise ConfigurationError(f"{module!r}: {key}: {error}") from None
    return Override(**values)


def _word(value: object, known: tuple[str, ...]) -> str:
    if not isinstance(value, str):
        raise ConfigurationError(f"must be a string, not {_kind(value)}")
    if value not in known:
        raise ConfigurationError(f"must be one of {', '.join(known)}, not {value!r}{suggestion(value, known)}")
    return value


def _kind(value: object) -> str:
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "a table"}
    return names.get(type(value), type(value).__name__)


OPTIONS: tuple[Option, ...] = (
    Option("select", _selectors, (), "run only these rules", '["DCF1", "conn-max-age-zero"]'),
    Option("ignore", _selectors, (), "do not run these rules", '["DCF102"]'),
    Option("extend-select", _selectors, (), "run these rules besides the default or selected ones", '["DCF1"]'),
    Option(
        "per-file-ignores",
        _ignores,
        {},
        "rules to ignore in the files that match a pattern",
        '{"legacy/**" = ["DCF201"]}',
        patterns=True,
    ),
    Option("per-alias-ignores", _ignores, {}, "rules to ignore for a database alias", '{replica = ["DCF102"]}'),
    Option("exclude", _strings, (), "do not read what matches these patterns", '["vendor", "old/**"]', patterns=True),
    Option("server", _server, "", "how the project is served, where its files do not say", '"asgi"'),
    Option("django", _version, (), "the Django version, where the files do not say", '"5.2"'),
    Option("strategy", _strategy, "auto", "how connections shall be kept; `auto` follows the evidence", '"pool"'),
    Option("requirements", _boolean, False, "let `fix` also ask for the packages that a strategy needs", "true"),
    Option("max-connections", _limit, 0, "`max_connections` of the database server, if not the default", "200"),
    Option(
        "settings-overrides",
        _overrides,
        {},
        "`server`, `django`, `strategy` and `max-connections` for one settings module",
        '{"shop.settings.live" = {server = "asgi"}}',
    ),
    Option("fail-level", _level, Severity.WARNING, "lowest severity that makes the exit status 1", '"error"'),
    Option("baseline", _string, "", "do not report the findings that this file lists", '"djconnfix-baseline.json"'),
    Option("unsafe-fixes", _boolean, False, "let `fix` also apply what changes policy", "true"),
)


def rebase(patterns: Any, folder: Path, root: Path) -> Any:
    """Return path patterns relative to the root instead of the folder above it; those that lie elsewhere go."""
    if folder == root or folder not in root.parents:
        return patterns
    prefix = root.relative_to(folder).as_posix() + "/"

    def moved(pattern: str) -> str | None:
        if "/" not in pattern or pattern.startswith("**/"):
            return pattern
        return pattern.removeprefix(prefix) if pattern.startswith(prefix) else None

    if isinstance(patterns, dict):
        return {new: codes for pattern, codes in patterns.items() if (new := moved(pattern)) is not None}
    return tuple(new for pattern in patterns if (new := moved(pattern)) is not None)
