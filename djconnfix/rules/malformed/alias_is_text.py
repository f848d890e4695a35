"""DCF513."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.findings import Because, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_URL = """\
import os

DATABASES = {"default": os.environ["DATABASE_URL"]}
"""
_PARSED = """\
import os

import dj_database_url

DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
"""


@rule(
    code="DCF513",
    name="alias-is-text",
    severity=Severity.ERROR,
    bad=[
        Example({"shop/settings.py": _URL}, title="a URL as the environment holds it"),
        Example({"shop/settings.py": 'DATABASES = {"default": "postgres://db/shop"}\n'}, title="a URL in the settings"),
    ],
    good=[
        Example({"shop/settings.py": _PARSED, "requirements.txt": "dj-database-url==3.0.1\n"}, title="a URL, parsed"),
        Example(
            {"shop/settings.py": "from vault import database\n\nDATABASES = {'default': database()}\n"},
            title="what a function gives may be anything",
        ),
    ],
)
def alias_is_text(project: Project) -> Iterator[Problem]:
    """An alias is a URL or other text, where Django wants a dictionary.

    ## What it does

    Finds aliases whose value is text: a URL in quotes, or a variable of the environment as it is.

    ## Why it is bad

    The settings load, but the first connection fails with `AttributeError: 'str' object has no attribute
    'setdefault'`: Django parses no URLs.

    ## Fix safety

    No fix is offered: what parses the URL has to be installed first, dj-database-url or django-environ.

    ## References

    - [Django: DATABASES](https://docs.djangoproject.com/en/stable/ref/settings/#databases)
    """
    for settings, database in project.databases(Role.PRODUCTION, Role.DEVELOPMENT):
        if database.made_by != "text":
            continue
        message = f"alias {database.alias!r} is text, not a dictionary: connecting fails"
        remedy = manual(
            "what parses a URL has to be installed first",
            "install dj-database-url, and hand the text to `dj_database_url.parse()`",
        )
        yield about(settings, database, (), message, remedy, Because("Django parses no URLs"))
