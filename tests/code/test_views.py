"""What views do to the connection and the transaction of their request, and raw SQL that does it behind Django's back."""

from __future__ import annotations

import pytest

from djconnfix.code.kinds import (
    CLOSED_PER_REQUEST,
    DURABLE_IN_VIEW,
    ERROR_RETURNED,
    OPTED_OUT_IN_VAIN,
    RAW_TRANSACTION,
)
from tests.code.files import facts, rewritten

HEAD = (
    "from django.db import IntegrityError, connection, connections, transaction\n"
    "from django.http import HttpResponse, HttpResponseBadRequest\nfrom django.utils.decorators import method_decorator\n"
    "from django.views import View\n\nfrom shop.models import Order\n\n\n"
)

CLOSES = {
    "before-the-return": (
        "def show(request):\n    rows = read()\n    connection.close()\n    return HttpResponse(rows)\n",
        "def show(request):\n    rows = read()\n    return HttpResponse(rows)\n",
    ),
    "finally": (
        "def show(request):\n    try:\n        return HttpResponse(read())\n    finally:\n        connection.close()\n",
        "def show(request):\n    return HttpResponse(read())\n",
    ),
    "finally-with-more": (
        "def show(request):\n    try:\n        return HttpResponse(read())\n    finally:\n        log()\n        connection.close()\n",
        "def show(request):\n    try:\n        return HttpResponse(read())\n    finally:\n        log()\n",
    ),
    "class": (
        "class Show(View):\n    def get(self, request):\n        rows = read()\n        connection.close()\n        return HttpResponse(rows)\n",
        "class Show(View):\n    def get(self, request):\n        rows = read()\n        return HttpResponse(rows)\n",
    ),
}  # fmt: skip
LEFT_OPEN = {
    "before-something-slow": "def show(request):\n    read()\n    connection.close()\n    answer = ask(request)\n    return HttpResponse(answer)\n",
    "for-a-stream": "def show(request):\n    read()\n    connection.close()\n    return StreamingHttpResponse(rows)\n",
    "events": "def show(request):\n    read()\n    connection.close()\n    return EventResponse(rows)\n",
    "under-a-test": "def show(request):\n    if request.GET:\n        connection.close()\n    return HttpResponse()\n",
    "in-a-loop-of-work": "def show(request):\n    for row in rows:\n        read(row)\n        connection.close()\n    return HttpResponse()\n",
    "another-connection": "import psycopg2\n\n\ndef show(request):\n    connection = psycopg2.connect()\n    connection.close()\n    return HttpResponse()\n",
    "a-helper": "def tidy(rows):\n    rows.read()\n    connection.close()\n",
    "a-callback-inside": "def show(request):\n    def later(request):\n        connection.close()\n    return HttpResponse(later)\n",
    "async": "async def show(request):\n    await read()\n    connection.close()\n    return HttpResponse()\n",
    "a-thread": "def show(request):\n    Thread(target=go).start()\n    connection.close()\n    return HttpResponse()\n",
    "a-receiver": "def logged_in(request, **kwargs):\n    read()\n    connections.close_all()\n",
    "what-a-worker-runs": "def show(request):\n    read()\n    connection.close()\n    return 1\n\n\nProcess(target=show)\n",
    "an-exception": "def show(request):\n    try:\n        read()\n    except OSError:\n        connection.close()\n        raise\n    return HttpResponse()\n",
}  # fmt: skip


@pytest.mark.parametrize(("before", "after"), CLOSES.values(), ids=CLOSES)
def test_a_view_that_closes_last_keeps_its_connection(before: str, after: str) -> None:
    (fact,) = facts(HEAD + before, CLOSED_PER_REQUEST)
    assert (fact.place, fact.detail["empty"]) == ("view", "no")
    result = rewritten(HEAD + before, CLOSED_PER_REQUEST)
    assert isinstance(result, str)
    assert result.endswith(f"\n\n\n{after}")


