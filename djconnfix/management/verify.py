"""Does the project still load, and is the difference the one that was meant?

The settings are imported in a process of their own before and after the write, never in this one: here they are
loaded already. Only fingerprints of values travel between the processes, so no secret leaves the importing one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from djconnfix.management.intention import Intention
from djconnfix.management.project import settings_module

if TYPE_CHECKING:
    from djconnfix.fix.plan import Plan
    from djconnfix.management.intention import Fingerprints

_TIMEOUT = 60
# Runs in the other process: prints {"A/B/C": hash} for every setting, dictionaries opened up, lists hashed by item.
# `intention.py` makes the hashes of what was meant in the same way.
_SCRIPT = r"""
import hashlib, importlib, json, re, sys
path, name = json.loads(sys.stdin.readline())
sys.path[:] = path
sys.stdout, out = sys.stderr, sys.stdout
import os
os.environ["DJANGO_SETTINGS_MODULE"] = name
from django.conf import settings
found = {}
def walk(trail, value, depth=0):
    if isinstance(value, dict) and value and depth < 8:
        for key, item in value.items():
            walk(trail + (str(key),), item, depth + 1)
        return
    found["\0".join(trail)] = digests(value) if isinstance(value, (list, tuple)) else digest(value)
def digest(value):
    text = re.sub(r" at 0x[0-9a-fA-F]+", "", type(value).__name__ + repr(value))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
def digests(value):
    return type(value).__name__ + " " + " ".join(map(digest, value))
for setting in dir(settings):
    if setting.isupper():
        walk((setting,), getattr(settings, setting))
json.dump(found, out)
"""


class SettingsWitness:
    """Remembers what the settings are before a write, and judges them after it."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._before: Fingerprints = {}
        self._volatile: set[tuple[str, ...]] = set()  # differ from one import to the next, whatever is written

    @classmethod
    def of_this_process(cls) -> SettingsWitness:
        """Return a witness for the settings module that this process runs under."""
        return cls(settings_module())

    def remember(self) -> str:
        """Take down the settings as they are; return why that is not possible, empty when it is."""
        if not self._module:
            return "no settings module is in use"
        first, second = _import(self._module), _import(self._module)
        if isinstance(first, str) or isinstance(second, str):
            return f"{self._module} cannot be imported on its own: {first if isinstance(first, str) else second}"
        self._before = first
        self._volatile = {key for key in first.keys() | second.keys() if first.get(key) != second.get(key)}
        return ""

    def objection(self, plan: Plan) -> str:
        """Return why the settings as they are now are not what the plan meant; empty when they are."""
        now = _import(self._module)
        if isinstance(now, str):
            return f"{self._module} no longer imports: {now}"
        actions = [action for finding in plan.applied if finding.remedy for action in finding.remedy.actions]
        meant = Intention(self._before, actions)
        for key in sorted((self._before.keys() | now.keys()) - self._volatile):
            if self._before.get(key) != now.get(key) and (fault := meant.fault(key, now.get(key))):
                return f"{' / '.join(key)} of {self._module} {fault}"
        return ""


def _import(module: str) -> Fingerprints | str:
    """Import a settings module in a process of its own; return its fingerprints, or why it failed."""
    try:
        done = subprocess.run(  # noqa: S603 -- this interpreter, the user's own settings, asked for by `manage.py`
            [sys.executable, "-c", _SCRIPT],
            input=json.dumps([sys.path, module]),
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=False,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    if done.returncode != 0:
        # Only the exception's type: its text may quote a secret.
        last = done.stderr.strip().rpartition("\n")[2]
        return last.partition(":")[0].strip()[:80] or f"status {done.returncode}"
    try:
        return {tuple(key.split("\0")): value for key, value in json.loads(done.stdout).items()}
    except ValueError:
        return "its output could not be read"
