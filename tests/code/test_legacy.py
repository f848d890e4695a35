"""What Django has removed: found by binding, ported name by name, or left to a person."""

from __future__ import annotations

from textwrap import dedent

import pytest

from djconnfix.code.kinds import (
    ASYNC_VIEW,
    CLOSED_IN_ATOMIC,
    COMMIT_IN_ATOMIC,
    FAILURE_COMMITTED,
    INVERTED_GUARD,
    NOT_RESTORED,
    OLD_STYLE,
    REMOVED_API,
    REMOVED_BASE,
    REMOVED_CLOSE_CONNECTION,
    SIGNALS_DISCONNECTED,
)
from djconnfix.fix.edits import Refused
from tests.code.files import facts, rewritten
from tests.code.shapes import called, function, hooks

PORTED = {
    "commit-on-success": (
        "from django.db import transaction\n\n\n@transaction.commit_on_success\ndef f():\n    save()\n",
        "from django.db import transaction\n\n\n@transaction.atomic\ndef f():\n    save()\n",
    ),
    "commit-on-success-called": (
        'from django.db import transaction\n\n\n@transaction.commit_on_success(using="a")\ndef f():\n    save()\n',
        'from django.db import transaction\n\n\n@transaction.atomic(using="a")\ndef f():\n    save()\n',
    ),
    "commit-on-success-with": (
        "from django.db import transaction as tx\n\n\ndef f():\n    with tx.commit_on_success():\n        save()\n",
        "from django.db import transaction as tx\n\n\ndef f():\n    with tx.atomic():\n        save()\n",
    ),
    "unless-managed": (
        "from django.db import transaction\n\n\ndef f():\n    save()\n    transaction.commit_unless_managed()\n",
        "from django.db import transaction\n\n\ndef f():\n    save()\n",
    ),
    "unless-managed-alone": (
        "from django.db import transaction\n\n\ndef f():\n    transaction.rollback_unless_managed()\n",
        "from django.db import transaction\n\n\ndef f():\n    pass\n",
    ),
    "set-dirty-twice": (
        "from django.db import transaction\n\n\ndef f():\n    save()\n    transaction.set_dirty()\n    transaction.set_dirty()\n    go()\n",
        "from django.db import transaction\n\n\ndef f():\n    save()\n    go()\n",
    ),
    "autocommit-decorator": (
        "from django.db import transaction\n\n\n@transaction.autocommit\n@other\ndef f():\n    save()\n",
        "from django.db import transaction\n\n\n@other\ndef f():\n    save()\n",
    ),
}  # fmt: skip

NOT_PORTED = {
    "commit-manually": "from django.db import transaction\n\n\n@transaction.commit_manually\ndef f():\n    transaction.commit()\n",
    "entered-by-hand": "from django.db import transaction\n\n\ndef f():\n    transaction.enter_transaction_management()\n    transaction.leave_transaction_management()\n",
    "used-as-a-value": "from django.db import transaction\n\n\ndef f():\n    return [transaction.commit_unless_managed]\n",
    "one-of-two": "from django.db import transaction\n\n\ndef f():\n    transaction.set_dirty()\n    if transaction.is_managed():\n        go()\n",
    "autocommit-called-plainly": "from django.db import transaction\n\n\ndef f():\n    return transaction.autocommit(g)\n",
    "dirty-as-an-argument": "from django.db import transaction\n\n\ndef f():\n    print(transaction.set_dirty())\n",
}  # fmt: skip

FOREIGN = {
    "zodb": "import transaction\n\n\ndef f():\n    transaction.abort()\n    transaction.managed(True)\n",
    "own": "from shop.db import transaction\n\n\ndef f():\n    transaction.is_dirty()\n",
    "form": "from django import forms\n\n\ndef f(form):\n    return form.is_dirty()\n",
    "string": 'NAME = "transaction.commit_on_success"\n',
    "parameter": "from django.db import transaction\n\n\ndef f(transaction):\n    transaction.is_dirty()\n",
}


@pytest.mark.parametrize(("before", "after"), PORTED.values(), ids=PORTED)
def test_a_removed_name_is_ported(before: str, after: str) -> None:
    assert rewritten(before, REMOVED_API) == after


