"""Own worker classes, and servers of other frameworks in the same repository."""

from __future__ import annotations

import pytest

from tests.project.deployment import briefs

BASES = [
    ("class Own(UvicornWorker):\n    pass\n", "asgi gunicorn shop.workers.Own p=1 t=1"),
    ("class Own(uvicorn.workers.UvicornH11Worker): pass\n", "asgi gunicorn shop.workers.Own p=1 t=1"),
    ("class Own(GeventWorker):\n    pass\n", "wsgi gunicorn shop.workers.Own p=1 t=1 greenlets"),
    ("class Own(ThreadWorker):\n    pass\n", "wsgi gunicorn shop.workers.Own p=1 t=1"),
    ("class Own(Base):\n    pass\n", "unknown gunicorn shop.workers.Own p=1 t=1"),
    ("class Other(UvicornWorker):\n    pass\n", "unknown gunicorn shop.workers.Own p=1 t=1"),
    ("Own = make()\n", "unknown gunicorn shop.workers.Own p=1 t=1"),
]


@pytest.mark.parametrize(("text", "expected"), BASES, ids=[text.split(":", 1)[0] for text, _ in BASES])
def test_the_base_of_an_own_worker_class_says_what_it_serves(text: str, expected: str) -> None:
    files = {"Procfile": "web: gunicorn -k shop.workers.Own shop.main:app\n", "shop/workers.py": text}
    assert briefs(files) == [f"Procfile:1 {expected} shop.main:app"]


FOREIGN = [
    ("from flask import Flask\napp = Flask(__name__)\n", False),
    ("from fastapi import FastAPI\napp = FastAPI()\n", False),
    ("from fastapi import FastAPI\nimport django\ndjango.setup()\napp = FastAPI()\n", True),
    ("app = load()\n", True),
    ("", True),
]


@pytest.mark.parametrize(("text", "kept"), FOREIGN, ids=["flask", "fastapi", "fastapi-with-django", "unknown", "empty"])
def test_a_server_of_another_framework_is_left_out_when_that_is_proven(text: str, kept: bool) -> None:
    files = {
        "side/Dockerfile": "FROM x\nCMD gunicorn -c gunicorn.conf.py app:app\n",
        "side/app.py": text,
        "side/gunicorn.conf.py": "workers = 2\n",
    }
    assert [line.split(":")[0] for line in briefs(files)] == (
        ["side/Dockerfile", "side/gunicorn.conf.py"] if kept else []
    )


def test_an_application_that_is_not_in_the_tree_counts() -> None:
    assert briefs({"Procfile": "web: gunicorn app:app\n"}) == ["Procfile:1 wsgi gunicorn sync p=1 t=1 app:app"]
