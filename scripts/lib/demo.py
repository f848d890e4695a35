"""The demonstration that scripts/demo runs: the bundled shop before the fix and after it, side by side."""

from __future__ import annotations

import shlex
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.servers import ServerUnavailable, Testbed
from tests.servers.process import ServerFailed
from tests.servers.shop import Measurement, Shop

SECONDS = 6.0
FIX = ["connfix", "--unsafe-fixes"]


def say(text: str) -> None:
    print(f"\n== {text}", flush=True)


def manage(shop: Shop, *arguments: str) -> int:
    """Run a command of the shop as its owner would, and show all of it."""
    print(f"$ python {shlex.join(['manage.py', *arguments])}", flush=True)
    result = shop.manage(*arguments, check=False)
    sys.stdout.write(result.stdout)
    sys.stderr.write(result.stderr)
    print(f"(exit status {result.returncode})", flush=True)
    return result.returncode


def sources(shop: Shop) -> dict[Path, bytes]:
    """Every Python file of the shop."""
    return {path: path.read_bytes() for path in shop.folder.rglob("*.py")}


def table(before: Measurement, after: Measurement) -> str:
    """Both measurements in two columns."""
    rows = [
        ("requests per second", before.load.requests_per_second, after.load.requests_per_second, ".0f"),
        ("requests made", before.load.requests, after.load.requests, "d"),
        ("requests failed", before.load.failures, after.load.failures, "d"),
        (
            "new connections per 100 requests",
            before.new_connections_per_100_requests,
            after.new_connections_per_100_requests,
            ".1f",
        ),
        ("connections open after the load", before.open_connections, after.open_connections, "d"),
        ("of these idle in transaction", before.idle_in_transaction, after.idle_in_transaction, "d"),
    ]
    lines = [f"{'':<34}{'before':>10}{'after':>10}"]
    lines += [f"{name:<34}{first:>10{form}}{second:>10{form}}" for name, first, second, form in rows]
    return "\n".join(lines)


def demonstrate(bed: Testbed) -> int:
    """The whole story; the exit status."""
    say("Starting PostgreSQL, and the shop's database on it")
    postgresql = bed.postgresql(settings={"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"})
    shop = Shop(bed, postgresql)
    served = shlex.join(shop.command("web"))
    say(f"The shop as it is: {served}, {SECONDS:.0f} seconds of visitors")
    before = shop.measure(seconds=SECONDS)
    installed = shop.install_djconnfix().relative_to(shop.folder)
    say(f"What djconnfix says about it, once it stands in INSTALLED_APPS in {installed}")
    manage(shop, "connaudit")
    say("What it would change")
    manage(shop, *FIX, "--dry-run")
    say("Changing it")
    untouched = sources(shop)
    manage(shop, *FIX)
    if sources(shop) == untouched:
        print("demo: nothing was changed, so there is nothing to compare", file=sys.stderr)
        return 1
    say(f"The shop after the fix: {served}, {SECONDS:.0f} seconds of visitors")
    after = shop.measure(seconds=SECONDS)
    say("Side by side")
    print(table(before, after))
    return 0


def interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Run the demonstration, and leave nothing behind whatever happens."""
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGINT, interrupt)
    try:
        with Testbed(lambda line: print(line, flush=True)) as bed:
            return demonstrate(bed)
    except KeyboardInterrupt:
        print("\nStopped; everything is cleaned up.", file=sys.stderr)
        return 130
    except (ServerUnavailable, ServerFailed) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
