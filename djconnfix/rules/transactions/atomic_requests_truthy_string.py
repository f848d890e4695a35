"""DCF214."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role, State
from djconnfix.findings import SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, manual, unsafe
from djconnfix.rules._values import from_url, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project, Value
    from djconnfix.findings import Problem, Remedy

_SETTINGS = """\
import os

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "ATOMIC_REQUESTS": os.environ.get("DB_ATOMIC", False),
    }
}
"""
_READ = 'os.environ.get("DB_ATOMIC", False)'
_KEYS = ("ATOMIC_REQUESTS", "AUTOCOMMIT", "CONN_HEALTH_CHECKS", "DISABLE_SERVER_SIDE_CURSORS")
_OFF = ("false", "no", "off", "0", "none")


@rule(
    code="DCF214",
    name="atomic-requests-truthy-string",
    severity=Severity.ERROR,
    bad=[
        Example({"shop/settings.py": _SETTINGS}, title="a variable that says False switches it on"),
        Example(
            {"shop/settings.py": _SETTINGS.replace(_READ, '"False"')},
            fixed={"shop/settings.py": _SETTINGS.replace(_READ, "False")},
            unsafe=True,
            title="False in quotes is true",
        ),
    ],
    good=[
        Example(
            {"shop/settings.py": _SETTINGS.replace(_READ, 'os.environ.get("DB_ATOMIC") == "1"')}, title="a comparison"
        ),
        Example({"shop/settings.py": _SETTINGS.replace(_READ, "False")}, title="a boolean"),
    ],
)
def atomic_requests_truthy_string(project: Project) -> Iterator[Problem]:
    """A switch of an alias is text, and text is true, whatever it says.

    ## What it does

    Finds `ATOMIC_REQUESTS`, `AUTOCOMMIT`, `CONN_HEALTH_CHECKS` and `DISABLE_SERVER_SIDE_CURSORS` that are text: in
    quotes, or from a variable that nothing turns into a boolean.

    ## Why it is bad

    `"False"` and `"0"` are truthy: the setting is on. With a variable that happens on the day somebody sets it to
    switch the setting off.

    ## Fix safety

    Unsafe for text that is written: it becomes the boolean that it says, and the site behaves differently then. For a
    variable no fix is offered, because `bool("False")` is true as well: compare it, or use a helper that knows
    booleans.

    ## References

    - [Django: ATOMIC_REQUESTS](https://docs.djangoproject.com/en/stable/ref/settings/#atomic-requests)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        for key in _KEYS:
            value = database.get(key)
            if not _text(value) or from_url(database, value):
                continue
            message = f"alias {database.alias!r} has text for {key}: any text switches it on"
            yield about(settings, database, (key,), message, _remedy(database, key, value), said(key, value))


def _text(value: Value) -> bool:
    if value.state is State.ENVIRONMENT:
        return value.cast in ("", "str") and bool(value.variable)
    return value.state is State.KNOWN and isinstance(value.value, str) and bool(value.value)


def _remedy(database: Database, key: str, value: Value) -> Remedy:
    if value.state is State.KNOWN and isinstance(value.value, str):
        meant = value.value.strip().lower() not in _OFF
        why = "it is on now, whatever it says" if not meant else "it says so, and True is what Django documents"
        return unsafe(why, f"write {meant} for {key}", SetSetting(database.key, (key,), meant))
    named = value.variable
    return manual("bool() of text is true as well", f'write something like os.environ.get("{named}", "") == "1"')
