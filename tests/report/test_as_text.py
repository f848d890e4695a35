from __future__ import annotations

import re
import textwrap
from dataclasses import replace

import pytest

from djconnfix.findings import Applicability, Remedy, SetSetting, Severity
from djconnfix.report.as_text import _filled, write_text
from djconnfix.terminal import Style
from tests.report.builders import SETTINGS, make_report, with_finding

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def test_a_finding_shows_place_excerpt_evidence_and_remedy(tmp_path):
    text = write_text(make_report(tmp_path), Style())
    assert text == (
        f"{'shop.settings, alias default '.ljust(100, '-')}\n"
        "\n"
        "shop/settings.py:4:5: warning DCF101 conn-max-age-zero\n"
        "  alias 'default' is connected to anew for every request (0)\n"
        "\n"
        '    4 |     "default": {\n'
        "      |     ^^^^^^^^^^^^\n"
        "\n"
        "  because: Procfile:1 web: gunicorn shop.wsgi --threads 4\n"
        "  because: Django's default is 0\n"
        "  confidence: medium\n"
        "  fix (by hand): write CONN_MAX_AGE -- nobody knows the server\n"
        "\n"
        "1 finding (1 warning) in 1 settings module.\n"
    )


def test_colour_adds_nothing_but_colour(tmp_path):
    report = make_report(tmp_path, findings=2)
    coloured = write_text(report, Style(color=True))
    assert "\x1b[" in coloured
    assert ANSI.sub("", coloured) == write_text(report, Style())


def test_quiet_is_one_line_a_finding(tmp_path):
    lines = write_text(make_report(tmp_path, findings=2), Style(), quiet=True).splitlines()
    assert len(lines) == 2
    assert all(line.startswith("shop/settings.py:4:5: warning DCF101 conn-max-age-zero: alias") for line in lines)


def test_quiet_on_a_clean_project_says_nothing(tmp_path):
    assert write_text(make_report(tmp_path, findings=0), Style(), quiet=True) == ""


def test_a_clean_project_says_what_was_judged(tmp_path):
    assert write_text(make_report(tmp_path, findings=0), Style()) == "Nothing found: 1 settings module.\n"


def test_without_settings_it_does_not_look_clean(tmp_path):
    report = make_report(tmp_path, findings=0)
    report = replace(report, project=replace(report.project, settings=()))
    assert "Nothing to judge: no settings module below" in write_text(report, Style())


def test_verbose_names_what_was_looked_at(tmp_path):
    text = write_text(make_report(tmp_path), Style(), verbose=True)
    assert "settings shop.settings (production, Django 5.2): default" in text
    assert "server gunicorn gthread (wsgi) Procfile:1" in text
    assert "pooler pgbouncer (transaction) Procfile:1" in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a",
        "a  b",
        " a",
        "a ",
        "a\tb",
        "word " * 3,
        "word " * 4,
        "x" * 30,
        "a\u00a0b",
        "a five-word sentence, cut",
    ],
)
@pytest.mark.parametrize("first", ["", "  because: "])
def test_a_text_is_filled_as_the_library_fills_it(text, first):
    wrapped = textwrap.wrap(
        text, 24, initial_indent=first, subsequent_indent="   ", break_long_words=False, break_on_hyphens=False
    )
    assert [*_filled(text, first, "   ", 24)] == wrapped


def test_the_same_in_two_settings_modules_is_shown_once(tmp_path):
    report = make_report(tmp_path)
    other = replace(report.findings[0], problem=replace(report.findings[0].problem, settings="shop.development"))
    text = write_text(replace(report, findings=(*report.findings, other)), Style())
    assert text.count("DCF101") == 1
    assert "settings: shop.settings, shop.development" in text


@pytest.mark.parametrize(
    ("applicability", "expected"),
    [
        (Applicability.SAFE, "djconnfix fix shop --dry-run"),
        (Applicability.UNSAFE, "djconnfix fix shop --unsafe-fixes --dry-run"),
    ],
)
def test_the_hint_names_the_command_that_helps(tmp_path, applicability, expected):
    report = make_report(tmp_path)
    action = SetSetting(report.findings[0].problem.database, ("CONN_MAX_AGE",), 60)
    report = with_finding(report, remedy=Remedy(applicability, "why", (action,)))
    assert expected in write_text(report, Style(), fix_command="djconnfix fix shop").splitlines()[-1]


def test_no_hint_when_nothing_can_be_repaired(tmp_path):
    assert "djconnfix fix" not in write_text(make_report(tmp_path), Style(), fix_command="djconnfix fix")


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_lines_fit_the_width_unless_one_word_does_not(tmp_path, width):
    report = with_finding(make_report(tmp_path), message="word " * 60)
    for line in write_text(report, Style(width=width)).splitlines():
        assert len(line) <= max(width, 60), line


