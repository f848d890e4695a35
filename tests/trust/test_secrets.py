"""A secret in every place where people put one, and not a piece of it in anything that is shown or kept."""

from __future__ import annotations

import secrets
import sys
from typing import TYPE_CHECKING

import pytest

from djconnfix.__main__ import internal_error, main
from djconnfix.config import resolve
from djconnfix.engine import audit
from djconnfix.masking import mask, masked_lines
from djconnfix.report.formats import FORMATS, write_as
from tests.trust.secrets_everywhere import filled, projects

if TYPE_CHECKING:
    from pathlib import Path

PROJECTS = projects()
# Where nothing says that it is a secret; no output has a reason to show these lines.
UNNAMED = ("file: settings that do not parse", "file: settings in Python 2")
PIECE = 6  # a stretch of this many characters of a secret is a leak


def canary() -> str:
    """A secret that resembles nothing, so that no rule on shapes catches it."""
    return f"q{secrets.token_hex(7)}z"


def pieces(secret: str) -> set[str]:
    return {secret[i : i + PIECE] for i in range(len(secret) - PIECE + 1)} | {
        secret[::-1][i : i + PIECE] for i in range(len(secret) - PIECE + 1)
    }


class Planted:
    """A project with two secrets in it."""

    def __init__(self, root: Path, files: dict[str, str]) -> None:
        self.root = root
        self.secrets = (canary(), canary())
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(filled(text, *self.secrets))

    def leaks(self, text: str) -> list[str]:
        """Return the lines that show a piece of a secret."""
        every = pieces(self.secrets[0]) | pieces(self.secrets[1])
        return [line for line in text.splitlines() if any(piece in line for piece in every)]


@pytest.fixture(params=PROJECTS, ids=list(PROJECTS))
def project_name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def planted(project_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Planted:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["djconnfix"])
    return Planted(tmp_path, PROJECTS[project_name])


def test_no_output_shows_a_secret(planted: Planted, capsys: pytest.CaptureFixture[str]) -> None:
    """All of what is said, in every form; the diff on the screen; the baseline; and what is said after the write."""
    root = planted.root
    report = audit(resolve(root, {"extend-select": ["DCF"]}).config)
    for form in FORMATS:
        assert planted.leaks(write_as(form, report, "")) == [], form
    every = ("--extend-select", "DCF", "--verbose")
    shown = {}
    for arguments in (
        ("audit", *every),
        ("audit", "--baseline", "known.json", "--update-baseline", *every),
        ("fix", "--dry-run", "--unsafe-fixes", *every),
        ("fix", "--unsafe-fixes", *every),
    ):
        status = main(arguments)
        captured = capsys.readouterr()
        assert status in (0, 1, 3), captured.err
        shown[arguments[:2]] = captured.out + captured.err
        assert planted.leaks(shown[arguments[:2]]) == [], arguments[:2]
    assert planted.leaks((root / "known.json").read_text()) == []
    assert "settings" in shown["audit", "--extend-select"]


def test_no_line_of_any_file_shows_a_secret_once_masked(planted: Planted, project_name: str) -> None:
    """Whatever line an excerpt or a diff shows."""
    if project_name.startswith(UNNAMED):
        pytest.skip("nothing in the line says that it is a secret, and no output shows the line")
    for path in planted.root.rglob("settings.py"):
        assert planted.leaks(mask(path.read_text())) == [], path.name
        assert planted.leaks("\n".join(masked_lines(path.read_text()))) == [], path.name


def test_the_places_are_shown_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    """Most of the projects must have a diff that shows the secret's line, or the test above tells nothing."""
    monkeypatch.chdir(tmp_path)
    masked = [name for name, files in PROJECTS.items() if _has_masked_diff(tmp_path / str(hash(name)), files, capsys)]
    assert len(masked) > 50, len(masked)


def _has_masked_diff(root: Path, files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> bool:
    Planted(root, files)
    main(["fix", "--dry-run", "--unsafe-fixes", str(root)])
    diff = capsys.readouterr().out
    return "@@" in diff and "***" in diff


@pytest.mark.parametrize(
    "table",
    [
        '[tool.djconnfix]\npassword = "{S}"\n',
        '[tool.djconnfix]\nselect = ["password={S}"]\n',
        '[tool.djconnfix]\nbaseline = {{token = "{S}"}}\n',
        '[tool.djconnfix]\nfail-level = "postgres://u:{S}@h"\n',
        '[tool.djconnfix]\ndjango = "token={S}"\n',
        '[tool.djconnfix]\n"{S}\n',
        '[tool.djconnfix]\nexclude = ["https://u:{S}@h/*"]\n',
        '[tool.djconnfix]\nper-alias-ignores = {{"password={S}" = ["DCF101"]}}\n',
    ],
)
@pytest.mark.parametrize("program", ["audit", "fix", "config"])
def test_configuration_that_is_refused_or_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], table: str, program: str
) -> None:
    monkeypatch.chdir(tmp_path)
    planted = Planted(tmp_path, {"pyproject.toml": table, "settings.py": "DATABASES = {{}}\n"})
    status = main([program])
    captured = capsys.readouterr()
    assert status in (0, 2)
    assert planted.leaks(captured.out + captured.err) == []


@pytest.mark.parametrize("verbose", [False, True])
def test_an_internal_error_shows_no_text_of_its_own(verbose: bool, capsys: pytest.CaptureFixture[str]) -> None:
    secret = canary()
    try:
        try:
            raise KeyError(secret)
        except KeyError as cause:
            raise ValueError(f"cannot take {secret}") from cause
    except ValueError as error:
        status = internal_error(error, verbose=verbose)
    said = capsys.readouterr().err
    assert status == 4
    assert "ValueError" in said
    assert secret not in said


def test_the_exact_patch_holds_the_secret_and_only_its_owner_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    planted = Planted(tmp_path, PROJECTS["entry: password"])
    patch = tmp_path / "out.patch"
    patch.write_text("")
    patch.chmod(0o644)
    main(["fix", "--dry-run", "--patch", str(patch)])
    assert planted.leaks(patch.read_text()) != []
    assert patch.stat().st_mode & 0o777 == 0o600
    captured = capsys.readouterr()
    assert planted.leaks(captured.out + captured.err) == []
