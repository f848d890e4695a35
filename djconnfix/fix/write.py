"""Writing a plan: each file atomically, and all files or none, also when the program is killed in between.

Copies of every file's old and new text are first written beside it and flushed. Only when all of them stand are files
replaced, by renaming. Whatever fails on the way, what was replaced is put back; what a kill leaves, the next run ends
(see `djconnfix.fix.recovery`).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from djconnfix.fix.journal import Entry, Journal, Record, digest
from djconnfix.fix.recovery import recovered, remove_copies
from djconnfix.fix.staging import Target, WriteError, flush_folders, read_regular, stage_new, stage_old

if TYPE_CHECKING:
    from djconnfix.fix.plan import Plan
    from djconnfix.source import SourceFile

__all__ = ["WriteError", "undo_plan", "write_plan"]


def write_plan(plan: Plan, root: Path) -> None:
    """Write every file of a plan for the project at `root`.

    Raises:
        WriteError: a file changed since it was read, cannot be replaced safely, or the system refuses.
    """
    _replace_all(root, [(change.source, change.source.data, change.new) for change in plan.changes])


def undo_plan(plan: Plan, root: Path) -> None:
    """Put back what a plan replaced.

    Raises:
        WriteError: a file changed since the plan was written, or the system refuses.
    """
    _replace_all(root, [(change.source, change.new, change.source.data) for change in plan.changes])


def _replace_all(root: Path, wanted: list[tuple[SourceFile, bytes, bytes]]) -> None:
    root = Path(os.path.realpath(root))
    targets = [_target(root, *each) for each in wanted]
    _require_apart(targets)
    journal = Journal.acquire(root, create=True)
    assert journal is not None
    try:
        if journal.read() is not None:
            raise WriteError(f"{recovered(journal)}; run djconnfix again")
        _carry_out(journal, targets)
    finally:
        journal.close()


def _target(root: Path, source: SourceFile, old: bytes, new: bytes) -> Target:
    path = Path(os.path.realpath(source.absolute))
    if root not in path.parents:
        raise WriteError(f"{source.path}: leads to a file outside the project")
    try:
        status = path.lstat()
    except OSError as error:
        raise WriteError(f"{source.path}: cannot be written: {error.strerror}") from None
    if not stat.S_ISREG(status.st_mode):
        raise WriteError(f"{source.path}: is not a regular file")
    if status.st_nlink > 1:
        raise WriteError(f"{source.path}: has {status.st_nlink} hard links; replacing it would part them")
    if not status.st_mode & 0o222 or not os.access(path, os.W_OK):
        raise WriteError(f"{source.path}: is read-only")
    return Target(source.path, path, old, new, status)


def _require_apart(targets: list[Target]) -> None:
    """Refuse a plan in which two names mean one file: each would undo what the other does."""
    seen: dict[Path, Target] = {}
    for target in targets:
        if (other := seen.setdefault(target.path, target)) is not target:
            raise WriteError(f"{target.shown}: is the same file as {other.shown}")


def _carry_out(journal: Journal, targets: list[Target]) -> None:
    root = journal.root
    entries = (Entry(t.path.relative_to(root).as_posix(), digest(t.old), digest(t.new)) for t in targets)
    record = Record(secrets.token_hex(8), tuple(entries))
    replaced: list[int] = []
    try:
        journal.begin(record)
        for index, target in enumerate(targets):
            old, new = record.copies(root, index)
            stage_old(target, old)
            stage_new(target, new)
        flush_folders(target.path.parent for target in targets)
        for target in targets:
            _require_unchanged(target)
        journal.commit()
        for index, target in enumerate(targets):
            _require_unchanged(target)
            replaced.append(index)
            record.copies(root, index)[1].replace(target.path)
    except BaseException as error:  # also an interrupt from the keyboard
        _put_back(journal, record, targets, replaced)
        if isinstance(error, OSError):
            raise _as_write_error(error, record, targets, root) from None
        raise
    flush_folders(target.path.parent for target in targets)
    with contextlib.suppress(OSError):  # the files are written; what stays beside them, the next run removes
        remove_copies(root, record)
        journal.remove()


def _require_unchanged(target: Target) -> None:
    now = target.path.lstat()
    same = os.path.samestat(now, target.status) and now.st_nlink == 1
    same = same and (now.st_mode, now.st_uid, now.st_gid) == (
        target.status.st_mode,
        target.status.st_uid,
        target.status.st_gid,
    )
    if not same or read_regular(target.path) != target.old:
        raise WriteError(f"{target.shown}: changed since it was read")


def _put_back(journal: Journal, record: Record, targets: list[Target], replaced: list[int]) -> None:
    """Rename the old texts into their places again, and leave nothing behind."""
    try:
        for index in reversed(replaced):
            old, new = record.copies(journal.root, index)
            if not os.path.lexists(new):  # its rename was done
                old.replace(targets[index].path)
        flush_folders(target.path.parent for target in targets)
        remove_copies(journal.root, record)
        journal.remove()
    except OSError as error:
        raise WriteError(
            f"{targets[0].shown}: could not be written, and not everything could be put back ({error.strerror}); "
            "the next `djconnfix fix` will"
        ) from None


def _as_write_error(error: OSError, record: Record, targets: list[Target], root: Path) -> WriteError:
    name = Path(os.fsdecode(error.filename or ""))
    shown = targets[0].shown
    for index, target in enumerate(targets):
        if name == target.path or name in record.copies(root, index):
            shown = target.shown
    return WriteError(f"{shown}: cannot be written: {error.strerror}; nothing was changed")