@pytest.mark.parametrize("text", LEFT_OPEN.values(), ids=LEFT_OPEN)
def test_other_closes_stay(text: str) -> None:
    assert facts(HEAD + text, CLOSED_PER_REQUEST) == []


SENT = {
    "with": ('with connection.cursor() as cursor:\n        cursor.execute("BEGIN")', "BEGIN", "no"),
    "assigned": ('cursor = connection.cursor()\n    cursor.execute("commit;")', "COMMIT", "no"),
    "at-once": ('connections["a"].cursor().execute("ROLLBACK TRANSACTION")', "ROLLBACK TRANSACTION", "no"),
    "started": ('cursor = connection.cursor()\n    cursor.execute(" START TRANSACTION ")', "START TRANSACTION", "no"),
    "inside": ('with transaction.atomic():\n        connection.cursor().execute("COMMIT")', "COMMIT", "yes"),
    "beside": (
        'with transaction.atomic():\n        go()\n    with connection.cursor() as c:\n        c.execute("COMMIT WORK")',
        "COMMIT WORK",
        "no",
    ),
    "another-alias": ('with transaction.atomic(using="a"):\n        connection.cursor().execute("COMMIT")', "COMMIT", "no"),
}  # fmt: skip
NOT_SENT = {
    "savepoint": 'connection.cursor().execute("ROLLBACK TO SAVEPOINT a")',
    "immediate": 'connection.cursor().execute("BEGIN IMMEDIATE")',
    "isolation": 'connection.cursor().execute("BEGIN ISOLATION LEVEL SERIALIZABLE")',
    "another-driver": 'connection = psycopg2.connect()\n    connection.cursor().execute("COMMIT")',
    "a-parameter": "def g(cursor):\n        cursor.execute('COMMIT')",
    "two-cursors": 'cursor = connection.cursor()\n    cursor = other.cursor()\n    cursor.execute("COMMIT")',
    "a-text": 'print("COMMIT")',
    "prepared": 'connection.cursor().execute("COMMIT PREPARED %s", [name])',
    "computed": "connection.cursor().execute(statement)",
}


@pytest.mark.parametrize(("body", "said", "atomic"), SENT.values(), ids=SENT)
def test_a_transaction_in_raw_sql_is_found(body: str, said: str, atomic: str) -> None:
    (fact,) = facts(f"{HEAD}def f():\n    {body}\n", RAW_TRANSACTION)
    assert (fact.detail["said"], fact.detail["atomic"], fact.name) == (said, atomic, "f")


@pytest.mark.parametrize("body", NOT_SENT.values(), ids=NOT_SENT)
def test_other_raw_sql_is_left_alone(body: str) -> None:
    assert facts(f"{HEAD}# COMMIT\ndef f():\n    {body}\n", RAW_TRANSACTION) == []


def test_migrations_may_send_what_they_like() -> None:
    text = f'{HEAD}def f():\n    connection.cursor().execute("COMMIT")\n'
    assert facts({"shop/migrations/0002_big.py": text}, RAW_TRANSACTION) == []


DURABLE = {
    "with": ("def pay(request):\n    with transaction.atomic(durable=True):\n        go()\n", 1),
    "decorator": ("@transaction.atomic(durable=True)\ndef pay(request):\n    go()\n", 1),
    "class": ("class Pay(View):\n    def post(self, request):\n        with transaction.atomic(durable=True):\n            go()\n", 1),
    "not-durable": ("def pay(request):\n    with transaction.atomic(durable=False):\n        go()\n", 0),
    "opted-out": ("@transaction.non_atomic_requests\ndef pay(request):\n    with transaction.atomic(durable=True):\n        go()\n", 0),
    "unknown-decorator": ("@outside\ndef pay(request):\n    with transaction.atomic(durable=True):\n        go()\n", 0),
    "dispatch": ("class Pay(View):\n    def dispatch(self, request):\n        pass\n\n    def post(self, request):\n        with transaction.atomic(durable=True):\n            go()\n", 0),
    "class-decorator": ('@method_decorator(transaction.non_atomic_requests, name="dispatch")\nclass Pay(View):\n    def post(self, request):\n        with transaction.atomic(durable=True):\n            go()\n', 0),
    "no-view": ("def pay(order):\n    with transaction.atomic(durable=True):\n        go()\n", 0),
}  # fmt: skip


