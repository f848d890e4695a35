"""Servers that Python programs start."""

from __future__ import annotations

import pytest

from tests.project.deployment import briefs, deployment

STARTS = [
    ('cmd = [\n  "gunicorn", "shop.asgi:application",\n  "-k", "uvicorn.workers.UvicornWorker", "-w", str(self.worker)]\n', "asgi gunicorn uvicorn.workers.UvicornWorker p=? t=1 shop.asgi:application"),
    ('subprocess.run(("/venv/bin/gunicorn", "shop.wsgi", "-w", "3"))\n', "wsgi gunicorn sync p=3 t=1 shop.wsgi"),
    ('args = ["gunicorn", "-w", 3, "shop.wsgi"] + extra\n', "wsgi gunicorn sync p=3 t=1 shop.wsgi"),
    ('args = ["gunicorn", "-w", WORKERS, "shop.wsgi"]\n', "wsgi gunicorn sync p=? t=1 shop.wsgi"),
    ('import uvicorn\nuvicorn.run("shop.asgi:application", workers=4)\n', "asgi uvicorn p=4 t=? shop.asgi:application"),
    ('import uvicorn\nuvicorn.run("shop.asgi:application", reload=True)\n', "asgi uvicorn p=1 t=? shop.asgi:application development"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), STARTS, ids=[text.splitlines()[-1] for text, _ in STARTS])
def test_a_server_that_python_starts(text: str, expected: str) -> None:
    assert [line.split(" ", 1)[1] for line in briefs({"ops/gunicorn_service.py": text})] == [expected]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("serve.py", 'SERVERS = ["gunicorn", "uwsgi"]\n'),
        ("serve.py", 'NAMES = ("gunicorn",)\n'),
        ("serve.py", '# ["gunicorn", "shop.wsgi"]\n'),
        ("serve.py", "uvicorn.run(app)\n"),
        ("models.py", 'x = ["gunicorn", "shop.wsgi"]\n'),
    ],
    ids=["list-of-programs", "one-name", "comment", "object", "other-file"],
)
def test_what_starts_no_server(path: str, text: str) -> None:
    assert [server.program for server in deployment({path: text}).servers if server.application] == []


def test_python_that_cannot_be_parsed_is_named() -> None:
    assert [item.path for item in deployment({"serve.py": 'x = ["gunicorn", "shop.wsgi"\n'}).unreadable] == ["serve.py"]
