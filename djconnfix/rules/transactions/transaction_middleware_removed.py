"""DCF202."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.findings import Applicability, Because, Problem, Remedy, RemoveListItem, SetSetting, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import LISTS, entries, facts_of, lowest_django, manual, unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import CodeFact, ListItem, Project, SettingsModule, Version

REMOVED = "django.middleware.transaction.TransactionMiddleware"

_BAD = """\
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.transaction.TransactionMiddleware",
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    },
}
"""
_GOOD = """\
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": True,
    },
}
"""
_SUBCLASS = """\
from django.middleware.transaction import TransactionMiddleware


class ApiTransactionMiddleware(TransactionMiddleware):
    def process_request(self, request):
        if request.path.startswith("/api/"):
            super().process_request(request)
"""
_SAME = """\
from django.db import transaction
from django.middleware.transaction import TransactionMiddleware as Removed


class TransactionMiddleware(Removed):
    def process_response(self, request, response):
        if transaction.is_managed():
            if transaction.is_dirty():
                transaction.commit()
            transaction.leave_transaction_management()
        return response
"""


@rule(
    code="DCF202",
    name="transaction-middleware-removed",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/settings.py": _BAD, "requirements.txt": "Django==5.2.1\n"},
            fixed={"shop/settings.py": _GOOD},
            unsafe=True,
            title="the old middleware under a Django that has removed it",
        ),
        Example(
            {"shop/settings.py": _BAD.replace("MIDDLEWARE", "MIDDLEWARE_CLASSES", 1)},
            title="a project whose Django is not known",
        ),
        Example(
            {"shop/middleware.py": _SUBCLASS, "requirements.txt": "Django==5.2.1\n"},
            title="a class that extends it and decides for which requests",
        ),
        Example(
            {
                "shop/settings.py": _BAD.replace("django.middleware.transaction.T", "shop.middleware.T"),
                "shop/middleware.py": _SAME,
                "requirements.txt": "Django==5.2.1\n",
            },
            fixed={"shop/settings.py": _GOOD},
            unsafe=True,
            title="a class that extends it and adds nothing",
        ),
    ],
    good=[
        Example({"shop/settings.py": _GOOD, "requirements.txt": "Django==5.2.1\n"}, title="atomic requests instead"),
        Example(
            {"shop/settings.py": _GOOD.replace("django.contrib.sessions", "shop.middleware.transaction")},
            title="a middleware of the project's own",
        ),
    ],
)
def transaction_middleware_removed(project: Project) -> Iterator[Problem]:
    """Django's `TransactionMiddleware` is in use, which Django 1.8 removed.

    ## What it does

    Finds `django.middleware.transaction.TransactionMiddleware` in `MIDDLEWARE` and `MIDDLEWARE_CLASSES`, and classes
    that extend it.

    ## Why it is bad

    On Django 1.8 and later the module does not exist: the site does not start. From 2.0 on `MIDDLEWARE_CLASSES` is not
    read at all, so that requests lose their transactions without a word. On 1.6 and 1.7 it is deprecated, and before
    that it ends the transaction only of requests that wrote.

    ## Fix safety

    Unsafe: `ATOMIC_REQUESTS` wraps the view alone, not the other middleware, template responses rendered later or
    streamed bodies; code that commits by hand inside a view, and async views, then raise. It is set on the alias
    `default`, the only one that the middleware handled. Nothing is written where the Django version is unknown or
    older than 1.8, or where a class adds rules of its own. A class that extends it and adds nothing leaves
    `MIDDLEWARE` in the same way; its code stays.

    ## References

    - [Django 1.6 release notes](https://docs.djangoproject.com/en/stable/releases/1.6/#transaction-management-apis)
    - [Django: ATOMIC_REQUESTS](https://docs.djangoproject.com/en/stable/ref/settings/#atomic-requests)
    """
    seen: set[tuple[str, int, str]] = set()
    for settings in project.settings:
        for name in LISTS:
            for item in settings.lists[name].items if name in settings.lists else ():
                place = (item.location.path, item.location.start, settings.module)
                if item.value == REMOVED and place not in seen:
                    seen.add(place)
                    yield _listed(settings, name, item)
    for fact in facts_of(project, "removed-transaction-middleware-base"):
        if not _is_left_over(project, fact):
            yield _extended(project, fact)


def _listed(settings: SettingsModule, name: str, item: ListItem) -> Problem:
    version = settings.evidence.django
    return Problem(
        location=item.location,
        message=_consequence(f"{name} lists TransactionMiddleware", version, ignored=name == "MIDDLEWARE_CLASSES"),
        because=_because(version, settings),
        remedy=_remedy(settings, name, version),
        settings=settings.module,
        severity=_severity(version),
    )


def _extended(project: Project, fact: CodeFact) -> Problem:
    version = lowest_django(project, fact)
    listed = next((s for s, _ in entries(project, fact)), None)
    return Problem(
        location=fact.location,
        message=_consequence(f"{fact.name} extends TransactionMiddleware", version, ignored=False),
        because=_because(version, listed) if listed else (),
        remedy=_moved(project, fact, version),
        severity=_severity(version),
    )


def _is_left_over(project: Project, fact: CodeFact) -> bool:
    """Whether nothing lists a class any more that did nothing of its own: it is dead code then."""
    lists = [settings.lists[name] for settings in project.settings for name in LISTS if name in settings.lists]
    seen = bool(lists) and all(each.complete for each in lists)
    return seen and fact.detail.get("policy") == "no" and not any(entries(project, fact))


def _moved(project: Project, fact: CodeFact, version: Version) -> Remedy:
    """Return the remedy for a class that extends the removed one: as for that, where it adds nothing."""
    by_hand = manual(
        "the class may decide which requests get a transaction, and that has to be kept",
        "set \"ATOMIC_REQUESTS\": True on alias 'default' and mark the views that it left out with "
        "@transaction.non_atomic_requests, or wrap the views it chose in transaction.atomic()",
    )
    listed = list(entries(project, fact))
    if fact.detail.get("policy") != "no" or not listed:
        return by_hand
    remedies = [_remedy(settings, entry.name, version, entry.value) for settings, entry in listed]
    if any(remedy.applicability is not Applicability.UNSAFE for remedy in remedies):
        return remedies[0] if len(remedies) == 1 else by_hand
    actions = tuple(dict.fromkeys(action for remedy in remedies for action in remedy.actions))
    return unsafe(
        f"{fact.name} adds nothing to what Django removed; {remedies[0].why}", actions, remedies[0].instructions
    )


def _consequence(subject: str, version: Version, *, ignored: bool) -> str:
    if version >= (2, 0) and ignored:
        return f"{subject}, and Django 2.0 and later read no MIDDLEWARE_CLASSES: requests have no transactions"
    if version >= (1, 8):
        return f"{subject}, which Django 1.8 removed: the site does not start"
    if version >= (1, 6):
        return f"{subject}, which is deprecated and which Django 1.8 removed"
    return f"{subject}, which Django 1.8 removed and which leaves transactions that only read open"


def _severity(version: Version) -> Severity:
    return Severity.ERROR if version >= (1, 8) else Severity.WARNING


def _because(version: Version, settings: SettingsModule) -> tuple[Because, ...]:
    if not version:
        return (Because("the Django version is not known"),)
    return (Because(f"Django {'.'.join(map(str, version))}", settings.evidence.django_location),)


def _remedy(settings: SettingsModule, name: str, version: Version, value: str = REMOVED) -> Remedy:
    instructions = f"take {value} out of {name} and set \"ATOMIC_REQUESTS\": True on alias 'default'"
    if not version:
        return manual("whether this Django has ATOMIC_REQUESTS is not known (--django says so)", instructions)
    if version < (1, 6):
        return manual("ATOMIC_REQUESTS begins with Django 1.6", f"with Django 1.6 or later, {instructions}")
    if version < (1, 8):
        return manual("it still works on this Django", instructions)
    default = [d for d in settings.databases if d.alias == "default" and d.vendor != "dummy"]
    if not default or settings.role is Role.TEST:
        return manual("the alias 'default' is not in sight", instructions)
    sets = tuple(SetSetting(d.key, ("ATOMIC_REQUESTS",), True) for d in default if not d.get("ATOMIC_REQUESTS").written)
    if any(d.get("ATOMIC_REQUESTS").written and d.get("ATOMIC_REQUESTS").value is not True for d in default):
        return manual("ATOMIC_REQUESTS is set to something else on purpose", instructions)
    return unsafe(
        "ATOMIC_REQUESTS wraps the view alone, and code that commits by hand inside a view then raises",
        (RemoveListItem(settings.module, name, value), *sets),
        instructions,
    )
