"""DCF315."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Confidence, Problem, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._code import facts_of, manual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project

_BAD = """\
from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from shop.models import Order


class Orders(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        order = await sync_to_async(Order.objects.get)(pk=text_data)
        await self.send(order.state)
"""
_GOOD = _BAD.replace("asgiref.sync", "channels.db").replace("sync_to_async", "database_sync_to_async")


@rule(
    code="DCF315",
    name="consumer-without-database-sync-to-async",
    severity=Severity.WARNING,
    default=False,
    bad=[Example({"shop/consumers.py": _BAD}, title="a query in a consumer")],
    good=[Example({"shop/consumers.py": _GOOD}, title="through Channels' own")],
)
def consumer_without_database_sync_to_async(project: Project) -> Iterator[Problem]:
    """A Channels consumer queries through `sync_to_async`, and nothing gives the connection back.

    ## What it does

    Finds `sync_to_async` around queries in classes that extend one of Channels'. A heuristic, so it runs only when
    it is selected.

    ## Why it is bad

    A consumer has no request that ends. `database_sync_to_async` closes what is too old or broken before and after
    the call; `sync_to_async` does not, so that a connection that the server has dropped fails for as long as the
    thread lives.

    ## Fix safety

    Not fixed: calls inside a transaction of its own must stay as they are.

    ## References

    - [Channels: database access](https://channels.readthedocs.io/en/stable/topics/databases.html)
    """
    for fact in facts_of(project, "consumer-query"):
        yield Problem(
            location=fact.location,
            message=f"{fact.name} queries through sync_to_async: nothing replaces a broken connection",
            remedy=manual(
                "what else runs in that thread cannot be seen", "use channels.db.database_sync_to_async instead"
            ),
            confidence=Confidence.LOW,
        )
