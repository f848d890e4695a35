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
    "import distutils.util, dj_database_url, environ, environs\nfrom decouple import AutoConfig, Csv, config\n"
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
    "a word for truth": ('distutils.util.strtobool(os.environ.get("X", "off"))', "env X bool=False"),
    "another word for truth": ('distutils.util.strtobool("Yes")', "True"),
    "no word for truth": ('distutils.util.strtobool("maybe")', "unknown"),
    "a comparison": ('os.environ.get("X", "0") == "1"', "env X bool=False"),
    "a negation": ('not env.bool("X", default=False)', "env X bool=True"),
    "nested defaults": ('int(os.getenv("A", os.getenv("B", 7)))', "env A int=7"),
    "arithmetic": ('int(os.environ.get("MINUTES", "2")) * 60', "env MINUTES int=120"),
    "a cast that fails while unset": ('int(os.environ.get("AGE"))', "env AGE int"),
    "env without a name": ("env.int()", "unknown"),
    "env of a name that cannot be seen": ("env.int(os.times())", "unknown"),
    "env with a cast of one's own": ('env("AGE", cast=os.times)', "unknown"),
    "env with a class in its scheme": ('environ.Env(AGE=int)("AGE")', "env AGE int"),
    "env with a scheme that cannot be seen": ('environ.Env(AGE=os.times())("AGE")', "env AGE"),
    "env with a word in its scheme": ('environ.Env(AGE="x")("AGE")', "env AGE"),
    "decouple without a name": ("config()", "unknown"),
    "decouple with a name that cannot be seen": ("config(os.times())", "unknown"),
    "decouple with a default that no cast takes": ('config("AGE", default="x", cast=int)', "env AGE int"),
    "decouple with a default that cannot be seen": ('config("AGE", default=os.times(), cast=int)', "unknown"),
    "decouple with a number as truth": ('config("X", default=1, cast=bool)', "env X bool=True"),
    "decouple with a fraction": ('config("AGE", default="1.5", cast=float)', "env AGE float=1.5"),
    "decouple without a cast": ('config("AGE", default="5", cast=None)', "env AGE='5'"),
    "decouple with a function": ('config("AGE", default="5", cast=lambda text: int(text) * 2)', "env AGE int=10"),
    "decouple of a folder": ('AutoConfig("/etc")("AGE", default=5)', "env AGE=5"),
    "a list of decouple": ('len(config("AGES", default="1, 2", cast=Csv()))', "env AGES int=2"),
    "a list of decouple with quotes": ("len(config('AGES', default='\"1, 2\"', cast=Csv()))", "unknown"),
    "a variable of nobody": ("os.environ[os.times()]", "unknown"),
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
    "a URL that is none": ('dj_database_url.parse("postgres://h:port/d")', "django.db.backends.postgresql", {"CONN_MAX_AGE": 0}),
    "a URL of nobody": ('dj_database_url.parse("nobody://h/d")', "nobody", {"CONN_MAX_AGE": 0}),
    "a file in memory": ('env.db("U", default="sqlite://")', "django.db.backends.sqlite3", {}),
    "a URL that is taken apart by hand": ('environ.Env.db_url_config("psql://h/d")', "django.db.backends.postgresql", {}),
    "a URL that is taken apart with an engine": ('environ.Env.db_url_config("psql://h/d", engine="x.y")', "x.y", {}),
    "environs with an age that stands first": (
        'typed.dj_db_url("U", "mysql://h/d", conn_max_age=9)', "django.db.backends.mysql", {"CONN_MAX_AGE": 9},
    ),
    "no TLS asked for": (
        'dj_database_url.parse("postgres://h/d", ssl_require=False)', "django.db.backends.postgresql", {"CONN_MAX_AGE": 0},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("expression", "engine", "settings"), URLS.values(), ids=URLS)
