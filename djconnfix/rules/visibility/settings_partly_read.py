"""DCF903."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.findings import Applicability, Because, Problem, Remedy, Severity
from djconnfix.rules import Example, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_READ = """\
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.sqlite3"}}
LIMIT = 0
for step in [10] * 3:
    LIMIT += step
"""

_SHOWN = 3  # further notes in full; a settings module that imports half of a project has dozens


@rule(
    code="DCF903",
    name="settings-partly-read",
    severity=Severity.INFO,
    bad=[Example({"shop/settings.py": _READ.replace("* 3", "* 300")}, title="a loop is followed only so far")],
    good=[Example({"shop/settings.py": _READ}, title="read to the end")],
)
def settings_partly_read(project: Project) -> Iterator[Problem]:
    """A settings module was read only in part, because of a bound of this program or an import of old style.

    ## What it does

    Says which bound was met while a settings module was evaluated (steps, branches that multiply, loops), which hooks
    were not followed, and which imports could only be followed as Python 2 would.

    ## Why it is bad

    What was not read was not judged.

    ## Fix safety

    Nothing is changed.

    ## References

    - [How settings are read](https://github.com/djconnfix/djconnfix/blob/main/docs/architecture.md)
    """
    for settings in project.settings:
        if settings.role is Role.TEST:
            continue
        if not settings.notes:
            continue
        first, *others = dict.fromkeys(settings.notes)
        more = len(others) - _SHOWN
        yield Problem(
            location=settings.location,
            message=f"{settings.module} was read only in part: {first}",
            because=(
                *(Because(note, settings.location) for note in others[:_SHOWN]),
                *((Because(f"{more} more of this kind"),) if more > 0 else ()),
            ),
            remedy=Remedy(
                Applicability.MANUAL,
                "what was not read was not judged",
                instructions="run `manage.py connaudit` where it is deployed",
            ),
            settings=settings.module,
        )
