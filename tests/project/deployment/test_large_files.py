"""Readers whose time must grow with a file as its size does, on what would make them look back again and again."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.project.deployment import deployment

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 20  # of processor time; each takes a fraction of one, and minutes when it looks back
LARGE = [
    ("odyssey.conf", "listen " * 120_000 + "storage database pool {"),
    ("odyssey.conf", 'database "x" {\n' * 60_000 + "storage pool"),
    ("pgcat.toml", '[general]\npool_mode = "x"\n' * 35_000),
    ("fly.toml", '[processes]\nweb = "gunicorn shop.wsgi"\n' * 2_000 + "[x]\n" * 100_000),
    ("pgbouncer.ini", "[databases]\n" + "a = host=h pool_size=5 " * 40_000 + "\n[pgbouncer]\npool_mode=session\n"),
    ("zappa_settings.yml", "django_settings: " * 50_000),
]


@pytest.fixture(autouse=True)
def _limited() -> Iterator[None]:
    def give_up(*_: object) -> None:
        raise AssertionError("it looks back again and again")

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize(("path", "text"), LARGE, ids=[f"{path}-{text[:12].strip()}" for path, text in LARGE])
def test_time_grows_with_size(path: str, text: str) -> None:
    found = deployment({path: text})
    assert len(found.poolers) <= 1
