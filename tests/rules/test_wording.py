"""What findings say of conditions, of missing evidence and of places, read from files as a person has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.config import Config
from djconnfix.engine import audit
from djconnfix.findings import Applicability, Severity

if TYPE_CHECKING:
    from pathlib import Path

    from djconnfix.findings import Finding

PG = '"ENGINE": "django.db.backends.postgresql", "NAME": "x", "HOST": "db"'
WSGI = {"Procfile": "web: gunicorn shop.wsgi --threads 4\n"}
ASGI = {"Procfile": "web: uvicorn shop.asgi:application\n"}


def findings(root: Path, settings: str, code: str, files: dict[str, str]) -> list[Finding]:
    for path, text in {"shop/settings.py": settings, **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return [finding for finding in audit(Config(root=root)).findings if finding.code == code]


AGES = [
    pytest.param('int(os.environ.get("AGE", 0))', " when AGE is set:", Severity.INFO, id="the-default-closes"),
    pytest.param('int(os.environ.get("AGE", 60))', "CHECKS:", Severity.WARNING, id="the-default-keeps"),
    pytest.param('int(os.environ["AGE"])', "CHECKS:", Severity.WARNING, id="no-default"),
    pytest.param("60", "CHECKS:", Severity.WARNING, id="written"),
]


@pytest.mark.parametrize(("age", "said", "severity"), AGES)
def test_an_age_that_only_a_variable_gives_is_said_to_be_so(
    tmp_path: Path, age: str, said: str, severity: Severity
) -> None:
    settings = f'import os\n\nDATABASES = {{"default": {{{PG}, "CONN_MAX_AGE": {age}}}}}\n'
    (found,) = findings(tmp_path, settings, "DCF102", {**WSGI, "requirements.txt": "Django==5.2\n"})
    assert (said in found.problem.message, found.severity) == (True, severity)
    assert ("when" in found.problem.message) is ("when" in said)


URL = "import dj_database_url\n\nDATABASES = {{'default': dj_database_url.{}}}\n{}"
SQLITE = "config(default='sqlite:///db{}'{})"
STATEMENT = "DATABASES['default'].setdefault('OPTIONS', {})['sslmode'] = 'require'\n"
TLS = [
    pytest.param(SQLITE.format("", ", ssl_require=True"), "", "write ssl_require=not DEBUG", id="argument"),
    pytest.param(SQLITE.format("", ""), STATEMENT, "set sslmode only where the engine", id="statement"),
    pytest.param(SQLITE.format("?sslmode=require", ""), "", "delete sslmode from the query", id="query"),
]


@pytest.mark.parametrize(("call", "more", "instructions"), TLS)
def test_sslmode_of_a_default_is_said_to_be_of_the_default(
    tmp_path: Path, call: str, more: str, instructions: str
) -> None:
    (found,) = findings(tmp_path, URL.format(call, more), "DCF509", {})
    assert found.problem.message.endswith((" while DATABASE_URL is unset", " when DATABASE_URL is not set"))
    assert found.problem.message.count("DATABASE_URL") == 1
    assert found.remedy is not None
    assert found.remedy.instructions.startswith(instructions)


def test_sslmode_of_a_certain_engine_has_no_condition(tmp_path: Path) -> None:
    settings = URL.format("parse('sqlite:///db', ssl_require=True)", "")
    (found,) = findings(tmp_path, settings, "DCF509", {})
    assert "unset" not in found.problem.message + found.problem.because[0].text


FULL, DJANGO = "Django==5.2\npsycopg[pool]==3.2.9\n", "Django==5.2\n"
LITERAL = f'DATABASES = {{"default": {{{PG}}}}}\n'
NAMED = LITERAL.replace('"django.db.backends.postgresql"', 'os.environ["ENGINE"]').replace("DATA", "import os\nDATA", 1)
MISSING = [
    pytest.param(NAMED, FULL, "ENGINE names the engine", id="engine"),
    pytest.param(
        LITERAL, "psycopg[pool]==3.2.9\n", "no file says which Django is installed (--django does)", id="django"
    ),
    pytest.param(LITERAL, DJANGO, "no file asks for psycopg", id="driver"),
    pytest.param(NAMED, DJANGO, "ENGINE names the engine and no file asks for psycopg", id="both"),
    pytest.param(LITERAL, "Django==5.2\npsycopg==3.2.9\n", "psycopg is asked for without its pool", id="extra"),
]


@pytest.mark.parametrize(("settings", "requirements", "why"), MISSING)
def test_a_pool_is_left_to_people_for_exactly_what_is_missing(
    tmp_path: Path, settings: str, requirements: str, why: str
) -> None:
    (found,) = findings(tmp_path, settings, "DCF418", {**ASGI, "requirements.txt": requirements})
    assert found.remedy is not None
    assert (found.remedy.applicability, found.remedy.why) == (Applicability.MANUAL, why)


@pytest.mark.parametrize(
    ("requirements", "start"),
    [
        ("Django==5.2\npsycopg==3.2.9\n", "add psycopg[pool] to requirements.txt, then write "),
        ("Django==5.2\npsycopg[binary]==3.2.9\n", "add psycopg[binary,pool] to requirements.txt, then write "),
    ],
    ids=["plain", "binary"],
)
def test_a_missing_extra_is_asked_for_first(tmp_path: Path, requirements: str, start: str) -> None:
    (found,) = findings(tmp_path, LITERAL, "DCF418", {**ASGI, "requirements.txt": requirements})
    assert found.remedy is not None
    assert found.remedy.instructions.startswith(start)


def test_nobody_is_sent_to_a_lock_file_to_write_in_it(tmp_path: Path) -> None:
    lock = '[[package]]\nname = "django"\nversion = "5.2"\n\n[[package]]\nname = "psycopg"\nversion = "3.2.9"\n'
    (found,) = findings(tmp_path, LITERAL, "DCF418", {**ASGI, "uv.lock": lock})
    assert found.remedy is not None
    assert found.remedy.instructions.startswith("add psycopg[pool] to what uv.lock is made from, then write ")


@pytest.mark.parametrize(
    "requirements", [FULL, "Django==5.2\npsycopg==3.2.9\npsycopg-pool==3.2.6\n"], ids=["extra", "package"]
)
def test_a_pool_is_offered_where_its_package_is_asked_for(tmp_path: Path, requirements: str) -> None:
    (found,) = findings(tmp_path, LITERAL, "DCF418", {**ASGI, "requirements.txt": requirements})
    assert found.remedy is not None
    assert found.remedy.applicability is Applicability.UNSAFE


THROUGH = """\
import copy


