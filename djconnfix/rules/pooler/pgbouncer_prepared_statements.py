"""DCF421."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Front, outside
from djconnfix.facts import Role, State
from djconnfix.findings import SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._poolers import option, parameter, speaks_postgresql
from djconnfix.rules._problems import about, safe, unsafe
from djconnfix.rules._values import said, truthy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.decision import Fronted
    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "pgbouncer",
        "PORT": "6432",
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 5},
    }
}
"""
_INI = "[databases]\nshop = host=db\n\n[pgbouncer]\nlisten_port = 6432\npool_mode = transaction\n"


@rule(
    code="DCF421",
    name="pgbouncer-prepared-statements",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI},
            fixed={"shop/settings.py": _SETTINGS.replace(": 5}", ": None}")},
            title="statements prepared on a connection that the next transaction does not get",
        ),
    ],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS.replace(": 5}", ": None}"), "pgbouncer.ini": _INI},
            title="nothing is prepared",
        ),
        Example(
            {"shop/settings.py": _SETTINGS.replace('"server_side_binding": True, ', ""), "pgbouncer.ini": _INI},
            title="without server-side binding Django never prepares",
        ),
        Example(
            {"shop/settings.py": _SETTINGS, "pgbouncer.ini": _INI + "max_prepared_statements = 200\n"},
            title="this PgBouncer keeps track of prepared statements",
        ),
    ],
)
def pgbouncer_prepared_statements(project: Project) -> Iterator[Problem]:
    """Statements are prepared behind a pooler that gives each transaction another connection.

    ## What it does

    Finds `server_side_binding` together with a `prepare_threshold` behind a pooler in transaction or statement mode,
    unless the pooler is a PgBouncer that says how many prepared statements it keeps (`max_prepared_statements`, 1.21).

    ## Why it is bad

    The next transaction runs on another server connection: `prepared statement "_pg3_0" already exists`, or does not
    exist. Under load more than a quarter of the requests failed.

    ## Fix safety

    Safe: `prepare_threshold` becomes None, which is what Django sets by itself. Unsafe when the environment decides.

    ## References

    - [psycopg: prepared statements and PgBouncer](https://www.psycopg.org/psycopg3/docs/advanced/prepare.html#using-prepared-statements-with-pgbouncer)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        binding, threshold = option(database, "server_side_binding"), option(database, "prepare_threshold")
        front = outside(database, settings.evidence)
        if not speaks_postgresql(database, front) or binding is None or threshold is None:
            continue
        if front.front not in (Front.TRANSACTION, Front.STATEMENT) or _tracks(front):
            continue
        if not truthy(binding) or threshold.value is None:
            continue
        message = f"alias {database.alias!r} prepares statements behind a {front.front.value}: under load they are "
        message += "looked for on the wrong connection"
        write = f'write "prepare_threshold": None in the OPTIONS of alias {database.alias!r}'
        action = SetSetting(database.key, ("OPTIONS", "prepare_threshold"), None)
        remedy = safe("None is what Django itself sets", write, action)
        if threshold.state is State.ENVIRONMENT:
            remedy = unsafe(f"only the default changes; where {threshold.variable} is set, it holds", write, action)
        because = (*front.because, said("server_side_binding", binding), said("prepare_threshold", threshold))
        yield about(settings, database, ("OPTIONS", "prepare_threshold"), message, remedy, *because)


def _tracks(front: Fronted) -> bool:
    return parameter(front.pooler, "max_prepared_statements") not in ("", "0")
