"""Poolers: pgbouncer.ini, images, buildpacks, and what an endpoint gives away."""

from __future__ import annotations

import pytest

from djconnfix.endpoints import pooler_from_endpoint
from djconnfix.facts import PooledDatabase, Pooler, PoolMode, Secrets
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
    }
    assert pooler.databases == (PooledDatabase("db:5432", 7),)


MODES = [
    ("[pgbouncer]\nlisten_port = 6432\n", SESSION),
    ("[pgbouncer]\npool_mode=statement\n", STATEMENT),
    ("[pgbouncer]\nPOOL_MODE=statement\n", SESSION),
    ("[pgbouncer]\n#pool_mode=statement\n", SESSION),
    ("[pgbouncer]\npool_mode = ${POOL_MODE}\n", None),
    ("[pgbouncer]\npool_mode = {{ mode }}\n", None),
    ("[databases]\na = host=h pool_mode=transaction\n[pgbouncer]\nlisten_port=1\n", TRANSACTION),
    ("[databases]\na = host=h pool_mode=transaction\nb = pool_mode=session\n[pgbouncer]\n", None),
    ("[databases]\na = host=h pool_mode=session\nb = host=h\n[pgbouncer]\npool_mode=transaction\n", None),
    ("[databases]\na = host=h pool_mode=transaction\nb = host=h\n[pgbouncer]\n", None),
    ("[databases]\na = host=h\n[pgbouncer]\npool_mode=transaction\n", TRANSACTION),
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


USERS = [
    ("plain", '"shop" "hunter2"\n', Secrets.PLAIN),
    ("scram", '"shop" "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy"\n', Secrets.SCRAM),
    ("md5", '"shop" "md50123456789abcdef0123456789abcdef"\n', Secrets.MD5),
    ("mixed", '"shop" "hunter2"\n"ops" "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy"\n', Secrets.MIXED),
    ("comments", ';; "a" "hunter2"\n"shop" "SCRAM-SHA-256$4096:a$b:c"\n', Secrets.SCRAM),
    ("empty", "", None),
    ("users without passwords", '"shop" ""\n', None),
    ("templates", "{{ users }}\n", None),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in USERS], ids=[case[0] for case in USERS])
def test_what_a_list_of_users_holds_and_never_a_secret_of_it(text: str, expected: Secrets | None) -> None:
    (pooler,) = poolers({"etc/pgbouncer.ini": INI, "etc/userlist.txt": text})
    assert pooler.secrets is expected
    assert (pooler.secrets_location is None) == (expected is None)
    assert "hunter2" not in repr(pooler)


@pytest.mark.parametrize(
    ("auth", "expected"), [("scram-sha-256", Secrets.PLAIN), ("plain", Secrets.PLAIN), ("md5", None)]
)
def test_an_image_that_writes_its_list_of_users_itself(auth: str, expected: Secrets | None) -> None:
    text = (
        f"services:\n p:\n  image: edoburu/pgbouncer\n  environment:\n   DB_PASSWORD: hunter2\n   AUTH_TYPE: {auth}\n"
    )
    (pooler,) = poolers({"compose.yml": text})
    assert pooler.secrets is expected
    assert "hunter2" not in repr(pooler)


_IMAGE = "services:\n  pool:\n    image: edoburu/pgbouncer:1.23.1\n    volumes:\n      - {volume}\n"


