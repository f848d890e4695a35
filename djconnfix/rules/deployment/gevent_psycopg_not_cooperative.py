"""DCF603."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Situation, served
from djconnfix.facts import Role
from djconnfix.findings import Because, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Evidence, Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
    }
}
"""
_GEVENT = "web: gunicorn -k gevent shop.wsgi\n"


@rule(
    code="DCF603",
    name="gevent-psycopg-not-cooperative",
    severity=Severity.WARNING,
    bad=[
        Example(
            {
                "shop/settings.py": _SETTINGS,
                "Procfile": _GEVENT,
                "requirements.txt": "Django==5.2.1\npsycopg2==2.9.10\n",
            },
            title="psycopg2 without psycogreen",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS,
                "Procfile": _GEVENT,
                "requirements.txt": "Django==5.2.1\npsycopg[binary]==3.1.12\n",
            },
            title="a psycopg 3 that does not give way yet",
        ),
    ],
    good=[
        Example(
            {
                "shop/settings.py": _SETTINGS,
                "Procfile": _GEVENT,
                "requirements.txt": "Django==5.2.1\npsycopg[binary]==3.2.9\n",
            },
            title="psycopg 3.1.14 and later give way by themselves",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS,
                "Procfile": _GEVENT,
                "requirements.txt": "psycopg2==2.9.10\npsycogreen==1.0.2\n",
            },
            title="psycogreen makes psycopg2 give way",
        ),
        Example(
            {
                "shop/settings.py": _SETTINGS,
                "Procfile": "web: gunicorn shop.wsgi\n",
                "requirements.txt": "psycopg2==2.9.10\n",
            },
            title="no greenlets",
        ),
    ],
)
def gevent_psycopg_not_cooperative(project: Project) -> Iterator[Problem]:
    """Greenlets serve the project, and its PostgreSQL driver blocks all of them while one waits.

    ## What it does

    Finds psycopg2 without psycogreen, and psycopg 3 before 3.1.14 with its C or binary extra, in projects that
    gevent or eventlet workers serve.

    ## Why it is bad

    The driver waits in C, where gevent cannot switch to another greenlet: during each query the whole worker stands
    still, and a thousand greenlets answer no faster than one.

    ## Fix safety

    No fix is offered, because requirements are not changed: ask for psycopg 3.1.14 or later, or use psycogreen.

    ## References

    - [psycopg pull request 688](https://github.com/psycopg/psycopg/issues/688)
    - [psycogreen](https://github.com/psycopg/psycogreen)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        by = served(settings.evidence)
        if database.vendor != "postgresql" or by.situation is not Situation.GREENLETS:
            continue
        blocks = _blocks(settings.evidence)
        if blocks is None:
            continue
        message = f"alias {database.alias!r} blocks its whole worker during each query: {blocks.text}"
        remedy = manual(
            "requirements are not changed here", "ask for psycopg>=3.1.14, or patch psycopg2 with psycogreen"
        )
        yield about(settings, database, (), message, remedy, blocks, *by.because)


def _blocks(evidence: Evidence) -> Because | None:
    packages = evidence.packages
    psycopg = packages.get("psycopg")
    if psycopg is not None:  # Django prefers it when both are installed
        compiled = {"binary", "c"} & psycopg.extras or {"psycopg-binary", "psycopg-c"} & packages.keys()
        if compiled and psycopg.exact and psycopg.floor and psycopg.floor < (3, 1, 14):
            version = ".".join(map(str, psycopg.floor))
            return Because(f"psycopg {version} does not let other greenlets run", psycopg.location)
        return None
    old = next((packages[name] for name in ("psycopg2", "psycopg2-binary") if name in packages), None)
    if old is None or "psycogreen" in packages:
        return None
    return Because("psycopg2 without psycogreen does not let other greenlets run", old.location)
