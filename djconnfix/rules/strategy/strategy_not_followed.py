"""DCF460."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.budget import budget
from djconnfix.decision import Front, outside
from djconnfix.facts import Role
from djconnfix.findings import Because, RequirePackage, Severity
from djconnfix.rules import Example, rule
from djconnfix.rules._problems import about, manual, safe, unsafe
from djconnfix.rules._values import other_roots
from djconnfix.strategies.judge import judge_alias
from djconnfix.strategies.overruled import governed
from djconnfix.strategies.sizes import after
from djconnfix.strategies.table import Age, Pool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, Project, SettingsModule
    from djconnfix.findings import Action, Problem, Remedy
    from djconnfix.strategies.table import Strategy
    from djconnfix.strategies.verdict import Verdict

_SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "db",
    }
}
"""
_POOLED = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "db",
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 4, "timeout": 10}},
    }
}
"""
_PERSISTENT = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "db",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
"""
_PROCFILE = "web: gunicorn shop.wsgi --threads 4\n"
_REQUIREMENTS = "Django==5.2.1\npsycopg[binary,pool]==3.2.9\n"
_FILES = {"Procfile": _PROCFILE, "requirements.txt": _REQUIREMENTS}


@rule(
    code="DCF460",
    name="strategy-not-followed",
    severity=Severity.WARNING,
    bad=[
        Example(
            {"shop/settings.py": _SETTINGS, **_FILES},
            fixed={"shop/settings.py": _POOLED},
            title="`--strategy pool`, and no pool",
            strategy="pool",
        ),
        Example(
            {"shop/settings.py": _POOLED, **_FILES},
            fixed={"shop/settings.py": _PERSISTENT},
            title="`--strategy persistent`, and a pool",
            strategy="persistent",
        ),
        Example(
            {"shop/settings.py": _SETTINGS.replace("postgresql", "mysql"), **_FILES},
            title="`--strategy pool` for MySQL, for which Django has none",
            strategy="pool",
        ),
    ],
    good=[
        Example({"shop/settings.py": _SETTINGS, **_FILES}, title="no strategy is chosen"),
        Example({"shop/settings.py": _POOLED, **_FILES}, title="`--strategy pool`, and a pool", strategy="pool"),
        Example(
            {"shop/settings.py": _SETTINGS.replace("postgresql", "sqlite3"), **_FILES},
            title="SQLite has no connections to keep",
            strategy="pool",
        ),
    ],
)
def strategy_not_followed(project: Project) -> Iterator[Problem]:
    """An alias does not keep connections in the way that was chosen.

    ## What it does

    Holds every alias of a database server in production settings against the strategy that `--strategy` or
    `[tool.djconnfix] strategy` names, and says what differs: what is missing, and what is left of another strategy.
    Without a strategy (`auto`) it says nothing. Rules that would advise another way keep silent meanwhile.

    ## Why it is bad

    Half of a strategy is worse than none: Django refuses a pool beside an age at the first query, an age pins the
    server connections of a session-mode pooler, and server-side cursors fail at random behind a transaction-mode one.

    ## Fix safety

    Safe when the files prove that the strategy works here: who serves the project, the Django version, the driver, the
    pooler's mode, and that no more connections may stand open than the server admits by default. Unsafe where
    something of that is not in the files, or only a default beside an environment variable can be changed. Where a
    strategy cannot work, nothing is changed and the finding says why. Requirement files change only with
    `--requirements`.

    ## Known limits

    PgBouncer's address is yours to write: the finding says where it is missing.

    ## References

    - [Which strategy](https://github.com/djconnfix/djconnfix/blob/main/docs/guides/which-strategy.md)
    """
    for settings, database in project.databases(Role.PRODUCTION):
        strategy = governed(settings, database)
        if strategy is None:
            continue
        verdict = judge_alias(strategy, project, settings, database)
        if verdict.refusal:
            yield _refused(settings, database, strategy, verdict)
            continue
        yield from _address(settings, database, strategy)
        if verdict.differences:
            remedy = _remedy(project, settings, database, verdict)
            because = (*verdict.because, *_sum(settings, database, strategy))
            yield about(settings, database, (), _message(database, strategy, verdict), remedy, *because)


def _refused(settings: SettingsModule, database: Database, strategy: Strategy, verdict: Verdict) -> Problem:
    message = f"strategy {strategy.name} cannot work for alias {database.alias!r}: {verdict.refusal}"
    remedy = manual(verdict.refusal, verdict.advice or "choose another strategy")
    return about(settings, database, (), message, remedy, *verdict.because)


def _address(settings: SettingsModule, database: Database, strategy: Strategy) -> Iterator[Problem]:
    """Yield that an address does not lead to the pooler, or that this cannot be seen."""
    if strategy.mode is None or outside(database, settings.evidence).front is not Front.DIRECT:
        return
    host, port = database.get("HOST"), database.get("PORT")
    write = f"let HOST and PORT lead to PgBouncer (6432 by default) in {strategy.mode.value} mode; "
    write += f"`djconnfix pgbouncer --mode {strategy.mode.value}` writes its configuration"
    if host.certain and port.certain:
        message = f"strategy {strategy.name} needs PgBouncer, and the address of alias {database.alias!r} leads past it"
        yield about(settings, database, ("HOST",), message, manual("only you know its address", write))
        return
    message = f"whether the address of alias {database.alias!r} leads to PgBouncer is decided by the environment"
    remedy = manual("addresses from the environment cannot be seen", write)
    yield about(settings, database, ("HOST",), message, remedy, severity=Severity.INFO)


def _message(database: Database, strategy: Strategy, verdict: Verdict) -> str:
    differences = ", ".join(verdict.differences)
    return f"alias {database.alias!r} does not follow strategy {strategy.name}: {differences}"


def _sum(settings: SettingsModule, database: Database, strategy: Strategy) -> tuple[Because, ...]:
    """Say how many connections may stand open under the strategy, where it keeps them."""
    if strategy.mode is not None or (strategy.age is Age.ZERO and strategy.pool is Pool.NONE):
        return ()
    evidence = settings.evidence
    found = budget(after(strategy, evidence, database), evidence.servers, evidence.max_connections)
    return (Because(found.line),) if found.because else ()


def _remedy(project: Project, settings: SettingsModule, database: Database, verdict: Verdict) -> Remedy:
    write = f"change alias {database.alias!r}: {_written(verdict.actions)}"
    if verdict.unseen:
        return manual(verdict.unseen, write if verdict.actions else "write it where the alias is made")
    if other := _other(project, settings, database):
        return manual(other, f"where it is right, {write}")
    if verdict.doubts:
        return unsafe("; ".join(verdict.doubts), write, *verdict.actions)
    return safe("it was chosen, and the files show that it works here", write, *verdict.actions)


def _other(project: Project, settings: SettingsModule, database: Database) -> str:
    """Return why a change would be wrong for another settings module that reads the same dictionary."""
    for other, twin in other_roots(project, settings, database):
        strategy = governed(other, twin)
        if strategy is not None and (refusal := judge_alias(strategy, project, other, twin).refusal):
            return f"{other.module} reads the same dictionary, and there it cannot work: {refusal}"
    return ""


def _written(actions: tuple[Action, ...]) -> str:
    words = []
    for action in actions:
        if isinstance(action, RequirePackage):
            words.append(f"{action.line} in {action.beside.path}")
            continue
        path = "/".join(getattr(action, "path", ()))
        words.append(f"{path}: {action.value!r}" if hasattr(action, "value") else f"no {path}")
    return ", ".join(words)
