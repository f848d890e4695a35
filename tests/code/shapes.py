"""Middleware in the shapes that are met, and in those that look like them.

Each text is the body of a `__call__` (or of the hooks), in a class that imports what it needs.
"""

from __future__ import annotations

from textwrap import dedent, indent

HEAD = """\
from django.conf import settings
from django.db import connection, connections, transaction
from django.utils.deprecation import MiddlewareMixin

from shop.audit import log


"""


def called(body: str) -> str:
    """Return a middleware with this body of `__call__`."""
    init = "    def __init__(self, get_response):\n        self.get_response = get_response\n\n"
    head = "class Middleware:\n" + init + "    def __call__(self, request):\n"
    return HEAD + head + indent(dedent(body).strip("\n"), " " * 8) + "\n"


def hooks(body: str, base: str = "MiddlewareMixin") -> str:
    """Return a middleware with these `process_*` methods."""
    return HEAD + f"class Middleware({base}):\n" + indent(dedent(body).strip("\n"), "    ") + "\n"


def function(body: str) -> str:
    """Return a function middleware with this inner body."""
    inner = indent(dedent(body).strip("\n"), " " * 8)
    return HEAD + f"def middleware(get_response):\n    def handle(request):\n{inner}\n\n    return handle\n"


BEGIN = """
transaction.set_autocommit(False)
"""

