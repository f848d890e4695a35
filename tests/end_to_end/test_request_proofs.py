"""Requests that lose work, fail or leave sessions open, and the same requests after the fix. Real PostgreSQL.

Each row is a project of its own: audited, asked for pages, repaired, audited again, asked again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.bench import Bench, Facts, database

if TYPE_CHECKING:
    from tests.servers.postgresql import Login, PostgreSQL

INSERT = 'connection.cursor().execute("INSERT INTO orders VALUES (1)")'
HEAD = "from django.db import connection, transaction\nfrom django.http import HttpResponse\n\n\n"
SETTINGS = """\
{databases}
ROOT_URLCONF = "shop.urls"
ALLOWED_HOSTS = ["localhost"]
USE_TZ = True
{more}
"""
URLS = "from django.urls import path\n\nfrom shop import views\n\nurlpatterns = [path('', views.page)]\n"
READ = f"{HEAD}def page(request):\n    connection.cursor().execute('SELECT 1')\n    return HttpResponse('ok')\n"
WRITE = f"{HEAD}def page(request):\n    {INSERT}\n    return HttpResponse('ok')\n"
WRITE_AND_FAIL = f"{HEAD}def page(request):\n    {INSERT}\n    raise ValueError\n"
MIDDLEWARE = 'MIDDLEWARE = ["shop.middleware.Transactions"]'
ATOMIC_MIDDLEWARE = """\
from django.db import transaction


class Transactions:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with transaction.atomic():
            response = self.get_response(request)
        return response
"""
NOT_RESTORED = f"""\
{HEAD}def place_order():
    transaction.set_autocommit(False)
    try:
        {INSERT}
        transaction.commit()
    except Exception:
        transaction.rollback()
        raise


def page(request):
    place_order()
    {INSERT}  # what the order leads to
    return HttpResponse("ordered")
"""
MANUAL = f"""\
{HEAD}@transaction.atomic
def page(request):
    {INSERT}
    transaction.rollback()
    return HttpResponse("rehearsed")
"""
ASYNC_VIEW = "from django.http import HttpResponse\n\n\nasync def page(request):\n    return HttpResponse('ok')\n"
ASYNC_VIEW_OUTSIDE = (
    "from django.db import transaction\nfrom django.http import HttpResponse\n\n\n"
    "@transaction.non_atomic_requests\nasync def page(request):\n    return HttpResponse('ok')\n"
)
ASYNC_MIDDLEWARE = """\
from django.db import transaction


class Transactions:
    async_capable = True
    sync_capable = False

    def __init__(self, get_response):
        self.get_response = get_response

    async def __call__(self, request):
        transaction.set_autocommit(False)
        response = await self.get_response(request)
        transaction.commit()
        transaction.set_autocommit(True)
        return response
"""
SYNC_MIDDLEWARE = """\
from django.db import transaction


class Transactions:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with transaction.atomic():
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response
"""
DISCONNECTED = """\
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

application = get_wsgi_application()
request_started.disconnect(close_old_connections)
request_finished.disconnect(close_old_connections)
"""
DURABLE = f"""\
{HEAD}# @transaction.non_atomic_requests
def page(request):
    with transaction.atomic(durable=True):
        {INSERT}
    return HttpResponse("paid")
"""
CLOSED = f"""\
{HEAD}def page(request):
    with transaction.atomic():
        {INSERT}
        connection.close()
    return HttpResponse("exported")
