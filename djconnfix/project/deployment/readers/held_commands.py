"""Commands that a shell script keeps in a variable before it runs them: `CMD="gunicorn shop.wsgi"` … `exec $CMD`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from djconnfix.project.deployment import shell

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_ASSIGNMENT = re.compile(
    r"^([ \t]*)(?:(?:declare|export|local|readonly)[ \t]+(?:-\w+[ \t]+)?)?([A-Za-z_]\w*)(\+?)=(\([^()]*\)|[^\r\n]*)",
    re.MULTILINE,
)
_REFERENCE = re.compile(r"""(?<![^\s"'])(["']?)\$(?:(\w+)|\{(\w+)(?:\[[@*]\])?\})\1(?=[\s;&|)]|$)""")
_FIRST = re.compile(r"[ \t]*([^ \t]*)")
# What only looks at a variable or sets another.
_NO_RUN = frozenset(
    {
        "[",
        "[[",
        "case",
        "declare",
        "echo",
        "elif",
        "export",
        "if",
        "local",
        "printf",
        "readonly",
        "set",
        "test",
        "until",
    }
    | {"unset", "while"}
)
_MAX = 16  # values of a variable, and lines that run it: a script has a handful


@dataclass(slots=True)
class _Held:
    """One value of a variable: the text, where it stands, and how deep in branches."""

    text: str
    start: int
    end: int
    depth: int


def held_commands(
    text: str, lines: Iterable[tuple[str, int, int]], programs: Collection[str]
) -> Iterator[tuple[str, int, int]]:
    """Yield the commands that name one of the programs and are run by way of a variable.

    Branches are all followed: each value that a variable may have is a command of its own, found where it is written.
    What is appended later belongs to all values of deeper branches, or to the last one of the same branch.

    Args:
        text: a shell script.
        lines: its logical lines with their positions.
        programs: names of programs that serve.
    """
    values = {
        name: [held for held in several if any(program in held.text for program in programs)]
        for name, several in _values(text).items()
    }
    if not any(values.values()):
        return
    runs = 0
    for line, _, _ in lines:
        if "$" not in line or _ASSIGNMENT.match(line) or _first_word(line) in _NO_RUN:
            continue
        for reference in _REFERENCE.finditer(line):
            for held in values.get(reference[2] or reference[3], ())[:_MAX]:
                runs += 1
                if runs <= _MAX:
                    yield line[: reference.start()] + held.text + line[reference.end() :], held.start, held.end


def array_spans(text: str) -> list[tuple[int, int]]:
    """Return where arrays stand that go over several lines: their lines are no commands."""
    return [match.span(4) for match in _ASSIGNMENT.finditer(text) if match[4][:1] == "(" and "\n" in match[4]]


def _first_word(line: str) -> str:
    match = _FIRST.match(line)
    return match[1] if match else ""


def _values(text: str) -> dict[str, list[_Held]]:
    """Return every value of every variable, appended text included, in the order they stand."""
    values: dict[str, list[_Held]] = {}
    for match in _ASSIGNMENT.finditer(text):
        name, depth = match[2], len(match[1].expandtabs())
        value = _plain(match[4], values)
        if value is None:
            continue
        several = values.setdefault(name, [])
        before = several[-1].text if several else ""
        if match[3]:
            _append(several, f"{'' if match[4][:1] != '(' else ' '}{value}", depth)
        elif before and value.startswith(before) and value != before:
            _append(several, value[len(before) :], depth)
        elif len(several) < _MAX:
            several.append(_Held(value, match.start(2), match.end(), depth))
    return values


def _append(several: list[_Held], more: str, depth: int) -> None:
    for held in reversed(several):
        held.text += more
        if held.depth <= depth:
            break


def _plain(value: str, values: dict[str, list[_Held]]) -> str | None:
    """Return the text of a value without its quotes, None when words follow it (`A=b command`)."""
    if value.startswith("("):
        return " ".join(value[1:-1].split())
    known = {name: several[-1].text for name, several in values.items() if several}
    commands = shell.parse(f"held={value}", known)
    if len(commands) != 1 or commands[0].words:
        return None
    return commands[0].assignments.get("held")
