"""The files that everything is measured on: public source distributions, and files that are made."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Django itself is large and speaks of transactions everywhere; the other two are products made with it.
SDISTS = {"Django": "Django==5.2.8", "Mayan EDMS": "mayan-edms==4.12.2", "Wagtail": "wagtail==7.2"}
# Small, and full of what rules look for: one of its files in thirty is followed, one of Mayan EDMS's in three hundred.
MANY_HITS = ("pulpcore", "pulpcore==3.85.0")
EVERY_WORD = '''\
from django.db import connection, connections, transaction
from django.db.models import *


class Commits:
    """DATABASES INSTALLED_APPS ROOT_URLCONF MIDDLEWARE DJANGO_SETTINGS_MODULE CONN_MAX_AGE pool ENGINE"""

    def process_request(self, request):
        with transaction.atomic():
            connection.cursor().execute("SELECT 1")
            return self.get_response(request)

    def close(self):
        while True:
            connections["other"].close()
            close_old_connections()


'''


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder to audit, and how large it is."""

    name: str
    folder: Path
    files: int
    megabytes: float


def measured(name: str, folder: Path) -> Tree:
    """Return a folder with the number and size of its Python files, marked as a repository of its own."""
    (folder / ".git").mkdir(exist_ok=True)
    sizes = [path.stat().st_size for path in folder.rglob("*.py") if path.is_file()]
    return Tree(name, folder, len(sizes), sum(sizes) / 1e6)


def laid_out(folder: Path, python: str) -> list[Tree]:
    """Return the public trees, downloaded and unpacked when they are not there; the last holds all others."""
    every = folder / "all"
    for name, requirement in SDISTS.items():
        _lay_out(name, requirement, every, folder / "downloads", python)
    trees = [measured(name, every / name.replace(" ", "-")) for name in SDISTS]
    return [*trees, measured("all three", every)]


def many_hits(folder: Path, python: str) -> Tree:
    """Return a public tree whose files hold the rules' words more often than most, apart from the others."""
    name, requirement = MANY_HITS
    _lay_out(name, requirement, folder / "hits", folder / "downloads", python)
    return measured(f"{name}, with many hits", folder / "hits" / name)


def _lay_out(name: str, requirement: str, above: Path, downloads: Path, python: str) -> None:
    target = above / name.replace(" ", "-")
    if target.exists():
        return
    print(f"downloading {requirement} ...", file=sys.stderr)
    downloads = downloads / name.replace(" ", "-")
    subprocess.run(
        [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "download", "--no-deps",
         "--no-binary", ":all:", "--dest", str(downloads), requirement],
        check=True,
    )  # fmt: skip
    unpacked = downloads / "unpacked"
    with tarfile.open(next(downloads.glob("*.tar.gz"))) as archive:
        archive.extractall(unpacked, filter="data")
    above.mkdir(parents=True, exist_ok=True)
    shutil.move(next(unpacked.iterdir()), target)


def growing(folder: Path, source: Path, counts: tuple[int, ...]) -> list[Tree]:
    """Return trees of growing numbers of files, each a project's files over and over."""
    originals = sorted(source.rglob("*.py"))
    trees = []
    for count in counts:
        target = folder / f"grown-{count}"
        if not target.exists():
            for index in range(count):
                original = originals[index % len(originals)]
                path = target / f"part{index // 100}" / f"{index}_{original.name}"
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(original, path)
        trees.append(measured(f"{count:,} files", target))
    return trees


def every_word(folder: Path) -> tuple[Tree, Path]:
    """Return a tree whose 200 files all hold every word, and one such file of 1 MB."""
    target = folder / "every-word"
    large = folder / "every-word-1mb"
    if not target.exists():
        target.mkdir(parents=True)
        for index in range(200):
            (target / f"module{index}.py").write_text(EVERY_WORD * 5)
        (large / ".git").mkdir(parents=True)
        (large / "large.py").write_text(EVERY_WORD * (1_000_000 // len(EVERY_WORD)))
    return measured("every file holds every word", target), large / "large.py"


def settings_text(size: int) -> str:
    """Return a settings module of about this many bytes, with one alias that has something to fix."""
    head = (
        "import os\n\n"
        'DATABASES = {\n    "default": {\n        "ENGINE": "django.db.backends.postgresql",\n'
        '        "NAME": "shop",\n        "HOST": "db.example.org",\n    }\n}\n'
        'MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]\n'
        'INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]\n'
    )
    lines: list[str] = []
    length = len(head)
    while length < size:
        number = len(lines)
        lines.append(
            f'OPTION_{number} = {{"a": [{number}, {number + 1}], "b": os.environ.get("OPTION_{number}", "x")}}\n'
        )
        length += len(lines[-1])
    return head + "".join(lines)


def aliases_text(count: int) -> str:
    """Return a settings module with many aliases."""
    body = "".join(
        f'    "{"default" if not n else f"alias{n}"}": {{\n        "ENGINE": "django.db.backends.postgresql",\n'
        f'        "NAME": "shop{n}",\n    }},\n'
        for n in range(count)
    )
    return f"DATABASES = {{\n{body}}}\n"
