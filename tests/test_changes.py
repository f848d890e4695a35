"""`--diff-base`: which lines count as changed, and that git runs nothing of the repository's."""

from __future__ import annotations

import subprocess

import pytest

from djconnfix.__main__ import main
from djconnfix.changes import changed_lines

pytestmark = pytest.mark.usefixtures("git")
MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'
ALIAS = '    "{}": {{"ENGINE": "django.db.backends.postgresql", "HOST": "db", "NAME": "x"}},\n'
FILES = {
    "manage.py": MANAGE,
    "shop/__init__.py": "",
    "shop/settings.py": "DATABASES = {\n" + ALIAS.format("default") + "}\n",
    "Procfile": "web: gunicorn shop.wsgi --threads 4\n",
    "requirements.txt": "Django==5.2.1\npsycopg==3.2.9\n",
}


def run_git(folder, *arguments):
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository with one commit and a finding in it."""
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    run_git(tmp_path, "init", "-q", "-b", "main")
    run_git(tmp_path, "add", "-A")
    run_git(tmp_path, "commit", "-q", "-m", "one")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(capsys, *arguments):
    """Return the exit status and the aliases or files of what is found."""
    status = main(["audit", "--quiet", "--select", "DCF101", *arguments])
    out = capsys.readouterr().out
    return status, [line.partition("alias '")[2].partition("'")[0] for line in out.splitlines()]


def add_alias(project, name):
    file = project / "shop" / "settings.py"
    file.write_text(file.read_text()[:-2] + ALIAS.format(name) + "}\n")


def test_what_was_there_before_is_not_reported(project, capsys):
    assert found(capsys) == (1, ["default"])
    assert found(capsys, "--diff-base", "HEAD") == (0, [])


def test_what_is_new_in_the_work_tree_is(project, capsys):
    add_alias(project, "other")
    assert found(capsys, "--diff-base", "HEAD") == (1, ["other"])


def test_what_the_branch_has_committed_is(project, capsys):
    add_alias(project, "other")
    run_git(project, "checkout", "-q", "-b", "branch")
    run_git(project, "commit", "-q", "-am", "two")
    assert found(capsys, "--diff-base", "HEAD") == (0, [])
    assert found(capsys, "--diff-base", "main") == (1, ["other"])
    assert found(capsys, "--diff-base", "HEAD~1") == (1, ["other"])


def test_what_came_to_the_base_since_is_no_change_of_the_branch(project, capsys):
    run_git(project, "checkout", "-q", "-b", "branch")
    run_git(project, "checkout", "-q", "main")
    add_alias(project, "of_main")
    run_git(project, "commit", "-q", "-am", "two")
    run_git(project, "checkout", "-q", "branch")
    add_alias(project, "mine")
    assert found(capsys, "--diff-base", "main") == (1, ["mine"])


def test_a_file_that_git_does_not_know_is_new(project, capsys):
    (project / "shop" / "more.py").write_text("DATABASES = {\n" + ALIAS.format("new") + "}\n")
    (project / "manage.py").write_text(MANAGE.replace("shop.settings", "shop.more"))
    assert found(capsys, "--diff-base", "HEAD")[1] == ["new"]


def test_changed_evidence_counts(project, capsys):
    (project / "Procfile").write_text("web: gunicorn shop.wsgi --threads 8\n")
    assert found(capsys, "--diff-base", "HEAD") == (1, ["default"])


def test_a_project_below_the_repository(project, capsys):
    (project / "backend").mkdir()
    for name in ("manage.py", "shop", "Procfile", "requirements.txt"):
        (project / name).rename(project / "backend" / name)
    run_git(project, "add", "-A")
    run_git(project, "commit", "-q", "-m", "moved")
    assert found(capsys, "--diff-base", "HEAD", "backend") == (0, [])
    assert found(capsys, "--diff-base", "HEAD~1", "backend") == (1, ["default"])


def test_a_fix_leaves_alone_what_was_there(project, capsys):
    add_alias(project, "other")
    assert main(["fix", "--select", "DCF101", "--diff-base", "HEAD"]) == 0
    default, _, other = (project / "shop" / "settings.py").read_text().partition('"other"')
    assert "CONN_MAX_AGE" not in default
    assert "CONN_MAX_AGE" in other


def test_the_hint_keeps_the_revision(project, capsys):
    add_alias(project, "other")
    main(["audit", "--diff-base", "HEAD"])
    assert "djconnfix fix --diff-base HEAD --dry-run" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("revision", "said"),
    [
        ("nonsense", "--diff-base nonsense: is no revision of this repository"),
        ("HEAD~9", "is no revision of this repository"),
        ("--output=x", "is no revision"),
        ("HEAD:manage.py", "is no revision of this repository"),
        ("HEAD^{tree}", "is no revision of this repository"),
    ],
)
def test_what_is_no_revision_is_refused(revision, said, project, capsys):
    before = sorted(project.iterdir())
    assert main(["audit", f"--diff-base={revision}"]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert sorted(project.iterdir()) == before


def test_without_a_common_commit_it_is_refused(project, capsys):
    run_git(project, "checkout", "-q", "--orphan", "other")
    run_git(project, "commit", "-q", "-m", "apart")
    assert main(["audit", "--diff-base", "main"]) == 2
    assert "has no commit in common with HEAD" in capsys.readouterr().err


def test_without_git_it_is_refused(project, monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    assert main(["audit", "--diff-base", "HEAD"]) == 2
    assert "git is not installed" in capsys.readouterr().err


def test_nothing_of_the_repository_is_run(project, capsys):
    """A repository's configuration can name programs; none of those that git knows is started."""
    program = project / "run-me"
    program.write_text(f"#!/bin/sh\ntouch '{project}/ran'\ncat\n")
    program.chmod(0o755)
    for key in (
        "core.fsmonitor", "diff.external", "filter.x.clean", "filter.x.smudge", "filter.x.process", "diff.x.textconv",
        "diff.x.command", "core.pager", "core.sshCommand", "core.editor", "core.gitProxy", "credential.helper",
    ):  # fmt: skip
        run_git(project, "config", key, str(program))
    run_git(project, "config", "core.hooksPath", str(project))
    (project / ".gitattributes").write_text("* filter=x diff=x\n")
    (project / "post-index-change").symlink_to(program)
    add_alias(project, "other")
    assert found(capsys, "--diff-base", "HEAD") == (1, ["other"])
    assert not (project / "ran").exists()


def test_what_a_hook_is_told_of_its_repository_does_not_mislead(project, monkeypatch, capsys):
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nonexistent/index")
    assert found(capsys, "--diff-base", "HEAD") == (0, [])


@pytest.mark.parametrize(
    ("before", "now", "lines"),
    [
        ("a b c", "a b c", []),
        ("", "a b", [1, 2]),
        ("a b", "", []),
        ("a b c", "a x c", [2]),
        ("a b c", "a b c d", [4]),
        ("a b c", "x a b c", [1]),
        ("a b c", "a c", [1, 2]),
        ("a b c", "b c", [1]),
        ("a b c", "a b", [2]),
        ("a b c d e f", "a x c d y f", [2, 5]),
        ("a a a", "a a", [2]),
    ],
)
def test_changed_lines(before, now, lines):
    assert sorted(changed_lines(before.encode().split(), now.encode().split())) == lines
