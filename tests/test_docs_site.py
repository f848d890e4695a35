"""The documentation as a site: built without a warning, every link in it leads somewhere, and it is readable."""

from __future__ import annotations

import runpy
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import needed_program
from tests.pages import PAGES, ROOT
from tests.report.chromium import Chromium

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.version_info < (3, 11), reason="the generator of the site has no release for Python 3.10"),
]
LOOKED_AT = ["index", "first-run", "guides/which-strategy", "guides/under-asgi", "rules/conn-max-age-asgi", "evidence"]
# Whatever sticks out of the window, unless it lies in something that scrolls by itself or is put aside.
OVERFLOW = """
[...document.querySelectorAll("main *, header *")].filter((element) => element.checkVisibility()
  && !element.closest("pre, code, .md-typeset__scrollwrap, .md-sidebar, .md-search, .md-skip")
  && element.getBoundingClientRect().right > innerWidth + 1).map((element) => element.outerHTML.slice(0, 80))
"""


def build(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "scripts/build-docs", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "built"
    done = build(str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    chromium = Chromium(needed_program("chromium"), tmp_path_factory.mktemp("profile"))
    yield chromium
    chromium.close()


def test_every_page_is_built(site: Path) -> None:
    """The script itself fails on links that lead nowhere, and on what is loaded from other hosts."""
    for page in PAGES:
        if page.is_relative_to(ROOT / "docs"):
            assert (site / page.relative_to(ROOT / "docs").with_suffix(".html")).is_file(), page


@pytest.mark.parametrize("width", [390, 1280], ids=["phone", "desktop"])
def test_pages_fit_the_window_and_load_nothing_from_elsewhere(browser: Chromium, site: Path, width: int) -> None:
    for name in LOOKED_AT:
        browser.open(site / f"{name}.html", width=width)
        assert browser.run("document.querySelector('h1').textContent.trim().length") > 4, name
        assert browser.run("document.documentElement.scrollWidth") <= width, name
        assert browser.run(OVERFLOW) == [], name
        assert [each for each in browser.requests() if not each.startswith(("file:", "data:", "blob:"))] == [], name


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    script = runpy.run_path(str(ROOT / "scripts/build-docs"))
    (tmp_path / "a.html").write_text('<h1 id="a">A</h1><a href="b.html">b</a><a href="#z">z</a><script src="//x/y">')
    complaints, elsewhere = script["wrong"](tmp_path)
    assert complaints[:3] == [
        "a.html: loads //x/y from elsewhere",
        "a.html: b.html leads nowhere",
        "a.html: #z leads to no heading",
    ]
    assert "index.html was not built" in complaints
    assert elsewhere == set()