# what is found, and what the rewrite makes of it
REWRITTEN: dict[str, tuple[str, str]] = {
    "S1-request-flag": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request._dirty:
                transaction.commit()
            return response
        """),
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            transaction.commit()
            transaction.set_autocommit(True)
            return response
        """),
    ),
    "S1-with-else-free-rollback-before": (
        called("""
            transaction.set_autocommit(False)
            try:
                response = self.get_response(request)
            except Exception:
                transaction.rollback()
                raise
            if getattr(request, "_dirty", False):
                transaction.commit()
            return response
        """),
        called("""
            transaction.set_autocommit(False)
            try:
                response = self.get_response(request)
            except Exception:
                transaction.rollback()
                raise
            transaction.commit()
            transaction.set_autocommit(True)
            return response
        """),
    ),
    "S1-restored-already": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request.needs_commit:
                transaction.commit()
            transaction.set_autocommit(True)
            return response
        """),
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            transaction.commit()
            transaction.set_autocommit(True)
            return response
        """),
    ),
    "S1-comments-stay": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            # only writers
            if request._dirty:  # set by the signals
                # the end
                transaction.commit()  # at last
            return response
        """),
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            # only writers
            # set by the signals
            # the end
            transaction.commit()  # at last
            transaction.set_autocommit(True)
            return response
        """),
    ),
    "S1-one-line": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request._dirty: transaction.commit()
            return response
        """),
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            transaction.commit()
            transaction.set_autocommit(True)
            return response
        """),
    ),
    "S1-named-alias": (
        called("""
            transaction.set_autocommit(False, using="orders")
            response = self.get_response(request)
            if request._dirty:
                transaction.commit(using="orders")
            return response
        """),
        called("""
            transaction.set_autocommit(False, using="orders")
            response = self.get_response(request)
            transaction.commit(using="orders")
            transaction.set_autocommit(True, using="orders")
            return response
        """),
    ),
    "S1-flag-is-reset": (
        called("""
            request._dirty = False
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request._dirty:
                transaction.commit()
                request._dirty = False
            return response
        """),
        called("""
            request._dirty = False
            transaction.set_autocommit(False)
            response = self.get_response(request)
            transaction.commit()
            request._dirty = False
            transaction.set_autocommit(True)
            return response
        """),
    ),
    "S1-policy-inside-stays": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request._dirty:
                if response.status_code >= 400:
                    transaction.rollback()
                else:
                    transaction.commit()
            transaction.set_autocommit(True)
            return response
        """),
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if response.status_code >= 400:
                transaction.rollback()
            else:
                transaction.commit()
            transaction.set_autocommit(True)
            return response
        """),
    ),
    "S1-try-around-the-commit": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request._dirty:
                try:
                    transaction.commit()
                except Exception:
                    transaction.rollback()
                    raise
            transaction.set_autocommit(True)
            return response
        """),
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            try:
                transaction.commit()
            except Exception:
                transaction.rollback()
                raise
            transaction.set_autocommit(True)
            return response
        """),
    ),
    "S1-hooks": (
        hooks("""
            def process_request(self, request):
                transaction.set_autocommit(False)

            def process_exception(self, request, exception):
                if request._dirty:
                    transaction.rollback()

            def process_response(self, request, response):
                if request._dirty:
                    transaction.commit()
                return response
        """),
        hooks("""
            def process_request(self, request):
                transaction.set_autocommit(False)

            def process_exception(self, request, exception):
                transaction.rollback()

            def process_response(self, request, response):
                transaction.commit()
                transaction.set_autocommit(True)
                return response
        """),
    ),
    "S1-function": (
        function("""
            transaction.set_autocommit(False)
            response = get_response(request)
            if request.is_dirty:
                transaction.commit()
            return response
        """),
        function("""
            transaction.set_autocommit(False)
            response = get_response(request)
            transaction.commit()
            transaction.set_autocommit(True)
            return response
        """),
    ),
    "S2-managed-guard-stays": (
        hooks(
            """
            def process_request(self, request):
                transaction.enter_transaction_management()
                transaction.managed(True)

            def process_response(self, request, response):
                if transaction.is_managed():
                    if transaction.is_dirty():
                        transaction.commit()
                    transaction.leave_transaction_management()
                return response
        """,
            "object",
        ),
        hooks(
            """
            def process_request(self, request):
                transaction.enter_transaction_management()
                transaction.managed(True)

            def process_response(self, request, response):
                if transaction.is_managed():
                    transaction.commit()
                    transaction.leave_transaction_management()
                return response
        """,
            "object",
        ),
    ),
    "S3-only-that-operand-goes": (
        hooks(
            """
            def process_request(self, request):
                transaction.enter_transaction_management()
                transaction.managed(True)

            def process_response(self, request, response):
                if transaction.is_managed() and transaction.is_dirty():
                    transaction.commit()
                transaction.leave_transaction_management()
                return response
        """,
            "object",
        ),
        hooks(
            """
            def process_request(self, request):
                transaction.enter_transaction_management()
                transaction.managed(True)

            def process_response(self, request, response):
                if transaction.is_managed():
                    transaction.commit()
                transaction.leave_transaction_management()
                return response
        """,
            "object",
        ),
    ),
    "S5-loop-over-aliases": (
        called("""
            for alias in connections:
                transaction.set_autocommit(False, using=alias)
            response = self.get_response(request)
            for alias in connections:
                if transaction.is_dirty(using=alias):
                    transaction.commit(using=alias)
                transaction.set_autocommit(True, using=alias)
            return response
        """),
        called("""
            for alias in connections:
                transaction.set_autocommit(False, using=alias)
            response = self.get_response(request)
            for alias in connections:
                transaction.commit(using=alias)
                transaction.set_autocommit(True, using=alias)
            return response
        """),
    ),
    "S5-connection-object": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if connection.is_dirty():
                connection.commit()
            return response
        """),
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            connection.commit()
            connection.set_autocommit(True)
            return response
        """).replace("connection, ", "connection, "),
    ),
    "S18-number-of-queries": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if len(connection.queries) > 0:
                transaction.commit()
            return response
        """),
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            transaction.commit()
            transaction.set_autocommit(True)
            return response
        """).replace("import connection, connections", "import connections"),
    ),
    "early-return": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if not request._dirty:
                return response
            transaction.commit()
            return response
        """),
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            transaction.commit()
            transaction.set_autocommit(True)
            return response
        """),
    ),
    "ternary": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            transaction.commit() if request._dirty else None
            transaction.set_autocommit(True)
            return response
        """),
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            transaction.commit()
            transaction.set_autocommit(True)
            return response
        """),
    ),
    "and-expression": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            request._dirty and transaction.commit()
            transaction.set_autocommit(True)
            return response
        """),
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            transaction.commit()
            transaction.set_autocommit(True)
            return response
        """),
    ),
    "elif-becomes-else": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.rollback()
            elif request._dirty:
                transaction.commit()
            transaction.set_autocommit(True)
            return response
        """),
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.rollback()
            else:
                transaction.commit()
            transaction.set_autocommit(True)
            return response
        """),
    ),
    "variable-holds-the-test": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            written = request._dirty
            if written:
                transaction.commit()
            return response
        """),
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            written = request._dirty
            transaction.commit()
            transaction.set_autocommit(True)
            return response
        """),
    ),
    "subclass-of-the-removed-class": (
        HEAD.replace("from shop", "from django.middleware.transaction import TransactionMiddleware\nfrom shop")
        + dedent("""\
            class Middleware(TransactionMiddleware):
                def process_response(misspelt, request, response):
                    if transaction.is_managed():
                        if transaction.is_dirty():
                            good = not isinstance(response, Failure)
                            if good:
                                transaction.commit()
                            else:
                                transaction.rollback()

                        transaction.leave_transaction_management()

                    return response
            """),
        HEAD.replace("from shop", "from django.middleware.transaction import TransactionMiddleware\nfrom shop")
        + dedent("""\
            class Middleware(TransactionMiddleware):
                def process_response(misspelt, request, response):
                    if transaction.is_managed():
                        good = not isinstance(response, Failure)
                        if good:
                            transaction.commit()
                        else:
                            transaction.rollback()

                        transaction.leave_transaction_management()

                    return response
            """),
    ),
}

