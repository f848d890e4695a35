"""A bench for proofs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.probe.conftest import target

__all__ = ["target"]

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.bench import Bench
    from tests.servers.postgresql import Login, PostgreSQL


@pytest.fixture(scope="session")
def alone(postgresql: PostgreSQL) -> Login:
    """A role whose sessions are those of the project that is looked at, and no other's."""
    return postgresql.create_database("alone")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """An empty project; Django is ready to make connections in this process."""
    pytest.importorskip("psycopg", reason="no psycopg: pip install 'djconnfix[test]'")
    import django
    import pymysql
    from django.apps import apps
    from django.conf import settings

    from tests.end_to_end.bench import Bench

    if not settings.configured:
        settings.configure(USE_TZ=True, DATABASES={})
    if not apps.ready:
        django.setup()
    pymysql.version_info = (2, 2, 8, "final", 0)  # Django asks for mysqlclient's version
    pymysql.install_as_MySQLdb()
    root = tmp_path / "project"
    root.mkdir()
    return Bench(root)
