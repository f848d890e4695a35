"""Cut the power at every system call of a write: all that was not flushed may be lost, torn, or on the disk out of order.

    python -m tests.trust.power               every point of every plan, several disks for each
    python -m tests.trust.power --states 50   more disks for each

The calls of one whole write are recorded together with what they do to files (`Inode`) and to folders' lists of names
(`Folder`). A disk after a loss of power is then made up: of each file any version since its last `fsync`, also torn or
full of zeros; of each folder any of the changes since its own `fsync`, in any order that the file system allows. That is
less than POSIX file systems in use promise. A recovery runs on it, whose own calls may be cut off in the same way.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import pathlib
import random
import shutil
import stat
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from djconnfix.fix.recovery import recover
from djconnfix.fix.write import WriteError, write_plan
from tests.trust.crash import CHUNK, PLANS, Trial, make_tree, picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ZEROS, TORN = "zeros", "torn"


@dataclass(frozen=True)
class Version:
    """One state of a file."""

    data: bytes
    mode: int
    notes: tuple[tuple[str, bytes], ...] = ()
    times: tuple[int, int] | None = None

    @classmethod
    def of(cls, path: Path) -> Version:
        status = path.stat()
        notes = tuple((name, os.getxattr(path, name)) for name in os.listxattr(path))
        return cls(path.read_bytes(), stat.S_IMODE(status.st_mode), notes, (status.st_atime_ns, status.st_mtime_ns))


@dataclass
class Inode:
    """A file's versions since the last one that is surely on the disk."""

    versions: list[Version]

    def change(self, **what: object) -> None:
        self.versions.append(replace(self.versions[-1], **what))  # type: ignore[arg-type]

    def flush(self) -> None:
        del self.versions[:-1]

    def copy(self) -> Inode:
        return Inode(list(self.versions))

    def left(self, chance: random.Random, habit: str) -> Version:
        """Return what is left of it: `lost` and `kept` are the ends, `any` everything between."""
        if habit == "kept" or len(self.versions) == 1:
            return self.versions[-1]
        if habit == "lost":
            return self.versions[0]
        version = chance.choice(self.versions)
        damage = habit if habit in (ZEROS, TORN) else chance.choice(("", "", ZEROS, TORN))
        data = version.data
        if damage == ZEROS:  # the length came to the disk, the data did not
            data = self.versions[0].data + b"\0" * (len(data) - len(self.versions[0].data))
        elif damage == TORN:
            data = data[: chance.randrange(len(data) + 1)]
        return replace(version, data=data if len(data) >= len(self.versions[0].data) else self.versions[0].data)


@dataclass
class Folder:
    """A folder's names on the disk, and what was done to them since: `(old name or None, new name or None, inode)`."""

    names: dict[str, int]
    pending: list[tuple[str | None, str | None, int]] = field(default_factory=list)

    def now(self) -> dict[str, int]:
        return self._after(self.pending)

    def _after(self, done: list[tuple[str | None, str | None, int]]) -> dict[str, int]:
        names = dict(self.names)
        for old, new, inode in done:
            if old is not None:
                names.pop(old, None)
            if new is not None:
                names[new] = inode
        return names

    def flush(self) -> None:
        self.names, self.pending = self.now(), []

    def copy(self) -> Folder:
        return Folder(dict(self.names), list(self.pending))

    def left(self, chance: random.Random, habit: str) -> dict[str, int]:
        """Return its names with some of the pending changes; those to one name stay in their order."""
        if habit == "kept":
            return self.now()
        done: list[tuple[str | None, str | None, int]] = []
        skipped: set[str | None] = set()
        for change in self.pending:
            names = {name for name in change[:2] if name is not None}
            if habit == "lost" or names & skipped or chance.random() < 0.5:
                skipped |= names
            else:
                done.append(change)
        return self._after(done)


@dataclass
class Disk:
    """A small file system, as far as it is known to have come to the disk."""

    inodes: dict[int, Inode]
    folders: dict[str, Folder]
    links: dict[str, str]

    @classmethod
    def of(cls, root: Path) -> Disk:
        disk = cls({}, {}, {})
        for path in (root, *sorted(root.rglob("*"))):
            name = os.path.relpath(path, root)
            if path.is_symlink():
                disk.links[name] = str(path.readlink())
            elif path.is_dir():
                disk.folders[name] = Folder({})
            else:
                number = len(disk.inodes)
                disk.inodes[number] = Inode([Version.of(path)])
                disk.folders[os.path.relpath(path.parent, root)].names[path.name] = number
        return disk

    def copy(self) -> Disk:
        inodes = {number: inode.copy() for number, inode in self.inodes.items()}
        return Disk(inodes, {name: folder.copy() for name, folder in self.folders.items()}, self.links)

    def left(self, chance: random.Random, files: str, names: str) -> dict[str, Version]:
        """Return the files that are there after the power comes back."""
        numbers = {
            f"{name}/{entry}".removeprefix("./"): number
            for name, folder in sorted(self.folders.items())
            for entry, number in sorted(folder.left(chance, names).items())
        }
        return {path: self.inodes[number].left(chance, files) for path, number in numbers.items()}

    def build(self, root: Path, files: dict[str, Version]) -> None:
        """Make a tree of these files."""
        shutil.rmtree(root, ignore_errors=True)
        for name in sorted(self.folders):
            (root / name).mkdir(parents=True, exist_ok=True)
        for name, target in self.links.items():
            (root / name).symlink_to(target)
        for name, version in files.items():
            path = root / name
            path.write_bytes(version.data)
            for note, value in version.notes:
                os.setxattr(path, note, value)
            path.chmod(version.mode)
            if version.times is not None:
                os.utime(path, ns=version.times)


