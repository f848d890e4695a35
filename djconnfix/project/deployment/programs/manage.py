"""`manage.py` and `django-admin`: the commands that serve. Every other command is no server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Serving
from djconnfix.project.deployment.model import is_dotted
from djconnfix.project.deployment.options import Arguments, not_seen, number, parse
from djconnfix.project.deployment.programs import gunicorn, workers
from djconnfix.project.deployment.programs.draft import Draft, application, settings_module
from djconnfix.records import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PROGRAMS = frozenset({"django-admin", "django-admin.py", "manage.py"})
_FLAGS = frozenset(
    {
        "--noinput", "--no-input", "--noreload", "--nothreading", "--no-color", "--skip-checks", "--insecure",
        "--check", "--fake", "--fake-initial", "--plan", "--run-syncdb", "--traceback", "--force-color", "--burst",
        "--nostatic", "--ipdb", "--pdb", "-B", "-E",
    }
)  # fmt: skip
_ALIASES = {"-c": "--concurrency", "-P": "--pool", "-A": "--app"}


def _development(arguments: Arguments) -> Draft:
    return Draft("runserver", kind=Serving.UNKNOWN, processes=1, development=True)


def _single(program: str) -> Callable[[Arguments], Draft]:
    return lambda arguments: Draft(program, kind=Serving.WORKER, processes=1, threads=1)


def _celery(arguments: Arguments) -> Draft | None:
    return workers.celery_worker(arguments) if "worker" in arguments.positional else None


def _channels(arguments: Arguments) -> Draft:
    return Draft("channels", kind=Serving.WORKER, processes=1)


def _qcluster(arguments: Arguments) -> Draft:
    note = "the number of workers stands in Q_CLUSTER of the settings"
    return Draft("django-q", kind=Serving.WORKER, threads=1, notes=(note,))


def _modwsgi(arguments: Arguments) -> Draft:
    return mod_wsgi_draft(arguments)


def _huey(arguments: Arguments) -> Draft:
    draft = workers.huey_worker(arguments)
    if arguments.get("--workers") is None:
        return replace(draft, threads=None, notes=("the number of workers stands in HUEY of the settings",))
    return draft


COMMANDS: Mapping[str, Callable[[Arguments], Draft | None]] = {
    "celery": _celery,
    "celeryd": workers.celery_worker,
    "db_worker": _single("django-tasks"),
    "djangohuey": _huey,
    "process_tasks": _single("background-tasks"),
    "qcluster": _qcluster,
    "rqworker": _single("rq"),
    "run_huey": _huey,
    "rundramatiq": workers.dramatiq_worker,
    "runmodwsgi": _modwsgi,
    "runserver": _development,
    "runserver_plus": _development,
    "runsslserver": _development,
    "runworker": _channels,
    "tailwind_runserver": _development,
}


def read(words: Sequence[str], environment: Mapping[str, str]) -> Draft | None:
    """Return what a management command says, None when it serves nothing."""
    arguments = parse(words, _FLAGS, _ALIASES)
    name = next(iter(arguments.positional), "")
    if name == "run_gunicorn":
        index = list(words).index(name)
        draft = gunicorn.read(words[index + 1 :], environment)
    elif name in COMMANDS:
        draft = COMMANDS[name](arguments)
    else:
        return None
    settings = settings_module(arguments.get("--settings"))
    return replace(draft, settings=settings or draft.settings) if draft else None


def migration(words: Sequence[str]) -> tuple[str, str] | None:
    """Return the alias (empty: the default) and the settings of a `migrate` command, None for every other one."""
    arguments = parse(words, _FLAGS, _ALIASES)
    if next(iter(arguments.positional), "") not in ("migrate", "migrate_schemas"):
        return None
    alias = arguments.get("--database") or ""
    return alias if is_dotted(alias) else "", settings_module(arguments.get("--settings"))


def mod_wsgi_draft(arguments: Arguments) -> Draft:
    """Return what `mod_wsgi-express start-server` or `runmodwsgi` says (default: one process, five threads)."""
    processes, threads = arguments.get("--processes"), arguments.get("--threads")
    app = next((application(w) for w in arguments.positional if w not in ("start-server", "runmodwsgi")), "")
    return Draft(
        "mod_wsgi",
        kind=Serving.WSGI,
        processes=number(processes) if processes else 1,
        threads=number(threads) if threads else 5,
        application=app,
        notes=not_seen("processes", processes) + not_seen("threads", threads),
    )
