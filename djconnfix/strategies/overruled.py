"""Rules that keep silent for an alias whose strategy a person has chosen: the one place that says which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.strategies.judge import judge_alias
from djconnfix.strategies.table import Age, Pool, strategy_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from djconnfix.facts import Database, DatabaseKey, Project, SettingsModule
    from djconnfix.findings import Problem
    from djconnfix.strategies.table import Strategy

# They advise one way of keeping connections over another, and the choice is made.
CHOICES = frozenset({"DCF101", "DCF106", "DCF110", "DCF409", "DCF418", "DCF425"})
# The strategy says itself whether connections are checked.
CHECKS = frozenset({"DCF102"})
# They mend what a strategy without ages takes away,
AGES = frozenset({"DCF103", "DCF104", "DCF107", "DCF108", "DCF424"})
# without Django's pool,
POOLS = frozenset(f"DCF4{number:02}" for number in range(1, 18))
# or without django-db-connection-pool.
SQLALCHEMY_POOLS = frozenset({"DCF432", "DCF433"})


def governed(settings: SettingsModule, database: Database) -> Strategy | None:
    """Return the strategy that was chosen for a definition; None for `auto`, and where none applies."""
    strategy = strategy_of(settings.evidence.strategy)
    if strategy is None or settings.role is not Role.PRODUCTION or not database.may_be_server:
        return None
    direct = "direct" in database.alias.lower().replace("-", "_").split("_")
    if direct and (strategy.mode is not None or strategy.pool is not Pool.NONE):
        return None  # an alias that leads past pools and poolers on purpose, for migrations
    return strategy


def overruled_by(strategy: Strategy, *, refused: bool) -> frozenset[str]:
    """Return the codes that keep silent under a strategy; fewer where it cannot work."""
    if refused:
        return CHOICES
    silent = CHOICES | CHECKS
    if strategy.age is Age.ZERO:
        silent |= AGES
    if strategy.pool is not Pool.DJANGO:
        silent |= POOLS
    if strategy.pool is not Pool.SQLALCHEMY:
        silent |= SQLALCHEMY_POOLS
    return silent


def overruler(project: Project) -> Callable[[str, Problem], bool]:
    """Return what says whether a rule's problem is not reported, because a strategy was chosen."""
    silent: dict[DatabaseKey, frozenset[str]] = {}
    for settings, database in project.databases(Role.PRODUCTION):
        if (strategy := governed(settings, database)) is not None:
            verdict = judge_alias(strategy, project, settings, database)
            silent[database.key] = overruled_by(strategy, refused=bool(verdict.refusal or verdict.unseen))

    def overruled(code: str, problem: Problem) -> bool:
        return problem.database is not None and code in silent.get(problem.database, ())

    return overruled
