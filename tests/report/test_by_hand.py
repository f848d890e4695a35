"""A fix that is not made is not offered: the finding says why, and what to write."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

from djconnfix.config import resolve
from djconnfix.facts import DatabaseKey
from djconnfix.findings import Applicability, SetSetting
from djconnfix.fixing import FixOrder, run_fix
from djconnfix.report.by_hand import by_hand
from djconnfix.terminal import Style
from djconnfix.view import View
from tests.report.builders import make_report

if TYPE_CHECKING:
    from pathlib import Path

    from djconnfix.findings import Finding


def acting(finding: Finding) -> Finding:
    assert finding.remedy is not None
    action = SetSetting(DatabaseKey("shop.settings", "default", 0), ("CONN_MAX_AGE",), 60)
    remedy = replace(finding.remedy, applicability=Applicability.UNSAFE, actions=(action,))
    return replace(finding, problem=replace(finding.problem, remedy=remedy))


def test_only_the_finding_that_is_meant_changes(tmp_path: Path) -> None:
    report = make_report(tmp_path, findings=2)
    first, second = (acting(each) for each in report.findings)
    report = replace(report, findings=(first, second))
    changed, same = by_hand(report, {first.fingerprint: "there is no place"}).findings
    assert same is second
    assert changed.remedy is not None
    assert first.remedy is not None
    assert changed.remedy.applicability is Applicability.MANUAL
    assert (changed.remedy.actions, changed.remedy.permits) == ((), ())
    assert changed.remedy.instructions == first.remedy.instructions
    assert changed.remedy.why == "`fix` does not write it here: there is no place"
    assert (changed.fingerprint, changed.location) == (first.fingerprint, first.location)


def test_a_finding_that_was_by_hand_keeps_its_words(tmp_path: Path) -> None:
    report = make_report(tmp_path)
    [finding] = report.findings
    assert finding.remedy is not None
    manual = replace(finding.remedy, applicability=Applicability.MANUAL, actions=())
    report = replace(report, findings=(replace(finding, problem=replace(finding.problem, remedy=manual)),))
    assert by_hand(report, {finding.fingerprint: "there is no place"}).findings == report.findings


def test_after_a_fix_what_was_refused_is_not_offered_again(tmp_path: Path) -> None:
    """Here only the trial shows it: another name is the same dictionary."""
    (tmp_path / "settings.py").write_text(
        'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": "db"}}\n'
        'OTHER = DATABASES["default"]\n'
    )
    (tmp_path / "manage.py").write_text('import os\nos.environ["DJANGO_SETTINGS_MODULE"] = "settings"\n')
    (tmp_path / "Procfile").write_text("web: gunicorn shop.wsgi --threads 4\n")
    (tmp_path / "requirements.txt").write_text("Django==5.2\npsycopg==3.2.9\n")
    out, err = io.StringIO(), io.StringIO()
    config = resolve(tmp_path, {"select": ["DCF101"]}).config
    run_fix(config, View(out, err, Style()), FixOrder(), fix_command="djconnfix fix")
    assert "DCF101 is not fixed: " in err.getvalue()
    assert "fix (by hand)" in out.getvalue()
    assert "`fix` does not write it here: " in " ".join(out.getvalue().split())
    assert "djconnfix fix" not in out.getvalue()
