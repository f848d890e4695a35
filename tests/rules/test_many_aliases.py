"""Rules that compare aliases: what they say of many, and that the work grows as the aliases do."""

from __future__ import annotations

import sys
from itertools import product

import pytest

from djconnfix.facts import State
from djconnfix.rules import all_rules, judge
from tests.rules.build import THREADS, database, problems, project, settings

POOL = {"pool": {"min_size": 1, "max_size": 4}}
BAD = {"CONN_HEALTH_CHECK": True, "ATOMIC_REQUEST": True, "AUTOCOMMIT": False, "NAME": "shop"}


def pairs(rule, module):
    """Return the aliases that a rule names together, in order."""
    return [problem.message.split("'")[1:4:2] for problem in problems(rule, module)]


@pytest.mark.parametrize("seed", range(4))
def test_ages_that_differ_are_told_of_the_first_other_alias(seed):
    kinds = [*product((60, 60.0, 0, "60", None), ("db", "other"), ("a", "b", "c", "b"))]
    databases = [
        database(alias=alias, index=index, HOST=host, NAME="shop", CONN_MAX_AGE=age)
        for index, (age, host, alias) in enumerate(kinds[seed::4] + kinds[:: seed + 2])
    ]
    expected = []
    for number, each in enumerate(databases):
        for other in databases[:number]:
            same = other.get("HOST").value == each.get("HOST").value and other.alias != each.alias
            if same and other.conn_max_age.value != each.conn_max_age.value:
                expected.append([other.alias, each.alias])
                break
    assert pairs("conn-max-age-differs-by-alias", settings(*databases)) == expected
    assert expected


def test_pools_of_one_server_are_told_of_the_first_other_alias():
    aliases = [("a", "db"), ("a", "db"), ("b", "db"), ("a", "db"), ("c", "other"), ("c", "db"), ("d", "other")]
    databases = [database(alias=name, index=n, HOST=host, options=POOL) for n, (name, host) in enumerate(aliases)]
    found = pairs("pool-multiplies-aliases", settings(*databases))
    assert found == [["a", "b"], ["b", "a"], ["a", "c"], ["c", "d"]]


@pytest.mark.parametrize("ages", [1, 3, 1000])
@pytest.mark.parametrize("host", ["", "db"])
def test_twice_the_aliases_are_twice_the_work(host, ages):
    def calls(count):
        databases = [
            database(alias=f"a{n}", line=n + 2, options=POOL, HOST=host, CONN_MAX_AGE=60 + n % ages, **BAD)
            for n in range(count)
        ]
        module = settings(*databases, servers=(THREADS,))
        judged = project(module)
        number = 0

        def tick(frame, event, argument):
            nonlocal number
            number += event == "call"

        sys.setprofile(tick)
        try:
            findings = judge(judged, all_rules())
        finally:
            sys.setprofile(None)
        assert len(findings) >= 4 * count
        return number

    judge(project(settings(database(**BAD))), all_rules())  # imports what is imported late
    assert calls(120) < 2.2 * calls(60)


def test_a_default_is_no_age_that_somebody_chose():
    module = settings(database(HOST="db", NAME="x"), database(alias="b", HOST="db", NAME="x", CONN_MAX_AGE=60))
    assert module.databases[0].conn_max_age.state is State.DEFAULT
    assert pairs("conn-max-age-differs-by-alias", module) == []
