"""hypercorn's configuration file: TOML, or Python that is read with `ast` as gunicorn's is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.project.deployment import gunicorn_config
from djconnfix.project.deployment.options import not_seen, number
from djconnfix.project.deployment.programs.draft import Draft
from djconnfix.records import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djconnfix.source import SourceFile

_WORKERS = re.compile(r"^[ \t]*workers[ \t]*=[ \t]*([^\s#]+)", re.MULTILINE)
_SECTION = re.compile(r"^[ \t]*\[[^\]=\n]+\][ \t]*$", re.MULTILINE)


def read(source: SourceFile, environment: Mapping[str, str]) -> Draft | None:
    """Return what a configuration file says, None when it is Python that sets nothing of a server's.

    Args:
        source: the file.
        environment: variables known to be set where it is used.

    Raises:
        UnreadableError: it is not Python that can be parsed, or its bytes are no text.
    """
    if source.path.endswith(".py"):
        found = gunicorn_config.read(source, environment)
        if found is None:
            return None
        draft = found[0]
        return Draft("hypercorn", processes=draft.processes, notes=draft.notes, unseen=draft.unseen & {"processes"})
    head = _SECTION.split(source.text, maxsplit=1)[0]
    match = _WORKERS.search(head)
    text = match[1].strip("\"'") if match else None
    unseen = frozenset({"processes"}) if text is not None and number(text) is None else frozenset[str]()
    return Draft("hypercorn", processes=number(text), notes=not_seen("workers", text), unseen=unseen)


def finish(draft: Draft) -> Draft:
    """Return a draft with hypercorn's own default, one process."""
    if draft.processes is None and "processes" not in draft.unseen:
        return replace(draft, processes=1)
    return draft
