"""What commands call by name: which file of the tree is meant, and on which line a program is named."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from djconnfix.project.deployment.places import line_location

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from djconnfix.project.deployment.model import CommandLine
    from djconnfix.project.files import Tree
    from djconnfix.source import Location


def named_file(name: str, near: str, tree: Tree, names: Mapping[str, Sequence[str]]) -> str | None:
    """Return the file in the tree that a command means by a name, None when there is none or it is not clear.

    Absolute paths belong to the machine the project is deployed to: the file with the longest common tail is meant,
    and of several such files the one nearest to the command's.

    Args:
        name: as the command has it.
        near: the file that the command stands in.
        tree: the project's files.
        names: their paths by file name.
    """
    if name.startswith("python:"):
        name = name[7:].replace(".", "/") + ".py"
    name = name.removeprefix("file:").split("::")[0]
    if "$" in name:
        name = name.rsplit("}", 1)[-1].rsplit(")", 1)[-1]
    wanted = [part for part in posixpath.normpath(name.lstrip("/")).split("/") if part not in ("", ".", "..")]
    if not wanted:
        return None
    folder = posixpath.dirname(near)
    if not name.startswith("/"):
        for base in (folder, ""):
            path = posixpath.normpath(posixpath.join(base, name))
            if tree.exists(path):
                return path
    candidates = names.get(wanted[-1], ())
    if not candidates:
        return None
    ranked = sorted(
        candidates, key=lambda path: (-_common_tail(path.split("/"), wanted), -_common_head(path, near), len(path))
    )
    if len(ranked) > 1:
        first, second = ranked[:2]
        same_tail = _common_tail(first.split("/"), wanted) == _common_tail(second.split("/"), wanted)
        if same_tail and _common_head(first, near) == _common_head(second, near):
            return None
    return ranked[0]


def _common_tail(path: list[str], wanted: list[str]) -> int:
    count = 0
    for mine, theirs in zip(reversed(path), reversed(wanted), strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _common_head(one: str, other: str) -> int:
    count = 0
    for mine, theirs in zip(one.split("/")[:-1], other.split("/")[:-1], strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def locate(command: CommandLine, word: str, occurrence: int) -> Location:
    """Return the line in a command's stretch of its file on which a program is named for the n-th time."""
    source = command.source
    at = command.start
    pattern = re.compile(rf"(?<![\w.-]){re.escape(word)}(?![\w-])")
    matches = list(pattern.finditer(source.text, command.start, command.end))
    if matches:
        at = matches[min(occurrence, len(matches)) - 1].start()
    return line_location(source, at)
