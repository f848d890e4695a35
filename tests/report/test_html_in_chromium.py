"""The HTML report as a person meets it: in a real browser, at phone and desktop width, by keyboard, in both schemes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.config import Config
from djconnfix.engine import audit
from djconnfix.report.as_html import write_html
from tests.conftest import needed_program
from tests.probe.compare.test_reports import PAGES
from tests.report.chromium import Chromium

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.once
FILES = {
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
    "shop/__init__.py": "",
    "shop/settings.py": """\
import os
DATABASES = {
    "default": {"ENGINE": "django.db.backends.postgresql", "HOST": "pgbouncer", "PORT": "6432", "CONN_MAX_AGE": None},
    "replica": {"ENGINE": "django.db.backends.postgresql", "HOST": "a-rather-long-name.of-a-replica.example.org"},
    "reports": {"ENGINE": "django.db.backends.postgresql", "HOST": "a-rather-long-name.of-a-replica.example.org"},
    "old": {"ENGINE": "django.db.backends.mysql", "HOST": os.environ["LEGACY_DATABASE_HOST"], "CONN_MAX_AGE": "60"},
    "<img src=x onerror=document.title='taken'>": {"ENGINE": "django.db.backends.postgresql", "HOST": "other"},
}
""",
    "Procfile": (
        "web: gunicorn shop.wsgi --workers 4 --threads 8\n"
        "api: uvicorn shop.asgi:application --workers 3\n"
        "worker: celery -A shop worker --concurrency 16\n"
    ),
    "pgbouncer.ini": "[databases]\nshop = host=db\n[pgbouncer]\npool_mode = transaction\nlisten_port = 6432\n",
    "requirements.txt": "Django==5.2.1\npsycopg[binary,pool]==3.2.9\n",
}
# For each element with text of its own: its colour against the nearest ground that is painted (WCAG 2, 1.4.3).
CONTRAST = """
(() => {
  const part = (value) => { value /= 255; return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const ground = (element) => {
    for (; element; element = element.parentElement) {
      const colour = numbers(getComputedStyle(element).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const element of document.querySelectorAll("body *")) {
    if (element.closest("svg, script") || !element.checkVisibility()) continue;
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    const [a, b] = [light(numbers(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${element.tagName} ${element.className} ${ratio.toFixed(2)}`);
  }
  return poor;
})()
"""
# Whatever sticks out of the window, unless it lies in something that scrolls by itself.
OVERFLOW = """
[...document.querySelectorAll("body *")].filter((element) => element.checkVisibility()
  && !element.closest("pre, .scroll, .skip") && element.getBoundingClientRect().right > innerWidth + 1)
  .map((element) => element.outerHTML.slice(0, 80))
"""
# Lines of text in the drawing that are wider than their box.
SPILT = """
[...document.querySelectorAll(".map .node")].filter((node) => {
  const box = node.querySelector("rect").getBoundingClientRect();
  return [...node.querySelectorAll("text")].some((line) => {
    const own = line.getBoundingClientRect();
    return own.left < box.left || own.right > box.right || own.bottom > box.bottom + 1;
  });
}).map((node) => node.textContent)
"""
FOCUSED = """
(() => {
  const at = document.activeElement;
  const style = getComputedStyle(at);
  return [at.tagName, at.textContent.trim().slice(0, 24), style.outlineStyle !== "none"];
})()
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shop")
    for path, content in FILES.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(content)
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(write_html(audit(Config(root=root))), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    chromium = Chromium(needed_program("chromium"), tmp_path_factory.mktemp("profile"))
    yield chromium
    chromium.close()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 800, 1280], ids=["phone", "tablet", "desktop"])
def test_it_is_readable(browser: Chromium, page: Path, width: int, dark: bool) -> None:
    browser.open(page, width=width, dark=dark)
    browser.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert browser.complaints() == []
    assert browser.requests() == [page.as_uri()]
    assert browser.run("document.title").startswith("Connections of shop")
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run(OVERFLOW) == []
    assert browser.run(CONTRAST) == []
    assert browser.run(SPILT) == []
    ground = browser.run("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(21, 24, 29)" if dark else "rgb(255, 255, 255)")


@pytest.mark.parametrize(("width", "drawn"), [(390, False), (1280, True)], ids=["phone", "desktop"])
def test_the_map_is_a_drawing_or_cards_and_always_a_table(
    browser: Chromium, page: Path, width: int, drawn: bool
) -> None:
    browser.open(page, width=width)
    assert browser.run("document.querySelector('.map').checkVisibility()") is drawn
    assert browser.run("document.querySelectorAll('.ways tbody tr').length") == 15
    assert browser.run("document.querySelector('.ways tbody tr').checkVisibility()")
    row = browser.run("document.querySelector('.ways tbody tr').textContent")
    assert all(word in row for word in ("gunicorn", "shop.settings", "default", "pgbouncer", "PostgreSQL", "32"))


def test_everything_is_reached_and_worked_by_keyboard(browser: Chromium, page: Path) -> None:
    browser.open(page, width=1280)
    seen = []
    for _ in range(14):
        browser.press("Tab")
        seen.append(browser.run(FOCUSED))
    assert all(outlined for _, _, outlined in seen), seen
    words = [f"{tag} {text}".strip() for tag, text, _ in seen]
    assert words[0] == "A To the findings"
    assert words[1:5] == ["A Map", "A Budget", "A Findings", "A Looked at"]
    assert words[5].startswith("DIV")
    assert words[6] == "SUMMARY The same as a table"
    assert words[7:11] == ["INPUT", "INPUT", "INPUT", "BUTTON All diffs"]
    assert not browser.run("document.querySelector('.diff').open")
    for _ in range(3):
        browser.run("document.querySelector('.filter button').focus()")
    browser.press("Enter")
    assert browser.run("[...document.querySelectorAll('.diff')].every((each) => each.open)")
    browser.run("document.querySelector('.diff summary').focus()")
    browser.press("Enter")
    assert not browser.run("document.querySelector('.diff').open")


def test_findings_can_be_filtered(browser: Chromium, page: Path) -> None:
    browser.open(page, width=1280)
    everything = browser.run("document.querySelectorAll('.finding:not([hidden])').length")
    browser.run("document.querySelector('.filter input[value=warning]').focus()")
    browser.press(" ")
    shown = browser.run("[...document.querySelectorAll('.finding:not([hidden])')].map((e) => e.dataset.severity)")
    assert set(shown) == {"error"}
    assert browser.run("document.querySelector('[role=status]').textContent") == (
        f"{len(shown)} of {everything} findings shown"
    )
    browser.run("document.querySelector('.filter input[type=search]').focus()")
    for letter in "zzz":
        browser.press(letter)
    assert browser.run("document.querySelectorAll('.group:not([hidden])').length") == 0


def test_without_a_script_all_is_shown(browser: Chromium, page: Path) -> None:
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(page, width=1280)
        assert browser.run("document.querySelector('.filter').checkVisibility()") is False
        hidden = "[...document.querySelectorAll('.finding')].filter((each) => !each.checkVisibility()).length"
        assert browser.run(hidden) == 0
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)


def test_severity_and_diff_are_told_without_colour(browser: Chromium, page: Path) -> None:
    browser.open(page, width=1280)
    badges = browser.run("[...document.querySelectorAll('.badge')].map((each) => each.textContent)")
    assert set(badges) <= {"■ error", "▲ warning", "● info"}
    assert browser.run("[...document.querySelectorAll('ins')].every((each) => each.textContent.startsWith('+'))")
    assert browser.run("[...document.querySelectorAll('del')].every((each) => each.textContent.startsWith('-'))")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280], ids=["phone", "desktop"])
@pytest.mark.parametrize("name", ["comparison in rounds", "probe"])
def test_pages_of_the_probe_are_readable(browser: Chromium, tmp_path: Path, name: str, width: int, dark: bool) -> None:
    file = tmp_path / "probe.html"
    file.write_text(PAGES[name], encoding="utf-8")
    browser.open(file, width=width, dark=dark)
    assert browser.complaints() == []
    assert browser.requests() == [file.as_uri()]
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run(CONTRAST) == []
    scrolled = browser.run(
        "[...document.querySelectorAll('.scroll')].filter((e) => e.scrollWidth > e.clientWidth).length"
    )
    assert bool(scrolled) is (width == 390)
    assert browser.run(OVERFLOW) == []


def test_names_stay_beside_the_numbers_of_a_table_on_a_phone(browser: Chromium, tmp_path: Path) -> None:
    file = tmp_path / "probe.html"
    file.write_text(PAGES["probe"], encoding="utf-8")
    browser.open(file, width=390)
    browser.run("document.querySelector('.scroll').scrollLeft = 1000")
    assert browser.run("document.querySelector('.scroll').scrollLeft") > 0
    assert browser.run("document.querySelector('.scroll tbody th').getBoundingClientRect().left") >= 0
