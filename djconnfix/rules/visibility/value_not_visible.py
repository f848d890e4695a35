"""DCF901."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role, State
from djconnfix.findings import Applicability, Because, Problem, Remedy, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._keys import DJANGO_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project
    from djconnfix.source import Location

_UNSEEN = """\
from shop.secrets import age_of_connections

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "CONN_MAX_AGE": age_of_connections(),
    }
}
"""
_DECISIVE = ("ENGINE", "CONN_MAX_AGE", "CONN_HEALTH_CHECKS", "ATOMIC_REQUESTS", "AUTOCOMMIT")


@rule(
    code="DCF901",
    name="value-not-visible",
    severity=Severity.INFO,
    bad=[
        Example({"shop/settings.py": _UNSEEN}, title="a function outside the tree gives the value"),
        Example(
            {"shop/settings.py": 'import vault\n\nDATABASES = {"default": vault.read("database/shop")}\n'},
            title="the whole alias comes from elsewhere",
        ),
    ],
    good=[
        Example({"shop/settings.py": _UNSEEN.replace("age_of_connections()", "60")}, title="written in the file"),
        Example(
            {
                "shop/settings.py": _UNSEEN.replace("from shop.secrets import age_of_connections", "import os").replace(
                    "age_of_connections()", 'int(os.environ.get("DB_AGE", "60"))'
                )
            },
            title="a variable with a default: what holds without it is known",
        ),
        Example(
            {
                "shop/settings.py": _UNSEEN.replace("age_of_connections", "password_of_database").replace(
                    "CONN_MAX_AGE", "PASSWORD"
                )
            },
            title="a password decides nothing here",
        ),
    ],
)
def value_not_visible(project: Project) -> Iterator[Problem]:
    """A setting that decides how connections are kept cannot be seen in the files.

    ## What it does

    Finds aliases whose `ENGINE`, `CONN_MAX_AGE`, `CONN_HEALTH_CHECKS`, `ATOMIC_REQUESTS`, `AUTOCOMMIT` or `OPTIONS`
    are decided by something that cannot be read without running it.

    ## Why it is bad

    It need not be bad. But no rule can say that such an alias is right, and silence must not be taken for that.

    ## Fix safety

    Nothing is changed. Under `manage.py connaudit` the loaded settings fill the gap.

    ## References

    - [Django: DATABASES](https://docs.djangoproject.com/en/stable/ref/settings/#databases)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        hidden = _hidden(database)
        if not hidden or database.alias in DJANGO_KEYS or database.made_by == "text":
            continue  # key-at-databases-level and alias-is-text speak of what is none
        first = hidden[0][1]
        keys = [key for key, _ in hidden]
        yield Problem(
            location=first.location or database.location,
            message=f"alias {database.alias!r}: {_listed(keys)} cannot be seen",
            because=_by_reason(hidden),
            remedy=Remedy(
                Applicability.MANUAL,
                "what cannot be seen is not judged",
                instructions="run `manage.py connaudit`, which sees the loaded settings",
            ),
            database=database.key,
            when=database.when,
            settings=settings.module,
        )


def _hidden(database: Database) -> list[tuple[str, Because]]:
    found: list[tuple[str, Because]] = []
    for key in _DECISIVE:
        value = database.get(key)
        if value.state is State.UNKNOWN:
            found.append((key, _because(value.reason, value.location, database)))
    if not database.options.complete:
        found.append(("OPTIONS", _because("", database.options.location, database)))
    return found


def _by_reason(hidden: list[tuple[str, Because]]) -> tuple[Because, ...]:
    """Say each reason once, with the keys that it hides."""
    keys: dict[Because, list[str]] = {}
    for key, seen in hidden:
        keys.setdefault(seen, []).append(key)
    if len(keys) == 1:
        return tuple(keys)
    return tuple(Because(f"{_listed(each)}: {seen.text}", seen.location) for seen, each in keys.items())


def _because(reason: str, place: Location | None, database: Database) -> Because:
    unseen = database.unseen[0] if database.unseen else "entries may be added that cannot be seen"
    return Because(reason or unseen, place or database.location)


def _listed(keys: list[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{', '.join(keys[:-1])} and {keys[-1]}"
