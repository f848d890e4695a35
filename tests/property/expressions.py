"""Expressions that people write for settings, and dictionaries made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.property.style import Call, Display

if TYPE_CHECKING:
    from tests.property.style import Entry, Node, Style

AGES = ("0", "None", "60", "600", "60 * 10", "AGE", "AGE if FLAG else 1", "max(AGE, 5)", "-1", 'int(f"{AGE}0")')
RARE_AGES = (
    "Defaults.age",
    "Defaults.short",
    'SECONDS["long"]',
    'SECONDS.get("short", 0)',
    "60.0",
    'int("60")',
    "[60, 600][0]",
    "AGE or None",
    "FLAG and 60",
    "not FLAG or 60",
    "60 if sys.platform else 0",
    "1_000",
    "sum([30, 30])",
    "None if DEBUG else 60",
    'env_int("AGE", 60)',
    'env_int("AGE")',
    'getenv("AGE", 0)',
    'int(environment.get("AGE", 0))',
    'int(os.environ["AGE"]) if "AGE" in os.environ else 0',
    'int(found) if (found := os.environ.get("AGE")) else 60',
    '{"prod": 60, "dev": 0}.get(os.environ.get("MODE"), 5)',
    'env("AGE", default=60, cast=int)',
    'env.get_value("AGE", cast=int, default=0)',
    'os.environ.get("AGE") and int(os.environ["AGE"])',
    'int(os.environ.get("AGE") or SECONDS["short"])',
    'float(os.environ.get("AGE", "1.5"))',
    'int(os.environ.setdefault("AGE", "60"))',
)
ENVIRONMENT_AGES = (
    'int(os.environ.get("AGE", "60"))',
    'int(os.environ.get("AGE", "0"))',
    'int(os.environ.get("AGE", AGE))',
    'env.int("AGE", default=7)',
    'env.int("AGE", 0)',
    'int(os.getenv("AGE") or 30)',
    'config("AGE", default=0, cast=int)',
    'config("AGE", default=600, cast=int)',
    '10 if os.environ.get("B") else 0',
    "0 if DEBUG else 60",
    'os.environ.get("AGE", 0)',
    'os.environ.get("AGE", "60")',
    'senv.int("AGE", 0)',
)
FLAGS = ("True", "False", "not FLAG", "FLAG", "bool(AGE)")
ENVIRONMENT_FLAGS = (
    'os.environ.get("A") == "1"',
    'bool(os.environ.get("A"))',
    'env.bool("A", default=False)',
    'env.bool("A", True)',
    'config("A", default=False, cast=bool)',
    "not DEBUG",
    'os.environ.get("A", False)',
    'env_bool("A")',
    'env_bool("A", True)',
    'os.environ.get("A", "").lower() in ("1", "true")',
    'os.environ.get("A") is not None',
    'bool(int(os.environ.get("A", 0)))',
    '"A" not in os.environ',
)
TESTS = (
    'os.environ.get("A")',
    'os.environ.get("B")',
    '"C" in os.environ',
    "FLAG",
    "DEBUG",
    "not DEBUG",
    'not os.environ.get("A")',
    'os.environ.get("A") and os.environ.get("B")',
    'os.environ.get("B") or FLAG',
    'os.getenv("MODE", "dev") == "prod"',
    'os.environ.get("MODE") == "prod"',
    'os.environ.get("MODE") in ("prod", "stage")',
    'os.getenv("DATABASE_URL")',
    'env.bool("B", False)',
    'config("C", default=False, cast=bool)',
    'env_bool("C")',
    "len(sys.argv) > 50",
    'os.environ.get("MODE", "").startswith("pr")',
    '(mode := os.environ.get("MODE")) == "prod"',
    'os.environ.get("A") and not (os.environ.get("B") or DEBUG)',
    "any((FLAG, DEBUG))",
    'os.environ.get("MODE") != "dev" and "A" in os.environ',
)
CHECKED_KEYS = ("CONN_HEALTH_CHECKS", "ATOMIC_REQUESTS", "AUTOCOMMIT", "DISABLE_SERVER_SIDE_CURSORS")
KEYS = ("CONN_MAX_AGE", "CONN_MAX_AGE", *CHECKED_KEYS)
ENGINES = ("PG", "PG", "PG", '"django.db.backends.postgresql"', '"django.db.backends.mysql"', "MYSQL", "SQLITE")
URL_ARGUMENTS = (
    (),
    (),
    (("conn_max_age", "60"),),
    (("conn_max_age", "0"),),
    (("conn_max_age", "AGE"), ("conn_health_checks", "True")),
    (("conn_max_age", 'int(os.environ.get("AGE", "60"))'),),
    (("ssl_require", "True"),),
    (("ssl_require", "not DEBUG"), ("conn_max_age", "600")),
    (("conn_max_age", "None"), ("disable_server_side_cursors", "True")),
)
URLS = ("postgres://u:p@h/d", "postgresql://u:p@h:5432/d?sslmode=require", "mysql://u:p@h/d", "sqlite:///db.sqlite3")


class Expressions:
    """Writes expressions in one style."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.random = style.random

    def string(self, text: str) -> str:
        """Return a string literal."""
        return self.style.string(text)

    def quoted(self, text: str) -> str:
        """Return an expression of a table with the module's quotes."""
        return text if self.style.quote == '"' or "'" in text or 'f"' in text else text.replace('"', "'")

    def test(self) -> str:
        """Return a condition."""
        return self.quoted(self.random.choice(TESTS))

    def value(self, key: str) -> str:
        """Return a value for a key of an alias."""
        environment = self.style.chance(0.3)
        if key == "CONN_MAX_AGE":
            rare = self.style.chance(0.15)
            return self.quoted(self.random.choice(RARE_AGES if rare else ENVIRONMENT_AGES if environment else AGES))
        return self.quoted(self.random.choice(ENVIRONMENT_FLAGS if environment else FLAGS))

    def engine(self) -> str:
        """Return an engine."""
        return self.quoted(self.random.choice(ENGINES))

    def entries(self, *, engine: bool = True) -> list[tuple[str, Node]]:
        """Return some entries of an alias by bare key."""
        pick = self.random
        found: list[Entry] = [("ENGINE", self.engine())] if engine else []
        for key, text in (
            ("NAME", '"shop"'),
            ("USER", 'os.environ.get("DB_USER", "u")'),
            ("HOST", '"h"'),
            ("PORT", "5432"),
        ):
            if self.style.chance(0.6):
                found.append((key, self.quoted(text)))
        found.extend((key, self.value(key)) for key in dict.fromkeys(KEYS) if self.style.chance(0.2))
        if self.style.chance(0.35):
            found.append(("OPTIONS", pick.choice(("OPTS", "OPTS", self.options(), self.options()))))
        if self.style.chance(0.1):
            found.append(("TEST", self.display([("NAME", self.quoted('"t"'))])))
        if self.style.chance(0.15):
            pick.shuffle(found)
        return found

    def options(self) -> Node:
        """Return `OPTIONS`."""
        tables: tuple[list[Entry], ...] = (
            [("sslmode", self.quoted('"require"'))],
            [("pool", self.display([("max_size", "4"), ("min_size", "1")]))],
            [("pool", "True")],
            [("connect_timeout", "AGE"), ("application_name", self.quoted('"shop"'))],
            [("CONN_MAX_AGE", "60")],
            [("DISABLE_SERVER_SIDE_CURSORS", "True"), ("sslmode", self.quoted('"prefer"'))],
            [],
        )
        return self.dictionary(self.random.choice(tables))

    def display(self, entries: list[tuple[str, Node]], *spreads: str) -> Display:
        """Return a dictionary display."""
        made: list[Entry] = [(self.string(key), value) for key, value in entries]
        for spread in spreads:
            made.insert(self.random.choice((0, 0, len(made))), ("**", spread))
        return Display(tuple(made))

    def dictionary(self, entries: list[tuple[str, Node]]) -> Node:
        """Return a dictionary as a display or as a call of `dict`."""
        if self.style.chance(0.15):
            return Call("dict", tuple(entries))
        return self.display(entries)

    def alias(self) -> Node:
        """Return an alias' dictionary."""
        return self.dictionary(self.entries())

    def url_call(self, variable: str = "DATABASE_URL") -> Node:
        """Return a call of a helper that reads a URL."""
        pick = self.random
        arguments = tuple((key, self.quoted(text)) for key, text in pick.choice(URL_ARGUMENTS))
        url = self.string(pick.choice(URLS))
        name = self.string(variable)
        kind = pick.randrange(7)
        if kind == 0:
            return Call("dj_database_url.config", (("default", url), *arguments))
        if kind == 1:
            return Call("dj_database_url.config", (("env", name), ("default", url), *arguments))
        if kind == 2:
            return Call("dj_database_url.parse", (("", f"os.environ.get({name}, {url})"), *arguments))
        if kind == 3:
            return Call("dj_database_url.parse", (("", url), *arguments))
        if kind == 4:
            return Call("env.db", (("", name), ("default", url)))
        if kind == 5:
            return Call("senv.dj_db_url", (("", name), ("default", url), *arguments))
        return Call("config", (("", name), ("default", url), ("cast", "dj_database_url.parse")))
