"""`manage.py connprobe --compare`: what the project is compared with itself under, and the comparison."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import django

from djconnfix.errors import ConfigurationError
from djconnfix.management.project import resolve_for_django, settings_module
from djconnfix.probe.compare.outcome import Comparison, together
from djconnfix.probe.compare.plan import Around, Pooler, trials
from djconnfix.probe.compare.run import Load, run_trial
from djconnfix.probe.errors import NoServerError, ProbeError
from djconnfix.probe.target import Endpoint, find_target
from djconnfix.probe.way import find_way
from djconnfix.serving import Situation, describe, served
from djconnfix.strategies.sizes import most_at_once

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from djconnfix.facts import Evidence
    from djconnfix.probe.compare.outcome import Outcome
    from djconnfix.probe.target import Target

_THREADS = 4


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for.

    Attributes:
        paths: to request, in turn.
        seconds: how long each trial is measured.
        timeout: seconds after which a database server is given up.
        threads: requests at a time; 0 leaves it to the deployment files.
        server: `wsgi` or `asgi`; empty leaves it to the deployment files.
        through: a PgBouncer to try, `HOST:PORT`; empty for none.
        urls: running servers to request from instead, `NAME=URL` or `URL`.
        rounds: how often each trial is measured, in turn with the others; `seconds` are those of all rounds together.
    """

    paths: tuple[str, ...]
    seconds: float
    timeout: float
    threads: int = 0
    server: str = ""
    through: str = ""
    urls: tuple[str, ...] = ()
    rounds: int = 3


def compare(aliases: Sequence[str], wish: Wish, say: Callable[[str], None]) -> Comparison:
    """Measure every way of keeping connections that could work, one after the other.

    Args:
        aliases: whose settings are changed; those without a server are left as they are.
        wish: what was asked for.
        say: told what is being measured.

    Raises:
        ConfigurationError: what was asked for cannot be done.
        ProbeError: a server cannot be reached.
    """
    targets = _targets(aliases)
    if not targets:
        raise ConfigurationError("none of the aliases has a server, so there is nothing to compare")
    threads, because, asgi = _served(wish)
    names = tuple(target.alias for target in targets)
    load = Load(names, wish.paths, threads, wish.seconds / wish.rounds, asgi)
    if wish.urls:
        return _urls(load, wish, targets, say)
    module = settings_module()
    if not module:
        raise ConfigurationError("--compare needs a settings module: each trial loads it in a process of its own")
    pooler = _pooler(wish, targets[0]) if wish.through else None
    found, others = trials(targets, Around(asgi, threads, django.VERSION[:2], pooler))
    outcomes = in_turn({trial.name: partial(run_trial, trial, load, module) for trial in found}, wish, say)
    notes = ["clients and handlers share one process here, and its threads share one interpreter"]
    if not because:
        notes.append(f"no deployment file says how the project is served; {threads} at a time was assumed")
    server = "ASGI" if asgi else "WSGI"
    return Comparison(names, server, because, threads, wish.paths, outcomes, others, tuple(notes))


def _urls(load: Load, wish: Wish, targets: Sequence[Target], say: Callable[[str], None]) -> Comparison:
    from djconnfix.probe.compare.urls import Url, run_url

    ways: dict[str, Callable[[], Outcome]] = {}
    for text in wish.urls:
        name, is_named, address = text.partition("=")
        if not is_named or "://" in name:
            name = address = text
        if not address.startswith(("http://", "https://")) or "@" in address:
            raise ConfigurationError("--url wants http://HOST:PORT or NAME=http://HOST:PORT, without a user")
        if name in ways:
            raise ConfigurationError(f"--url: {name} is given twice")
        ways[name] = partial(run_url, Url(name, address.rstrip("/")), load, targets, wish.timeout)
    outcomes = in_turn(ways, wish, say)
    notes = ("connections are what the database server counts for this role and database, whoever made them",)
    return Comparison(load.aliases, "URL", "", load.threads, load.paths, outcomes, (), notes)


def in_turn(ways: Mapping[str, Callable[[], Outcome]], wish: Wish, say: Callable[[str], None]) -> tuple[Outcome, ...]:
    """Measure every way in every round; every other round begins with the last, so that none is always the first.

    Args:
        ways: what measures each, by its name.
        wish: how many rounds, and how many seconds they take together.
        say: told what is being measured.
    """
    measured: dict[str, list[Outcome]] = {name: [] for name in ways}
    for number in range(wish.rounds):
        for name in list(ways) if number % 2 == 0 else reversed(list(ways)):
            if any(outcome.trouble for outcome in measured[name]):
                continue
            of_rounds = f", round {number + 1} of {wish.rounds}" if wish.rounds > 1 else ""
            say(f"measuring {name} for {wish.seconds / wish.rounds:.3g} s{of_rounds} ...")
            measured[name].append(ways[name]())
    return tuple(together(rounds) for rounds in measured.values())


def _targets(aliases: Sequence[str]) -> tuple[Target, ...]:
    found = []
    for alias in aliases:
        with contextlib.suppress(NoServerError):
            found.append(find_target(alias))
    return tuple(found)


def _served(wish: Wish) -> tuple[int, str, bool]:
    """Return how many requests run at a time, what says so, and whether ASGI serves them."""
    evidence = _evidence()
    found = served(evidence) if evidence is not None else None
    asgi = wish.server == "asgi" if wish.server else found is not None and found.situation is Situation.ASGI
    if wish.threads:
        return wish.threads, f"--threads {wish.threads}", asgi
    if evidence is None or found is None or not found.servers:
        return _THREADS, "", asgi
    place = found.servers[0].location
    because = f"{place.path}:{place.line} {describe(found.servers[0])}" if place else describe(found.servers[0])
    return (_THREADS if asgi else most_at_once(evidence)), because, asgi


def _evidence() -> Evidence | None:
    """Return what the files say of the loaded settings module; None when they do not show it."""
    from djconnfix.engine import audit

    report = audit(resolve_for_django().config)
    name = settings_module()
    return next((each.evidence for each in report.project.settings if each.module == name), None)


def _pooler(wish: Wish, target: Target) -> Pooler:
    """Find out the mode of the PgBouncer that was named."""
    from djconnfix.probe.pooler import detect_pooler

    host, _, port = wish.through.rpartition(":")
    if not host or not port.isdigit():
        raise ConfigurationError(f"--through wants HOST:PORT, not {wish.through!r}")
    if target.vendor != "postgresql":
        raise ConfigurationError("--through: PgBouncer speaks only PostgreSQL's protocol")
    endpoint = Endpoint(host, int(port))
    parameters = {**target.parameters, "host": host, "port": int(port)}
    there = replace(target, parameters=parameters, endpoints=(endpoint,))
    try:
        seen, _doubts = detect_pooler(there, find_way(endpoint, wish.timeout), wish.timeout)
    except ProbeError as error:
        raise ProbeError(f"{endpoint.shown}: {error}") from None
    if seen is None:
        raise ConfigurationError(f"--through: {endpoint.shown} is no pooler but the server itself")
    return Pooler(endpoint, seen.mode)
