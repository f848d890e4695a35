"""Task workers: celery, rq, huey, dramatiq. (Those that are management commands stand in `manage`.)"""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Serving
from djconnfix.project.deployment.options import Arguments, not_seen, number, parse
from djconnfix.project.deployment.programs.draft import Draft, application, is_green

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CELERY_FLAGS = frozenset(
    {
        "--beat", "--detach", "--discard", "--no-color", "--purge", "--quiet", "--skip-checks", "--task-events",
        "--without-gossip", "--without-heartbeat", "--without-mingle", "-B", "-D", "-E", "-q", "-C", "--events",
        "--disable-prefetch",
    }
)  # fmt: skip
_CELERY_ALIASES = {
    "-A": "--app", "-P": "--pool", "-c": "--concurrency", "-Q": "--queues", "-l": "--loglevel", "-n": "--hostname",
    "-b": "--broker", "--pool-cls": "--pool",
}  # fmt: skip
_THREAD_POOLS = ("gevent", "eventlet", "threads", "solo")


def celery(words: Sequence[str], environment: Mapping[str, str]) -> Draft | None:
    """Return what a celery worker command says, None for beat, flower and the like."""
    arguments = parse(words, _CELERY_FLAGS, _CELERY_ALIASES)
    if not {"worker", "multi"} & set(arguments.positional):
        return None
    return celery_worker(arguments)


def celeryd(words: Sequence[str], environment: Mapping[str, str]) -> Draft | None:
    """Return what the worker command of celery before 3.1 says."""
    return celery_worker(parse(words, _CELERY_FLAGS, _CELERY_ALIASES))


def celery_worker(arguments: Arguments) -> Draft:
    """Return a celery worker's draft. Without `--concurrency` there is a process for each core."""
    concurrency = arguments.get("--concurrency")
    autoscale = arguments.get("--autoscale")
    if autoscale and concurrency is None:
        concurrency = autoscale.split(",")[0]
    pool = application(arguments.get("--pool")) or "prefork"
    count = number(concurrency) or None  # celery takes 0 for not given
    notes = not_seen("concurrency", concurrency)
    if (concurrency is None or number(concurrency) == 0) and pool == "prefork":
        notes += ("without --concurrency there are as many processes as cores",)
    if arguments.hidden:
        notes += (f"arguments in {arguments.hidden[0]} cannot be seen",)
    one_process = pool in _THREAD_POOLS
    return Draft(
        "celery",
        kind=Serving.WORKER,
        worker_class=pool,
        processes=1 if one_process else count,
        threads=(1 if pool == "solo" else count) if one_process else 1,
        application=application(arguments.get("--app")),
        greenlets=is_green(pool),
        notes=notes,
    )


def rq(words: Sequence[str], environment: Mapping[str, str]) -> Draft | None:
    """Return what `rq worker` or `rq worker-pool` says."""
    arguments = parse(words, frozenset({"--burst", "-b", "--with-scheduler", "-v", "-q", "--quiet", "--verbose"}))
    if "worker-pool" in arguments.positional:
        count = arguments.get("-n", "--num-workers")
        return Draft(
            "rq",
            kind=Serving.WORKER,
            processes=number(count) if count else 2,
            threads=1,
            notes=not_seen("workers", count),
        )
    return Draft("rq", kind=Serving.WORKER, processes=1, threads=1) if "worker" in arguments.positional else None


def rqworker(words: Sequence[str], environment: Mapping[str, str]) -> Draft | None:
    """Return what `rqworker` says: one process that forks for each job."""
    return Draft("rq", kind=Serving.WORKER, processes=1, threads=1)


def huey(words: Sequence[str], environment: Mapping[str, str]) -> Draft | None:
    """Return what `huey_consumer` says (https://huey.readthedocs.io/en/latest/consumer.html)."""
    return huey_worker(
        parse(words, frozenset({"-n", "-v", "-q", "-S", "-C", "-f", "-V"}), {"-w": "--workers", "-k": "--worker-type"})
    )


def huey_worker(arguments: Arguments) -> Draft:
    """Return a huey consumer's draft: threads unless `--worker-type` says otherwise."""
    workers, kind = arguments.get("--workers"), application(arguments.get("--worker-type")) or "thread"
    count = number(workers) if workers else 1
    processes = kind == "process"
    return Draft(
        "huey",
        kind=Serving.WORKER,
        worker_class=kind,
        processes=count if processes else 1,
        threads=1 if processes else count,
        greenlets=kind in ("greenlet", "gevent"),
        notes=not_seen("workers", workers),
    )


def dramatiq(words: Sequence[str], environment: Mapping[str, str]) -> Draft | None:
    """Return what a dramatiq command says: a process a core, eight threads each, unless told otherwise."""
    return dramatiq_worker(
        parse(words, frozenset({"--use-spawn", "-v", "--verbose"}), {"-p": "--processes", "-t": "--threads"})
    )


def dramatiq_worker(arguments: Arguments) -> Draft:
    """Return a dramatiq worker's draft."""
    processes, threads = arguments.get("--processes"), arguments.get("--threads")
    notes = not_seen("processes", processes) + not_seen("threads", threads)
    if processes is None:
        notes += ("without --processes there are as many processes as cores",)
    return Draft(
        "dramatiq",
        kind=Serving.WORKER,
        processes=number(processes),
        threads=number(threads) if threads else 8,
        greenlets=arguments.has("--use-gevent"),
        notes=notes,
    )
