"""DCF902."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.findings import Applicability, Because, Problem, Remedy, Severity
from djconnfix.rules import Example, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import ListItem, Project, SettingsModule
    from djconnfix.source import Location

_YAML = """\
import yaml

DATABASES = {}
with open("/etc/shop/config.yaml") as file:
    vars().update(yaml.safe_load(file))
"""

_LOADED = """\
from vendor.settings import load

INSTALLED_APPS = ["django.contrib.auth"]
load(__name__)
"""
_WITH_TABLES = frozenset({f"django.contrib.{app}" for app in ("admin", "auth", "contenttypes", "sessions", "sites")})


@rule(
    code="DCF902",
    name="settings-held-elsewhere",
    severity=Severity.INFO,
    bad=[
        Example({"shop/settings.py": _YAML}, title="a YAML file replaces what stands here"),
        Example(
            {"shop/settings.py": 'DATABASES = {}\nexec(open("/etc/shop/local_settings.py").read())\n'},
            title="a file outside the tree is run in place",
        ),
        Example({"shop/settings.py": _LOADED}, title="another package makes them"),
    ],
    good=[
        Example(
            {"shop/settings.py": 'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db"}}\n'},
            title="everything is here",
        ),
    ],
)
def settings_held_elsewhere(project: Project) -> Iterator[Problem]:
    """`DATABASES`, or part of it, comes from somewhere outside the files.

    ## What it does

    Points at the place where sight of `DATABASES` is lost: `vars().update(...)` from a file, `exec` of a local
    module, an operator's configuration module, a settings package such as dynaconf. And at deployed settings that
    show no alias at all, though one of their installed apps keeps tables.

    ## Why it is bad

    It need not be bad. But what is judged here may not be what is deployed, and the deployed file is not judged.

    ## Fix safety

    Nothing is changed: an edit here could be overridden there.

    ## References

    - [Django: DATABASES](https://docs.djangoproject.com/en/stable/ref/settings/#databases)
    """
    for settings in project.settings:
        if settings.role is Role.TEST:
            continue
        if (app := _needs_a_database(settings)) is not None:
            yield Problem(
                location=app.location,
                message=f"no alias of DATABASES was seen, though {app.value!r} needs one",
                remedy=_remedy(),
                settings=settings.module,
            )
        clauses: dict[Location, list[str]] = {}
        for clause, location in settings.held_elsewhere:
            if clause not in clauses.setdefault(location, []):
                clauses[location].append(clause)
        places: dict[tuple[str, ...], list[Location]] = {}
        for location, reasons in clauses.items():
            places.setdefault(tuple(reasons), []).append(location)
        for same, (location, *others) in places.items():
            yield Problem(
                location=location,
                message=f"DATABASES is decided outside the files that were read: {same[0]}",
                because=(
                    *(Because(reason, location) for reason in same[1:]),
                    *(Because("the same again", other) for other in others),
                ),
                remedy=_remedy(),
                settings=settings.module,
            )


def _remedy() -> Remedy:
    return Remedy(
        Applicability.MANUAL,
        "what stands elsewhere cannot be judged or changed from here",
        instructions="run `manage.py connaudit` where it is deployed",
    )


def _needs_a_database(settings: SettingsModule) -> ListItem | None:
    """Return an installed app that has tables of its own, where a deployed module shows no alias and no reason."""
    apps = settings.lists.get("INSTALLED_APPS")
    if settings.role is not Role.PRODUCTION or settings.databases or settings.held_elsewhere or apps is None:
        return None
    return next((item for item in apps.items if item.value in _WITH_TABLES), None)
