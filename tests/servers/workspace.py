"""A temporary folder that the servers' unprivileged user can reach."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Account:
    """The user a server runs as."""

    name: str
    uid: int
    gid: int

    @property
    def home(self) -> str:
        return "/"


def server_account() -> Account | None:
    """The account for servers that refuse to run as root; None when the caller is an ordinary user already."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    message = "running as root, and there is neither a user 'postgres' nor 'nobody' to run the servers as"
    raise RuntimeError(message)


def reachable_by_everyone(path: Path) -> bool:
    """Whether every folder on the way to `path`, itself included, can be entered and read by any user."""
    needed = stat.S_IROTH | stat.S_IXOTH
    folders = [path, *path.parents]
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders) and path.stat().st_mode & needed == needed


class Workspace:
    """One temporary folder for everything a bed writes. No permission of an existing folder is ever changed."""

    def __init__(self) -> None:
        self.account = server_account()
        self.path = Path(tempfile.mkdtemp(prefix="djconnfix-", dir=self._parent()))
        if self.account is not None:
            self.path.chmod(0o711)  # mkdtemp's own folder: others may pass through, not list

    def _parent(self) -> str | None:
        if self.account is None:
            return None
        candidates = [tempfile.gettempdir(), "/tmp", "/var/tmp"]
        for candidate in candidates:
            path = Path(candidate).resolve()
            if path.is_dir() and all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents)):
                return str(path)
        message = f"none of {', '.join(candidates)} can be entered by the user {self.account.name}"
        raise RuntimeError(message)

    def folder(self, name: str) -> Path:
        """A new folder, private to the servers' user."""
        path = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.path))
        self.give_away(path)
        return path

    def give_away(self, path: Path) -> None:
        """Make `path` belong to the servers' user."""
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)

    def write(self, path: Path, text: str, mode: int = 0o600) -> Path:
        """Write a file that only the servers' user (and root) can read."""
        path.touch(mode=mode)
        path.chmod(mode)
        path.write_text(text, encoding="utf-8")
        self.give_away(path)
        return path

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
