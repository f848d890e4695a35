"""Code as projects write it, right in its way: a finding here tells somebody to change deliberate policy."""

from __future__ import annotations

import ast

import pytest

from djconnfix.code.kinds import (
    CLOSED_PER_REQUEST,
    FAILURE_COMMITTED,
    LOOP_WITHOUT_CLOSE,
    NOT_RESTORED,
    QUERY_AT_IMPORT,
    SESSION_STATE,
)
from tests.code import wild_functions, wild_middleware
from tests.code.files import facts, read

IMPORTS = """\
import atexit
import functools
import multiprocessing
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress

import psycopg2
import sqlite3
from asgiref.sync import sync_to_async
from celery import shared_task
from django.core.management.base import BaseCommand
from django.db import (
    DatabaseError, IntegrityError, OperationalError, close_old_connections, connection, connections, router, transaction
)
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.decorators import method_decorator
from django.utils.deprecation import MiddlewareMixin
from django.views import View
from rest_framework.views import APIView

from shop.models import Order


"""
SHAPES = {**wild_middleware.SHAPES, **wild_functions.SHAPES}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_nothing_is_said_of_what_is_right(shape: str) -> None:
    ast.parse(shape)
    assert [(fact.kind, fact.name) for fact in facts(IMPORTS + shape)] == []


def test_there_are_as_many_as_promised() -> None:
    assert len(SHAPES) >= 45


NEARLY = {
    "a-name-that-holds-another-test": (
        FAILURE_COMMITTED,
        """
class Policy:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        transaction.set_autocommit(False)
        response = self.get_response(request)
        keep = request.method != "GET"
        if keep:
            transaction.commit()
        else:
            transaction.rollback()
        transaction.set_autocommit(True)
        return response
""",
    ),
    "a-callback-for-something-else": (
        NOT_RESTORED,
        """
def work():
    with ExitStack() as stack:
        transaction.set_autocommit(False)
        stack.callback(print, True)
        do()
        transaction.commit()
""",
    ),
    "a-loop-that-nothing-leaves": (
        LOOP_WITHOUT_CLOSE,
        """
class Command(BaseCommand):
    def handle(self, *args, **options):
        while True:
            for order in Order.objects.all():
                if order.done:
                    break
""",
    ),
    "a-state-that-stays": (
        SESSION_STATE,
        """
def view(request):
    with connection.cursor() as cursor:
        cursor.execute("SET search_path TO tenant")
        cursor.execute("SET statement_timeout TO 0")
""",
    ),
    "a-query-at-import": (QUERY_AT_IMPORT, "NUMBERS = list(Order.objects.all())\n"),
    "a-close-for-every-request": (
        CLOSED_PER_REQUEST,
        """
class Close:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        connections.close_all()
        return response
""",
    ),
}


@pytest.mark.parametrize(("kind", "shape"), NEARLY.values(), ids=NEARLY)
def test_what_only_looks_like_it_is_still_found(kind: str, shape: str) -> None:
    assert facts(IMPORTS + shape, kind) != []


LEFT = {
    "break": "if page is None:\n                break",
    "return": "if not rows:\n                return",
    "break-under-try": "try:\n                go()\n            finally:\n                break",
    "return-from-an-inner-loop": "for row in rows:\n                if row.last:\n                    return",
}


@pytest.mark.parametrize("way", LEFT.values(), ids=LEFT)
def test_a_loop_that_ends_is_no_worker(way: str) -> None:
    text = f"""
class Command(BaseCommand):
    def handle(self, *args, **options):
        while True:
            page = list(Order.objects.all())
            {way}
"""
    assert facts(IMPORTS + text, LOOP_WITHOUT_CLOSE) == []


SCRIPTS = {
    "sets-django-up": ("tools/fill.py", "import django\n\ndjango.setup()\n"),
    "a-folder-that-is-no-package": ("tools/old-fixes/fill.py", ""),
    "scripts": ("scripts/fill.py", ""),
}


@pytest.mark.parametrize(("path", "first"), SCRIPTS.values(), ids=SCRIPTS)
def test_a_script_queries_when_it_is_run(path: str, first: str) -> None:
    text = f"{first}from shop.models import Order\n\nNUMBERS = list(Order.objects.all())\n"
    assert [f for f in read({path: text}).facts if f.kind == QUERY_AT_IMPORT] == []


RESTORED = {
    "set-back": ("SET FOREIGN_KEY_CHECKS = 0", "SET FOREIGN_KEY_CHECKS = 1"),
    "reset": ("SET statement_timeout TO 0", "RESET statement_timeout"),
    "dropped": ("CREATE TEMP TABLE rated (id int)", "DROP TABLE rated"),
    "dropped-if-there": ("CREATE TEMPORARY TABLE IF NOT EXISTS rated (id int)", "DROP TABLE IF EXISTS rated"),
    "at-commit": ("CREATE TEMP TABLE rated ON COMMIT DROP AS SELECT 1", "SELECT 1"),
}


@pytest.mark.parametrize(("one", "other"), RESTORED.values(), ids=RESTORED)
def test_a_session_that_is_put_back_is_nobodys_surprise(one: str, other: str) -> None:
    text = f'\ndef view(request):\n    with connection.cursor() as cursor:\n        cursor.execute("{one}")\n        cursor.execute("{other}")\n'
    assert facts(IMPORTS + text, SESSION_STATE) == []
