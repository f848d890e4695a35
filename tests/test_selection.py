from __future__ import annotations

from dataclasses import replace

import pytest

from djconnfix.config import Config
from djconnfix.rules import all_rules, find_rule
from djconnfix.selection import chosen_rules, in_scope, is_ignored, kept, path_in_scope, path_matches
from tests.report.builders import SETTINGS, make_report, with_finding


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("vendor", "vendor/a.py", True),
        ("vendor", "a/vendor/b.py", True),
        ("vendor", "vendors/a.py", False),
        ("*_test.py", "a/b_test.py", True),
        ("a/*.py", "a/b.py", True),
        ("a/b", "a/b/c/d.py", True),
        ("a/b/", "a/b/c.py", True),
        ("./a/b", "a/b/c.py", True),
        ("/a/b", "a/b/c.py", True),
        ("a/**", "a/b/c.py", True),
        ("a/b", "x/a/b/c.py", False),
        ("a/b", "a/bc.py", False),
        ("**/b", "a/b/c.py", True),
        ("**/migrations/*", "a/migrations/1.py", True),
        ("**/b", "b/c.py", True),
        ("A/b", "a/b", False),
    ],
)
def test_patterns(pattern, path, fits):
    assert path_matches(path, pattern) is fits


@pytest.mark.parametrize(
    ("given", "path", "inside"),
    [
        ((), "a.py", True),
        (("a",), "a/b.py", True),
        (("a",), "ab/c.py", False),
        (("a/b.py",), "a/b.py", True),
        (("a/b.py",), "a/b.pyi", False),
        (("x", "a"), "a/b.py", True),
    ],
)
def test_scope(given, path, inside, tmp_path):
    assert path_in_scope(Config(tmp_path, paths=given), path) is inside


@pytest.mark.parametrize(("given", "inside"), [("shop/settings.py", True), ("Procfile", True), ("shop/urls.py", False)])
def test_a_finding_is_in_scope_by_its_place_or_its_evidence(given, inside, tmp_path):
    report = make_report(tmp_path)
    assert in_scope(replace(report.config, paths=(given,)), report.findings[0]) is inside


def test_rules_are_chosen_by_default_select_and_ignore(tmp_path):
    config = Config(tmp_path)
    default = {rule.code for rule in all_rules() if rule.default}
    assert {rule.code for rule in chosen_rules(config)} == default
    assert {rule.code for rule in chosen_rules(replace(config, select=("DCF101",)))} == {"DCF101"}
    assert {rule.code for rule in chosen_rules(replace(config, ignore=("DCF",)))} == set()
    assert {rule.code for rule in chosen_rules(replace(config, select=("DCF1",), ignore=("DCF101",)))} == {
        code for code in {rule.code for rule in all_rules()} if code.startswith("DCF1")
    } - {"DCF101"}
    assert {rule.code for rule in chosen_rules(replace(config, extend_select=("DCF",)))} == {
        rule.code for rule in all_rules()
    }


@pytest.mark.parametrize(
    ("files", "aliases", "ignored"),
    [
        ({"shop/*": ("DCF101",)}, {}, True),
        ({"shop/*": ("DCF1",)}, {}, True),
        ({"shop/*": ("DCF102",)}, {}, False),
        ({"other/*": ("DCF101",)}, {}, False),
        ({}, {"default": ("DCF101",)}, True),
        ({}, {"replica": ("DCF101",)}, False),
    ],
)
def test_ignores_by_file_and_alias(files, aliases, ignored, tmp_path):
    report = make_report(tmp_path)
    config = replace(report.config, per_file_ignores=files, per_alias_ignores=aliases)
    assert is_ignored(config, report.findings[0]) is ignored


