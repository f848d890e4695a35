"""DCF702."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Severity
from djconnfix.live_facts import IdleTransaction, ServerFacts
from djconnfix.rules import Example, rule
from djconnfix.rules._live import of_server, servers
from djconnfix.rules._problems import manual
from djconnfix.source import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Project
    from djconnfix.findings import Problem

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
    }
}
"""
_FILES = {"shop/settings.py": _SETTINGS}
_AT = Location("shop/settings.py", 2, 5, 2, 14, 16, 25)
_FORGOTTEN = IdleTransaction(420, "gunicorn", ("shop_order",), 1)
_LONGEST = 10.0  # seconds: what a request may think between two statements


@rule(
    code="DCF702",
    name="live-idle-in-transaction",
    severity=Severity.WARNING,
    bad=[
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, idle_transactions=(_FORGOTTEN,)),),
            title="a transaction that nobody ends",
        ),
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, idle_transactions=(IdleTransaction(2, blocks=1),)),),
            title="young, but others wait for it",
        ),
    ],
    good=[
        Example(
            _FILES,
            servers=(ServerFacts("default", _AT, idle_transactions=(IdleTransaction(0.3),)),),
            title="between two statements",
        ),
        Example(_FILES, servers=(ServerFacts("default", _AT),), title="none"),
    ],
)
def live_idle_in_transaction(project: Project) -> Iterator[Problem]:
    """A session of the project's own role idles inside a transaction.

    ## What it does

    Looks for sessions of the role that the alias logs in with, which are inside a transaction and have waited for
    their client for more than 10 seconds, or for which others wait. Only with `connaudit --live`.

    ## Why it is bad

    The locks of the transaction stay: an `ALTER TABLE` waits for it, and whatever comes after that waits too. On
    PostgreSQL no row that was deleted since can be cleaned up.

    ## Fix safety

    No fix is offered here. The cause is in the settings or in the code: the other rules on transactions name it
    (`AUTOCOMMIT: False`, a middleware that commits only sometimes).

    ## Known limits

    Sessions of other roles are not seen. On MySQL and MariaDB the user needs the privilege PROCESS.

    ## References

    - [PostgreSQL: idle_in_transaction_session_timeout](https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT)
    """
    for server in servers(project):
        forgotten = [each for each in server.idle_transactions if each.seconds > _LONGEST or each.blocks]
        if not forgotten:
            continue
        number, blocked = len(forgotten), sum(each.blocks for each in forgotten)
        waiting = f", and {blocked} wait{'s' if blocked == 1 else ''} for them" if blocked else ""
        message = (
            f"{number} session{'s' if number != 1 else ''} of alias {server.alias!r} idle{'s' if number == 1 else ''} "
            f"inside a transaction{waiting}"
        )
        remedy = manual(
            "what leaves them open has to be found",
            "end every transaction with the request (ATOMIC_REQUESTS, or no AUTOCOMMIT: False); as a safety net set "
            "idle_in_transaction_session_timeout (PostgreSQL) or idle_transaction_timeout (MariaDB) for the role",
        )
        severity = Severity.ERROR if blocked else None
        yield of_server(
            server,
            message,
            remedy,
            *(f"idle inside a transaction: {each}" for each in forgotten[:5]),
            severity=severity,
        )
