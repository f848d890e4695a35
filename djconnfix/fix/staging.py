"""Copies beside a file, ready to take its place: same folder, mode, owner and extended attributes, flushed."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING

from djconnfix.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_SECOND = 1_000_000_000
_TIMES_BY_DESCRIPTOR = os.utime in os.supports_fd


class WriteError(Exception):
    """A plan that could not be written; the text names the file and the reason."""


@dataclass(frozen=True, slots=True)
class Target:
    """One file to replace.

    Attributes:
        shown: its path as findings show it.
        path: where it really lies, symbolic links resolved.
        old: what it must still hold.
        new: what it shall hold.
        status: what it was when the plan's write began.
    """

    shown: str
    path: Path
    old: bytes
    new: bytes
    status: os.stat_result


def stage_new(target: Target, beside: Path) -> None:
    """Write the new text to `beside`, as the file that the target shall be."""
    _stage(target, beside, target.new, None)


def stage_old(target: Target, beside: Path) -> None:
    """Write the old text to `beside`, times included, so that a rename makes the target what it was."""
    _stage(target, beside, target.old, target.status.st_mtime_ns)


def _stage(target: Target, beside: Path, data: bytes, modified: int | None) -> None:
    """Write a copy and flush it; all that it shall have is set before, so that nothing of it is lost with the power."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    descriptor = os.open(beside, flags, 0o600)
    try:
        write_all(descriptor, data)
        now = os.fstat(descriptor)
        if (now.st_uid, now.st_gid) != (target.status.st_uid, target.status.st_gid):
            os.fchown(descriptor, target.status.st_uid, target.status.st_gid)
        _copy_attributes(target.path, descriptor)
        os.fchmod(descriptor, stat.S_IMODE(target.status.st_mode))
        modified = _distinct(now.st_mtime_ns, target) if modified is None else modified
        os.utime(descriptor if _TIMES_BY_DESCRIPTOR else beside, ns=(target.status.st_atime_ns, modified))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _distinct(modified: int, target: Target) -> int:
    """Return a new text's time, moved where Python would trust the old bytecode: it compares size and whole seconds."""
    same = len(target.old) == len(target.new) and modified // _SECOND == target.status.st_mtime_ns // _SECOND
    return modified + _SECOND if same else modified


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte, also when the system takes them in pieces."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _copy_attributes(path: Path, descriptor: int) -> None:
    """Copy extended attributes where the system has them; one that cannot be copied is an error like any other."""
    if not hasattr(os, "listxattr"):
        return
    try:
        names = os.listxattr(path)
    except OSError:
        return  # the file system has none
    for name in names:
        if not name.startswith("security."):  # set by the system, from the folder and the policy
            os.setxattr(descriptor, name, os.getxattr(path, name))


def read_regular(path: Path) -> bytes | None:
    """Return what a regular file holds, None when there is none; symbolic links are not followed.

    Raises:
        OSError: the system refuses.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    with open(descriptor, "rb") as handle:  # noqa: PTH123
        return handle.read() if stat.S_ISREG(os.fstat(descriptor).st_mode) else None


def flush_folders(folders: Iterable[Path]) -> None:
    """Make renames in folders outlast a loss of power, where the file system can."""
    for folder in dict.fromkeys(folders):
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
