"""Poolers: pgbouncer.ini, images, buildpacks, and what an endpoint gives away."""

from __future__ import annotations

import pytest

from djconnfix.endpoints import pooler_from_endpoint
from djconnfix.facts import Pooler, PoolMode
from tests.project.deployment import deployment

SESSION, TRANSACTION, STATEMENT = PoolMode.SESSION, PoolMode.TRANSACTION, PoolMode.STATEMENT


def poolers(files: dict[str, str]) -> tuple[Pooler, ...]:
    return deployment(dict(files)).poolers


INI = """\
;; pool_mode = statement
[databases]
shop = host=db port=5432 user=shop password=hunter2 pool_size=7
[pgbouncer]
listen_port = 6433
pool_mode = transaction
max_client_conn = 500
default_pool_size=20
ignore_startup_parameters = extra_float_digits, options
auth_type = scram-sha-256
auth_file = /etc/userlist.txt
admin_users = root
"""


def test_a_pgbouncer_ini_gives_mode_port_and_sizes_and_no_secret() -> None:
    (pooler,) = poolers({"etc/pgbouncer.ini": INI})
    assert (pooler.program, pooler.mode, pooler.port) == ("pgbouncer", TRANSACTION, 6433)
    assert (pooler.location.path, pooler.location.line) == ("etc/pgbouncer.ini", 4)
    assert dict(pooler.parameters) == {
        "listen_port": "6433",
        "pool_mode": "transaction",
        "max_client_conn": "500",
        "default_pool_size": "20",
        "ignore_startup_parameters": "extra_float_digits, options",
        "auth_type": "scram-sha-256",
        "databases.pool_size": "7",
    }


MODES = [
    ("[pgbouncer]\nlisten_port = 6432\n", SESSION),
    ("[pgbouncer]\npool_mode=statement\n", STATEMENT),
    ("[pgbouncer]\nPOOL_MODE=statement\n", SESSION),
    ("[pgbouncer]\n#pool_mode=statement\n", SESSION),
    ("[pgbouncer]\npool_mode = ${POOL_MODE}\n", None),
    ("[pgbouncer]\npool_mode = {{ mode }}\n", None),
    ("[databases]\na = host=h pool_mode=transaction\n[pgbouncer]\nlisten_port=1\n", TRANSACTION),
    ("[databases]\na = host=h pool_mode=transaction\nb = pool_mode=session\n[pgbouncer]\n", SESSION),
]


@pytest.mark.parametrize(("text", "mode"), MODES, ids=[text for text, _ in MODES])
def test_the_pool_mode_of_an_ini(text: str, mode: PoolMode | None) -> None:
    (pooler,) = poolers({"pgbouncer.ini": text})
    assert pooler.mode is mode


def test_a_databases_section_alone_is_no_pgbouncer_ini() -> None:
    assert poolers({"x.ini": "[databases]\nlisten_port = 1\n"}) == ()


IMAGES = [
    ("edoburu/pgbouncer:1.23.1", "POOL_MODE: transaction", ("pgbouncer", TRANSACTION, (1, 23, 1))),
    ("edoburu/pgbouncer", "X: y", ("pgbouncer", SESSION, ())),
    ("bitnami/pgbouncer:1", "PGBOUNCER_POOL_MODE: transaction", ("pgbouncer", TRANSACTION, (1,))),
    ("docker.io/bitnami/pgbouncer:latest", "PGBOUNCER_POOL_MODE: statement", ("pgbouncer", STATEMENT, ())),
    ("registry:5000/our/pgbouncer@sha256:abc", "POOL_MODE: transaction", ("pgbouncer", TRANSACTION, ())),
    ("ghcr.io/postgresml/pgcat:main", "X: y", ("pgcat", None, ())),
    ("supabase/supavisor:2.0", "X: y", ("supavisor", None, (2, 0))),
    ("yandex/odyssey", "X: y", ("odyssey", None, ())),
]


