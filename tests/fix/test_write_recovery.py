"""Journals: ended by the next run, never trusted further than the project's own files, never in the way."""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from pathlib import Path

import pytest

from djconnfix.fix import journal as journal_module
from djconnfix.fix.journal import Entry, Journal, Record, digest
from djconnfix.fix.pending import JOURNAL_NAME, is_pending
from djconnfix.fix.recovery import recover
from djconnfix.fix.staging import WriteError
from djconnfix.fix.write import undo_plan, write_plan
from tests.fix import test_write
from tests.fix.test_write import OLD, contents, plan_for

root = test_write.root
TOKEN = "0123456789abcdef"


def interrupted(root: Path, *names: str, renamed: int = 0, committed: bool = True) -> Record:
    """Leave what a run leaves that was killed after `renamed` of its renames."""
    record = Record(TOKEN, tuple(Entry(f"{n}.py", digest(f"old {n}\n".encode()), digest(b"new\n")) for n in names))
    journal = Journal.acquire(root, create=True)
    assert journal is not None
    journal.begin(record)
    for index, name in enumerate(names):
        old, new = record.copies(root, index)
        old.write_text(f"old {name}\n")
        new.write_text("new\n")
        if index < renamed:
            new.replace(root / f"{name}.py")
    if committed:
        journal.commit()
    journal.close()
    return record


def test_nothing_to_recover_is_nothing(root: Path) -> None:
    assert recover(root) is None
    assert contents(root) == OLD


@pytest.mark.parametrize("renamed", [0, 1, 2])
def test_a_committed_write_is_completed(root: Path, renamed: int) -> None:
    interrupted(root, "a", "b", renamed=renamed)
    assert str(recover(root)) == "a fix was interrupted; it was completed (a.py, b.py)"
    assert contents(root) == {**OLD, "a.py": "new\n", "b.py": "new\n"}


def test_a_write_that_was_not_committed_is_undone(root: Path) -> None:
    interrupted(root, "a", "b", committed=False)
    assert str(recover(root)) == "a fix was interrupted; it was undone: no file had been changed"
    assert contents(root) == OLD


def test_what_cannot_be_completed_is_undone_as_a_whole(root: Path) -> None:
    record = interrupted(root, "a", "b", renamed=1)
    record.copies(root, 1)[1].unlink()
    assert str(recover(root)) == "a fix was interrupted; it was undone (a.py, b.py)"
    assert contents(root) == OLD


def test_what_somebody_changed_since_is_left_and_the_rest_undone(root: Path) -> None:
    interrupted(root, "a", "b", "c", renamed=2)
    (root / "b.py").write_text("mine\n")
    said = str(recover(root))
    assert said == "a fix was interrupted; it was undone (a.py, c.py) except in what was changed or lost since: b.py"
    assert contents(root) == {**OLD, "b.py": "mine\n"}


def test_what_somebody_removed_since_is_not_brought_back(root: Path) -> None:
    interrupted(root, "a", "b", renamed=2)
    (root / "b.py").unlink()
    recovery = recover(root)
    assert recovery is not None
    assert recovery.left == ("b.py",)
    assert contents(root) == {"a.py": "old a\n", "c.py": "old c\n"}


def test_a_damaged_copy_is_not_put_into_place(root: Path) -> None:
    record = interrupted(root, "a", "b", renamed=1)
    record.copies(root, 1)[1].write_text("cut sho")
    recovery = recover(root)
    assert recovery is not None
    assert not recovery.completed
    assert contents(root) == OLD


@pytest.mark.parametrize("torn", [b"", b'{"djconn', b"\0" * 40, b'{"djconnfix-journal":1,"tok'], ids=repr)
def test_a_journal_that_was_cut_short_is_removed(root: Path, torn: bytes) -> None:
    (root / JOURNAL_NAME).write_bytes(torn)
    recovery = recover(root)
    assert recovery is not None
    assert not recovery.completed
    assert contents(root) == OLD


def journal_of(*paths: str, token: str = TOKEN, version: int = 1) -> bytes:
    files = [[path, digest(b"old a\n"), digest(b"new\n")] for path in paths]
    return json.dumps({"djconnfix-journal": version, "token": token, "files": files}, separators=(",", ":")).encode()