@pytest.mark.parametrize("text", NOT_PORTED.values(), ids=NOT_PORTED)
def test_what_cannot_be_mapped_is_found_and_left(text: str) -> None:
    assert isinstance(rewritten(text, REMOVED_API), Refused)


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_the_same_word_elsewhere_is_not_django(text: str) -> None:
    assert facts(text) == []


SIGNALS = {
    "module": "from django.core.signals import request_finished\nfrom django.db import close_old_connections\n\nrequest_finished.disconnect(close_old_connections)\n",
    "through-modules": "from django import db\nfrom django.core import signals\n\nsignals.request_started.disconnect(db.close_old_connections)\n",
    "function": "from django.core.signals import request_finished\nfrom django.db import close_old_connections\n\n\ndef ready():\n    request_finished.disconnect(close_old_connections)\n",
}  # fmt: skip
OTHER_SIGNALS = {
    "connected-again": "from django.core.signals import request_finished\nfrom django.db import close_old_connections\n\n\ndef f():\n    request_finished.disconnect(close_old_connections)\n    go()\n    request_finished.connect(close_old_connections)\n",
    "own-handler": "from django.core.signals import request_finished\nfrom django.db import close_old_connections\n\nrequest_finished.disconnect(handler)\n",
    "own-signal": "from django.db import close_old_connections\nfrom shop.signals import request_finished\n\nrequest_finished.disconnect(close_old_connections)\n",
    "qt": "from django.db import close_old_connections\n\n\ndef f(button):\n    button.clicked.disconnect(close_old_connections)\n",
    "connect": "from django.core.signals import request_finished\nfrom django.db import close_old_connections\n\nrequest_finished.connect(close_old_connections)\n",
}  # fmt: skip


@pytest.mark.parametrize("text", SIGNALS.values(), ids=SIGNALS)
def test_a_disconnected_closing_signal_is_found_and_removed(text: str) -> None:
    result = rewritten(text, SIGNALS_DISCONNECTED)
    assert isinstance(result, str)
    assert "disconnect" not in result
    assert facts(result, SIGNALS_DISCONNECTED) == []


@pytest.mark.parametrize("text", OTHER_SIGNALS.values(), ids=OTHER_SIGNALS)
def test_other_disconnects_stay(text: str) -> None:
    assert facts(text, SIGNALS_DISCONNECTED) == []


CLOSE_CONNECTION = {
    "import": ("from django.db import close_connection\n", 1),
    "attribute": ("from django import db\n\n\ndef f():\n    db.close_connection()\n", 1),
    "of-another-module": ("from shop.db import close_connection\n\nclose_connection()\n", 0),
}


@pytest.mark.parametrize(("text", "count"), CLOSE_CONNECTION.values(), ids=CLOSE_CONNECTION)
def test_the_removed_close_connection_is_found(text: str, count: int) -> None:
    assert len(facts(text, REMOVED_CLOSE_CONNECTION)) == count


OLD_CLASSES = {
    "plain": ("from django.db import transaction\n\n\nclass M:\n", "from django.db import transaction\nfrom django.utils.deprecation import MiddlewareMixin\n\n\nclass M(MiddlewareMixin):\n"),
    "object": ("from django.db import transaction\n\n\nclass M(object):\n", "from django.db import transaction\nfrom django.utils.deprecation import MiddlewareMixin\n\n\nclass M(MiddlewareMixin):\n"),
    "empty-brackets": ("from django.db import transaction\n\n\nclass M():\n", "from django.db import transaction\nfrom django.utils.deprecation import MiddlewareMixin\n\n\nclass M(MiddlewareMixin):\n"),
    "imported-already": ("from django.utils.deprecation import MiddlewareMixin\n\n\nclass M:\n", "from django.utils.deprecation import MiddlewareMixin\n\n\nclass M(MiddlewareMixin):\n"),
}  # fmt: skip
NEW_CLASSES = {
    "mixin": "from django.utils.deprecation import MiddlewareMixin\n\n\nclass M(MiddlewareMixin):\n    def process_response(self, request, response):\n        return response\n",
    "get-response": "class M:\n    def __init__(self, get_response):\n        self.get_response = get_response\n\n    def process_view(self, request, view, args, kwargs):\n        pass\n",
    "unknown-base": "from shop import Base\n\n\nclass M(Base):\n    def process_response(self, request, response):\n        return response\n",
    "other-class": "class M:\n    def process_job(self, job):\n        pass\n",
}  # fmt: skip