@pytest.mark.parametrize(("image", "environment", "expected"), IMAGES, ids=[image for image, _, _ in IMAGES])
def test_an_image_is_a_pooler_under_its_service_name(
    image: str, environment: str, expected: tuple[object, ...]
) -> None:
    text = f"services:\n  pool:\n    image: {image}\n    environment:\n      {environment}\n"
    (pooler,) = poolers({"compose.yml": text})
    assert (pooler.program, pooler.mode, pooler.version) == expected
    assert (pooler.host, pooler.location.line) == ("pool", 3)


@pytest.mark.parametrize("image", ["postgres:16", "prometheuscommunity/pgbouncer-exporter", "redis", "${IMAGE}"])
def test_other_images_are_no_poolers(image: str) -> None:
    assert poolers({"compose.yml": f"# pgbouncer\nservices:\n  pgbouncer-exporter:\n    image: {image}\n"}) == ()


def test_helm_values_name_an_image_in_parts() -> None:
    text = "pgbouncer:\n  image:\n    repository: bitnami/pgbouncer\n    tag: 1.22.0\n  env:\n    - name: PGBOUNCER_POOL_MODE\n      value: transaction\n"
    (pooler,) = poolers({"values.yaml": text})
    assert (pooler.host, pooler.mode, pooler.version) == ("pgbouncer", TRANSACTION, (1, 22, 0))


def test_a_buildpack_is_a_pooler() -> None:
    text = '{"buildpacks": [{"url": "heroku/python"},\n{"url": "https://github.com/heroku/heroku-buildpack-pgbouncer"}],\n"env": {"PGBOUNCER_POOL_MODE": {"value": "session"}, "S": "hunter2"}}'
    (pooler,) = poolers({"app.json": text})
    assert (pooler.program, pooler.mode, pooler.host, pooler.location.line) == ("pgbouncer", SESSION, "127.0.0.1", 2)


ENDPOINTS = [
    ("ep-x-pooler.eu-central-1.aws.neon.tech", "5432", ("neon-pooler", TRANSACTION)),
    ("ep-x.eu-central-1.aws.neon.tech", "5432", None),
    ("aws-0-eu.pooler.supabase.com", "6543", ("supavisor", TRANSACTION)),
    ("aws-0-eu.pooler.supabase.com", "5432", ("supavisor", SESSION)),
    ("AWS-0-EU.POOLER.SUPABASE.COM.", "", ("supavisor", SESSION)),
    ("db.abc.supabase.co", "5432", None),
    ("db.abc.supabase.co", "6543", ("supavisor", TRANSACTION)),
    ("shop.proxy-abc.eu-west-1.rds.amazonaws.com", "5432", ("rds-proxy", None)),
    ("shop.abc.eu-west-1.rds.amazonaws.com", "5432", None),
    ("shop.postgres.database.azure.com", "6432", ("pgbouncer", None)),
    ("db.ondigitalocean.com", "25061", ("pgbouncer", None)),
    ("pgbouncer", "5432", ("pgbouncer", None)),
    ("shop-pgbouncer.prod.svc", "", ("pgbouncer", None)),
    ("pgcat.internal", "", ("pgcat", None)),
    ("/var/run/pgbouncer", "5432", None),
    ("/var/run/postgresql", "6432", ("pgbouncer", None)),
    ("localhost", "5432", None),
    ("", "", None),
    ("db-pooler.internal", "5432", ("pgbouncer", None)),
    ("proxy.example.com", "5432", None),
    ("carpooler.example.com", "5432", None),
]  # fmt: skip


@pytest.mark.parametrize(("host", "port", "expected"), ENDPOINTS, ids=[f"{host}:{port}" for host, port, _ in ENDPOINTS])
def test_what_an_endpoint_gives_away(host: str, port: str, expected: tuple[str, PoolMode | None] | None) -> None:
    assert pooler_from_endpoint(host, port) == expected
