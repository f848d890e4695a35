"""The closed list of facts about user code."""

from __future__ import annotations

LEFT_OPEN = "transaction-left-open"
"""A path through a middleware (or function) on which a transaction stays open.
Details: `test` (`django`, `project`, `queries`: a dirty test; `path`: another test or an early return),
`condition`, `begun` (`here`, `elsewhere`), `api` (`removed`, `current`), `restored`, `line`."""

NOT_RESTORED = "autocommit-not-restored"
"""A path on which autocommit is switched off and not on again, though the transaction is ended."""

FAILURE_COMMITTED = "failed-request-committed"
"""A middleware commits the work of a view that raised. Detail: `form` (`atomic`, `commit`)."""

CLOSED_PER_REQUEST = "connection-closed-per-request"
"""A connection is closed by hand after each response. Details: `call`, `empty` (`yes`: nothing else is done)."""

REMOVED_API = "removed-transaction-api"
"""A name of `django.db.transaction` that is gone in Django 1.8. Detail: `api`."""

REMOVED_BASE = "removed-transaction-middleware-base"
"""A class extends Django's removed `TransactionMiddleware`. Detail: `policy` (`yes`: it decides by more than dirt)."""

OLD_STYLE = "old-style-middleware"
"""A middleware class that `MIDDLEWARE` cannot call: neither `MiddlewareMixin` nor `__init__(get_response)`."""

SIGNALS_DISCONNECTED = "closing-signals-disconnected"
"""`request_finished.disconnect(close_old_connections)` and the like. Detail: `signal`."""

REMOVED_CLOSE_CONNECTION = "removed-close-connection"
"""`django.db.close_connection`, gone in Django 1.8."""

COMMIT_IN_ATOMIC = "commit-in-atomic"
"""A commit, rollback or switch of autocommit inside an `atomic` block of the same alias. Detail: `call`."""

CLOSED_IN_ATOMIC = "connection-closed-in-atomic"
"""A connection is closed inside an `atomic` block. Detail: `call`."""

INVERTED_GUARD = "commit-when-autocommit"
"""A commit under a test that autocommit is on, when there is nothing to commit."""

ASYNC_TRANSACTION = "async-middleware-transaction"
"""An async middleware calls the synchronous transaction API."""

ASYNC_VIEW = "async-view"
"""An `async def` that takes a request, without `non_atomic_requests`."""

SLOW_CALL_IN_ATOMIC = "slow-call-in-atomic"
"""An HTTP request, a mail, a subprocess or a sleep inside an `atomic` block. Detail: `call`."""

LOOP_WITHOUT_CLOSE = "worker-loop-without-close"
"""An endless loop with queries in a command, which never gives a connection back."""

THREAD_WITHOUT_CLOSE = "thread-without-close"
"""A thread with queries that does not close its connections. Detail: `subject` (its function)."""

STREAM_AFTER_QUERY = "stream-after-query"
"""A view queries and then returns a stream, which keeps the connection."""

FORK_AFTER_QUERY = "fork-after-query"
"""A process is forked after a query, with the connection open."""

SESSION_STATE = "session-state"
"""Raw SQL changes the session, not only the transaction. Detail: `subject` (the statement's beginning)."""

QUERY_AT_IMPORT = "query-at-import"
"""A query runs when the module is imported."""

KINDS = frozenset(
    {
        ASYNC_TRANSACTION,
        ASYNC_VIEW,
        CLOSED_IN_ATOMIC,
        CLOSED_PER_REQUEST,
        COMMIT_IN_ATOMIC,
        FAILURE_COMMITTED,
        FORK_AFTER_QUERY,
        INVERTED_GUARD,
        LEFT_OPEN,
        LOOP_WITHOUT_CLOSE,
        NOT_RESTORED,
        OLD_STYLE,
        QUERY_AT_IMPORT,
        REMOVED_API,
        REMOVED_BASE,
        REMOVED_CLOSE_CONNECTION,
        SESSION_STATE,
        SIGNALS_DISCONNECTED,
        SLOW_CALL_IN_ATOMIC,
        STREAM_AFTER_QUERY,
        THREAD_WITHOUT_CLOSE,
    }
)
