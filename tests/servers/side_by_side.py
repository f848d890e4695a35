"""``python -m tests.servers.side_by_side``: is the shop after `connfix` as quick as the best settings made by hand?

For each kind of web server the shop is repaired once by `connfix` and, from the same code, given settings by hand in every
way that people write. All of them are served at the same time, each with a database of its own; then they are put under
the same load in turn, in many short rounds, each in another order. Two ratios to the best way by hand are printed: of the rates
(the median over the rounds, each within a round, so that whatever else the machine does meets all of them), and of the
requests for each second of processor time that web server and database spend, which is what the rate comes to where they
have the machine to themselves. On a machine that others use too only the second is to be trusted. It is printed twice: to the
best of all, and to the best of those that, like `connfix`, check connections before they use them. The others save that query
for each alias and request, and pay with a failed request for each connection that a restart of the server ends. Connections
are counted at the end.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from tests.servers.bed import Testbed
from tests.servers.load import run_load
from tests.servers.process import processor_seconds
from tests.servers.shop import PAGES, Shop

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.servers.postgresql import PostgreSQL
    from tests.servers.web import WebServer

GUNICORN = "gunicorn shop.wsgi --workers 2 --threads 4"
UVICORN = "uvicorn shop.asgi:application --workers 2 --log-level warning"
CLIENTS = 8
SETTLE = 1.5  # seconds
EACH = "for _alias in DATABASES.values():\n    _alias.pop('OPTIONS', None)\n    _alias.update({})\n"
WITHOUT = "MIDDLEWARE = [each for each in MIDDLEWARE if not each.startswith('shop.middleware')]\n"
IMPORT = "\nfrom .base import MIDDLEWARE  # noqa: E402\n\n"


def by_hand(**settings: object) -> str:
    """Lines that give every alias these settings."""
    return "\n\n" + EACH.format(repr(settings))


KEPT = by_hand(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True)
FOR_EVER = by_hand(CONN_MAX_AGE=None, CONN_HEALTH_CHECKS=False)
CLOSED = by_hand(CONN_MAX_AGE=0, CONN_HEALTH_CHECKS=False)
ATOMIC = by_hand(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True) + "DATABASES['default']['ATOMIC_REQUESTS'] = True\n"
POOL = by_hand(CONN_MAX_AGE=0, CONN_HEALTH_CHECKS=False, OPTIONS={"pool": {"min_size": 1, "max_size": 4}})
POOL_CHECKED = by_hand(CONN_MAX_AGE=0, CONN_HEALTH_CHECKS=True, OPTIONS={"pool": {"min_size": 1, "max_size": 10}})


@dataclass(frozen=True)
class Way:
    """One way to serve the shop.

    Attributes:
        name: what to call it.
        web: the line of its Procfile.
        fix: more options of `connfix`.
        settings: lines below the production settings, written by hand.
        ours: whether it is `connfix` alone that decides.
        checked: whether connections are checked before they are used again, or never are.
    """

    name: str
    web: str
    fix: tuple[str, ...] = ()
    settings: str = ""
    ours: bool = False
    checked: bool = True


POOLED = ("--strategy", "pool", "--requirements")
WAYS = {
    "gunicorn": (
        Way("connfix", GUNICORN, ours=True),
        Way("connfix --strategy pool", GUNICORN, POOLED, ours=True),
        Way("by hand: age 60, health checks", GUNICORN, settings=KEPT),
        Way("by hand: age None, no checks", GUNICORN, settings=FOR_EVER, checked=False),
        Way("by hand: ATOMIC_REQUESTS, age 60", GUNICORN, settings=ATOMIC + IMPORT + WITHOUT),
        Way("by hand: pool, no checks", GUNICORN, settings=POOL, checked=False),
        Way("by hand: pool, health checks", GUNICORN, settings=POOL_CHECKED),
        Way("by hand: closed each time", GUNICORN, settings=CLOSED),
    ),
    "uvicorn": (
        Way("connfix", UVICORN, ours=True),
        Way("connfix --strategy pool", UVICORN, POOLED, ours=True),
        Way("by hand: pool of 4, no checks", UVICORN, settings=POOL, checked=False),
        Way("by hand: pool of 10, health checks", UVICORN, settings=POOL_CHECKED),
        Way("by hand: closed each time", UVICORN, settings=CLOSED),
    ),
}


@dataclass
class Served:
    """A way that is being served, and what was measured of it."""

    way: Way
    shop: Shop
    web: WebServer
    budget: int | None
    rates: list[float] = field(default_factory=list)
    requests: int = 0
    processor: float = 0.0
    failures: int = 0
    standing: int = 0

    def work(self, postgresql: PostgreSQL) -> float:
        """Processor seconds of its web server and of the database server since they were started."""
        return sum(processor_seconds(each.process.process.pid) for each in (self.web, postgresql))

    @property
    def work_for_a_request(self) -> float:
        """Processor seconds."""
        return self.processor / self.requests if self.requests else 0.0


@dataclass(frozen=True)
class Result:
    """One way, measured; ratios are to the best way by hand of the same kind.

    Attributes:
        rate: requests per second, the median over rounds.
        ratio: of the rates, the median over rounds.
        work: processor seconds of web server and database for a request.
        work_ratio: how many requests the same work would serve.
        checked_ratio: the same, to the best of those that check connections.
    """

    kind: str
    name: str
    ours: bool
    rate: float
    ratio: float
    work: float
    work_ratio: float
    checked_ratio: float
    standing: int
    budget: int | None
    failures: int


def measure(
    bed: Testbed, postgresql: PostgreSQL, kind: str, ways: Sequence[Way], rounds: int, requests: int
) -> list[Result]:
    """Serve every way, put them under load in turn, and count."""
    served: list[Served] = []
    try:
        for way in ways:
            bed.progress(f"serving {kind}: {way.name}")
            served.append(serve(bed, postgresql, way))
        for number in range(rounds + 1):
            bed.progress(f"{kind}: round {number} of {rounds}")
            for each in random.sample(served, len(served)):
                before = each.work(postgresql)
                load = run_load(each.web.url, PAGES, clients=CLIENTS, requests=requests)
                each.failures += load.failures
                if number:  # the first is to warm up
                    each.rates.append(load.requests_per_second)
                    each.requests += load.requests
                    each.processor += each.work(postgresql) - before
        time.sleep(SETTLE)
        for each in served:
            each.standing = postgresql.sessions(each.shop.login)
    finally:
        for each in served:
            each.web.stop()
    return results(kind, served)


def serve(bed: Testbed, postgresql: PostgreSQL, way: Way) -> Served:
    """Repair a new copy of the shop, write the settings by hand, and serve it."""
    shop = Shop(bed, postgresql)
    procfile = shop.folder / "Procfile"
    lines = [line for line in procfile.read_text(encoding="utf-8").splitlines() if not line.startswith("web:")]
    procfile.write_text("\n".join([*lines, f"web: {way.web}", ""]), encoding="utf-8")
    shop.install_djconnfix()
    shop.manage("connfix", "--unsafe-fixes", *way.fix, check=False)
    if way.settings:
        production = shop.folder / "shop" / "settings" / "production.py"
        production.write_text(production.read_text(encoding="utf-8") + way.settings, encoding="utf-8")
    return Served(way, shop, shop.serve(), None if way.settings else printed_budget(shop))


def printed_budget(shop: Shop) -> int | None:
    """The sum that `djconnfix budget` prints for the shop as it is now; None when it prints none."""
    text = shop.djconnfix("budget").stdout
    sums = [int(number) for number in re.findall(r"together (\d+) at a time", text)]
    return sum(sums) if sums else None


def results(kind: str, served: Iterable[Served]) -> list[Result]:
    """Compare every way with the best one by hand: the one with the highest median."""
    ways = list(served)
    by_hand = [each for each in ways if not each.way.ours]
    best = max(by_hand, key=lambda each: median(each.rates))
    least = min(each.work_for_a_request for each in by_hand)
    least_checked = min((each.work_for_a_request for each in by_hand if each.way.checked), default=0.0)
    return [
        Result(
            kind,
            each.way.name,
            each.way.ours,
            median(each.rates),
            median(own / other for own, other in zip(each.rates, best.rates, strict=True)),
            each.work_for_a_request,
            least / each.work_for_a_request if each.work_for_a_request else 0.0,
            least_checked / each.work_for_a_request if each.work_for_a_request else 0.0,
            each.standing,
            each.budget,
            each.failures,
        )
        for each in ways
    ]


def show(found: Iterable[Result]) -> str:
    """A table."""
    heads = (
        f"{'requests/s':>12}{'to the best':>13}",
        f"{'work':>9}{'to the best':>13}{'with checks':>13}",
        f"{'standing':>10}{'budget':>8}",
    )
    lines = [f"{'':<48}{''.join(heads)}{'failed':>8}"]
    for each in found:
        allowed = "" if each.budget is None else str(each.budget)
        lines.append(
            f"{each.kind:<10}{each.name:<38}{each.rate:>12.1f}{each.ratio:>13.2f}"
            f"{each.work * 1000:>6.1f} ms{each.work_ratio:>13.2f}{each.checked_ratio:>13.2f}"
            f"{each.standing:>10}{allowed:>8}{each.failures:>8}"
        )
    return "\n".join(lines)


def main() -> int:
    """Measure and print; 1 when `connfix` is slower than it promises, or keeps more connections."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40, help="of each way (default: 40)")
    parser.add_argument("--requests", type=int, default=48, help="in a round (default: 48)")
    parser.add_argument("--kind", choices=sorted(WAYS), action="append", help="of web server (default: both)")
    options = parser.parse_args()
    with Testbed(lambda line: print(line, file=sys.stderr, flush=True)) as bed:
        postgresql = bed.postgresql(settings={"max_connections": "300"})
        found = [
            each
            for kind in options.kind or WAYS
            for each in measure(bed, postgresql, kind, WAYS[kind], options.rounds, options.requests)
        ]
    print(show(found))
    reached: list[float] = []
    for kind in dict.fromkeys(each.kind for each in found):
        best = max((each for each in found if each.kind == kind and each.ours), key=lambda each: each.checked_ratio)
        reached.append(best.checked_ratio)
        print(
            f"{kind}: for the same work {best.name} serves {best.checked_ratio:.2f} of what the best settings by hand do "
            f"that check connections, {best.work_ratio:.2f} of what the best of all do"
        )
    over = [each for each in found if each.budget is not None and each.standing > each.budget]
    return 1 if over or min(reached) < 0.95 else 0


if __name__ == "__main__":
    sys.exit(main())
