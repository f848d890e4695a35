"""No edit makes settings fail to load, under any condition, nor writes a definition that cannot be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.facts import State
from tests.fix.projects import changed, plan, project, want

if TYPE_CHECKING:
    from pathlib import Path

BRANCHES = (
    'import os\nif os.environ.get("A"):\n    DATABASES = {"default": {"ENGINE": "e"}, "other": {"ENGINE": "e"}}\n'
    'else:\n    DATABASES = {"default": {"ENGINE": "e"}}\n'
)
UNSEEN = 'for name in unheard_of(DATABASES):\n    DATABASES[name]["CONN_MAX_AGE"] = name\n'
LATER = 'DATABASES.setdefault("other", {"ENGINE": "e"})\n'


def test_nothing_is_written_into_an_alias_before_it_is_there_for_certain(tmp_path: Path) -> None:
    report = project(tmp_path, {"settings.py": f"{BRANCHES}{UNSEEN}{LATER}"})
    wanted = [("default", 4), ("other", 2)]  # where the loop runs, and where it does not
    made = plan(report, *(want(alias, index, CONN_MAX_AGE=61) for alias, count in wanted for index in range(count)))
    line = 'DATABASES["default"]["CONN_MAX_AGE"] = 61\n'
    assert changed(made) == {"settings.py": f"{BRANCHES}{UNSEEN}{line}{LATER}"}
    assert len(made.refused) == 2


def test_an_alias_that_cannot_be_seen_in_one_branch_is_not_written_with_that_of_the_other(tmp_path: Path) -> None:
    text = f"{BRANCHES}{UNSEEN}{LATER}X = 1\n"
    made = plan(project(tmp_path, {"settings.py": text}), want("other", 0, CONN_MAX_AGE=61))
    assert changed(made) == {}
    assert len(made.refused) == 1


READS = {
    "os.environ": "int(os.environ.get('AGE', 0))",
    "python-decouple": "config('AGE', default=0, cast=int)",
    "django-environ": "env.int('AGE', default=0)",
}


@pytest.mark.parametrize("name", READS)
def test_what_the_settings_set_themselves_is_no_default(tmp_path: Path, name: str) -> None:
    text = (
        "import environ, os\nfrom decouple import config\nenv = environ.Env()\nos.environ.setdefault('AGE', '60')\n"
        f'DATABASES = {{"default": {{"ENGINE": "e", "CONN_MAX_AGE": {READS[name]}}}}}\n'
    )
    report = project(tmp_path, {"settings.py": text})
    (database,) = report.evaluations["settings"].databases()
    assert database.settings["CONN_MAX_AGE"].value != 0


AGE = "int(os.environ.get('AGE', '0'))"
OTHER_VALUES = {
    "or": f'DATABASES = {{"default": {{"ENGINE": "e", "CONN_MAX_AGE": {AGE} or 5}}}}\n',
    "or, later": (
        f'DATABASES = {{"default": {{"ENGINE": "e", "CONN_MAX_AGE": {AGE}}}}}\n'
        'DATABASES["default"]["CONN_MAX_AGE"] = DATABASES["default"].get("CONN_MAX_AGE") or 5\n'
    ),
    "if": (
        f'AGE = {AGE}\nDATABASES = {{"default": {{"ENGINE": "e", "CONN_MAX_AGE": 5}}}}\n'
        'if AGE:\n    DATABASES["default"]["CONN_MAX_AGE"] = AGE\n'
    ),
}


@pytest.mark.parametrize("name", OTHER_VALUES)
def test_no_default_of_0_where_the_number_is_not_0(tmp_path: Path, name: str) -> None:
    report = project(tmp_path, {"settings.py": f"import os\n{OTHER_VALUES[name]}"})
    values = [each.settings["CONN_MAX_AGE"] for each in report.evaluations["settings"].databases()]
    assert len(values) == 2
    assert all(each.value != 0 for each in values)


@pytest.mark.parametrize("name", OTHER_VALUES)
def test_a_default_that_decides_a_branch_stays(tmp_path: Path, name: str) -> None:
    report = project(tmp_path, {"settings.py": f"import os\n{OTHER_VALUES[name]}"})
    for index in (0, 1):
        made = plan(report, want("default", index, CONN_MAX_AGE=60))
        assert all(AGE in text for text in changed(made).values())


def test_what_may_hold_more_may_override_what_it_is_spread_over(tmp_path: Path) -> None:
    text = f'{BRANCHES}{UNSEEN}DATABASES["default"] = {{"CONN_MAX_AGE": 5, **DATABASES["default"]}}\n'
    report = project(tmp_path, {"settings.py": text})
    found = [each for each in report.evaluations["settings"].databases() if each.alias == "default"]
    assert all(each.settings["CONN_MAX_AGE"].state is State.UNKNOWN for each in found)


def test_what_the_settings_set_is_not_changed_for_one_of_two_who_read_it(tmp_path: Path) -> None:
    text = (
        "import os\nfrom decouple import config\nDATABASES = {\n"
        "    'default': {'ENGINE': 'e', 'CONN_MAX_AGE': int(os.environ.setdefault('AGE', '60'))},\n"
        "    'other': {'ENGINE': 'e', 'CONN_MAX_AGE': config('AGE', default=0, cast=int)},\n}\n"
    )
    made = plan(project(tmp_path, {"settings.py": text}), want(CONN_MAX_AGE=0))
    assert changed(made) == {}
    assert len(made.refused) == 1


def test_what_is_put_into_the_environment_for_others_keeps_its_value(tmp_path: Path) -> None:
    text = (
        "import os\nimport environ\nenv = environ.Env()\nDATABASES = {'default': {'ENGINE': 'e'}}\n"
        "DATABASES['default'].update({'CONN_MAX_AGE': int(os.environ.setdefault('AGE', '60'))})\n"
        "AGE = elsewhere(env('AGE', default=60, cast=int))\n"
    )
    made = plan(project(tmp_path, {"settings.py": text}), want(CONN_MAX_AGE=0))
    assert "setdefault('AGE', '60')" in changed(made).get("settings.py", text)
