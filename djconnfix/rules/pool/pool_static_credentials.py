"""DCF417."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.facts import Role, State
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
        "ENGINE": "django_iam_dbauth.aws.postgresql",
        "NAME": "shop",
        "OPTIONS": {"pool": True},
    }
}
"""
_TOKENS = re.compile(r"(?:^|[._])(?:iam|entra|azure_ad|managed_identity|token)(?:$|[._])|iam_dbauth", re.IGNORECASE)


@rule(
    code="DCF417",
    name="pool-static-credentials",
    severity=Severity.WARNING,
    bad=[Example({"shop/settings.py": _SETTINGS}, title="a token that expires, kept by a pool")],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS.replace("django_iam_dbauth.aws", "django.db.backends")}, title="a password"
        ),
        Example({"shop/settings.py": _SETTINGS.replace("True", "False")}, title="a new token for each connection"),
    ],
)
def pool_static_credentials(project: Project) -> Iterator[Problem]:
    """A pool keeps the token with which it was made, and the token expires.

    ## What it does

    Finds pools with engines that log in by a short-lived token (django-iam-dbauth and others whose name says so).

    ## Why it is bad

    Django asks for the connection's parameters once, when the pool is made. Connections that the pool opens later use
    the same token: on Amazon RDS they are refused after 15 minutes.

    ## Fix safety

    No fix is offered: use `CONN_MAX_AGE` without a pool, or an engine that renews its token. That the engine uses
    tokens is concluded from its name, hence the medium confidence.

    ## References

    - [django-iam-dbauth issue 29](https://github.com/labd/django-iam-dbauth/issues/29)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        engine = database.engine
        if engine.state is not State.KNOWN or database.stock_engine or not database.has_pool:
            continue
        if "pool" not in database.options.values or not _TOKENS.search(str(engine.value)):
            continue
        message = f"alias {database.alias!r} has a pool and logs in by a token: later connections use an expired one"
        remedy = manual("no setting renews the token", "use CONN_MAX_AGE instead of the pool")
        because = Because("this engine logs in by a token, by its name", engine.location)
        yield about(settings, database, ("OPTIONS", "pool"), message, remedy, because, confidence=Confidence.MEDIUM)
