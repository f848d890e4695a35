"""Tables on screens of every width."""

from __future__ import annotations

import pytest

from djconnfix.probe.as_text import write_reading
from djconnfix.probe.columns import Row, columns
from djconnfix.terminal import Style
from tests.probe.build import reading

HEADS = ("requests/s", "p50", "p95")
ROWS = (Row("> pool", ("100", "1.0 ms", "12.0 ms"), today=True), Row("  closed", ("not measured: it does not start",)))
WIDE = """\
          requests/s     p50      p95
> pool           100  1.0 ms  12.0 ms
  closed  not measured: it does not start
"""
NARROW = """\
          requests/s     p50
> pool           100  1.0 ms
  closed  not measured: it does not start

              p95
> pool    12.0 ms
"""


@pytest.mark.parametrize(
    ("width", "text"),
    [pytest.param(80, WIDE, id="fits"), pytest.param(37, WIDE, id="just"), pytest.param(36, NARROW, id="not")],
)
def test_what_does_not_fit_comes_below(width: int, text: str) -> None:
    assert list(columns("", HEADS, ROWS, Style(width=width))) == text.splitlines()


def test_a_screen_narrower_than_any_column_gets_one_at_a_time() -> None:
    lines = list(columns("way", HEADS, ROWS[:1], Style(width=3)))
    assert [line.split()[-1] for line in lines if line.startswith("way")] == list(HEADS)


def test_only_today_is_bold() -> None:
    lines = list(columns("", HEADS, ROWS, Style(color=True)))
    assert [line.startswith("\x1b[1m") for line in lines] == [False, True, False]


def test_no_rows_and_no_columns() -> None:
    assert list(columns("way", HEADS, (), Style())) == ["way  requests/s  p50  p95"]
    assert list(columns("way", (), ROWS, Style())) == []


@pytest.mark.parametrize(("width", "parts"), [(60, 3), (80, 2), (120, 1)])
def test_no_line_of_a_probe_is_wider_than_the_screen(width: int, parts: int) -> None:
    lines = write_reading(
        reading(notes=("a note that is long " * 6,)), (0.001, 0.01, 0.05), Style(width=width)
    ).splitlines()
    assert max(map(len, lines)) <= width
    for head in ("round trips", "together", "at 50 ms", "in a transaction", "here"):
        assert any(f" {head}" in line for line in lines), head
    tables = [line for line in lines if line.startswith("authentication")]
    assert len(tables) == parts
