"""The shell scripts: what can be said of them without running them on a fresh machine."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = [ROOT / "scripts" / "demo", ROOT / "scripts" / "test", ROOT / ".ci" / "run"]
SOURCED = sorted((ROOT / "scripts" / "lib").glob("*.sh"))


def bash(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f'. "{ROOT}/scripts/lib/environment.sh"; {script}'],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("path", COMMANDS + SOURCED, ids=lambda path: path.name)
def test_bash_can_read_it(path: Path) -> None:
    assert subprocess.run(["bash", "-n", path], check=False, capture_output=True, text=True).stderr == ""


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.name)
def test_it_can_be_run(path: Path) -> None:
    assert os.access(path, os.X_OK)


def test_a_missing_python_is_named() -> None:
    result = bash("require_python", PYTHON="python9.9")
    assert (result.returncode, result.stderr) == (2, "bash: there is no python9.9 here; install Python 3.10 or newer\n")


def test_a_python_that_is_too_old_is_refused(tmp_path: Path) -> None:
    old = tmp_path / "python-old"
    old.write_text('#!/bin/sh\nif [ "$1" = --version ]; then echo Python 3.8.1; else exit 1; fi\n', encoding="utf-8")
    old.chmod(0o755)
    result = bash("require_python", PYTHON=str(old))
    assert (result.returncode, result.stderr) == (2, "bash: Python 3.8.1 is too old; Python 3.10 or newer is needed\n")


def test_the_status_of_a_command_is_kept() -> None:
    assert bash('run sh -c "exit 7"').returncode == 7


def test_a_signal_ends_the_running_command_and_cleans_up(tmp_path: Path) -> None:
    mark = tmp_path / "cleaned"
    script = f"trap 'touch {mark}' EXIT; trap_signals; (sleep 0.3; kill -TERM $$) & run sleep 600"
    assert bash(script).returncode == 143
    assert mark.exists()


def test_packages_are_not_installed_when_that_is_forbidden(tmp_path: Path) -> None:
    script = f'. "{ROOT}/scripts/lib/test-environment.sh"; test_packages=("no-such-package no-such-program"); '
    result = bash(script + "install_test_servers", DJCONNFIX_SYSTEM_PACKAGES="no")
    assert result.stdout == "\n== Not installing (DJCONNFIX_SYSTEM_PACKAGES=no): no-such-package\n"
    assert result.returncode == 0


def test_every_checkout_and_python_has_a_virtual_environment_of_its_own(tmp_path: Path) -> None:
    script = f'. "{ROOT}/scripts/lib/test-environment.sh"; for root in /a /b; do test_venv; echo "$venv"; done'
    first, second = bash(script, XDG_CACHE_HOME=str(tmp_path), DJCONNFIX_VENV="").stdout.split()
    assert first != second
    assert {Path(first).parent, Path(second).parent} == {tmp_path / "djconnfix"}
