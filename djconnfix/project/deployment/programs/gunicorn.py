"""gunicorn: options, environment and worker classes (https://gunicorn.org/reference/settings/)."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from djconnfix.facts import Serving
from djconnfix.project.deployment.options import Arguments, not_seen, number, parse
from djconnfix.project.deployment.programs.draft import Draft, application, is_asgi_name, is_green, settings_module
from djconnfix.project.deployment.shell import unseen
from djconnfix.records import replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FLAGS = frozenset(
    {
        "--capture-output", "--check-config", "--daemon", "--disable-redirect-access-to-syslog",
        "--enable-stdio-inheritance", "--initgroups", "--log-syslog", "--no-sendfile", "--no-use-sendfile",
        "--permit-obsolete-folding", "--preload", "--print-config", "--proxy-protocol", "--reload", "--reuse-port",
        "--spew", "--statsd-dogstatsd", "--strip-header-spaces", "--suppress-ragged-eofs",
        "--do-handshake-on-connect", "-D", "-R", "-h", "-v",
    }
)  # fmt: skip
_ALIASES = {
    "-c": "--config", "-k": "--worker-class", "-w": "--workers", "-b": "--bind", "-t": "--timeout", "-e": "--env",
    "-n": "--name", "-p": "--pid", "-u": "--user", "-g": "--group", "-m": "--umask", "--thread": "--threads",
    "--worker-class-": "--worker-class",
}  # fmt: skip
_ASGI_WORKERS = ("uvicornworker", "uvicornh11worker", "uvicorn_worker", "uvicorn.workers", "asgi", "asgiworker")


def read(words: Sequence[str], environment: Mapping[str, str]) -> Draft | None:
    """Return what a gunicorn command says, None when it starts no server."""
    arguments = parse(words, _FLAGS, _ALIASES)
    if arguments.has("--check-config", "--print-config", "--version", "--help", "-v", "-h"):
        return None
    draft = _from_arguments(arguments)
    extra = environment.get("GUNICORN_CMD_ARGS")
    if extra:
        draft = draft.over(from_environment(extra))
    concurrency = environment.get("WEB_CONCURRENCY")
    if draft.processes is None and concurrency is not None and "processes" not in draft.unseen and not draft.config:
        draft = replace(draft, processes=number(concurrency), notes=draft.notes + not_seen("workers", concurrency))
    return draft


def from_environment(text: str) -> Draft:
    """Return what `GUNICORN_CMD_ARGS` says."""
    try:
        words = shlex.split(text)
    except ValueError:
        return Draft("gunicorn", notes=("GUNICORN_CMD_ARGS cannot be read",))
    return _from_arguments(parse(words, _FLAGS, _ALIASES))


def _from_arguments(arguments: Arguments) -> Draft:
    workers, threads = arguments.get("--workers"), arguments.get("--threads")
    worker_class = arguments.get("--worker-class")
    timeout = arguments.get("--timeout")
    notes = not_seen("workers", workers) + not_seen("threads", threads)
    unseen_fields = {name for name, text in (("processes", workers), ("threads", threads)) if not_seen("", text)}
    if worker_class and unseen(worker_class):
        notes += ("the worker class comes from a variable",)
        unseen_fields.add("worker_class")
        worker_class = None
    if arguments.hidden:
        notes += (f"arguments in {arguments.hidden[0]} cannot be seen",)
    settings = ""
    for pair in arguments.all("--env"):
        name, _, value = pair.partition("=")
        if name == "DJANGO_SETTINGS_MODULE":
            settings = settings_module(value)
    config = arguments.get("--config")
    return Draft(
        "gunicorn",
        worker_class=_known_class(worker_class),
        processes=number(workers),
        threads=number(threads),
        preload=True if arguments.has("--preload") else None,
        timeout=number(timeout),
        settings=settings or settings_module(arguments.get("--settings")),
        application=next((application(word) for word in arguments.positional if application(word)), ""),
        development=arguments.has("--reload"),
        notes=notes,
        config=(config,) if config else (),
        config_kind="gunicorn",
        loads_default_config=not config,
        unseen=frozenset(unseen_fields),
    )


def _known_class(text: str | None) -> str | None:
    return application(text.strip().removeprefix("egg:gunicorn#")) or None if text else None


def finish(draft: Draft) -> Draft:
    """Return a draft with gunicorn's own defaults and what follows from the worker class filled in."""
    threads = draft.threads if draft.threads is not None or "threads" in draft.unseen else 1
    processes = draft.processes if draft.processes is not None or "processes" in draft.unseen else 1
    worker_class = draft.worker_class
    if worker_class is None and "worker_class" not in draft.unseen:
        worker_class = "sync"
    if worker_class == "sync" and threads is not None and threads > 1:
        worker_class = "gthread"
    greenlets = is_green(worker_class or "")
    if greenlets or worker_class == "sync":
        threads = 1 if threads is not None else None
    kind, note = _kind(worker_class or "", draft.application)
    return replace(
        draft,
        kind=draft.kind or kind,
        worker_class=worker_class,
        processes=processes,
        threads=threads,
        greenlets=greenlets,
        timeout=30 if draft.timeout is None else draft.timeout,
        notes=draft.notes + note,
    )


def _kind(worker_class: str, app: str) -> tuple[Serving, tuple[str, ...]]:
    lowered = worker_class.lower()
    last = lowered.rsplit(".", 1)[-1].rsplit(":", 1)[-1]
    if lowered in _ASGI_WORKERS or "uvicorn" in lowered or last.endswith("asgiworker") or "asgi" in last:
        return Serving.ASGI, ()
    if is_green(worker_class) or lowered in ("sync", "gthread"):
        return (Serving.ASGI if is_asgi_name(app) else Serving.WSGI), ()
    if is_asgi_name(app):
        return Serving.ASGI, ()
    if not worker_class:
        return Serving.UNKNOWN, ("whether it serves WSGI or ASGI depends on a worker class that cannot be seen",)
    if "wsgi" in app or "tornado" in lowered or "gthread" in lowered or "sync" in last:
        return Serving.WSGI, ()
    return Serving.UNKNOWN, (f"whether the worker class {worker_class} serves WSGI or ASGI cannot be seen",)
