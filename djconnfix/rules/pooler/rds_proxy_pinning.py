"""DCF429."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import outside
from djconnfix.facts import Role
from djconnfix.findings import Because, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import option
from djconnfix.rules._problems import about, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "shop.proxy-abc123.eu-west-1.rds.amazonaws.com",
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}
"""


@rule(
    code="DCF429",
    name="rds-proxy-pinning",
    severity=Severity.WARNING,
    bad=[Example({"shop/settings.py": _SETTINGS}, title="PostgreSQL behind RDS Proxy")],
    good=[
        Example({"shop/settings.py": _SETTINGS.replace("proxy-abc123", "abc123")}, title="the instance itself"),
        Example({"shop/settings.py": _SETTINGS.replace("postgresql", "mysql")}, title="MySQL sends no time zone"),
    ],
)
def rds_proxy_pinning(project: Project) -> Iterator[Problem]:
    """Django's first statement makes RDS Proxy pin the session, so that it pools nothing.

    ## What it does

    Finds PostgreSQL aliases behind Amazon RDS Proxy.

    ## Why it is bad

    On each new connection Django sets the time zone unless the server reports the wanted one already, and `assume_role`
    sets a role. RDS Proxy pins a session that changes its state to one server connection, and for PostgreSQL there is
    no filter against that: the proxy becomes one to one.

    ## Fix safety

    No fix is offered: write `SET TimeZone='UTC'` as the proxy's initialisation query. Django then sends nothing.

    ## Known limits

    What the proxy's initialisation query is cannot be seen in the files.

    ## References

    - [Amazon RDS Proxy: avoiding pinning](https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-pinning.html)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        front = outside(database, settings.evidence)
        if front.program != "rds-proxy" or database.vendor != "postgresql":
            continue
        role = option(database, "assume_role")
        because = list(front.because)
        if role is not None and role.value:
            because.append(Because("assume_role sets a role on each connection", role.location))
        message = f"alias {database.alias!r} goes through RDS Proxy: setting the time zone pins each session"
        remedy = manual(
            "the proxy is configured outside the files",
            "write SET TimeZone='UTC' as the proxy's initialisation query, and check its pinning metric",
        )
        yield about(settings, database, ("HOST",), message, remedy, *because)
