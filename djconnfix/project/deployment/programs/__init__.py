"""The programs that can serve a Django project: what each makes of its arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Serving
from djconnfix.project.deployment.options import not_seen, number, parse
from djconnfix.project.deployment.programs import asgi, gunicorn, manage, uwsgi, workers
from djconnfix.project.deployment.programs.draft import Draft, application

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Reader = Callable[[Sequence[str], Mapping[str, str]], Draft | None]


def _waitress(words: Sequence[str], environment: Mapping[str, str]) -> Draft | None:
    arguments = parse(
        words, frozenset({"--call", "--no-ipv4", "--no-ipv6", "--expose-tracebacks", "--asyncore-use-poll"})
    )
    threads = arguments.get("--threads")
    return Draft(
        "waitress",
        kind=Serving.WSGI,
        processes=1,
        threads=number(threads) if threads else 4,
        application=next((application(word) for word in arguments.positional), ""),
        notes=not_seen("threads", threads),
    )


def _mod_wsgi(words: Sequence[str], environment: Mapping[str, str]) -> Draft | None:
    arguments = parse(words, frozenset({"--log-to-terminal", "--startup-log", "--reload-on-changes", "--trust-proxy"}))
    return manage.mod_wsgi_draft(arguments) if {"start-server", "setup-server"} & set(arguments.positional) else None


READERS: Mapping[str, Reader] = {
    "celery": workers.celery,
    "celeryd": workers.celeryd,
    "daphne": asgi.daphne,
    "django-admin": manage.read,
    "django-admin.py": manage.read,
    "dramatiq": workers.dramatiq,
    "dramatiq-gevent": lambda words, environment: workers.dramatiq((*words, "--use-gevent"), environment),
    "granian": asgi.granian,
    "gunicorn": gunicorn.read,
    "gunicorn_django": gunicorn.read,
    "huey_consumer": workers.huey,
    "huey_consumer.py": workers.huey,
    "hypercorn": asgi.hypercorn,
    "manage.py": manage.read,
    "mod_wsgi-express": _mod_wsgi,
    "pyuwsgi": uwsgi.read,
    "rq": workers.rq,
    "rqworker": workers.rqworker,
    "uvicorn": asgi.uvicorn,
    "uwsgi": uwsgi.read,
    "waitress-serve": _waitress,
}


def read(program: str, words: Sequence[str], environment: Mapping[str, str]) -> Draft | None:
    """Return what a program with these arguments serves, None when it serves nothing."""
    reader = READERS.get(program)
    return reader(words, environment) if reader else None
