"""How many connections each database server may get: the arithmetic behind `djconnfix budget` and the HTML report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.budget import budget, limit_of
from djconnfix.decision import Front, outside
from djconnfix.facts import Role, State
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from djconnfix.budget import Budget
    from djconnfix.decision import Fronted
    from djconnfix.facts import Database, Project, SettingsModule

VENDORS = {"postgresql": "PostgreSQL", "mysql": "MySQL", "oracle": "Oracle", "sqlite": "SQLite"}


@dataclass(frozen=True, slots=True)
class Sum:
    """The aliases of one settings module that lead to the same place, and what each may open there.

    Attributes:
        settings: the settings module.
        databases: one definition of each alias.
        budgets: the sum for each of them.
        fronted: what stands between them and the server.
    """

    settings: SettingsModule
    databases: tuple[Database, ...]
    budgets: tuple[Budget, ...]
    fronted: Fronted

    @property
    def total(self) -> int:
        """Connections that may stand open at a time, counting only what the files say."""
        return sum(each.total for each in self.budgets)

    @property
    def complete(self) -> bool:
        """Whether the files say how large every server is."""
        return all(each.complete and each.because for each in self.budgets)

    @property
    def limit(self) -> int | None:
        """How many connections the server admits; None when unknown, or when a pooler decides how many reach it."""
        if self.fronted.front is not Front.DIRECT:
            return None
        return limit_of(self.databases[0].vendor, self.settings.evidence.max_connections)


def sums_of(settings: SettingsModule) -> tuple[Sum, ...]:
    """Group one definition of each alias by what it connects to, and add up."""
    groups: dict[tuple[object, ...], list[Database]] = {}
    seen: set[str] = set()
    for database in settings.databases:
        if not database.may_be_server or database.alias in seen:
            continue
        seen.add(database.alias)
        address = [(value.value, value.variable) for value in (database.get("HOST"), database.get("PORT"))]
        unseen = database.alias if database.get("HOST").state is State.UNKNOWN else ""
        groups.setdefault((database.vendor, *address, unseen), []).append(database)
    return tuple(_sum(settings, tuple(group)) for group in groups.values())


def _sum(settings: SettingsModule, group: tuple[Database, ...]) -> Sum:
    evidence = settings.evidence
    budgets = tuple(budget(database, evidence.servers, evidence.max_connections) for database in group)
    return Sum(settings, group, budgets, outside(group[0], evidence))


def production(project: Project) -> tuple[SettingsModule, ...]:
    """Return the settings modules that a deployment uses."""
    return tuple(settings for settings in project.settings if settings.role is Role.PRODUCTION)


def kept(database: Database) -> str:
    """Say how an alias' connections are kept, as a clause to append; empty when that is not certain."""
    age = database.conn_max_age
    if database.has_pool:
        return ", kept in a pool"
    closed = age.certain and isinstance(age.value, int | float) and age.value <= 0
    return ", closed after each request" if closed else ""
