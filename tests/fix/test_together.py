"""Changes that are carried out side by side: the same as one after another, with fewer proofs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from djconnfix.facts import DatabaseKey
from djconnfix.findings import CastSetting, RemoveListItem, RemoveSetting, RequirePackage
from djconnfix.fix import draft, together
from djconnfix.source import Location
from tests.fix.projects import Wish, changed, plan, project, want

if TYPE_CHECKING:
    from pathlib import Path

    from djconnfix.fix.plan import Plan

ROW = '    "{0}": {{\n        "ENGINE": "e",\n        "NAME": "{0}",\n    }},\n'
ROWS = "DATABASES = {\n" + "".join(ROW.format(name) for name in ("default", "other", "third")) + "}\n"
BOTH = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


@dataclass(frozen=True)
class Case:
    """Settings, what is wanted of them, and how many proofs that takes side by side and one after another."""

    text: str
    wishes: tuple[Wish, ...]
    proofs: tuple[int, int]
    more: tuple[tuple[str, str], ...] = ()


def _key(alias: str) -> DatabaseKey:
    return DatabaseKey("settings", alias, 0)


CASES = {
    "three aliases": Case(ROWS, (want(**BOTH), want("other", **BOTH), want("third", **BOTH)), (1, 6)),
    "one alias, two keys": Case(ROWS, (want(**BOTH),), (1, 2)),
    "two findings of one alias": Case(ROWS, (want(CONN_MAX_AGE=60), want(ATOMIC_REQUESTS=True)), (2, 2)),
    "the same twice": Case(
        ROWS, (want(CONN_MAX_AGE=60), want(CONN_MAX_AGE=60), want("other", CONN_MAX_AGE=60)), (1, 2)
    ),
    "on one line each": Case(
        'DATABASES = {\n    "default": {"ENGINE": "e"},\n    "other": {"ENGINE": "e"},\n}\n',
        (want(**BOTH), want("other", **BOTH)),
        (2, 4),
    ),
    "all on one line": Case(
        'DATABASES = {"default": {"ENGINE": "e"}, "other": {"ENGINE": "e"}}\n',
        (want(**BOTH), want("other", **BOTH)),
        (3, 4),
    ),
    "two that share a dictionary": Case(
        'base = {"ENGINE": "e"}\nDATABASES = {"default": base, "other": base}\n',
        (want(CONN_MAX_AGE=60), want("other", CONN_MAX_AGE=60)),
        (1, 1),
    ),
    "defaults of the environment": Case(
        "import os\nDATABASES = {\n"
        '    "default": {"ENGINE": "e", "CONN_MAX_AGE": int(os.environ.get("A", "0"))},\n'
        '    "other": {"ENGINE": "e", "CONN_MAX_AGE": int(os.environ.get("B", "0"))},\n}\n',
        (want(CONN_MAX_AGE=60), want("other", CONN_MAX_AGE=60)),
        (1, 2),
    ),
    "a fall-back that nothing falls back to": Case(
        'import os\nos.environ["A"] = "0"\nDATABASES = {\n'
        '    "default": {"ENGINE": "e", "CONN_MAX_AGE": int(os.environ.get("A", "0"))},\n'
        '    "other": {"ENGINE": "e", "CONN_MAX_AGE": 0},\n}\n',
        (want(CONN_MAX_AGE=60), want("other", CONN_MAX_AGE=60)),
        (4, 2),
    ),
    "a name that both read": Case(
        'AGE = 0\nDATABASES = {\n    "default": {"ENGINE": "e", "CONN_MAX_AGE": AGE},\n'
        '    "other": {"ENGINE": "e", "CONN_MAX_AGE": AGE},\n}\n',
        (want(CONN_MAX_AGE=60), want("other", CONN_MAX_AGE=60)),
        (1, 1),
    ),
    "a name that one may not change": Case(
        'AGE = 0\nDATABASES = {\n    "default": {"ENGINE": "e", "CONN_MAX_AGE": AGE},\n'
        '    "other": {"ENGINE": "e", "CONN_MAX_AGE": AGE},\n}\n',
        (want(CONN_MAX_AGE=60), want("other", CONN_MAX_AGE=60, ATOMIC_REQUESTS=True)),
        (2, 2),
    ),
    "removals go alone": Case(
        ROWS.replace('"NAME"', '"CONN_MAX_AGE": 0,\n        "NAME"'),
        (
            Wish((RemoveSetting(_key("default"), ("CONN_MAX_AGE",)),)),
            Wish((RemoveSetting(_key("other"), ("CONN_MAX_AGE",)),)),
        ),
        (2, 2),
    ),
    "what need not go may stay": Case(
        ROWS.replace('"NAME"', '**{"CONN_MAX_AGE": 0},\n        "NAME"'),
        (
            Wish((RemoveSetting(_key("default"), ("PORT",), optional=True),)),
            want("other", ATOMIC_REQUESTS=True),
            want("third", ATOMIC_REQUESTS=True),
        ),
        (1, 2),
    ),
    "casts": Case(
        'DATABASES = {\n    "default": {"ENGINE": "e", "CONN_MAX_AGE": "60"},\n'
        '    "other": {"ENGINE": "e", "CONN_MAX_AGE": "60"},\n}\n',
        (
            Wish((CastSetting(_key("default"), ("CONN_MAX_AGE",), "int"),)),
            Wish((CastSetting(_key("other"), ("CONN_MAX_AGE",), "int"),)),
        ),
        (1, 2),
    ),
    "an alias, a list and a package": Case(
        f'{ROWS}MIDDLEWARE = ["a", "b"]\n',
        (
            want(**BOTH),
            Wish((RemoveListItem("settings", "MIDDLEWARE", "a"),)),
            Wish((RequirePackage(Location("requirements.txt", 2, 1, 2, 13, 12, 24), "pool", "psycopg[pool]"),)),
        ),
        (1, 2),
        (("requirements.txt", "Django==5.2\npsycopg==3.2\n"),),
    ),
    "one that is refused among others": Case(
        ROWS, (want(**BOTH), Wish((CastSetting(_key("other"), ("NOTHING",), "int"),)), want("third", **BOTH)), (5, 4)
    ),
    "only one that is refused": Case(ROWS, (Wish((CastSetting(_key("other"), ("NOTHING",), "int"),)),), (0, 0)),
    "no such alias": Case(ROWS, (want("nobody", **BOTH), want(**BOTH)), (2, 2)),
}


def _outcome(made: Plan) -> object:
    return (
        changed(made),
        [finding.fingerprint for finding in made.applied],
        [(refusal.finding.fingerprint, refusal.reason) for refusal in made.refused],
        [[finding.fingerprint for finding in change.findings] for change in made.changes],
    )


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_side_by_side_gives_what_one_after_another_gives(case: Case, tmp_path: Path, monkeypatch) -> None:
    files = {"settings.py": case.text, **dict(case.more)}
    proofs = []
    for module in (draft, together):
        monkeypatch.setattr(module, "prove", _counting(module.prove, proofs))
    together_ = _outcome(plan(project(tmp_path, files), *case.wishes))
    side_by_side = len(proofs)
    monkeypatch.setattr(draft, "carried_out_together", lambda *_: None)
    one_by_one = _outcome(plan(project(tmp_path, files), *case.wishes))
    assert together_ == one_by_one
    assert (side_by_side, len(proofs) - side_by_side) == case.proofs


def _counting(prove, proofs):
    def counted(*arguments):
        proofs.append(arguments)
        return prove(*arguments)

    return counted


def test_where_a_round_fails_its_proof_each_goes_alone(tmp_path: Path, monkeypatch) -> None:
    files = {"settings.py": ROWS}
    wishes = [want(**BOTH), want("other", **BOTH)]
    expected = _outcome(plan(project(tmp_path, files), *wishes))
    monkeypatch.setattr(together, "_proved", lambda *_: None)
    assert _outcome(plan(project(tmp_path, files), *wishes)) == expected
