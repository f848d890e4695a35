"""A comparison for people and for programs, and what a page must not need."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources

import jsonschema
import pytest

from djconnfix.probe.as_html import write_html
from djconnfix.probe.compare.as_html import write_comparison_html
from djconnfix.probe.compare.as_json import write_comparison_json
from djconnfix.probe.compare.as_text import write_comparison
from djconnfix.probe.compare.outcome import Comparison, Outcome, together
from djconnfix.probe.compare.plan import NotTried
from djconnfix.terminal import Style
from tests.probe.build import reading

TODAY = Outcome("close-per-request", "", True, 200, 0, 2.0, 0.02, 0.04, 0.0085, 200, 0, 8, 0, 12, 0)
PERSISTENT = Outcome(
    "persistent", "", False, 800, 1, 2.0, 0.004, 0.009, None, 8, 8, 8, 8, 12, 8, ("OperationalError: gone",)
)
BROKEN = Outcome("pool", "", trouble="the project does not start (ImportError)")
FOUND = Comparison(
    ("default",),
    "WSGI",
    "Procfile:1 gunicorn",
    4,
    ("/", "/<b>"),
    (TODAY, PERSISTENT, BROKEN),
    (NotTried("pgbouncer-session", "no PgBouncer was named"),),
    ("a note",),
)
TEXT = """\
default: GET /, /<b> in process (WSGI), 4 at a time

                     requests/s      p50      p95    work  failed  new/100  standing  after cut
> close-per-request         100  20.0 ms  40.0 ms  8.5 ms       0      100    0 of 8    0 of 12
  persistent                400   4.0 ms   9.0 ms       ?       1        1    8 of 8    8 of 12
  pool               not measured: the project does not start (ImportError)

  > as the settings are today
"""
ELEMENTS_THAT_LOAD = {"script", "link", "img", "iframe", "object", "embed", "audio", "video", "base", "form"}


class Page(HTMLParser):
    """What stands in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.crossed: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag not in ("meta", "rect", "path"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.crossed.append(tag)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_the_table() -> None:
    text = write_comparison(FOUND, Style())
    assert text.startswith(TEXT)
    assert "persistent: requests failed with OperationalError: gone" in text
    assert "pgbouncer-session was not tried: no PgBouncer was named" in text
    assert "  a note" in text


def test_what_was_not_counted_is_not_a_zero() -> None:
    found = replace(FOUND, server="URL", outcomes=(replace(TODAY, opened=None, standing=None),))
    line = next(line for line in write_comparison(found, Style()).splitlines() if line.startswith("> "))
    assert line.split()[-4:] == ["?", "?", "not", "cut"]


def test_json() -> None:
    found = json.loads(write_comparison_json(FOUND))
    assert (found["version"], found["server"], found["threads"]) == (1, "WSGI", 4)
    assert [(each["name"], each["rate"], each["today"]) for each in found["outcomes"]] == [
        ("close-per-request", 100.0, True),
        ("persistent", 400.0, False),
        ("pool", 0.0, False),
    ]
    assert found["not_tried"] == [{"name": "pgbouncer-session", "why": "no PgBouncer was named"}]


IN_ROUNDS = replace(
    FOUND,
    outcomes=(together([TODAY, replace(TODAY, seconds=1.9), replace(TODAY, seconds=2.5)]), together([PERSISTENT] * 2)),
)
SCHEMA = json.loads(resources.files("djconnfix.probe.compare").joinpath("schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "found",
    [FOUND, IN_ROUNDS, replace(FOUND, server="URL", because="", outcomes=(), not_tried=())],
    ids=["once", "in rounds", "nothing"],
)
def test_a_comparison_fits_its_schema(found: Comparison) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(json.loads(write_comparison_json(found)), SCHEMA)


def test_rounds_are_shown_with_their_spread() -> None:
    text = write_comparison(IN_ROUNDS, Style(width=120))
    assert "> close-per-request          94   80 to 105" in text
    assert "  persistent                400  400 to 400" in text
    assert "in rounds: each way was measured in several rounds" in text
    assert json.loads(write_comparison_json(IN_ROUNDS))["outcomes"][0]["rates"] == [100.0, 105.26, 80.0]
    assert ">94 / s (80 to 105)<" in write_comparison_html(IN_ROUNDS)
    assert "in rounds" not in write_comparison(FOUND, Style())


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    lines = write_comparison(replace(IN_ROUNDS, paths=("/",)), Style(width=width)).splitlines()
    assert max(map(len, lines)) <= width
    joined = " ".join(lines)
    assert all(joined.count(f" {head}") >= 1 for head in ("requests/s", "p95", "failed", "standing", "after cut"))


PAGES = {
    "comparison": write_comparison_html(FOUND),
    "comparison in rounds": write_comparison_html(IN_ROUNDS),
    "comparison of URLs": write_comparison_html(replace(FOUND, server="URL")),
    "comparison without a measurement": write_comparison_html(replace(FOUND, outcomes=(BROKEN,))),
    "probe": write_html([reading()], [("replica", "cannot be reached")], [0.001]),
}


@pytest.mark.parametrize("text", PAGES.values(), ids=PAGES)
def test_a_page_needs_nothing_else(text: str) -> None:
    page = Page(text)
    assert {tag for tag, _ in page.elements} & ELEMENTS_THAT_LOAD == set()
    assert [attributes for _, attributes in page.elements if {"src", "srcset", "style"} & attributes.keys()] == []
    assert {attributes["href"] for attributes in page.all("a")} == {"#main"}
    for word in ("http:", "https:", "url(", "@import"):
        assert word not in text
    assert "default-src 'none'" in text


@pytest.mark.parametrize("text", PAGES.values(), ids=PAGES)
def test_a_page_is_whole_and_can_be_read_by_everyone(text: str) -> None:
    page = Page(text)
    assert (page.open, page.crossed) == ([], [])
    assert page.all("html") == [{"lang": "en"}]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all("meta")
    assert "prefers-color-scheme: dark" in text
    assert len(page.all("h1")) == len(page.all("main")) == 1
    for region in (attributes for attributes in page.all("div") if attributes.get("class") == "scroll"):
        assert (region["tabindex"], region["role"]) == ("0", "region")
        assert region["aria-label"]
    assert all(attributes.get("scope") in ("row", "col") for attributes in page.all("th"))
    assert all(attributes["role"] == "img" and attributes["aria-label"] for attributes in page.all("svg"))


def test_every_bar_has_its_name_and_number_beside_it() -> None:
    text = PAGES["comparison"]
    assert len(Page(text).all("svg")) == 6
    assert text.count(">close-per-request (today)</text>") == text.count(">persistent</text>") + 1 == 6
    for label in (">100 / s<", ">400 / s<", ">20.0 to 40.0 ms<", ">8 of 12<"):
        assert label in text


def test_a_bar_is_as_long_as_its_value() -> None:
    widths = [float(each["width"] or 0) for each in Page(PAGES["comparison"]).all("rect")[:2]]
    assert widths[1] == pytest.approx(4 * widths[0], rel=0.01)


@pytest.mark.parametrize("write", [write_comparison_html, write_comparison_json], ids=["HTML", "JSON"])
def test_no_secret_and_no_markup_from_outside(write: object) -> None:
    reasons = ("OperationalError: postgresql://ada:canary@db/shop <script>",)
    text = write(replace(FOUND, outcomes=(replace(PERSISTENT, reasons=reasons),)))  # type: ignore[operator]
    assert "canary" not in text
    if write is write_comparison_html:
        assert "<script" not in text
        assert "/&lt;b&gt;" in text
