"""Running a settings module for real and holding what the evaluator said of it against the result."""

from __future__ import annotations

import os
import warnings
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from djconnfix.facts import MISSING, Options, State, Value
from tests.settings.support import holds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database
    from djconnfix.settings.evaluate import Evaluation

SECRETS = {"USER", "PASSWORD"}


def environments(variables: dict[str, str]) -> Iterator[dict[str, str]]:
    """Yield every combination of the variables being set or not."""
    for size in range(len(variables) + 1):
        for names in combinations(sorted(variables), size):
            yield {name: variables[name] for name in names}


def run(root: Path, path: str, environment: dict[str, str]) -> dict[str, object] | None:
    """Run a module written by the tests in an environment; None when it raises."""
    code = (root / path).read_text(encoding="utf-8")
    names: dict[str, object] = {"__file__": f"/{path}", "__name__": "settings"}
    with mock.patch.dict(os.environ, environment, clear=True), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(compile(code, path, "exec"), names)
        except Exception:
            return None
    return names


def disagreements(evaluation: Evaluation, names: dict[str, object], environment: dict[str, str]) -> list[str]:
    """Return where an evaluation says something else than running the module gave."""
    found: list[str] = []
    databases = names.get("DATABASES", {})
    assert isinstance(databases, dict)
    definitions: dict[str, list[Database]] = {}
    for each in evaluation.databases():
        if all(holds(condition, environment) for condition in each.conditions):
            definitions.setdefault(each.alias, []).append(each)
    for alias, real in databases.items():
        candidates = definitions.get(alias, [])
        if not real and not candidates:
            continue  # an empty dictionary that a helper made is no definition
        if len(candidates) != 1:
            found.append(f"{alias}: {len(candidates)} definitions hold, with {[c.conditions for c in candidates]}")
            continue
        found += [f"{alias}.{text}" for text in differences(candidates[0], real, environment)]
    found += [f"{alias}: defined, but not there" for alias in definitions if alias not in databases]
    return found


def differences(database: Database, real: dict[str, object], environment: dict[str, str]) -> Iterator[str]:
    if database.complete:
        known = set(database.settings) | ({"OPTIONS"} if database.options.location else set())
        doubtful = {key for key, value in database.settings.items() if _may_lack(value, environment)}
        if all(_may_lack(value, environment) for value in database.options.values.values()):
            doubtful.add("OPTIONS")
        if (known ^ set(real)) - doubtful:
            yield f" keys {sorted(known)} instead of {sorted(real)}"
    for key, value in database.settings.items():
        if key not in SECRETS and key in real and not _agrees(value, real[key], environment):
            yield f"{key}: {value.state.value} {value.value!r} instead of {real[key]!r}"
    options = real.get("OPTIONS")
    if isinstance(options, dict):
        yield from _options(database.options, options, environment)


def _options(options: Options, real: dict[str, object], environment: dict[str, str]) -> Iterator[str]:
    doubtful = {key for key, value in options.values.items() if _may_lack(value, environment)}
    if options.complete and (set(options.values) ^ set(real)) - doubtful:
        yield f"OPTIONS: keys {sorted(options.values)} instead of {sorted(real)}"
    for key, value in options.values.items():
        if isinstance(value, Options):
            inner = real.get(key)
            if isinstance(inner, dict):
                yield from _options(value, inner, environment)
            else:
                yield f"OPTIONS.{key}: a dictionary instead of {inner!r}"
        elif key in real and not _agrees(value, real[key], environment):
            yield f"OPTIONS.{key}: {value.state.value} {value.value!r} instead of {real[key]!r}"


def _may_lack(value: Value | Options, environment: dict[str, str]) -> bool:
    """Whether a key may be absent: it is out of sight, or was in the query of a URL that another one replaces."""
    if isinstance(value, Options) or value.state is not State.ENVIRONMENT:
        return isinstance(value, Value) and value.state is State.UNKNOWN
    return any(environment.get(name) for name in value.variable.split(", "))


def _agrees(value: Value, real: object, environment: dict[str, str]) -> bool:
    if value.state is State.UNKNOWN:
        return True
    if value.state is State.ENVIRONMENT:
        if any(environment.get(name) for name in value.variable.split(", ")):
            return True
        return value.value is not MISSING and _same(value.value, real)
    return _same(value.value, real)


def _same(said: object, real: object) -> bool:
    return str(said) == str(real) if isinstance(real, Path) else type(said) is type(real) and said == real


def insert_after(text: str, line: int, column: int, statement: str) -> str:
    """Return a text with a statement put after the one that ends in a line."""
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:line], " " * column + statement + "\n", *lines[line:]])


def wrong_anchors(evaluation: Evaluation, root: Path, text: str, variables: dict[str, str]) -> Iterator[str]:
    """Yield each anchor at which an assignment does not write exactly the definitions that it is said to write."""
    databases = evaluation.databases()
    seen: set[tuple[int, str]] = set()
    for database in databases:
        for rank, anchor in enumerate(evaluation.trace(database.key).anchors):
            if (id(anchor.after), anchor.target) in seen:
                continue
            seen.add((id(anchor.after), anchor.target))
            assert anchor.after.end_lineno is not None
            changed = insert_after(
                text, anchor.after.end_lineno, anchor.after.col_offset, f'{anchor.target}["CONN_MAX_AGE"] = 12345'
            )
            (root / "changed.py").write_text(changed, encoding="utf-8")
            for environment in environments(variables):
                before = run(root, "settings.py", environment)
                if before is None:
                    continue
                after = run(root, "changed.py", environment)
                where = f"{anchor.target} after line {anchor.after.lineno} (rank {rank}), {environment}"
                if after is None:
                    yield f"{where}: fails"
                    break
                written = {
                    alias
                    for alias, real in after["DATABASES"].items()  # type: ignore[attr-defined]
                    if isinstance(real, dict) and real.get("CONN_MAX_AGE") == 12345
                }
                shared = {
                    each.alias
                    for each in databases
                    if each.key in anchor.written("CONN_MAX_AGE")
                    and all(holds(condition, environment) for condition in each.conditions)
                }
                if written != shared:
                    yield f"{where}: writes {sorted(written)}, said {sorted(shared)}"
                    break
