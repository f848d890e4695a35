"""Where a strategy cannot work, and that nothing is written there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from djconnfix.facts import CodeFact, ListItem, ListSetting, PoolMode
from djconnfix.strategies.judge import judge_alias
from djconnfix.strategies.table import TABLE
from tests.rules.build import THREADS, at, database, packages, pgbouncer, project, read, settings, unseen

INSTALLS = packages("psycopg[pool]", "django-db-connection-pool")
BOUNCED = database(HOST="pgbouncer")
SESSION = (pgbouncer(PoolMode.SESSION),)
TRANSACTION = (pgbouncer(PoolMode.TRANSACTION),)
STATEMENT = (pgbouncer(PoolMode.STATEMENT),)


def refusal(strategy, alias=None, *, poolers=(), code=(), apps=(), installs=INSTALLS, requirements=False):
    alias = alias or database()
    module = settings(alias, servers=(THREADS,), poolers=poolers, installs=installs)
    items = tuple(ListItem(app, at()) for app in apps)
    module = replace(
        module,
        lists={"INSTALLED_APPS": ListSetting("INSTALLED_APPS", items, True, at())},
        evidence=replace(module.evidence, requirements=requirements),
    )
    found = judge_alias(TABLE[strategy], project(module, code=code), module, alias)
    assert not (found.refusal and found.actions)
    return found.refusal


@pytest.mark.parametrize(
    ("strategy", "alias", "poolers", "words"),
    [
        ("persistent", BOUNCED, SESSION, "lends a server connection for as long as its client stays"),
        ("pool", BOUNCED, SESSION, "hold on to connections of a session-mode pooler"),
        ("sqlalchemy-pool", BOUNCED, SESSION, "hold on to connections of a session-mode pooler"),
        ("persistent", BOUNCED, STATEMENT, "the address leads to a pooler in statement mode (pgbouncer.ini)"),
        ("pgbouncer-transaction", BOUNCED, SESSION, "the pooler is in session mode (pgbouncer.ini)"),
        ("pgbouncer-session", BOUNCED, TRANSACTION, "the pooler is in transaction mode (pgbouncer.ini)"),
        ("pgbouncer-statement", BOUNCED, TRANSACTION, "the pooler is in transaction mode (pgbouncer.ini)"),
        ("pgbouncer-transaction", database(HOST=read("H", "x")), SESSION, "the files have a pooler in session mode"),
        ("pgbouncer-transaction", database(options={"options": "-c x=1"}), (), "refuses the start-up parameters"),
        ("pgbouncer-session", database(options={"options": unseen()}), (), "refuses the start-up parameters"),
        ("pgbouncer-transaction", database(options={"assume_role": "app"}), (), "leak to other clients"),
        ("pgbouncer-statement", database(ATOMIC_REQUESTS=True), (), "ATOMIC_REQUESTS makes one of each request"),
        ("pgbouncer-statement", database(ATOMIC_REQUESTS=read("A", False)), (), "ATOMIC_REQUESTS makes one"),
        ("pool", database(ENGINE="django_prometheus.db.backends.postgresql"), (), "not one of Django's own"),
        ("persistent", database(ENGINE="django_db_geventpool.backends.postgis"), (), "brings a pool of its own"),
        ("sqlalchemy-pool", database(ENGINE="django.contrib.gis.db.backends.postgis"), (), "no engine"),
    ],
)
def test_the_reason_is_said(strategy, alias, poolers, words):
    assert words in refusal(strategy, alias, poolers=poolers)


@pytest.mark.parametrize(
    ("strategy", "alias", "poolers"),
    [
        ("close-per-request", BOUNCED, SESSION),
        ("persistent", BOUNCED, TRANSACTION),
        ("pool", BOUNCED, TRANSACTION),
        ("pgbouncer-session", BOUNCED, SESSION),
        ("pgbouncer-transaction", BOUNCED, TRANSACTION),
        ("pgbouncer-session", database(options={"assume_role": "app"}), ()),
        ("pgbouncer-statement", database(TEST={"MIRROR": "default"}), ()),
        ("pgbouncer-transaction", database(ATOMIC_REQUESTS=True), ()),
    ],
)
def test_what_works_is_not_refused(strategy, alias, poolers):
    assert refusal(strategy, alias, poolers=poolers) == ""


@pytest.mark.parametrize("app", ["django.contrib.admin", "django.contrib.sessions"])
def test_statement_mode_is_refused_beside_applications_with_transactions(app):
    assert "statement mode refuses every transaction" in refusal("pgbouncer-statement", apps=(app,))
    assert refusal("pgbouncer-statement", database(TEST={"MIRROR": "default"}), apps=(app,)) == ""


def test_statement_mode_is_refused_beside_code_with_transactions():
    fact = CodeFact("transaction-left-open", at("shop/orders.py", 7))
    assert refusal("pgbouncer-statement", code=(fact,)).endswith("shop/orders.py:7 handles one")
    assert refusal("pgbouncer-transaction", code=(fact,)) == ""
    assert refusal("pgbouncer-statement", code=(replace(fact, alias="other"),)) == ""


def test_transaction_mode_is_refused_beside_code_that_changes_sessions():
    fact = CodeFact("session-state", at("shop/reports.py", 3))
    assert refusal("pgbouncer-transaction", code=(fact,)).startswith("shop/reports.py:3 changes the session")
    assert refusal("pgbouncer-session", code=(fact,)) == ""


@pytest.mark.parametrize(
    ("strategy", "installs", "wanted"),
    [
        ("pool", packages("psycopg[binary]"), "psycopg[pool]"),
        ("sqlalchemy-pool", packages("psycopg[binary]"), "django-db-connection-pool"),
        ("sqlalchemy-pool", packages("psycopg2"), "django-db-connection-pool"),
    ],
)
def test_a_missing_package_is_asked_for_only_with_the_option(strategy, installs, wanted):
    assert refusal(strategy, installs=installs) == f"it needs {wanted}, which is not asked for"
    assert refusal(strategy, installs=installs, requirements=True) == ""


@pytest.mark.parametrize("strategy", TABLE)
def test_what_cannot_be_seen_is_not_written(strategy):
    alias = database(CONN_MAX_AGE=unseen(), complete=False)
    module = settings(alias, servers=(THREADS,), installs=INSTALLS)
    found = judge_alias(TABLE[strategy], project(module), module, alias)
    assert found.unseen or found.refusal.endswith("cannot be seen")