@pytest.mark.parametrize(("before", "after"), OLD_CLASSES.values(), ids=OLD_CLASSES)
def test_an_old_class_gets_the_mixin(before: str, after: str) -> None:
    body = "    def process_response(self, request, response):\n        return response\n"
    assert rewritten(before + body, OLD_STYLE) == after + body


@pytest.mark.parametrize("text", NEW_CLASSES.values(), ids=NEW_CLASSES)
def test_a_class_that_can_be_called_is_no_old_one(text: str) -> None:
    assert facts(f"from django.db import transaction\n{text}", OLD_STYLE) == []


def test_extending_the_removed_middleware_is_found() -> None:
    text = "from django.middleware.transaction import TransactionMiddleware\n\n\nclass M(TransactionMiddleware):\n    pass\n"
    assert [f.name for f in facts(text, REMOVED_BASE)] == ["M"]


FAILURES = {
    "atomic": called("with transaction.atomic():\n    return self.get_response(request)"),
    "atomic-decorator": called("return self.get_response(request)").replace("    def __call__", "    @transaction.atomic\n    def __call__"),
    "dead-except": called("transaction.set_autocommit(False)\ntry:\n    response = self.get_response(request)\nexcept Exception:\n    transaction.rollback()\n    raise\ntransaction.commit()\ntransaction.set_autocommit(True)\nreturn response"),
    "function": function("with transaction.atomic():\n    response = get_response(request)\nreturn response"),
    "commit-in-response-only": hooks("def process_request(self, request):\n    transaction.set_autocommit(False)\n\ndef process_response(self, request, response):\n    transaction.commit()\n    transaction.set_autocommit(True)\n    return response"),
}  # fmt: skip
NO_FAILURES = {
    "exception-hook": hooks("def process_request(self, request):\n    transaction.set_autocommit(False)\n\ndef process_exception(self, request, error):\n    transaction.rollback()\n\ndef process_response(self, request, response):\n    transaction.commit()\n    transaction.set_autocommit(True)\n    return response"),
    "exception-hook-beside-call": called("with transaction.atomic():\n    return self.get_response(request)") + "\n    def process_exception(self, request, error):\n        transaction.set_rollback(True)\n",
    "status": called("with transaction.atomic():\n    response = self.get_response(request)\n    if response.status_code >= 400:\n        transaction.set_rollback(True)\nreturn response"),
    "reason": called("with transaction.atomic():\n    response = self.get_response(request)\n    if is_failure(response):\n        transaction.set_rollback(True)\nreturn response"),
    "after-the-block": called("with transaction.atomic():\n    note(request)\nreturn self.get_response(request)"),
    "own-work-only": called("response = self.get_response(request)\nwith transaction.atomic():\n    note(request)\nreturn response"),
}  # fmt: skip


@pytest.mark.parametrize("text", FAILURES.values(), ids=FAILURES)
def test_a_middleware_that_commits_failed_requests_is_found(text: str) -> None:
    assert len(facts(text, FAILURE_COMMITTED)) == 1


@pytest.mark.parametrize("text", NO_FAILURES.values(), ids=NO_FAILURES)
def test_a_middleware_that_rolls_failures_back_is_not(text: str) -> None:
    assert facts(text, FAILURE_COMMITTED) == []


