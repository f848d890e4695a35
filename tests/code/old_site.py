# ruff: noqa: UP031 -- Python 2.7 runs this file
"""A small site for Django 1.2 to 1.7: runs old middleware and views, and says what each request leaves behind.

Reads JSON ``{"login", "middleware": {id: source}, "views": {id: source}}``, prints
``{id: [[request, status, rows, session], ...]}``. Connections are kept in every version, as the old sites did it.
"""

import io
import json
import sys
import types

REQUESTS = ("read", "write", "fail", "read", "refuse", "read")


def main():
    given = json.load(sys.stdin)
    login = given["login"]
    import django
    from django.conf import settings

    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql_psycopg2",
                "NAME": login["database"],
                "USER": login["user"],
                "PASSWORD": login["password"],
                "HOST": login["host"],
                "PORT": login["port"],
                "CONN_MAX_AGE": 600,
                "OPTIONS": {},
            }
        },
        ROOT_URLCONF="old_urls",
        SECRET_KEY="x",
        DEBUG_PROPAGATE_EXCEPTIONS=False,
        ALLOWED_HOSTS=["*"],
        INSTALLED_APPS=(),
        LOGGING_CONFIG=None,
        MIDDLEWARE_CLASSES=(),
    )
    if hasattr(django, "setup"):
        django.setup()
    keep_connections()
    sys.modules["old_urls"] = urls()
    import psycopg2

    watcher = psycopg2.connect(
        host=login["host"], port=login["port"], user=login["user"], password=login["password"], dbname=login["database"]
    )
    watcher.set_isolation_level(0)
    cursor = watcher.cursor()
    found = {}
    for name, text in sorted(given["middleware"].items()):
        found[name] = visits(text, cursor, "under_test.Middleware")
    for name, text in sorted(given["views"].items()):
        found[name] = visits(text, cursor, "old_urls.Viewing")
    print(json.dumps({"django": ".".join(map(str, django.VERSION[:2])), "found": found}))


def keep_connections():
    from django import db
    from django.core import signals

    if hasattr(db, "close_connection"):
        signals.request_finished.disconnect(db.close_connection)


def urls():
    from django.db import connection
    from django.http import HttpResponse

    def read(request):
        cursor = connection.cursor()
        cursor.execute("SELECT count(*) FROM djc_old")
        return HttpResponse(str(cursor.fetchone()[0]))

    def write(request, status=200):
        from django.db import transaction

        connection.cursor().execute("INSERT INTO djc_old (name) VALUES (%s)", [request.path])
        if transaction.is_managed() or not hasattr(transaction, "atomic"):
            transaction.set_dirty()
        response = HttpResponse("written")
        response.status_code = status
        return response

    def fail(request):
        write(request)
        raise ValueError("the view fails")

    def refuse(request):
        return write(request, 400)

    acts = {"read": read, "write": write, "fail": fail, "refuse": refuse}

    class Viewing:
        def process_view(self, request, view, args, kwargs):
            request.act = lambda: view(request)
            return sys.modules["under_test"].view(request)

    try:
        from django.conf.urls import patterns
    except ImportError:
        from django.conf.urls.defaults import patterns
    module = types.ModuleType("old_urls")
    module.urlpatterns = patterns("", *[("^%s/$" % name, act) for name, act in acts.items()])
    module.handler500 = lambda request: broken()
    module.Viewing = Viewing
    return module


def broken():
    from django.http import HttpResponse

    response = HttpResponse("failed")
    response.status_code = 500
    return response


def visits(text, watcher, entry):
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.db import connection

    module = types.ModuleType("under_test")
    exec(compile(text, "under_test", "exec"), module.__dict__)
    sys.modules["under_test"] = module
    settings.MIDDLEWARE_CLASSES = (entry,)
    connection.close()
    watcher.execute("DROP TABLE IF EXISTS djc_old")
    watcher.execute("CREATE TABLE djc_old (id serial PRIMARY KEY, name text)")
    handler = WSGIHandler()
    found = []
    for request in REQUESTS:
        if not found or found[-1][3] != "idle in transaction":
            watcher.execute("TRUNCATE djc_old")
        status = visit(handler, "/%s/" % request)
        watcher.execute("SELECT count(*) FROM djc_old WHERE name = %s", ["/%s/" % request])
        rows = watcher.fetchone()[0]
        watcher.execute(
            "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        session = watcher.fetchone()
        found.append([request, status, rows, session[0] if session else "none"])
    connection.close()
    return found


def visit(handler, path):
    status = []
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "SCRIPT_NAME": "", "SERVER_NAME": "site", "SERVER_PORT": "80",
        "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http",
    }  # fmt: skip
    try:
        response = handler(environ, lambda line, headers: status.append(line))
    except ValueError:
        return 500
    list(response)
    if hasattr(response, "close"):
        response.close()
    return int(status[0].split()[0])


if __name__ == "__main__":
    main()
