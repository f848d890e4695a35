"""DCF305."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Confidence, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, manual, path_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_BAD = """\
import time

from django.core.management.base import BaseCommand

from shop.models import Job


class Command(BaseCommand):
    def handle(self, **options):
        while True:
            for job in Job.objects.filter(done=False):
                job.run()
            time.sleep(5)
"""
_GOOD = """\
import time

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from shop.models import Job


class Command(BaseCommand):
    def handle(self, **options):
        while True:
            close_old_connections()
            for job in Job.objects.filter(done=False):
                job.run()
            time.sleep(5)
"""


@rule(
    code="DCF305",
    name="worker-loop-without-close-old",
    severity=Severity.WARNING,
    default=False,
    bad=[Example({"shop/management/commands/work.py": _BAD}, title="a worker that polls")],
    good=[Example({"shop/management/commands/work.py": _GOOD}, title="closed when old, at each turn")],
)
def worker_loop_without_close_old(project: Project) -> Iterator[Problem]:
    """An endless loop queries the database and never gives a connection back.

    ## What it does

    Finds `while True` in a management command that queries and nowhere calls `close_old_connections()` or
    closes connections. A heuristic, so it runs only when it is selected.

    ## Why it is bad

    `CONN_MAX_AGE` and `CONN_HEALTH_CHECKS` are looked at when requests begin and end, and here are none. After
    a restart of the server, or an idle time-out, every query of the worker fails until it is started again.

    ## Fix safety

    Not fixed: inside an atomic block the call would break it.

    ## References

    - [Django: connection management](https://docs.djangoproject.com/en/stable/ref/databases/#connection-management)
    """
    for fact in facts_of(project, "worker-loop-without-close"):
        yield Problem(
            location=fact.location,
            message=f"{fact.name} queries in an endless loop without close_old_connections(): "
            "a connection that the server drops is never replaced",
            because=path_evidence(fact),
            remedy=manual(
                "inside an atomic block the call would break it",
                "call django.db.close_old_connections() at the beginning of each turn, outside any atomic block",
            ),
            confidence=Confidence.LOW,
        )
