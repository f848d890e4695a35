"""What a plan refuses, and that nothing of a refused finding is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from djconnfix.code.steps import Step, encode
from djconnfix.facts import DatabaseKey
from djconnfix.findings import (
    Applicability,
    CastSetting,
    MoveSetting,
    RemoveListItem,
    RemoveSetting,
    RemoveStatement,
    RewriteCode,
    SetSetting,
)
from djconnfix.fix.plan import make_plan
from djconnfix.source import Location
from tests.fix.projects import ENTRY, Wish, changed, findings, plan, project, want

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT = DatabaseKey("settings", "default", 0)
LITERAL = 'DATABASES = {"default": {"ENGINE": "e"}}\n'


BESIDE = tuple(encode([Step("insert-after", len(LITERAL), len(LITERAL) + 3, (), "h()")]).items())
PUT = tuple(encode([Step("put", len(LITERAL), len(LITERAL) + 10, (), "f()")]).items())


@dataclass(frozen=True)
class Refused:
    text: str | bytes
    wish: Wish = want(CONN_MAX_AGE=60)  # noqa: RUF009
    reason: str = ""


REFUSALS = {
    "an alias that does not exist": Refused(LITERAL, want("other", CONN_MAX_AGE=60), "not found again"),
    "a definition that does not exist": Refused(LITERAL, want(index=1, CONN_MAX_AGE=60), "not found again"),
    "another setting reads the key, and no place comes after it": Refused(
        f"{LITERAL}DATABASES = copied = DATABASES\nOTHER = copied['default']\n"
    ),
    "another setting is the dictionary": Refused(f"{LITERAL}OTHER = DATABASES['default']\n"),
    "another setting is what a helper made, whichever line it is written below": Refused(
        'import environ\nBASE = environ.Env().db("U")\nDATABASES = {"default": BASE}\n'
        'DATABASES["default"]["USER"] = "u"\nDATABASES["default"]["PORT"] = "1"\nOTHER = BASE\n',
        reason="OTHER of settings would change too",
    ),
    "another setting is what a helper made, with lines for another alias below it": Refused(
        'import environ\nDATABASES = {"default": environ.Env().db("U"), "other": environ.Env().db("V")}\n'
        'DATABASES["default"]["USER"] = "u"\nDATABASES["other"]["USER"] = "v"\nOTHER = DATABASES["default"]\n',
        reason="OTHER of settings would change too",
    ),
    "a copy in a loop that cannot be told apart": Refused(
        f'base = {{{ENTRY}}}\nDATABASES = {{"default": base}}\nfor name in ("a", "b"):\n    DATABASES[name] = base\n'
    ),
    "two aliases are one dictionary": Refused(
        f'DATABASES = {{"default": {{{ENTRY}}}}}\nDATABASES["other"] = DATABASES["default"]\n'
    ),
    "a removal that would lose a comment": Refused(
        'DATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": (  # why\n    60)}}\n',
        Wish((SetSetting(DEFAULT, ("CONN_MAX_AGE",), 0), CastSetting(DEFAULT, ("ENGINE",), "int"))),
    ),
    "the environment has no fall-back": Refused(
        'import os\nDATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": int(os.environ["AGE"])}}\n'
    ),
    "a move where something stands already": Refused(
        'DATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": 1, "OPTIONS": {"CONN_MAX_AGE": 5}}}\n',
        Wish((MoveSetting(DEFAULT, ("OPTIONS", "CONN_MAX_AGE"), ("CONN_MAX_AGE",)),)),
    ),
    "a move of what is not there": Refused(LITERAL, Wish((MoveSetting(DEFAULT, ("OPTIONS", "x"), ("X",)),))),
    "a cast of what is not there": Refused(LITERAL, Wish((CastSetting(DEFAULT, ("CONN_MAX_AGE",), "int"),))),
    "a removal inside a loop over pairs": Refused(
        'DATABASES = {"default": {"ENGINE": "e"}}\nfor k, v in (("CONN_MAX_AGE", 5), ("USER", "u")):\n'
        '    DATABASES["default"][k] = v\n',
        Wish((RemoveSetting(DEFAULT, ("CONN_MAX_AGE",)),)),
    ),
    "a statement that moved": Refused(LITERAL, Wish((RemoveStatement(Location("settings.py", 1, 1, 1, 5, 0, 4)),))),
    "a statement with an effect": Refused(
        f'{LITERAL}DATABASES["default"]["USER"] = "u"\n',
        Wish(
            (
                RemoveStatement(
                    Location("settings.py", 2, 1, 2, 36, len(LITERAL), len(LITERAL) + 36),
                ),
            )
        ),
    ),
    "a statement that makes an alias": Refused(
        f'{LITERAL}DATABASES["other"] = {{}}\n',
        Wish((RemoveStatement(Location("settings.py", 2, 1, 2, 24, len(LITERAL), len(LITERAL) + 23)),)),
        "the aliases of settings would be others",
    ),
    "a rewrite that nobody knows": Refused(
        LITERAL, Wish((RewriteCode(Location("settings.py", 1, 1, 1, 5, 0, 4), "no-such-rewrite"),))
    ),
    "a rewrite that would lose a comment beside code that stays": Refused(
        f"{LITERAL}f()  # why\n",
        Wish((RewriteCode(Location("settings.py", 1, 1, 2, 11, 0, len(LITERAL) + 11), "end-every-path", PUT),)),
        "a comment would be lost",
    ),
    "a rewrite beside another statement": Refused(
        f"{LITERAL}f(); g()\n",
        Wish((RewriteCode(Location("settings.py", 1, 1, 2, 9, 0, len(LITERAL) + 8), "end-every-path", BESIDE),)),
        "another statement stands on the same line",
    ),
    "one branch's value, which is counted with": Refused(
        'import os\nif os.environ.get("A"):\n    age = 5\nelse:\n    age = 0\n'
        'DATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": age}}\nCACHE = int(age)\n',
        want(index=1, CONN_MAX_AGE=None),
    ),
    "a removal of a pair": Refused(
        f'{LITERAL}DATABASES["default"].update([("CONN_MAX_AGE", 5)])\n',
        Wish((RemoveSetting(DEFAULT, ("CONN_MAX_AGE",)),)),
    ),
    "a removal of what a keyword of another call gives": Refused(
        'DATABASES = {"default": dict([("ENGINE", "e"), ("CONN_MAX_AGE", 5)])}\n',
        Wish((RemoveSetting(DEFAULT, ("CONN_MAX_AGE",)),)),
    ),
    "an entry of a list that is computed": Refused(
        f'{LITERAL}MIDDLEWARE = ["a" + "b"]\n', Wish((RemoveListItem("settings", "MIDDLEWARE", "ab"),))
    ),
    "a value that is no literal": Refused(LITERAL, Wish((SetSetting(DEFAULT, ("CONN_MAX_AGE",), object()),))),
}


@pytest.mark.parametrize("case", REFUSALS.values(), ids=REFUSALS.keys())
def test_refusal(case: Refused, tmp_path: Path) -> None:
    made = plan(project(tmp_path, {"settings.py": case.text}), case.wish)
    assert changed(made) == {}
    assert made.applied == ()
    (refusal,) = made.refused
    assert case.reason in refusal.reason
    assert refusal.reason


def test_where_one_of_two_is_another_setting_too_only_the_other_gets_the_key(tmp_path: Path) -> None:
    text = (
        'import environ\nBASE = environ.Env().db("U")\nDATABASES = {"default": BASE, "other": BASE.copy()}\n'
        'DATABASES["default"]["USER"] = "u"\nOTHER = BASE\n'
    )
    made = plan(project(tmp_path, {"settings.py": text}), want(CONN_MAX_AGE=60), want("other", CONN_MAX_AGE=60))
    assert [refusal.finding.fingerprint for refusal in made.refused] == ["wish 0"]
    line = 'DATABASES["other"]["CONN_MAX_AGE"] = 60\n'
    assert changed(made) == {"settings.py": text.replace("OTHER = ", line + "OTHER = ")}


def test_what_has_no_remedy_is_neither_applied_nor_refused(tmp_path: Path) -> None:
    report = project(tmp_path, {"settings.py": LITERAL})
    (advice,) = findings(Wish(()))
    bare = replace(advice, problem=replace(advice.problem, remedy=None), fingerprint="bare")
    made = make_plan(report, [advice, bare], unsafe=True)
    assert (made.changes, made.applied, made.refused) == ((), (), ())


def test_two_wishes_for_one_place_are_both_refused_and_a_third_is_carried_out(tmp_path: Path) -> None:
    report = project(tmp_path, {"settings.py": LITERAL})
    made = plan(report, want(CONN_MAX_AGE=60), want(CONN_MAX_AGE=0), want(ATOMIC_REQUESTS=True))
    assert changed(made) == {"settings.py": LITERAL.replace("}}", ', "ATOMIC_REQUESTS": True}}')}
    assert [refusal.finding.fingerprint for refusal in made.refused] == ["wish 0", "wish 1"]
    assert all("CONN_MAX_AGE" in refusal.reason for refusal in made.refused)


def test_true_and_one_are_different_wishes(tmp_path: Path) -> None:
    made = plan(project(tmp_path, {"settings.py": LITERAL}), want(CONN_MAX_AGE=1), want(CONN_MAX_AGE=True))
    assert (len(made.refused), made.changes) == (2, ())


def test_equal_wishes_are_one_edit(tmp_path: Path) -> None:
    made = plan(project(tmp_path, {"settings.py": LITERAL}), want(CONN_MAX_AGE=60), want(CONN_MAX_AGE=60))
    assert changed(made)["settings.py"].count("CONN_MAX_AGE") == 1
    assert len(made.applied) == 2


def test_the_actions_of_a_finding_are_all_or_nothing(tmp_path: Path) -> None:
    both = Wish((SetSetting(DEFAULT, ("CONN_MAX_AGE",), 60), CastSetting(DEFAULT, ("NOTHING",), "int")))
    report = project(tmp_path, {"settings.py": LITERAL})
    made = plan(report, both, want(CONN_HEALTH_CHECKS=True))
    assert changed(made) == {"settings.py": LITERAL.replace("}}", ', "CONN_HEALTH_CHECKS": True}}')}
    assert [refusal.finding.fingerprint for refusal in made.refused] == ["wish 0"]


def test_a_refused_statement_does_not_take_others_along(tmp_path: Path) -> None:
    text = f"CONN_MAX_AGE = 60\n{LITERAL}"
    gone = Wish((RemoveStatement(Location("settings.py", 1, 1, 1, 18, 0, 17)),))
    stuck = Wish((RemoveStatement(Location("settings.py", 2, 1, 2, 5, 18, 22)),))
    made = plan(project(tmp_path, {"settings.py": text}), gone, stuck)
    assert changed(made) == {"settings.py": LITERAL}
    assert [refusal.finding.fingerprint for refusal in made.refused] == ["wish 1"]


@pytest.mark.parametrize("unsafe", [False, True])
def test_unsafe_remedies_need_to_be_asked_for(tmp_path: Path, unsafe: bool) -> None:
    wish = Wish(want(CONN_MAX_AGE=60).actions, Applicability.UNSAFE)
    made = plan(project(tmp_path, {"settings.py": LITERAL}), wish, unsafe=unsafe)
    assert bool(made.changes) is unsafe
    assert made.refused == ()


def test_manual_remedies_are_never_applied(tmp_path: Path) -> None:
    wish = Wish(want(CONN_MAX_AGE=60).actions, Applicability.MANUAL)
    assert plan(project(tmp_path, {"settings.py": LITERAL}), wish, unsafe=True).changes == ()


BASE = {"base.py": LITERAL, "production.py": "from base import *\n", "other.py": "from base import *\n"}
USES = {
    "Procfile": "web: DJANGO_SETTINGS_MODULE=production gunicorn x\nweb2: DJANGO_SETTINGS_MODULE=other gunicorn x\n",
    "manage.py": "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'production'\n",
}


def test_roots_that_share_a_file_may_share_what_is_harmless(tmp_path: Path) -> None:
    report = project(tmp_path, {**BASE, **USES})
    made = plan(report, want(settings="production", CONN_MAX_AGE=60))
    assert changed(made) == {"base.py": LITERAL.replace("}}", ', "CONN_MAX_AGE": 60}}')}


def test_a_policy_for_one_production_root_does_not_reach_another(tmp_path: Path) -> None:
    report = project(tmp_path, {**BASE, **USES})
    made = plan(report, want(settings="production", ATOMIC_REQUESTS=True))
    assert "base.py" not in changed(made)


def test_a_secret_is_in_no_reason(tmp_path: Path) -> None:
    text = f'{LITERAL}OTHER = DATABASES["default"]\nDATABASES["default"]["PASSWORD"] = "hunter2Zq"\n'
    made = plan(project(tmp_path, {"settings.py": text}), want(PASSWORD="new"))
    assert "hunter2Zq" not in "".join(refusal.reason for refusal in made.refused)


def test_a_character_that_the_encoding_lacks_is_refused(tmp_path: Path) -> None:
    text = "# -*- coding: latin-1 -*-\n# é\n".encode("latin-1") + LITERAL.encode()
    report = project(tmp_path, {"settings.py": text})
    assert plan(report, want(NAME="ключ")).changes == ()
    (change,) = plan(report, want(CONN_MAX_AGE=60)).changes
    assert change.new.startswith(b"# -*- coding: latin-1 -*-\n# \xe9\n")


def test_a_byte_order_mark_stays(tmp_path: Path) -> None:
    report = project(tmp_path, {"settings.py": b"\xef\xbb\xbf" + LITERAL.encode()})
    (change,) = plan(report, want(CONN_MAX_AGE=60)).changes
    assert change.new.startswith(b"\xef\xbb\xbfDATABASES")


def test_a_plan_does_not_touch_the_disk(tmp_path: Path) -> None:
    report = project(tmp_path, {"settings.py": LITERAL})
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    plan(report, want(CONN_MAX_AGE=60))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_statement_whose_proof_fails_does_not_take_others_along(tmp_path: Path) -> None:
    text = f'CONN_MAX_AGE = 60\n{LITERAL}DATABASES["default"]["USER"] = "u"\n'
    gone = Wish((RemoveStatement(Location("settings.py", 1, 1, 1, 18, 0, 17)),))
    start = text.index('DATABASES["default"]["USER"]')
    needed = Wish((RemoveStatement(Location("settings.py", 3, 1, 3, 35, start, len(text) - 1)),))
    made = plan(project(tmp_path, {"settings.py": text}), gone, needed)
    assert changed(made) == {"settings.py": text.removeprefix("CONN_MAX_AGE = 60\n")}
    assert [(r.finding.fingerprint, r.reason) for r in made.refused] == [
        ("wish 1", "USER of alias 'default' in settings would change too")
    ]
