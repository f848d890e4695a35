"""An environment of its own with djconnfix as it would be installed, and the tools it is measured beside."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PEERS = ("Django>=5.2,<5.3", "ruff", "django-upgrade", "fixit", "libcst>=1.8", "dj-database-url")
SHOWN = ("djconnfix", "Django", "django-upgrade", "fixit", "libcst", "ripgrep", "ruff")


class Peers:
    """The environment's programs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = str(folder / "bin/python")

    def program(self, name: str) -> str:
        """Return the path of one of its programs."""
        return str(self.folder / "bin" / name)

    def ripgrep(self) -> str:
        """Return the path of ripgrep, this environment's or the system's; empty where there is none."""
        own = self.folder / "bin/rg"
        return str(own) if own.exists() else shutil.which("rg") or ""

    def versions(self) -> str:
        """Return the versions of what is compared, a line."""
        script = (
            "import importlib.metadata as m, platform\n"
            "found = {each.metadata['Name'].lower(): each.version for each in m.distributions()}\n"
            f"shown = ', '.join(f'{{n}} {{found[n.lower()]}}' for n in {SHOWN!r} if n.lower() in found)\n"
            "print(shown, 'on Python', platform.python_version())"
        )
        return subprocess.run([self.python, "-c", script], capture_output=True, text=True, check=True).stdout.strip()


def install(folder: Path) -> Peers:
    """Make the environment when it is not there, and install this checkout into it anew."""
    peers = Peers(folder)
    if not (folder / "bin/fixit").exists():
        print("installing the peers ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        _pip(peers, "install", *PEERS)
        with suppress(subprocess.CalledProcessError):  # no wheel for this machine
            _pip(peers, "install", "--only-binary", ":all:", "ripgrep")
    _pip(peers, "install", "--force-reinstall", "--no-deps", str(CHECKOUT))
    return peers


def _pip(peers: Peers, *words: str) -> None:
    subprocess.run([peers.python, "-m", "pip", "--quiet", "--disable-pip-version-check", *words], check=True)
