"""What one reading of the files takes over from another: nothing but what holds the very same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.config import resolve
from djconnfix.engine import audit
from djconnfix.project.files import discover
from djconnfix.settings.evaluate import evaluate

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "settings.py": "from base import *\ntry:\n    from local import *\nexcept ImportError:\n    pass\n",
    "base.py": 'DATABASES = {"default": {"ENGINE": "e"}}\n',
    "other.py": "X = 1\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text", "holds"),
    [
        ("", "", True),
        ("other.py", "X = 2\n", True),  # not read for it
        ("settings.py", "from base import *\n", False),
        ("base.py", FILES["base.py"].replace("e", "f"), False),
        ("local.py", "", False),  # what was looked for is there now
        ("unrelated.py", "", False),
    ],
    ids=["nothing", "another file", "the root", "what it imports", "what it would import", "one file more"],
)
def test_an_evaluation_holds_where_every_file_it_read_is_the_same(
    root: Path, name: str, text: str, holds: bool
) -> None:
    before = evaluate(discover(root), "settings.py")
    if name:
        (root / name).write_text(text)
    assert before.holds_in(discover(root), "settings.py", {}) is holds


def test_an_evaluation_holds_for_its_own_root_and_versions_only(root: Path) -> None:
    tree = discover(root)
    found = evaluate(tree, "settings.py")
    assert found.holds_in(tree, "settings.py", {})
    assert not found.holds_in(tree, "base.py", {})
    assert not found.holds_in(tree, "settings.py", {"django": (5, 2)})


def test_an_evaluation_that_could_not_read_everything_is_made_again(root: Path) -> None:
    (root / "base.py").write_text("(\n")
    tree = discover(root)
    assert not evaluate(tree, "settings.py").holds_in(tree, "settings.py", {})


def test_an_evaluation_does_not_hold_where_a_file_went(root: Path) -> None:
    before = evaluate(discover(root), "settings.py")
    (root / "base.py").unlink()
    assert not before.holds_in(discover(root), "settings.py", {})


def test_an_overlay_holds_what_it_does_not_change(root: Path) -> None:
    tree = discover(root)
    before = evaluate(tree, "settings.py")
    assert not before.holds_in(tree.overlay({"local.py": b""}), "settings.py", {})
    tree.source("other.py")
    assert before.holds_in(tree.overlay({"other.py": b"X = 3\n"}), "settings.py", {})
    assert before.holds_in(tree.overlay({"base.py": FILES["base.py"].encode()}), "settings.py", {})
    assert not before.holds_in(tree.overlay({"base.py": b"DATABASES = {}\n"}), "settings.py", {})


def test_a_file_with_the_same_bytes_is_not_parsed_again(root: Path) -> None:
    before = evaluate(discover(root), "settings.py")
    (root / "base.py").write_text("DATABASES = {}\n")
    tree = discover(root).knowing(before.sources)
    same, other = (next(each for each in before.sources if each.path == path) for path in ("settings.py", "base.py"))
    assert tree.source("settings.py") is same
    assert tree.source("base.py") is not other
    assert tree.source("base.py").text == "DATABASES = {}\n"


def test_what_only_python_2_takes_is_read_again(root: Path) -> None:
    (root / "base.py").write_text("print 'x'\nDATABASES = {}\n")
    before = evaluate(discover(root), "settings.py")
    tree = discover(root).knowing(before.sources)
    old = next(each for each in before.sources if each.path == "base.py")
    assert old.refused is not None
    assert tree.source("base.py") is not old


def test_nodes_that_an_evaluation_points_to_are_not_let_go(root: Path) -> None:
    tree = discover(root)
    evaluate(tree, "settings.py")
    source, unread = tree.source("base.py"), tree.source("other.py")
    trees = source.tree, unread.tree
    source.forget()
    unread.forget()
    assert source.tree is trees[0]
    assert unread.tree is not trees[1]


def test_an_audit_takes_an_evaluation_over(root: Path) -> None:
    config = resolve(root, {}).config
    first = audit(config)
    again = audit(config, evaluated=tuple(first.evaluations.values()))
    assert again.evaluations == first.evaluations
    (root / "base.py").write_text("DATABASES = {}\n")
    third = audit(config, evaluated=tuple(first.evaluations.values()))
    assert third.evaluations["settings"] is not first.evaluations["settings"]
    assert third.evaluations["settings"].databases() == ()