def merge(text, defaults):
    out = copy.deepcopy(defaults) if defaults else {}
    out["sslmode"] = text
    return out


options = {"sslmode": "require"}
options["pool"] = {"min_size": 2, "max_size": 3}
"""
PLACES = [
    pytest.param('options = {"sslmode": "require"}\noptions["pool"] = {"max_size": 5}\n', "options", 2, id="assigned"),
    pytest.param(THROUGH, 'merge("require", options)', 11, id="copied-in-a-function"),
]


@pytest.mark.parametrize(("before", "options", "line"), PLACES)
def test_evidence_of_a_pool_stands_where_the_pool_is_asked_for(
    tmp_path: Path, before: str, options: str, line: int
) -> None:
    settings = f'{before}DATABASES = {{"default": {{{PG}, "OPTIONS": {options}}}}}\n'
    requirements = {"requirements.txt": "Django==5.2\npsycopg==3.2.9\n"}
    (needs,) = findings(tmp_path, settings, "DCF404", {**WSGI, **requirements})
    (checks,) = findings(tmp_path, settings, "DCF102", {**WSGI, **requirements})
    keeps = next(because for because in checks.problem.because if because.text == "a pool keeps connections")
    assert keeps.location is not None
    assert (needs.location.line, keeps.location.line) == (line, line)


BRANCHES = "import os\n\noptions = {}\n" + "".join(
    f'if "{name}" in os.environ:\n    options["{key}"] = {value}\n'
    for name, key, value in [("POOL_SIZE", "pool", '{"max_size": 3}'), *((each, each.lower(), 1) for each in "ABCDE")]
)


@pytest.mark.parametrize("code", ["DCF401", "DCF404", "DCF407", "DCF408"])
def test_what_depends_on_too_many_conditions_is_not_stated_as_a_fact(tmp_path: Path, code: str) -> None:
    settings = f'{BRANCHES}DATABASES = {{"default": {{{PG}, "CONN_MAX_AGE": 60, "OPTIONS": options}}}}\n'
    (found,) = findings(tmp_path, settings, code, {**WSGI, "requirements.txt": "Django==5.2\npsycopg==3.2.9\n"})
    assert found.remedy is not None
    assert found.problem.message.endswith(" on some branches")
    assert (found.severity, found.remedy.applicability) == (Severity.INFO, Applicability.MANUAL)


def test_what_depends_on_one_condition_keeps_it(tmp_path: Path) -> None:
    before = BRANCHES.partition('if "A"')[0]
    settings = f'{before}DATABASES = {{"default": {{{PG}, "CONN_MAX_AGE": 60, "OPTIONS": options}}}}\n'
    (found,) = findings(tmp_path, settings, "DCF401", {**WSGI, "requirements.txt": "Django==5.2\npsycopg==3.2.9\n"})
    assert "POOL_SIZE" in found.problem.message
    assert found.severity is Severity.ERROR