ROLLED_BACK = {
    "assigned": (
        called("with transaction.atomic():\n    response = self.get_response(request)\nreturn response"),
        called(
            "with transaction.atomic():\n    response = self.get_response(request)\n"
            "    if response.status_code >= 500:\n        transaction.set_rollback(True)\nreturn response"
        ),
    ),
    "returned": (
        called("with transaction.atomic():\n    return self.get_response(request)"),
        called(
            "with transaction.atomic():\n    response = self.get_response(request)\n"
            "    if response.status_code >= 500:\n        transaction.set_rollback(True)\n    return response"
        ),
    ),
    "alias": (
        called('with transaction.atomic(using="a"):\n    return self.get_response(request)'),
        called(
            'with transaction.atomic(using="a"):\n    response = self.get_response(request)\n'
            '    if response.status_code >= 500:\n        transaction.set_rollback(True, using="a")\n    return response'
        ),
    ),
}
NOT_ROLLED_BACK = {
    "more-in-the-block": called("with transaction.atomic():\n    log(request)\n    return self.get_response(request)"),
    "durable": called("with transaction.atomic(durable=True):\n    return self.get_response(request)"),
    "two-managers": called("with transaction.atomic(), log(request):\n    return self.get_response(request)"),
    "decorator": FAILURES["atomic-decorator"],
    "name-taken": called("response = None\nwith transaction.atomic():\n    return self.get_response(request)"),
    "imported-atomic": called("with atomic():\n    return self.get_response(request)").replace(
        "from django.db import", "from django.db.transaction import atomic\nfrom django.db import", 1
    ),
}


@pytest.mark.parametrize(("before", "after"), ROLLED_BACK.values(), ids=ROLLED_BACK)
def test_the_status_test_is_added(before: str, after: str) -> None:
    assert rewritten(before, FAILURE_COMMITTED) == after
    assert facts(after, FAILURE_COMMITTED) == []


@pytest.mark.parametrize("text", NOT_ROLLED_BACK.values(), ids=NOT_ROLLED_BACK)
def test_other_forms_are_left_to_a_person(text: str) -> None:
    assert isinstance(rewritten(text, FAILURE_COMMITTED), Refused)


HEAD = "from django.db import connection, transaction\n\n\n"
IN_ATOMIC = {
    "with": "def f():\n    with transaction.atomic():\n        transaction.commit()\n",
    "decorator": "@transaction.atomic\ndef f():\n    transaction.rollback()\n",
    "autocommit": "@transaction.atomic()\ndef f():\n    transaction.set_autocommit(False)\n",
    "branch": "def f(x):\n    with transaction.atomic():\n        if x:\n            transaction.commit()\n",
    "connection": "def f():\n    with transaction.atomic():\n        connection.commit()\n",
}
NOT_IN_ATOMIC = {
    "after": "def f():\n    with transaction.atomic():\n        go()\n    transaction.commit()\n",
    "guarded": "def f():\n    with transaction.atomic():\n        if not connection.in_atomic_block:\n            transaction.commit()\n",
    "other-alias": 'def f():\n    with transaction.atomic(using="a"):\n        transaction.commit(using="b")\n',
    "computed-alias": "def f(a):\n    with transaction.atomic(using=a):\n        transaction.commit(using=a)\n",
    "on-commit": "def f():\n    with transaction.atomic():\n        transaction.on_commit(lambda: transaction.commit())\n",
    "nested-function": "def f():\n    with transaction.atomic():\n        def g():\n            transaction.commit()\n        run(g)\n",
    "savepoint": "def f():\n    with transaction.atomic():\n        transaction.savepoint_rollback(1)\n",
    "set-rollback": "def f():\n    with transaction.atomic():\n        transaction.set_rollback(True)\n",
}


@pytest.mark.parametrize("text", IN_ATOMIC.values(), ids=IN_ATOMIC)
def test_ending_by_hand_inside_atomic_is_found(text: str) -> None:
    assert len(facts(HEAD + text, COMMIT_IN_ATOMIC)) == 1


@pytest.mark.parametrize("text", NOT_IN_ATOMIC.values(), ids=NOT_IN_ATOMIC)
def test_ending_elsewhere_is_not(text: str) -> None:
    assert facts(HEAD + text, COMMIT_IN_ATOMIC) == []


def test_closing_inside_atomic_is_found() -> None:
    assert (
        len(facts(HEAD + "def f():\n    with transaction.atomic():\n        connection.close()\n", CLOSED_IN_ATOMIC))
        == 1
    )
    assert (
        facts(
            HEAD + "def f():\n    with transaction.atomic():\n        go()\n    connection.close()\n", CLOSED_IN_ATOMIC
        )
        == []
    )


INVERTED = {
    "commit": ("    if transaction.get_autocommit():\n        transaction.commit()\n", 1),
    "not": ("    if not transaction.get_autocommit():\n        transaction.commit()\n", 0),
    "else": ("    if transaction.get_autocommit():\n        transaction.commit()\n    else:\n        go()\n", 0),
    "more": ("    if transaction.get_autocommit():\n        go()\n        transaction.commit()\n", 0),
}


