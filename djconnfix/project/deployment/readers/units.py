"""systemd units, supervisor and circus programs: sections of `key = value` lines that name a command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.project.deployment import shell
from djconnfix.project.deployment.options import number
from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.project.deployment.model import Found

_KEY = re.compile(r"([A-Za-z_][\w.-]*)[ \t]*[=:][ \t]*(.*)\Z", re.DOTALL)
_SUPERVISOR_VARIABLE = re.compile(r"%\(ENV_(\w+)\)s")
_SUPERVISOR_NAME = re.compile(r"%\((\w+)\)[sd](?:\d*d)?")
_UNIT_PREFIX = re.compile(r"[-@:+!|]*")
_TEMPLATE = re.compile(r"\{%-?.*?-?%\}")
_COMMANDS = ("command", "cmd", "execstart")
_COUNTS = ("numprocs", "numprocesses")


@dataclass(slots=True)
class _Section:
    name: str = ""
    keys: list[tuple[str, str, int, int]] = field(default_factory=list)


def read_systemd(found: Found) -> None:
    """Gather a systemd unit's ExecStart commands under its Environment."""
    for section in _sections(found.source.text):
        environment: dict[str, str] = {}
        for key, value, _, _ in section.keys:
            if key == "environment":
                for command in shell.parse(_unquoted_assignments(value), {}):
                    environment.update(command.assignments)
        for key, value, start, end in section.keys:
            if key == "execstart":
                found.command(_UNIT_PREFIX.sub("", value, count=1).replace("%%", "%"), start, end, environment)


def read_supervisor(found: Found) -> None:
    """Gather the commands of supervisor's programs and circus' watchers."""
    for section in _sections(found.source.text):
        kind = section.name.partition(":")[0]
        if kind not in ("program", "fcgi-program", "watcher", "eventlistener"):
            continue
        values = {key: value for key, value, _, _ in section.keys}
        environment: dict[str, str] = {}
        for command in shell.parse(values.get("environment", "").replace(",", " "), {}):
            environment.update(command.assignments)
        count = next((number(values[key]) for key in _COUNTS if key in values), None)
        for key, value, start, end in section.keys:
            if key in _COMMANDS:
                text = f"{value} {values.get('args', '')}" if key == "cmd" else value
                text = _SUPERVISOR_VARIABLE.sub(r"${\1}", _TEMPLATE.sub(" ", text))
                text = _SUPERVISOR_NAME.sub(r"\1", text).replace("%%", "%")
                found.command(" ".join(text.split()), start, end, environment, count or 1)


def _sections(text: str) -> Iterator[_Section]:
    """Yield sections; a value goes on over lines that end in a backslash or begin with a blank."""
    current = _Section()
    position = 0
    open_value: tuple[str, list[str], int, int] | None = None

    def close() -> None:
        if open_value is not None:
            key, parts, start, end = open_value
            current.keys.append((key, "\n".join(parts).replace("\\\n", " "), start, end))

    for line in text.splitlines(keepends=True):
        start, position = position, position + len(line)
        body = line.rstrip("\r\n")
        stripped = body.strip()
        if stripped.startswith(("#", ";")):
            continue
        if open_value and (
            open_value[1][-1].endswith("\\") or (stripped and body[:1].isspace() and not _looks_like_key(stripped))
        ):
            open_value = (open_value[0], [*open_value[1], stripped], open_value[2], start + len(body))
        elif stripped.startswith("[") and stripped.endswith("]"):
            close()
            open_value = None
            yield current
            current = _Section(stripped[1:-1].strip().lower())
        elif match := _KEY.match(stripped):
            close()
            begin = start + body.index(stripped[0]) + match.start(2)
            open_value = (match[1].lower(), [match[2]], begin, start + len(body))
    close()
    yield current


def _looks_like_key(text: str) -> bool:
    return re.match(r"[a-z_]+[ \t]*=(?!=)", text) is not None and not text.startswith("--")


def _unquoted_assignments(value: str) -> str:
    """Return systemd's `"NAME=a b" OTHER=c` as a shell would write it."""
    return re.sub(r"([\"'])(\w+)=(.*?)\1", lambda match: f"{match[2]}={match[1]}{match[3]}{match[1]}", value)
