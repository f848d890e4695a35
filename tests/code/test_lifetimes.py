"""The heuristics about connections outside requests: what they see, and what they must not."""

from __future__ import annotations

import pytest

from djconnfix.code.kinds import (
    FORK_AFTER_QUERY,
    LOOP_WITHOUT_CLOSE,
    QUERY_AT_IMPORT,
    SESSION_STATE,
    SLOW_CALL_IN_ATOMIC,
    STREAM_AFTER_QUERY,
    THREAD_WITHOUT_CLOSE,
)
from tests.code.files import facts

COMMAND = "from django.core.management.base import BaseCommand\nfrom django.db import close_old_connections, connection\n\n\nclass Command(BaseCommand):\n    def handle(self, **options):\n"
CURSOR = "from django.db import connection\n\n\ndef f():\n    with connection.cursor() as cursor:\n        cursor.execute({})\n"
ATOMIC = "import subprocess\nimport time\n\nimport requests\nfrom django.core.mail import send_mail\nfrom django.db import transaction\n\n\ndef f(order):\n    with transaction.atomic():\n        order.save()\n{}"

FOUND = {
    "loop": (LOOP_WITHOUT_CLOSE, COMMAND + "        while True:\n            Job.objects.first().run()\n"),
    "loop-with-one": (LOOP_WITHOUT_CLOSE, COMMAND + "        while 1:\n            job.save()\n        while True:\n            pass\n"),
    "thread": (THREAD_WITHOUT_CLOSE, "import threading\n\n\ndef f():\n    A.objects.first()\n\n\ndef g():\n    threading.Thread(target=f).start()\n"),
    "thread-by-name": (THREAD_WITHOUT_CLOSE, "from threading import Thread as T\n\n\ndef f():\n    A.objects.first()\n\n\ndef g():\n    T(target=f, daemon=True).start()\n"),
    "executor": (THREAD_WITHOUT_CLOSE, "from concurrent.futures import ThreadPoolExecutor\n\n\ndef f():\n    A.objects.first()\n\n\ndef g():\n    with ThreadPoolExecutor() as pool:\n        pool.submit(f)\n"),
    "stream": (STREAM_AFTER_QUERY, "from django.http import StreamingHttpResponse\n\n\ndef f(request):\n    a = A.objects.first()\n    return StreamingHttpResponse(a.lines())\n"),
    "process": (FORK_AFTER_QUERY, "import multiprocessing\n\n\ndef f():\n    a = A.objects.first()\n    multiprocessing.Process(target=g).start()\n"),
    "set": (SESSION_STATE, CURSOR.format('"SET search_path TO a"')),
    "f-string": (SESSION_STATE, CURSOR.format('f"SET search_path TO {1}"')),
    "advisory-lock": (SESSION_STATE, CURSOR.format('"SELECT pg_advisory_lock(1)"')),
    "set-config": (SESSION_STATE, CURSOR.format("\"SELECT pg_advisory_lock(1), set_config('a', 'b', false)\"")),
    "temporary-table": (SESSION_STATE, CURSOR.format('"create temp table t (a int)".upper() and "CREATE TEMP TABLE t (a int)"').replace('"create temp table t (a int)".upper() and ', "")),
    "import-list": (QUERY_AT_IMPORT, "A = list(Kind.objects.all())\n"),
    "import-loop": (QUERY_AT_IMPORT, "A = {}\nfor kind in Kind.objects.filter(on=True):\n    A[kind.pk] = kind\n"),
    "import-get": (QUERY_AT_IMPORT, "A = Kind.objects.get(pk=1)\n"),
    "http": (SLOW_CALL_IN_ATOMIC, ATOMIC.format("        requests.post('x')\n")),
    "sleep": (SLOW_CALL_IN_ATOMIC, ATOMIC.format("        time.sleep(1)\n")),
    "mail": (SLOW_CALL_IN_ATOMIC, ATOMIC.format("        send_mail('a', 'b', 'c', ['d'])\n")),
    "subprocess": (SLOW_CALL_IN_ATOMIC, ATOMIC.format("        if order.big:\n            subprocess.run(['x'])\n        time.time()\n").replace("time.time()", "requests_left = 0")),
}  # fmt: skip