def test_urls(tmp_path: Path, expression: str, engine: str, settings: dict[str, object]) -> None:
    text = f'{HEAD}{IMPORTS}DATABASES = {{"default": {expression}}}\n'
    databases = evaluate_files(tmp_path, {"settings.py": text}).databases()
    assert databases
    for database in databases:
        assert database.engine.value == (engine or MISSING)
        for key in ("CONN_MAX_AGE", "ATOMIC_REQUESTS"):
            assert database.settings[key].value == settings[key] if key in settings else key not in database.settings


@pytest.mark.parametrize(
    "mail",
    [
        'env.email("MAIL", default="smtp://mail")',
        "env.email()",
        'env.email_url(default="smtp://mail")',
        "typed.dj_email_url('MAIL')",
        "dj_email_url.config()",
        'dj_email_url.parse(os.environ["MAIL"])',
    ],
)
def test_settings_for_mail_leave_the_databases_alone(mail: str, tmp_path: Path) -> None:
    text = f'{HEAD}{IMPORTS}import dj_email_url\nDATABASES = {{"default": {{"ENGINE": PG}}}}\nvars().update({mail})\n'
    evaluation = evaluate_files(tmp_path, {"settings.py": text})
    assert [database.engine.state for database in evaluation.databases()] == [State.KNOWN]
    assert evaluation.held_elsewhere() == ()


def test_settings_of_anything_else_may_be_of_databases(tmp_path: Path) -> None:
    text = f'{HEAD}{IMPORTS}DATABASES = {{"default": {{"ENGINE": PG}}}}\nvars().update(env.json("MAIL"))\n'
    assert evaluate_files(tmp_path, {"settings.py": text}).held_elsewhere() != ()


OUT_OF_SIGHT = {
    "no URL": "dj_database_url.parse()",
    "a URL that cannot be seen": "dj_database_url.parse(os.times())",
    "a variable that cannot be seen": "dj_database_url.config(os.times())",
    "env of a variable that cannot be seen": "env.db(os.times())",
    "no URL to take apart": "environ.Env.db_url_config()",
    "environs without a variable": "typed.dj_db_url()",
    "keywords that cannot be seen": 'dj_database_url.parse("postgres://h/d", **os.times())',
    "a default that cannot be seen": "dj_database_url.config(default=os.times())",
}


@pytest.mark.parametrize("case", OUT_OF_SIGHT)
def test_nothing_is_known_of_what_is_out_of_sight(case: str, tmp_path: Path) -> None:
    text = f'{HEAD}{IMPORTS}DATABASES = {{"default": {OUT_OF_SIGHT[case]}}}\n'
    databases = evaluate_files(tmp_path, {"settings.py": text}).databases()
    assert databases
    for database in databases:
        unseen = not database.complete or State.UNKNOWN in {value.state for value in database.settings.values()}
        assert unseen or database.engine.value is MISSING
        assert (
            database.settings.get("HOST") is None
            or database.settings["HOST"].state is not State.KNOWN
            or "postgres" in text
        )


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


HEROKU = {
    "without DATABASES": ("", "settings(locals())", True),
    "of all names": ('DATABASES = {"default": {"ENGINE": SQLITE}}\n', "settings(globals())", True),
    "told to leave them alone": (
        'DATABASES = {"default": {"ENGINE": SQLITE}}\n', "settings(locals(), databases=False)", False,
    ),
    "of a dictionary of its own": ('DATABASES = {"default": {"ENGINE": SQLITE}}\n', "settings({})", False),
}  # fmt: skip


@pytest.mark.parametrize("case", HEROKU)
def test_django_heroku_fills_the_names_that_it_is_given(case: str, tmp_path: Path) -> None:
    before, call, fills = HEROKU[case]
    text = f"{HEAD}import django_heroku\n{before}django_heroku.{call}\n"
    lines = said(evaluate_files(tmp_path, {"settings.py": text}))
    assert any("CONN_MAX_AGE=default 600 (django_heroku)" in line for line in lines) is fills