@pytest.mark.parametrize(("text", "count"), DURABLE.values(), ids=DURABLE)
def test_a_durable_block_in_a_view_is_found(text: str, count: int) -> None:
    assert len(facts(HEAD + text, DURABLE_IN_VIEW)) == count


IN_VAIN = {
    "method-decorator": ("class F(View):\n    @method_decorator(transaction.non_atomic_requests)\n    def get(self, request):\n        pass\n", 1),
    "bare": ("class F(View):\n    @transaction.non_atomic_requests\n    def post(self, request):\n        pass\n", 1),
    "by-alias": ('class F(View):\n    @method_decorator(transaction.non_atomic_requests(using="a"))\n    def put(self, request):\n        pass\n', 1),
    "viewset": ("class F(ModelViewSet):\n    @transaction.non_atomic_requests\n    def create(self, request):\n        pass\n", 1),
    "dispatch": ("class F(View):\n    @method_decorator(transaction.non_atomic_requests)\n    def dispatch(self, request):\n        pass\n", 0),
    "function": ("@transaction.non_atomic_requests\ndef get(request):\n    pass\n", 0),
    "another-class": ("class F(Client):\n    @transaction.non_atomic_requests\n    def get(self, url):\n        pass\n", 0),
    "another-decorator": ("class F(View):\n    @method_decorator(transaction.atomic)\n    def get(self, request):\n        pass\n", 0),
}  # fmt: skip


@pytest.mark.parametrize(("text", "count"), IN_VAIN.values(), ids=IN_VAIN)
def test_an_opt_out_that_nobody_sees_is_found(text: str, count: int) -> None:
    assert len(facts(f"# non_atomic_requests\n{HEAD}{text}", OPTED_OUT_IN_VAIN)) == count


TRIED = "def order(request):\n    try:\n        Order.objects.create(user=request.user)\n    except IntegrityError:\n        {handler}\n    return HttpResponse()\n"
ANSWERED = {
    "status": ("return HttpResponse(status=409)", 1),
    "class": ("return HttpResponseBadRequest()", 1),
    "constant": ("return Response({}, status=status.HTTP_409_CONFLICT)", 1),
    "success": ("return HttpResponse(status=200)", 0),
    "redirect": ("return redirect('/')", 0),
    "marked": ("transaction.set_rollback(True)\n        return HttpResponse(status=409)", 0),
    "raised": ("raise", 0),
    "computed": ("return HttpResponse(status=code)", 0),
}


@pytest.mark.parametrize(("handler", "count"), ANSWERED.values(), ids=ANSWERED)
def test_an_error_that_is_returned_after_a_write_is_found(handler: str, count: int) -> None:
    assert len(facts(HEAD + TRIED.format(handler=handler), ERROR_RETURNED)) == count


@pytest.mark.parametrize(
    "text",
    [
        TRIED.format(handler="return HttpResponse(status=409)").replace(".create(user=request.user)", ".get()"),
        "@transaction.non_atomic_requests\n" + TRIED.format(handler="return HttpResponse(status=409)"),
        TRIED.format(handler="return HttpResponse(status=409)").replace("    try:", "    transaction.atomic\n    try:"),
    ],
    ids=["only-read", "opted-out", "with-a-block-of-its-own"],
)
def test_an_error_that_keeps_nothing_is_none(text: str) -> None:
    assert facts(HEAD + text, ERROR_RETURNED) == []
