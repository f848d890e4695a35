"""What a write across files means to do, on disk while it is done, so that another run can end it.

The journal lies at the project's root only while a plan is written, and its lock keeps two runs apart: the system lets
go of it when its holder dies, so that none is ever stale. It holds paths and hashes, and none of the files' text.

The order is what makes it safe: the journal names the copies before they are made; it says `committed` only when all
of them are on the disk; only then is a file replaced; and it goes last.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import stat
import time
from typing import TYPE_CHECKING

from djconnfix.fix.pending import JOURNAL_NAME
from djconnfix.fix.staging import WriteError, flush_folders, write_all
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from pathlib import Path

_VERSION = 1
_MAGIC = b'{"djconnfix-journal":'
_COMMITTED = b"committed\n"
_MAX_BYTES = 50_000_000
_PATIENCE = 10.0  # seconds; the lock is held while files are written, and no longer


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a plan.

    Attributes:
        path: where the file really lies, relative to the root, with `/`.
        before: hash of what it holds before the plan.
        after: hash of what it holds after the plan.
    """

    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Record:
    """What a journal says.

    Attributes:
        token: what the names of this plan's copies have in common.
        entries: the plan's files.
        committed: whether all copies are on the disk, so that files may have been replaced.
    """

    token: str
    entries: tuple[Entry, ...]
    committed: bool = False

    def copies(self, root: Path, index: int) -> tuple[Path, Path]:
        """Return where the copies of one file's old and new text lie."""
        folder = (root / self.entries[index].path).parent
        return folder / f".djconnfix-{self.token}-{index}.old", folder / f".djconnfix-{self.token}-{index}.new"


def digest(data: bytes) -> str:
    """Return the hash that stands for a text in the journal."""
    return hashlib.sha256(data).hexdigest()


class Journal:
    """The locked journal of a project."""

    def __init__(self, root: Path, descriptor: int) -> None:
        self.root = root
        self._descriptor = descriptor

    @classmethod
    def acquire(cls, root: Path, *, create: bool) -> Journal | None:
        """Open and lock a project's journal; None when there is none and none is to be made.

        Raises:
            WriteError: another run holds it, it is no journal of this program, or the system refuses.
        """
        path = root / JOURNAL_NAME
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | (os.O_CREAT if create else 0)
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                descriptor = os.open(path, flags, 0o600)
            except FileNotFoundError:
                if create:
                    raise WriteError(f"{root}: is not there any more") from None
                return None
            except OSError as error:
                raise WriteError(f"{path}: cannot be opened: {error.strerror}") from None
            try:
                if _locked(descriptor, path):
                    return cls(root, descriptor)
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
            if time.monotonic() > end:
                raise WriteError("another run of djconnfix is writing in this project; nothing was changed")
            time.sleep(0.02)

    def read(self) -> Record | None:
        """Return what the journal says; None when it was cut short before anything was done.

        Raises:
            WriteError: it is not as this program writes it.
        """
        path = self.root / JOURNAL_NAME
        if os.fstat(self._descriptor).st_size > _MAX_BYTES:
            raise WriteError(f"{path}: is too large for a journal; look at it and remove it")
        data = b""
        while piece := os.pread(self._descriptor, 1 << 20, len(data)):
            data += piece
        head, newline, rest = data.partition(b"\n")
        if not newline and (_MAGIC.startswith(head[: len(_MAGIC)]) or not head.strip(b"\0")):
            return None
        try:
            return _record(head, committed=rest == _COMMITTED)
        except (ValueError, TypeError, KeyError, RecursionError):
            raise WriteError(f"{path}: is no journal of this version; look at it and remove it") from None

    def begin(self, record: Record) -> None:
        """Write down what is meant to be done, on the disk before this returns."""
        files = [[entry.path, entry.before, entry.after] for entry in record.entries]
        head = {"djconnfix-journal": _VERSION, "token": record.token, "files": files}
        write_all(self._descriptor, json.dumps(head, separators=(",", ":")).encode() + b"\n")
        os.fsync(self._descriptor)
        flush_folders([self.root])

    def commit(self) -> None:
        """Write down that all copies are on the disk."""
        write_all(self._descriptor, _COMMITTED)
        os.fsync(self._descriptor)

    def remove(self) -> None:
        """Remove the journal: what it speaks of is done, or undone, and nothing of it is left."""
        (self.root / JOURNAL_NAME).unlink()
        flush_folders([self.root])

    def close(self) -> None:
        """Let go of the lock."""
        os.close(self._descriptor)


def _locked(descriptor: int, path: Path) -> bool:
    """Try to lock an open journal; False when another holds it or has just removed it."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise WriteError(f"{path}: is not a regular file; look at it and remove it")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise WriteError(f"{path}: cannot be locked: {error.strerror}") from None
    try:
        return os.path.samestat(path.lstat(), status)
    except FileNotFoundError:
        return False


def _record(head: bytes, *, committed: bool) -> Record:
    said = json.loads(head)
    if said["djconnfix-journal"] != _VERSION or not re.fullmatch(r"[0-9a-f]{16}", said["token"]):
        raise ValueError
    entries = tuple(Entry(path, before, after) for path, before, after in said["files"])
    for entry in entries:
        parts = entry.path.split("/")
        if not all(parts) or {".", ".."} & set(parts) or "\0" in entry.path:
            raise ValueError
        if not all(re.fullmatch(r"[0-9a-f]{64}", each) for each in (entry.before, entry.after)):
            raise ValueError
    return Record(said["token"], entries, committed)
