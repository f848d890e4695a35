from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from djconnfix.__main__ import main
from djconnfix.cli import make_parser
from djconnfix.options import LEVELS, OPTIONS, SERVERS

SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "db",
    }
}
"""
MANAGE = """\
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with one warning that has a safe fix."""
    files = {
        "manage.py": MANAGE,
        "shop/__init__.py": "",
        "shop/settings.py": SETTINGS,
        "Procfile": "web: gunicorn shop.wsgi --threads 4\n",
        "requirements.txt": "Django==5.2.1\npsycopg==3.2.9\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def snapshot(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# -- usage -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "required"),
        (["frobnicate"], "invalid choice"),
        (["audit", "--nope"], "--nope"),
        (["audit", "--for", "json"], "--for"),
        (["audit", "--format", "xml"], "xml"),
        (["audit", "--fail-level", "fatal"], "fatal"),
        (["audit", "--server", "wsgy"], "wsgy"),
        (["audit", "missing.py"], "missing.py: no such file or folder"),
        (["audit", "--config", "missing.toml"], "missing.toml: cannot be read"),
        (["audit", "--select", "DCF999"], "--select: no rule is called 'DCF999'"),
        (["audit", "--select", "conn-max-age-zer"], "did you mean 'conn-max-age-zero'?"),
        (["audit", "--django", "five"], "--django: must be a version"),
        (["audit", "--django", "5"], "--django: must be a version"),
        (["audit", "--per-file-ignores", "DCF101"], "--per-file-ignores: must be PATTERN:RULE"),
        (["audit", "--per-alias-ignores", ":DCF101"], "--per-alias-ignores: must be ALIAS:RULE"),
        (["audit", "--settings-overrides", "shop.settings"], "--settings-overrides: must be MODULE:KEY=VALUE"),
        (["audit", "--settings-overrides", "shop.settings:server"], "--settings-overrides: must be MODULE:KEY=VALUE"),
        (
            ["audit", "--settings-overrides", "s:servr=asgi"],
            "takes server, django, strategy, max-connections, not 'servr'",
        ),
        (
            ["audit", "--settings-overrides", "s:server=asg"],
            "'s': server: must be one of wsgi, asgi, gevent, not 'asg'",
        ),
        (["audit", "--reason", "x"], "--reason: goes with --add-ignores"),
        (["audit", "--add-ignores", "--reason", "a\nb"], "--reason: must be one line of plain text"),
        (["audit", "--diff-base", "HEAD"], "is in no repository that git reads"),
        (["fix", "--diff-base", "-x"], "expected one argument"),
        (["fix", "--diff-base=-x"], "--diff-base -x: is no revision"),
        (["fix", "--interactive", "--dry-run"], "it goes with neither --dry-run nor --check"),
        (["fix", "--interactive", "--check"], "it goes with neither --dry-run nor --check"),
        (["explain", "DCF20"], "is the beginning of"),
        (["completion"], "required"),
        (["completion", "tcsh"], "tcsh"),
        (["audit", "--per-alias-ignores", "replica:DCF999"], "no rule is called 'DCF999'"),
        (["audit", "--quiet", "--verbose"], "not allowed with"),
        (["explain", "DCF999"], "no rule is called 'DCF999'"),
        (["explain"], "required"),
        (["fix", "--output", "x"], "--output"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_one_line_and_status_2(arguments, said, project, capsys):
    before = snapshot(project)
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert snapshot(project) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.djconnfix]\nselct = []\n", "has no option 'selct'; did you mean 'select'?"),
        ("[tool.djconnfix]\nselect = 'DCF101'\n", "select: must be a list of strings, not a string"),
        ("[tool.djconnfix]\nselect = [1]\n", "select: must be a list of strings"),
        ("[tool.djconnfix]\nignore = ['DCF999']\n", "ignore: no rule is called 'DCF999'"),
        ("[tool.djconnfix]\nunsafe-fixes = 1\n", "unsafe-fixes: must be true or false, not a number"),
        ("[tool.djconnfix]\nfail-level = 'warn'\n", "must be one of info, warning, error, not 'warn'"),
        ("[tool.djconnfix]\nfail-level = true\n", "fail-level: must be a string, not a boolean"),
        ("[tool.djconnfix]\ndjango = 5.2\n", "django: must be a string such as"),
        ("[tool.djconnfix]\nper-file-ignores = []\n", "must be a table of lists of rules, not a list"),
        ("[tool.djconnfix.per-file-ignores]\n'a/*' = ['x']\n", "'a/*': no rule is called 'x'"),
        ("[tool]\ndjconnfix = 1\n", "[tool.djconnfix] must be a table"),
        ("[tool.djconnfix\n", "is not valid TOML"),
    ],
    ids=lambda value: value.splitlines()[-1] if value.startswith("[") else "",
)
@pytest.mark.parametrize("program", ["audit", "fix", "config"])
def test_invalid_configuration_is_one_line_and_status_2(text, said, program, project, capsys):
    (project / "pyproject.toml").write_text(text)
    before = snapshot(project)
    assert main([program]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert "pyproject.toml" in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert snapshot(project) == before


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("djconnfix ")


# -- audit -----------------------------------------------------------------------------------------------------------


def test_audit_of_a_project_with_a_finding(project, capsys):
    assert main(["audit"]) == 1
    out = capsys.readouterr().out
    assert "shop/settings.py:" in out
    assert "DCF101 conn-max-age-zero" in out
    assert "because: Procfile:1" in out


def test_the_hint_runs_as_printed(project, capsys):
    main(["audit"])
    hint = capsys.readouterr().out.splitlines()[-1].partition(": ")[2]
    program, *arguments = hint.split()
    assert program == "djconnfix"
    assert main(arguments) == 1
    assert '+        "CONN_MAX_AGE": 60,' in capsys.readouterr().out


def test_audit_as_json(project, capsys):
    assert main(["audit", "--format", "json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert {finding["path"] for finding in data["findings"]} == {"shop/settings.py"}
    assert data["summary"]["fixable"] >= 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("DATABASES", "# Datenb\u00e4nke \U0001f418\nDATABASES"),
        ("\n", "\r\n"),
        ("DATABASES", "\ufeffDATABASES"),
        ('"shop"', '"sh\u00f6p"'),
    ],
    ids=["non-ascii before", "crlf", "bom", "non-ascii beside"],
)
def test_edits_in_json_are_bytes_and_make_what_fix_makes(old, new, project, capsys):
    settings = project / "shop/settings.py"
    before = SETTINGS.replace(old, new).encode()
    settings.write_bytes(before)
    main(["audit", "--format", "json", "--select", "DCF101"])
    [finding] = json.loads(capsys.readouterr().out)["findings"]
    made = before
    for edit in sorted(finding["fix"]["edits"], key=lambda edit: -edit["start"]):
        assert edit["path"] == "shop/settings.py"
        made = made[: edit["start"]] + edit["replacement"].encode() + made[edit["end"] :]
    assert main(["fix", "--select", "DCF101"]) == 0
    assert settings.read_bytes() == made != before


def test_audit_to_a_file(project, capsys):
    assert main(["audit", "--format", "json", "--output", "report.json"]) == 1
    assert capsys.readouterr().out == ""
    assert json.loads((project / "report.json").read_text())["version"] == 1


def test_audit_to_a_file_that_cannot_be_written(project, capsys):
    assert main(["audit", "--output", "missing/report.txt"]) == 2
    assert "missing/report.txt: cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--fail-level", "error"], 0),
        (["--fail-level", "info"], 1),
        (["--select", "DCF2"], 0),
        (["--select", "DCF1"], 1),
        (["--select", "conn-max-age-zero"], 1),
        (["--ignore", "conn-max-age-zero"], 0),
        (["--ignore", "DCF1,DCF2"], 0),
        (["--select", "DCF2", "--extend-select", "DCF101"], 1),
        (["--per-file-ignores", "shop/*:DCF101"], 0),
        (["--per-file-ignores", "other/*:DCF101"], 1),
        (["--per-alias-ignores", "default:DCF101"], 0),
        (["--per-alias-ignores", "replica:DCF101"], 1),
        (["--exclude", "settings.py"], 0),
        (["shop/settings.py"], 1),
        (["Procfile"], 1),
        (["manage.py"], 0),
        (["shop"], 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_what_counts_for_the_status(arguments, status, project, capsys):
    assert main(["audit", *arguments]) == status
    assert capsys.readouterr().err == ""


def test_the_file_says_what_the_command_line_does_not(project, capsys):
    (project / "pyproject.toml").write_text('[tool.djconnfix]\nfail-level = "error"\n')
    assert main(["audit"]) == 0
    assert main(["audit", "--fail-level", "warning"]) == 1


def test_a_comment_waves_a_finding_through(project, capsys):
    text = SETTINGS.replace("DATABASES = {", "DATABASES = {  # djconnfix: ignore[DCF101] sessions are short")
    (project / "shop/settings.py").write_text(text)
    assert main(["audit"]) == 0


@pytest.mark.parametrize("comment", ["# djconnfix: ignore[DCF102]", "# djconnfix: ignore", "# noqa: DCF101"])
def test_other_comments_do_not(comment, project, capsys):
    (project / "shop/settings.py").write_text(SETTINGS.replace("DATABASES = {", f"DATABASES = {{  {comment}"))
    assert main(["audit"]) == 1


def test_a_baseline_holds_what_is_known(project, capsys):
    (project / "pyproject.toml").write_text('[tool.djconnfix]\nbaseline = "known.json"\n')
    assert main(["audit"]) == 2
    assert "--update-baseline makes it" in capsys.readouterr().err
    assert main(["audit", "--update-baseline"]) == 0
    assert main(["audit"]) == 0
    assert main(["fix"]) == 0
    assert (project / "shop/settings.py").read_text() == SETTINGS
    (project / "shop/settings.py").write_text(f"# A line above.\n\n{SETTINGS}")
    assert main(["audit"]) == 0


def test_updating_no_baseline_is_wrong_usage(project, capsys):
    assert main(["audit", "--update-baseline"]) == 2
    assert "name the file with --baseline" in capsys.readouterr().err


def test_an_empty_folder_is_no_error_and_not_called_clean(tmp_path, monkeypatch, capsys):
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    assert main(["audit"]) == 0
    assert "no settings module" in capsys.readouterr().out


# -- files that cannot be read ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("settings_broken.py", b"DATABASES = {\n"),
        ("settings_python2.py", b"DATABASES = {}\nprint 'x'\n"),
        ("settings_latin.py", b"DATABASES = {'default': '\xff'}\n"),
        ("settings_nul.py", b"DATABASES = {}\0\n"),
        ("settings_lie.py", b"# coding: no-such-codec\nDATABASES = {}\n"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_unreadable_file_is_named_and_the_rest_is_done(name, data, project, capsys):
    (project / "shop" / name).write_bytes(data)
    assert main(["audit"]) == 3
    captured = capsys.readouterr()
    assert captured.err.startswith(f"djconnfix: shop/{name}:")
    assert captured.err.count("\n") == 1
    assert "DCF101 conn-max-age-zero" in captured.out


def test_an_unreadable_file_out_of_scope_does_not_matter(project, capsys):
    (project / "shop" / "settings_broken.py").write_bytes(b"DATABASES = {\n")
    assert main(["audit", "shop/settings.py"]) == 1
    assert main(["audit", "--exclude", "settings_broken.py"]) == 1
    assert capsys.readouterr().err == ""


def test_a_file_given_by_name_must_parse(project, capsys):
    (project / "shop" / "views.py").write_bytes(b"DATABASES = {}\ndef (:\n")
    assert main(["audit"]) == 1
    assert capsys.readouterr().err == ""
    assert main(["audit", "shop/views.py"]) == 3
    here = ".".join(map(str, sys.version_info[:2]))
    assert capsys.readouterr().err.startswith(f"djconnfix: shop/views.py:2: cannot be parsed as Python {here}: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission_is_named(project, capsys):
    (project / "shop" / "settings_secret.py").write_text("DATABASES = {}\n")
    (project / "shop" / "settings_secret.py").chmod(0)
    assert main(["audit"]) == 3
    assert "shop/settings_secret.py: cannot be read: Permission denied" in capsys.readouterr().err


def test_a_fifo_given_by_name_does_not_hang(project, capsys):
    os.mkfifo(project / "pipe.py")
    assert main(["audit", "pipe.py"]) == 3
    assert capsys.readouterr().err == "djconnfix: pipe.py: is not a regular file\n"


# -- fix --------------------------------------------------------------------------------------------------------------


def test_dry_run_prints_the_diff_and_writes_nothing(project, capsys):
    before = snapshot(project)
    assert main(["fix", "--dry-run"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("--- a/shop/settings.py\n+++ b/shop/settings.py\n")
    assert '+        "CONN_MAX_AGE": 60,\n' in out
    assert snapshot(project) == before


def test_check_writes_nothing(project, capsys):
    before = snapshot(project)
    assert main(["fix", "--check"]) == 1
    assert snapshot(project) == before


def test_check_finds_changes_below_the_fail_level(project, capsys):
    assert main(["fix", "--check", "--fail-level", "error"]) == 1
    assert main(["fix", "--dry-run", "--fail-level", "error"]) == 0


def test_fix_writes_and_a_second_run_changes_nothing(project, capsys):
    assert main(["fix"]) == 0
    assert '"CONN_MAX_AGE": 60' in (project / "shop/settings.py").read_text()
    assert "fixed shop/settings.py: DCF101" in capsys.readouterr().out
    after = snapshot(project)
    assert main(["fix"]) == 0
    assert main(["fix", "--check"]) == 0
    assert snapshot(project) == after


def test_fix_never_ends_with_0_while_a_finding_remains(project, capsys):
    (project / "Procfile").unlink()  # nobody says who serves it: reported, not repaired
    before = snapshot(project)
    assert main(["audit"]) == 1
    assert main(["fix"]) == 1
    assert snapshot(project) == before


@pytest.mark.usefixtures("git")
def test_the_patch_is_private_and_exact(project, capsys):
    (project / "fix.patch").write_text("old")
    (project / "fix.patch").chmod(0o644)
    assert main(["fix", "--dry-run", "--patch", "fix.patch"]) == 1
    assert (project / "fix.patch").stat().st_mode & 0o777 == 0o600
    subprocess.run(["git", "apply", "fix.patch"], cwd=project, check=True)
    assert main(["audit"]) == 0


# -- explain, rules, config -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["DCF101", "dcf101", "conn-max-age-zero", " Conn-Max-Age-Zero "])
def test_explain_takes_codes_and_names(name, capsys):
    assert main(["explain", name]) == 0
    out = capsys.readouterr().out
    assert out.startswith("DCF101 conn-max-age-zero\n")
    assert "Why it is bad" in out
    assert "CONN_MAX_AGE" in out


def test_rules_lists_every_rule(capsys):
    from djconnfix.rules import all_rules

    assert main(["rules"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("DCF")]
    assert listed == [rule.code for rule in all_rules()]
    assert main(["rules", "--format", "json"]) == 0
    assert [rule["code"] for rule in json.loads(capsys.readouterr().out)] == listed


def test_config_says_where_each_option_comes_from(project, capsys):
    (project / "pyproject.toml").write_text('[tool.djconnfix]\nserver = "asgi"\n')
    assert main(["config", "--ignore", "conn-max-age-zero"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [f"# root: {project}", "[tool.djconnfix]"]
    assert "# django is not set" in lines
    assert 'server = "asgi"  # pyproject.toml' in lines
    assert 'ignore = ["DCF101"]  # command line' in lines
    assert 'fail-level = "warning"  # default' in lines


def test_every_option_has_its_twin_on_the_command_line():
    [programs] = [action for action in make_parser()._actions if hasattr(action, "choices") and action.choices]
    for name in ("audit", "fix", "config"):
        known = {word for action in programs.choices[name]._actions for word in action.option_strings}
        wanted = {f"--{option.key}" for option in OPTIONS if option.key != "unsafe-fixes" or name == "fix"}
        assert wanted <= known, name


def test_the_choices_of_the_parser_are_those_of_the_options():
    [programs] = [action for action in make_parser()._actions if hasattr(action, "choices") and action.choices]
    choices = {action.dest: action.choices for action in programs.choices["audit"]._actions}
    assert choices["server"] == SERVERS
    assert choices["fail_level"] == LEVELS


# -- manners ----------------------------------------------------------------------------------------------------------


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "djconnfix", *arguments], capture_output=True, text=True, check=False, **options
    )


def test_piped_output_has_no_colour_unless_asked_for(project):
    assert "\x1b[" not in run("audit").stdout
    assert "\x1b[" in run("audit", "--color").stdout
    assert "\x1b[" in run("audit", env={**os.environ, "FORCE_COLOR": "1"}).stdout
    assert "\x1b[" not in run("audit", env={**os.environ, "FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout
    assert "\x1b[" not in run("audit", "--no-color", env={**os.environ, "FORCE_COLOR": "1"}).stdout


def test_a_reader_that_leaves_is_no_error(project):
    command = f"{sys.executable} -m djconnfix explain DCF101 | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.strip() in ("0", "141")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line(project):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "djconnfix", "audit"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 4
    assert done.stderr == "djconnfix: the output cannot be written: No space left on device\n"


@pytest.mark.parametrize(("closed", "status"), [(">&-", 1), ("2>&-", 1)])
def test_closed_streams_are_no_error(closed, status, project):
    command = f"exec {sys.executable} -m djconnfix audit {closed}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert done.stderr == ""


def test_odd_file_names_survive_an_ascii_terminal(project):
    (project / "shop" / "settings_b\udcff\u00e9.py").write_bytes(b"DATABASES = {\n")
    done = run("audit", env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_an_internal_error_is_one_line_without_the_project_in_it(project, monkeypatch, capsys):
    import djconnfix.runs

    def fail(*_, **__):
        raise RuntimeError("secret text of the project")

    monkeypatch.setattr(djconnfix.runs, "audit", fail)
    assert main(["audit"]) == 4
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("djconnfix: internal error: RuntimeError at test_cli.py:")
    assert "secret text" not in captured.err
    assert main(["audit", "--verbose"]) == 4
    assert "Traceback" in capsys.readouterr().err
