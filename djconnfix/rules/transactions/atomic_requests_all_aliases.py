"""DCF216."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.findings import Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, manual
from djconnfix.rules._values import said, truthy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "ATOMIC_REQUESTS": True},
    "archive": {"ENGINE": "django.db.backends.postgresql", "NAME": "archive", "ATOMIC_REQUESTS": True},
}
"""


@rule(
    code="DCF216",
    name="atomic-requests-all-aliases",
    severity=Severity.INFO,
    bad=[Example({"shop/settings.py": _SETTINGS}, title="two transactions around each view")],
    good=[Example({"shop/settings.py": _SETTINGS.replace("True", "False", 1)}, title="one alias")],
)
def atomic_requests_all_aliases(project: Project) -> Iterator[Problem]:
    """Several aliases have `ATOMIC_REQUESTS`, so that each view runs in several transactions.

    ## What it does

    Finds settings in which more than one alias of a database server has `ATOMIC_REQUESTS`.

    ## Why it is bad

    Every request connects to each of these databases and begins a transaction on each, whether it uses them or not.
    They are nested and commit one after the other, not together. `@non_atomic_requests` frees a view from one alias
    at a time.

    ## Fix safety

    No fix is offered: it is a policy.

    ## References

    - [Django: non_atomic_requests](https://docs.djangoproject.com/en/stable/topics/db/transactions/#django.db.transaction.non_atomic_requests)
    """
    for settings in project.settings:
        if settings.role is not Role.PRODUCTION:
            continue
        atomic = [d for d in settings.databases if d.may_be_server and truthy(d.get("ATOMIC_REQUESTS"))]
        aliases = list(dict.fromkeys(database.alias for database in atomic))
        if len(aliases) < 2:
            continue
        database = next(each for each in atomic if each.alias == aliases[1])
        message = f"each request is a transaction on {len(aliases)} databases: {', '.join(map(repr, aliases))}"
        remedy = manual("it is a policy", "keep ATOMIC_REQUESTS where requests write, and use atomic() elsewhere")
        because = said("ATOMIC_REQUESTS", database.get("ATOMIC_REQUESTS"))
        yield about(settings, database, ("ATOMIC_REQUESTS",), message, remedy, because)
