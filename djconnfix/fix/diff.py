"""Plans as unified diffs: masked for the screen, exact for a patch file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from djconnfix.fix.plan import Change, Plan

_CONTEXT = 3
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_NO_NEWLINE = "\\ No newline at end of file"
_RESET, _BOLD, _RED, _GREEN, _CYAN = "\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[36m"


def masked_diff(plan: Plan, *, color: bool = False) -> str:
    """Return the plan as a unified diff to be read, with every secret hidden and control characters escaped."""
    lines: list[str] = []
    for change in plan.changes:
        lines.extend(_masked_file(change))
    painted = (_painted(line) for line in lines) if color else lines
    return "".join(f"{line}\n" for line in painted)


def exact_patch(plan: Plan) -> bytes:
    """Return the plan as a patch that `git apply` takes, secrets and all: for its owner's eyes only."""
    return b"".join(_exact_file(change) for change in plan.changes)


def _masked_file(change: Change) -> Iterator[str]:
    from djconnfix.masking import mask

    old, new = change.source.text, _decoded(change)
    shown_old, shown_new = _split(mask(old)), _split(mask(new))
    name = _escaped(change.source.path)
    yield f"--- a/{name}"
    yield f"+++ b/{name}"
    for head, marks in _hunks(_split(old), _split(new)):
        yield head
        for mark, in_new, index in marks:
            shown = (shown_new if in_new else shown_old)[index]
            yield mark + _escaped(shown.rstrip("\r\n"))
            if not shown.endswith("\n"):
                yield _NO_NEWLINE


def _decoded(change: Change) -> str:
    body: bytes = change.new.removeprefix(b"\xef\xbb\xbf") if change.source.has_bom else change.new
    return body.decode(change.source.encoding)


def _exact_file(change: Change) -> bytes:
    encoding = "latin-1"  # every byte is a character and back
    old, new = change.source.data.decode(encoding), change.new.decode(encoding)
    pieces = [f"--- {_quoted('a/' + change.source.path)}\n", f"+++ {_quoted('b/' + change.source.path)}\n"]
    before, after = _split(old), _split(new)
    for head, marks in _hunks(before, after):
        pieces.append(f"{head}\n")
        for mark, in_new, index in marks:
            line = (after if in_new else before)[index]
            pieces.append(mark + line)
            if not line.endswith("\n"):
                pieces.append(f"\n{_NO_NEWLINE}\n")
    return "".join(pieces).encode(encoding)


def _split(text: str) -> list[str]:
    """Split after line feeds only, as patches do."""
    return _LINES.findall(text)


def _hunks(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, list[tuple[str, bool, int]]]]:
    """Yield each hunk's head and its lines: mark, whether the line is one of `after`, its index there."""
    from djconnfix.fix.comparison import grouped

    for group in grouped(before, after, _CONTEXT):
        old = _range(group[0][1], group[-1][2])
        new = _range(group[0][3], group[-1][4])
        marks: list[tuple[str, bool, int]] = []
        for tag, first, last, new_first, new_last in group:
            if tag == "equal":
                marks.extend((" ", False, index) for index in range(first, last))
                continue
            marks.extend(("-", False, index) for index in range(first, last))
            marks.extend(("+", True, index) for index in range(new_first, new_last))
        yield f"@@ -{old} +{new} @@", marks


def _range(start: int, stop: int) -> str:
    length = stop - start
    first = start + 1 if length else start
    return f"{first}" if length == 1 else f"{first},{length}"


def _escaped(text: str) -> str:
    """Make control characters visible, so that a file cannot steer the terminal."""
    return "".join(c if c == "\t" or c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _quoted(path: str) -> str:
    """Quote a path the way git does when it holds anything unusual; the result is in latin-1 characters."""
    raw = path.encode("utf-8", "surrogateescape")
    if all(0x20 < byte < 0x7F and byte not in b'"\\' for byte in raw):
        return path
    escapes = {0x22: '\\"', 0x5C: "\\\\", 0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r"}
    body = "".join(escapes.get(b) or (chr(b) if 0x20 <= b < 0x7F else f"\\{b:03o}") for b in raw)
    return f'"{body}"'


def _painted(line: str) -> str:
    for start, color in (("--- ", _BOLD), ("+++ ", _BOLD), ("@@", _CYAN), ("-", _RED), ("+", _GREEN)):
        if line.startswith(start):
            return f"{color}{line}{_RESET}"
    return line