"""
NOT_CLOSED = CLOSED.replace("        connection.close()\n", "")


@dataclass(frozen=True)
class Case:
    """A proof.

    Attributes:
        files: of the project.
        before: what is true as long as the finding stands.
        after: what is true once it is gone.
        lines: of the alias.
        more: of the settings.
        paths: that are requested.
        fixed: files afterwards; empty lets `djconnfix fix` write them.
        asgi: whether the ASGI handler is asked.
        kill: whether the server ends every session after each request.
    """

    files: dict[str, str]
    before: Facts
    after: Facts
    lines: tuple[str, ...] = ()
    more: str = ""
    paths: tuple[str, ...] = ("/",)
    fixed: dict[str, str] = field(default_factory=dict)
    asgi: bool = False
    kill: bool = False


CASES = {
    "DCF102": Case(
        {"shop/views.py": READ, "Procfile": "web: gunicorn shop.wsgi --threads 4\n"},
        Facts([200, 500], 0, {}),  # one request pays for each session that the server ended
        Facts([200, 200], 0, {}),
        lines=('"CONN_MAX_AGE": 60,',),
        paths=("/", "/"),
        kill=True,
    ),
    "DCF204": Case(
        {"shop/views.py": WRITE_AND_FAIL, "shop/middleware.py": ATOMIC_MIDDLEWARE},
        Facts([500], 1, {}),
        Facts([500], 0, {}),
        more=MIDDLEWARE,
    ),
    "DCF205": Case({"shop/views.py": NOT_RESTORED}, Facts([200], 1, {}), Facts([200], 2, {})),
    "DCF207": Case(
        {"shop/views.py": MANUAL},
        Facts([500], 0, {}),
        Facts([200], 0, {}),
        fixed={"shop/views.py": MANUAL.replace("rollback()", "set_rollback(True)")},
    ),
    "DCF209": Case(
        {"shop/views.py": ASYNC_VIEW},
        Facts([500], 0, {}),
        Facts([200], 0, {}),
        lines=('"ATOMIC_REQUESTS": True,',),
        fixed={"shop/views.py": ASYNC_VIEW_OUTSIDE},
    ),
    "DCF210": Case(
        {"shop/views.py": READ},
        Facts([200], 0, {"idle in transaction": 1}),
        Facts([200], 0, {"idle": 1}),
        lines=('"AUTOCOMMIT": False,', '"CONN_MAX_AGE": 60,'),
    ),
    "DCF211": Case(
        {"shop/views.py": WRITE},
        Facts([200], 0, {}),
        Facts([200], 1, {}),
        lines=('"ATOMIC_REQUESTS": True,', '"AUTOCOMMIT": False,'),
    ),
    "DCF214": Case(
        {"shop/views.py": WRITE_AND_FAIL},
        Facts([500], 0, {}),
        Facts([500], 1, {}),
        lines=('"ATOMIC_REQUESTS": "False",',),
    ),
    "DCF221": Case(
        {"shop/views.py": WRITE, "shop/middleware.py": ASYNC_MIDDLEWARE},
        Facts([500], 0, {}),
        Facts([200], 1, {}),
        more=MIDDLEWARE,
        fixed={"shop/middleware.py": SYNC_MIDDLEWARE},
        asgi=True,
    ),
    "DCF224": Case(
        {"shop/views.py": DURABLE},
        Facts([500], 0, {}),
        Facts([200], 1, {}),
        lines=('"ATOMIC_REQUESTS": True,',),
        fixed={"shop/views.py": DURABLE.replace("# ", "")},
    ),
    "DCF302": Case(
        {"shop/views.py": READ, "shop/wsgi.py": DISCONNECTED},
        Facts([200], 0, {"idle": 1}),
        Facts([200], 0, {}),
        more='WSGI_APPLICATION = "shop.wsgi.application"',
    ),
    "DCF304": Case(
        {"shop/views.py": CLOSED},
        Facts([200], 0, {}),  # the page says that all went well
        Facts([200], 1, {}),
        fixed={"shop/views.py": NOT_CLOSED},
    ),
}


@pytest.mark.proves(*CASES)
@pytest.mark.parametrize(("code", "case"), CASES.items(), ids=CASES)
def test_it_fails_as_the_rule_says_and_works_once_repaired(code: str, case: Case, bench: Bench, alone: Login) -> None:
    settings = SETTINGS.format(databases=database(alone, *case.lines), more=case.more)
    bench.write({"shop/settings.py": settings, "shop/urls.py": URLS, **case.files})
    assert bench.reports(code)
    assert bench.exercise(alone, *case.paths, asgi=case.asgi, kill=case.kill) == case.before
    if case.fixed:
        bench.write(case.fixed)
    else:
        bench.fix(code)
    assert not bench.reports(code)
    assert bench.exercise(alone, *case.paths, asgi=case.asgi, kill=case.kill) == case.after


@pytest.mark.proves("DCF507")
def test_a_url_that_says_false_says_true(bench: Bench, alone: Login) -> None:
    text = "import environ\n\nDATABASES = {{'default': environ.Env().db_url('DATABASE_URL', default='{url}')}}\n"
    url = f"postgres://{alone.user}:{alone.password}@{alone.host}:{alone.port}/{alone.database}?atomic_requests="

    def rows(switch: str) -> int:
        settings = SETTINGS.format(databases=text.format(url=url + switch), more="")
        bench.write({"shop/settings.py": settings, "shop/urls.py": URLS, "shop/views.py": WRITE_AND_FAIL})
        return bench.exercise(alone, "/").rows

    assert rows("false") == 0  # taken back, as by a transaction
    assert bench.reports("DCF507")
    assert rows("False") == 1
    assert not bench.reports("DCF507")


@pytest.mark.proves("DCF404")
def test_a_pool_needs_psycopg_3(bench: Bench, alone: Login) -> None:
    pytest.importorskip("psycopg2", reason="no psycopg2: pip install psycopg2-binary")
    settings = SETTINGS.format(databases=database(alone, '"OPTIONS": {"pool": True},'), more="")
    bench.write(
        {
            "shop/settings.py": settings,
            "shop/urls.py": URLS,
            "shop/views.py": READ,
            "requirements.txt": "Django==5.2.1\npsycopg2-binary==2.9.10\n",
        }
    )
    assert bench.reports("DCF404")
    # As if it were not installed: for Django, not for the one who looks on.
    bench.write({"hide.py": "import sys\n\nsys.modules['psycopg'] = None\n", "shop/__init__.py": "import hide\n"})
    assert bench.exercise(alone, "/").statuses == [500]
    bench.write({"shop/__init__.py": "", "requirements.txt": "Django==5.2.1\npsycopg[binary,pool]==3.2.9\n"})
    assert not bench.reports("DCF404")
    assert bench.exercise(alone, "/").statuses == [200]


def test_the_bench_does_not_hide_a_project_that_does_not_start(bench: Bench, postgresql: PostgreSQL) -> None:
    bench.write({"shop/settings.py": "raise ValueError\n"})
    with pytest.raises(AssertionError, match="ValueError"):
        bench.exercise(postgresql.login(), "/")
    assert Path(bench.root / "manage.py").is_file()
