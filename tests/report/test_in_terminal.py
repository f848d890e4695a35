"""What a person sees at 80 and at 120 columns, in a real terminal (tmux): nothing is broken in the middle of a word."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from tests.conftest import needed_program

pytestmark = pytest.mark.once
SHOP = Path(__file__).resolve().parent.parent.parent / "fixtures" / "shop"
COMMANDS = (
    "audit -v",
    "fix --dry-run",
    "rules",
    "explain conn-max-age-zero",
    "audit --help",
    "fix --help",
    "budget",
    "config",
)
# What is to be copied as it is, and what belongs to the project, may be wider than the screen.
WIDE = re.compile(r"\S+:\d+:\d+: |\d+ findings? with a |djconnfix: to write this|project /|https?://|# root")
DIFF = re.compile(r"[-+ @]")


@pytest.fixture(scope="module", params=[80, 120])
def screen(request, tmp_path_factory):
    """Run every command on one screen and return its width and what stands there, by command: lines, and joined."""
    tmux, width = needed_program("tmux"), request.param
    folder = tmp_path_factory.mktemp("tmux")
    name = f"djconnfix-{uuid.uuid4().hex[:8]}"
    configuration = folder / "tmux.conf"
    configuration.write_text("set -g history-limit 5000\nset -g remain-on-exit on\nset -g status off\n")
    shutil.copytree(SHOP, folder / "shop")  # a project of its own, not a part of this repository
    lines = [f"cd {folder}/shop"]
    for number, command in enumerate(COMMANDS):
        lines += [f"echo '== {number}'", f"{sys.executable} -m djconnfix {command} 2>&1"]
    script = folder / "script.sh"
    script.write_text("\n".join([*lines, "echo '== end'", f"touch {folder}/done"]) + "\n")
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS", "TMUX")}
    base = [tmux, "-L", name, "-f", str(configuration)]
    start = [*base, "new-session", "-d", "-x", str(width), "-y", "50", f"sh {script}"]
    subprocess.run(start, check=True, env={**environment, "LC_ALL": "C.UTF-8", "FORCE_COLOR": "1"})
    try:
        deadline = time.monotonic() + 120
        while not (folder / "done").exists():
            assert time.monotonic() < deadline, "the commands do not end"
            time.sleep(0.1)
        time.sleep(0.3)
        shown = [
            subprocess.run(
                [*base, "capture-pane", "-p", "-S", "-", *more], check=True, capture_output=True, text=True
            ).stdout
            for more in ((), ("-J",))
        ]
    finally:
        subprocess.run([*base, "kill-server"], check=False, capture_output=True)
    return width, *(re.split(r"^== .*$", each, flags=re.MULTILINE)[1:-1] for each in shown)


def test_no_line_is_broken_by_the_terminal(screen):
    width, shown, joined = screen
    assert len(shown) == len(COMMANDS)
    for command, text in zip(COMMANDS, joined, strict=True):
        broken = [line.rstrip() for line in text.splitlines() if len(line.rstrip()) > width]
        kept = (WIDE, DIFF) if "--dry-run" in command or "explain" in command else (WIDE,)
        assert [line for line in broken if not any(each.match(line) for each in kept)] == [], command


def test_the_screen_is_filled(screen):
    width, shown, _ = screen
    audit = shown[0].splitlines()
    assert max(map(len, audit)) > width - 12
    assert f"{'shop.settings.production, alias default '.ljust(width, '-')}" in audit


def test_words_are_whole(screen):
    """Every line of the report, put together again, gives the same words at any width."""
    _, shown, joined = screen
    for text in (shown[0], joined[0]):
        flat = " ".join(text.split())
        assert "alias 'default' is connected to anew for every request" in flat
        assert "only WSGI workers serve it: each of their threads keeps one connection and uses it again" in flat


def test_a_caret_stands_below_what_it_means(screen):
    _, shown, _ = screen
    lines = shown[0].splitlines()
    [number] = [number for number, line in enumerate(lines) if '|     "AUTOCOMMIT": False,' in line]
    first = lines[number].index('"AUTOCOMMIT"')
    assert lines[number + 1][first:].rstrip() == "^" * len('"AUTOCOMMIT"')
    assert lines[number + 1][:first].strip() == "|"
