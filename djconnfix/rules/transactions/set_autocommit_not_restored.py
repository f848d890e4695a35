"""DCF205."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Confidence, Problem, Remedy, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, manual, path_evidence, rewrite_action, unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import CodeFact, Project

_BAD = """\
from django.db import transaction
from django.http import HttpResponse


def place_order(request):
    transaction.set_autocommit(False)
    try:
        request.user.orders.create()
        transaction.commit()
    except Exception:
        transaction.rollback()
        raise
    return HttpResponse("ordered")
"""
_FIXED = """\
from django.db import transaction
from django.http import HttpResponse


def place_order(request):
    with transaction.atomic():
        request.user.orders.create()
    return HttpResponse("ordered")
"""
_EITHER = """\
from django.db import transaction


def place_order(order, rehearsed):
    transaction.set_autocommit(False)
    try:
        order.place()
        if rehearsed:
            transaction.rollback()
        else:
            transaction.commit()
    except Exception:
        transaction.rollback()
        raise
"""
_EITHER_FIXED = f"""\
{_EITHER}    finally:
        transaction.set_autocommit(True)
"""
_EARLY_RETURN = """\
from django.db import transaction
from django.http import HttpResponse


def place_order(request):
    transaction.set_autocommit(False)
    if not request.POST:
        return HttpResponse(status=400)
    request.user.orders.create()
    transaction.commit()
    transaction.set_autocommit(True)
    return HttpResponse("ordered")
"""
_CONTEXT_MANAGER = """\
from django.db import transaction


class Rehearsal:
    def __enter__(self):
        self.before = transaction.get_autocommit()
        transaction.set_autocommit(False)

    def __exit__(self, *error):
        transaction.rollback()
        transaction.set_autocommit(self.before)
"""


@rule(
    code="DCF205",
    name="set-autocommit-not-restored",
    severity=Severity.ERROR,
    bad=[
        Example(
            {"shop/views.py": _BAD},
            fixed={"shop/views.py": _FIXED},
            unsafe=True,
            title="ended well, but never switched on again",
        ),
        Example(
            {"shop/orders.py": _EITHER},
            fixed={"shop/orders.py": _EITHER_FIXED},
            unsafe=True,
            title="a policy that stays",
        ),
        Example({"shop/views.py": _EARLY_RETURN}, title="an early return past the end"),
    ],
    good=[
        Example({"shop/views.py": _FIXED}, title="a block"),
        Example({"shop/orders.py": _EITHER_FIXED}, title="switched on again whatever happens"),
        Example({"shop/rehearsal.py": _CONTEXT_MANAGER}, title="a context manager that restores what it found"),
    ],
)
def set_autocommit_not_restored(project: Project) -> Iterator[Problem]:
    """Autocommit is switched off, and some path does not switch it on again.

    ## What it does

    Follows every path of functions, views and middleware that call `set_autocommit(False)`, through branches, early
    returns and exceptions, and finds those that leave without `set_autocommit(True)`.

    ## Why it is bad

    In a request, Django rolls back what was not committed and drops the connection at its end, so that persistent
    connections are lost without a word. In a command, a task or a thread the session stays in its transaction, with
    its locks, and what follows is never committed.

    ## Fix safety

    Unsafe. With one commit, at its end, and work given up only where an exception is handled, the stretch becomes
    `with transaction.atomic():`; what the handlers do besides stays. Otherwise a `finally` is added, where the
    `try` follows the switch directly and every path through it has ended the transaction: switching autocommit on
    inside an open transaction is an error on PostgreSQL and a commit on MySQL. Commits in a loop, ways out past the
    commit, management commands and everything else are left to a person.

    ## References

    - [Django: autocommit](https://docs.djangoproject.com/en/stable/topics/db/transactions/#django.db.transaction.set_autocommit)
    """
    for fact in facts_of(project, "autocommit-not-restored"):
        yield Problem(
            location=fact.location,
            message=f"{fact.name} switches autocommit off and {_leaves(fact)} without switching it on again: "
            f"{_consequence(fact)}",
            because=path_evidence(fact),
            remedy=_remedy(fact),
            severity=None if fact.detail["ended"] == "no" else Severity.WARNING,
            confidence=Confidence.MEDIUM,
        )


def _leaves(fact: CodeFact) -> str:
    said = [words for _, words in fact.path_lines]
    if said and said[-1] in {"raises", "an exception is caught"}:
        return "leaves with an exception"
    condition = fact.detail["condition"]
    return f"returns when {condition}" if condition else "returns"


def _consequence(fact: CodeFact) -> str:
    if fact.place in {"view", "middleware"}:
        lost = "" if fact.detail["ended"] == "yes" else "what was written is lost, and "
        return f"{lost}Django drops the connection at the end of the request"
    return "the session stays in a transaction that nothing ends"


def _remedy(fact: CodeFact) -> Remedy:
    write = (
        "use `with transaction.atomic():` instead, or end the transaction and call "
        "transaction.set_autocommit(True) in a `finally`"
    )
    actions = rewrite_action(fact)
    if not actions:
        return manual(fact.why, write)
    return unsafe(fact.why, actions, write)
