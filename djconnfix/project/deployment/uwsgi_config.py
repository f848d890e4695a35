"""uWSGI's configuration files: ini, and the yaml and xml that carry the same options."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.project.deployment.programs.uwsgi import from_options
from djconnfix.source import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.project.deployment.programs.draft import Draft
    from djconnfix.source import SourceFile

_SECTION = re.compile(rb"^(?:\xef\xbb\xbf)?[ \t]*\[uwsgi(?::[^\]\n]*)?\]|^uwsgi:|<uwsgi\b", re.MULTILINE)
_INI_OPTION = re.compile(r"([A-Za-z][\w-]*)\s*(?:=\s*(.*))?\Z")
_XML_OPTION = re.compile(r"<([a-z][\w-]*)(?:\s*/>|>([^<]*)</\1>)", re.IGNORECASE)
_TELLING = (
    "processes",
    "workers",
    "threads",
    "gevent",
    "module",
    "wsgi-file",
    "wsgi",
    "master",
    "socket",
    "http",
    "http-socket",
)


def may_be(data: bytes) -> bool:
    """Whether bytes hold a uwsgi section."""
    return b"uwsgi" in data and _SECTION.search(data) is not None


def read(source: SourceFile) -> tuple[Draft, int] | None:
    """Return what a uWSGI configuration file says and its most telling line, None when it has no uwsgi section.

    Placeholders (`$(PORT)`, `${N}`, `@(file)`) are noted, not resolved; `%(name)` is when the file sets it.

    Raises:
        UnreadableError: its bytes are no text.
    """
    options = list(_options(source))
    if not options:
        return None
    draft = from_options(_resolved([(name, value) for name, value, _ in options]))
    if not any(name in _TELLING for name, _, _ in options):
        return None
    line = next((line for wanted in _TELLING for name, _, line in options if name == wanted), options[0][2])
    return draft, line


def _options(source: SourceFile) -> Iterator[tuple[str, str, int]]:
    text = source.text
    head = text.lstrip()[:200]
    if source.path.endswith(".xml") or head.startswith(("<?xml", "<uwsgi")):
        for match in _XML_OPTION.finditer(text):
            yield match[1].lower(), (match[2] or "").strip(), source.position(match.start())[0]
        return
    is_yaml = source.path.endswith((".yaml", ".yml"))
    inside = False
    for line, raw in enumerate(lines_of(text), 1):
        stripped = raw.strip()
        if not stripped or stripped.startswith(("#", ";")):
            continue
        if is_yaml:
            if not raw[:1].isspace():
                inside = stripped.rstrip().startswith("uwsgi:")
            elif inside:
                name, colon, value = stripped.lstrip("- ").partition(":")
                if colon:
                    yield name.strip().replace("_", "-"), value.split(" #")[0].strip().strip("\"'"), line
        elif stripped.startswith("["):
            inside = stripped.startswith("[uwsgi")
        elif inside and (option := _INI_OPTION.match(stripped)):
            yield option[1].replace("_", "-"), (option[2] or "").split(" ;")[0].strip().strip("\"'"), line


def _resolved(pairs: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    known = dict(pairs)
    for name, value in pairs:
        match = re.fullmatch(r"%\(([\w-]+)\)", value)
        if match and match[1] in known and known[match[1]] != value:
            yield name, known[match[1]]
        else:
            yield name, value.replace("%(", "$(") if "%(" in value else value
