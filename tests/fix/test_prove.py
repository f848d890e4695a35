"""What a proof refuses: edits made by hand that change more, or something else, than was wanted."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from djconnfix.facts import DatabaseKey
from djconnfix.fix.edits import CannotEditError, Edit
from djconnfix.fix.intent import Intent
from djconnfix.fix.plan import edits_for
from djconnfix.fix.prove import prove
from djconnfix.fix.workspace import Workspace
from tests.fix.projects import Wish, findings, plan, project, want

if TYPE_CHECKING:
    from pathlib import Path

BEFORE = (
    'import os\nDATABASES = {"default": {"ENGINE": "e", "OPTIONS": {"a": {"b": 1}}}}\n'
    'MIDDLEWARE = ["one", "two"]\nUSE_TZ = True  # local\n'
)


@dataclass(frozen=True)
class Forged:
    old: str
    new: str
    reason: str
    wishes: tuple[Wish, ...] = ()


FORGED = {
    "a text that does not parse": Forged("True", "(", "would not parse at line 4"),
    "a comment less": Forged("  # local", "", "a comment would be lost"),
    "a comment more": Forged("# local", "# local\n# more", "a comment would change"),
    "another alias": Forged('"b": 1}}}}', '"b": 1}}}, "other": {}}', "the aliases of settings would be others"),
    "another condition": Forged(
        '"ENGINE": "e"', '"ENGINE": "e" if os.environ.get("A") else "f"', "the aliases of settings would be others"
    ),
    "a part out of sight": Forged('"ENGINE": "e"', '"ENGINE": "e", **os.extra', "would depend on something else"),
    "a setting nobody asked for": Forged('"e"', '"f"', "ENGINE of alias 'default' in settings would change too"),
    "another one than was asked for": Forged(
        '"e"', '"f"', "ENGINE of alias 'default' in settings would change too", (want(CONN_MAX_AGE=60),)
    ),
    "another value than was asked for": Forged(
        '"e"', '"e", "CONN_MAX_AGE": 61', "CONN_MAX_AGE of alias 'default'", (want(CONN_MAX_AGE=60),)
    ),
    "the right number of another type": Forged(
        '"e"', '"e", "CONN_MAX_AGE": 60.0', "CONN_MAX_AGE of alias 'default'", (want(CONN_MAX_AGE=60),)
    ),
    "an option deep down": Forged('"b": 1', '"b": 2', "OPTIONS/a/b of alias 'default' in settings would change too"),
    "an option more": Forged('{"b": 1}', '{"b": 1, "c": 2}', "OPTIONS/a/c of alias 'default'"),
    "options out of sight": Forged('{"a"', '{**os.extra, "a"', "OPTIONS of alias 'default'"),
    "another list": Forged("MIDDLEWARE", "INSTALLED_APPS", "the lists of settings would be others"),
    "an entry less": Forged('"one", ', "", "MIDDLEWARE of settings would change otherwise"),
    "another order": Forged('"one", "two"', '"two", "one"', "MIDDLEWARE of settings would change otherwise"),
    "another setting": Forged("USE_TZ = True", "USE_TZ = False", "USE_TZ of settings would change too"),
    "a new setting": Forged("USE_TZ", "A = USE_TZ", "A of settings would change too"),
    "no setting any more": Forged("USE_TZ", "use_tz", "USE_TZ of settings would change too"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_change_is_refused(name: str, tmp_path: Path) -> None:
    case = FORGED[name]
    before = Workspace(project(tmp_path, {"settings.py": BEFORE}))
    start = BEFORE.index(case.old)
    after = before.edited((Edit("settings.py", start, start + len(case.old), case.new),))
    with pytest.raises(CannotEditError) as refused:
        prove(before, after, Intent.of(findings(*case.wishes)), (), Counter())
    assert case.reason in refused.value.reason


def test_a_default_that_decides_otherwise_is_refused(tmp_path: Path) -> None:
    text = (
        'import os\nif os.environ.get("MODE", "live") == "live":\n    DATABASES = {"default": {"ENGINE": "e"}}\n'
        'else:\n    DATABASES = {"default": {"ENGINE": "f"}}\n'
    )
    before = Workspace(project(tmp_path, {"settings.py": text}))
    start = text.index('"live")')
    after = before.edited((Edit("settings.py", start, start + 6, '"test"'),))
    with pytest.raises(CannotEditError, match="another default would decide in settings which definition holds"):
        prove(before, after, Intent.of([]), (), Counter())


def test_a_change_that_was_asked_for_is_proved(tmp_path: Path) -> None:
    before = Workspace(project(tmp_path, {"settings.py": BEFORE}))
    at = BEFORE.index('"ENGINE"')
    after = before.edited((Edit("settings.py", at, at, '"CONN_MAX_AGE": 60, '),))
    prove(before, after, Intent.of(findings(want(CONN_MAX_AGE=60))), (), Counter())
    assert after.database(DatabaseKey("settings", "default", 0)).settings["CONN_MAX_AGE"].value == 60


BASE = 'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 0}}\n'
TWO_ROOTS = {
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.production")\n',
    "shop/wsgi.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.live")\n',
    "shop/base.py": BASE,
    "shop/production.py": "from shop.base import *\n",
    "shop/live.py": 'from shop.base import *\nDATABASES["default"]["CONN_MAX_AGE"] = 5\n',
}


def test_another_root_that_reads_the_dictionary_may_change_along_when_it_does_no_harm(tmp_path: Path) -> None:
    before = Workspace(project(tmp_path, TWO_ROOTS))
    at = BASE.index("0")
    after = before.edited((Edit("shop/base.py", at, at + 1, "60"),))
    prove(before, after, Intent.of(findings(want(settings="shop.production", CONN_MAX_AGE=60))), (), Counter())
    at = BASE.index('"CONN_MAX_AGE"')
    after = before.edited((Edit("shop/base.py", at, at, '"ATOMIC_REQUESTS": True, '),))
    with pytest.raises(CannotEditError, match=r"ATOMIC_REQUESTS of alias 'default' in shop\.live would change too"):
        prove(before, after, Intent.of(findings(want(settings="shop.production", ATOMIC_REQUESTS=True))), (), Counter())


def test_the_edits_of_one_finding_alone(tmp_path: Path) -> None:
    report = project(tmp_path, {"settings.py": BEFORE})
    (edit,) = edits_for(report, findings(want(CONN_MAX_AGE=60))[0])
    assert edit.replacement == ', "CONN_MAX_AGE": 60'
    assert edits_for(report, findings(want("other", CONN_MAX_AGE=60))[0]) == ()
    assert edits_for(report, findings(Wish(()))[0]) == ()


def test_what_is_no_root_has_no_settings(tmp_path: Path) -> None:
    state = Workspace(project(tmp_path, {"settings.py": BEFORE}))
    for read in (state.database, state.trace):
        with pytest.raises(CannotEditError, match="nowhere is no settings root"):
            read(DatabaseKey("nowhere", "default", 0))
        with pytest.raises(CannotEditError, match="'other' was not found again"):
            read(DatabaseKey("settings", "other", 0))


def test_edits_that_touch_the_same_place_are_refused(tmp_path: Path) -> None:
    state = Workspace(project(tmp_path, {"settings.py": BEFORE}))
    with pytest.raises(CannotEditError, match="same place"):
        state.edited((Edit("settings.py", 0, 5, ""), Edit("settings.py", 3, 6, "")))


def test_a_character_that_the_encoding_lacks_is_refused(tmp_path: Path) -> None:
    state = Workspace(project(tmp_path, {"settings.py": f"# -*- coding: latin-1 -*-\n{BEFORE}"}))
    with pytest.raises(CannotEditError, match="encoding lacks"):
        state.edited((Edit("settings.py", 0, 0, "# →\n"),))


def test_a_text_that_no_longer_parses_gives_no_settings(tmp_path: Path) -> None:
    state = Workspace(project(tmp_path, {"settings.py": BEFORE})).edited((Edit("settings.py", 0, 0, "("),))
    with pytest.raises(CannotEditError, match="could not be parsed any more"):
        state.database(DatabaseKey("settings", "default", 0))


MANY_CONDITIONS = "".join(
    f'if os.environ.get("{name}"):\n    DATABASES["default"]["{key}"] = {value}\n'
    for name, key, value in (
        ("A", "CONN_MAX_AGE", 1),
        ("B", "CONN_HEALTH_CHECKS", True),
        ("C", "ATOMIC_REQUESTS", True),
        ("D", "AUTOCOMMIT", True),
        ("E", "DISABLE_SERVER_SIDE_CURSORS", True),
        ("F", "ENGINE", '"e"'),
    )
)


def test_nothing_is_changed_beside_an_alias_that_is_not_judged_as_a_whole(tmp_path: Path) -> None:
    text = 'import os\nDATABASES = {"default": {"ENGINE": "e"}, "other": {"ENGINE": "e"}}\n' + MANY_CONDITIONS
    before = Workspace(project(tmp_path, {"settings.py": text}))
    at = text.index('"ENGINE": "e"}}')
    after = before.edited((Edit("settings.py", at, at, '"CONN_MAX_AGE": 60, '),))
    with pytest.raises(CannotEditError, match="'default' depends on more conditions than are looked at"):
        prove(before, after, Intent.of(findings(want("other", CONN_MAX_AGE=60))), (), Counter())
    assert plan(before.report, want("other", CONN_MAX_AGE=60)).changes == ()


def test_nothing_is_changed_of_what_unknown_code_was_given_under_another_condition(tmp_path: Path) -> None:
    text = (
        'import os\nfrom vendor import tune\nDATABASES = {"default": {"ENGINE": "e", "CONN_MAX_AGE": 0}}\n'
        'if os.environ.get("A"):\n    tune(DATABASES)\n'
    )
    before = Workspace(project(tmp_path, {"settings.py": text}))
    at = text.index("0}}")
    after = before.edited((Edit("settings.py", at, at + 1, "60"),))
    (index,) = [d.key.index for d in before.report.project.settings[0].databases if d.get("CONN_MAX_AGE").value == 0]
    with pytest.raises(CannotEditError, match="DATABASES/default/CONN_MAX_AGE of settings would change too"):
        prove(before, after, Intent.of(findings(want(index=index, CONN_MAX_AGE=60))), (), Counter())


def test_another_root_that_had_its_own_value_keeps_it(tmp_path: Path) -> None:
    files = {**TWO_ROOTS, "shop/base.py": BASE.replace(', "CONN_MAX_AGE": 0', "")}
    files["shop/live.py"] = 'from shop.base import *\nDATABASES["default"].setdefault("CONN_MAX_AGE", 5)\n'
    before = Workspace(project(tmp_path, files))
    at = BASE.index(', "CONN_MAX_AGE"')
    after = before.edited((Edit("shop/base.py", at, at, ', "CONN_MAX_AGE": 60'),))
    with pytest.raises(CannotEditError, match=r"CONN_MAX_AGE of alias 'default' in shop\.live would change too"):
        prove(before, after, Intent.of(findings(want(settings="shop.production", CONN_MAX_AGE=60))), (), Counter())


LOADS = 'import os\nDATABASES = {"default": {"ENGINE": "e"}}\nif os.environ.get("A"):\n    raise ValueError\nX = 1\n'


@pytest.mark.parametrize(
    ("new", "fails"),
    [
        ('if os.environ.get("A"):', False),
        ('if os.environ.get("B"):', True),
        ('if os.environ.get("A") and X:', False),
        ('if os.environ.get("A") and os.environ.get("B"):', False),
    ],
    ids=["as before", "under another condition", "for another reason", "under a part of it"],
)
def test_settings_must_load_wherever_they_did(new: str, fails: bool, tmp_path: Path) -> None:
    before = Workspace(project(tmp_path, {"settings.py": LOADS}))
    at = LOADS.index("if ")
    old = 'if os.environ.get("A"):'
    after = before.edited((Edit("settings.py", at, at + len(old), new), Edit("settings.py", 0, 0, "\n")))
    with pytest.raises(CannotEditError) if fails else contextlib.nullcontext():
        prove(before, after, Intent.of([]), (), Counter())


def test_a_function_is_not_changed_that_gives_another_alias_what_cannot_be_seen(tmp_path: Path) -> None:
    text = (
        "import os\ndef made(*names):\n    return {'ENGINE': 'e'}\n"
        "DATABASES = {'default': made(), 'other': made(*os.environ['NAMES'].split())}\n"
    )
    before = Workspace(project(tmp_path, {"settings.py": text}))
    at = text.index("'e'}") + 3
    after = before.edited((Edit("settings.py", at, at, ", 'CONN_MAX_AGE': 60"),))
    with pytest.raises(CannotEditError, match="DATABASES/other of settings would change too"):
        prove(before, after, Intent.of(findings(want(CONN_MAX_AGE=60))), (), Counter())
