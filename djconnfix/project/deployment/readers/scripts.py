"""Shell scripts and Makefiles: every line that starts a server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.project.deployment import shell
from djconnfix.project.deployment.wrappers import SERVER_PROGRAMS

if TYPE_CHECKING:
    from djconnfix.project.deployment.model import Found

_LOGICAL_LINE = re.compile(r"(?:[^\\\r\n]|\\\r?\n|\\.)+")
_ASSIGNMENT = re.compile(r"^[ \t]*(?:export[ \t]+|readonly[ \t]+|local[ \t]+)?([A-Za-z_]\w*)=([^\r\n]*)$", re.MULTILINE)
_MAKE_VARIABLE = re.compile(r"^([A-Za-z_]\w*)[ \t]*(?:\?|:|::)?=[ \t]*([^\r\n]*)$", re.MULTILINE)
_MAKE_REFERENCE = re.compile(r"\$[({](\w+)[)}]")
_PREFIX = re.compile(r"[ \t]*[-@+]*[ \t]*")
_SHEBANG = re.compile(rb"#![^\n]*\b(?:ba|da|a|k|z)?sh\b|#![^\n]*\bwith-contenv\b|#![^\n]*\bexeclineb\b")
_HEREDOC = re.compile(r"<<-?[ \t]*([\"']?)(\w+)\1[^\n]*\n(?:(?![ \t]*\2[ \t]*\r?$)[^\n]*\n)*", re.MULTILINE)
_WORDS = tuple(sorted({p.encode() for p in SERVER_PROGRAMS if p != "rq"} | {b"rq worker", b"-m waitress"}))


def is_shell(data: bytes) -> bool:
    """Whether a file without a suffix is a shell script."""
    return _SHEBANG.match(data) is not None


def mentions_server(data: bytes) -> bool:
    """Whether any server program is named."""
    return any(word in data for word in _WORDS)


def read(found: Found) -> None:
    """Gather a shell script's commands, in the order they stand, whatever the branches."""
    text = found.source.text
    environment: dict[str, str] = {}
    for match in _ASSIGNMENT.finditer(text):
        commands = shell.parse(f"{match[1]}={match[2]}", environment)
        if len(commands) == 1 and not commands[0].words:
            environment.update(commands[0].assignments)
    for line in _logical_lines(text):
        if ".sh" in line[0] or "-m waitress" in line[0] or any(program in line[0] for program in SERVER_PROGRAMS):
            found.command(line[0], line[1], line[2], environment)


def read_makefile(found: Found) -> None:
    """Gather the commands of a Makefile's recipes."""
    text = found.source.text
    environment = {match[1]: match[2].strip() for match in _MAKE_VARIABLE.finditer(text)}
    for line, start, end in _logical_lines(text):
        if line.startswith("\t") and any(program in line for program in SERVER_PROGRAMS):
            command = _MAKE_REFERENCE.sub(lambda m: environment.get(m[1], f"${{{m[1]}}}"), line)
            found.command(_PREFIX.sub("", command, count=1).replace("$$", "$"), start, end)


def _logical_lines(text: str) -> list[tuple[str, int, int]]:
    documents = [(match.start(), match.end()) for match in _HEREDOC.finditer(text)] if "<<" in text else []
    lines = [(match[0], match.start(), match.end()) for match in _LOGICAL_LINE.finditer(text)]
    return [line for line in lines if not any(start < line[1] < end for start, end in documents)]
