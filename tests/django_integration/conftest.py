"""A small Django project on disk, driven through its own `manage.py` in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

MANAGE = """\
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""
SETTINGS = """\
import os

SECRET_KEY = "canary-secret-key"
INSTALLED_APPS = ["djconnfix"]
USE_TZ = True
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "db.invalid",
        "PASSWORD": "canary-password",
    }
}
"""


@dataclass(frozen=True)
class Site:
    """A project and its `manage.py`."""

    root: Path

    def manage(self, *arguments, cwd=None, **environment):
        clean = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        return subprocess.run(
            [sys.executable, str(self.root / "manage.py"), *arguments],
            cwd=cwd or self.root,
            env=clean | {"PYTHONDONTWRITEBYTECODE": "1"} | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def read(self, path):
        return (self.root / path).read_text()

    def files(self):
        return {path: path.read_bytes() for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def site(tmp_path):
    """A project with one warning that has a safe fix."""
    made = Site(tmp_path)
    made.write("manage.py", MANAGE)
    made.write("shop/__init__.py", "")
    made.write("shop/settings.py", SETTINGS)
    made.write("Procfile", "web: gunicorn shop.wsgi --threads 4\n")
    made.write("requirements.txt", "Django>=4.2\npsycopg>=3.2\n")
    return made