@pytest.mark.parametrize(
    "nasty",
    ["\x1b[2J", "\x07", "\x9b31m", "\u202e", "\r", "\n  fake finding"],
    ids=["escape", "bell", "csi", "bidi", "return", "newline"],
)
def test_nothing_from_the_project_commands_the_terminal(tmp_path, nasty):
    report = with_finding(
        make_report(tmp_path),
        message=f"alias 'a{nasty}b'",
        location=replace(make_report(tmp_path).findings[0].location, path=f"shop/{nasty}.py"),
    )
    text = write_text(report, Style(), verbose=True)
    assert nasty not in text


def test_secrets_do_not_reach_the_excerpt(tmp_path):
    report = make_report(tmp_path)
    source = report.tree.source("shop/settings.py")
    at = SETTINGS.index('"PASSWORD"')
    text = write_text(with_finding(report, location=source.location(at, at + 22)), Style())
    assert '"PASSWORD"' in text
    assert "hunter2" not in text


def test_a_secret_on_a_line_of_its_own_is_masked_too(tmp_path):
    settings = SETTINGS.replace('"PASSWORD": "hunter2"', '"PASSWORD":\n            "hunter2"')
    report = make_report(tmp_path, settings=settings)
    at = settings.index('"hunter2"')
    location = report.tree.source("shop/settings.py").location(at, at + 9)
    assert "hunter2" not in write_text(with_finding(report, location=location), Style())


def test_the_caret_stays_on_the_screen_on_very_long_lines(tmp_path):
    settings = "X = [" + "1, " * 2000 + '"default"]\nDATABASES = {"default": {},}\n'
    report = make_report(tmp_path, settings=settings)
    at = settings.index('"default"')
    location = report.tree.source("shop/settings.py").location(at, at + 9)
    lines = write_text(with_finding(report, location=location), Style(width=80)).splitlines()
    caret = next(line for line in lines if "^^^" in line)
    excerpt = lines[lines.index(caret) - 1]
    assert len(excerpt) <= 80
    assert excerpt[caret.index("^") : caret.rindex("^") + 1] == '"default"'


def test_a_file_that_is_gone_has_no_excerpt(tmp_path):
    report = make_report(tmp_path)
    gone = replace(report.findings[0].location, path="shop/gone.py")
    text = write_text(with_finding(report, location=gone), Style())
    assert "shop/gone.py:4:5: warning" in text
    assert "|" not in text


@pytest.mark.parametrize("severity", list(Severity), ids=lambda s: s.label)
def test_the_summary_counts_by_severity(tmp_path, severity):
    report = with_finding(make_report(tmp_path), finding_severity=severity)
    assert f"1 finding (1 {severity.label}) in 1 settings module." in write_text(report, Style())


def test_findings_are_grouped_by_settings_module_and_alias(tmp_path):
    report = make_report(tmp_path)
    [finding] = report.findings

    def of(settings, alias, line):
        key = replace(finding.problem.database, alias=alias) if alias else None
        at = replace(finding.location, line=line)
        return replace(finding, problem=replace(finding.problem, settings=settings, database=key, location=at))

    found = (of("", "", 1), of("b", "default", 2), of("a", "other", 3), of("b", "default", 4), of("a", "default", 5))
    lines = write_text(replace(report, findings=found), Style(width=60)).splitlines()
    heads = [line.rstrip(" -") for line in lines if line.endswith("---")]
    assert heads == ["a, alias default", "a, alias other", "b, alias default", "Whatever the settings"]
    order = [int(line.split(":")[1]) for line in lines if line.startswith("shop/")]
    assert order == [5, 3, 2, 4, 1]


def test_places_and_rules_are_links_where_the_terminal_knows_them(tmp_path):
    report = make_report(tmp_path)
    text = write_text(report, Style(links=True))
    assert f"\x1b]8;;{(report.tree.root / 'shop/settings.py').as_uri()}\x1b\\" in text
    assert "conn-max-age-zero.md\x1b\\DCF101 conn-max-age-zero\x1b]8;;\x1b\\" in text
    assert re.sub(r"\x1b\]8;;[^\x1b]*\x1b\\", "", text) == write_text(report, Style())


def test_the_caret_is_right_on_a_line_with_a_secret(tmp_path):
    line = (
        'X = {"default": {"ENGINE": "django.db.backends.postgresql", "PASSWORD": "hunter2hunter2", "CONN_MAX_AGE": 5}}'
    )
    report = make_report(tmp_path, settings=SETTINGS + line + "\n")
    source = report.tree.source("shop/settings.py")
    at = source.text.index('"CONN_MAX_AGE"')
    location = source.location(at, at + len('"CONN_MAX_AGE": 5'))
    lines = write_text(with_finding(report, location=location), Style(width=120)).splitlines()
    [number] = [number for number, each in enumerate(lines) if '"CONN_MAX_AGE": 5' in each]
    assert "hunter2" not in lines[number]
    assert lines[number + 1].index("^") == lines[number].index('"CONN_MAX_AGE"')
    assert lines[number + 1].count("^") == len('"CONN_MAX_AGE": 5')
