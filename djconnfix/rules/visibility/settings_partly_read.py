"""DCF903."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.findings import Applicability, Because, Problem, Remedy, Severity
from djconnfix.rules import Example, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project, SettingsModule

_READ = """\
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.sqlite3"}}
LIMIT = 0
for step in [10] * 3:
    LIMIT += step
"""

_FILE = re.compile(r" in \S+\.py\b")  # two modules that differ in their name only have the same note
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
    alike: dict[frozenset[str], list[SettingsModule]] = {}
    for settings in project.settings:
        if settings.role is not Role.TEST and settings.notes:
            alike.setdefault(frozenset(_FILE.sub("", note) for note in settings.notes), []).append(settings)
    for modules in alike.values():
        first, *others = modules
        note, *more = dict.fromkeys(first.notes)
        named = first.module if not others else f"{first.module} (and {_listed(others)})"
        reasons = [Because(each, first.location) for each in more]
        reasons += [Because(each, other.location) for other in others for each in dict.fromkeys(other.notes)]
        left = len(reasons) - _SHOWN
        yield Problem(
            location=first.location,
            message=f"{named} was read only in part: {note}",
            because=(*reasons[:_SHOWN], *((Because(f"{left} more of this kind"),) if left > 0 else ())),
            remedy=Remedy(
                Applicability.MANUAL,
                "what was not read was not judged",
                instructions="run `manage.py connaudit` where it is deployed",
            ),
            settings=first.module,
        )


def _listed(modules: list[SettingsModule]) -> str:
    if len(modules) == 1:
        return modules[0].module
    return f"{len(modules)} other settings modules"