@pytest.mark.parametrize(("text", "count"), INVERTED.values(), ids=INVERTED)
def test_a_commit_that_never_commits_is_found(text: str, count: int) -> None:
    assert len(facts(f"{HEAD}def f():\n{text}", INVERTED_GUARD)) == count


RESTORED = {
    "finally-is-added": (
        "def f():\n    transaction.set_autocommit(False)\n    try:\n        if go():\n            transaction.commit()\n        else:\n            transaction.rollback()\n    except Exception:\n        transaction.rollback()\n        raise\n",
        "def f():\n    transaction.set_autocommit(False)\n    try:\n        if go():\n            transaction.commit()\n        else:\n            transaction.rollback()\n    except Exception:\n        transaction.rollback()\n        raise\n    finally:\n        transaction.set_autocommit(True)\n",
    ),
    "bare-except": (
        "def f():\n    transaction.set_autocommit(False)\n    try:\n        go()\n    except:\n        log()\n        transaction.rollback()\n        return 1\n    else:\n        transaction.commit()\n    return 2\n",
        "def f():\n    transaction.set_autocommit(False)\n    try:\n        go()\n    except:\n        log()\n        transaction.rollback()\n        return 1\n    else:\n        transaction.commit()\n    finally:\n        transaction.set_autocommit(True)\n    return 2\n",
    ),
}  # fmt: skip
NOT_RESTORABLE = {
    "early-return": "def f(x):\n    transaction.set_autocommit(False)\n    try:\n        if x:\n            return 1\n        transaction.commit()\n    except Exception:\n        transaction.rollback()\n",
    "something-between": "def f():\n    transaction.set_autocommit(False)\n    go()\n    try:\n        go()\n        transaction.commit()\n    except Exception:\n        transaction.rollback()\n",
    "batches": "def f(rows):\n    transaction.set_autocommit(False)\n    for row in rows:\n        row.save()\n        transaction.commit()\n",
}  # fmt: skip
RESTORES = {
    "finally": "def f():\n    transaction.set_autocommit(False)\n    try:\n        go()\n        transaction.commit()\n    except Exception:\n        transaction.rollback()\n        raise\n    finally:\n        transaction.set_autocommit(True)\n",
    "saved": "def f():\n    before = transaction.get_autocommit()\n    transaction.set_autocommit(False)\n    try:\n        go()\n    finally:\n        transaction.rollback()\n        transaction.set_autocommit(before)\n",
    "context-manager": "from contextlib import contextmanager\n\n\n@contextmanager\ndef f():\n    transaction.set_autocommit(False)\n    try:\n        yield\n        transaction.commit()\n    except Exception:\n        transaction.rollback()\n        raise\n    finally:\n        transaction.set_autocommit(True)\n",
    "class": "class F:\n    def __enter__(self):\n        transaction.set_autocommit(False)\n\n    def __exit__(self, *error):\n        transaction.rollback()\n        transaction.set_autocommit(True)\n",
    "set-up-and-tear-down": "class F:\n    def start(self):\n        transaction.set_autocommit(False)\n\n    def stop(self):\n        transaction.rollback()\n        transaction.set_autocommit(True)\n",
    "only-on": "def f():\n    transaction.set_autocommit(True)\n    go()\n",
    "parameter": "def f(on):\n    transaction.set_autocommit(on)\n",
}  # fmt: skip


@pytest.mark.parametrize(("before", "after"), RESTORED.values(), ids=RESTORED)
def test_autocommit_is_switched_on_again(before: str, after: str) -> None:
    assert rewritten(HEAD + before, NOT_RESTORED) == HEAD + after
    assert facts(HEAD + after, NOT_RESTORED) == []


@pytest.mark.parametrize("text", NOT_RESTORABLE.values(), ids=NOT_RESTORABLE)
def test_where_no_place_is_sure_it_is_left_to_a_person(text: str) -> None:
    assert isinstance(rewritten(HEAD + text, NOT_RESTORED), Refused)


@pytest.mark.parametrize("text", RESTORES.values(), ids=RESTORES)
def test_what_restores_autocommit_is_silent(text: str) -> None:
    assert facts(HEAD + text, NOT_RESTORED) == []


