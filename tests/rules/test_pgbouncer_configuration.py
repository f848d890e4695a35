"""DCF439 and DCF442 to DCF444: what PgBouncer's own files, migrations and raw SQL have to do with each other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from djconnfix.facts import CodeFact, Migration, PooledDatabase, Pooler, PoolMode, Role, Secrets, SettingsModule
from djconnfix.findings import Applicability, Severity
from tests.rules.build import MYSQL, THREADS, UVICORN, at, database, pgbouncer, problems, read, settings, unseen
from tests.rules.silence import offers, silent

TRANSACTION, SESSION, STATEMENT = PoolMode.TRANSACTION, PoolMode.SESSION, PoolMode.STATEMENT
MIGRATE = Migration(at("Procfile", 1))
DIRECT = database(alias="direct", HOST="db", PORT="5432")


def behind(**entries: object) -> object:
    """Return an alias whose host is PgBouncer."""
    return database(HOST="pgbouncer", **entries)  # type: ignore[arg-type]


def migrating(module: SettingsModule, *migrations: Migration) -> SettingsModule:
    return replace(module, evidence=replace(module.evidence, migrations=migrations))


def pooler(
    mode: PoolMode = TRANSACTION, secrets: Secrets | None = Secrets.PLAIN, auth_type: str = "scram-sha-256"
) -> tuple[Pooler, ...]:
    """Return a PgBouncer with a list of users."""
    found = pgbouncer(mode, auth_type=auth_type)
    return (replace(found, secrets=secrets, secrets_location=at("userlist.txt")),)


def offering(*databases: PooledDatabase, **parameters: str) -> tuple[Pooler, ...]:
    return (replace(pgbouncer(TRANSACTION, **parameters), databases=databases),)


def behind_a_variable() -> object:
    return database(HOST=read("DB_HOST", "pgbouncer", "str"))


ONE, TWO = PooledDatabase("db:5432"), (PooledDatabase("db:5432"), PooledDatabase("db:5432"))
SILENT = {
    "migrations-through-pooler": {
        "nobody-migrates": settings(behind(), poolers=pooler()),
        "session": migrating(settings(behind(), poolers=pooler(SESSION)), MIGRATE),
        "another-host": migrating(settings(database(HOST="db"), poolers=pooler()), MIGRATE),
        "host-out-of-sight": migrating(settings(database(HOST=unseen()), poolers=pooler()), MIGRATE),
        "mysql": migrating(settings(behind(ENGINE=MYSQL), poolers=pooler()), MIGRATE),
        "development": migrating(settings(behind(), poolers=pooler(), role=Role.DEVELOPMENT), MIGRATE),
        "direct-alias": migrating(settings(behind(), DIRECT, poolers=pooler()), replace(MIGRATE, alias="direct")),
        "one-of-several-is-direct": migrating(
            settings(behind(), DIRECT, poolers=pooler()), MIGRATE, replace(MIGRATE, alias="direct")
        ),
        "alias-that-is-not-there": migrating(settings(behind(), poolers=pooler()), replace(MIGRATE, alias="x")),
        "its-own-address": migrating(
            settings(behind_a_variable(), poolers=pooler()), replace(MIGRATE, addresses=(("DB_HOST", None),))
        ),
    },
    "pgbouncer-plain-passwords": {
        "scram": settings(behind(), poolers=pooler(secrets=Secrets.SCRAM)),
        "md5": settings(behind(), poolers=pooler(secrets=Secrets.MD5)),
        "list-not-seen": settings(behind(), poolers=pooler(secrets=None)),
        "another-login": settings(behind(), poolers=pooler(auth_type="md5")),
        "login-not-seen": settings(behind(), poolers=pooler(auth_type="")),
        "kept": settings(behind(CONN_MAX_AGE=60), poolers=pooler()),
        "kept-for-ever": settings(behind(CONN_MAX_AGE=None), poolers=pooler()),
        "age-out-of-sight": settings(behind(CONN_MAX_AGE=unseen()), poolers=pooler()),
        "another-host": settings(database(HOST="db"), poolers=pooler()),
        "development": settings(behind(), poolers=pooler(), role=Role.DEVELOPMENT),
    },
    "pgbouncer-over-max-connections": {
        "fits": settings(behind(), poolers=offering(*TWO, default_pool_size="48")),
        "usual-sizes": settings(behind(), poolers=offering(*TWO)),
        "capped": settings(behind(), poolers=offering(*TWO, default_pool_size="90", max_db_connections="40")),
        "capped-each": settings(
            behind(), poolers=offering(*(replace(each, limit=40) for each in TWO), default_pool_size="90")
        ),
        "two-servers": settings(
            behind(), poolers=offering(ONE, PooledDatabase("other:5432"), default_pool_size="90")
        ),
        "size-is-a-template": settings(behind(), poolers=offering(ONE, default_pool_size="${SIZE}")),
        "no-databases": settings(behind(), poolers=offering(default_pool_size="900")),
        "development": settings(behind(), poolers=offering(*TWO, default_pool_size="90"), role=Role.DEVELOPMENT),
    },
}  # fmt: skip


@silent(SILENT)
def test_silence(rule: str, module: SettingsModule) -> None:
    assert problems(rule, module) == []


def fact(alias: str = "default", subject: str = "SELECT pg_advisory_lock(%s)") -> CodeFact:
    return CodeFact("session-state", at("shop/billing.py", 6), detail={"subject": subject}, alias=alias)


@pytest.mark.parametrize(
    ("module", "alias"),
    [
        pytest.param(settings(behind(), poolers=pooler(SESSION)), "default", id="session"),
        pytest.param(settings(database(HOST="db"), poolers=pooler()), "default", id="another-host"),
        pytest.param(settings(database(HOST=unseen()), poolers=pooler()), "default", id="host-out-of-sight"),
        pytest.param(settings(behind(), DIRECT, poolers=pooler()), "direct", id="direct-alias"),
        pytest.param(settings(behind(), poolers=pooler()), "", id="alias-computed"),
        pytest.param(settings(behind(ENGINE=MYSQL), poolers=pooler()), "default", id="mysql"),
        pytest.param(settings(behind(), poolers=pooler(), role=Role.TEST), "default", id="tests"),
    ],
)
def test_session_features_are_no_matter_elsewhere(module: SettingsModule, alias: str) -> None:
    assert problems("pgbouncer-session-features", module, code=(fact(alias),)) == []


@pytest.mark.parametrize(
    ("subject", "advice"),
    [
        ("SELECT pg_advisory_lock(%s)", "pg_advisory_xact_lock"),
        ("LISTEN orders", "listen on an alias"),
        ("CREATE TEMP TABLE x (a int)", "ON COMMIT DROP"),
        ("SET search_path TO shop", "SET LOCAL"),
        ("SELECT set_config('a', 'b', false)", "set_config(..., true)"),
    ],
)
@pytest.mark.parametrize("mode", [TRANSACTION, STATEMENT], ids=["transaction", "statement"])
def test_session_features_each_get_their_own_advice(subject: str, advice: str, mode: PoolMode) -> None:
    module = settings(behind(), poolers=pooler(mode))
    (found,) = problems("pgbouncer-session-features", module, code=(fact(subject=subject),))
    assert found.remedy is not None
    assert advice in found.remedy.instructions
    assert f"a {mode.value} pooler" in found.message


def test_migrations_are_reported_where_they_are_started_and_once() -> None:
    module = migrating(settings(behind(), poolers=pooler()), MIGRATE)
    other = replace(module, module="shop.jobs")
    (found,) = problems("migrations-through-pooler", module, other)
    assert (found.location.path, found.severity) == ("Procfile", None)
    assert offers("migrations-through-pooler", module) is Applicability.MANUAL


def test_statement_mode_refuses_migrations() -> None:
    (found,) = problems("migrations-through-pooler", migrating(settings(behind(), poolers=pooler(STATEMENT)), MIGRATE))
    assert found.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("module", "keeping"),
    [
        pytest.param(settings(behind(), poolers=pooler(), servers=(THREADS,)), True, id="threads"),
        pytest.param(settings(behind(), poolers=pooler(), servers=(UVICORN,)), False, id="asgi"),
        pytest.param(settings(behind(), poolers=pooler(SESSION), servers=(THREADS,)), False, id="session"),
        pytest.param(settings(behind(), poolers=pooler()), False, id="nobody-serves"),
    ],
)
def test_plain_passwords_advise_to_keep_connections_only_where_that_works(
    module: SettingsModule, keeping: bool
) -> None:
    (found,) = problems("pgbouncer-plain-passwords", module)
    assert found.remedy is not None
    assert ("CONN_MAX_AGE" in found.remedy.instructions) is keeping
    assert "SCRAM" in found.remedy.instructions


SUMS = [
    ("two databases", offering(*TWO, default_pool_size="60"), "2 × 60 = 120"),
    ("reserve", offering(*TWO, default_pool_size="45", reserve_pool_size="5"), "2 × 50 = 100"),
    ("own size", offering(replace(ONE, pool_size=80), ONE), "80 + 20 = 100"),
    ("own reserve", offering(replace(ONE, reserve=90), ONE), "110 + 20 = 130"),
    ("limit above", offering(ONE, default_pool_size="200", max_db_connections="150"), "1 × 150 = 150"),
]


@pytest.mark.parametrize(("poolers", "line"), [case[1:] for case in SUMS], ids=[case[0] for case in SUMS])
def test_the_sum_of_pools_can_be_followed(poolers: tuple[Pooler, ...], line: str) -> None:
    (found,) = problems("pgbouncer-over-max-connections", settings(behind(), poolers=poolers))
    assert line in found.because[0].text
    assert "unless configured" in found.message


def test_what_the_server_admits_can_be_said() -> None:
    module = settings(behind(), poolers=offering(*TWO, default_pool_size="60"))
    raised = replace(module, evidence=replace(module.evidence, max_connections=200))
    lowered = replace(module, evidence=replace(module.evidence, max_connections=50))
    assert problems("pgbouncer-over-max-connections", raised) == []
    (found,) = problems("pgbouncer-over-max-connections", lowered)
    assert "admits 47" in found.message
    assert "unless" not in found.message


@pytest.mark.parametrize(("limit", "found"), [("4", True), ("8", False), ("", False)], ids=["few", "enough", "default"])
def test_the_variables_of_a_container_limit_clients_too(limit: str, found: bool) -> None:
    container = replace(pgbouncer(TRANSACTION, **({"max_client_conn": limit} if limit else {})), location=at("c.yml"))
    messages = [
        each.message
        for each in problems("pgbouncer-budget", settings(behind(), poolers=(container,), servers=(THREADS,)))
    ]
    assert messages == (["alias 'default' may open 8 connections to PgBouncer, which admits 4"] if found else [])