@pytest.mark.parametrize(
    ("old", "new", "covered"),
    [
        ("DATABASES = {", "DATABASES = {  # djconnfix: ignore[DCF101]", True),
        ("DATABASES = {", "DATABASES = {  # djconnfix: ignore[DCF101] the pooler keeps them", True),
        ("DATABASES = {", "DATABASES = {  # djconnfix: ignore[DCF102, dcf101]", True),
        ("DATABASES = {", "DATABASES = {  #djconnfix: ignore[conn-max-age-zero]", True),
        ("DATABASES = {", "DATABASES = {  # noqa: X  # djconnfix: ignore[DCF101]", True),
        ('"default": {', '"default": {  # djconnfix: ignore[DCF101]', True),
        ("    },\n}", "    },\n}  # djconnfix: ignore[DCF101]", True),
        ("DATABASES = {", "DATABASES = {  # djconnfix: ignore[DCF102]", False),
        ("DATABASES = {", "DATABASES = {  # djconnfix: ignore[]", False),
        ("DATABASES = {", "DATABASES = {  # djconnfix: ignore", False),
        ("DATABASES = {", "# djconnfix: ignore[DCF101]\nDATABASES = {", False),
        ('"""Settings."""', '"""# djconnfix: ignore[DCF101]"""', False),
        ('"hunter2"', '"# djconnfix: ignore[DCF101]"', False),
        ("DATABASES = {\n", 'DATABASES = {\n    "replica": {},  # djconnfix: ignore[DCF101]\n', False),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value),
)
def test_comments_cover_their_line_and_their_statement(old, new, covered, tmp_path):
    settings = SETTINGS.replace(old, new, 1)
    assert settings != SETTINGS
    report = make_report(tmp_path, settings=settings)
    left = {finding.code for finding in kept(report.config, report.findings, report.tree)}
    assert ("DCF101" not in left) is covered


@pytest.mark.parametrize(
    ("comment", "ignore", "said"),
    [
        ("DCF101", (), []),
        ("DCF102", (), ["ignores DCF102, which finds nothing here"]),
        ("conn-health-checks-off", (), ["ignores conn-health-checks-off, which finds nothing here"]),
        ("DCF101, DCF102", (), ["ignores DCF102, which finds nothing here"]),
        ("DCF999", (), ["ignores DCF999, but no rule is called that"]),
        ("DCF102", ("DCF102",), []),
        ("DCF102", ("unused-ignore",), []),
        ("", (), []),
    ],
    ids=str,
)
def test_comments_in_vain_are_findings(comment, ignore, said, tmp_path):
    settings = SETTINGS.replace("DATABASES = {", f"DATABASES = {{  # djconnfix: ignore[{comment}] reason")
    report = make_report(tmp_path, settings=settings)
    config = replace(report.config, ignore=tuple(find_rule(word).code for word in ignore))
    found = [f for f in kept(config, report.findings, report.tree) if f.code == "DCF910"]
    assert [finding.problem.message for finding in found] == [f"the comment {each}" for each in said]
    assert all(finding.location.line == 3 for finding in found)


def test_comments_in_vain_outside_the_scope_are_left_alone(tmp_path):
    settings = SETTINGS.replace("DATABASES = {", "DATABASES = {  # djconnfix: ignore[DCF102]")
    report = make_report(tmp_path, settings=settings)
    config = replace(report.config, paths=("shop/urls.py",))
    assert kept(config, report.findings, report.tree) == []


def test_comments_work_in_deployment_files(tmp_path):
    report = make_report(tmp_path)
    (tmp_path / "Procfile").write_text("web: gunicorn x  # djconnfix: ignore[DCF101] until May\n")
    report = replace(report, tree=make_tree(tmp_path))
    place = report.tree.source("Procfile").location(0, 15)
    assert list(kept(report.config, with_finding(report, location=place).findings, report.tree)) == []


@pytest.mark.parametrize(("line", "covered"), [(1, True), (2, False)])
def test_in_a_file_that_does_not_parse_a_comment_covers_its_line(line, covered, tmp_path):
    report = make_report(tmp_path)
    (tmp_path / "shop" / "settings.py").write_text("x = (  # djconnfix: ignore[DCF101]\n  1,\n")
    tree = make_tree(tmp_path)
    source = tree.source("shop/settings.py")
    place = source.location(source.line_starts[line - 1], source.line_starts[line - 1] + 1)
    findings = with_finding(report, location=place).findings
    assert (list(kept(report.config, findings, tree)) == []) is covered


def make_tree(folder):
    from djconnfix.project.files import discover

    return discover(folder)
