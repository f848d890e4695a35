"""The rules over live servers, apart from their own examples."""

from __future__ import annotations

from typing import Any

import pytest

from djconnfix.facts import PoolMode
from djconnfix.findings import Severity
from djconnfix.live_facts import IdleTransaction, LiveProject, PoolerSeen, ServerFacts, with_servers
from djconnfix.rules import all_rules, find_rule
from tests.rules.build import THREADS, at, database, project, settings

LIVE = [rule for rule in all_rules() if rule.code.startswith("DCF7")]


def found(rule: str, **facts: Any) -> list[Any]:
    known = find_rule(rule)
    assert known is not None
    base = project(settings(database(CONN_MAX_AGE=60), servers=(THREADS,)))
    server = ServerFacts("default", at(), "shop.settings", base.settings[0].databases[0].key, **facts)
    return list(known.check(with_servers(base, (server,))))


@pytest.mark.parametrize("rule", LIVE, ids=lambda rule: rule.name)
def test_an_audit_of_files_alone_hears_nothing(rule: Any) -> None:
    assert list(rule.check(project(settings(database(CONN_MAX_AGE=60), servers=(THREADS,))))) == []


@pytest.mark.parametrize("rule", LIVE, ids=lambda rule: rule.name)
def test_a_server_that_tells_nothing_is_not_judged(rule: Any) -> None:
    assert found(rule.code) == []


def test_a_project_keeps_its_facts_when_servers_are_added() -> None:
    plain = project(settings(database()))
    live = with_servers(plain, ())
    assert isinstance(live, LiveProject)
    assert (live.settings, live.root, live.evidence) == (plain.settings, plain.root, plain.evidence)


@pytest.mark.parametrize(
    ("rule", "facts", "silent"),
    [
        ("DCF703", {"max_connections": 100, "reserved": 3, "connections": 78}, False),
        ("DCF703", {"max_connections": 100, "reserved": 3, "connections": 77}, True),
        ("DCF704", {"max_connections": 7}, False),
        ("DCF704", {"max_connections": 8}, True),
        ("DCF704", {"max_connections": 100, "own_limit": 7}, False),
        ("DCF704", {"max_connections": 7, "pooler": PoolerSeen("")}, True),
        ("DCF705", {"idle_timeout": 60.0, "conn_max_age": 60}, True),
        ("DCF705", {"idle_timeout": 59.0, "conn_max_age": 60}, False),
        ("DCF706", {"pooler": PoolerSeen("", mode=PoolMode.STATEMENT)}, False),
        ("DCF706", {"pooler": PoolerSeen("")}, True),
        ("DCF706", {"pooler": PoolerSeen("", mode=PoolMode.TRANSACTION), "product": "MySQL"}, True),
        ("DCF707", {"pooler": PoolerSeen(""), "conn_max_age": 60}, True),
        ("DCF708", {"encrypted": False, "pooler": PoolerSeen("")}, False),
        ("DCF708", {"encrypted": False, "local": True, "pooler": PoolerSeen(""), "server_encrypted": False}, True),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_where_each_rule_draws_the_line(rule: str, facts: dict[str, Any], silent: bool) -> None:
    assert (found(rule, **facts) == []) is silent


def test_who_blocks_others_is_an_error() -> None:
    [alone] = found("DCF702", idle_transactions=(IdleTransaction(60.0),))
    [blocking] = found("DCF702", idle_transactions=(IdleTransaction(1.0, "shop", ("orders",), 2),))
    assert alone.severity is None
    assert blocking.severity is Severity.ERROR
    assert blocking.message == "1 session of alias 'default' idles inside a transaction, and 2 wait for them"
    assert "has locked orders" in blocking.because[0].text


def test_what_was_seen_is_told_without_the_usual() -> None:
    server = ServerFacts("default", at(), version=(16, 2), connections=4, pooler=PoolerSeen("", "pgbouncer", "1.23"))
    assert server.described == ["version: 16.2", "connections: 4", "pooler: pgbouncer 1.23"]
    assert ServerFacts("default", at()).described == ["as usual"]
