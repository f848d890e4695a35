"""`fix --interactive`: what is asked, what each answer does, and that nothing else is written."""

from __future__ import annotations

import io

import pytest

from djconnfix.__main__ import main
from djconnfix.config import resolve
from djconnfix.errors import ConfigurationError
from djconnfix.fixing import FixOrder, run_fix
from djconnfix.status import Status
from djconnfix.view import View

SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "db",
        "NAME": "shop",
        "PASSWORD": "canary-w0rd",
    },
    "replica": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "replica",
        "NAME": "shop",
        "CONN_MAX_AGE": 60,
        "AUTOCOMMIT": False,
        "TEST": {"MIRROR": "default"},
    },
}
"""
FILES = {
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
    "shop/__init__.py": "",
    "shop/settings.py": SETTINGS,
    "Procfile": "web: gunicorn shop.wsgi --threads 4\n",
    "requirements.txt": "Django==5.2.1\npsycopg==3.2.9\n",
}
AGE, CHECKS, AUTOCOMMIT = "DCF101", "DCF102", "DCF210"


@pytest.fixture
def project(tmp_path):
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def answer(project, answers, **given):
    out, err = io.StringIO(), io.StringIO()
    view = View.for_streams(out, err, None)
    config = resolve(project, given).config
    status = run_fix(config, view, FixOrder(interactive=True), answers=io.StringIO(answers))
    return status, out.getvalue(), err.getvalue(), (project / "shop" / "settings.py").read_text()


def questions(out):
    """Return the codes that were asked about, in order."""
    blocks = out.split("Apply this fix")[:-1]
    return [word for block in blocks for word in block.split() if word in (AGE, CHECKS, AUTOCOMMIT)]


def test_every_fix_is_asked_about_with_its_reason_and_its_diff(project):
    _, out, _, text = answer(project, "n\nn\nn\n")
    assert text == SETTINGS
    assert sorted(questions(out)) == [AGE, CHECKS, AUTOCOMMIT]
    assert "(1/3) Apply this fix [y,n,a,q,?]?" in out
    assert "fix (changes policy): delete AUTOCOMMIT" in out
    assert "nothing is committed there" in out
    assert '+        "CONN_MAX_AGE": 60,' in out
    assert "canary-w0rd" not in out


@pytest.mark.parametrize(
    ("answers", "age", "autocommit"),
    [
        ("y\nn\nn\n", True, True),
        ("n\ny\ny\n", False, False),
        ("y\ny\ny\n", True, False),
        ("q\n", False, True),
        ("y\nq\n", True, True),
        ("", False, True),
        ("y\n", True, True),
        ("?\ny\nq\n", True, True),
        ("x\n\ny\nq\n", True, True),
        ("YES\nNo\nquit\n", True, True),
    ],
    ids=lambda value: value.replace("\n", " ") if isinstance(value, str) else "",
)
def test_only_what_is_agreed_to_is_written(answers, age, autocommit, project):
    _, out, _, text = answer(project, answers)
    assert questions(out)[0] == AGE
    default = text.partition('"replica"')[0]
    assert ('"CONN_MAX_AGE": 60' in default) is age
    assert ('"AUTOCOMMIT": False' in text) is autocommit


@pytest.mark.parametrize(("given", "left"), [({}, True), ({"unsafe-fixes": True}, False)], ids=["safe", "all"])
def test_all_means_all_that_is_safe_unless_more_was_asked_for(given, left, project):
    _, out, _, text = answer(project, "a\n" + "n\n" * 3, **given)
    assert '"CONN_HEALTH_CHECKS": True' in text.partition('"replica"')[2]
    assert ('"AUTOCOMMIT": False' in text) is left
    assert questions(out) == ([AGE, AUTOCOMMIT] if left else [AGE])


def test_help_says_what_the_answers_mean(project):
    _, out, _, _ = answer(project, "?\nhuh\nq\n")
    assert out.count("y - apply this fix") == 2
    assert "'huh' is none of the answers." in out


def test_what_remains_is_reported_and_decides_the_status(project):
    assert answer(project, "n\nn\nn\n")[0] is Status.FINDINGS
    status, out, _, _ = answer(project, "y\ny\ny\n")
    assert status is Status.CLEAN
    assert "Nothing found" in out


def test_a_fix_that_cannot_be_made_is_not_asked_about(project):
    text = SETTINGS + "import local; local.configure(DATABASES)\n"
    (project / "shop" / "settings.py").write_text(text)
    _, out, _, after = answer(project, "n\n" * 9)
    assert after == text
    assert AUTOCOMMIT not in questions(out)


@pytest.mark.parametrize("order", [FixOrder(interactive=True, dry_run=True), FixOrder(interactive=True, check=True)])
def test_it_goes_with_nothing_that_writes_nothing(order, project):
    view = View.for_streams(io.StringIO(), io.StringIO(), None)
    with pytest.raises(ConfigurationError, match="neither --dry-run nor --check"):
        run_fix(resolve(project, {}).config, view, order)


def test_the_command_line_asks_standard_input(project, monkeypatch, capsys):
    monkeypatch.chdir(project)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\nq\n"))
    assert main(["fix", "--interactive"]) == 1
    assert "fixed shop/settings.py: DCF101" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "left", "command"),
    [
        (["--dry-run"], "1 finding would remain: 1 with --unsafe-fixes only", "djconnfix fix"),
        (["--check", "--select", AUTOCOMMIT], "1 finding would remain: 1 with --unsafe-fixes only", None),
        (["--dry-run", "--unsafe-fixes"], None, "djconnfix fix --unsafe-fixes"),
        (
            ["--dry-run", "--select", f"{AGE},{AUTOCOMMIT}"],
            "1 finding would remain: 1 with --unsafe-fixes only",
            f"djconnfix fix --select {AGE},{AUTOCOMMIT}",
        ),
    ],
)
def test_a_dry_run_says_what_would_remain_and_what_writes_it(arguments, left, command, project, monkeypatch, capsys):
    monkeypatch.chdir(project)
    main(["fix", *arguments])
    err = capsys.readouterr().err
    assert (f"djconnfix: {left}\n" in err) if left else ("would remain" not in err)
    last = err.splitlines()[-1]
    assert (last == f"djconnfix: to write this: {command}") if command else ("to write" not in last)
    if command:
        main(command.split()[1:])
        assert '"CONN_MAX_AGE": 60,\n        "CONN_HEALTH_CHECKS"' in (project / "shop" / "settings.py").read_text()
