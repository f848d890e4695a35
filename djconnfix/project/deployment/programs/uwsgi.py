"""uWSGI: the same options on the command line and in ini, yaml and xml files.

https://uwsgi-docs.readthedocs.io/en/latest/Options.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Serving
from djconnfix.project.deployment.options import not_seen, number, parse
from djconnfix.project.deployment.programs.draft import Draft, application, settings_module
from djconnfix.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SHORT = {
    "p": "processes",
    "w": "module",
    "t": "harakiri",
    "M": "master",
    "i": "single-interpreter",
    "y": "yaml",
    "x": "xml",
    "T": "enable-threads",
}
_FLAGS = frozenset(
    {
        "--buffer-size-", "--die-on-term", "--disable-logging", "--disable-write-exception", "--enable-threads",
        "--http-keepalive", "--ignore-sigpipe", "--ignore-write-errors", "--lazy", "--lazy-apps", "--log-master",
        "--manage-script-name", "--master", "--memory-report", "--need-app", "--no-orphans", "--single-interpreter",
        "--stats-http", "--strict", "--thunder-lock", "--vacuum", "--gevent-monkey-patch", "--http-auto-chunked",
        "--show-config", "-M", "-T", "-i", "-L", "--emperor-nofollow",
    }
)  # fmt: skip
_CONFIG = ("ini", "ini-paste", "xml", "yaml", "yml", "json", "include")
_TRUE = frozenset({"", "1", "on", "true", "yes"})


def read(words: Sequence[str], environment: Mapping[str, str]) -> Draft | None:
    """Return what a uwsgi command says, None when it starts no server."""
    arguments = parse(words, _FLAGS)
    if arguments.has("--version", "--help", "--stop", "--reload") and not arguments.has("--ini", "--module", "-w"):
        return None
    if not arguments.options and not arguments.positional and not arguments.hidden:
        return None
    pairs = [
        (_SHORT.get(name.lstrip("-"), name.lstrip("-").replace("_", "-")), value) for name, value in arguments.options
    ]
    pairs += [
        (name[6:].lower().replace("_", "-"), value)
        for name, value in environment.items()
        if name.startswith("UWSGI_") and value
    ]
    config = [value for name, value in pairs if name in _CONFIG and value]
    config += [
        word
        for word in arguments.positional
        if word.partition(":")[0].endswith((".ini", ".yaml", ".yml", ".xml", ".json"))
    ]
    draft = from_options(pairs)
    if arguments.hidden:
        draft = replace(draft, notes=(*draft.notes, f"arguments in {arguments.hidden[0]} cannot be seen"))
    return replace(draft, config=tuple(config), config_kind="uwsgi")


def from_options(pairs: Iterable[tuple[str, str]]) -> Draft:
    """Return what uWSGI options say; names without leading dashes and with `-`, later ones win."""
    options: dict[str, str] = {}
    settings = ""
    for name, value in pairs:
        options[name] = value.strip()
        if name == "env" and value.strip().startswith("DJANGO_SETTINGS_MODULE="):
            settings = settings_module(value.split("=", 1)[1].split()[0] if value.split("=", 1)[1].strip() else "")
    processes = _either(options, "processes", "workers")
    threads = options.get("threads")
    loops = [name for name in ("gevent", "asyncio", "ugreen", "greenlet") if name in options]
    cheaper = options.get("cheaper")
    notes = not_seen("processes", processes) + not_seen("threads", threads)
    if cheaper and processes and number(processes) is not None:
        notes += ("the number of processes follows the load up to this many",)
    unseen = {name for name, text in (("processes", processes), ("threads", threads)) if not_seen("", text)}
    lazy = any(options.get(name, "no").lower() in _TRUE for name in ("lazy-apps", "lazy"))
    app = (
        options.get("module")
        or options.get("wsgi")
        or options.get("wsgi-file")
        or options.get("file")
        or options.get("mount", "").partition("=")[2]
    )
    return Draft(
        "uwsgi",
        kind=Serving.WSGI,
        worker_class="gevent" if "gevent" in loops else (loops[0] if loops else None),
        processes=number(processes),
        threads=number(threads),
        preload=False if lazy else None,
        timeout=number(options.get("harakiri")),
        settings=settings,
        application=application(app),
        greenlets=bool(loops),
        notes=notes,
        unseen=frozenset(unseen),
    )


def finish(draft: Draft) -> Draft:
    """Return a draft with uWSGI's own defaults: one process, one thread, loaded before the fork unless lazy."""
    return replace(
        draft,
        processes=draft.processes if draft.processes is not None or "processes" in draft.unseen else 1,
        threads=draft.threads if draft.threads is not None or "threads" in draft.unseen else 1,
        preload="preload" not in draft.unseen if draft.preload is None else draft.preload,
    )


def _either(options: Mapping[str, str], *names: str) -> str | None:
    return next((options[name] for name in names if name in options), None)
