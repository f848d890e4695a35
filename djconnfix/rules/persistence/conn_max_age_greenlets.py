"""DCF104."""

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
        "CONN_MAX_AGE": None,
    }
}
"""
_FIXED = _SETTINGS.replace("None", "0")
_GEVENT = "web: gunicorn -k gevent shop.wsgi\n"


@rule(
    code="DCF104",
    name="conn-max-age-greenlets",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "Procfile": _GEVENT, "requirements.txt": "Django==5.2.1\n"},
            fixed={"shop/settings.py": _FIXED},
            title="gevent workers, and connections that are kept",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS.replace("None", "60"),
                "uwsgi.ini": "[uwsgi]\nmodule = shop.wsgi\ngevent = 100\n",
                "requirements.txt": "Django==4.2.1\n",
            },
            fixed={"shop/settings.py": _FIXED},
            title="uWSGI with gevent",
        ),
    ],
    good=[
        Example(
            {"shop/settings.py": _FIXED, "Procfile": _GEVENT, "requirements.txt": "Django==5.2.1\n"},
            title="nothing is kept",
        ),
        Example(
            {"shop/settings.py": _SETTINGS, "Procfile": "web: gunicorn -k gthread shop.wsgi\n"},
            title="threads use their connections again",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS.replace("django.db.backends", "django_db_geventpool.backends"),
                "Procfile": _GEVENT,
            },
            title="the engine brings a pool that greenlets share",
        ),
    ],
)
def conn_max_age_greenlets(project: Project) -> Iterator[Problem]:
    """Connections are kept under gevent or eventlet, where no later request can use them.

    ## What it does

    Finds aliases of a database server with a `CONN_MAX_AGE` other than 0 in projects whose requests run on greenlets
    (gunicorn's `gevent` and `eventlet` workers, uWSGI's `gevent`).

    ## Why it is bad

    To Django each greenlet is a thread, and a request gets a new one. Its connection is kept for a greenlet that
    never comes back: every request connects anew, and connections pile up until the server refuses more.

    ## Fix safety

    Safe when the files prove greenlets: nothing was being used again, so 0 only stops the leak. Unsafe when the
    environment gives the age (only its default is changed). Engines that bring a pool of their own are left alone.

    ## Known limits

    Celery's gevent and eventlet pools are not judged: its Django fixup closes connections around every task.

    ## References

    - [gunicorn issue 996](https://github.com/benoitc/gunicorn/issues/996)
    - [Django: persistent connections, caveats](https://docs.djangoproject.com/en/stable/ref/databases/#caveats)
    """
    message = (
        "alias {alias} keeps connections under greenlets: none is ever used again, and each request leaves one behind"
    )
    yield from leaking(project, frozenset({Situation.GREENLETS}), message)
