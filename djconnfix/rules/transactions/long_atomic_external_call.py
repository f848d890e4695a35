"""DCF220."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Confidence, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, manual, path_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_BAD = """\
import requests
from django.db import transaction


def pay(order):
    with transaction.atomic():
        order.save()
        requests.post("https://pay.example/charge", json={"order": order.pk}, timeout=30)
"""
_GOOD = """\
import requests
from django.db import transaction


def pay(order):
    with transaction.atomic():
        order.save()
    requests.post("https://pay.example/charge", json={"order": order.pk}, timeout=30)
"""


@rule(
    code="DCF220",
    name="long-atomic-external-call",
    severity=Severity.WARNING,
    default=False,
    bad=[Example({"shop/pay.py": _BAD}, title="a payment inside the block")],
    good=[Example({"shop/pay.py": _GOOD}, title="after the block")],
)
def long_atomic_external_call(project: Project) -> Iterator[Problem]:
    """A transaction stays open while something slow happens outside the database.

    ## What it does

    Finds HTTP requests (`requests`, `httpx`, `urllib`), mail, subprocesses and `time.sleep` written inside an
    `atomic` block. A heuristic, so it runs only when it is selected.

    ## Why it is bad

    The connection, its locks and its snapshot are held for as long as the other side takes: others wait, pools
    run dry, and the session stands "idle in transaction".

    ## Fix safety

    Not fixed: whether it has to happen before the commit is for a person to say.

    ## References

    - [Django: atomic](https://docs.djangoproject.com/en/stable/topics/db/transactions/#django.db.transaction.atomic)
    """
    for fact in facts_of(project, "slow-call-in-atomic"):
        yield Problem(
            location=fact.location,
            message=f"`{fact.detail['call']}` runs inside an atomic block: "
            "its connection and locks are held for as long as it takes",
            because=path_evidence(fact),
            remedy=manual(
                "whether it has to happen before the commit is for a person to say",
                "move it after the block, or into transaction.on_commit()",
            ),
            confidence=Confidence.LOW,
        )
