"""A small project on disk for proofs: audited, repaired, loaded, and asked for pages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from djconnfix.cli import run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.backends.base.base import BaseDatabaseWrapper

    from tests.servers.postgresql import Login

EXERCISE = Path(__file__).with_name("exercise.py")
MANAGE = 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'
FILES = {
    "manage.py": MANAGE,
    "shop/__init__.py": "",
    "requirements.txt": "Django==5.2.1\npsycopg[binary,pool]==3.2.9\n",
}
ENGINES = {"postgresql": "django.db.backends.postgresql", "mysql": "django.db.backends.mysql"}


def database(login: Login, *lines: str, vendor: str = "postgresql") -> str:
    """`DATABASES` with one alias for a login, and more lines in it."""
    named = {
        "ENGINE": ENGINES[vendor],
        "NAME": login.database,
        "USER": login.user,
        "PASSWORD": login.password,
        "HOST": login.host,
        "PORT": str(login.port),
    }
    written = {line.partition(":")[0].strip('"') for line in lines}
    entries = [f'"{key}": "{value}",' for key, value in named.items() if key not in written]
    body = "\n".join(f"        {line}" for line in (*entries, *lines) if line)
    return f'DATABASES = {{\n    "default": {{\n{body}\n    }}\n}}\n'


@dataclass
class Bench:
    """A project in a folder."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, files: Mapping[str, str]) -> None:
        """Write files, and what every project has."""
        for path, text in {**FILES, **files}.items():
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")

    def reports(self, code: str) -> bool:
        """Whether the audit reports a rule."""
        output = self.root.parent / f"{self.root.name}.json"
        run(["audit", str(self.root), "--select", code, "--format", "json", "--output", str(output)])
        found = json.loads(output.read_text(encoding="utf-8"))["findings"]
        return code in {each["code"] for each in found}

    def fix(self, code: str) -> None:
        """Let `djconnfix fix` repair what a rule reports."""
        before = {path: path.read_bytes() for path in self.root.rglob("*.*")}
        run(["fix", str(self.root), "--select", code, "--unsafe-fixes"])
        assert {path: path.read_bytes() for path in self.root.rglob("*.*")} != before, f"{code} changed nothing"

    def wrapper(self, alias: str = "default") -> BaseDatabaseWrapper:
        """A new connection, not yet opened, of the settings as they are now; what another thread would have."""
        from django.db.utils import ConnectionHandler

        text = (self.root / "shop" / "settings.py").read_text(encoding="utf-8")
        names: dict[str, Any] = {}
        exec(compile(text, "settings.py", "exec"), names)
        return ConnectionHandler(names["DATABASES"])[alias]

    def exercise(self, login: Login, *paths: str, asgi: bool = False, kill: bool = False) -> Facts:
        """Ask the project for pages, one after the other, in a process of its own; what came of it."""
        order = {"paths": paths, "asgi": asgi, "kill": kill}
        order |= {name: getattr(login, name) for name in ("host", "port", "user", "password", "database")}
        done = subprocess.run(
            [sys.executable, str(EXERCISE)],
            input=json.dumps(order),
            cwd=self.root,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "DJANGO_SETTINGS_MODULE": "shop.settings"}
            | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return Facts(**json.loads(done.stdout))


@dataclass(frozen=True)
class Facts:
    """What came of some requests: statuses, committed rows of the table `orders`, and sessions left open by state."""

    statuses: list[int]
    rows: int
    sessions: dict[str, int]
