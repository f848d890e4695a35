"""What the application or worker class that a command names is, where the tree holds its source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.facts import Serving
from djconnfix.project.deployment.programs.draft import is_green
from djconnfix.records import replace
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from djconnfix.project.deployment.programs.draft import Draft
    from djconnfix.project.files import Tree

    Find = Callable[[str, str], str | None]

_OTHER_FRAMEWORKS = (
    b"Flask(",
    b"FastAPI(",
    b"Starlette(",
    b"Sanic(",
    b"Quart(",
    b"Bottle(",
    b"falcon.",
    b"aiohttp",
    b"dash.Dash(",
)
_SYNC_BASES = ("SyncWorker", "ThreadWorker", "sync.", "gthread.")


def is_other_framework(tree: Tree, find: Find, application: str, near: str) -> bool:
    """Whether an application is proven to be no Django: its module lies in the tree and makes another framework's.

    Args:
        tree: the project's files.
        find: finds the file that a name means, near another.
        application: as a command names it (`app:app`, `service/wsgi.py`).
        near: the file that names it.
    """
    module = application.partition(":")[0]
    if not module:
        return False
    path = find(module if module.endswith(".py") else f"{module.replace('.', '/')}.py", near)
    if path is None:
        return False
    try:
        data = tree.read_bytes(path)
    except UnreadableError:
        return False
    return b"django" not in data.lower() and any(word in data for word in _OTHER_FRAMEWORKS)


def with_worker_class(tree: Tree, find: Find, draft: Draft, near: str) -> Draft:
    """Return a gunicorn draft with what the base classes of the project's own worker class say of it."""
    dotted = draft.worker_class or ""
    if draft.kind is not Serving.UNKNOWN or "." not in dotted:
        return draft
    module, _, name = dotted.rpartition(".")
    path = find(f"{module.replace('.', '/')}.py", near)
    if path is None:
        return draft
    try:
        source = tree.read_bytes(path).decode("utf-8", "replace")
    except UnreadableError:
        return draft
    match = re.search(rf"^class[ \t]+{re.escape(name)}\(([^)]{{1,300}})\)", source, re.MULTILINE)
    bases = match[1] if match else ""
    notes = tuple(note for note in draft.notes if dotted not in note)
    if "uvicorn" in bases.lower() or "asgi" in bases.lower():
        return replace(draft, kind=Serving.ASGI, notes=notes)
    if is_green(bases):
        return replace(draft, kind=Serving.WSGI, greenlets=True, threads=1, notes=notes)
    if any(base in bases for base in _SYNC_BASES):
        return replace(draft, kind=Serving.WSGI, notes=notes)
    return draft
