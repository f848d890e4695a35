"""A small Django site that runs one middleware after the other and says what each leaves behind.

Run as a program: reads JSON ``{"login": {...}, "middleware": {id: source}}`` and prints JSON
``{id: {request: {"status", "rows", "session", "reconnected"}}}``. ``rows`` is what another session sees committed,
``session`` the state of the site's own backend after the response (`none`: it is gone).
"""

from __future__ import annotations

import io
import json
import sys
import types
from typing import Any

REQUESTS = ("read", "write", "read", "fail", "read", "refuse", "read")


def main() -> None:
    given = json.load(sys.stdin)
    login = given["login"]
    alias = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": login["database"],
        "USER": login["user"],
        "PASSWORD": login["password"],
        "HOST": login["host"],
        "PORT": login["port"],
        "CONN_MAX_AGE": 60,
        "OPTIONS": {"application_name": "djconnfix-site"},
    }
    import django
    from django.conf import settings

    settings.configure(
        DATABASES={"default": alias}, ALLOWED_HOSTS=["*"], ROOT_URLCONF="site_urls", SECRET_KEY="x", LOGGING_CONFIG=None
    )
    django.setup()
    import logging

    logging.disable(logging.CRITICAL)
    sys.modules["site_urls"] = urls()
    sys.modules["shop"] = types.ModuleType("shop")
    audit = sys.modules["shop.audit"] = types.ModuleType("shop.audit")
    audit.log = lambda *_: None  # type: ignore[attr-defined]
    print(json.dumps({name: visits(name, text, login) for name, text in given["middleware"].items()}))


def urls() -> types.ModuleType:
    from django.db import connection
    from django.http import HttpResponse
    from django.urls import path

    def read(request: Any) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM djc_item")
            return HttpResponse(str(cursor.fetchone()[0]))

    def write(request: Any, status: int = 200) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO djc_item (name) VALUES (%s)", [request.path])
        for flag in ("_dirty", "needs_commit", "is_dirty"):
            setattr(request, flag, True)
        return HttpResponse(status=status)

    def fail(request: Any) -> HttpResponse:
        write(request)
        raise ValueError("the view fails")

    module = types.ModuleType("site_urls")
    module.urlpatterns = [  # type: ignore[attr-defined]
        path("read/", read),
        path("write/", write),
        path("fail/", fail),
        path("refuse/", lambda request: write(request, 400)),
    ]
    return module


def clean(get_response: Any) -> Any:
    def handle(request: Any) -> Any:
        for flag in ("_dirty", "needs_commit", "is_dirty"):
            setattr(request, flag, False)
        return get_response(request)

    return handle


def visits(name: str, text: str, login: dict[str, Any]) -> list[dict[str, Any]]:
    import psycopg
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.db import connections

    module = types.ModuleType("under_test")
    exec(compile(text, name, "exec"), module.__dict__)
    sys.modules["under_test"] = module
    here = sys.modules[__name__]
    sys.modules["site_program"] = here
    factory = "Middleware" if hasattr(module, "Middleware") else "middleware"
    settings.MIDDLEWARE = ["site_program.clean", f"under_test.{factory}"]
    connections.close_all()
    with psycopg.connect(
        host=login["host"], port=login["port"], user=login["user"], password=login["password"],
        dbname=login["database"], autocommit=True,
    ) as watcher:  # fmt: skip
        watcher.execute("DROP TABLE IF EXISTS djc_item")
        watcher.execute("CREATE TABLE djc_item (id serial PRIMARY KEY, name text)")
        handler = WSGIHandler()
        backend = None
        found = []
        for request in REQUESTS:
            watcher.execute("TRUNCATE djc_item") if not found or found[-1]["session"] != "idle in transaction" else None
            status = visit(handler, f"/{request}/")
            rows = watcher.execute("SELECT count(*) FROM djc_item WHERE name = %s", [f"/{request}/"]).fetchone()[0]
            session = watcher.execute(
                "SELECT pid, state FROM pg_stat_activity WHERE application_name = 'djconnfix-site'"
            ).fetchone()
            pid = session[0] if session else None
            found.append(
                {
                    "request": request,
                    "status": status,
                    "rows": rows,
                    "session": session[1] if session else "none",
                    "reconnected": backend is not None and pid != backend,
                }
            )
            backend = pid
        connections.close_all()
    return found


def visit(handler: Any, path: str) -> int:
    status: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "SERVER_NAME": "site", "SERVER_PORT": "80",
        "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http",
    }  # fmt: skip
    response = handler(environ, lambda line, headers: status.append(line))
    list(response)
    response.close()
    return int(status[0].split()[0])


if __name__ == "__main__":
    main()
