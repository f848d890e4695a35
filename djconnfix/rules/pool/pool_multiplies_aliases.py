"""DCF414."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.findings import Because, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._pools import pools
from djconnfix.rules._problems import about, manual
from djconnfix.rules._values import server_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "db",
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8}},
    },
    "reports": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "db",
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8}},
    },
}
"""


@rule(
    code="DCF414",
    name="pool-multiplies-aliases",
    severity=Severity.WARNING,
    bad=[Example({"shop/settings.py": _SETTINGS}, title="two pools to one server")],
    good=[
        Example({"shop/settings.py": _SETTINGS.replace('"db"', '"replica"', 1)}, title="two servers"),
        Example(
            {"shop/settings.py": _SETTINGS.replace('{"pool": {"min_size": 1, "max_size": 8}}', "{}", 1)},
            title="one pool",
        ),
    ],
)
def pool_multiplies_aliases(project: Project) -> Iterator[Problem]:
    """Several aliases of one server have a pool each.

    ## What it does

    Finds aliases with the same engine, host and port that each have Django's own pool.

    ## Why it is bad

    Pools are kept per alias. Every process holds the sum of them, and they cannot lend each other connections: the
    server has to bear processes × aliases × `max_size`.

    ## Fix safety

    No fix is offered: which alias needs how many connections is known to the author only.

    ## References

    - [Django: connection pool](https://docs.djangoproject.com/en/stable/ref/databases/#connection-pool)
    """
    for settings in project.settings:
        if settings.role is not Role.PRODUCTION:
            continue
        pooling = [database for database in settings.databases if pools(database)]
        earlier: dict[str, list[Database]] = {}  # the first two of different aliases, by their server
        for database in pooling:
            if (server := server_of(database)) is None:
                continue
            before = earlier.setdefault(repr(server), [])
            first = next((each for each in before if each.alias != database.alias), None)
            if len(before) == (first is not None):
                before.append(database)
            if first is None:
                continue
            message = f"aliases {first.alias!r} and {database.alias!r} each have a pool to the same server"
            remedy = manual("pools are kept per alias", "size them together, or give one of them no pool")
            because = Because(f"alias {first.alias!r} has a pool too", first.options.location)
            yield about(settings, database, ("OPTIONS", "pool"), message, remedy, because)
