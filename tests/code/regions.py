"""Transactions by hand with one commit at their end, before and after, and those that stay as they are."""

from __future__ import annotations

from textwrap import dedent

HEAD = "from django.db import transaction\nfrom django.http import HttpResponse\n\n\n"


def _view(body: str) -> str:
    lines = dedent(body).strip("\n").replace("\n", "\n    ").replace("\n    \n", "\n\n")
    return f"{HEAD}def view(request):\n    {lines}\n"


WRAPPED = {
    "plain": (
        _view("""
            transaction.set_autocommit(False)
            response = request.act()
            transaction.commit()
            return response
        """),
        _view("""
            with transaction.atomic():
                response = request.act()
            return response
        """),
    ),
    "switched-on-only-when-all-is-well": (
        _view("""
            first = request.path

            # the work
            transaction.set_autocommit(False)
            response = request.act()

            for _ in first:
                if _ == "/":
                    continue
            transaction.commit()
            transaction.set_autocommit(True)

            return response
        """),
        _view("""
            first = request.path

            # the work
            with transaction.atomic():
                response = request.act()

                for _ in first:
                    if _ == "/":
                        continue

            return response
        """),
    ),
    "commit-in-the-try": (
        _view("""
            transaction.set_autocommit(False)
            try:
                response = request.act()
                transaction.commit()
            except Exception:
                transaction.rollback()
                raise
            return response
        """),
        _view("""
            with transaction.atomic():
                response = request.act()
            return response
        """),
    ),
    "commit-in-the-else-and-a-policy-in-the-handler": (
        _view("""
            transaction.set_autocommit(False)
            try:
                response = request.act()
            except ValueError as error:
                transaction.rollback()
                # told to the client
                return HttpResponse(str(error), status=409)  # a conflict
            except Exception:
                transaction.rollback()
                raise
            else:
                transaction.commit()
            return response
        """),
        _view("""
            try:
                with transaction.atomic():
                    response = request.act()
            except ValueError as error:
                # told to the client
                return HttpResponse(str(error), status=409)  # a conflict
            return response
        """),
    ),
    "commit-after-the-try": (
        _view("""
            transaction.set_autocommit(False)
            try:
                response = request.act()
            except Exception:
                transaction.rollback()
                raise
            transaction.commit()
            return response
        """),
        _view("""
            with transaction.atomic():
                response = request.act()
            return response
        """),
    ),
    "a-return-after-the-commit": (
        _view("""
            transaction.set_autocommit(False)
            try:
                response = request.act()
                transaction.commit()
                return response
            except ValueError:
                transaction.rollback()
            return HttpResponse(status=500)
        """),
        _view("""
            try:
                with transaction.atomic():
                    response = request.act()
                return response
            except ValueError:
                pass
            return HttpResponse(status=500)
        """),
    ),
    "a-finally-of-its-own": (
        _view("""
            transaction.set_autocommit(False)
            try:
                response = request.act()
                transaction.commit()
                return response
            except Exception:
                transaction.rollback()
                raise
            finally:
                request.done = True
        """),
        _view("""
            try:
                with transaction.atomic():
                    response = request.act()
                return response
            finally:
                request.done = True
        """),
    ),
}
OTHERS = {
    "an-alias": (
        'def f(rows):\n    for row in rows:\n        transaction.set_autocommit(False, using="a")\n        row.go()\n        transaction.commit(using="a")\n',
        'def f(rows):\n    for row in rows:\n        with transaction.atomic(using="a"):\n            row.go()\n',
    ),
    "a-positional-alias": (
        "def f(using):\n    transaction.set_autocommit(False, using)\n    go()\n    transaction.commit(using)\n",
        "def f(using):\n    with transaction.atomic(using=using):\n        go()\n",
    ),
    "a-text-that-stays": (
        'def f():\n    transaction.set_autocommit(False)\n    text = """\n one\n   two\n"""\n    go(text)\n    transaction.commit()\n',
        'def f():\n    with transaction.atomic():\n        text = """\n one\n   two\n"""\n        go(text)\n',
    ),
    "tabs": (
        "def f():\n\ttransaction.set_autocommit(False)\n\tgo()\n\ttransaction.commit()\n",
        "def f():\n\twith transaction.atomic():\n\t\tgo()\n",
    ),
    "two-blanks": (
        "class F:\n  def f(self):\n    if self:\n      transaction.set_autocommit(False)\n      go()\n      transaction.commit()\n",
        "class F:\n  def f(self):\n    if self:\n      with transaction.atomic():\n        go()\n",
    ),
}  # fmt: skip