@pytest.mark.parametrize(
    ("volume", "files", "expected"),
    [
        ("./pgbouncer.ini:/etc/pgbouncer/pgbouncer.ini:ro", {"pgbouncer.ini": INI}, [("pool", TRANSACTION, 6433)]),
        ("./conf:/etc/pgbouncer", {"conf/pgbouncer.ini": INI}, [("pool", TRANSACTION, 6433)]),
        ("./conf:/etc/pgbouncer", {}, [("pool", None, None)]),
        ("./log:/var/log", {"pgbouncer.ini": INI}, [("", TRANSACTION, 6433), ("pool", SESSION, None)]),
        (
            "./a.ini:/etc/pgbouncer/pgbouncer.ini",
            {"a.ini": INI, "b.ini": INI},
            [("", TRANSACTION, 6433), ("", TRANSACTION, 6433), ("pool", None, None)],
        ),
    ],
    ids=["file", "folder", "not in the tree", "another folder", "which of two"],
)
def test_a_file_that_is_mounted_decides_and_not_the_default_of_the_image(
    volume: str, files: dict[str, str], expected: list[tuple[str, PoolMode | None, int | None]]
) -> None:
    found = poolers({"compose.yml": _IMAGE.format(volume=volume), **files})
    assert sorted(((p.host, p.mode, p.port) for p in found), key=lambda each: each[0]) == expected


def test_a_config_map_holds_an_ini() -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: pgbouncer\ndata:\n  pgbouncer.ini: |\n"
    text += "".join(f"    {line}\n" for line in INI.splitlines())
    (pooler,) = poolers({"k8s/pgbouncer.yaml": text})
    assert (pooler.program, pooler.mode, pooler.port) == ("pgbouncer", TRANSACTION, 6433)
    assert "hunter2" not in repr(pooler)


PGCAT = """\
[general]
host = "0.0.0.0"
port = 6435
admin_password = "hunter2"
GENERAL
[pools.shop]
MODE
[pools.shop.users.0]
username = "shop"
password = "hunter2"
pool_size = 12
[pools.shop.shards.0]
servers = [["db", 5432, "primary"]]
database = "shop"
"""


def pgcat(mode: str = "", general: str = "") -> str:
    return PGCAT.replace("MODE", mode).replace("GENERAL", general)


PGCATS = [
    ("transaction", pgcat('pool_mode = "transaction"'), TRANSACTION),
    ("session", pgcat('pool_mode = "session" # as before'), SESSION),
    ("session by default", pgcat(), SESSION),
    ("in general", pgcat(general='pool_mode = "transaction"'), TRANSACTION),
    ("of two kinds", pgcat('pool_mode = "transaction"\n[pools.jobs]'), None),
]


@pytest.mark.parametrize(("text", "mode"), [case[1:] for case in PGCATS], ids=[case[0] for case in PGCATS])
def test_the_mode_of_a_pgcat(text: str, mode: PoolMode | None) -> None:
    (pooler,) = poolers({"deploy/pgcat.toml": text})
    assert (pooler.program, pooler.mode, pooler.port) == ("pgcat", mode, 6435)
    assert pooler.databases == (PooledDatabase(pool_size=12),)
    assert "hunter2" not in repr(pooler)


ODYSSEY = """\
daemonize no
# pool "session"
listen {
    host "*"
    port 6436
}
storage "main" {
    type "remote"
    host "db"
    port 5432
}
database "shop" {
    user "shop" {
        authentication "clear_text"
        password "hunter2"
        storage "main"
        pool "MODE"
        pool_size 15
    }
}
"""
CONSOLE = 'database "console" {\n user default {\n  storage "local"\n  pool "session"\n }\n}\n'
OTHER = 'database default {\n user default {\n  storage "main"\n  pool "session"\n }\n}\n'
ODYSSEYS = [
    ("transaction", ODYSSEY.replace("MODE", "transaction"), TRANSACTION),
    ("session", ODYSSEY.replace("MODE", "session"), SESSION),
    ("its own console does not count", ODYSSEY.replace("MODE", "transaction") + CONSOLE, TRANSACTION),
    ("of two kinds", ODYSSEY.replace("MODE", "transaction") + OTHER, None),
]


@pytest.mark.parametrize(("text", "mode"), [case[1:] for case in ODYSSEYS], ids=[case[0] for case in ODYSSEYS])
def test_the_mode_of_an_odyssey(text: str, mode: PoolMode | None) -> None:
    (pooler,) = poolers({"deploy/odyssey.conf": text})
    assert (pooler.program, pooler.mode, pooler.port) == ("odyssey", mode, 6436)
    assert "hunter2" not in repr(pooler)
