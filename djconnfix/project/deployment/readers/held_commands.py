"""Commands that a shell script keeps in a variable before it runs them: `CMD="gunicorn shop.wsgi"` … `exec $CMD`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.project.deployment import shell
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

_ASSIGNMENT = re.compile(
    r"^([ \t]*)(?:(?:declare|export|local|readonly)[ \t]+(?:-\w+[ \t]+)?)?([A-Za-z_]\w*)(\+?)=(\([^()]*\)|[^\r\n]*)",
    re.MULTILINE,
)
_REFERENCE = re.compile(r"""(?<![^\s"'])(["']?)\$(?:(\w+)|\{(\w+)(?:\[[@*]\])?\})\1(?=[\s;&|)]|$)""")
_FIRST = re.compile(r"[ \t]*([^ \t]*)")
# What only looks at a variable or sets another.
_NO_RUN = frozenset(
    {
        "[", "[[", "case", "declare", "echo", "elif", "export", "if", "local", "printf", "readonly", "set", "test",
        "unset", "until", "while",
    }
)  # fmt: skip
# A script for start and stop runs its program in each of its cases.
_NO_START = re.compile(r"(?<![\w-])(?:-?-?(?:check|help|kill|status|stop|version))(?!\w)")
_MAX = 16  # values of a variable: a script has a handful
_MAX_TEXT = 10_000  # characters of a value, which doubles when a variable is appended to itself


@dataclass(slots=True)
class Held:
    """One value of a variable: the text, where it stands, and how deep in branches."""

    text: str
    start: int
    end: int
    depth: int


def variables(text: str) -> dict[str, list[Held]]:
    """Return every value that a shell script gives a variable, appended text included, in the order they stand."""
    values: dict[str, list[Held]] = {}
    for match in _ASSIGNMENT.finditer(text):
        depth, known = len(match[1].expandtabs()), outermost(values)
        for name, value in _assigned(match[2], match[4], known).items():
            several, before = values.setdefault(name, []), known.get(name, "")
            if match[3]:
                _append(several, f"{' ' if match[4][:1] == '(' else ''}{value}", depth)
            elif before and value != before and value.startswith(before):
                _append(several, value[len(before) :], depth)
            elif len(several) < _MAX:
                several.append(Held(value, match.start(2), match.end(), depth))
    return values


def outermost(values: Mapping[str, Sequence[Held]]) -> dict[str, str]:
    """Return one value for each variable: the last of those that stand in the fewest branches."""
    return {
        name: min(reversed(several), key=lambda held: held.depth).text for name, several in values.items() if several
    }


def _assigned(name: str, value: str, known: Mapping[str, str]) -> Mapping[str, str]:
    """Return what an assignment sets, without quotes; nothing when words follow it (`A=b command`)."""
    if value.startswith("("):
        return {name: " ".join(value[1:-1].split())}
    commands = shell.parse(f"{name}={value}", known)
    return commands[0].assignments if len(commands) == 1 and not commands[0].words else {}


def _append(several: list[Held], more: str, depth: int) -> None:
    """Append to all values of deeper branches and to the last of this one; in a deeper branch it is another value."""
    if several and len(several) < _MAX and all(held.depth < depth for held in several):
        last = several[-1]
        several.append(Held(last.text + more, last.start, last.end, depth))
        return
    for held in reversed(several):
        if len(held.text) < _MAX_TEXT:
            held.text += more
        if held.depth <= depth:
            break


def held_commands(
    held: Mapping[str, Sequence[Held]], lines: Iterable[tuple[str, int, int]], programs: Collection[str]
) -> Iterator[tuple[str, int, int]]:
    """Yield the commands that name one of the programs and are run by way of a variable.

    Branches are all followed: each value that a variable may have is a command of its own, found where it is written
    and taken as it is run first.
    What is appended later belongs to all values of deeper branches, or to the last one of the same branch.

    Args:
        held: the values of a script's variables.
        lines: its logical lines with their positions.
        programs: names of programs that serve.
    """
    values = {
        name: [each for each in several if any(program in each.text for program in programs)]
        for name, several in held.items()
    }
    if not any(values.values()):
        return
    told: set[int] = set()
    for line, _, _ in lines:
        if "$" not in line or _NO_START.search(line) or _ASSIGNMENT.match(line) or _first_word(line) in _NO_RUN:
            continue
        for reference in _REFERENCE.finditer(line):
            for each in values.get(reference[2] or reference[3], ()):
                if each.start not in told:
                    told.add(each.start)
                    yield line[: reference.start()] + each.text + line[reference.end() :], each.start, each.end


def array_spans(text: str) -> list[tuple[int, int]]:
    """Return where arrays stand that go over several lines: their lines are no commands."""
    return [match.span(4) for match in _ASSIGNMENT.finditer(text) if match[4][:1] == "(" and "\n" in match[4]]


def _first_word(line: str) -> str:
    match = _FIRST.match(line)
    return match[1] if match else ""