# what is found, and ended on the path that did not end it
BRANCHED: dict[str, tuple[str, str]] = {
    "S10-by-method": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request.method in ("POST", "PUT"):
                transaction.commit()
            return response
        """),
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request.method in ("POST", "PUT"):
                transaction.commit()
            else:
                transaction.rollback()
            transaction.set_autocommit(True)
            return response
        """),
    ),
    "S10-restored": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request.method != "GET":
                transaction.commit()  # writes
            transaction.set_autocommit(True)
            return response
        """),
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request.method != "GET":
                transaction.commit()  # writes
            else:
                transaction.rollback()
            transaction.set_autocommit(True)
            return response
        """),
    ),
    "S13-by-status": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if response.status_code < 400:
                transaction.commit()
                transaction.set_autocommit(True)
            return response
        """),
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if response.status_code < 400:
                transaction.commit()
                transaction.set_autocommit(True)
            else:
                transaction.rollback()
                transaction.set_autocommit(True)
            return response
        """),
    ),
    "S13-named-alias": (
        called("""
            transaction.set_autocommit(False, "orders")
            response = self.get_response(request)
            if response.status_code < 400:
                transaction.commit(using="orders")
            transaction.set_autocommit(True, "orders")
            return response
        """),
        called("""
            transaction.set_autocommit(False, "orders")
            response = self.get_response(request)
            if response.status_code < 400:
                transaction.commit(using="orders")
            else:
                transaction.rollback(using="orders")
            transaction.set_autocommit(True, "orders")
            return response
        """),
    ),
    "S13-third-branch": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.rollback()
            elif response.status_code < 400:
                transaction.commit()
            transaction.set_autocommit(True)
            return response
        """),
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.rollback()
            elif response.status_code < 400:
                transaction.commit()
            else:
                transaction.rollback()
            transaction.set_autocommit(True)
            return response
        """),
    ),
    "S15-early-return": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request.path.startswith("/static/"):
                return response
            transaction.commit()
            transaction.set_autocommit(True)
            return response
        """),
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request.path.startswith("/static/"):
                transaction.rollback()
                transaction.set_autocommit(True)
                return response
            transaction.commit()
            transaction.set_autocommit(True)
            return response
        """),
    ),
    "S16-hooks": (
        hooks("""
            def process_request(self, request):
                transaction.set_autocommit(False)

            def process_response(self, request, response):
                if response.status_code < 400:
                    transaction.commit()
                transaction.set_autocommit(True)
                return response
        """),
        hooks("""
            def process_request(self, request):
                transaction.set_autocommit(False)

            def process_response(self, request, response):
                if response.status_code < 400:
                    transaction.commit()
                else:
                    transaction.rollback()
                transaction.set_autocommit(True)
                return response
        """),
    ),
}

