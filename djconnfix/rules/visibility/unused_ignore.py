"""DCF910."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Applicability, Problem, Remedy, Severity
from djconnfix.rules import Example, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.source import Location

UNUSED_IGNORE = "DCF910"
_SQLITE = 'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db"}}'


@rule(
    code=UNUSED_IGNORE,
    name="unused-ignore",
    severity=Severity.INFO,
    bad=[
        Example(
            {"shop/settings.py": f"{_SQLITE}  # djconnfix: ignore[conn-max-age-zeroo]\n"},
            title="no rule has this name",
        ),
    ],
    good=[
        Example({"shop/settings.py": f"{_SQLITE}  # noqa: E501\n"}, title="somebody else's comment"),
        Example(
            {"shop/settings.py": f'HELP = "# djconnfix: ignore[DCF000]"\n{_SQLITE}\n'},
            title="a string, no comment",
        ),
    ],
)
def unused_ignore(project: Project) -> Iterator[Problem]:
    """A `# djconnfix: ignore[...]` comment waves nothing through.

    ## What it does

    Finds rules in `# djconnfix: ignore[...]` comments that have no finding there, or that do not exist. A rule that was
    not run (`--select`, `--ignore`) is not judged.

    ## Why it is bad

    A comment that outlived its reason hides the next finding in the same place.

    ## Fix safety

    Nothing is changed: the comment may hold a reason worth keeping elsewhere.

    ## References

    - [Comments in the source](https://github.com/djconnfix/djconnfix/blob/main/docs/configuration.md)
    """
    # Which comments were needed is known only when all findings are: `selection.kept` makes the problems.
    del project
    return iter(())


def unused_ignore_problem(location: Location, word: str, *, known: bool) -> Problem:
    """Return the problem for one rule that a comment lists in vain."""
    message = f"the comment ignores {word}, which finds nothing here"
    if not known:
        message = f"the comment ignores {word}, but no rule is called that"
    return Problem(
        location=location,
        message=message,
        remedy=Remedy(Applicability.MANUAL, "a comment is yours to remove", instructions=f"remove {word} from it"),
    )
