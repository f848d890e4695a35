"""The hard cases under `fixtures/hard_cases`: what one says, and what its settings are when they are run."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from djconnfix._compat import tomllib
from djconnfix.config import Config

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "hard_cases"
GONE = "(gone)"

# Runs in a process of its own, with the project first on its path: prints the settings of each run as JSON.
_SCRIPT = """
import importlib, json, os, sys
from unittest import mock

def plain(value):
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value if isinstance(value, (bool, int, float, str)) else repr(value)

def configured(cls):
    if not hasattr(cls, "setup"):
        return vars_of(cls())
    cls.pre_setup()
    cls.setup()
    found = vars_of(cls())
    cls.post_setup()
    return found

def vars_of(each):
    return {name: getattr(each, name) for name in dir(each)}

def settings(run):
    for name in [n for n, m in sys.modules.items() if (getattr(m, "__file__", "") or "").startswith(tuple(OURS))]:
        del sys.modules[name]
    os.environ.clear()
    os.environ.update(run["environment"])
    try:
        from configurations import importer
    except ImportError:
        importer = mock.Mock()
    with mock.patch.object(importer, "installed", True):
        module = importlib.import_module(run["settings"])
        found = configured(getattr(module, run["class"])) if run["class"] else vars(module)
    return {name: plain(value) for name, value in found.items() if name.isupper() and not callable(value)}

OURS = [path for path in sys.path[1:3]]
print(json.dumps([settings(run) for run in json.load(sys.stdin)]))
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A finding that must be there. `fix` is an applicability, or `none`."""

    code: str
    path: str
    line: int
    alias: str = ""
    fix: str = "none"


@dataclass(frozen=True, slots=True)
class Run:
    """Settings to execute, and how they differ after a fix: values by dotted name, `(gone)` for what is removed."""

    settings: str
    class_name: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    safe: Mapping[str, Any] = field(default_factory=dict)
    unsafe: Mapping[str, Any] = field(default_factory=dict)

    def difference(self, mode: str) -> Mapping[str, Any]:
        return self.safe if mode == "safe" else self.unsafe


@dataclass(frozen=True, slots=True)
class HardCase:
    """One folder with an `expected.toml`."""

    folder: Path
    about: str
    wanted: tuple[Wanted, ...]
    silent: tuple[str, ...]
    unreadable: tuple[str, ...]
    runs: tuple[Run, ...]
    not_executed: str
    server: str
    django: str
    xfail: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.folder.relative_to(FOLDER).as_posix()

    def files(self, folder: str) -> dict[str, bytes]:
        root = self.folder / folder
        return {
            path.relative_to(root).as_posix(): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }

    def unpack(self, root: Path) -> Config:
        """Write the project below a folder and return how to audit it there."""
        for path, data in self.files("project").items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        version = tuple(int(part) for part in self.django.split(".") if part)
        return Config(root=root, server=self.server, django=version)

    def execute(self, root: Path) -> list[dict[str, Any]]:
        """Return the settings of each run, flattened to dotted names, executed from the files below a folder."""
        runs = [
            {"settings": run.settings, "class": run.class_name, "environment": dict(run.environment)}
            for run in self.runs
        ]
        stubs = self.folder / "stubs"
        path = [str(root), str(stubs if stubs.is_dir() else root)]
        result = subprocess.run(
            [sys.executable, "-B", "-W", "ignore", "-c", f"import sys; sys.path[1:1] = {path!r}\n{_SCRIPT}"],
            input=json.dumps(runs),
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return [flat(settings) for settings in json.loads(result.stdout)]


def flat(value: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Return the leaves of nested mappings by dotted name; an empty mapping is a leaf."""
    leaves: dict[str, Any] = {}
    for name, each in value.items():
        if isinstance(each, dict) and each:
            leaves |= flat(each, f"{above}{name}.")
        else:
            leaves[above + name] = each
    return leaves


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    changed = {name: value for name, value in after.items() if name not in before or before[name] != value}
    return changed | dict.fromkeys(before.keys() - after.keys(), GONE)


def read(folder: Path) -> HardCase:
    said = tomllib.loads((folder / "expected.toml").read_text(encoding="utf-8"))
    case = HardCase(
        folder=folder,
        about=said.pop("about"),
        wanted=tuple(Wanted(**each) for each in said.pop("finding", [])),
        silent=tuple(said.pop("silent", ())),
        unreadable=tuple(said.pop("unreadable", ())),
        runs=tuple(_run(each) for each in said.pop("execute", ())),
        not_executed=said.pop("not_executed", ""),
        server=said.pop("server", ""),
        django=said.pop("django", ""),
        xfail=said.pop("xfail", {}),
    )
    assert not said, f"{folder}: {sorted(said)}"
    return case


def _run(said: dict[str, Any]) -> Run:
    return Run(
        settings=said.pop("settings"),
        class_name=said.pop("class", ""),
        environment=said.pop("environment", {}),
        safe=flat(said.pop("safe", {})),
        unsafe=flat(said.pop("unsafe", {})),
        **said,
    )


def all_cases() -> Sequence[HardCase]:
    return [read(path.parent) for path in sorted(FOLDER.rglob("expected.toml"))]
