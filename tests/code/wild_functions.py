"""Functions, commands, tasks and context managers as projects write them, each right in its way."""

from __future__ import annotations

SHAPES = {
    "exitstack-over-aliases": """\
def in_all(aliases):
    with ExitStack() as stack:
        for alias in aliases:
            stack.enter_context(transaction.atomic(using=alias))
        work()
""",
    "generator-context-manager": """\
@contextmanager
def manual():
    transaction.set_autocommit(False)
    try:
        yield
    except Exception:
        transaction.rollback()
        raise
    else:
        transaction.commit()
    finally:
        transaction.set_autocommit(True)
""",
    "decorator-with-arguments": """\
def commit_every(n, using=None):
    def deco(f):
        @functools.wraps(f)
        def inner(*a, **k):
            transaction.set_autocommit(False, using=using)
            try:
                for i, x in enumerate(f(*a, **k)):
                    if i % n == 0:
                        transaction.commit(using=using)
                transaction.commit(using=using)
            except BaseException:
                transaction.rollback(using=using)
                raise
            finally:
                transaction.set_autocommit(True, using=using)
        return inner
    return deco
""",
    "saved-and-restored": """\
def saved(f):
    before = transaction.get_autocommit()
    transaction.set_autocommit(False)
    try:
        r = f()
        transaction.commit()
        return r
    except Exception:
        transaction.rollback()
        raise
    finally:
        transaction.set_autocommit(before)
""",
    "batch-in-command": """\
class Command(BaseCommand):
    def handle(self, *a, **o):
        transaction.set_autocommit(False)
        try:
            for i, row in enumerate(rows()):
                Order.objects.create(n=row)
                if i % 1000 == 0:
                    transaction.commit()
            transaction.commit()
        finally:
            transaction.set_autocommit(True)
""",
    "thread-closing": """\
def spawn():
    def run():
        try:
            Order.objects.first()
        finally:
            connection.close()
    threading.Thread(target=run).start()
""",
    "executor": """\
def pooled(xs):
    def one(x):
        try:
            return Order.objects.get(pk=x)
        finally:
            connections.close_all()
    with ThreadPoolExecutor() as ex:
        return list(ex.map(one, xs))
""",
    "savepoints": """\
def sp():
    with transaction.atomic():
        sid = transaction.savepoint()
        try:
            go()
        except Exception:
            transaction.savepoint_rollback(sid)
        else:
            transaction.savepoint_commit(sid)
""",
    "rollback-of-a-dry-run-inside-atomic": """\
def dry(dry_run):
    with transaction.atomic():
        go()
        if dry_run:
            transaction.set_rollback(True)
""",
    "on-commit": """\
def oc():
    with transaction.atomic():
        transaction.on_commit(lambda: connection.close())
""",
    "nested-function-in-atomic": """\
def nested():
    with transaction.atomic():
        def cb():
            transaction.commit()
        register(cb)
""",
    "set-autocommit-with-durable-lock": """\
class Lock:
    def __enter__(self):
        transaction.set_autocommit(False)
        return self
    def __exit__(self, t, v, tb):
        if t is None:
            transaction.commit()
        else:
            transaction.rollback()
        transaction.set_autocommit(True)
""",
    "commit-or-rollback-depending-on-flag-dry-run": """\
def importer(dry_run=False):
    transaction.set_autocommit(False)
    try:
        do()
        if dry_run:
            transaction.rollback()
        else:
            transaction.commit()
    except Exception:
        transaction.rollback()
        raise
    finally:
        transaction.set_autocommit(True)
""",
    "exitstack-callback-restore": """\
def stack_restore():
    with ExitStack() as stack:
        transaction.set_autocommit(False)
        stack.callback(transaction.set_autocommit, True)
        do()
        transaction.commit()
""",
    "task": """\
@shared_task
def t():
    transaction.set_autocommit(False)
    try:
        do()
        transaction.commit()
    except Exception as exc:
        transaction.rollback()
        raise t.retry(exc=exc)
    finally:
        transaction.set_autocommit(True)
""",
    "read-only-context-manager": """\
@contextmanager
def read_only(using="default"):
    with transaction.atomic(using=using):
        with connections[using].cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield
""",
    "loop-aliases": """\
def each():
    for alias in connections:
        with transaction.atomic(using=alias):
            do()
        connections[alias].close()
""",
    "on-retry-close-broken-connection": """\
def retry(f):
    @functools.wraps(f)
    def inner(*a):
        for i in range(3):
            try:
                with transaction.atomic():
                    return f(*a)
            except OperationalError:
                connection.close()
        return None
    return inner
""",
    "view-class": """\
class V(View):
    @method_decorator(transaction.atomic)
    def post(self, request):
        Order.objects.create()
        return r

    @method_decorator(transaction.non_atomic_requests)
    def dispatch(self, *a, **k):
        return super().dispatch(*a, **k)
""",
    "close-before-fork": """\
import multiprocessing
def fork():
    Order.objects.first()
    connections.close_all()
    multiprocessing.Process(target=fork).start()
""",
    "custom-exception-rollback-in-atomic-then-reraise": """\
class RollbackError(Exception):
    pass

def rb():
    try:
        with transaction.atomic():
            do()
            raise RollbackError
    except RollbackError:
        pass
""",
    "while-true-with-close-old": """\
class Worker(BaseCommand):
    def handle(self, *a, **k):
        while True:
            close_old_connections()
            Order.objects.first()
""",
    "except-handler-that-returns-an-error-response-fr": """\
def view(request):
    transaction.set_autocommit(False)
    try:
        do()
    except IntegrityError:
        transaction.rollback()
        transaction.set_autocommit(True)
        return HttpResponse(status=409)
    except Exception:
        transaction.rollback()
        transaction.set_autocommit(True)
        raise
    transaction.commit()
    transaction.set_autocommit(True)
    return HttpResponse()
""",
    "atexit": """\
def cli():
    transaction.set_autocommit(False)
    atexit.register(transaction.rollback)
""",
    "apiview-with-handler": """\
class Api(APIView):
    def post(self, request):
        with transaction.atomic():
            r = self.work()
            if r.errors:
                transaction.set_rollback(True)
                return r
        return r
""",
    "test-mode": """\
class Sandbox:
    def setup(self):
        transaction.set_autocommit(False)
    def teardown(self):
        transaction.rollback()
        transaction.set_autocommit(True)
""",
    "context-manager-with-using-attribute": """\
class Manual:
    def __init__(self, using):
        self.using = using
    def __enter__(self):
        self.saved = transaction.get_autocommit(self.using)
        transaction.set_autocommit(False, self.using)
    def __exit__(self, et, e, tb):
        try:
            if et:
                transaction.rollback(self.using)
            else:
                transaction.commit(self.using)
        finally:
            transaction.set_autocommit(self.saved, self.using)
""",
    "retry-loop": """\
def retry():
    for attempt in range(3):
        transaction.set_autocommit(False)
        try:
            do()
            transaction.commit()
            return True
        except DatabaseError:
            transaction.rollback()
            time.sleep(1)
        finally:
            transaction.set_autocommit(True)
    return False
""",
    "function-level-atomic-with-get-connection-rollba": """\
def raw():
    conn = connection.connection
    cur = conn.cursor()
    cur.execute("SELECT 1")
    conn.commit()
""",
    "stream-closes": """\
def stream(request):
    def gen():
        yield 1
        connection.close()
    return StreamingHttpResponse(gen())
""",
    "async-view-in-non-view-file": """\
async def consumer(request):
    return HttpResponse()
""",
    "lambda-rollback": """\
def cb():
    with transaction.atomic():
        transaction.on_commit(lambda: transaction.commit())
""",
    "try-finally-rollback-always": """\
def preview(request):
    transaction.set_autocommit(False)
    try:
        r = do()
        return HttpResponse(r)
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)
""",
    "function-returning-decorator-closing-connections": """\
def close_after(f):
    def inner(*a, **k):
        try:
            return f(*a, **k)
        finally:
            connections.close_all()
    return inner
""",
    "unit-of-work-generator-with-send": """\
def unit():
    transaction.set_autocommit(False)
    try:
        while True:
            x = yield
            if x is None:
                transaction.commit()
                break
    except GeneratorExit:
        transaction.rollback()
    finally:
        transaction.set_autocommit(True)
""",
}
