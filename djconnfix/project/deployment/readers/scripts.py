"""Shell scripts and Makefiles: every line that starts a server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.project.deployment.readers.held_commands import array_spans, held_commands, outermost, variables
from djconnfix.project.deployment.wrappers import SERVER_PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djconnfix.project.deployment.model import Found

_LOGICAL_LINE = re.compile(r"(?:[^\\\r\n]|\\\r?\n|\\.)+")
_MAKE_VARIABLE = re.compile(r"^([A-Za-z_]\w*)[ \t]*(?:\?|:|::)?=[ \t]*([^\r\n]*)$", re.MULTILINE)
_MAKE_REFERENCE = re.compile(r"\$[({](\w+)[)}]")
_SET = re.compile(r"[ \t]*set[ \t]+--[ \t]+")  # it replaces the arguments, which `exec "$@"` then runs
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
    held = variables(text)
    environment = outermost(held)
    lines = _logical_lines(text, array_spans(text) if "=(" in text else [])
    for line in lines:
        if ".sh" in line[0] or "-m waitress" in line[0] or any(program in line[0] for program in SERVER_PROGRAMS):
            begin = _SET.match(line[0])
            becomes_arguments = begin and "$@" not in line[0] and '"$@"' in text[line[2] :]
            found.command(
                line[0][begin.end() :] if begin and becomes_arguments else line[0], line[1], line[2], environment
            )
    for command, start, end in held_commands(held, lines, SERVER_PROGRAMS):
        found.command(command, start, end, environment)


def read_makefile(found: Found) -> None:
    """Gather the commands of a Makefile's recipes."""
    text = found.source.text
    environment = {match[1]: match[2].strip() for match in _MAKE_VARIABLE.finditer(text)}
    for line, start, end in _logical_lines(text):
        if line.startswith("\t") and any(program in line for program in SERVER_PROGRAMS):
            command = _MAKE_REFERENCE.sub(lambda m: environment.get(m[1], f"${{{m[1]}}}"), line)
            found.command(_PREFIX.sub("", command, count=1).replace("$$", "$"), start, end)


def _logical_lines(text: str, arrays: Sequence[tuple[int, int]] = ()) -> list[tuple[str, int, int]]:
    """Return the lines that hold commands, with their positions: none of here-documents and of arrays."""
    documents = [(match.start(), match.end()) for match in _HEREDOC.finditer(text)] if "<<" in text else []
    documents += arrays
    lines = [(match[0], match.start(), match.end()) for match in _LOGICAL_LINE.finditer(text)]
    return [line for line in lines if not any(start < line[1] < end for start, end in documents)]
