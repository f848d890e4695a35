"""Where a strategy cannot work, and why. Each function is one column of the refusals; the first that speaks wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Front, Situation, can_pool, decide, outside
from djconnfix.facts import Options, PoolMode, State
from djconnfix.strategies.engines import bare, brings_a_pool, pooled, pooled_twin, stock_twin
from djconnfix.strategies.packages import missing_package
from djconnfix.strategies.table import Age, Pool
from djconnfix.strategies.transactions import transaction_in

if TYPE_CHECKING:
    from djconnfix.facts import Database, Project, SettingsModule
    from djconnfix.strategies.table import Strategy

Refusal = tuple[str, str]  # why, and what to do
NONE: Refusal = ("", "")
_VENDORS = {"postgresql": "PostgreSQL", "mysql": "MySQL", "oracle": "Oracle"}
_MODES = {Front.SESSION: "session", Front.TRANSACTION: "transaction", Front.STATEMENT: "statement"}


def refusal(strategy: Strategy, project: Project, settings: SettingsModule, database: Database) -> Refusal:
    """Return why a strategy cannot work for an alias and what to do instead; `NONE` when it can."""
    checks = (_database, _built_in_pool, _package, _age, _greenlets, _pooler, _session_state, _statements)
    return next((found for check in checks if (found := check(strategy, project, settings, database))[0]), NONE)


def _database(strategy: Strategy, _: Project, __: SettingsModule, database: Database) -> Refusal:
    engine, vendor = database.engine.value, database.vendor
    if vendor and vendor not in strategy.vendors:
        if vendor == "sqlite":
            return NONE  # the environment names another in deployment
        if strategy.pool is Pool.DJANGO:
            return "no Django has a pool for MySQL", "choose sqlalchemy-pool or persistent"
        if strategy.pool is Pool.SQLALCHEMY:
            return f"it is not offered for {_VENDORS[vendor]}", "choose pool, Django's own"
        return "PgBouncer speaks only PostgreSQL's protocol", f"use a pooler for {_VENDORS[vendor]}, or persistent"
    if brings_a_pool(engine) and not pooled(engine):
        return "its engine brings a pool of its own", "write Django's engine first"
    if strategy.pool is Pool.SQLALCHEMY and database.engine.certain and vendor and not pooled(engine):
        twin = pooled_twin(engine)
        return NONE if twin else ("django-db-connection-pool has no engine that is known to serve it", "choose pool")
    return NONE


def _built_in_pool(strategy: Strategy, _: Project, settings: SettingsModule, database: Database) -> Refusal:
    if strategy.pool is not Pool.DJANGO or not database.engine.certain:
        return NONE
    evidence, alias = settings.evidence, bare(database)
    since = (5, 2) if alias.vendor == "oracle" else (5, 1)
    words = ".".join(map(str, since))
    enough = evidence.django_at_least(*since)
    if enough is None:
        return f"Django has a pool from {words} on, and no file names its version", "say it with --django"
    if not enough:
        django = ".".join(map(str, evidence.django))
        return f"Django {django} may be installed, and has no pool before {words}", f"ask for Django {words}"
    if can_pool(alias, evidence) is False:
        if not alias.stock_engine:
            return "its engine is not one of Django's own", "choose persistent"
        driver = "psycopg[pool]" if alias.vendor == "postgresql" else "oracledb"
        return f"the only driver asked for is too old for it: it needs {driver}", f"ask for {driver}"
    return NONE


def _package(strategy: Strategy, _: Project, settings: SettingsModule, database: Database) -> Refusal:
    missing = missing_package(strategy, settings.evidence, bare(database).vendor)
    if missing is None or (settings.evidence.requirements and missing.editable):
        return NONE
    how = "give --requirements, or " if missing.editable else ""
    return f"it needs {missing.wanted}, which is not asked for", f"{how}write {missing.line} where requirements stand"


def _age(strategy: Strategy, _: Project, settings: SettingsModule, database: Database) -> Refusal:
    """Judge an age as the decision table does; what that leaves open is the user's to say."""
    if strategy.age is not Age.KEPT:
        return NONE
    if settings.evidence.django_at_least(1, 6) is False:
        return "Django has CONN_MAX_AGE from 1.6 on", ""
    decision = decide(bare(database), settings.evidence)
    if decision.age == 0 or decision.served.situation in (Situation.MIXED, Situation.SERVERLESS):
        return decision.row.why, "choose pool or pgbouncer-transaction, where they work"
    return NONE


