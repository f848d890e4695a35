"""Hold one definition of one alias against a strategy: what differs, and what would make it follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.decision import Front, Situation, decide, outside
from djconnfix.facts import MISSING, PoolMode, State
from djconnfix.findings import Action, RemoveSetting, RequirePackage, SetSetting
from djconnfix.records import dataclass, field
from djconnfix.strategies.engines import bare, brings_a_pool, pooled
from djconnfix.strategies.packages import missing_package
from djconnfix.strategies.preconditions import engine_changes, refusal
from djconnfix.strategies.proofs import doubts_of
from djconnfix.strategies.sizes import after, pool_size, sqlalchemy_options
from djconnfix.strategies.table import Age, Pool
from djconnfix.strategies.verdict import Verdict

if TYPE_CHECKING:
    from djconnfix.facts import Database, Evidence, Project, SettingsModule, Value
    from djconnfix.strategies.table import Strategy

KEPT_AGE = 60


def judge_alias(strategy: Strategy, project: Project, settings: SettingsModule, database: Database) -> Verdict:
    """Say whether a definition follows a strategy, and what makes it."""
    decision = decide(bare(database), settings.evidence)
    why, advice = refusal(strategy, project, settings, database)
    if why:
        return Verdict(refusal=why, advice=advice, because=decision.because)
    need = _Needs(strategy, settings.evidence, database)
    for column in (need.engine, need.age, need.health_checks, need.cursors, need.pool, need.statements):
        column()
    if not need.differences:
        return Verdict(unseen=need.unseen, because=decision.because)
    doubts = [*need.doubts, *doubts_of(strategy, settings.evidence, after(strategy, settings.evidence, database))]
    return Verdict(
        differences=tuple(need.differences),
        actions=(*need.actions, *need.leftovers),
        doubts=tuple(dict.fromkeys(doubts)),
        unseen=need.unseen,
        because=decision.because,
    )


@dataclass(slots=True)
class _Needs:
    """The columns of a strategy's row, each of which adds what an alias lacks or has too much of."""

    strategy: Strategy
    evidence: Evidence
    database: Database
    differences: list[str] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    leftovers: list[Action] = field(default_factory=list)  # harmless, so that they are no difference
    unseen: str = ""

    def engine(self) -> None:
        """The engine, and the package that it or the pool needs."""
        engine = self.database.engine
        wanted = engine_changes(self.strategy, self.database)
        if engine.state is not State.KNOWN and (wanted or self.strategy.pool is Pool.SQLALCHEMY):
            if not pooled(engine.value) or self.strategy.pool is not Pool.SQLALCHEMY:
                self.differences.append("its engine comes from elsewhere")
                self.unseen = "the engine is not written in the files, so it cannot be exchanged there"
        elif wanted:
            self._set(("ENGINE",), wanted, f"its engine is not {wanted}")
        missing = missing_package(self.strategy, self.evidence, bare(self.database).vendor)
        if missing is not None and missing.beside is not None:
            self.differences.append(f"{missing.wanted} is not asked for")
            self.actions.append(RequirePackage(missing.beside, missing.extra, missing.line))
        if self.strategy.pool is Pool.SQLALCHEMY:
            if "POOL_OPTIONS" not in self.database.settings:
                self._set(("POOL_OPTIONS",), sqlalchemy_options(self.evidence), "its pool has no size")
        elif self.database.settings.get("POOL_OPTIONS") is not None and not brings_a_pool(wanted):
            self._remove(("POOL_OPTIONS",), "it has POOL_OPTIONS")

    def pool(self) -> None:
        """Django's own pool."""
        pool = self.database.options.values.get("pool")
        if self.strategy.pool is not Pool.DJANGO:
            if pool is not None and _pools(self.database) is not False:
                self._remove(("OPTIONS", "pool"), "it has a pool")
            return
        if not self.database.engine.certain:
            self.differences.append("its engine comes from elsewhere")
            self.unseen = "the environment names the engine, and a pool breaks every database that has none"
        elif _pools(self.database) is None:
            self.differences.append("whether it has a pool cannot be seen")
            self.unseen = "OPTIONS may hold more than can be seen"
        elif not _pools(self.database):
            size = pool_size(self.evidence, bare(self.database).vendor)
            self._set(("OPTIONS", "pool"), size, "it has no pool")

    def age(self) -> None:
        """`CONN_MAX_AGE`."""
        wanted = self._kept()
        age = self.database.conn_max_age
        if wanted is None:
            return
        if age.state is State.UNKNOWN or age.value is MISSING:
            self.differences.append("its CONN_MAX_AGE cannot be seen")
            self.unseen = f"{age.variable or 'something out of sight'} decides its CONN_MAX_AGE"
        elif wanted and not _keeps(age.value):
            self._set(("CONN_MAX_AGE",), KEPT_AGE, "its connections are not kept", age)
        elif not wanted and _keeps(age.value):
            self._set(("CONN_MAX_AGE",), 0, f"its CONN_MAX_AGE is {_shown(age.value)}", age)

    def health_checks(self) -> None:
        """`CONN_HEALTH_CHECKS`: on where connections are kept and Django has it, and not left over where none are."""
        checks = self.database.conn_health_checks
        useful = self.strategy.pool is Pool.DJANGO or self._kept()
        if useful and self.evidence.django_at_least(4, 1):
            if checks.state is not State.UNKNOWN and not checks.value:
                self._set(("CONN_HEALTH_CHECKS",), True, "its connections are not checked", checks)
        elif useful is False and checks.state is State.KNOWN and checks.value:
            self.leftovers.append(RemoveSetting(self.database.key, ("CONN_HEALTH_CHECKS",), optional=True))

    def cursors(self) -> None:
        """`DISABLE_SERVER_SIDE_CURSORS`, and statements that the driver prepares."""
        off = self.database.get("DISABLE_SERVER_SIDE_CURSORS")
        if self.strategy.cursors_disabled:
            if off.state is not State.UNKNOWN and not off.value:
                self._set(("DISABLE_SERVER_SIDE_CURSORS",), True, "its server-side cursors are on", off)
            prepare = self.database.options.get("prepare_threshold")
            if prepare is not None and prepare.value is not None:
                self._set(("OPTIONS", "prepare_threshold"), None, "it prepares statements", prepare)
            return
        if off.state is not State.KNOWN or not off.value:
            return
        front = outside(self.database, self.evidence).front
        if front in (Front.TRANSACTION, Front.STATEMENT, Front.UNCLEAR):
            return  # they are still in the way of cursors
        self._remove(("DISABLE_SERVER_SIDE_CURSORS",), "its server-side cursors are off")
        address = self.database.get("HOST").certain and self.database.get("PORT").certain
        if self.strategy.mode is PoolMode.SESSION and front is not Front.SESSION:
            self.doubts.append("no file shows that the pooler is in session mode")
        elif front is Front.DIRECT and not address:
            self.doubts.append("whether the address leads past every pooler is not in the files")

    def statements(self) -> None:
        """`AUTOCOMMIT`, which must not be off in statement mode."""
        autocommit = self.database.get("AUTOCOMMIT")
        if self.strategy.mode is PoolMode.STATEMENT and autocommit.state is State.KNOWN and not autocommit.value:
            self._remove(("AUTOCOMMIT",), "its AUTOCOMMIT is off")

    def _kept(self) -> bool | None:
        """Whether connections are kept between requests; None where nothing is asked of the age."""
        if self.strategy.age is Age.AS_SERVED:
            situation = decide(bare(self.database), self.evidence).served.situation
            if situation in (Situation.UNKNOWN, Situation.WORKERS):
                return None
            return situation is Situation.THREADS
        return self.strategy.age is Age.KEPT

    def _set(self, path: tuple[str, ...], value: object, difference: str, was: Value | None = None) -> None:
        self.differences.append(difference)
        self.actions.append(SetSetting(self.database.key, path, value))
        if was is not None and was.state is State.ENVIRONMENT:
            named = was.variable or "its variable"
            self.doubts.append(f"only the default of {path[-1]} changes; where {named} is set, its value still holds")

    def _remove(self, path: tuple[str, ...], difference: str) -> None:
        self.differences.append(difference)
        self.actions.append(RemoveSetting(self.database.key, path))


def _pools(database: Database) -> bool | None:
    """Whether `OPTIONS["pool"]` is on, whatever the engine; None when that cannot be seen."""
    if not brings_a_pool(database.engine.value):
        return database.has_pool
    return bool(database.options.values.get("pool"))


def _keeps(age: object) -> bool:
    """Whether a `CONN_MAX_AGE` keeps connections; text counts as the number it is taken for."""
    if isinstance(age, str):
        try:
            return float(age) > 0
        except ValueError:
            return age == "None"
    return age is None or (isinstance(age, int | float) and age > 0)


def _shown(value: object) -> str:
    return repr(value) if value is None or isinstance(value, int | float) else "not 0"
