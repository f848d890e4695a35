"""Whatever a workflow on these pages or our own action takes from elsewhere is named by its commit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "action.yml", *sorted((ROOT / "docs").rglob("*.md"))]
USES = [
    (path.relative_to(ROOT).as_posix(), match[1], match[2])
    for path in PAGES
    for match in re.finditer(r"^\s*- uses: (\S+)(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
]
OWN = "djconnfix/djconnfix@v"  # its commit is known only once a version is released


def test_there_is_a_sample_workflow() -> None:
    assert any(action.startswith("actions/checkout@") for _, action, _ in USES)


@pytest.mark.parametrize(("path", "action", "rest"), USES)
def test_actions_are_pinned_by_commit_with_the_version_beside(path: str, action: str, rest: str) -> None:
    if not action.startswith(OWN):
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), path
        assert re.fullmatch(r"  # v\d+(\.\d+)*", rest), path