_KEPT = {
    "batches-in-a-loop": """
        transaction.set_autocommit(False)
        for row in rows:
            row.save()
            transaction.commit()
        """,
    "every-thousand-and-the-rest": """
        transaction.set_autocommit(False)
        for number, row in enumerate(rows):
            row.save()
            if number % 1000 == 0:
                transaction.commit()
        transaction.commit()
        """,
    "an-early-return": """
        transaction.set_autocommit(False)
        if not rows:
            return 0
        go()
        transaction.commit()
        """,
    "a-loop-around-that-is-left": """
        for row in rows:
            transaction.set_autocommit(False)
            if row.last:
                break
            go()
            transaction.commit()
        """,
    "work-after-the-commit-in-the-try": """
        transaction.set_autocommit(False)
        try:
            go()
            transaction.commit()
            tell()
        except Exception:
            transaction.rollback()
            raise
        """,
    "work-before-the-rollback": """
        transaction.set_autocommit(False)
        try:
            go()
            transaction.commit()
        except Exception:
            Log.objects.create()
            transaction.rollback()
            raise
        """,
    "work-after-the-rollback": """
        transaction.set_autocommit(False)
        try:
            go()
            transaction.commit()
        except Exception:
            transaction.rollback()
            Log.objects.create()
        """,
    "an-exception-that-is-swallowed-inside": """
        transaction.set_autocommit(False)
        for row in rows:
            try:
                row.save()
            except IntegrityError:
                pass
        transaction.commit()
        """,
    "a-commit-past-a-swallowed-exception": """
        transaction.set_autocommit(False)
        try:
            go()
        except ValueError:
            transaction.rollback()
        transaction.commit()
        """,
    "a-handler-without-a-rollback": """
        transaction.set_autocommit(False)
        try:
            go()
            transaction.commit()
        except ValueError:
            return 1
        """,
    "either-or": """
        transaction.set_autocommit(False)
        if go():
            transaction.commit()
        else:
            transaction.rollback()
        """,
    "two-aliases": """
        transaction.set_autocommit(False, using="a")
        go()
        transaction.commit(using="b")
        """,
    "a-helper-that-commits": """
        transaction.set_autocommit(False)
        finish()
        transaction.commit()
        """,
    "a-method-that-commits": """
        transaction.set_autocommit(False)
        rows.finish()
        self.finish()
        transaction.commit()
        """,
    "it-asks-for-the-state": """
        transaction.set_autocommit(False)
        go(transaction.get_autocommit())
        transaction.commit()
        """,
    "a-block-inside": """
        transaction.set_autocommit(False)
        with transaction.atomic():
            go()
        transaction.commit()
        """,
    "the-connection-s-own-methods": """
        connection.set_autocommit(False)
        go()
        connection.commit()
        """,
    "a-comment-at-what-goes": """
        transaction.set_autocommit(False)  # for speed
        go()
        transaction.commit()
        """,
    "a-comment-at-the-header": """
        transaction.set_autocommit(False)
        try:  # whatever comes
            go()
            transaction.commit()
        except Exception:
            transaction.rollback()
            raise
        """,
    "nothing-to-wrap": """
        transaction.set_autocommit(False)
        transaction.commit()
        """,
    "all-on-one-line": """
        transaction.set_autocommit(False)
        try: go(); transaction.commit()
        except Exception: transaction.rollback(); raise
        """,
    "two-stretches": """
        transaction.set_autocommit(False)
        go()
        transaction.commit()
        transaction.set_autocommit(False)
        go()
        transaction.commit()
        """,
    "a-function-inside": """
        transaction.set_autocommit(False)
        def later():
            go()
        transaction.commit()
        """,
}
_MODULE = "from django.db import connection, transaction\n\n\ndef finish():\n    transaction.commit()\n\n\n"
KEPT = {
    name: f"{_MODULE}def view(rows, self=None):\n    {dedent(body).strip()}\n".replace(
        dedent(body).strip(), dedent(body).strip().replace("\n", "\n    ")
    )
    for name, body in _KEPT.items()
}

