"""Run in a project's folder: request pages through its own handler, then look at its database from outside."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from collections import Counter

import psycopg

from djconnfix.probe.compare.handlers import Site, asgi_request, wsgi_request

SITE = Site("localhost", secure=False)
SESSIONS = "SELECT pid, state FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()"


def main() -> None:
    order = json.loads(sys.stdin.read())
    sys.path.insert(0, os.getcwd())  # noqa: PTH109
    outside = psycopg.connect(
        host=order["host"],
        port=order["port"],
        user=order["user"],
        password=order["password"],
        dbname=order["database"],
        autocommit=True,
    )
    outside.execute("CREATE TABLE IF NOT EXISTS orders (n int)")
    outside.execute("TRUNCATE orders")
    import django

    django.setup()
    logging.disable(logging.CRITICAL)
    statuses = []
    for path in order["paths"]:
        try:
            statuses.append(request(path, asgi=order["asgi"]))
        except Exception:  # a server answers so when its application raises
            statuses.append(500)
        if order["kill"]:
            outside.execute(f"SELECT pg_terminate_backend(pid) FROM ({SESSIONS}) AS theirs")
    found = outside.execute("SELECT count(*) FROM orders").fetchone()
    states = standing(outside)
    print(json.dumps({"statuses": statuses, "rows": found[0] if found else 0, "sessions": states}), flush=True)
    os._exit(0)


def standing(outside: psycopg.Connection) -> Counter[str]:
    """Return the sessions by state, once those that were closed are gone from the server too."""
    seen: list[Counter[str]] = []
    while len(seen) < 40 and (len(seen) < 6 or any(each != seen[-1] for each in seen[-6:])):
        seen.append(Counter(row[1] for row in outside.execute(SESSIONS)))
        if not seen[-1]:
            break
        time.sleep(0.1)
    return seen[-1]


def request(path: str, *, asgi: bool) -> int:
    if asgi:
        from django.core.asgi import get_asgi_application

        return asyncio.run(asgi_request(get_asgi_application(), SITE, path))
    from django.core.servers.basehttp import get_internal_wsgi_application

    return wsgi_request(get_internal_wsgi_application(), SITE, path)


if __name__ == "__main__":
    main()