STRANGE = {
    "another program's": b"hello\n",
    "a later version": journal_of("a.py", version=2) + b"\n",
    "parent folder": journal_of("../a.py") + b"\ncommitted\n",
    "absolute": journal_of("/etc/passwd") + b"\ncommitted\n",
    "empty name": journal_of("") + b"\ncommitted\n",
    "NUL": journal_of("a\0.py") + b"\ncommitted\n",
    "token with a path": journal_of("a.py", token="../../../../../x") + b"\ncommitted\n",
    "no hashes": b'{"djconnfix-journal":1,"token":"0123456789abcdef","files":[["a.py","",""]]}\ncommitted\n',
    "a list": b'{"djconnfix-journal":[]}\n',
    "deep": b'{"djconnfix-journal":' + b"[" * 100_000 + b"\n",
}


@pytest.mark.parametrize("said", STRANGE.values(), ids=STRANGE)
def test_a_strange_journal_is_refused_and_nothing_touched(root: Path, said: bytes) -> None:
    (root / JOURNAL_NAME).write_bytes(said)
    with pytest.raises(WriteError, match=r"is no journal of this version; look at it and remove it"):
        recover(root)
    with pytest.raises(WriteError):
        write_plan(plan_for(root, a="new\n"), root)
    (root / JOURNAL_NAME).unlink()
    assert contents(root) == OLD


def test_a_journal_cannot_lead_out_of_the_project(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "a.py").write_text("old a\n")
    (outside / f".djconnfix-{TOKEN}-0.new").write_text("new\n")
    (inside / "way").symlink_to(outside)
    (inside / JOURNAL_NAME).write_bytes(journal_of("way/a.py") + b"\ncommitted\n")
    with pytest.raises(WriteError, match=r"way/a\.py leads to another place; look at .* and remove it"):
        recover(inside)
    assert contents(outside) == {"a.py": "old a\n", f".djconnfix-{TOKEN}-0.new": "new\n"}


@pytest.mark.parametrize("kind", ["fifo", "folder", "link"])
def test_what_is_no_file_is_no_journal(root: Path, kind: str) -> None:
    place = root / JOURNAL_NAME
    if kind == "fifo":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    else:
        place.symlink_to("a.py")
    with pytest.raises(WriteError):
        recover(root)
    with pytest.raises(WriteError):
        write_plan(plan_for(root, b="new\n"), root)
    assert (root / "a.py").read_text() == "old a\n"
    assert (root / "b.py").read_text() == "old b\n"