MANUALLY = {
    "commit-in-the-else": (
        '@transaction.commit_manually\ndef f(x):\n    """Doc."""\n    try:\n        go()\n    except:\n        transaction.rollback()\n        raise\n    else:\n        transaction.commit()\n',
        'def f(x):\n    """Doc."""\n    with transaction.atomic():\n        go()\n',
    ),
    "a-policy-in-the-handler": (
        '@login_required\n@transaction.commit_manually(using="a")\ndef f(request):\n    try:\n        go()\n    except ValueError:\n        transaction.rollback(using="a")\n        return refuse(request)\n    transaction.commit(using="a")\n    return show(request)\n',
        '@login_required\ndef f(request):\n    try:\n        with transaction.atomic(using="a"):\n            go()\n    except ValueError:\n        return refuse(request)\n    return show(request)\n',
    ),
    "plain": (
        "@transaction.commit_manually\ndef f(x):\n    go()\n    transaction.commit()\n    return 1\n",
        "def f(x):\n    with transaction.atomic():\n        go()\n    return 1\n",
    ),
    "entered-managed-and-left": (
        "def f(x):\n    transaction.enter_transaction_management()\n    transaction.managed(True)\n    try:\n        go()\n        if transaction.is_dirty():\n            transaction.commit()\n    finally:\n        transaction.leave_transaction_management()\n",
        "def f(x):\n    with transaction.atomic():\n        go()\n",
    ),
    "entered-and-left-in-a-row": (
        "def f(x):\n    before()\n    transaction.enter_transaction_management()\n    go()\n    transaction.commit()\n    transaction.leave_transaction_management()\n    after()\n",
        "def f(x):\n    before()\n    with transaction.atomic():\n        go()\n    after()\n",
    ),
    "imported-by-name": (
        'from django.db.transaction import commit_on_success\n\n\n@commit_on_success\ndef f():\n    with commit_on_success(using="a"):\n        go()\n',
        'from django.db.transaction import atomic\n\n\n@atomic\ndef f():\n    with atomic(using="a"):\n        go()\n',
    ),
    "imported-by-another-name": (
        "from django.db.transaction import commit_on_success as whole, rollback\n\n\n@whole\ndef f():\n    rollback()\n",
        "from django.db.transaction import atomic as whole, rollback\n\n\n@whole\ndef f():\n    rollback()\n",
    ),
}  # fmt: skip
NOT_MANUALLY = {
    "batches": "@transaction.commit_manually\ndef f(rows):\n    for row in rows:\n        row.go()\n        transaction.commit()\n",
    "either-or": "@transaction.commit_manually\ndef f(ok):\n    if ok:\n        transaction.commit()\n    else:\n        transaction.rollback()\n",
    "no-commit": "@transaction.commit_manually\ndef f(ok):\n    transaction.rollback()\n",
    "an-early-return": "@transaction.commit_manually\ndef f(ok):\n    if ok:\n        return 1\n    go()\n    transaction.commit()\n",
    "a-generator": "@transaction.commit_manually\ndef f(ok):\n    yield ok\n    transaction.commit()\n",
    "another-use-beside": "@transaction.commit_manually\ndef f(ok):\n    go()\n    transaction.set_dirty()\n    transaction.commit()\n    print(transaction.is_managed())\n",
    "on-a-view-of-views": "f = transaction.commit_manually(g)\n",
    "entered-in-one-left-in-another": "def f():\n    transaction.enter_transaction_management()\n\n\ndef g():\n    transaction.commit()\n    transaction.leave_transaction_management()\n",
    "atomic-is-taken": "from django.db.transaction import commit_on_success\n\natomic = None\n\n\n@commit_on_success\ndef f():\n    go()\n",
    "exported": 'from django.db.transaction import commit_on_success\n\n__all__ = ["commit_on_success"]\n',
    "rebound": "from django.db.transaction import commit_on_success\n\n\ndef f():\n    commit_on_success = None\n",
    "imported-in-a-function": "def f():\n    from django.db.transaction import commit_on_success\n\n    with commit_on_success():\n        go()\n",
    "two-names": "from django.db.transaction import commit_manually, commit_on_success\n\n\n@commit_on_success\ndef f():\n    go()\n",
}  # fmt: skip
BOTH_VERSIONS = {
    "tried": "try:\n    from django.db.transaction import atomic\nexcept ImportError:\n    from django.db.transaction import commit_on_success as atomic\n",
    "tried-the-attribute": "from django.db import transaction\n\ntry:\n    atomic = transaction.atomic\nexcept AttributeError:\n    atomic = transaction.commit_on_success\n",
    "asked": 'from django.db import transaction\n\nif hasattr(transaction, "atomic"):\n    whole = transaction.atomic\nelse:\n    whole = transaction.commit_on_success\n',
    "version": "import django\nfrom django.db import transaction\n\nif django.VERSION < (1, 6):\n    transaction.commit_unless_managed()\n",
}  # fmt: skip
