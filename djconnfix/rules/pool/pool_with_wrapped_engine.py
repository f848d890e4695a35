"""DCF416."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Options, Role, State
from djconnfix.findings import Because, Confidence, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django_prometheus.db.backends.postgresql",
        "NAME": "shop",
        "OPTIONS": {"pool": True},
    }
}
"""
_WRAPPERS = ("django_prometheus.db.",)


@rule(
    code="DCF416",
    name="pool-with-wrapped-engine",
    severity=Severity.WARNING,
    bad=[Example({"shop/settings.py": _SETTINGS}, title="django-prometheus around a pool")],
    good=[
        Example({"shop/settings.py": _SETTINGS.replace("django_prometheus.db", "django.db")}, title="Django's engine"),
        Example({"shop/settings.py": _SETTINGS.replace("True", "False")}, title="no pool"),
    ],
)
def pool_with_wrapped_engine(project: Project) -> Iterator[Problem]:
    """A pool is used through an engine that counts connections as if there were none.

    ## What it does

    Finds `OPTIONS["pool"]` with the engines of django-prometheus.

    ## Why it is bad

    The wrapper instruments each new connection. With a pool, users report requests that become much slower, and
    connections that do not go back.

    ## Fix safety

    No fix is offered: whether the metrics or the pool should stay is a choice. This rests on reports, not on
    measurements, hence the medium confidence.

    ## References

    - [django-prometheus issue 445](https://github.com/django-commons/django-prometheus/issues/445)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        engine, pool = database.engine, database.options.values.get("pool")
        if engine.state is not State.KNOWN or not str(engine.value).startswith(_WRAPPERS) or not database.has_pool:
            continue
        if not isinstance(pool, Options) and (pool is None or not pool.value):
            continue
        message = f"alias {database.alias!r} has a pool behind an engine that wraps each connection: users report "
        message += "slow requests and connections that do not go back"
        remedy = manual("metrics or pool is a choice", "use Django's own engine with a pool, or CONN_MAX_AGE with this")
        because = (
            Because("this engine wraps Django's", engine.location),
            Because("a pool is asked for", pool.location),
        )
        yield about(settings, database, ("ENGINE",), message, remedy, *because, confidence=Confidence.MEDIUM)