class Recorder:
    """Takes the place of the functions of `os` that change the disk, and notes the disk before each of them."""

    def __init__(self, root: Path, lie: int | None = None, full: int | None = None) -> None:
        self.root = root
        self.lie = lie  # the number of the flush after which nothing is flushed
        self.full = full  # the number of the rename that fails
        self.flushes: list[str] = []
        self.disk = Disk.of(root)
        self.points: list[tuple[str, Disk]] = []
        self._open: dict[int, int | str] = {}
        self._real: dict[str, Callable[..., object]] = {}

    def __enter__(self) -> Recorder:
        self._patch("open", self._opened)
        self._patch("close", self._closed)
        self._patch("write", self._written)
        self._patch("fsync", self._flushed)
        self._patch("fchmod", lambda number, mode: self._changed(number, mode=mode))
        self._patch("setxattr", self._noted)
        self._patch("utime", self._timed)
        self._patch("replace", self._renamed)
        self._patch("unlink", self._removed)
        for name in ("fchown", "rename", "truncate", "ftruncate", "remove", "link", "pwrite", "writev", "mkdir"):
            self._patch(name, self._unforeseen(name))
        return self

    def __exit__(self, *_: object) -> None:
        for name, real in self._real.items():
            _put(name, real, getattr(os, name))
        self.points.append(("the end", self.disk.copy()))

    def _patch(self, name: str, note: Callable[..., None]) -> None:
        real = self._real[name] = getattr(os, name)

        def call(*arguments: object, **keywords: object) -> object:
            if name == "write":
                arguments = (arguments[0], bytes(arguments[1])[:CHUNK])  # type: ignore[call-overload]
            if name not in ("open", "close"):
                self.points.append((name, self.disk.copy()))
            if name == "replace" and self.full is not None:
                self.full -= 1
                if self.full == -1:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            result = None if name == "fsync" else real(*arguments, **keywords)
            note(*((result,) if name == "open" else ()), *arguments, **keywords)
            return result

        _put(name, call, real)

    def _unforeseen(self, name: str) -> Callable[..., None]:
        def refuse(*_: object, **__: object) -> None:
            raise AssertionError(f"os.{name} is not part of the model")

        return refuse

    def _place(self, path: object) -> tuple[str, str]:
        folder, name = os.path.split(os.path.relpath(os.fsdecode(path), self.root))  # type: ignore[arg-type]
        return folder or ".", name

    def _inode(self, which: object) -> Inode:
        if isinstance(which, int):
            number = self._open[which]
        else:
            folder, name = self._place(which)
            number = self.disk.folders[folder].now()[name]
        assert isinstance(number, int)
        return self.disk.inodes[number]

    def _opened(self, number: int, path: object, flags: int, mode: int = 0o777, **_: object) -> None:
        if stat.S_ISDIR(os.fstat(number).st_mode):
            self._open[number] = os.path.relpath(os.fsdecode(path), self.root)  # type: ignore[arg-type]
            return
        folder, name = self._place(path)
        names = self.disk.folders[folder].now()
        if name not in names:
            assert flags & os.O_CREAT
            names[name] = max(self.disk.inodes, default=0) + 1
            self.disk.inodes[names[name]] = Inode([Version(b"", mode)])
            self.disk.folders[folder].pending.append((None, name, names[name]))
            self.points.append(("open", self.disk.copy()))
        self._open[number] = names[name]

    def _closed(self, number: int) -> None:
        self._open.pop(number, None)

    def _written(self, number: int, data: bytes) -> None:
        if number in self._open:
            inode = self._inode(number)
            inode.change(data=inode.versions[-1].data + data)

    def _flushed(self, number: int) -> None:
        held = self._open[number]
        self.flushes.append(f"folder {held}" if isinstance(held, str) else "a file")
        if len(self.flushes) - 1 == self.lie:
            return
        if isinstance(held, str):
            self.disk.folders[held].flush()
        else:
            self.disk.inodes[held].flush()

    def _changed(self, which: object, **what: object) -> None:
        self._inode(which).change(**what)

    def _noted(self, which: object, name: str, value: bytes) -> None:
        inode = self._inode(which)
        inode.change(notes=(*inode.versions[-1].notes, (name, value)))

    def _timed(self, which: object, *, ns: tuple[int, int]) -> None:
        self._inode(which).change(times=ns)

    def _renamed(self, old: object, new: object) -> None:
        (folder, before), (same, after) = self._place(old), self._place(new)
        assert folder == same, "a rename across folders is not atomic on every disk"
        held = self.disk.folders[folder]
        held.pending.append((before, after, held.now()[before]))

    def _removed(self, path: object) -> None:
        folder, name = self._place(path)
        held = self.disk.folders[folder]
        held.pending.append((name, None, held.now()[name]))


