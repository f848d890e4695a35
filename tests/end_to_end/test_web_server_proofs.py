"""Connections that are kept where no later request can use them: real web servers, and the settings after the fix."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.bench import Bench, database
from tests.servers.load import run_load

if TYPE_CHECKING:
    from tests.servers import Testbed
    from tests.servers.postgresql import Login, PostgreSQL

VISITS, CLIENTS = 10, 4
SETTLE = 0.5  # seconds
SETTINGS = '{databases}\nROOT_URLCONF = "shop.urls"\nALLOWED_HOSTS = ["127.0.0.1"]\nUSE_TZ = True\nSECRET_KEY = "x"\n'
URLS = """\
from django.db import connection
from django.http import HttpResponse
from django.urls import path


def page(request):
    connection.cursor().execute("SELECT 1")
    return HttpResponse("ok")


urlpatterns = [path("", page)]
"""
APPLICATION = "from django.core.{kind} import get_{kind}_application\n\napplication = get_{kind}_application()\n"


@pytest.mark.parametrize(
    ("code", "program", "arguments"),
    [
        pytest.param("DCF103", "uvicorn", ["shop.asgi:application", "--lifespan", "off"], id="uvicorn"),
        pytest.param("DCF104", "gunicorn", ["-k", "gevent", "shop.wsgi"], id="gevent"),
    ],
)
@pytest.mark.proves("DCF103", "DCF104")
def test_connections_pile_up_and_no_longer_after_the_fix(
    code: str,
    program: str,
    arguments: list[str],
    bench: Bench,
    testbed: Testbed,
    postgresql: PostgreSQL,
    alone: Login,
) -> None:
    if "gevent" in arguments:
        pytest.importorskip("gevent", reason="no gevent: pip install gevent")
    bench.write(
        {
            "shop/settings.py": SETTINGS.format(databases=database(alone, '"CONN_MAX_AGE": 60,')),
            "shop/urls.py": URLS,
            "shop/asgi.py": APPLICATION.format(kind="asgi"),
            "shop/wsgi.py": APPLICATION.format(kind="wsgi"),
            "Procfile": f"web: {program} {' '.join(arguments)}\n",
        }
    )

    def standing() -> int:
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "shop.settings", "PYTHONDONTWRITEBYTECODE": "1"}
        web = testbed.web_server(program, arguments, bench.root, environment)
        try:
            for _ in range(VISITS):  # each from connections of its own, which are greenlets of their own
                load = run_load(web.url, ["/"], clients=CLIENTS, requests=CLIENTS)
                assert (load.requests, load.failures) == (CLIENTS, 0)
            time.sleep(SETTLE)
            return postgresql.sessions(alone)
        finally:
            web.stop()

    assert bench.reports(code)
    assert standing() > CLIENTS
    bench.fix(code)
    assert not bench.reports(code)
    assert standing() == 0
