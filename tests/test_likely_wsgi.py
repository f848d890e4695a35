"""What speaks for WSGI where no file starts a server, and what forbids saying so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from djconnfix.decision import Situation, served
from djconnfix.facts import Evidence, Package, Server, Serving
from djconnfix.source import Location

HERE = Location("shop/settings.py", 3, 1, 3, 9, 20, 28)


def packages(*names: str) -> dict[str, Package]:
    return {name: Package(name, (1,), False, frozenset(), HERE) for name in names}


LIKELY = Evidence(packages=packages("django", "psycopg"), wsgi_application=HERE)


def test_the_setting_and_no_other_server_speak_for_wsgi_but_prove_nothing() -> None:
    by = served(LIKELY)
    assert (by.situation, by.certain) == (Situation.THREADS, False)
    assert by.because[0].location == HERE


@pytest.mark.parametrize(
    "evidence",
    [
        pytest.param(replace(LIKELY, wsgi_application=None), id="no WSGI_APPLICATION and no WSGI server"),
        pytest.param(replace(LIKELY, asgi_application=HERE), id="ASGI_APPLICATION"),
        pytest.param(replace(LIKELY, packages={}), id="no requirements seen"),
        *(
            pytest.param(replace(LIKELY, packages=packages("django", name)), id=name)
            for name in ("uvicorn", "daphne", "hypercorn", "granian", "channels", "gevent", "eventlet")
        ),
    ],
)
def test_otherwise_nothing_is_said(evidence: Evidence) -> None:
    assert served(evidence).situation is Situation.UNKNOWN


def test_an_installed_wsgi_server_speaks_for_it_too() -> None:
    by = served(Evidence(packages=packages("django", "gunicorn")))
    assert (by.situation, by.certain) == (Situation.THREADS, False)
    assert [each.text for each in by.because] == ["gunicorn is installed"]


def test_a_server_of_an_unknown_kind_beside_wsgi_takes_the_certainty() -> None:
    gunicorn = Server(Serving.WSGI, "gunicorn", HERE)
    script = Server(Serving.UNKNOWN, "start.sh", HERE)
    assert served(Evidence(servers=(gunicorn,))).certain
    assert not served(Evidence(servers=(gunicorn, script))).certain


def test_a_server_of_an_unknown_kind_alone_is_not_overruled_by_packages() -> None:
    script = Server(Serving.UNKNOWN, "start.sh", HERE)
    assert served(replace(LIKELY, servers=(script,))).situation is Situation.UNKNOWN
