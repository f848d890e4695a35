"""What a run says beside its report: progress on a terminal, links where terminals know them, one line for a mishap."""

from __future__ import annotations

import io
import re
import time

import pytest

from djconnfix.terminal import Style, style_for
from djconnfix.view import View


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def busy(err, *, quiet=False, rounds=3):
    """Run something that takes a few rounds of patience, and return what was shown."""
    view = View(io.StringIO(), err, Style(), quiet=quiet)
    with view.busy("reading the project", patience=0.01):
        deadline = time.monotonic() + 30
        while err.isatty() and not quiet and err.getvalue().count("reading") < rounds and time.monotonic() < deadline:
            time.sleep(0.005)
    return err.getvalue()


def test_a_long_run_shows_that_it_goes_on_and_leaves_nothing_behind():
    shown = busy(Terminal())
    assert re.match(r"(\r\x1b\[Kdjconnfix: reading the project, \d+ s){3,}", shown)
    assert shown.endswith("\r\x1b[K")


@pytest.mark.parametrize(("err", "quiet"), [(io.StringIO(), False), (Terminal(), True)], ids=["piped", "quiet"])
def test_nothing_is_shown_to_programs_and_to_who_wants_quiet(err, quiet):
    assert busy(err, quiet=quiet) == ""


def test_a_short_run_shows_nothing():
    err = Terminal()
    with View(io.StringIO(), err, Style()).busy("reading the project", patience=60):
        pass
    assert err.getvalue() == ""


def test_what_fails_meanwhile_still_fails():
    err = Terminal()
    with pytest.raises(ValueError, match="x"), View(io.StringIO(), err, Style()).busy("reading", patience=60):
        raise ValueError("x")
    assert err.getvalue() == ""


def test_a_line_is_masked_and_cannot_command_the_terminal():
    err = io.StringIO()
    View(io.StringIO(), err, Style()).say("postgres://shop:s3cr3t@db/x \x1b[2J\nfake")
    assert err.getvalue() == "djconnfix: postgres://***@db/x \\x1b[2J\\nfake\n"


# -- links -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def environment(monkeypatch):
    for name in ("TERM_PROGRAM", "VTE_VERSION", "KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION", "DOMTERM"):
        monkeypatch.delenv(name, raising=False)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return monkeypatch


@pytest.mark.parametrize(
    ("name", "value", "links"),
    [
        ("TERM_PROGRAM", "iTerm.app", True),
        ("TERM_PROGRAM", "vscode", True),
        ("TERM_PROGRAM", "Apple_Terminal", False),
        ("VTE_VERSION", "6003", True),
        ("VTE_VERSION", "4900", False),
        ("VTE_VERSION", "new", False),
        ("KITTY_WINDOW_ID", "1", True),
        ("TERM", "xterm", False),
    ],
)
def test_links_are_for_terminals_that_say_they_know_them(name, value, links, environment):
    environment.setenv(name, value)
    assert style_for(Terminal(), None).links is links
    assert style_for(Terminal(), False).links is False
    assert style_for(io.StringIO(), True).links is False


def test_a_link_leads_somewhere_and_cannot_be_left():
    assert Style(links=True).link("DCF101", "https://e.org/a") == ("\x1b]8;;https://e.org/a\x1b\\DCF101\x1b]8;;\x1b\\")
    assert "\x1b[2J" not in Style(links=True).link("x", "file:///a\x1b[2J\x07b")
    assert Style().link("DCF101", "https://e.org/a") == "DCF101"
