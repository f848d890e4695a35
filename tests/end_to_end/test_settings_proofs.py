"""Settings that a server or its driver refuses, and the same settings after the fix. One table, real servers.

Each row is audited, tried (and must fail as the rule says), repaired, audited again and tried again.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.conftest import needs_server
from tests.end_to_end.bench import Bench, database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

    from tests.servers import Testbed
    from tests.servers.pgbouncer import PoolMode
    from tests.servers.postgresql import Login

Open = Callable[[], "BaseDatabaseWrapper"]
INI = "[databases]\napp = host=127.0.0.1\n\n[pgbouncer]\nlisten_port = {port}\npool_mode = {mode}\n"


def query(wrapper: BaseDatabaseWrapper, statement: str = "SELECT 1") -> object:
    with wrapper.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def end_request(wrapper: BaseDatabaseWrapper) -> None:
    """What Django does at the end of each request and at the beginning of the next."""
    wrapper.close_if_unusable_or_obsolete()


def connect(make: Open) -> None:
    assert query(make()) == 1


def transact(make: Open) -> None:
    wrapper = make()
    wrapper.set_autocommit(False)
    assert query(wrapper) == 1
    wrapper.commit()


def idle(make: Open) -> None:
    """Two requests of one thread, with a pause that the server finds too long."""
    wrapper = make()
    for pause in (1.3, 0):
        assert query(wrapper) == 1
        end_request(wrapper)
        time.sleep(pause)


def two_clients(make: Open) -> None:
    for wrapper in (make(), make()):
        assert query(wrapper, "SELECT 1 + 0") == 1


def two_threads(make: Open) -> None:
    """One request after the other, each on a thread of its own."""
    for wrapper in (make(), make()):
        assert query(wrapper) == 1
        end_request(wrapper)


@dataclass(frozen=True)
class Case:
    """A proof. `fixed` are the lines as a person writes them, where the rule has no fix of its own.

    Attributes:
        lines: of the alias.
        error: that the use of it meets.
        use: what is done with it.
        vendor: of the server.
        mode: of the PgBouncer in front, empty for none.
        bouncer: settings of that PgBouncer.
        before: lines above `DATABASES`.
        files: more files.
        fixed: the lines afterwards; None lets `djconnfix fix` write them.
        fixed_mode: the mode of the PgBouncer afterwards.
    """

    lines: tuple[str, ...]
    error: str
    use: Callable[[Open], None] = connect
    vendor: str = "postgresql"
    mode: PoolMode | None = None
    bouncer: dict[str, str] = field(default_factory=dict)
    before: str = ""
    files: dict[str, str] = field(default_factory=dict)
    fixed: tuple[str, ...] | None = None
    fixed_mode: PoolMode | None = None


NO_TLS = '"OPTIONS": {"ssl_disabled": True},'
CASES = {
    "DCF108": Case(
        ('"CONN_MAX_AGE": 600,', '"OPTIONS": {"init_command": "SET SESSION wait_timeout = 1", "ssl_disabled": True},'),
        "server has gone away|Lost connection",
        idle,
        vendor="mysql",
    ),
    "DCF401": Case(
        ('"CONN_MAX_AGE": 60,', '"OPTIONS": {"pool": True},'), "Pooling doesn't support persistent connections"
    ),
    "DCF405": Case(('"OPTIONS": {"pool": "true"},',), "must be a mapping"),
    "DCF406": Case(('"OPTIONS": {"pool": {"min_size": 1, "maxsize": 4}},',), "unexpected keyword argument 'maxsize'"),
    "DCF407": Case(('"OPTIONS": {"pool": {"max_size": 2}},',), "max_size must be greater or equal than min_size"),
    "DCF421": Case(
        (
            '"DISABLE_SERVER_SIDE_CURSORS": True,',
            '"OPTIONS": {"server_side_binding": True, "prepare_threshold": 0},',
        ),
        "prepared statement .* already exists",
        two_clients,
        mode="transaction",
    ),
    "DCF423": Case(
        ('"DISABLE_SERVER_SIDE_CURSORS": True,', '"OPTIONS": {"options": "-c statement_timeout=5000"},'),
        "unsupported startup parameter",
        mode="transaction",
    ),
    "DCF424": Case(
        ('"CONN_MAX_AGE": 60,',),
        "query_wait_timeout",
        two_threads,
        mode="session",
        bouncer={"default_pool_size": "1", "query_wait_timeout": "1"},
        files={"Procfile": "web: gunicorn shop.wsgi --threads 2\n"},
    ),
    "DCF426": Case(
        ('"DISABLE_SERVER_SIDE_CURSORS": True,',),
        "transaction blocks not allowed in statement pooling mode",
        transact,
        mode="statement",
        fixed=('"DISABLE_SERVER_SIDE_CURSORS": True,',),
        fixed_mode="transaction",
    ),
    "DCF435": Case(('"OPTIONS": {"MAX_CONNS": 20},',), 'invalid connection option "MAX_CONNS"'),
    "DCF502": Case(('"OPTIONS": {"CONN_MAX_AGE": 60},',), 'invalid connection option "CONN_MAX_AGE"'),
    "DCF504": Case(('"CONN_MAX_AGE": "60",',), "unsupported operand type"),
    "DCF509": Case(
        ('"OPTIONS": {"sslmode": "require"},',),
        "unexpected keyword argument 'sslmode'",
        vendor="mysql",
        fixed=(NO_TLS,),
    ),
    "DCF511": Case(('"NAME": "",',), "improperly configured. Please supply the NAME", fixed=()),
}


@pytest.fixture
def login(
    testbed: Testbed, postgresql_login: Login, mariadb_login: Login
) -> Callable[[str, PoolMode | None, dict[str, str]], Login]:
    def find(vendor: str, mode: PoolMode | None, settings: dict[str, str]) -> Login:
        if mode is None:
            return mariadb_login if vendor == "mysql" else postgresql_login
        with needs_server():
            return testbed.pgbouncer(postgresql_login, mode, settings).login

    return find


def project_files(case: Case, lines: tuple[str, ...], mode: PoolMode | None, login: Login) -> dict[str, str]:
    files = {"shop/settings.py": case.before + database(login, *lines, vendor=case.vendor), **case.files}
    if mode is not None:
        files["pgbouncer.ini"] = INI.format(port=login.port, mode=mode)
    return files


@contextlib.contextmanager
def opener(bench: Bench) -> Iterator[Open]:
    """Makes connections of the settings as they are now, and ends them."""
    made: list[BaseDatabaseWrapper] = []

    def make() -> BaseDatabaseWrapper:
        made.append(bench.wrapper())
        return made[-1]

    try:
        yield make
    finally:
        for wrapper in made:
            with contextlib.suppress(Exception):
                wrapper.close()
            with contextlib.suppress(Exception):
                wrapper.close_pool()


@pytest.mark.proves(*CASES)
@pytest.mark.parametrize(("code", "case"), CASES.items(), ids=CASES)
def test_it_fails_as_the_rule_says_and_works_once_repaired(
    code: str, case: Case, bench: Bench, login: Callable[[str, PoolMode | None, dict[str, str]], Login]
) -> None:
    before = login(case.vendor, case.mode, case.bouncer)
    bench.write(project_files(case, case.lines, case.mode, before))
    assert bench.reports(code)
    with opener(bench) as make, pytest.raises(Exception, match=case.error):
        case.use(make)
    if case.fixed is None:
        bench.fix(code)
    else:
        mode = case.fixed_mode or case.mode
        after = login(case.vendor, mode, case.bouncer)
        bench.write(project_files(case, case.fixed, mode, after))
    assert not bench.reports(code)
    with opener(bench) as make:
        case.use(make)
