"""DCF504."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import decide
from djconnfix.facts import MISSING, Role, State
from djconnfix.findings import CastSetting, SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, manual, safe, unsafe
from djconnfix.rules._values import from_url, keeps, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project, SettingsModule, Value
    from djconnfix.findings import Problem, Remedy

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "CONN_MAX_AGE": "60",
    }
}
"""
_READ = "import os\n\n" + _SETTINGS.replace('"60"', 'os.environ.get("DB_AGE", 60)')


@rule(
    code="DCF504",
    name="conn-max-age-not-number",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS},
            fixed={"shop/settings.py": _SETTINGS.replace('"60"', "60")},
            title="a number in quotes",
        ),
        Example(
            {"shop/settings.py": _SETTINGS.replace('"60"', '"None"')},
            fixed={"shop/settings.py": _SETTINGS.replace('"60"', "None")},
            title="None in quotes",
        ),
        Example(
            {"shop/settings.py": _READ},
            fixed={
                "shop/settings.py": _READ.replace('os.environ.get("DB_AGE", 60)', 'int(os.environ.get("DB_AGE", 60))')
            },
            unsafe=True,
            title="a variable without a cast is text once it is set",
        ),
        Example({"shop/settings.py": _SETTINGS.replace('"60"', '"one minute"')}, title="text that is no number"),
    ],
    good=[
        Example({"shop/settings.py": _SETTINGS.replace('"60"', "60")}, title="a number"),
        Example(
            {"shop/settings.py": _READ.replace('os.environ.get("DB_AGE", 60)', 'int(os.environ.get("DB_AGE", 60))')},
            title="turned into a number",
        ),
        Example({"shop/settings.py": _SETTINGS.replace('"60"', "None")}, title="no limit"),
    ],
)
def conn_max_age_not_number(project: Project) -> Iterator[Problem]:
    """`CONN_MAX_AGE` is text, and Django adds it to a number when it connects.

    ## What it does

    Finds ages that are text: a number in quotes, and variables of the environment that nothing turns into a number.

    ## Why it is bad

    The first query fails: `TypeError: unsupported operand type(s) for +: 'float' and 'str'`. With a variable it works
    until the day that somebody sets it.

    ## Fix safety

    Safe for text of digits and for `"None"`, which are unquoted: no query works as it stands. Unsafe for a variable,
    which is wrapped in `int(…)`: a value that is no number then fails at start-up instead of at the first query.

    ## References

    - [Django: CONN_MAX_AGE](https://docs.djangoproject.com/en/stable/ref/settings/#conn-max-age)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        age = database.conn_max_age
        if not _text(age) or database.vendor == "dummy":
            continue
        effect = "the first query fails"
        if age.state is State.ENVIRONMENT and not isinstance(age.value, str):
            effect = f"once {age.variable or 'the variable'} is set, the first query fails"
        message = f"alias {database.alias!r} has text as its CONN_MAX_AGE: {effect}"
        remedy = _remedy(settings, database, age)
        yield about(settings, database, ("CONN_MAX_AGE",), message, remedy, said("CONN_MAX_AGE", age))


def _text(age: Value) -> bool:
    if age.state is State.ENVIRONMENT:
        return age.cast in ("", "str")
    return age.state is State.KNOWN and isinstance(age.value, str)


def _remedy(settings: SettingsModule, database: Database, age: Value) -> Remedy:
    path = ("CONN_MAX_AGE",)
    if from_url(database, age):
        return manual("the URL gives it", "write a number, or None, for conn_max_age in the URL")
    text = age.value.strip() if isinstance(age.value, str) else None
    if age.state is State.ENVIRONMENT:
        write = "wrap the expression that reads it in int(…)"
        if age.value is MISSING or isinstance(age.value, bool) or not (isinstance(age.value, int) or _digits(text)):
            return manual("what holds while the variable is unset is no number either", write)
        why = "text that is no number then fails at start-up, not at the first query"
        return unsafe(why, write, CastSetting(database.key, path, "int"))
    if text == "None" or _digits(text):
        number = None if text == "None" else int(text or 0)
        if decide(database, settings.evidence).age == 0 and keeps(age):
            number = 0  # the rules on ages that leak say why
        return safe("no query works as it stands", f"write {number}", SetSetting(database.key, path, number))
    return manual("what was meant is not plain", "write a number of seconds, or None")


def _digits(text: str | None) -> bool:
    return text is not None and text.isascii() and text.isdigit()