def _greenlets(strategy: Strategy, _: Project, settings: SettingsModule, database: Database) -> Refusal:
    if strategy.pool is Pool.NONE:
        return NONE
    situation = decide(bare(database), settings.evidence).served.situation
    if situation is Situation.GREENLETS:
        return "its locks are not known to work under gevent and eventlet", "choose pgbouncer-transaction"
    if situation is Situation.SERVERLESS:
        return "each of the many instances would have a pool of its own", "choose pgbouncer-transaction"
    return NONE


def _pooler(strategy: Strategy, _: Project, settings: SettingsModule, database: Database) -> Refusal:
    """Compare the mode of the pooler in front with the one that the strategy needs."""
    found = outside(database, settings.evidence)
    mode = _MODES.get(found.front)
    place = f" ({found.because[0].location.path})" if found.because and found.because[0].location else ""
    if strategy.mode is None:
        if mode == "session" and strategy.pool is not Pool.NONE:
            return "its pool would hold on to connections of a session-mode pooler", "let the address lead past it"
        if mode == "statement":
            return f"the address leads to a pooler in statement mode{place}", "let it lead past the pooler"
        return NONE
    wanted = strategy.mode.value
    if mode not in (None, wanted):
        return f"the pooler is in {mode} mode{place}", f"write pool_mode = {wanted} there first"
    others = {pooler.mode for pooler in settings.evidence.poolers if pooler.mode is not None}
    if found.front is Front.UNCLEAR and others and strategy.mode not in others:
        said = " and ".join(sorted(each.value for each in others))
        return f"the files have a pooler in {said} mode", f"write pool_mode = {wanted} there first"
    return NONE


def _session_state(strategy: Strategy, project: Project, _: SettingsModule, database: Database) -> Refusal:
    if strategy.mode is None:
        return NONE
    options = database.options.values
    start = options.get("options")
    if isinstance(start, Options) or (start is not None and (not start.certain or start.value)):
        why = 'PgBouncer refuses the start-up parameters in OPTIONS["options"]'
        return why, "set them with ALTER ROLE ... SET in the server and delete the entry"
    if strategy.mode is PoolMode.SESSION:
        return NONE
    if "assume_role" in options:
        return "OPTIONS['assume_role'] would leak to other clients of the pooler", "log in as that role instead"
    state = next((f for f in project.code if f.kind == "session-state" and f.alias in ("", database.alias)), None)
    if state is not None:
        where = f"{state.location.path}:{state.location.line}"
        return (
            f"{where} changes the session, which other clients get next",
            "use SET LOCAL inside atomic, or a direct alias",
        )
    return NONE


def _statements(strategy: Strategy, project: Project, settings: SettingsModule, database: Database) -> Refusal:
    if strategy.mode is not PoolMode.STATEMENT:
        return NONE
    if found := transaction_in(project, settings, database):
        return f"statement mode refuses every transaction, and {found}", "choose pgbouncer-transaction"
    return NONE


def engine_changes(strategy: Strategy, database: Database) -> str:
    """Return the engine that an alias has to get, empty when its own is right."""
    engine = database.engine.value
    if strategy.pool is Pool.SQLALCHEMY:
        return "" if pooled(engine) else pooled_twin(engine)
    return stock_twin(engine) if database.engine.state is not State.UNKNOWN else ""