def test_a_run_that_is_writing_keeps_others_out(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(journal_module, "_PATIENCE", 0.1)
    held = Journal.acquire(root, create=True)
    assert held is not None
    for attempt in (lambda: write_plan(plan_for(root, a="new\n"), root), lambda: recover(root)):
        with pytest.raises(WriteError, match="another run of djconnfix is writing in this project"):
            attempt()
    assert (root / "a.py").read_text() == "old a\n"
    held.remove()
    held.close()
    write_plan(plan_for(root, a="new\n"), root)
    assert (root / "a.py").read_text() == "new\n"


def test_a_run_waits_for_the_one_before_it(root: Path) -> None:
    held = Journal.acquire(root, create=True)
    assert held is not None

    def let_go() -> None:
        time.sleep(0.15)
        held.remove()
        held.close()

    thread = threading.Thread(target=let_go)
    thread.start()
    write_plan(plan_for(root, a="new\n"), root)
    thread.join()
    assert contents(root) == {**OLD, "a.py": "new\n"}


def test_a_lock_on_a_journal_that_was_removed_is_no_lock(root: Path) -> None:
    """The journal may go between its opening and its locking; the lock must be on the one that others see."""
    first = Journal.acquire(root, create=True)
    assert first is not None
    stale = os.open(root / JOURNAL_NAME, os.O_RDWR)
    first.remove()
    first.close()
    fcntl.flock(stale, fcntl.LOCK_EX)
    write_plan(plan_for(root, a="new\n"), root)
    os.close(stale)
    assert contents(root) == {**OLD, "a.py": "new\n"}


def test_a_write_finds_what_was_interrupted_since_the_run_began(root: Path) -> None:
    plan = plan_for(root, c="newer\n")
    interrupted(root, "a", "b", renamed=1)
    with pytest.raises(WriteError, match=r"it was completed \(a\.py, b\.py\); run djconnfix again"):
        write_plan(plan, root)
    assert contents(root) == {**OLD, "a.py": "new\n", "b.py": "new\n"}
    write_plan(plan, root)
    assert contents(root)["c.py"] == "newer\n"


def test_the_journal_holds_no_text_of_the_files_and_is_private(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (root / "a.py").write_text("SECRET = 'swordfish'\n")
    seen = []
    commit = Journal.commit

    def look(self: Journal) -> None:
        commit(self)
        path = self.root / JOURNAL_NAME
        seen.append((path.read_bytes(), path.stat().st_mode & 0o777, is_pending(self.root)))

    monkeypatch.setattr(Journal, "commit", look)
    write_plan(plan_for(root, a="SECRET = 'swordfish' \n"), root)
    [(text, mode, pending)] = seen
    assert b"swordfish" not in text
    assert b"a.py" in text
    assert (mode, pending) == (0o600, True)
    assert not is_pending(root)


def test_an_interrupt_from_the_keyboard_puts_everything_back(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, count = Path.replace, 0

    def interrupted_at_second(self: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count == 2:
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "replace", interrupted_at_second)
    with pytest.raises(KeyboardInterrupt):
        write_plan(plan_for(root, a="new\n", b="new\n"), root)
    assert contents(root) == OLD


def test_a_rename_and_its_undoing_that_both_fail_are_told_and_mended_by_the_next_run(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, count = Path.replace, 0

    def broken(self: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count >= 2:
            raise OSError(5, "Input/output error", str(self))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(WriteError, match=r"not everything could be put back .*; the next `djconnfix fix` will"):
        write_plan(plan_for(root, a="new\n", b="new\n"), root)
    assert is_pending(root)
    monkeypatch.undo()
    assert recover(root) is not None
    assert contents(root) in (OLD, {**OLD, "a.py": "new\n", "b.py": "new\n"})


def test_old_times_come_back_when_a_write_is_put_back(root: Path) -> None:
    os.utime(root / "a.py", ns=(1_111_111_111_000_000_001, 1_222_222_222_000_000_002))
    plan = plan_for(root, a="new\n", b="new\n")
    (root / "b.py").write_text("other\n")
    with pytest.raises(WriteError):
        write_plan(plan, root)
    assert (root / "a.py").stat().st_mtime_ns == 1_222_222_222_000_000_002


def test_cached_bytecode_of_the_old_text_is_never_taken_for_the_new(root: Path) -> None:
    """Python compares size and whole seconds: a change of one digit within a second needs a later time."""
    for _ in range(3):
        now = time.time_ns()
        os.utime(root / "a.py", ns=(now, now))
        before = (root / "a.py").stat()
        plan = plan_for(root, a="odd a\n")
        write_plan(plan, root)
        after = (root / "a.py").stat()
        assert (after.st_size, int(after.st_mtime)) != (before.st_size, int(before.st_mtime))
        undo_plan(plan, root)
        undone = (root / "a.py").stat()
        assert (undone.st_size, int(undone.st_mtime)) != (after.st_size, int(after.st_mtime))


def test_a_link_that_leads_out_of_the_project_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "shared.py").write_text("old\n")
    (inside / "a.py").symlink_to("../shared.py")
    with pytest.raises(WriteError, match=r"a\.py: leads to a file outside the project"):
        write_plan(plan_for(inside, a="new\n"), inside)
    assert (tmp_path / "shared.py").read_text() == "old\n"


def test_two_names_of_one_file_are_refused(root: Path) -> None:
    (root / "link.py").symlink_to("a.py")
    with pytest.raises(WriteError, match=r"link\.py: is the same file as a\.py"):
        write_plan(plan_for(root, a="new\n", link="newer\n"), root)
    assert (root / "a.py").read_text() == "old a\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_is_refused(root: Path) -> None:
    root.chmod(0o555)
    try:
        with pytest.raises(WriteError, match="cannot be opened: Permission denied"):
            write_plan(plan_for(root, a="new\n"), root)
    finally:
        root.chmod(0o755)
    assert contents(root) == OLD
