"""A small Django site that runs one middleware (or view) after the other and says what each leaves behind.

Run as a program: reads JSON ``{"vendor", "login": {...}, "watcher": {...}, "middleware": {id: source}}`` and prints JSON
``{id: {request: {"status", "rows", "session", "reconnected"}}}``. ``rows`` is what another session sees committed,
``session`` the state of the site's own backend after the response (`none`: it is gone).
"""

from __future__ import annotations

import io
import json
import sys
import types
from typing import Any

REQUESTS = ("read", "write", "read", "fail", "read", "refuse", "broken", "stream", "read")


def main() -> None:
    given = json.load(sys.stdin)
    login = given["login"]
    alias = {
        "ENGINE": f"django.db.backends.{given['vendor']}",
        "NAME": login["database"],
        "USER": login["user"],
        "PASSWORD": login["password"],
        "HOST": login["host"],
        "PORT": login["port"],
        "CONN_MAX_AGE": 60,
        "OPTIONS": {"application_name": "djconnfix-site"} if given["vendor"] == "postgresql" else given["options"],
    }
    if given["vendor"] == "mysql":
        import pymysql

        pymysql.version_info = (2, 2, 8, "final", 0)  # Django asks for mysqlclient's version
        pymysql.install_as_MySQLdb()
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
    with WATCHERS[given["vendor"]](given["watcher"]) as watcher:
        print(json.dumps({name: visits(name, text, watcher) for name, text in given["middleware"].items()}))


def urls() -> types.ModuleType:
    from django.db import connection
    from django.http import HttpResponse, StreamingHttpResponse
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

    def stream(request: Any) -> StreamingHttpResponse:
        write(request)
        return StreamingHttpResponse(read(request).content for _ in range(2))

    def fail(request: Any) -> HttpResponse:
        write(request)
        raise ValueError("the view fails")

    module = types.ModuleType("site_urls")
    module.urlpatterns = [  # type: ignore[attr-defined]
        path("read/", read),
        path("write/", write),
        path("fail/", fail),
        path("stream/", stream),
        path("refuse/", lambda request: write(request, 400)),
        path("broken/", lambda request: write(request, 503)),
    ]
    return module


def clean(get_response: Any) -> Any:
    def handle(request: Any) -> Any:
        for flag in ("_dirty", "needs_commit", "is_dirty"):
            setattr(request, flag, False)
        return get_response(request)

    return handle


def viewing(get_response: Any) -> Any:
    """Let `view` of the module under test answer; `request.act()` does what the request asks for."""
    from django.urls import resolve

    def handle(request: Any) -> Any:
        request.act = lambda: resolve(request.path).func(request)
        return sys.modules["under_test"].view(request)  # type: ignore[attr-defined]

    return handle


class PostgreSQLWatcher:
    """Another session, which sees what is committed and what the site's own session does."""

    serial = "serial PRIMARY KEY"
    state = "SELECT pid, state FROM pg_stat_activity WHERE application_name = 'djconnfix-site'"

    def __init__(self, login: dict[str, Any]) -> None:
        import psycopg

        self.connection: Any = psycopg.connect(
            host=login["host"], port=login["port"], user=login["user"], password=login["password"],
            dbname=login["database"], autocommit=True,
        )  # fmt: skip

    def __enter__(self) -> PostgreSQLWatcher:
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()

    def run(self, statement: str, *values: object) -> list[Any]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall()) if statement.startswith("SELECT") else []


class MySQLWatcher(PostgreSQLWatcher):
    """The same for MariaDB, as a superuser."""

    serial = "int AUTO_INCREMENT PRIMARY KEY"
    state = (
        "SELECT p.id, if(t.trx_id IS NULL, 'idle', 'idle in transaction') FROM information_schema.processlist p "
        "LEFT JOIN information_schema.innodb_trx t ON t.trx_mysql_thread_id = p.id WHERE p.user <> 'root'"
        " AND p.db = database()"
    )

    def __init__(self, login: dict[str, Any]) -> None:
        import pymysql

        self.connection = pymysql.connect(**login, autocommit=True, ssl_disabled=True)


WATCHERS = {"postgresql": PostgreSQLWatcher, "mysql": MySQLWatcher}


def visits(name: str, text: str, watcher: PostgreSQLWatcher) -> list[dict[str, Any]]:
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.db import connections

    module = types.ModuleType("under_test")
    exec(compile(text, name, "exec"), module.__dict__)
    sys.modules["under_test"] = module
    here = sys.modules[__name__]
    sys.modules["site_program"] = here
    factory = "Middleware" if hasattr(module, "Middleware") else "middleware"
    under_test = "site_program.viewing" if hasattr(module, "view") else f"under_test.{factory}"
    settings.MIDDLEWARE = ["site_program.clean", under_test]
    connections.close_all()
    watcher.run("DROP TABLE IF EXISTS djc_item")
    kind = " ENGINE=MyISAM" if name.endswith("MyISAM") else ""
    watcher.run(f"CREATE TABLE djc_item (id {watcher.serial}, name varchar(40)){kind}")
    handler = WSGIHandler()
    backend = None
    found: list[dict[str, Any]] = []
    for request in REQUESTS:
        if not found or found[-1]["session"] != "idle in transaction":
            watcher.run("TRUNCATE TABLE djc_item")
        status = visit(handler, f"/{request}/")
        ((rows,),) = watcher.run("SELECT count(*) FROM djc_item WHERE name = %s", f"/{request}/")
        session = next(iter(watcher.run(watcher.state)), None)
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
