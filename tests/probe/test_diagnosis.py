"""Causes are named when they are there, and only then."""

from __future__ import annotations

import socket

import pytest

from djconnfix.findings import Confidence
from djconnfix.probe.diagnosis import diagnose
from djconnfix.probe.network import Address, Attempt, Resolution
from djconnfix.probe.reading import Habits, Login, PassedOver
from tests.probe.build import phases, reading

IPV6 = Address(socket.AF_INET6, ("2001:db8::1", 5432, 0, 0), 5432)
IPV4 = Address(socket.AF_INET, ("192.0.2.1", 5432), 5432)
SILENT = "no answer within 2.5 s"


def names(*arguments, **changes):
    return [each.name for each in diagnose(reading(*arguments, **changes))]


@pytest.mark.parametrize(
    ("vendor", "changes", "expected"),
    [
        ("postgresql", {"also": phases(RESOLVE=(0, 0.15, 0.0))}, "slow-dns"),
        ("postgresql", {"attempts": (Attempt(IPV6, 2.5, SILENT), Attempt(IPV4, 0.001))}, "ipv6-first"),
        ("postgresql", {"passed_over": (PassedOver("db1:5432", "cannot be reached", 2.0),)}, "many-hosts"),
        ("mysql", {"also": phases(START=(1, 4.0, 0.0)), "reverse_lookup": True}, "reverse-dns"),
        ("postgresql", {"also": phases(START=(1, 0.4, 0.0)), "reverse_lookup": True}, "reverse-dns"),
        ("postgresql", {"also": phases(START=(1, 0.4, 0.0))}, "slow-server-start"),
        ("mysql", {"also": phases(START=(1, 0.4, 0.0)), "reverse_lookup": None}, "slow-server-start"),
        (
            "mysql",
            {"also": phases(START=(1, 0.4, 0.0)), "reverse_lookup": True, "local": True},
            "slow-server-start",
        ),
        (
            "mysql",
            {"also": phases(TLS=(1, 0.002, 0.05)), "login": Login(True, "1.3", 140, "/etc/ssl/ca.crt")},
            "tls-authority-bundle",
        ),
        ("mysql", {"also": phases(PREPARE=(0, 0, 0.02)), "login": Login(False, "", 140, "a")}, "tls-authority-bundle"),
        ("postgresql", {"also": phases(LOGIN=(3, 0.005, 0.2)), "login": Login(iterations=200000)}, "scram-iterations"),
        ("postgresql", {"also": phases(LOGIN=(3, 0.005, 0.2)), "login": Login(True, "1.3")}, "scram-iterations"),
        ("postgresql", {"also": phases(LOGIN=(2, 0.9, 0.002))}, "slow-authentication"),
        ("postgresql", {"login": Login(gss=True)}, "gss-first"),
        ("postgresql", {"also": phases(TLS=(2, 0.004, 0.001)), "login": Login(True, "1.3")}, "tls-round-trips"),
        ("postgresql", {"also": phases(TLS=(2, 0.004, 0.001)), "login": Login(True, "1.2")}, "tls-round-trips"),
        ("mysql", {"also": phases(DRIVER=(2, 0.002, 0.0))}, "double-autocommit"),
    ],
    ids=[
        "a slow resolver",
        "an IPv6 address that never answers",
        "a host in vain",
        "MySQL looks names up",
        "PostgreSQL looks names up",
        "a slow start without a reason",
        "a MySQL that does not say",
        "a MySQL that has nothing to look up",
        "a bundle",
        "a bundle in vain",
        "many iterations",
        "many iterations under TLS",
        "slow authentication",
        "GSS",
        "another key exchange",
        "TLS 1.2",
        "autocommit twice",
    ],
)
def test_a_cause_is_named(vendor, changes, expected):
    assert names(vendor, **changes) == [expected]


def test_the_time_zone_is_named():
    [found] = diagnose(reading(server_timezone="Etc/UTC"))
    assert (found.name, found.round_trips) == ("timezone-statement", 1)
    assert "TimeZone=UTC" in found.remedy


def test_behind_a_pooler_no_startup_option_is_recommended():
    [found] = diagnose(reading(server_timezone="Etc/UTC", pooler=True))
    assert "OPTIONS" not in found.remedy
    assert "ALTER ROLE" in found.remedy


@pytest.mark.parametrize(
    ("vendor", "changes"),
    [
        ("postgresql", {}),
        ("mysql", {}),
        ("postgresql", {"also": phases(RESOLVE=(0, 0.004, 0.0))}),
        ("postgresql", {"attempts": (Attempt(IPV6, 0.0001, "connection refused"), Attempt(IPV4, 0.001))}),
        ("postgresql", {"attempts": (Attempt(IPV6, 0.001),)}),
        ("postgresql", {"attempts": (Attempt(IPV4, 2.0, SILENT), Attempt(IPV6, 0.001))}),
        ("postgresql", {"also": phases(START=(1, 0.012, 0.0)), "reverse_lookup": True}),
        ("mysql", {"reverse_lookup": True}),
        ("mysql", {"also": phases(TLS=(1, 0.002, 0.05)), "login": Login(True, "1.3", 2, "/srv/ca.crt")}),
        ("mysql", {"login": Login(True, "1.3", 140, "/etc/ssl/ca.crt")}),
        ("postgresql", {"login": Login(iterations=4096)}),
        ("postgresql", {"also": phases(LOGIN=(3, 0.005, 0.03)), "login": Login(iterations=4096)}),
        ("mysql", {"also": phases(DRIVER=(2, 0.002, 0.0)), "habits": Habits(driver_autocommit=True)}),
    ],
    ids=[
        "PostgreSQL",
        "MySQL",
        "the resolver took 4 ms",
        "IPv6 refused at once",
        "IPv6 answers",
        "IPv4 first",
        "names looked up in no time",
        "MySQL looks names up in no time",
        "one's own authority",
        "a bundle that costs nothing",
        "the usual iterations",
        "a slow client",
        "autocommit once",
    ],
)
def test_a_healthy_server_has_no_diagnosis(vendor, changes):
    assert names(vendor, **changes) == []


def test_a_slow_question_for_ipv6_is_told():
    asked = (Resolution("any", 0.15), Resolution("IPv4", 0.001), Resolution("IPv6", 0.15))
    [found] = diagnose(reading(also=phases(RESOLVE=(0, 0.15, 0.0)), resolutions=asked))
    assert "the question for IPv6 takes 150 ms" in found.cause


def test_what_tls_hides_is_less_sure():
    hidden = reading(also=phases(LOGIN=(3, 0.005, 0.2)), login=Login(True, "1.3"))
    assert [each.confidence for each in diagnose(hidden)] == [Confidence.MEDIUM]


def test_the_most_expensive_comes_first():
    found = diagnose(reading(also=phases(RESOLVE=(0, 0.3, 0.0), START=(1, 0.5, 0.0))))
    assert [each.name for each in found] == ["slow-server-start", "slow-dns"]
