"""What happens behind PgBouncer, and what a driver does with a URL: proofs that a table cannot hold."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from djconnfix.live_facts import ServerFacts, with_servers
from djconnfix.probe.server import read_server
from djconnfix.rules import all_rules, judge
from tests.conftest import needs_server
from tests.end_to_end.bench import Bench, Facts, database
from tests.end_to_end.test_request_proofs import SETTINGS
from tests.end_to_end.test_settings_proofs import INI, end_request, idle, opener, query
from tests.rules.build import at, project

if TYPE_CHECKING:
    from collections.abc import Callable

    from djconnfix.probe.target import Target
    from tests.servers import Testbed
    from tests.servers.pgbouncer import PgBouncer, PoolMode
    from tests.servers.postgresql import Login, PostgreSQL

OFF = '"DISABLE_SERVER_SIDE_CURSORS": True,'
MODELS = """\
from django.db import models


class Item(models.Model):
    class Meta:
        app_label = "shop"
"""
# Another client takes the server's connection while rows are being read, as it may at any time.
EXPORT = """\
import os

import psycopg
from django.db import connection
from django.http import HttpResponse
from shop.models import Item


def page(request):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS shop_item (id serial PRIMARY KEY)")
        cursor.execute("INSERT INTO shop_item SELECT generate_series(1, 500) ON CONFLICT DO NOTHING")
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    other = psycopg.connect(**{key: connection.settings_dict[name] for key, name in names.items()})
    number = 0
    for item in Item.objects.iterator(chunk_size=10):
        if not number:
            other.execute("SELECT 1")
        number += 1
    return HttpResponse(str(number))
"""
URLS = "from django.urls import path\n\nfrom shop import views\n\nurlpatterns = [path('', views.page)]\n"


def live(target: Target) -> set[str]:
    """The rules that judge what a live server says."""
    facts = read_server(target, ServerFacts("default", at()), 10)
    rules = [rule for rule in all_rules() if rule.code.startswith("DCF7")]
    return {found.code for found in judge(with_servers(project(), (facts,)), rules)}


@pytest.mark.proves("DCF420", "DCF706")
def test_a_server_side_cursor_is_looked_for_on_another_connection(
    bench: Bench, pgbouncer: Callable[[PoolMode], PgBouncer], postgresql_login: Login, target: Callable[..., Target]
) -> None:
    bouncer = pgbouncer("transaction").login
    settings = SETTINGS.format(databases=database(bouncer), more='INSTALLED_APPS = ["shop"]')
    files = {"shop/settings.py": settings, "shop/urls.py": URLS, "shop/views.py": EXPORT, "shop/models.py": MODELS}
    bench.write({**files, "pgbouncer.ini": INI.format(port=bouncer.port, mode="transaction")})
    assert bench.reports("DCF420")
    assert "DCF706" in live(target("postgresql", bouncer))
    assert bench.exercise(postgresql_login, "/").statuses == [500]
    bench.fix("DCF420")
    assert not bench.reports("DCF420")
    assert "DCF706" not in live(target("postgresql", bouncer, DISABLE_SERVER_SIDE_CURSORS=True))
    assert bench.exercise(postgresql_login, "/").statuses == [200]


LOCK = """\
from django.db import connection, transaction
from django.http import HttpResponse


def page(request):
    with {block}, connection.cursor() as cursor:
        cursor.execute("SELECT {function}(4711)")
    return HttpResponse("billed")
