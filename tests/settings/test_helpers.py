"""URL helpers and environment readers: what they write by themselves, and what the environment decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.facts import MISSING, State
from tests.settings.expectations import brief, said
from tests.settings.support import HEAD, evaluate_files

if TYPE_CHECKING:
    from pathlib import Path

IMPORTS = (
    "import dj_database_url, environ, environs\nfrom decouple import config\n"
    "env = environ.Env(DEBUG=(bool, True))\ntyped = environs.Env()\n"
)
VERSIONS: dict[str, tuple[tuple[int, ...], set[str]]] = {
    "1.0 knows an age only": ((1, 0, 0), {"CONN_MAX_AGE"}),
    "1.2 writes health checks": ((1, 2, 0), {"CONN_MAX_AGE", "CONN_HEALTH_CHECKS"}),
    "2.2 writes cursors": ((2, 2, 0), {"CONN_MAX_AGE", "CONN_HEALTH_CHECKS", "DISABLE_SERVER_SIDE_CURSORS"}),
}


@pytest.mark.parametrize(("version", "written"), VERSIONS.values(), ids=VERSIONS)
def test_dj_database_url_by_version(tmp_path: Path, version: tuple[int, ...], written: set[str]) -> None:
    text = HEAD + IMPORTS + 'DATABASES = {"default": dj_database_url.parse("postgres://h/d")}\n'
    (database,) = evaluate_files(tmp_path, {"settings.py": text}, dj_database_url=version).databases()
    assert {key for key, value in database.settings.items() if value.source == "dj_database_url"} == written
    assert database.made_by == "dj_database_url.parse"
    assert database.engine.state is State.KNOWN


EXPRESSIONS: dict[str, tuple[str, str]] = {
    "env.int": ('env.int("AGE", default=5)', "env AGE int=5"),
    "env.int without default": ('env.int("AGE")', "env AGE int"),
    "env with cast": ('env("AGE", cast=int, default=5)', "env AGE int=5"),
    "env with the type of its default": ('env("AGE", default=5)', "env AGE int=5"),
    "env with a scheme": ('env("DEBUG")', "env DEBUG bool=True"),
    "env stays a string": ('env("AGE")', "env AGE"),
    "environs": ('typed.int("AGE", 5)', "env AGE int=5"),
    "decouple casts its default": ('config("AGE", default="5", cast=int)', "env AGE int=5"),
    "decouple reads words as truth": ('config("X", default="no", cast=bool)', "env X bool=False"),
    "decouple stays a string": ('config("AGE", default=5)', "env AGE=5"),
    "a comparison": ('os.environ.get("X", "0") == "1"', "env X bool=False"),
    "a negation": ('not env.bool("X", default=False)', "env X bool=True"),
    "nested defaults": ('int(os.getenv("A", os.getenv("B", 7)))', "env A int=7"),
    "arithmetic": ('int(os.environ.get("MINUTES", "2")) * 60', "env MINUTES int=120"),
    "a cast that fails while unset": ('int(os.environ.get("AGE"))', "env AGE int"),
}


@pytest.mark.parametrize(("expression", "expected"), EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_environment_reads(tmp_path: Path, expression: str, expected: str) -> None:
    text = f'{HEAD}{IMPORTS}DATABASES = {{"default": {{"ENGINE": PG, "CONN_MAX_AGE": {expression}}}}}\n'
    (database,) = evaluate_files(tmp_path, {"settings.py": text}).databases()
    assert brief(database.conn_max_age) == expected


URLS: dict[str, tuple[str, str, dict[str, object]]] = {
    "environ reads alias settings from the query": (
        'env.db("U", default="postgres://h/d?conn_max_age=60&atomic_requests=false&sslmode=require")',
        "django.db.backends.postgresql",
        {"CONN_MAX_AGE": 60, "ATOMIC_REQUESTS": "false"},
    ),
    "environ's own schemes": ('env.db_url("U", default="psql://h/d")', "django.db.backends.postgresql", {}),
    "environ with an engine": ('env.db("U", default="psql://h/d", engine="x.y")', "x.y", {}),
    "environs passes keywords on": (
        'typed.dj_db_url("U", default="mysql://h/d", conn_max_age=9)',
        "django.db.backends.mysql",
        {"CONN_MAX_AGE": 9},
    ),
    "an age in a dj-database-url query goes astray": (
        'dj_database_url.parse("postgres://h/d?conn_max_age=60")',
        "django.db.backends.postgresql",
        {"CONN_MAX_AGE": 0},
    ),
    "the in-memory URL drops every keyword": (
        'dj_database_url.parse("sqlite://:memory:", conn_max_age=9)',
        "django.db.backends.sqlite3",
        {},
    ),
    "a cast made of a lambda": (
        'config("U", default="postgres://h/d", cast=lambda url: dj_database_url.parse(url, conn_max_age=3))',
        "django.db.backends.postgresql",
        {"CONN_MAX_AGE": 3},
    ),
    "a required URL": ('dj_database_url.parse(os.environ["U"])', "", {"CONN_MAX_AGE": 0}),
}


@pytest.mark.parametrize(("expression", "engine", "settings"), URLS.values(), ids=URLS)
def test_urls(tmp_path: Path, expression: str, engine: str, settings: dict[str, object]) -> None:
    text = f'{HEAD}{IMPORTS}DATABASES = {{"default": {expression}}}\n'
    databases = evaluate_files(tmp_path, {"settings.py": text}).databases()
    assert databases
    for database in databases:
        assert database.engine.value == (engine or MISSING)
        for key in ("CONN_MAX_AGE", "ATOMIC_REQUESTS"):
            assert database.settings[key].value == settings[key] if key in settings else key not in database.settings


def test_options_of_a_default_url_are_there_while_it_is_the_default(tmp_path: Path) -> None:
    text = (
        f'{HEAD}{IMPORTS}DATABASES = {{"default": {{"ENGINE": PG, "OPTIONS": {{"pool": True}}}}}}\n'
        'DATABASES["default"].update(dj_database_url.config(default="postgres://h/d?sslmode=require"))\n'
    )
    lines = said(evaluate_files(tmp_path, {"settings.py": text}))
    assert any("OPTIONS={pool=True}" in line and "| DATABASE_URL is set" in line for line in lines)
    assert any("OPTIONS={sslmode=" in line and "| DATABASE_URL is not set" in line for line in lines)


@pytest.mark.parametrize("url", ["postgres://h/d", "postgres://h/d?sslmode=prefer"])
def test_tls_may_hang_on_a_condition(tmp_path: Path, url: str) -> None:
    call = f'dj_database_url.parse("{url}", ssl_require=bool(os.environ.get("TLS")))'
    lines = said(evaluate_files(tmp_path, {"settings.py": f'{HEAD}{IMPORTS}DATABASES = {{"default": {call}}}\n'}))
    assert [line for line in lines if "'require'" in line and line.endswith("| TLS is set")]
    assert [line for line in lines if "'require'" not in line and line.endswith("| TLS is not set")]


def test_the_variable_of_a_url_may_be_a_choice(tmp_path: Path) -> None:
    name = '"SHOP_URL" if "SHOP_URL" in os.environ else "DATABASE_URL"'
    text = f'{HEAD}import environ\nDATABASES = {{"default": environ.Env().db({name}, default="postgres://h/d")}}\n'
    found = evaluate_files(tmp_path, {"settings.py": text}).databases()
    assert [(each.conditions, each.engine.variable) for each in found] == [
        (("SHOP_URL is set",), "SHOP_URL"),
        (("SHOP_URL is not set",), "DATABASE_URL"),
    ]


def test_django_heroku_sets_an_age_of_its_own(tmp_path: Path) -> None:
    text = (
        HEAD + 'import django_heroku\nDATABASES = {"default": {"ENGINE": SQLITE}}\ndjango_heroku.settings(locals())\n'
    )
    lines = said(evaluate_files(tmp_path, {"settings.py": text}))
    assert any("CONN_MAX_AGE=default 600 (django_heroku)" in line and "DATABASE_URL is set" in line for line in lines)
    assert "default 'sqlite3' | DATABASE_URL is not set" in lines


CONFIG = "    model_config = SettingsConfigDict(env_prefix='DB_')\n"
# As pydantic-settings 2.16.3 reads them.
FIELDS: dict[str, tuple[str, str]] = {
    "a field": ("    age: int = 60\n", "env AGE int=60"),
    "a field without default": ("    age: int\n", "env AGE int"),
    "a prefix": (f"{CONFIG}    age: int = 60\n", "env DB_AGE int=60"),
    "a prefix in a dictionary": ("    model_config = {'env_prefix': 'DB_'}\n    age: int = 60\n", "env DB_AGE int=60"),
    "a prefix of old": ("    age: int = 60\n    class Config:\n        env_prefix = 'DB_'\n", "env DB_AGE int=60"),
    "a prefix that cannot be seen": ("    model_config = SettingsConfigDict(**load())\n    age: int = 60\n", "unknown"),
    "an alias": ("    age: int = Field(60, validation_alias='X')\n", "unknown"),
    "another type": ("    age: int | None = None\n", "unknown"),
    "a default that is turned into the type": ("    age: int = '60'\n", "unknown"),
    "a validator": (
        "    age: int = 60\n    @field_validator('age')\n    def v(cls, x):\n        return x * 2\n",
        "unknown",
    ),
}


@pytest.mark.parametrize(("body", "expected"), FIELDS.values(), ids=FIELDS)
def test_fields_of_pydantic_settings(tmp_path: Path, body: str, expected: str) -> None:
    text = (
        f"{HEAD}from pydantic import Field, field_validator\n"
        f"from pydantic_settings import BaseSettings, SettingsConfigDict\nclass Database(BaseSettings):\n{body}"
        'DATABASES = {"default": {"ENGINE": PG, "CONN_MAX_AGE": Database().age}}\n'
    )
    evaluation = evaluate_files(tmp_path, {"settings.py": text})
    (database,) = evaluation.databases()
    assert brief(database.conn_max_age) == expected
    assert evaluation.notes == ()


def test_what_is_given_to_pydantic_is_not_read(tmp_path: Path) -> None:
    text = (
        f"{HEAD}from pydantic_settings import BaseSettings\nclass Base(BaseSettings):\n    age: int = 60\n"
        "class Database(Base):\n    other: int = 1\n"
        'DATABASES = {"default": {"ENGINE": PG, "CONN_MAX_AGE": Database(age=7).age}}\n'
    )
    (database,) = evaluate_files(tmp_path, {"settings.py": text}).databases()
    assert brief(database.conn_max_age) == "7"