# what is found, but left to a person, and the words that say why
REFUSED: dict[str, tuple[str, str]] = {
    "a-question-asked-anew-in-each-round": (
        hooks("""
        def process_request(self, request):
            transaction.set_autocommit(False)

        def process_response(self, request, response):
            for step in request.steps:
                done = self.done(step)
                if done:
                    transaction.commit()
                    transaction.set_autocommit(True)
                    return response
            return response
    """),
        "policy",
    ),
    "S4-else": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request._dirty:
                transaction.commit()
            else:
                log("nothing to do")
            return response
        """),
        "else",
    ),
    "S20-feature-flag": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if settings.COMMIT_WORK:
                transaction.commit()
            return response
        """),
        "policy",
    ),
    "or": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request._dirty or request.forced:
                transaction.commit()
            return response
        """),
        "`or`",
    ),
    "assignment-in-the-test": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request._dirty and (user := request.user):
                transaction.commit()
            return response
        """),
        "assigns",
    ),
    "body-does-more": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request._dirty:
                transaction.commit()
                log("committed")
            return response
        """),
        "more than end",
    ),
    "body-sets-what-others-read": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request._dirty:
                transaction.commit()
                request.committed = True
            return response
        """),
        "other code may read",
    ),
    "body-returns-another-thing": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request._dirty:
                transaction.commit()
                return self.changed(response)
            return response
        """),
        "more than end",
    ),
    "early-return-of-another-thing": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if not request._dirty:
                return None
            transaction.commit()
            return response
        """),
        "different things",
    ),
    "early-return-with-a-comment": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if not request._dirty:
                # nothing was written
                return response
            transaction.commit()
            return response
        """),
        "comment",
    ),
    "early-return-does-more": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if not request._dirty:
                log("clean")
                return response
            transaction.commit()
            return response
        """),
        "more than leaving",
    ),
    "begun-for-some-requests": (
        called("""
            if request.user.is_staff:
                transaction.set_autocommit(False)
            response = self.get_response(request)
            if request._dirty:
                transaction.commit()
            return response
        """),
        "some requests only",
    ),
    "begun-after-an-early-return": (
        called("""
            if request.path == "/health":
                return self.get_response(request)
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request._dirty:
                transaction.commit()
            return response
        """),
        "some requests only",
    ),
    "another-path-is-open-as-well": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request.user.is_staff:
                return response
            if request._dirty:
                transaction.commit()
            return response
        """),
        "another path",
    ),
    "elif-of-several-tests": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.rollback()
            elif request._dirty and request.user:
                transaction.commit()
            return response
        """),
        "elif",
    ),
    "operand-with-a-comment": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if (
                request._dirty  # by the signals
                and request.user
            ):
                transaction.commit()
            return response
        """),
        "another path",
    ),
    "commit-in-a-loop-over-something": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            for alias in request.aliases:
                transaction.commit(using=alias)
            return response
        """),
        "policy",
    ),
    "caught-and-swallowed": (
        hooks("""
            def process_request(self, request):
                transaction.set_autocommit(False)

            def process_response(self, request, response):
                try:
                    log(response)
                    transaction.commit()
                except ValueError:
                    log("failed")
                return response
        """),
        "policy",
    ),
    "match-without-a-rest": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            match request.method:
                case "POST":
                    transaction.commit()
            return response
        """),
        "policy",
    ),
    "two-paths-are-open": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request.user.is_staff:
                return response
            if request.method == "POST":
                transaction.commit()
            return response
        """),
        "policy",
    ),
    "early-return-on-one-line": (
        called("""
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request.user.is_staff: return response
            transaction.commit()
            transaction.set_autocommit(True)
            return response
        """),
        "same line",
    ),
    "commit-in-a-spelling-of-its-own": (
        called("""
            from django.db.transaction import commit
            transaction.set_autocommit(False)
            response = self.get_response(request)
            if request.method == "POST":
                commit()
            return response
        """),
        "policy",
    ),
    "helper-does-not-always-end": (
        hooks("""
            def process_request(self, request):
                transaction.set_autocommit(False)

            def finish(self, request):
                if request.method == "POST":
                    transaction.commit()

            def process_response(self, request, response):
                self.finish(request)
                return response
        """),
        "policy",
    ),
}

