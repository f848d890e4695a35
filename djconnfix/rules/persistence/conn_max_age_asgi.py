"""DCF103."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Situation
from djconnfix.findings import Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._ages import leaking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "CONN_MAX_AGE": 60,
    }
}
"""
_FIXED = _SETTINGS.replace("60", "0")
_UVICORN = "web: uvicorn shop.asgi:application\n"


@rule(
    code="DCF103",
    name="conn-max-age-asgi",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "Procfile": _UVICORN, "requirements.txt": "Django==5.2.1\n"},
            fixed={"shop/settings.py": _FIXED},
            title="uvicorn, and connections that are kept",
        ),
        Example(
            {"shop/settings.py": _SETTINGS, "Procfile": _UVICORN},
            fixed={"shop/settings.py": _FIXED},
            unsafe=True,
            title="the Django version is unknown",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS,
                "Procfile": "web: gunicorn shop.wsgi\nsocket: daphne shop.asgi:application\n",
                "requirements.txt": "Django==5.2.1\n",
            },
            title="WSGI and ASGI share the settings: no one age is right",
        ),
    ],
    good=[
        Example(
            {"shop/settings.py": _FIXED, "Procfile": _UVICORN, "requirements.txt": "Django==5.2.1\n"},
            title="nothing is kept",
        ),
        Example(
            {"shop/settings.py": _SETTINGS, "Procfile": "web: gunicorn shop.wsgi --threads 4\n"},
            title="WSGI threads use their connections again",
        ),
        Example(
            {"shop/settings.py": _SETTINGS + 'ASGI_APPLICATION = "shop.asgi.application"\n'},
            title="the setting alone proves nothing: many templates write it",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS.replace("postgresql", "sqlite3"),
                "Procfile": _UVICORN,
                "requirements.txt": "Django==5.2.1\n",
            },
            title="SQLite has no server whose connections could run out",
        ),
    ],
)
def conn_max_age_asgi(project: Project) -> Iterator[Problem]:
    """Connections are kept under ASGI, where no later request can use them.

    ## What it does

    Finds aliases of a database server with a `CONN_MAX_AGE` other than 0 in projects that an ASGI server serves.

    ## Why it is bad

    Under ASGI each request runs on a thread of its own, and Django keeps connections per thread. So every request
    still connects anew, and what it leaves behind stays open until Python's garbage collector finds it: one uvicorn
    process left 84 to 102 idle connections after three seconds of load. With a small `max_connections` that is an
    outage.

    ## Fix safety

    Safe when the files prove ASGI and Django 4.0 or later: nothing was being used again, so 0 only stops the leak.
    Unsafe when the Django version is unknown or may be older, and when the environment gives the age (only its
    default is changed). Not offered where WSGI and ASGI servers share the settings, or where another settings module
    that is served by WSGI reads the same dictionary. To keep connections under ASGI, use Django's pool (PostgreSQL
    with psycopg 3 and Django 5.1; Oracle with Django 5.2) or a pooler in transaction mode.

    ## References

    - [Django ticket 33497](https://code.djangoproject.com/ticket/33497)
    - [Django: persistent connections, caveats](https://docs.djangoproject.com/en/stable/ref/databases/#caveats)
    """
    message = "alias {alias} keeps connections under ASGI: none is ever used again, and each request leaves one behind"
    yield from leaking(project, frozenset({Situation.ASGI, Situation.MIXED}), message)
