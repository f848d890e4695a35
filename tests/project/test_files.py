from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from djconnfix.project.files import discover
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from pathlib import Path


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("x = 1\n")


def test_paths_are_relative_sorted_and_use_slashes(tmp_path: Path) -> None:
    write(tmp_path, "b/z.py", "a.py", "b/a/c.txt")
    assert discover(tmp_path).paths == ("a.py", "b/a/c.txt", "b/z.py")


@pytest.mark.parametrize(
    "folder", [".git", ".tox", "node_modules", "lib/site-packages", "__pycache__", "a/.venv", "venv"]
)
def test_other_peoples_folders_are_left_out(tmp_path: Path, folder: str) -> None:
    write(tmp_path, f"{folder}/settings.py", "settings.py")
    assert discover(tmp_path).paths == ("settings.py",)


@pytest.mark.parametrize("folder", ["de", "pt_BR", "zh-Hans", "sr@latin"])
def test_languages_below_a_locale_are_left_out(tmp_path: Path, folder: str) -> None:
    write(tmp_path, f"shop/locale/{folder}/formats.py", f"locale/{folder}/formats.py", f"{folder}/settings.py")
    assert discover(tmp_path).paths == (f"{folder}/settings.py",)


@pytest.mark.parametrize(
    "path", ["locale/settings.py", "locale/api/views.py", "locale/dev/prod.py", "my_locale/de/a.py"]
)
def test_what_is_no_language_of_a_locale_is_read(tmp_path: Path, path: str) -> None:
    write(tmp_path, path)
    assert discover(tmp_path).paths == (path,)


def test_a_virtual_environment_is_known_by_its_file_whatever_its_name(tmp_path: Path) -> None:
    write(tmp_path, "py311/pyvenv.cfg", "py311/lib/settings.py", "settings.py")
    assert discover(tmp_path).paths == ("settings.py",)


def test_the_root_itself_may_hold_such_a_file(tmp_path: Path) -> None:
    write(tmp_path, "pyvenv.cfg", "settings.py")
    assert "settings.py" in discover(tmp_path).paths


@pytest.mark.parametrize("pattern", ["old", "old/*", "*/legacy", "old/legacy/settings.py", "settings.py"])
def test_exclude_matches_paths_names_and_folders(tmp_path: Path, pattern: str) -> None:
    write(tmp_path, "old/legacy/settings.py", "new/base.py")
    assert discover(tmp_path, [pattern]).paths == ("new/base.py",)


def test_links_to_folders_are_not_followed_and_links_to_files_are(tmp_path: Path) -> None:
    write(tmp_path, "real/settings.py")
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "link.py").symlink_to(tmp_path / "real/settings.py")
    assert discover(tmp_path).paths == ("link.py", "real/settings.py")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path) -> None:
    write(tmp_path, "closed/a.py", "open.py")
    (tmp_path / "closed").chmod(0)
    tree = discover(tmp_path)
    (tmp_path / "closed").chmod(0o700)
    assert tree.paths == ("open.py",)
    assert [(e.path, e.reason) for e in tree.unreadable] == [("closed", "cannot be listed: Permission denied")]


@pytest.mark.parametrize("path", ["../outside.py", "/etc/hostname", "a/../../outside.py", ""])
def test_nothing_outside_the_root_is_read(tmp_path: Path, path: str) -> None:
    write(tmp_path, "outside.py", "inside/a.py")
    tree = discover(tmp_path / "inside")
    assert not tree.exists(path)
    with pytest.raises(UnreadableError, match="outside the project"):
        tree.source(path)


def test_a_fifo_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    with pytest.raises(UnreadableError, match="not a regular file"):
        discover(tmp_path).source("pipe.py")


def test_an_overlay_changes_some_files_and_leaves_the_tree_below(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "b.py")
    tree = discover(tmp_path)
    first = tree.overlay({"a.py": b"y = 2\n"})
    second = first.overlay({"b.py": b"z = 3\n"})
    assert [second.source(p).text for p in ("a.py", "b.py")] == ["y = 2\n", "z = 3\n"]
    assert first.source("b.py") is tree.source("b.py")
    assert tree.source("a.py").text == "x = 1\n"


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError) as caught:
        discover(tmp_path).source("gone.py")
    assert str(caught.value) == "gone.py: cannot be read: No such file or directory"