VIEWS = {
    "function": ("async def f(request):\n    pass\n", 1),
    "class": ("from django.views import View\n\n\nclass F(View):\n    async def get(self, request):\n        pass\n", 1),
    "opted-out": ("from django.db import transaction\n\n\n@transaction.non_atomic_requests\nasync def f(request):\n    pass\n", 0),
    "opted-out-by-alias": ('from django.db import transaction\n\n\n@transaction.non_atomic_requests(using="a")\nasync def f(request):\n    pass\n', 0),
    "unknown-decorator": ("from shop import wrapped\n\n\n@wrapped\nasync def f(request):\n    pass\n", 0),
    "helper": ("async def f(order):\n    pass\n", 0),
    "sync": ("def f(request):\n    pass\n", 0),
    "no-view": ("class F:\n    async def get(self, request):\n        pass\n", 0),
}  # fmt: skip


@pytest.mark.parametrize(("text", "count"), VIEWS.values(), ids=VIEWS)
def test_async_views_are_found(text: str, count: int) -> None:
    assert len(facts({"shop/views.py": f"from django.http import HttpResponse\n{text}"}, ASYNC_VIEW)) == count


def test_async_functions_elsewhere_are_no_views() -> None:
    text = dedent("from django.http import HttpResponse\nasync def f(request):\n    pass\n")
    assert facts({"shop/tasks.py": text}, ASYNC_VIEW) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (called("transaction.set_autocommit(False)\nresponse = await self.get_response(request)\ntransaction.commit()\nreturn response"), 1),
        (called("response = await self.get_response(request)\ntransaction.rollback()\nreturn response"), 1),
        (called("response = await self.get_response(request)\nlog(response)\nreturn response"), 0),
    ],
    ids=["begins", "ends", "neither"],
)  # fmt: skip
def test_an_async_middleware_with_a_transaction_is_found(text: str, count: int) -> None:
    text = text.replace("def __call__", "async def __call__")
    assert [f.kind for f in facts(text)] == ["async-middleware-transaction"] * count


EXTENDS = "from django.db import transaction\nfrom django.middleware.transaction import TransactionMiddleware\n\n\nclass F(TransactionMiddleware):\n"
ADDS_NOTHING = {
    "pass": '    """Ours."""\n\n    pass\n',
    "hands-on": "    def process_request(self, request):\n        return super(F, self).process_request(request)\n\n    def process_response(self, request, response):\n        super().process_response(request, response)\n        return response\n",
    "ends": "    def process_response(self, request, response):\n        if transaction.is_managed():\n            if transaction.is_dirty():\n                transaction.commit()\n            transaction.leave_transaction_management()\n        return response\n",
    "never-an-exception": "    def process_exception(self, request, exception):\n        pass\n",
}  # fmt: skip
DECIDES = {
    "by-request": "    def process_request(self, request):\n        if getattr(request, 'API', False):\n            return super().process_request(request)\n",
    "by-response": "    def process_response(self, request, response):\n        if transaction.is_dirty():\n            if response.status_code < 400:\n                transaction.commit()\n        return response\n",
    "does-more": "    def process_response(self, request, response):\n        log(response)\n        return super().process_response(request, response)\n",
    "an-attribute": "    using = 'orders'\n",
    "an-else": "    def process_response(self, request, response):\n        if transaction.is_dirty():\n            transaction.commit()\n        else:\n            transaction.rollback()\n        return response\n",
    "answers-itself": "    def process_exception(self, request, exception):\n        return refuse(request)\n",
}  # fmt: skip


@pytest.mark.parametrize("body", ADDS_NOTHING.values(), ids=ADDS_NOTHING)
def test_a_class_that_adds_nothing_to_the_removed_one(body: str) -> None:
    (fact,) = facts(EXTENDS + body, REMOVED_BASE)
    assert fact.detail["policy"] == "no"


@pytest.mark.parametrize("body", DECIDES.values(), ids=DECIDES)
def test_a_class_that_decides_for_itself(body: str) -> None:
    (fact,) = facts(EXTENDS + body, REMOVED_BASE)
    assert fact.detail["policy"] == "yes"
