"""Small projects for tests of plans: settings on disk, wishes made by hand, the plan and what execution gives."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest import mock

from djconnfix.config import resolve
from djconnfix.engine import Report, audit
from djconnfix.facts import DatabaseKey
from djconnfix.findings import Action, Applicability, Finding, Problem, Remedy, SetSetting, Severity
from djconnfix.fix.plan import Plan, make_plan
from djconnfix.source import Location

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ENTRY = '"ENGINE": "django.db.backends.postgresql", "NAME": "shop"'
NOWHERE = Location("settings.py", 1, 1, 1, 1, 0, 0)


@dataclass(frozen=True)
class Wish:
    """What one finding wants; several actions are all or nothing."""

    actions: tuple[Action, ...]
    applicability: Applicability = Applicability.SAFE
    permits: tuple[Action, ...] = ()


def project(root: Path, files: Mapping[str, str | bytes]) -> Report:
    """Write files and audit them without any rule, so that only the wishes of a test are planned."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return audit(resolve(root, {"select": ["DCF202"]}).config)


def served_by_threads(root: Path, settings: str, requirements: str = "") -> Report:
    """Write a project that gunicorn's threads serve, with these settings, and audit it."""
    files = {
        "shop/__init__.py": "",
        "shop/settings.py": settings,
        "Procfile": "web: gunicorn shop.wsgi --threads 4\n",
        "requirements.txt": f"Django==5.2.1\npsycopg==3.2.9\n{requirements}",
    }
    for path, text in files.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    return audit(resolve(root, {}).config)


def want(alias: str = "default", index: int = 0, settings: str = "settings", **values: object) -> Wish:
    """Wish for alias-level settings."""
    key = DatabaseKey(settings, alias, index)
    return Wish(tuple(SetSetting(key, (name,), value) for name, value in values.items()))


def findings(*wishes: Wish) -> list[Finding]:
    return [
        Finding(
            f"DCF00{n}",
            f"wish-{n}",
            Severity.WARNING,
            Problem(
                NOWHERE,
                "wish",
                remedy=Remedy(wish.applicability, "", wish.actions, permits=wish.permits),
                settings="settings",
            ),
            f"wish {n}",
        )
        for n, wish in enumerate(wishes)
    ]


def plan(report: Report, *wishes: Wish, unsafe: bool = False) -> Plan:
    return make_plan(report, findings(*wishes), unsafe=unsafe)


def changed(made: Plan) -> dict[str, str]:
    return {change.source.path: change.new.decode(change.source.encoding) for change in made.changes}


def executed(text: str, environment: Mapping[str, str] | None = None) -> dict[str, object]:
    """Run a test's own settings text and return its upper-case names."""
    names: dict[str, object] = {"__name__": "settings", "__file__": "/nowhere/settings.py"}
    with mock.patch.dict(os.environ, environment or {}, clear=True):
        exec(compile(text, "settings.py", "exec"), names)
    return {name: value for name, value in names.items() if name.isupper()}
