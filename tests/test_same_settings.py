"""The same settings under different evidence: what is written for whom, over the whole decision table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.config import Config
from djconnfix.engine import audit
from djconnfix.fix.plan import make_plan

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """\
import os

DATABASES = {{
    "default": {{
        "ENGINE": "{engine}",
        "NAME": "shop",
        "HOST": os.environ.get("DB_HOST", "db"),
{age}    }}
}}
"""
ENGINES = {
    "postgresql": ("django.db.backends.postgresql", "psycopg[binary,pool]==3.2.9"),
    "psycopg2": ("django.db.backends.postgresql", "psycopg2==2.9.10"),
    "mysql": ("django.db.backends.mysql", "mysqlclient==2.2.7"),
    "oracle": ("django.db.backends.oracle", "oracledb==3.1.0"),
    "sqlalchemy": ("dj_db_conn_pool.backends.postgresql", "django-db-connection-pool==1.2.6"),
}
THREADS = "gunicorn shop.wsgi --workers 2 --threads 4"
ASGI = "uvicorn shop.asgi:application"
COMPOSE = """\
services:
  pool:
    image: edoburu/pgbouncer
    environment:
      POOL_MODE: {mode}
  web:
    environment:
      DB_HOST: pool
    command: {command}
"""
EVIDENCE = {
    "wsgi": {"Procfile": f"web: {THREADS}\n"},
    "asgi": {"Procfile": f"web: {ASGI}\n"},
    "gevent": {"Procfile": "web: gunicorn shop.wsgi -k gevent\n"},
    "mixed": {"Procfile": f"web: {THREADS}\nws: {ASGI}\n"},
    "serverless": {"zappa_settings.json": '{"live": {"django_settings": "shop.settings"}}'},
    "workers": {"Procfile": "worker: celery -A shop worker\n"},
    "nobody": {},
    "transaction": {"compose.yml": COMPOSE.format(mode="transaction", command=THREADS)},
    "transaction-asgi": {"compose.yml": COMPOSE.format(mode="transaction", command=ASGI)},
    "session": {"compose.yml": COMPOSE.format(mode="session", command=THREADS)},
    "statement": {"compose.yml": COMPOSE.format(mode="statement", command=THREADS)},
}
DJANGOS = ("3.2.25", "4.2.20", "5.2.1")
NOTHING: dict[str, object] = {}
ZERO = {"CONN_MAX_AGE": 0}
KEPT = {"CONN_MAX_AGE": 60}
CHECKED = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
CURSORS = {"DISABLE_SERVER_SIDE_CURSORS": True}
POOL = {"CONN_HEALTH_CHECKS": True, "OPTIONS": {"pool": {"min_size": 1, "max_size": 10, "timeout": 10}}}
ORACLE_POOL = {"CONN_HEALTH_CHECKS": True, "OPTIONS": {"pool": {"min": 1, "max": 10, "increment": 1}}}

# What the alias holds besides its address after `fix`, and after `fix --unsafe-fixes` where that differs,
# under Django 3.2, 4.2 and 5.2: for an alias without CONN_MAX_AGE, and for one with 60.
WITHOUT_AGE = [
    ("postgresql", "wsgi", KEPT, CHECKED, CHECKED),
    ("mysql", "wsgi", KEPT, CHECKED, CHECKED),
    ("oracle", "wsgi", KEPT, CHECKED, CHECKED),
    ("postgresql", "asgi", NOTHING, NOTHING, (NOTHING, POOL)),
    ("psycopg2", "asgi", NOTHING, NOTHING, NOTHING),
    ("mysql", "asgi", NOTHING, NOTHING, NOTHING),
    ("oracle", "asgi", NOTHING, NOTHING, (NOTHING, ORACLE_POOL)),
    ("postgresql", "gevent", NOTHING, NOTHING, NOTHING),
    ("postgresql", "mixed", NOTHING, NOTHING, NOTHING),
    ("postgresql", "serverless", NOTHING, NOTHING, NOTHING),
    ("postgresql", "workers", NOTHING, NOTHING, NOTHING),
    ("postgresql", "nobody", NOTHING, NOTHING, NOTHING),
    (
        "postgresql",
        "transaction",
        (CURSORS, CURSORS | KEPT),
        (CURSORS, CURSORS | CHECKED),
        (CURSORS, CURSORS | CHECKED),
    ),
    ("postgresql", "transaction-asgi", CURSORS, CURSORS, CURSORS),
    ("postgresql", "session", NOTHING, NOTHING, NOTHING),
    ("postgresql", "statement", CURSORS, CURSORS, CURSORS),
    ("sqlalchemy", "wsgi", NOTHING, NOTHING, NOTHING),
    ("sqlalchemy", "asgi", NOTHING, NOTHING, NOTHING),
]
WITH_AGE = [
    ("postgresql", "wsgi", KEPT, CHECKED, CHECKED),
    ("postgresql", "asgi", (KEPT, ZERO), ZERO, (ZERO, ZERO | POOL)),
    ("psycopg2", "asgi", (KEPT, ZERO), ZERO, ZERO),
    ("mysql", "asgi", (KEPT, ZERO), ZERO, ZERO),
    ("oracle", "asgi", (KEPT, ZERO), ZERO, (ZERO, ZERO | ORACLE_POOL)),
    ("postgresql", "gevent", ZERO, ZERO, ZERO),
    ("mysql", "gevent", ZERO, ZERO, ZERO),
    ("postgresql", "mixed", KEPT, CHECKED, CHECKED),
    ("postgresql", "workers", KEPT, CHECKED, CHECKED),
    ("postgresql", "nobody", KEPT, CHECKED, CHECKED),
    ("postgresql", "transaction", CURSORS | KEPT, CURSORS | CHECKED, CURSORS | CHECKED),
    ("postgresql", "transaction-asgi", (CURSORS | KEPT, CURSORS | ZERO), CURSORS | ZERO, CURSORS | ZERO),
    ("postgresql", "session", ZERO, ZERO, ZERO),
    ("sqlalchemy", "wsgi", ZERO, ZERO, ZERO),
    ("sqlalchemy", "asgi", ZERO, ZERO, ZERO),
]  # fmt: skip
CASES = [
    pytest.param(age, engine, evidence, django, *(wanted if isinstance(wanted, tuple) else (wanted, wanted)),
                 id=f"{engine}-{evidence}-{'age' if age else 'no-age'}-{django}")
    for age, table in ((False, WITHOUT_AGE), (True, WITH_AGE))
    for engine, evidence, *row in table
    for django, wanted in zip(DJANGOS, row, strict=True)
]  # fmt: skip


def after(root: Path, text: str, *, unsafe: bool) -> dict[str, object]:
    """Return what `fix` leaves the alias with besides its address."""
    report = audit(Config(root=root))
    plan = make_plan(report, report.findings, unsafe=unsafe)
    assert [refusal.reason for refusal in plan.refused] == []
    written = next((change.new.decode() for change in plan.changes), text)
    names: dict[str, dict[str, dict[str, object]]] = {}
    exec(written, names)  # our own text
    alias = names["DATABASES"]["default"]
    return {key: value for key, value in alias.items() if key not in ("ENGINE", "HOST", "NAME")}


@pytest.mark.parametrize(("age", "engine", "evidence", "django", "safe", "unsafe"), CASES)
def test_what_is_written(
    age: bool,
    engine: str,
    evidence: str,
    django: str,
    safe: dict[str, object],
    unsafe: dict[str, object],
    tmp_path: Path,
) -> None:
    name, driver = ENGINES[engine]
    text = SETTINGS.format(engine=name, age='        "CONN_MAX_AGE": 60,\n' if age else "")
    files = {**EVIDENCE[evidence], "shop/settings.py": text, "requirements.txt": f"Django=={django}\n{driver}\n"}
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(content)
    assert after(tmp_path, text, unsafe=False) == safe
    assert after(tmp_path, text, unsafe=True) == unsafe


def test_every_kind_of_evidence_and_engine_is_in_the_table() -> None:
    assert {row[1] for row in WITHOUT_AGE} == set(EVIDENCE)
    assert {row[0] for row in WITHOUT_AGE} == set(ENGINES)
