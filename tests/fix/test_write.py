"""Writing: all files or none, nothing lost, nothing left behind."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from djconnfix.fix.plan import Change, Plan
from djconnfix.fix.staging import Target, read_regular
from djconnfix.fix.write import WriteError, _require_unchanged, undo_plan, write_plan
from djconnfix.source import SourceFile

if TYPE_CHECKING:
    from pathlib import Path


def plan_for(root: Path, **texts: str) -> Plan:
    """A plan that gives files of a folder other texts; the files are read now."""
    changes = [
        Change(SourceFile.read(f"{name}.py", root / f"{name}.py"), text.encode(), ()) for name, text in texts.items()
    ]
    return Plan(tuple(changes))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.py").write_text(f"old {name}\n")
    return tmp_path


def contents(root: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(root.iterdir())}


OLD = {"a.py": "old a\n", "b.py": "old b\n", "c.py": "old c\n"}


def test_every_file_is_replaced_and_nothing_is_left_behind(root: Path) -> None:
    write_plan(plan_for(root, a="new a\n", b="new b\n"), root)
    assert contents(root) == {"a.py": "new a\n", "b.py": "new b\n", "c.py": "old c\n"}


def test_a_written_plan_can_be_undone(root: Path) -> None:
    plan = plan_for(root, a="new a\n", b="new b\n")
    write_plan(plan, root)
    undo_plan(plan, root)
    assert contents(root) == OLD


def test_mode_and_attributes_are_kept(root: Path) -> None:
    (root / "a.py").chmod(0o750)
    attributes = {}
    try:
        os.setxattr(root / "a.py", "user.note", b"kept")
        attributes = {"user.note": b"kept"}
    except OSError:
        pass  # the file system has none
    write_plan(plan_for(root, a="new\n"), root)
    assert stat.S_IMODE((root / "a.py").stat().st_mode) == 0o750
    assert {name: os.getxattr(root / "a.py", name) for name in attributes} == attributes


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_owner_is_kept(root: Path) -> None:
    os.chown(root / "a.py", 12345, 54321)
    write_plan(plan_for(root, a="new\n"), root)
    status = (root / "a.py").stat()
    assert (status.st_uid, status.st_gid) == (12345, 54321)


def test_a_symbolic_link_stays_and_its_target_is_replaced(root: Path) -> None:
    (root / "link.py").symlink_to("a.py")
    write_plan(plan_for(root, link="new\n"), root)
    assert (root / "link.py").is_symlink()
    assert (root / "a.py").read_text() == "new\n"


def test_a_file_that_changed_meanwhile_is_not_overwritten(root: Path) -> None:
    plan = plan_for(root, a="new a\n", b="new b\n")
    (root / "b.py").write_text("somebody else\n")
    with pytest.raises(WriteError, match=r"b\.py: changed since it was read"):
        write_plan(plan, root)
    assert contents(root) == {**OLD, "b.py": "somebody else\n"}


def test_what_was_edited_after_the_write_is_not_undone(root: Path) -> None:
    plan = plan_for(root, a="new a\n", b="new b\n")
    write_plan(plan, root)
    (root / "b.py").write_text("somebody else\n")
    with pytest.raises(WriteError, match="changed"):
        undo_plan(plan, root)
    assert contents(root) == {"a.py": "new a\n", "b.py": "somebody else\n", "c.py": "old c\n"}


def test_hard_links_are_refused(root: Path) -> None:
    os.link(root / "b.py", root / "twin.py")
    with pytest.raises(WriteError, match=r"b\.py: has 2 hard links"):
        write_plan(plan_for(root, a="new\n", b="new\n"), root)
    assert contents(root) == {**OLD, "twin.py": "old b\n"}


def test_read_only_files_are_refused(root: Path) -> None:
    (root / "b.py").chmod(0o444)
    with pytest.raises(WriteError, match=r"b\.py: is read-only"):
        write_plan(plan_for(root, a="new\n", b="new\n"), root)
    assert contents(root) == OLD


def test_a_file_that_vanished_is_refused(root: Path) -> None:
    plan = plan_for(root, a="new\n", b="new\n")
    (root / "b.py").unlink()
    with pytest.raises(WriteError, match=r"b\.py: cannot be written"):
        write_plan(plan, root)
    assert (root / "a.py").read_text() == "old a\n"


def test_what_is_no_file_any_more_is_refused(root: Path) -> None:
    plan = plan_for(root, b="new\n")
    (root / "b.py").unlink()
    (root / "b.py").mkdir()
    with pytest.raises(WriteError, match="not a regular file"):
        write_plan(plan, root)


def test_what_a_link_that_came_meanwhile_leads_to_is_not_read(root: Path) -> None:
    (root / "link.py").symlink_to("a.py")
    assert read_regular(root / "a.py") == b"old a\n"
    with pytest.raises(OSError, match="symbolic links"):
        read_regular(root / "link.py")


@pytest.mark.parametrize("how", ["another file", "a further name", "another mode"])
def test_what_is_no_longer_the_same_file_is_not_overwritten_although_it_holds_the_same(root: Path, how: str) -> None:
    file = root / "a.py"
    target = Target("a.py", file, file.read_bytes(), b"new\n", file.lstat())
    _require_unchanged(target)
    if how == "another file":
        (root / "twin.py").write_bytes(target.old)
        (root / "twin.py").replace(file)
    elif how == "a further name":
        os.link(file, root / "twin.py")
    else:
        file.chmod(0o600)
    with pytest.raises(WriteError, match=r"a\.py: changed since it was read"):
        _require_unchanged(target)
