"""uvicorn, hypercorn, daphne and granian."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Serving
from djconnfix.project.deployment.options import Arguments, not_seen, number, parse
from djconnfix.project.deployment.programs.draft import Draft, application, is_asgi_name
from djconnfix.project.deployment.shell import unseen
from djconnfix.records import replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_UVICORN_FLAGS = frozenset(
    {
        "--access-log", "--date-header", "--factory", "--no-access-log", "--no-date-header", "--no-proxy-headers",
        "--no-server-header", "--no-use-colors", "--proxy-headers", "--reload", "--server-header", "--use-colors",
    }
)  # fmt: skip
_HYPERCORN_FLAGS = frozenset({"--debug", "--reload"})
_DAPHNE_FLAGS = frozenset({"--no-server-name", "--proxy-headers"})
_GRANIAN_FLAGS = frozenset(
    {"--access-log", "--factory", "--log", "--no-access-log", "--no-log", "--no-reload", "--no-ws", "--reload",
     "--respawn-failed-workers", "--no-respawn-failed-workers", "--ws", "--workers-kill-timeout-", "--working-dir-"}
)  # fmt: skip


def uvicorn(words: Sequence[str], environment: Mapping[str, str]) -> Draft | None:
    """Return what a uvicorn command says (https://www.uvicorn.org/settings/)."""
    arguments = parse(words, _UVICORN_FLAGS)
    workers = arguments.get("--workers") or environment.get("UVICORN_WORKERS") or environment.get("WEB_CONCURRENCY")
    interface = arguments.get("--interface")
    kind = Serving.WSGI if interface == "wsgi" else Serving.ASGI
    return _draft("uvicorn", arguments, workers, kind)


def hypercorn(words: Sequence[str], environment: Mapping[str, str]) -> Draft | None:
    """Return what a hypercorn command says (https://hypercorn.readthedocs.io, "Configuring")."""
    arguments = parse(words, _HYPERCORN_FLAGS, {"-w": "--workers", "-k": "--worker-class", "-c": "--config"})
    given = arguments.positional
    is_wsgi = any(word.startswith("wsgi:") for word in given)
    arguments = replace(arguments, positional=tuple(word.removeprefix("wsgi:").removeprefix("asgi:") for word in given))
    draft = _draft("hypercorn", arguments, arguments.get("--workers"), Serving.WSGI if is_wsgi else Serving.ASGI)
    if draft is None:
        return None
    config, said = arguments.get("--config"), arguments.has("--workers")
    processes = draft.processes if said or not config else None  # the file's
    return replace(draft, processes=processes, config=(config,) if config else (), config_kind="hypercorn")


def daphne(words: Sequence[str], environment: Mapping[str, str]) -> Draft | None:
    """Return what a daphne command says: one process, always ASGI."""
    arguments = parse(words, _DAPHNE_FLAGS)
    return _draft("daphne", arguments, None, Serving.ASGI)


def granian(words: Sequence[str], environment: Mapping[str, str]) -> Draft | None:
    """Return what a granian command says; its options may come from `GRANIAN_*` variables."""
    arguments = parse(words, _GRANIAN_FLAGS)
    interface = arguments.get("--interface") or environment.get("GRANIAN_INTERFACE", "")
    workers = arguments.get("--workers") or environment.get("GRANIAN_WORKERS")
    threads = arguments.get("--blocking-threads") or environment.get("GRANIAN_BLOCKING_THREADS")
    if interface.startswith("asgi"):
        kind = Serving.ASGI
    elif interface == "wsgi":
        kind = Serving.WSGI
    else:  # RSGI is granian's default, which Django does not speak
        app = next(iter(arguments.positional), "")
        kind = Serving.ASGI if is_asgi_name(app) else Serving.UNKNOWN
    draft = _draft("granian", arguments, workers, kind)
    if draft is None:
        return None
    if kind is Serving.UNKNOWN:
        draft = replace(draft, notes=(*draft.notes, "granian's interface cannot be seen"))
    if kind is Serving.WSGI:
        draft = replace(
            draft, threads=number(threads) if threads else 1, notes=draft.notes + not_seen("threads", threads)
        )
    return draft


def _draft(program: str, arguments: Arguments, workers: str | None, kind: Serving) -> Draft | None:
    named = next((word for word in arguments.positional if application(word) or unseen(word)), None)
    if arguments.has("--version", "--help", "-h") or (named is None and not arguments.hidden):
        return None
    notes = not_seen("workers", workers)
    if arguments.hidden:
        notes += (f"arguments in {arguments.hidden[0]} cannot be seen",)
    return Draft(
        program,
        kind=kind,
        processes=number(workers) if workers else 1,
        application=application(named),
        development=arguments.has("--reload"),
        notes=notes,
    )
