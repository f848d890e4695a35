"""The closed list of facts about user code."""

from __future__ import annotations

LEFT_OPEN = "transaction-left-open"
"""A path through a middleware (or function) on which a transaction stays open.
Details: `test` (`django`, `project`, `queries`: a dirty test; `path`: another test or an early return),
`condition`, `begun` (`here`, `elsewhere`), `api` (`removed`, `current`), `restored`,
`managed` (`yes`: it asks `is_managed()`)."""

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

RAW_TRANSACTION = "raw-transaction-statement"
"""Raw SQL begins or ends a transaction. Details: `said`, `atomic` (`yes`: inside a block)."""

MIDDLEWARE_TRANSACTION = "middleware-transaction"
"""A middleware wraps the request in a transaction. Details: `call`, `refuses` (`yes`: it rolls back below 500 too)."""

DURABLE_IN_VIEW = "durable-in-view"
"""`atomic(durable=True)` in a view that nothing is seen to take out of its request's transaction. Detail: `call`."""

OPTED_OUT_IN_VAIN = "opted-out-in-vain"
"""`non_atomic_requests` on a handler of a class, where Django does not look. Detail: `call`."""

ERROR_RETURNED = "error-returned-after-write"
"""A view catches an exception after a write and answers with an error. Detail: `call`."""

QUERY_PER_CONNECTION = "query-per-connection"
"""A receiver of `connection_created` queries. Detail: `call`."""

POOL_POKED = "pool-poked"
"""The pool of a connection is reached into. Detail: `call`."""

ENGINE_OVERRIDES = "engine-overrides"
"""An engine of the project's own replaces how connections are made or closed. Detail: `call`."""

THREADS_OF_THEIR_OWN = "threads-of-their-own"
"""`sync_to_async(..., thread_sensitive=False)` around queries. Detail: `call`."""

CONSUMER_QUERY = "consumer-query"
"""A Channels consumer queries through plain `sync_to_async`. Detail: `call`."""

OPENED_BY_MIDDLEWARE = "opened-by-middleware"
"""A middleware opens a connection for every request. Detail: `call`."""

MANUAL_COMMIT = "manual-commit"
"""A line that commits or rolls back by hand; only looked for where a setting hangs on there being none."""

TRANSACTION = "transaction"
"""A line that begins a transaction; only looked for where a strategy hangs on there being none."""

KINDS = frozenset(
    {
        ASYNC_TRANSACTION,
        ASYNC_VIEW,
        CLOSED_IN_ATOMIC,
        CLOSED_PER_REQUEST,
        COMMIT_IN_ATOMIC,
        CONSUMER_QUERY,
        DURABLE_IN_VIEW,
        ENGINE_OVERRIDES,
        ERROR_RETURNED,
        FAILURE_COMMITTED,
        FORK_AFTER_QUERY,
        INVERTED_GUARD,
        LEFT_OPEN,
        LOOP_WITHOUT_CLOSE,
        MANUAL_COMMIT,
        MIDDLEWARE_TRANSACTION,
        NOT_RESTORED,
        OLD_STYLE,
        OPENED_BY_MIDDLEWARE,
        OPTED_OUT_IN_VAIN,
        POOL_POKED,
        QUERY_AT_IMPORT,
        QUERY_PER_CONNECTION,
        RAW_TRANSACTION,
        REMOVED_API,
        REMOVED_BASE,
        REMOVED_CLOSE_CONNECTION,
        SESSION_STATE,
        SIGNALS_DISCONNECTED,
        SLOW_CALL_IN_ATOMIC,
        STREAM_AFTER_QUERY,
        THREADS_OF_THEIR_OWN,
        THREAD_WITHOUT_CLOSE,
        TRANSACTION,
    }
)
