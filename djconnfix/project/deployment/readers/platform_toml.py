"""TOML files of platforms: fly.toml, railway.toml, nixpacks.toml."""

from __future__ import annotations

import re
from bisect import bisect
from typing import TYPE_CHECKING

from djconnfix.project.deployment.options import number

if TYPE_CHECKING:
    from djconnfix.project.deployment.model import Found

_SECTION = re.compile(r"^[ \t]*\[+([^\]\r\n]+)\]+", re.MULTILINE)
_STRING = (
    r"\"\"\"(?P<long>.*?)\"\"\"|'''(?P<longraw>.*?)'''"
    r"|\"(?P<basic>(?:[^\"\\\n]|\\.)*)\"|'(?P<raw>[^'\n]*)'|(?P<list>\[[^\]]*\])"
)
_ENTRY = re.compile(rf"^[ \t]*[\"']?(?P<key>[\w.-]+)[\"']?[ \t]*=[ \t]*(?:{_STRING})", re.MULTILINE | re.DOTALL)
_COUNT = re.compile(r"^[ \t]*numReplicas[ \t]*=[ \t]*(\d+)", re.MULTILINE)
_WORD = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'([^']*)'")
_COMMAND_KEYS = ("startCommand", "cmd", "start", "entrypoint", "cmds")


def read(found: Found) -> None:
    """Gather start commands with the `[env]` they run under."""
    import shlex

    text = found.source.text
    sections = [(match.start(), match[1].strip()) for match in _SECTION.finditer(text)]
    starts = [start for start, _ in sections]
    entries = []
    environment: dict[str, str] = {}
    for match in _ENTRY.finditer(text):
        index = bisect(starts, match.start())
        section = sections[index - 1][1] if index else ""
        value = next((match[name] for name in ("long", "longraw", "raw") if match[name] is not None), None)
        if value is None and match["basic"] is not None:
            value = match["basic"].replace('\\"', '"').replace("\\\\", "\\")
        if value is None:
            value = " ".join(shlex.quote(a or b) for a, b in _WORD.findall(match["list"] or ""))
        if section in ("env", "variables"):
            environment[match["key"]] = value
        elif section == "processes" or match["key"] in _COMMAND_KEYS:
            entries.append((value, match.start(), match.end()))
    count = _COUNT.search(text)
    for value, start, end in entries:
        found.command(value, start, end, environment, (number(count[1]) if count else None) or 1)
