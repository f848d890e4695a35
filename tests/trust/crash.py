"""Kill the writer at every system call that changes the disk, and see what the next run makes of it.

    python -m tests.trust.crash            every kill point of every plan, recoveries killed too
    python -m tests.trust.crash --every 7  each seventh

A child of this process writes a plan and dies of SIGKILL at the chosen call, or in the middle of a write. Then a second
child recovers (and may be killed in turn), and the tree is compared, bytes, modes, owners, attributes and links.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import itertools
import os
import pathlib
import shutil
import signal
import stat
import sys
import tempfile
from collections import Counter
from pathlib import Path

from djconnfix.fix.plan import Change, Plan
from djconnfix.fix.recovery import recover
from djconnfix.fix.write import WriteError, write_plan
from djconnfix.source import SourceFile

CALLS = ("write", "fsync", "fchmod", "fchown", "setxattr", "utime", "replace", "unlink")
CHUNK = 700  # bytes that one write takes, so that texts are written in pieces
DONE, REFUSED, BROKEN = 0, 10, 11


def make_tree(root: Path, plan: str) -> Plan:
    """Build one of the example trees and a plan for it."""
    names = {
        "one file": ["settings.py"],
        "three files": ["settings/base.py", "settings/production.py", "shop/views.py"],
        "symbolic link": ["linked.py", "settings.py"],
        "eight files": [f"app{n}/module.py" for n in range(8)],
        "odd names": ["a b.py", "line\nbreak.py", "ümlaut/é.py", os.fsdecode(b"latin-\xe9.py")],
    }[plan]
    for index, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name == "linked.py":
            (root / "real").mkdir()
            path.symlink_to("real/file.py")
        path.write_bytes(old_text(name, index))
        os.utime(path, ns=(1_600_000_000_123_456_789, 1_500_000_000_987_654_321))
        path.chmod((0o644, 0o600, 0o755, 0o664)[index % 4])
        with contextlib.suppress(OSError):
            os.setxattr(path, "user.note", b"kept")
    (root / "bystander.py").write_text("untouched\n")
    os.utime(root / "bystander.py", (1_400_000_000, 1_400_000_000))
    return Plan(
        tuple(Change(SourceFile.read(name, root / name), new_text(name, index), ()) for index, name in enumerate(names))
    )


PLANS = ("one file", "three files", "symbolic link", "eight files", "odd names")


def old_text(name: str, index: int) -> bytes:
    return f"old = {index}\n".encode() * (200 if index == 0 else 3)


def new_text(name: str, index: int) -> bytes:
    return f"new = {index}\n".encode() * (200 if index == 0 else 4)


def picture(root: Path) -> dict[str, tuple[object, ...]]:
    """Everything below a folder, apart from times."""
    found = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        name = path.relative_to(root).as_posix()
        if stat.S_ISLNK(status.st_mode):
            found[name] = ("link", str(path.readlink()))
        elif stat.S_ISDIR(status.st_mode):
            found[name] = ("folder", status.st_mode)
        else:
            notes = {each: os.getxattr(path, each) for each in os.listxattr(path)}
            found[name] = (path.read_bytes(), status.st_mode, status.st_uid, status.st_gid, status.st_nlink, notes)
    return found


def modified(root: Path) -> dict[str, int]:
    return {str(path.relative_to(root)): path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}


def count_calls(visit) -> None:
    """Call `visit(name, half)` before each call that changes the disk; `half` writes half of what is to be written."""
    accessor = getattr(pathlib, "_NormalAccessor", None)  # Python 3.10 keeps functions of its own

    def wrap(name, real):
        def call(*arguments, **keywords):
            if name == "open" and not (len(arguments) > 1 and arguments[1] & os.O_CREAT):
                return real(*arguments, **keywords)
            if name == "write":
                piece = bytes(arguments[1][:CHUNK])
                visit(name, lambda: real(arguments[0], piece[: len(piece) // 2]))
                return real(arguments[0], piece)
            visit(name, None)
            if name == "fsync":
                return None  # a kill does not need it, and it is slow
            return real(*arguments, **keywords)

        return call

    for name in (*CALLS, "open"):
        wrapped = wrap(name, getattr(os, name))
        setattr(os, name, wrapped)
        if accessor is not None and hasattr(accessor, name):
            setattr(accessor, name, staticmethod(wrapped))


class Points:
    """Numbers the kill points of one run and dies at the chosen one."""

    def __init__(self, chosen: int | None) -> None:
        self.chosen = chosen
        self.number = 0

    def visit(self, name: str, half) -> None:
        self._pass()
        if half is not None:
            self._pass(half)

    def _pass(self, last_deed=None) -> None:
        if self.number == self.chosen:
            if last_deed is not None:
                last_deed()
            os.kill(os.getpid(), signal.SIGKILL)
        self.number += 1


def in_child(deed, chosen: int | None) -> tuple[int, int, str]:
    """Run a deed in a child that dies at a point; return its wait status, the points it passed, and what it said."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = BROKEN
        say = os.write
        try:
            points = Points(chosen)
            count_calls(points.visit)
            try:
                said, status = str(deed() or ""), DONE
            except WriteError as error:
                said, status = str(error), REFUSED
            say(writer, f"{points.number}\n{said}".encode(errors="replace"))
        except BaseException as error:
            say(writer, f"0\n{type(error).__name__}: {error}".encode(errors="replace"))
        finally:
            os._exit(status)
    os.close(writer)
    with open(reader, "rb") as handle:  # noqa: PTH123
        number, _, said = handle.read().decode().partition("\n")
    _, result = os.waitpid(child, 0)
    return result, int(number or -1), said