# what must stay silent: every path ends, or it is none of our business
SILENT: dict[str, str] = {
    "the-same-question-by-a-name": hooks("""
        def database(self, request):
            tenant = getattr(request, "tenant", None)
            if tenant:
                return tenant.database

        def process_request(self, request):
            using = self.database(request)
            if using:
                transaction.set_autocommit(False, using=using)

        def process_response(self, request, response):
            using = self.database(request)
            if using:
                if response.status_code >= 500:
                    transaction.rollback(using=using)
                else:
                    transaction.commit(using=using)
                transaction.set_autocommit(True, using=using)
            return response
    """),
    "S6-guard-in-manual-mode": called("""
        transaction.set_autocommit(False)
        response = self.get_response(request)
        if not transaction.get_autocommit():
            transaction.commit()
            transaction.set_autocommit(True)
        return response
    """),
    "S9-guard-for-nesting": called("""
        transaction.set_autocommit(False)
        response = self.get_response(request)
        if not connection.in_atomic_block:
            transaction.commit()
            transaction.set_autocommit(True)
        return response
    """),
    "S11-begun-for-unsafe-methods": called("""
        if request.method in ("GET", "HEAD"):
            return self.get_response(request)
        transaction.set_autocommit(False)
        response = self.get_response(request)
        transaction.commit()
        transaction.set_autocommit(True)
        return response
    """),
    "S11-atomic-for-unsafe-methods": called("""
        if request.method in ("GET", "HEAD"):
            return self.get_response(request)
        with transaction.atomic():
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response
    """),
    "S11-the-same-test-twice": called("""
        if request.method == "POST":
            transaction.set_autocommit(False)
        response = self.get_response(request)
        if request.method == "POST":
            transaction.commit()
            transaction.set_autocommit(True)
        return response
    """),
    "S11-the-opposite-test": called("""
        if request.method != "GET":
            transaction.set_autocommit(False)
        response = self.get_response(request)
        if request.method == "GET":
            return response
        transaction.commit()
        transaction.set_autocommit(True)
        return response
    """),
    "S12-status-decides": called("""
        transaction.set_autocommit(False)
        response = self.get_response(request)
        if response.status_code >= 400:
            transaction.rollback()
        else:
            transaction.commit()
        transaction.set_autocommit(True)
        return response
    """),
    "S12-ternary": called("""
        transaction.set_autocommit(False)
        response = self.get_response(request)
        transaction.rollback() if response.status_code >= 400 else transaction.commit()
        transaction.set_autocommit(True)
        return response
    """),
    "S12-type-decides": hooks("""
        def process_request(self, request):
            transaction.set_autocommit(False)

        def process_exception(self, request, exception):
            transaction.rollback()

        def process_response(self, request, response):
            if isinstance(response, Failure):
                transaction.rollback()
            else:
                transaction.commit()
            transaction.set_autocommit(True)
            return response
    """),
    "S14-marked-for-rollback": called("""
        with transaction.atomic():
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response
    """),
    "S17-atomic-view": hooks("""
        def process_view(self, request, view, args, kwargs):
            return transaction.atomic(view)(request, *args, **kwargs)
    """),
    "S17-atomic-around-the-view": hooks("""
        def process_view(self, request, view, args, kwargs):
            with transaction.atomic():
                return view(request, *args, **kwargs)
    """),
    "S19-commit-or-roll-back": hooks("""
        def process_request(self, request):
            transaction.set_autocommit(False)

        def process_exception(self, request, exception):
            transaction.rollback()

        def process_response(self, request, response):
            try:
                transaction.commit()
            except Exception:
                transaction.rollback()
                raise
            finally:
                transaction.set_autocommit(True)
            return response
    """),
    "S21-savepoints": called("""
        sid = transaction.savepoint()
        response = self.get_response(request)
        if sid:
            transaction.savepoint_commit(sid)
        return response
    """),
    "S22-framework-idiom": called("""
        response = self.get_response(request)
        if not transaction.get_autocommit() and response.exception:
            transaction.set_rollback(True)
        return response
    """),
    "S24-jobs": HEAD + "class JobMiddleware:\n    def process_job(self, job):\n        transaction.set_autocommit(False)\n\n    def process_result(self, job):\n        if job.dirty:\n            transaction.commit()\n            transaction.set_autocommit(True)\n",
    "dry-run-always-rolls-back": hooks("""
        def process_request(self, request):
            transaction.set_autocommit(False)

        def process_response(self, request, response):
            transaction.rollback()
            transaction.set_autocommit(True)
            return response
    """),
    "flag-of-its-own": called("""
        begun = False
        if request.user.is_staff:
            transaction.set_autocommit(False)
            begun = True
        response = self.get_response(request)
        if begun:
            transaction.commit()
            transaction.set_autocommit(True)
        return response
    """),
    "helpers-of-the-class": hooks("""
        def process_request(self, request):
            self.begin()

        def begin(self):
            transaction.set_autocommit(False)

        def end(self, good):
            if good:
                transaction.commit()
            else:
                transaction.rollback()
            transaction.set_autocommit(True)

        def process_response(self, request, response):
            self.end(response.status_code < 400)
            return response
    """),
    "finally": called("""
        transaction.set_autocommit(False)
        response = None
        try:
            response = self.get_response(request)
        finally:
            if response is not None and response.status_code < 400:
                transaction.commit()
            else:
                transaction.rollback()
            transaction.set_autocommit(True)
        return response
    """),
    "every-alias": called("""
        for alias in connections:
            transaction.set_autocommit(False, using=alias)
        response = self.get_response(request)
        for alias in connections:
            transaction.rollback(using=alias)
            transaction.set_autocommit(True, using=alias)
        return response
    """),
    "match-with-a-rest": called("""
        transaction.set_autocommit(False)
        response = self.get_response(request)
        match response.status_code:
            case 200:
                transaction.commit()
            case _:
                transaction.rollback()
        transaction.set_autocommit(True)
        return response
    """),
    "saved-and-given-back": called("""
        before = transaction.get_autocommit()
        transaction.set_autocommit(False)
        response = self.get_response(request)
        if response.status_code < 400:
            transaction.commit()
        else:
            transaction.rollback()
        transaction.set_autocommit(before)
        return response
    """),
    "own-flag-without-a-transaction": called("""
        response = self.get_response(request)
        if request._dirty:
            cache.clear()
        return response
    """),
    "zodb": "import transaction\n\n\nclass Middleware:\n    def __init__(self, get_response):\n        self.get_response = get_response\n\n    def __call__(self, request):\n        transaction.begin()\n        response = self.get_response(request)\n        if request._dirty:\n            transaction.commit()\n        return response\n",
    "ldap": "from ldapdb import transaction\n\n\nclass Middleware:\n    def process_response(self, request, response):\n        if transaction.is_dirty():\n            transaction.commit()\n        return response\n\n    def __init__(self, get_response):\n        pass\n",
    "method-of-an-object": called("""
        response = self.get_response(request)
        if request.form.is_dirty():
            request.basket.commit()
        return response
    """),
    "cursor-only": called("""
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return self.get_response(request)
    """),
}  # fmt: skip
