"""Apache configuration: mod_wsgi's daemon processes and script aliases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.facts import Server, Serving
from djconnfix.project.deployment.options import not_seen, number
from djconnfix.project.deployment.places import line_location

if TYPE_CHECKING:
    from djconnfix.project.deployment.model import Found

_DIRECTIVE = re.compile(
    r"^[ \t]*(WSGIDaemonProcess|WSGIScriptAlias(?:Match)?)\b((?:[^\r\n\\]|\\\r?\n|\\.)*)", re.MULTILINE | re.IGNORECASE
)
_OPTION = re.compile(r"([\w-]+)=(?:\"([^\"]*)\"|(\S+))")


def may_be(data: bytes) -> bool:
    """Whether bytes hold a mod_wsgi directive."""
    return b"WSGIDaemonProcess" in data or b"WSGIScriptAlias" in data


def read(found: Found) -> None:
    """Gather the servers of an Apache configuration (mod_wsgi: 1 process and 15 threads unless told otherwise)."""
    daemons = []
    aliases = []
    for match in _DIRECTIVE.finditer(found.source.text):
        if match[1].lower() != "wsgidaemonprocess":
            aliases.append(match)
            continue
        options = {name: quoted or plain for name, quoted, plain in _OPTION.findall(match[2])}
        processes, threads = options.get("processes"), options.get("threads")
        daemons.append(
            Server(
                Serving.WSGI,
                "mod_wsgi",
                line_location(found.source, match.start(1)),
                processes=number(processes) if processes else 1,
                threads=number(threads) if threads else 15,
                notes=not_seen("processes", processes) + not_seen("threads", threads),
            )
        )
    if not daemons and aliases:
        note = "without WSGIDaemonProcess, Apache's own processes and threads serve it"
        daemons.append(
            Server(Serving.WSGI, "mod_wsgi", line_location(found.source, aliases[0].start(1)), notes=(note,))
        )
    found.servers += daemons