"""


@pytest.mark.proves("DCF439")
def test_a_lock_of_a_session_outlives_the_client_who_took_it(
    bench: Bench,
    pgbouncer: Callable[[PoolMode], PgBouncer],
    postgresql: PostgreSQL,
    postgresql_login: Login,
) -> None:
    bouncer = pgbouncer("transaction").login
    more = 'INSTALLED_APPS = ["shop"]'
    files = {"shop/settings.py": SETTINGS.format(databases=database(bouncer, OFF), more=more), "shop/urls.py": URLS}

    def locks(function: str, block: str) -> object:
        view = LOCK.format(function=function, block=block)
        ini = INI.format(port=bouncer.port, mode="transaction")
        bench.write({**files, "shop/views.py": view, "pgbouncer.ini": ini})
        assert bench.exercise(postgresql_login, "/").statuses == [200]
        return postgresql.query("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711")[0][0]

    assert locks("pg_advisory_xact_lock", "transaction.atomic()") == 0
    assert not bench.reports("DCF439")
    assert locks("pg_advisory_lock", "transaction.atomic()") == 1
    assert bench.reports("DCF439")


@pytest.mark.proves("DCF427")
def test_an_assumed_role_is_inherited_by_other_clients(
    bench: Bench, testbed: Testbed, postgresql: PostgreSQL, postgresql_login: Login
) -> None:
    postgresql.query("CREATE ROLE shop_owner")
    postgresql.query(f"GRANT shop_owner TO {postgresql_login.user}")

    def whoever_comes_next(number: int, *lines: str) -> object:
        with needs_server():  # a PgBouncer of its own: what one session was told stays with it
            bouncer = testbed.pgbouncer(postgresql_login, "transaction", {"server_idle_timeout": str(600 + number)})
        ini = {"pgbouncer.ini": INI.format(port=bouncer.login.port, mode="transaction")}
        bench.write({"shop/settings.py": database(bouncer.login, OFF, *lines), **ini})
        with opener(bench) as make:
            first = make()
            query(first)
            end_request(first)
            bench.write({"shop/settings.py": database(bouncer.login, OFF), **ini})
            seen = query(make(), "SELECT current_user")
        bench.write({"shop/settings.py": database(bouncer.login, OFF, *lines), **ini})
        return seen

    assert whoever_comes_next(1, '"OPTIONS": {"assume_role": "shop_owner"},') == "shop_owner"
    assert bench.reports("DCF427")
    assert whoever_comes_next(2) == postgresql_login.user
    assert not bench.reports("DCF427")


@pytest.mark.proves("DCF705")
def test_a_server_that_hangs_up_first_costs_a_request(
    bench: Bench, postgresql: PostgreSQL, postgresql_login: Login, target: Callable[..., Target]
) -> None:
    impatient = replace(postgresql.create_database("impatient"))
    if int(postgresql.query("SHOW server_version_num")[0][0]) < 140000:
        pytest.skip("this PostgreSQL has no idle_session_timeout")
    postgresql.query("ALTER ROLE impatient SET idle_session_timeout = '1s'")
    kept: dict[str, Any] = {"CONN_MAX_AGE": 600}
    bench.write({"shop/settings.py": database(impatient, '"CONN_MAX_AGE": 600,')})
    assert "DCF705" in live(target("postgresql", impatient, **kept))
    with opener(bench) as make, pytest.raises(Exception, match=r"closed the connection|idle-session timeout"):
        idle(make)
    bench.write({"shop/settings.py": database(impatient, '"CONN_MAX_AGE": 600,', '"CONN_HEALTH_CHECKS": True,')})
    assert "DCF705" not in live(target("postgresql", impatient, CONN_HEALTH_CHECKS=True, **kept))
    with opener(bench) as make:
        idle(make)


@pytest.mark.proves("DCF508")
def test_an_age_in_a_url_ends_up_with_the_driver(bench: Bench, postgresql_login: Login) -> None:
    who = postgresql_login
    url = f"postgres://{who.user}:{who.password}@{who.host}:{who.port}/{who.database}"
    text = "import dj_database_url\n\nDATABASES = {'default': dj_database_url.parse('%s'%s)}\n"
    bench.write({"shop/settings.py": text % (f"{url}?conn_max_age=600", "")})
    assert bench.reports("DCF508")
    with opener(bench) as make, pytest.raises(Exception, match='invalid connection option "conn_max_age"'):
        query(make())
    bench.write({"shop/settings.py": text % (url, ", conn_max_age=600")})
    assert not bench.reports("DCF508")
    with opener(bench) as make:
        assert query(make()) == 1


@pytest.mark.proves("DCF512")
def test_a_time_zone_needs_time_zones(bench: Bench, postgresql_login: Login, settings_without_zones: None) -> None:
    zone = '"TIME_ZONE": "Europe/Paris",'
    bench.write({"shop/settings.py": "USE_TZ = False\n" + database(postgresql_login, zone)})
    assert bench.reports("DCF512")
    with opener(bench) as make, pytest.raises(Exception, match="cannot set TIME_ZONE because USE_TZ is False"):
        query(make())
    bench.write({"shop/settings.py": "USE_TZ = False\n" + database(postgresql_login)})
    assert not bench.reports("DCF512")
    with opener(bench) as make:
        assert query(make()) == 1


@pytest.mark.proves("DCF513")
def test_an_alias_that_is_a_url_is_no_alias(bench: Bench, postgresql_login: Login) -> None:
    from django.db import ConnectionHandler

    url = f"postgres://{postgresql_login.user}@{postgresql_login.host}/shop"
    bench.write({"shop/settings.py": f'DATABASES = {{"default": "{url}"}}\n'})
    assert bench.reports("DCF513")
    with pytest.raises(AttributeError, match="'str' object has no attribute 'setdefault'"):
        query(ConnectionHandler({"default": url})["default"])
    bench.write({"shop/settings.py": database(postgresql_login)})
    assert not bench.reports("DCF513")
    with opener(bench) as make:
        assert query(make()) == 1


@pytest.fixture
def settings_without_zones(bench: Bench) -> Any:
    from django.test.utils import override_settings

    with override_settings(USE_TZ=False):
        yield


@pytest.mark.proves("DCF432")
@pytest.mark.parametrize("vendor", ["postgresql", "mysql"])
def test_threads_that_keep_connections_of_sqlalchemys_pool_starve_the_others(
    vendor: str, bench: Bench, postgresql_login: Login, mariadb_login: Login, request: pytest.FixtureRequest
) -> None:
    core = pytest.importorskip("dj_db_conn_pool.core", reason="no pool: pip install django-db-connection-pool")
    request.addfinalizer(core.pool_container.clear)  # by alias, for the whole process
    request.addfinalizer(core.pool_container.dispose)
    login, options = postgresql_login, ""
    if vendor == "mysql":
        login, options = mariadb_login, '"OPTIONS": {"ssl_disabled": True},'
    pool = '"POOL_OPTIONS": {"POOL_SIZE": 1, "MAX_OVERFLOW": 0, "TIMEOUT": 1},'
    lines = (f'"ENGINE": "dj_db_conn_pool.backends.{vendor}",', pool, options)

    def two_threads() -> list[str]:
        """A request on each of two threads; the first thread stays."""
        failures: list[str] = []
        over = threading.Event()

        def serve(stay: threading.Event | None) -> None:
            wrapper = bench.wrapper()
            try:
                assert query(wrapper) == 1
            except Exception as error:
                failures.append(f"{type(error).__name__}: {error}")
            end_request(wrapper)
            ready.set()
            if stay:
                stay.wait(10)
                wrapper.close()

        core.pool_container.dispose()
        core.pool_container.clear()
        with ExitStack() as stack:
            ready = threading.Event()
            first = threading.Thread(target=serve, args=(over,))
            first.start()
            stack.callback(first.join)
            stack.callback(over.set)
            ready.wait(10)
            second = threading.Thread(target=serve, args=(None,))
            second.start()
            second.join()
        return failures

    bench.write({"shop/settings.py": database(login, *lines, '"CONN_MAX_AGE": 600,', vendor=vendor)})
    assert bench.reports("DCF432")
    [failure] = two_threads()
    assert "limit" in failure
    bench.fix("DCF432")
    assert not bench.reports("DCF432")
    assert two_threads() == []


@pytest.mark.proves("DCF401")
def test_a_pool_and_an_age_fail_every_request_and_not_the_start(bench: Bench, alone: Login) -> None:
    lines = ('"CONN_MAX_AGE": 60,', '"OPTIONS": {"pool": True},')
    view = "from django.db import connection\nfrom django.http import HttpResponse\n\n\n"
    view += "def page(request):\n    connection.cursor().execute('SELECT 1')\n    return HttpResponse('ok')\n"
    settings = SETTINGS.format(databases=database(alone, *lines), more="")
    bench.write({"shop/settings.py": settings, "shop/urls.py": URLS, "shop/views.py": view})
    assert bench.exercise(alone, "/", "/") == Facts([500, 500], 0, {})
    bench.fix("DCF401")
    assert bench.exercise(alone, "/", "/").statuses == [200, 200]
