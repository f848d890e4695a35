"""pyproject.toml, Pipfile, setup.cfg and setup.py."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from djconnfix.project.requirement_files.entries import (
    Entry,
    Purpose,
    Reading,
    floor_of,
    line_at,
    normalised,
    requirement,
)
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.source import SourceFile

_DEVELOPMENT_GROUP = re.compile(
    r"(?:^|[-_.])(?:all-)?(?:dev|develop|development|test|tests|testing|lint|linting|docs?|documentation|typing|types|ci|qa|check|checks|mypy|pre-?commit|tools?|bench\w*)(?:$|[-_.\d])",
    re.IGNORECASE,
)
_SECTION = re.compile(r"^\[([^\]\r\n]+)\]", re.MULTILINE)
_TOML_LINE = re.compile(r"at line (\d+)")


def is_development_group(name: str) -> bool:
    """Whether the name of a dependency group or extra says that production does without it."""
    return _DEVELOPMENT_GROUP.search(name) is not None


def read_toml(source: SourceFile, purpose: Purpose) -> Reading:
    """Return what a pyproject.toml (PEP 621, PEP 735, poetry, hatch, uv) or a Pipfile asks for.

    Raises:
        UnreadableError: it is no TOML.
    """
    from djconnfix._compat import tomllib

    try:
        data = tomllib.loads(source.text)
    except (ValueError, RecursionError, MemoryError) as error:
        match = _TOML_LINE.search(str(error))
        raise UnreadableError(source.path, int(match[1]) if match else 0, "is not TOML that can be parsed") from None
    reading = Reading()
    for text, kind in _pep_lists(data, purpose):
        entry = requirement(text, line_at(source, _find(source, text)), kind)
        if entry is not None:
            reading.entries.append(entry)
    for table, kind in _poetry_tables(data, purpose):
        for name, wanted in table.items():
            entry = _poetry_entry(source, name, wanted, kind)
            if entry is not None:
                reading.entries.append(entry)
    return reading


def _pep_lists(data: dict[str, Any], purpose: Purpose) -> Iterator[tuple[str, Purpose]]:
    project = _table(data, "project")
    yield from ((text, purpose) for text in _strings(project.get("dependencies")))
    groups = {
        **_table(project, "optional-dependencies"),
        **{f"{name}": value for name, value in _table(data, "dependency-groups").items()},
    }
    for name, values in groups.items():
        kind = Purpose.DEVELOPMENT if is_development_group(name) else purpose
        yield from ((text, kind) for text in _strings(values))
    tool = _table(data, "tool")
    for path in (("uv", "dev-dependencies"), ("pdm", "dev-dependencies")):
        found: Any = tool
        for part in path:
            found = found.get(part) if isinstance(found, dict) else None
        lists = found.values() if isinstance(found, dict) else [found]
        for values in lists:
            yield from ((text, Purpose.DEVELOPMENT) for text in _strings(values))


def _poetry_tables(data: dict[str, Any], purpose: Purpose) -> Iterator[tuple[dict[str, Any], Purpose]]:
    poetry = _table(_table(data, "tool"), "poetry")
    yield _table(poetry, "dependencies"), purpose
    yield _table(poetry, "dev-dependencies"), Purpose.DEVELOPMENT
    for name, group in _table(poetry, "group").items():
        if isinstance(group, dict):
            yield _table(group, "dependencies"), Purpose.DEVELOPMENT if is_development_group(name) else purpose
    yield _table(data, "packages"), purpose  # a Pipfile's
    yield _table(data, "dev-packages"), Purpose.DEVELOPMENT


def _poetry_entry(source: SourceFile, name: str, wanted: Any, purpose: Purpose) -> Entry | None:
    if name == "python":
        return None
    choices = wanted if isinstance(wanted, list) else [wanted]
    specifiers: list[str] = []
    extras: set[str] = set()
    for choice in choices:
        if isinstance(choice, dict):
            extras.update(text.lower() for text in _strings(choice.get("extras")))
            version = choice.get("version")
            specifiers.append(
                version if isinstance(version, str) else str(choice.get("tag") or choice.get("rev") or "*")
            )
        else:
            specifiers.append(str(choice))
    floor, exact = floor_of("||".join(specifiers)) if specifiers else ((), False)
    if any(re.fullmatch(r"[0-9a-f]{7,40}", specifier) for specifier in specifiers):
        floor, exact = (), False  # a commit
    match = re.search(rf"^[ \t]*[\"']?{re.escape(name)}[\"']?[ \t]*=|\.{re.escape(name)}\]", source.text, re.MULTILINE)
    return Entry(
        normalised(name), floor, exact, frozenset(extras), line_at(source, match.start() if match else 0), purpose
    )


def read_setup_cfg(source: SourceFile, purpose: Purpose) -> Reading:
    """Return what a setup.cfg's install_requires and extras ask for."""
    reading = Reading()
    section = key = ""
    position = 0
    for line in source.text.splitlines(keepends=True):
        body = line.strip()
        if body.startswith("["):
            section, key = body.strip("[]").strip(), ""
        elif body and not body.startswith(("#", ";")):
            value = body
            if not line[:1].isspace() and "=" in body:
                key, _, value = (part.strip() for part in body.partition("="))
            kind = _setup_cfg_purpose(section, key, purpose)
            if kind is not None and (entry := requirement(value, line_at(source, position), kind)):
                reading.entries.append(entry)
        position += len(line)
    return reading


