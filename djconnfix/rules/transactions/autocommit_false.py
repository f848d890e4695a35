"""DCF210."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role, State
from djconnfix.findings import Applicability, Problem, Remedy, RemoveSetting, SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._values import is_replica, keeps, place_of, said, truthy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import CodeFact, Database, Project
    from djconnfix.findings import Action

_BAD = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "AUTOCOMMIT": False,
    }
}
"""
_FIXED = _BAD.replace('"AUTOCOMMIT": False', '"ATOMIC_REQUESTS": True')
_REPLICA = """\
DATABASES = {
    "default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"},
    "replica": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "replica",
        "AUTOCOMMIT": False,
        "TEST": {"MIRROR": "default"},
    },
}
"""


@rule(
    code="DCF210",
    name="autocommit-false",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _BAD},
            fixed={"shop/settings.py": _FIXED},
            unsafe=True,
            title="autocommit off where data is written",
        ),
        Example(
            {"shop/settings.py": _REPLICA},
            fixed={"shop/settings.py": _REPLICA.replace('        "AUTOCOMMIT": False,\n', "")},
            unsafe=True,
            title="autocommit off on a replica, where there is nothing to commit",
        ),
    ],
    good=[
        Example({"shop/settings.py": _FIXED}, title="a transaction around each request"),
        Example({"shop/settings.py": _BAD.replace("False", "True")}, title="Django's default, written out"),
        Example(
            {
                "shop/settings.py": _BAD.replace("postgresql", "mysql").replace(
                    '"AUTOCOMMIT": False', '"OPTIONS": {"autocommit": True}'
                )
            },
            title="the driver's option of that name is another thing",
        ),
    ],
)
def autocommit_false(project: Project) -> Iterator[Problem]:
    """Autocommit is off for an alias, so that every read begins a transaction that nobody ends.

    ## What it does

    Finds aliases with `AUTOCOMMIT` off and without `ATOMIC_REQUESTS` (with it: autocommit-false-atomic-requests).

    ## Why it is bad

    The first query of a request, a read included, begins a transaction, and Django ends none by itself. When the
    connection is kept, it stays `idle in transaction` after the response: its snapshot keeps vacuum from cleaning up,
    its locks make `ALTER TABLE` wait, and on MySQL later requests read stale data. When the connection is closed,
    what was written and not committed is lost. `transaction.on_commit()` raises.

    ## Fix safety

    Unsafe: transactions begin and end elsewhere afterwards. `AUTOCOMMIT` goes, so that each statement stands for
    itself, and an alias that is written to gets `ATOMIC_REQUESTS`, which commits when a view returns and rolls back
    when it raises. A replica (`TEST: {"MIRROR": …}`, or called replica, reader, slave and the like) gets no
    `ATOMIC_REQUESTS`: nothing is written there. Not offered when code calls `transaction.commit()` or `rollback()`
    for this alias by hand, because under `ATOMIC_REQUESTS` these raise in a view.

    ## References

    - [Django: AUTOCOMMIT](https://docs.djangoproject.com/en/stable/ref/settings/#autocommit)
    - [Django: deactivating transaction management](https://docs.djangoproject.com/en/stable/topics/db/transactions/#deactivating-transaction-management)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        autocommit = database.get("AUTOCOMMIT")
        if truthy(autocommit) is not False or truthy(database.get("ATOMIC_REQUESTS")):
            continue
        yield Problem(
            location=place_of(database, "AUTOCOMMIT"),
            message=_message(database),
            because=(said("AUTOCOMMIT", autocommit), said("CONN_MAX_AGE", database.conn_max_age)),
            remedy=_remedy(project, database),
            database=database.key,
            when=database.when,
            settings=settings.module,
        )


def _message(database: Database) -> str:
    alias = f"alias {database.alias!r} has autocommit off: every read begins a transaction"
    if keeps(database.conn_max_age) or database.has_pool:
        return f"{alias}, which stays open after the response and holds its locks and its snapshot"
    return f"{alias}, and what nobody commits is lost when the request ends"


def _remedy(project: Project, database: Database) -> Remedy:
    key, autocommit = database.key, database.get("AUTOCOMMIT")
    change: Action = RemoveSetting(key, ("AUTOCOMMIT",))
    text = f"delete AUTOCOMMIT from alias {database.alias!r}"
    if autocommit.state is State.ENVIRONMENT:
        change = SetSetting(key, ("AUTOCOMMIT",), True)
        text = f"make True the default of AUTOCOMMIT in alias {database.alias!r}"
    if why := is_replica(database):
        return Remedy(
            Applicability.UNSAFE,
            f"{why}, so nothing is committed there; each read then ends by itself, and two reads of one request may "
            "see different states",
            (change,),
            text,
        )
    text += ' and write "ATOMIC_REQUESTS": True'
    if calls := _manual_commits(project, database):
        places = ", ".join(f"{fact.location.path}:{fact.location.line}" for fact in calls[:3])
        return Remedy(
            Applicability.MANUAL,
            "code ends transactions by hand, which raises in a view under ATOMIC_REQUESTS",
            instructions=f"first take out what commits or rolls back by hand ({places}), then {text}",
        )
    if database.get("ATOMIC_REQUESTS").state is State.UNKNOWN:
        return Remedy(Applicability.MANUAL, "ATOMIC_REQUESTS may be set out of sight", instructions=text)
    return Remedy(
        Applicability.UNSAFE,
        "each request becomes one transaction: committed when its view returns, rolled back when it raises",
        (change, SetSetting(key, ("ATOMIC_REQUESTS",), True)),
        text,
    )


# Facts about code that calls commit(), rollback() or set_autocommit() itself.
_BY_HAND = frozenset({"autocommit-not-restored", "commit-when-autocommit", "manual-commit", "transaction-left-open"})


def _manual_commits(project: Project, database: Database) -> list[CodeFact]:
    # Middleware runs around the transaction of ATOMIC_REQUESTS; what it commits there is nothing, and raises nothing.
    return [
        fact
        for fact in project.code
        if fact.kind in _BY_HAND and fact.place not in ("middleware", "test") and fact.alias in ("", database.alias)
    ]
