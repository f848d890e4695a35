"""A file that only Python 2 takes is read and judged, and never written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.config import Config
from djconnfix.engine import audit
from djconnfix.fix.plan import make_plan

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """\
try:
    import memcache
except ImportError, e:
    print e

DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql_psycopg2',
        'NAME': 'shop',
        'CONN_MAX_AGE': 60,
    }
}
MIDDLEWARE_CLASSES = ('django.middleware.transaction.TransactionMiddleware',)
"""
MIDDLEWARE = """\
from django.db import transaction


class Commit(object):
    def process_request(self, request):
        transaction.enter_transaction_management()
        transaction.managed(True)

    def process_response(self, request, response):
        if transaction.is_dirty():
            transaction.commit()
        transaction.leave_transaction_management()
        print "done"
        return response
"""


@pytest.mark.parametrize("unsafe", [False, True])
def test_python_2_is_judged_and_left(tmp_path: Path, unsafe: bool) -> None:
    files = {"settings.py": SETTINGS, "middleware.py": MIDDLEWARE, "requirements.txt": "Django==1.7.11\n"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    report = audit(Config(root=tmp_path))
    plan = make_plan(report, report.findings, unsafe=unsafe)
    assert {finding.location.path for finding in report.findings} >= {"settings.py", "middleware.py"}
    assert plan.changes == ()
    assert [(each.path, each.line) for each in report.project.unreadable] == [("middleware.py", 13), ("settings.py", 3)]
