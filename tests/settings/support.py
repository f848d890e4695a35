"""What the tests of the settings evaluator share: a tree from texts, and a reader of conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.project.files import Tree, discover
from djconnfix.settings.evaluate import Evaluation, evaluate

if TYPE_CHECKING:
    from pathlib import Path

PG = "django.db.backends.postgresql"
SQLITE = "django.db.backends.sqlite3"
URL_IS_PG = f"engine of DATABASE_URL == '{PG}'"
HEAD = f'import os\nPG = "{PG}"\nSQLITE = "{SQLITE}"\n'


def write_tree(root: Path, files: dict[str, str]) -> Tree:
    """Write files and return their tree."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return discover(root)


def evaluate_files(
    root: Path, files: dict[str, str], path: str = "settings.py", **versions: tuple[int, ...]
) -> Evaluation:
    """Evaluate one of several files; keyword arguments are versions of packages, with `_` for `-`."""
    named = {name.replace("_", "-"): version for name, version in versions.items()}
    return evaluate(write_tree(root, files), path, named)


def holds(condition: str, environment: dict[str, str]) -> bool:
    """Whether a condition in words holds in an environment; knows `X is set` and what is built of it.

    A URL in the environment is always one of PostgreSQL.
    """
    condition = condition.removesuffix(" (or not set)").removesuffix(" (and set)")
    if condition in (URL_IS_PG, URL_IS_PG.replace("==", "!=")):
        return condition == URL_IS_PG
    if "; or " in condition:
        return any(holds(part, environment) for part in condition.split("; or "))
    if " and " in condition:
        return all(holds(part, environment) for part in condition.split(" and "))
    if condition.endswith(" is not set"):
        return not environment.get(condition.removesuffix(" is not set"))
    assert condition.endswith(" is set"), condition
    return bool(environment.get(condition.removesuffix(" is set")))
