"""Facts that are worked out once, and what they follow from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from djconnfix.facts import Evidence, Role, remembered
from djconnfix.live_facts import with_servers
from tests.rules.build import SQLITE, database, project, read, settings, unseen


def test_a_result_is_remembered_with_the_definition_and_forgotten_with_the_evidence() -> None:
    asked = []

    @remembered
    def double(each, given):
        asked.append(given)
        return f"{each.alias} {given.django}"

    default, other = database(), database(alias="other")
    old, new = Evidence(django=(4, 2)), Evidence(django=(5, 2))
    assert [double(default, old), double(default, old), double(other, old)] == ["default (4, 2)"] * 2 + ["other (4, 2)"]
    assert asked == [old, old]
    assert double(default, new) == "default (5, 2)"
    assert double(replace(default), new) == "default (5, 2)"
    assert len(asked) == 4


@pytest.mark.parametrize(
    ("engine", "vendor", "stock", "server"),
    [
        pytest.param("django.db.backends.postgresql", "postgresql", True, True, id="stock"),
        pytest.param("my.mysql.backend", "mysql", False, True, id="another"),
        pytest.param(SQLITE, "sqlite", True, False, id="file"),
        pytest.param("", "", False, False, id="empty"),
        pytest.param(5, "", False, False, id="no text"),
        pytest.param(unseen(), "", False, False, id="out of sight"),
        pytest.param(read("ENGINE", SQLITE, ""), "sqlite", True, True, id="from the environment"),
        pytest.param(None, "dummy", True, False, id="none written"),
    ],
)
def test_what_an_engine_says(engine, vendor, stock, server) -> None:
    found = database(ENGINE=engine)
    assert (found.vendor, found.stock_engine, found.may_be_server) == (vendor, stock, server)
    assert replace(database(), settings=found.settings).vendor == vendor


def test_definitions_by_role() -> None:
    served = settings(database(), database(alias="tests", conditions=('"test" in sys.argv',)))
    local = settings(database(module="shop.local"), module="shop.local", role=Role.DEVELOPMENT)
    found = project(served, local)

    def names(*roles):
        return [f"{each.module} {of.alias}" for each, of in found.databases(*roles)]

    for _ in range(2):
        assert names() == ["shop.settings default", "shop.settings tests", "shop.local default"]
        assert names(Role.PRODUCTION) == ["shop.settings default"]
        assert names(Role.TEST, Role.DEVELOPMENT) == ["shop.settings tests", "shop.local default"]
    assert [*replace(found, settings=(local,)).databases(Role.PRODUCTION)] == []
    assert [*with_servers(found, ()).databases(Role.TEST)] == [*found.databases(Role.TEST)]