def was_killed(result: int) -> bool:
    return os.WIFSIGNALED(result) and os.WTERMSIG(result) == signal.SIGKILL


class Trial:
    """One plan in a fresh tree, with what it must look like before and after."""

    def __init__(self, scratch: Path, plan: str) -> None:
        self.scratch, self.plan = scratch, plan
        root = self.fresh()
        self.old, self.times = picture(root), modified(root)
        plan_here = make_tree(self.empty(), plan)
        result, self.points, said = in_child(lambda: write_plan(plan_here, root), None)
        assert os.WEXITSTATUS(result) == DONE, said
        self.new = picture(root)
        assert self.new != self.old
        assert self.new.keys() == self.old.keys()

    def empty(self) -> Path:
        root = self.scratch / "tree"
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        return root

    def fresh(self) -> Path:
        root = self.empty()
        make_tree(root, self.plan)
        return root

    def killed_at(self, point: int) -> Path:
        root = self.empty()
        plan = make_tree(root, self.plan)
        result, _, said = in_child(lambda: write_plan(plan, root), point)
        assert was_killed(result), f"{self.plan}, point {point}: was not killed: {said}"
        return root

    def judge(self, root: Path, said: str, where: str) -> str:
        """Return `old` or `new`, or fail; `said` is what the recovery said."""
        now = picture(root)
        if now == self.old:
            assert modified(root) == self.times, f"{where}: old texts with other times"
            assert "completed" not in said, f"{where}: {said}"
            return "old"
        strays = now.keys() ^ self.old.keys()
        assert not strays, f"{where}: stray or lost: {sorted(strays)}"
        assert now == self.new, f"{where}: a mix: {[name for name in now if now[name] != self.new[name]]}"
        assert "undone" not in said, f"{where}: {said}"
        return "new"

    def kill_once(self, point: int) -> str:
        root = self.killed_at(point)
        result, _, said = in_child(lambda: recover(root), None)
        where = f"{self.plan}, killed at {point}"
        assert os.WEXITSTATUS(result) == DONE, f"{where}: {said}"
        outcome = self.judge(root, said, where)
        assert recover(root) is None
        return outcome

    def kill_twice(self, point: int, every: int) -> Counter[str]:
        """Kill the recovery of one kill at each of its points too."""
        outcomes: Counter[str] = Counter()
        for second in itertools.count(0, every):
            root = self.killed_at(point)
            result, _, said = in_child(lambda root=root: recover(root), second)
            if not was_killed(result):
                return outcomes
            result, _, said = in_child(lambda root=root: recover(root), None)
            where = f"{self.plan}, killed at {point}, its recovery at {second}"
            assert os.WEXITSTATUS(result) == DONE, f"{where}: {said}"
            outcomes[self.judge(root, said, where)] += 1
        return outcomes


def fail_at(trial: Trial, point: int) -> str:
    """Let the call at a point fail as on a full disk; return `old` or `new`.

    Only when the removal of what is not needed any more fails, after everything was written, may a recovery be needed.
    """
    root = trial.empty()
    made = make_tree(root, trial.plan)

    def deed():
        passed = itertools.count()

        def visit(name, half):
            if next(passed) == point:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        count_calls(visit)
        write_plan(made, root)

    result, _, said = in_child(deed, None)
    assert os.WEXITSTATUS(result) in (DONE, REFUSED), said
    if os.WEXITSTATUS(result) == DONE:
        recover(root)
    outcome = trial.judge(root, "", f"{trial.plan}, failure at {point}")
    assert (outcome == "old") == (os.WEXITSTATUS(result) == REFUSED)
    return outcome


def run(every: int, second_every: int, out=sys.stdout) -> Counter[str]:
    """Kill at each `every`-th point; return how many ended old and new."""
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(os.path.realpath(folder))
        for plan in PLANS:
            trial = Trial(scratch, plan)
            mine: Counter[str] = Counter()
            for point in range(0, trial.points, every):
                mine[trial.kill_once(point)] += 1
            for point in range(0, trial.points, max(every, second_every)):
                mine += trial.kill_twice(point, max(every, 1))
            print(f"{plan}: {trial.points} points, {sum(mine.values())} kills: {dict(mine)}", file=out, flush=True)
            outcomes += mine
    return outcomes


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--second-every", type=int, default=5)
    chosen = parser.parse_args()
    total = run(chosen.every, chosen.second_every)
    print(f"{sum(total.values())} kill points, each the old tree or the new one: {dict(total)}")
