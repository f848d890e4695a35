"""DCF212."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Because, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_BAD = """\
MIDDLEWARE_CLASSES = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "shop.middleware.CommitOrRollBack",
]

ROOT_URLCONF = "shop.urls"
"""
_GOOD = _BAD.replace("MIDDLEWARE_CLASSES", "MIDDLEWARE")


@rule(
    code="DCF212",
    name="middleware-classes-ignored",
    severity=Severity.WARNING,
    bad=[Example({"shop/settings.py": _BAD, "requirements.txt": "Django==5.2.1\n"}, title="the old setting")],
    good=[
        Example({"shop/settings.py": _GOOD, "requirements.txt": "Django==5.2.1\n"}, title="today's setting"),
        Example({"shop/settings.py": _BAD, "requirements.txt": "Django==1.11.29\n"}, title="a Django that reads it"),
        Example({"shop/settings.py": _BAD}, title="the Django version is unknown"),
        Example(
            {
                "shop/settings.py": _BAD + "MIDDLEWARE = MIDDLEWARE_CLASSES\n",
                "requirements.txt": "Django==5.2.1\n",
            },
            title="both, for two versions of Django",
        ),
    ],
)
def middleware_classes_ignored(project: Project) -> Iterator[Problem]:
    """`MIDDLEWARE_CLASSES` is set, which Django 2.0 and later do not read.

    ## What it does

    Finds settings modules with `MIDDLEWARE_CLASSES` and without `MIDDLEWARE`, where every Django that the project may
    run on is 2.0 or later.

    ## Why it is bad

    Every entry is ignored without a word: sessions, and whatever begins, ends and closes transactions and connections.

    ## Fix safety

    Not fixed: `MIDDLEWARE` nests where the old setting ran one after the other, and old classes need `MiddlewareMixin`.

    ## References

    - [Django: upgrading pre-Django 1.10-style middleware](https://docs.djangoproject.com/en/stable/topics/http/middleware/#upgrading-pre-django-1-10-style-middleware)
    """
    for settings in project.settings:
        old = settings.lists.get("MIDDLEWARE_CLASSES")
        if old is None or "MIDDLEWARE" in settings.lists or not settings.evidence.django_at_least(2, 0):
            continue
        version = ".".join(map(str, settings.evidence.django))
        yield Problem(
            location=old.location,
            message="Django 2.0 and later do not read MIDDLEWARE_CLASSES: no entry of it has any effect",
            because=(Because(f"Django {version}", settings.evidence.django_location),),
            remedy=manual(
                "the order of entries means another thing in MIDDLEWARE",
                "rename the setting to MIDDLEWARE and check each class and the order",
            ),
            settings=settings.module,
        )
