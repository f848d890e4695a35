"""DCF211."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role, State
from djconnfix.findings import Applicability, Problem, Remedy, RemoveSetting, SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._values import place_of, said, truthy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project

_BAD = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "ATOMIC_REQUESTS": True,
        "AUTOCOMMIT": False,
    }
}
"""
_FIXED = _BAD.replace('        "AUTOCOMMIT": False,\n', "")


@rule(
    code="DCF211",
    name="autocommit-false-atomic-requests",
    severity=Severity.ERROR,
    bad=[
        Example({"shop/settings.py": _BAD}, fixed={"shop/settings.py": _FIXED}, unsafe=True, title="both at once"),
    ],
    good=[
        Example({"shop/settings.py": _FIXED}, title="ATOMIC_REQUESTS needs autocommit, which is the default"),
        Example(
            {"shop/settings.py": _BAD.replace('"ATOMIC_REQUESTS": True', '"ATOMIC_REQUESTS": False')},
            title="autocommit-false speaks of this",
        ),
    ],
)
def autocommit_false_atomic_requests(project: Project) -> Iterator[Problem]:
    """Autocommit is off and `ATOMIC_REQUESTS` is on, so that no request ever commits.

    ## What it does

    Finds aliases with `AUTOCOMMIT` off and `ATOMIC_REQUESTS` on.

    ## Why it is bad

    `atomic()` leaves the transaction to whoever switched autocommit off, and only makes savepoints. A view that
    inserts a row answers 200, and the row is gone: nothing is ever committed.

    ## Fix safety

    Unsafe: without `AUTOCOMMIT` requests are committed, which is surely what was meant, but the site has not done so
    until now.

    ## References

    - [Django: AUTOCOMMIT](https://docs.djangoproject.com/en/stable/ref/settings/#autocommit)
    - [Django: tying transactions to HTTP requests](https://docs.djangoproject.com/en/stable/topics/db/transactions/#tying-transactions-to-http-requests)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        autocommit, atomic = database.get("AUTOCOMMIT"), database.get("ATOMIC_REQUESTS")
        if truthy(autocommit) is not False or not truthy(atomic):
            continue
        yield Problem(
            location=place_of(database, "AUTOCOMMIT"),
            message=f"alias {database.alias!r} has autocommit off and ATOMIC_REQUESTS on: "
            "what a request writes is never committed",
            because=(said("AUTOCOMMIT", autocommit), said("ATOMIC_REQUESTS", atomic)),
            remedy=_remedy(database),
            database=database.key,
            when=database.when,
            settings=settings.module,
        )


def _remedy(database: Database) -> Remedy:
    if database.get("AUTOCOMMIT").state is State.ENVIRONMENT:
        return Remedy(
            Applicability.UNSAFE,
            "requests are committed then, unless the environment switches autocommit off again",
            (SetSetting(database.key, ("AUTOCOMMIT",), True),),
            f"make True the default of AUTOCOMMIT in alias {database.alias!r}",
        )
    return Remedy(
        Applicability.UNSAFE,
        "requests are committed then, which they have not been until now",
        (RemoveSetting(database.key, ("AUTOCOMMIT",)),),
        f"delete AUTOCOMMIT from alias {database.alias!r}",
    )
