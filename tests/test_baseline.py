from __future__ import annotations

from dataclasses import replace

import pytest

from djconnfix.baseline import read_baseline, write_baseline
from djconnfix.errors import ConfigurationError
from djconnfix.selection import kept
from tests.report.builders import make_report, with_finding


def test_what_is_written_is_read(tmp_path):
    report = make_report(tmp_path, findings=3)
    assert write_baseline(tmp_path / "b.json", report.findings) == 3
    assert read_baseline(tmp_path / "b.json") == {finding.fingerprint for finding in report.findings}


def test_known_findings_are_not_kept(tmp_path):
    report = make_report(tmp_path, findings=3)
    write_baseline(tmp_path / "b.json", report.findings[:2])
    config = replace(report.config, baseline=str(tmp_path / "b.json"))
    assert kept(config, report.findings, report.tree) == [report.findings[2]]


def test_a_baseline_holds_no_secret(tmp_path):
    report = with_finding(make_report(tmp_path), message="alias uses postgres://shop:s3cr3t@db/shop")
    write_baseline(tmp_path / "b.json", report.findings)
    assert "s3cr3t" not in (tmp_path / "b.json").read_text()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version": 2, "findings": []}',
        '{"version": 1, "findings": {}}',
        '{"version": 1, "findings": [1]}',
        '{"version": 1, "findings": [{"fingerprint": 1}]}',
        "[" * 100_000,
    ],
    ids=lambda text: text[:40] or "empty",
)
def test_what_is_no_baseline_is_refused_in_one_line(text, tmp_path):
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read_baseline(tmp_path / "b.json")
    assert "\n" not in str(caught.value)


def test_a_missing_baseline_says_how_to_make_it(tmp_path):
    with pytest.raises(ConfigurationError, match="--update-baseline makes it"):
        read_baseline(tmp_path / "missing.json")


def test_a_folder_that_is_missing_is_said(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_baseline(tmp_path / "missing" / "b.json", ())
