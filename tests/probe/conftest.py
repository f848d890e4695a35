"""Aliases for the probe, as Django would load them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from djconnfix.probe.target import Target
    from tests.servers.postgresql import Login

ENGINES = {"postgresql": "django.db.backends.postgresql", "mysql": "django.db.backends.mysql"}


def alias_settings(vendor: str, login: Login, **changes: Any) -> dict[str, Any]:
    """An alias of `DATABASES` for a login."""
    return {
        "ENGINE": ENGINES[vendor],
        "NAME": login.database,
        "USER": login.user,
        "PASSWORD": login.password,
        "HOST": login.host,
        "PORT": login.port,
        **changes,
    }


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Target]:
    """`target("postgresql", login, PORT=1)`: an alias of loaded settings, ready to be probed."""
    pytest.importorskip("psycopg", reason="no psycopg: pip install 'djconnfix[test]'")
    import django
    import pymysql
    from django.apps import apps
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_TZ=True, DATABASES={})
    if not apps.ready:
        django.setup()
    monkeypatch.setattr(pymysql, "version_info", (2, 2, 8, "final", 0))  # Django asks for mysqlclient's version
    pymysql.install_as_MySQLdb()
    from django.db.utils import ConnectionHandler

    from djconnfix.probe import target as module

    def make(vendor: str, login: Login, **changes: Any) -> Target:
        loaded = ConnectionHandler({"default": alias_settings(vendor, login, **changes)})
        monkeypatch.setattr(module, "connections", loaded)
        return module.find_target("default")

    return make