def _put(name: str, function: Callable[..., object], instead: Callable[..., object]) -> None:
    """Put a function into `os`, and where Python 3.10's `pathlib` keeps the same one for itself."""
    setattr(os, name, function)
    accessor = getattr(pathlib, "_NormalAccessor", None)
    if getattr(accessor, name, None) is instead:
        setattr(accessor, name, staticmethod(function))


HABITS = [("lost", "kept"), ("kept", "lost"), ("any", "any"), ("kept", "any"), ("lost", "lost"), ("kept", "kept")]
HABITS += [(ZEROS, "kept"), (TORN, "kept"), (ZEROS, "any"), (TORN, "any")]


def disks(recorder: Recorder, chance: random.Random, states: int) -> Iterator[tuple[str, Disk, dict[str, Version]]]:
    """Yield the disks that a loss of power may leave, each once."""
    seen: set[frozenset[tuple[str, Version]]] = set()
    habits = (HABITS + [("any", "any")] * (states - len(HABITS)))[:states]
    for number, (name, disk) in enumerate(recorder.points):
        for files, names in habits:
            left = disk.left(chance, files, names)
            if (key := frozenset(left.items())) not in seen:
                seen.add(key)
                yield f"before call {number} ({name}), files {files}, names {names}", disk, left


class Loss:
    """One plan, its write recorded, and what must come out of every recovery."""

    def __init__(self, scratch: Path, plan: str, lie: int | None = None, full: int | None = None) -> None:
        self.plan = plan
        self.trial = Trial(scratch, plan)
        self.root = self.trial.fresh()
        made = make_tree(self.trial.empty(), plan)
        self.files = len(made.changes)
        with Recorder(self.root, lie, full) as self.recorder, contextlib.suppress(WriteError):
            write_plan(made, self.root)
        assert picture(self.root) == (self.trial.new if full is None else self.trial.old)

    def judged(self, where: str) -> str:
        """Recover, and return `old` or `new`, or fail."""
        said = str(recover(self.root) or "")
        outcome = self.trial.judge(self.root, said, f"{self.plan}, {where}")
        assert recover(self.root) is None, where
        return outcome

    def run(self, chance: random.Random, states: int, twice: float) -> Counter[str]:
        """Recover from every disk; cut off a share of the recoveries as well."""
        outcomes: Counter[str] = Counter()
        for where, disk, files in disks(self.recorder, chance, states):
            disk.build(self.root, files)
            if chance.random() >= twice:
                outcomes[self.judged(where)] += 1
                continue
            with Recorder(self.root) as again:
                recover(self.root)
            for then, second, left in disks(again, chance, 4):
                second.build(self.root, left)
                outcomes[self.judged(f"{where}; then {then}")] += 1
        return outcomes


def run(states: int, twice: float, seed: int, plans: tuple[str, ...] = PLANS, out=sys.stdout) -> Counter[str]:
    """Cut the power everywhere; return how many recoveries ended old and new."""
    outcomes: Counter[str] = Counter()
    chance = random.Random(seed)
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        for plan in plans:
            loss = Loss(Path(os.path.realpath(folder)), plan)
            mine = loss.run(chance, states, twice)
            points = len(loss.recorder.points)
            for full in {0, loss.files // 2, loss.files - 1}:  # while what was replaced is put back
                put_back = Loss(loss.trial.scratch, plan, full=full)
                mine += put_back.run(chance, states, twice)
                points += len(put_back.recorder.points)
            print(f"{plan}: {points} points, {sum(mine.values())} disks: {dict(mine)}", file=out, flush=True)
            outcomes += mine
    return outcomes


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--states", type=int, default=20, help="disks for each point")
    parser.add_argument("--twice", type=float, default=0.1, help="share of the recoveries that are cut off too")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    total = run(given.states, given.twice, given.seed)
    print(f"{sum(total.values())} disks after a loss of power, each the old tree or the new one: {dict(total)}")
