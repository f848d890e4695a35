"""Plain uses of transactions: every line that could be one, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.code.plain import plain_uses
from djconnfix.config import Config
from djconnfix.engine import audit
from djconnfix.findings import Applicability
from tests.project.deployment import tree_of

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "from django.db import connection, connections, transaction\n"
BEGINS, ENDS = "transaction", "manual-commit"
FOUND = [
    ("with transaction.atomic():\n    pass\n", BEGINS, "default"),
    ("@transaction.atomic\ndef view(request): ...\n", BEGINS, "default"),
    ("with transaction.atomic(using='reports'):\n    pass\n", BEGINS, "reports"),
    ('with transaction.atomic("reports"):\n    pass\n', BEGINS, "reports"),
    ("with transaction.atomic(savepoint=False, using='reports'):\n    pass\n", BEGINS, "reports"),
    ("with transaction.atomic(using=alias):\n    pass\n", BEGINS, ""),
    ("with transaction.atomic(savepoint=False):\n    pass\n", BEGINS, "default"),
    ("decorate = method_decorator(transaction.atomic)\n", BEGINS, "default"),
    ("    row = Row.objects.select_for_update().get()\n", BEGINS, "default"),
    ("transaction.commit()\n", ENDS, "default"),
    ("    transaction.rollback(using='reports')\n", ENDS, "reports"),
    ("    if done: transaction.commit(alias)\n", ENDS, ""),
    ("connection.commit()\n", ENDS, "default"),
    ("connections['reports'].rollback()\n", ENDS, "reports"),
    ("connections[alias].commit()\n", ENDS, ""),
]
NOT_FOUND = [
    "# transaction.commit()\n",
    "repo.commit()\n",
    "session.rollback()\n",
    "atomic_number = 3\n",
    "x = 'atomic'\n",
]


@pytest.mark.parametrize(("line", "kind", "alias"), FOUND, ids=[case[0].split("\n")[0].strip() for case in FOUND])
def test_a_line_and_the_alias_it_names(line: str, kind: str, alias: str) -> None:
    (fact,) = plain_uses(tree_of({"shop/views.py": HEAD + line}))
    assert (fact.kind, fact.alias, fact.location.line) == (kind, alias, 2)


@pytest.mark.parametrize("line", NOT_FOUND, ids=str.strip)
def test_other_lines(line: str) -> None:
    assert list(plain_uses(tree_of({"shop/views.py": HEAD + line}))) == []


@pytest.mark.parametrize(
    "path", ["shop/tests/test_views.py", "tests.py", "shop/views.txt"], ids=["folder", "module", "no Python"]
)
def test_files_that_do_not_count(path: str) -> None:
    assert list(plain_uses(tree_of({path: HEAD + "transaction.commit()\n"}))) == []


def test_a_file_without_django() -> None:
    assert list(plain_uses(tree_of({"shop/work.py": "transaction.commit()\n"}))) == []


def test_middleware_is_told_apart() -> None:
    (fact,) = plain_uses(tree_of({"shop/middleware.py": HEAD + "transaction.commit()\n"}))
    assert fact.place == "middleware"


@pytest.mark.parametrize(
    ("code", "applicability"),
    [
        ("", Applicability.UNSAFE),
        (HEAD + "transaction.commit()\n", Applicability.MANUAL),
        (HEAD + "transaction.rollback(using='reports')\n", Applicability.UNSAFE),
    ],
    ids=["none", "by hand", "by hand for another alias"],
)
def test_autocommit_is_not_switched_on_around_commits_by_hand(
    code: str, applicability: Applicability, tmp_path: Path
) -> None:
    settings = (
        'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "x", "AUTOCOMMIT": False}}\n'
    )
    (tmp_path / "settings.py").write_text(settings)
    (tmp_path / "views.py").write_text(code)
    (found,) = audit(Config(root=tmp_path, select=("DCF210",))).findings
    assert found.remedy is not None
    assert found.remedy.applicability is applicability