def _setup_cfg_purpose(section: str, key: str, purpose: Purpose) -> Purpose | None:
    if section == "options" and key == "install_requires":
        return purpose
    if section == "options" and key == "tests_require":
        return Purpose.DEVELOPMENT
    if section == "options.extras_require":
        return Purpose.DEVELOPMENT if is_development_group(key) else purpose
    return None


def read_setup_py(source: SourceFile, purpose: Purpose) -> Reading:
    """Return the literal requirements in a setup.py: in its call of `setup` and in the names that call uses."""
    import ast

    reading = Reading()
    names: dict[str, ast.expr] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            names[node.targets[0].id] = node.value
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call) or getattr(node.func, "id", getattr(node.func, "attr", "")) != "setup":
            continue
        for keyword in node.keywords:
            if keyword.arg in ("install_requires", "tests_require", "extras_require"):
                value = keyword.value
                if isinstance(value, ast.Name):
                    value = names.get(value.id, value)
                for text, kind in _literals(value, keyword.arg, purpose):
                    entry = requirement(str(text.value), source.node_location(text), kind)
                    if entry is not None:
                        reading.entries.append(entry)
    return reading


def _literals(node: Any, keyword: str, purpose: Purpose) -> Iterator[tuple[Any, Purpose]]:
    import ast

    if keyword == "tests_require":
        purpose = Purpose.DEVELOPMENT
    if isinstance(node, ast.Dict):
        for name, values in zip(node.keys, node.values, strict=True):
            group = name.value if isinstance(name, ast.Constant) else ""
            yield from _literals(values, "", Purpose.DEVELOPMENT if is_development_group(str(group)) else purpose)
    elif isinstance(node, (ast.List, ast.Tuple)):
        for item in node.elts:
            if isinstance(item, ast.Constant) and isinstance(item.value, str):
                yield item, purpose
    elif isinstance(node, ast.BinOp):
        yield from _literals(node.left, "", purpose)
        yield from _literals(node.right, "", purpose)


def _table(data: Any, name: str) -> dict[str, Any]:
    found = data.get(name) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _strings(values: Any) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def _find(source: SourceFile, text: str) -> int:
    for quoted in (f'"{text}"', f"'{text}'", text):
        at = source.text.find(quoted)
        if at >= 0:
            return at
    return max(source.text.find(text.split(";", maxsplit=1)[0].strip()), 0)