def test_dynaconf_may_bring_databases_of_its_own(tmp_path: Path) -> None:
    text = f"{HEAD}import dynaconf\nsettings = dynaconf.DjangoDynaconf(__name__)\n"
    assert [
        reason
        for reason in evaluate_files(tmp_path / "a", {"settings.py": text}).held_elsewhere()
        if "dynaconf" in str(reason)
    ]
    own = f'{HEAD}import dynaconf\nDATABASES = {{"default": {{"ENGINE": PG}}}}\nsettings = dynaconf.DjangoDynaconf(__name__)\n'
    evaluation = evaluate_files(tmp_path / "b", {"settings.py": own})
    assert "override" in str(evaluation.held_elsewhere())


INCLUDES = {
    "a file": ('include("db.py")', ["60"]),
    "a file in a folder": ('include("conf/db.py")', ["5"]),
    "all of a folder": ('include("conf/*.py")', ["5"]),
    "a file that may be missing": ('include(optional("missing.py"), "db.py")', ["60"]),
    "a file that a variable selects": ('include(os.environ.get("CONF", "db.py"))', ["60", ""]),
    "a file that a variable must select": ('include(os.environ["CONF"])', [""]),
    "a file that cannot be seen": ("include(os.times())", [""]),
    "no file": ('include("")', [""]),
    "a folder with nothing in it": ('include("nothing/*.py")', [""]),
    "a file that does not parse": ('include("broken.py")', [""]),
}


@pytest.mark.parametrize("case", INCLUDES)
def test_split_settings_run_the_files_that_can_be_seen(case: str, tmp_path: Path) -> None:
    call, ages = INCLUDES[case]
    made = 'DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": {}}}}}\n'
    files = {
        "settings.py": f"{HEAD}from split_settings.tools import include, optional\n{call}\n",
        "db.py": made.format(60), "conf/db.py": made.format(5), "broken.py": "DATABASES = {\n",
    }  # fmt: skip
    evaluation = evaluate_files(tmp_path, files)
    known = {brief(each.conn_max_age) for each in evaluation.databases() if "CONN_MAX_AGE" in each.settings}
    assert known == {age for age in ages if age}
    complete = all(ages) and "missing" not in call
    assert bool(evaluation.held_elsewhere() or evaluation.unreadable) is (case != "no file" and not complete)


CONFIG = "    model_config = SettingsConfigDict(env_prefix='DB_')\n"
# As pydantic-settings 2.16.3 reads them.
FIELDS: dict[str, tuple[str, str]] = {
    "a field": ("    age: int = 60\n", "env AGE int=60"),
    "a field without default": ("    age: int\n", "env AGE int"),
    "a prefix": (f"{CONFIG}    age: int = 60\n", "env DB_AGE int=60"),
    "a prefix in a dictionary": ("    model_config = {'env_prefix': 'DB_'}\n    age: int = 60\n", "env DB_AGE int=60"),
    "a prefix of old": ("    age: int = 60\n    class Config:\n        env_prefix = 'DB_'\n", "env DB_AGE int=60"),
    "a prefix that cannot be seen": ("    model_config = SettingsConfigDict(**load())\n    age: int = 60\n", "unknown"),
    "a prefix of old that cannot be seen": (
        "    age: int = 60\n    class Config:\n        env_prefix = os.times()\n", "unknown",
    ),
    "fields of old with names of their own": (
        "    age: int = 60\n    class Config:\n        fields = {'age': {'env': 'X'}}\n", "unknown",
    ),
    "a class of old that is somebody else's": (
        "    age: int = 60\n    from elsewhere import Config\n", "env AGE int=60",
    ),
    "names made by a function": ("    model_config = {'alias_generator': str.upper}\n    age: int = 60\n", "unknown"),
    "a config that cannot be seen": ("    model_config = os.times()\n    age: int = 60\n", "unknown"),
    "a prefix that is computed": ("    model_config = {'env_prefix': os.times()}\n    age: int = 60\n", "unknown"),
    "an alias": ("    age: int = Field(60, validation_alias='X')\n", "unknown"),
    "another type": ("    age: int | None = None\n", "unknown"),
    "a default that is turned into the type": ("    age: int = '60'\n", "unknown"),
    "a validator": (
        "    age: int = 60\n    @field_validator('age')\n    def v(cls, x):\n        return x * 2\n",
        "unknown",
    ),
}  # fmt: skip


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
