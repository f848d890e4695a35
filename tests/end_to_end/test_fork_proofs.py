"""Processes that share one connection read each other's rows, and no longer when it is closed before the fork."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.bench import Bench, database
from tests.end_to_end.test_request_proofs import SETTINGS, URLS

if TYPE_CHECKING:
    from tests.servers.postgresql import Login

VIEW = """\
import multiprocessing

from django.db import connection, connections
from django.db import models
from django.http import HttpResponse


class Order(models.Model):
    n = models.IntegerField(primary_key=True)

    class Meta:
        app_label = "shop"
        db_table = "orders"


def count(number):
    with connection.cursor() as cursor:
        for turn in range(100):
            cursor.execute("SELECT %s::int", [1000 * number + turn])
            if cursor.fetchone() != (1000 * number + turn,):
                raise SystemExit(1)


def page(request):
    Order.objects.count()
    CLOSE
    workers = [multiprocessing.Process(target=count, args=(number,)) for number in (1, 2, 3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
        worker.kill()  # those who wait for an answer that another has read
    return HttpResponse(status=200 if all(worker.exitcode == 0 for worker in workers) else 500)
"""
ALONE = VIEW.replace("CLOSE", "connections.close_all()")
SHARED = VIEW.replace("    CLOSE\n", "").replace("worker.join(20)", "worker.join(2)")


@pytest.mark.proves("DCF308")
def test_forked_processes_share_a_connection(bench: Bench, alone: Login) -> None:
    settings = SETTINGS.format(databases=database(alone), more='INSTALLED_APPS = ["shop"]')
    bench.write({"shop/settings.py": settings, "shop/urls.py": URLS, "shop/views.py": SHARED})
    assert bench.reports("DCF308")
    assert 500 in bench.exercise(alone, *["/"] * 5).statuses  # now and then they take turns by chance
    bench.write({"shop/views.py": ALONE})
    assert not bench.reports("DCF308")
    assert bench.exercise(alone, "/").statuses == [200]
