"""No edit makes settings fail to load, under any condition, nor writes a definition that cannot be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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
    made = plan(report, *(want(alias, index, CONN_MAX_AGE=61) for alias in ("default", "other") for index in (0, 1)))
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
