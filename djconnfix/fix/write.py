"""Writing a plan: each file atomically, all files or none as far as the system lets us.

Every new text is first written next to its file and flushed. Only when all of them stand are they renamed into place.
Whatever fails on the way, what was renamed already is put back.
"""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from djconnfix.fix.plan import Plan
    from djconnfix.source import SourceFile


class WriteError(Exception):
    """A plan that could not be written; the files are as they were. The text names the file and the reason."""


@dataclass(frozen=True, slots=True)
class _Target:
    """One file to replace: where it really lies, what it must still hold, what it shall hold."""

    shown: str
    path: Path
    old: bytes
    new: bytes
    status: os.stat_result


def write_plan(plan: Plan) -> None:
    """Write every file of a plan.

    Raises:
        WriteError: a file changed since it was read, cannot be replaced safely, or the system refuses.
    """
    _replace_all([_target(change.source, change.source.data, change.new) for change in plan.changes])


def undo_plan(plan: Plan) -> None:
    """Put back what a plan replaced.

    Raises:
        WriteError: a file changed since the plan was written, or the system refuses.
    """
    _replace_all([_target(change.source, change.new, change.source.data) for change in plan.changes])


def _target(source: SourceFile, old: bytes, new: bytes) -> _Target:
    path = Path(os.path.realpath(source.absolute))
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
    return _Target(source.path, path, old, new, status)


def _replace_all(targets: list[_Target]) -> None:
    staged: list[tuple[_Target, Path]] = []
    replaced: list[_Target] = []
    try:
        for target in targets:
            staged.append((target, _stage(target, target.new)))  # noqa: PERF401 -- what was staged before a failure counts
        for target, temporary in staged:
            _require_unchanged(target)
            temporary.replace(target.path)
            replaced.append(target)
    except (OSError, WriteError) as error:
        _roll_back(replaced)
        raise _as_write_error(error, targets) from None
    finally:
        for _, temporary in staged:
            with contextlib.suppress(OSError):
                temporary.unlink()
        _flush_folders(target.path.parent for target in replaced)


def _stage(target: _Target, data: bytes) -> Path:
    """Write bytes to a new file beside the target, with its mode and owner, flushed to the disk."""
    temporary = target.path.with_name(f".{target.path.name[:100]}.{os.getpid()}.djconnfix")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(temporary, flags, 0o600)
    try:
        with open(descriptor, "wb") as handle:  # noqa: PTH123
            handle.write(data)
            handle.flush()
            now = os.fstat(descriptor)
            if (now.st_uid, now.st_gid) != (target.status.st_uid, target.status.st_gid):
                os.fchown(descriptor, target.status.st_uid, target.status.st_gid)
            _copy_attributes(target.path, descriptor)
            os.fchmod(descriptor, stat.S_IMODE(target.status.st_mode))
            os.fsync(descriptor)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    return temporary


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


def _require_unchanged(target: _Target) -> None:
    if target.path.read_bytes() != target.old:
        raise WriteError(f"{target.shown}: changed since it was read")


def _roll_back(replaced: list[_Target]) -> None:
    """Put back what was replaced already. What fails here too is left for the caller's message."""
    for target in reversed(replaced):
        with contextlib.suppress(OSError):
            _stage(target, target.old).replace(target.path)


def _flush_folders(folders: Iterable[Path]) -> None:
    for folder in set(folders):
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _as_write_error(error: OSError | WriteError, targets: list[_Target]) -> WriteError:
    if isinstance(error, WriteError):
        return error
    name = os.fspath(error.filename or "")
    beside = {str(t.path.parent): t.shown for t in targets}
    shown = beside.get(str(Path(str(name)).parent), targets[0].shown if targets else "")
    return WriteError(f"{shown}: cannot be written: {error.strerror}; nothing was changed")
