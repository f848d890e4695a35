"""The writer where the system refuses, has less than it expects, or pulls the ground away."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from djconnfix.fix.journal import Entry, Journal, Record, digest
from djconnfix.fix.pending import JOURNAL_NAME
from djconnfix.fix.recovery import recover
from djconnfix.fix.write import WriteError, write_plan
from tests.trust.crash import make_tree, picture


def refusing(number: int = errno.EROFS):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return refuse


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


@pytest.mark.parametrize("attributes", ["no function", "an error", "only the system's own"])
def test_a_file_is_written_without_what_the_system_does_not_have(
    root: Path, attributes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = make_tree(root, "one file")
    if attributes == "no function":
        monkeypatch.delattr(os, "listxattr")
    elif attributes == "an error":
        monkeypatch.setattr(os, "listxattr", refusing(errno.ENOTSUP))
    else:
        monkeypatch.setattr(os, "listxattr", lambda _: ["security.selinux"])
        monkeypatch.setattr(os, "setxattr", refusing(errno.EPERM))
    write_plan(plan, root)
    assert (root / "settings.py").read_bytes() == plan.changes[0].new


def test_a_project_that_vanished_is_told(root: Path) -> None:
    plan = make_tree(root, "one file")
    with pytest.raises(WriteError, match="is not there any more"):
        Journal.acquire(root / "gone", create=True)
    write_plan(plan, root)


def test_a_journal_of_any_size_is_not_read(root: Path) -> None:
    with (root / JOURNAL_NAME).open("wb") as file:
        file.truncate(50_000_001)
    with pytest.raises(WriteError, match="is too large for a journal"):
        recover(root)
    assert (root / JOURNAL_NAME).exists()


def test_where_nothing_can_be_locked_nothing_is_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make_tree(root, "three files")
    before = picture(root)
    monkeypatch.setattr(fcntl, "flock", refusing(errno.ENOLCK))
    with pytest.raises(WriteError, match="cannot be locked: No locks available"):
        write_plan(plan, root)
    (root / JOURNAL_NAME).unlink()
    assert picture(root) == before


@pytest.mark.parametrize("create", [True, False])
def test_a_journal_removed_before_it_was_locked_is_looked_for_again(
    root: Path, create: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = fcntl.flock, []

    def removed_first(descriptor: int, how: int) -> None:
        if not calls:
            (root / JOURNAL_NAME).unlink()
        calls.append(descriptor)
        real(descriptor, how)

    (root / JOURNAL_NAME).write_bytes(b"")
    monkeypatch.setattr(fcntl, "flock", removed_first)
    journal = Journal.acquire(root, create=create)
    assert (journal is not None) is create
    assert (root / JOURNAL_NAME).exists() is create
    if journal is not None:
        journal.close()


def left_behind(root: Path, texts: dict[str, tuple[bytes, bytes]]) -> Record:
    """Leave a committed journal with all copies, and no file replaced."""
    entries = tuple(Entry(name, digest(old), digest(new)) for name, (old, new) in texts.items())
    record = Record("0123456789abcdef", entries)
    journal = Journal.acquire(root, create=True)
    assert journal is not None
    journal.begin(record)
    for index, (name, texts_) in enumerate(texts.items()):
        (root / name).write_bytes(texts_[0])
        for copy, data in zip(record.copies(root, index), texts_, strict=True):
            copy.write_bytes(data)
    journal.commit()
    journal.close()
    return record


def test_a_recovery_that_the_system_refuses_leaves_everything_for_the_next(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_behind(root, {"a.py": (b"old\n", b"new\n")})
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", refusing())
        with pytest.raises(WriteError, match=r"cannot be ended: .*Read-only file system"):
            recover(root)
    assert (root / "a.py").read_bytes() == b"old\n"
    assert "completed" in str(recover(root))
    assert (root / "a.py").read_bytes() == b"new\n"


def test_a_damaged_copy_of_an_old_text_is_not_put_back(root: Path) -> None:
    """One file was replaced, the other's new text is lost: the first cannot go back to what is no longer known."""
    record = left_behind(root, {"a.py": (b"old a\n", b"new a\n"), "b.py": (b"old b\n", b"new b\n")})
    (root / "a.py").write_bytes(b"new a\n")
    record.copies(root, 0)[0].write_bytes(b"\0\0\0\0\0\0")
    record.copies(root, 1)[1].unlink()
    assert str(recover(root)).endswith("it was undone (b.py) except in what was changed or lost since: a.py")
    assert (root / "a.py").read_bytes() == b"new a\n"
    assert (root / "b.py").read_bytes() == b"old b\n"


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_file_that_cannot_be_written_is_named(root: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make_tree(root, "three files")
    before, real = picture(root), os.open

    def full(path: object, flags: int, *mode: int) -> int:
        if flags & os.O_EXCL and str(path).endswith(f"-{number}.new"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        return real(path, flags, *mode)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(WriteError) as caught:
        write_plan(plan, root)
    name = plan.changes[number].source.path
    assert str(caught.value) == f"{name}: cannot be written: No space left on device; nothing was changed"
    assert picture(root) == before
