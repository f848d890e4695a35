"""Middleware as projects write it, each right in its way: nothing may be said of any."""

from __future__ import annotations

SHAPES = {
    "middleware-with-exitstack": """\
class MultiAtomic:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with ExitStack() as stack:
            for alias in connections:
                stack.enter_context(transaction.atomic(using=alias))
            response = self.get_response(request)
            if response.status_code >= 500:
                for alias in connections:
                    transaction.set_rollback(True, using=alias)
        return response
""",
    "middleware-closes-for-long-polls-only": """\
class ClosesLong:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path.startswith("/poll"):
            connection.close()
        return response
""",
    "async-middleware-using-sync-to-async": """\
class AsyncMW:
    async_capable = True
    sync_capable = False

    def __init__(self, get_response):
        self.get_response = get_response

    async def __call__(self, request):
        response = await self.get_response(request)
        await sync_to_async(close_old_connections)()
        return response
""",
    "sync-async-dual": """\
def dual(get_response):
    import asyncio
    if asyncio.iscoroutinefunction(get_response):
        async def middleware(request):
            return await get_response(request)
    else:
        def middleware(request):
            with transaction.atomic():
                response = get_response(request)
                if response.status_code >= 400:
                    transaction.set_rollback(True)
            return response
    return middleware
""",
    "process-view-wraps": """\
class Wrap:
    def __init__(self, get_response):
        self.get_response = get_response
    def __call__(self, request):
        return self.get_response(request)
    def process_view(self, request, view, args, kwargs):
        if getattr(view, "atomic_off", False):
            return None
        with transaction.atomic():
            return view(request, *args, **kwargs)
""",
    "middleware-status-policy-atomic-exceptions": """\
class Policy:
    def __init__(self, get_response):
        self.get_response = get_response
    def __call__(self, request):
        if request.method in ("GET", "HEAD"):
            return self.get_response(request)
        with transaction.atomic():
            response = self.get_response(request)
            if getattr(response, "exception", False):
                transaction.set_rollback(True)
            return response
""",
    "ordinary-mw-with-try-except-databaseerror-in-cal": """\
class Audit(MiddlewareMixin):
    def process_response(self, request, response):
        try:
            with transaction.atomic():
                log(request)
        except DatabaseError:
            pass
        return response
""",
    "audit-before-get-response-inside-atomic-get-resp": """\
class Before:
    def __init__(self, get_response):
        self.get_response = get_response
    def __call__(self, request):
        with transaction.atomic():
            log(request)
        return self.get_response(request)
""",
    "manual-commit-where-get-autocommit-false-s6": """\
class S6(MiddlewareMixin):
    def process_response(self, request, response):
        if not transaction.get_autocommit():
            transaction.commit()
        return response
""",
    "subclass-hook-calling-super": """\
class Base:
    def __init__(self, get_response):
        self.get_response = get_response
    def __call__(self, request):
        self.begin()
        try:
            response = self.get_response(request)
            self.finish(response)
            return response
        finally:
            transaction.set_autocommit(True)
    def begin(self):
        transaction.set_autocommit(False)
    def finish(self, response):
        if response.status_code >= 400:
            transaction.rollback()
        else:
            transaction.commit()
""",
    "process-exception-flags-process-response-decides": """\
class Flagged(MiddlewareMixin):
    def process_request(self, request):
        transaction.set_autocommit(False)
        request.failed = False
    def process_exception(self, request, exception):
        request.failed = True
    def process_response(self, request, response):
        if request.failed:
            transaction.rollback()
        else:
            transaction.commit()
        transaction.set_autocommit(True)
        return response
""",
    "middleware-that-handles-exception-itself-by-call": """\
class PV(MiddlewareMixin):
    def process_view(self, request, view_func, a, k):
        if request.method == "GET":
            return None
        return transaction.atomic(view_func)(request, *a, **k)
""",
    "two-phase": """\
class TwoPhase:
    def __init__(self, get_response):
        self.get_response = get_response
    def __call__(self, request):
        transaction.set_autocommit(False)
        try:
            response = self.get_response(request)
            ok = response.status_code < 500
            if ok:
                transaction.commit()
            return response
        finally:
            transaction.rollback()
            transaction.set_autocommit(True)
""",
    "match": """\
class M:
    def __init__(self, get_response):
        self.get_response = get_response
    def __call__(self, request):
        transaction.set_autocommit(False)
        response = self.get_response(request)
        match response.status_code // 100:
            case 2 | 3:
                transaction.commit()
            case _:
                transaction.rollback()
        transaction.set_autocommit(True)
        return response
""",
    "walrus": """\
class W:
    def __init__(self, get_response):
        self.get_response = get_response
    def __call__(self, request):
        transaction.set_autocommit(False)
        if (response := self.get_response(request)).status_code < 400:
            transaction.commit()
        else:
            transaction.rollback()
        transaction.set_autocommit(True)
        return response
""",
}
