"""What a strategy asks of requirement files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.records import dataclass
from djconnfix.strategies.table import Pool

if TYPE_CHECKING:
    from djconnfix.facts import Evidence, Package
    from djconnfix.source import Location
    from djconnfix.strategies.table import Strategy

_DRIVERS = {
    "postgresql": ("psycopg", "psycopg2", "psycopg2-binary"),
    "mysql": ("mysqlclient", "pymysql", "mysql-connector-python"),
    "oracle": ("oracledb",),
}


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not asked for.

    Attributes:
        wanted: the distribution, with its extra.
        extra: the extra to add to `beside`; empty: a line of its own goes below it.
        line: what to write.
        beside: the line that names the driver; None when no file does.
    """

    wanted: str
    extra: str
    line: str
    beside: Location | None

    @property
    def editable(self) -> bool:
        """Whether the driver stands in a plain requirements file, which can be written."""
        return self.beside is not None and self.beside.path.endswith(".txt")


def missing_package(strategy: Strategy, evidence: Evidence, vendor: str) -> Missing | None:
    """Return what a strategy needs and no file asks for; None when nothing is missing or no file names packages."""
    packages = evidence.packages
    if not packages:
        return None
    driver = next((packages[name] for name in _DRIVERS.get(vendor, ()) if name in packages), None)
    if strategy.pool is Pool.DJANGO and vendor == "postgresql":
        return _pool_extra(driver, evidence)
    if strategy.needs and strategy.needs not in packages:
        line = f"{strategy.needs}>=1.2"
        return Missing(strategy.needs, "", line, driver.location if driver else None)
    return None


def _pool_extra(driver: Package | None, evidence: Evidence) -> Missing | None:
    if driver is None or driver.name != "psycopg" or "pool" in driver.extras or "psycopg-pool" in evidence.packages:
        return None
    extras = ",".join(sorted({*driver.extras, "pool"}))
    return Missing("psycopg[pool]", "pool", f"psycopg[{extras}]", driver.location)
