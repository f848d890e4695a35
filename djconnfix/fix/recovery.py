"""Ending a fix that was interrupted: all of its files as they were, or all as they were to be."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from djconnfix.fix.journal import Journal, digest
from djconnfix.fix.pending import JOURNAL_NAME
from djconnfix.fix.staging import WriteError, flush_folders, read_regular
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from djconnfix.fix.journal import Record


@dataclass(frozen=True, slots=True)
class Recovery:
    """What became of an interrupted fix.

    Attributes:
        completed: whether its files now are as they were to be; otherwise they are as they were.
        paths: its files, relative to the root.
        left: those that were not touched: somebody else changed them since, or the copy of the old text is lost.
    """

    completed: bool
    paths: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    def __str__(self) -> str:
        names = ", ".join(self.paths)
        text = f"a fix was interrupted; it was {'completed' if self.completed else 'undone'}"
        if self.left:
            return f"{text} ({names}) except in what was changed or lost since: {', '.join(self.left)}"
        return f"{text} ({names})" if names else f"{text}: no file had been changed"


def recover(root: Path) -> Recovery | None:
    """End what an interrupted run began; None when none was interrupted. Another run's write is waited for.

    Raises:
        WriteError: the system refuses, or what lies there is no journal; what is there is left as it is.
    """
    journal = Journal.acquire(Path(os.path.realpath(root)), create=False)
    if journal is None:
        return None
    try:
        return recovered(journal)
    finally:
        journal.close()


def recovered(journal: Journal) -> Recovery:
    """End what a locked journal speaks of, and remove the journal.

    Raises:
        WriteError: the system refuses; the journal stays.
    """
    record = journal.read()
    try:
        outcome = _ended(journal.root, record) if record is not None else Recovery(completed=False)
        journal.remove()
    except OSError as error:
        place = os.fsdecode(error.filename or "")
        raise WriteError(f"a fix was interrupted and cannot be ended: {place}: {error.strerror}") from None
    return outcome


def _ended(root: Path, record: Record) -> Recovery:
    for entry in record.entries:
        if os.path.realpath(root / entry.path) != os.path.join(root, entry.path):  # noqa: PTH118 -- Path drops dots
            raise WriteError(
                f"a fix was interrupted and cannot be ended: {entry.path} leads to another place; "
                f"look at {root / JOURNAL_NAME} and remove it"
            )
    outcome = _settled(root, record) if record.committed else Recovery(completed=False)
    remove_copies(root, record)
    return outcome


def _settled(root: Path, record: Record) -> Recovery:
    """Rename the copies that are missing in their places, all forward if that can be done, else all back."""
    now = [_hash(root / entry.path) for entry in record.entries]
    left = tuple(e.path for e, held in zip(record.entries, now, strict=True) if held not in (e.before, e.after))
    forward: list[tuple[Path, Path]] = []
    back: list[tuple[Path, Path]] = []
    lost: list[str] = []
    whole = not left
    for index, (entry, held) in enumerate(zip(record.entries, now, strict=True)):
        old, new = record.copies(root, index)
        if held == entry.before:
            whole = whole and _hash(new) == entry.after
            forward.append((new, root / entry.path))
        elif held == entry.after and _hash(old) == entry.before:
            back.append((old, root / entry.path))
        elif held == entry.after:
            lost.append(entry.path)
    for copy, place in forward if whole else back:
        copy.replace(place)
    flush_folders((root / entry.path).parent for entry in record.entries)
    if not whole:
        left = (*left, *lost)
    return Recovery(whole, tuple(entry.path for entry in record.entries if entry.path not in left), left)


def remove_copies(root: Path, record: Record) -> None:
    """Remove the copies of a plan that were not used."""
    for index in range(len(record.entries)):
        for copy in record.copies(root, index):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                copy.unlink()
    flush_folders((root / entry.path).parent for entry in record.entries)


def _hash(path: Path) -> str:
    data = read_regular(path)
    return "" if data is None else digest(data)