SILENT = {
    "loop-that-closes-old": COMMAND + "        while True:\n            close_old_connections()\n            Job.objects.first().run()\n",
    "loop-that-closes": COMMAND + "        while True:\n            Job.objects.first().run()\n            connection.close()\n",
    "loop-with-an-end": COMMAND + "        while self.more:\n            Job.objects.first().run()\n",
    "loop-without-queries": COMMAND + "        while True:\n            self.tick()\n",
    "loop-elsewhere": "class Command:\n    def handle(self):\n        while True:\n            Job.objects.first()\n# BaseCommand django\n",
    "thread-that-closes": "import threading\nfrom django.db import connections\n\n\ndef f():\n    try:\n        A.objects.first()\n    finally:\n        connections.close_all()\n\n\ndef g():\n    threading.Thread(target=f).start()\n",
    "thread-with-a-helper-that-closes": "import threading\n\n\ndef f():\n    A.objects.first()\n    close_my_connections()\n\n\ndef g():\n    threading.Thread(target=f).start()\n",
    "thread-without-queries": "import threading\n\n\ndef f():\n    tick()\n\n\ndef g():\n    A.objects.first()\n    threading.Thread(target=f).start()\n",
    "thread-of-another-library": "from green import Thread\n\n\ndef f():\n    A.objects.first()\n\n\ndef g():\n    Thread(target=f).start()\n",
    "thread-out-of-sight": "import threading\n\nfrom shop.jobs import f\n\n\ndef g():\n    A.objects.first()\n    threading.Thread(target=f).start()\n",
    "stream-without-queries": "from django.http import StreamingHttpResponse\n\n\ndef f(request):\n    return StreamingHttpResponse(lines())\n# .objects\n",
    "stream-after-a-close": "from django.db import connection\nfrom django.http import StreamingHttpResponse\n\n\ndef f(request):\n    a = A.objects.first()\n    connection.close()\n    return StreamingHttpResponse(a.lines())\n",
    "plain-response": "from django.http import HttpResponse\n\n\ndef f(request):\n    a = A.objects.first()\n    return HttpResponse(a)\n# StreamingHttpResponse\n",
    "process-before-the-query": "import multiprocessing\n\n\ndef f():\n    multiprocessing.Process(target=g).start()\n    a = A.objects.first()\n",
    "process-after-a-close": "import multiprocessing\nfrom django.db import connections\n\n\ndef f():\n    a = A.objects.first()\n    connections.close_all()\n    multiprocessing.Process(target=g).start()\n",
    "set-local": CURSOR.format('"SET LOCAL search_path TO a"'),
    "set-transaction": CURSOR.format('"SET TRANSACTION READ ONLY"'),
    "set-constraints": CURSOR.format('"SET CONSTRAINTS ALL DEFERRED"'),
    "update": CURSOR.format('"UPDATE a SET b = 1"'),
    "transaction-lock": CURSOR.format('"SELECT pg_advisory_xact_lock(1)"') + "# pg_advisory_lock\n",
    "another-librarys-cursor": "import psycopg\n\n# django\n\n\ndef f(cursor):\n    cursor.execute('SET a TO b')\n",
    "query-set-only-built": "A = Kind.objects.filter(on=True)\n",
    "query-in-a-function": "def f():\n    return list(Kind.objects.all())\n\n\nA = Kind.objects.all()\n",
    "query-in-a-lambda": "A = lambda: list(Kind.objects.all())\n",
    "query-under-main": 'if __name__ == "__main__":\n    print(list(Kind.objects.all()))\nA = Kind.objects.all()\n',
    "objects-of-something": "import space\n\nA = list(space.objects.all())\n",
    "http-after-the-block": ATOMIC.format("    requests.post('x')\n"),
    "http-on-commit": ATOMIC.format("        transaction.on_commit(lambda: requests.post('x'))\n"),
    "own-requests": ATOMIC.replace("import requests", "from shop import requests").format("        requests.post('x')\n"),
}  # fmt: skip

KINDS = {
    FORK_AFTER_QUERY, LOOP_WITHOUT_CLOSE, QUERY_AT_IMPORT, SESSION_STATE, SLOW_CALL_IN_ATOMIC, STREAM_AFTER_QUERY,
    THREAD_WITHOUT_CLOSE,
}  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), FOUND.values(), ids=FOUND)
def test_it_is_found_once(kind: str, text: str) -> None:
    assert [f.kind for f in facts({"shop/work.py": text}) if f.kind in KINDS] == [kind]


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT)
def test_it_is_not_found(text: str) -> None:
    assert [f.kind for f in facts({"shop/work.py": text}) if f.kind in KINDS] == []


@pytest.mark.parametrize("path", ["shop/migrations/0002_x.py", "shop/tests.py", "shop/management/commands/x.py"])
def test_the_session_of_what_runs_once_is_its_own(path: str) -> None:
    assert facts({path: FOUND["set"][1]}, SESSION_STATE) == []
