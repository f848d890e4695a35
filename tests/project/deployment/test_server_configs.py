"""Configuration files of servers: gunicorn's Python, uWSGI's ini, yaml and xml."""

from __future__ import annotations

import pytest

from tests.project.deployment import briefs, deployment

GUNICORN = [
    ("workers = 3\nthreads = 4\n", "wsgi gunicorn gthread p=3 t=4"),
    ("workers=3\nworker_class='sync'\n", "wsgi gunicorn sync p=3 t=1"),
    ("bind = ':80'\nworker_class = 'gevent'\nthreads = 8\n", "wsgi gunicorn gevent p=1 t=1 greenlets"),
    ("worker_class = 'shop.workers.ShopUvicornWorker'\nworkers = 3\nthreads = 6\n", "asgi gunicorn shop.workers.ShopUvicornWorker p=3 t=6"),
    ("wsgi_app = 'shop.asgi:application'\nworker_class = 'uvicorn_worker.UvicornWorker'\n", "asgi gunicorn uvicorn_worker.UvicornWorker p=1 t=1 shop.asgi:application"),
    ("import multiprocessing\nworkers = multiprocessing.cpu_count() * 2 + 1\n", "wsgi gunicorn sync p=? t=1"),
    ("workers = min(multiprocessing.cpu_count() * 2 + 1, 8)\n", "wsgi gunicorn sync p=? t=1"),
    ("import os\nworkers = int(os.environ.get('WEB_CONCURRENCY', 2))\n", "wsgi gunicorn sync p=2 t=1"),
    ("workers = os.getenv('N', default='5')\n", "wsgi gunicorn sync p=5 t=1"),
    ("workers = int(os.getenv('N') or 5)\n", "wsgi gunicorn sync p=5 t=1"),
    ("workers = int(os.environ['N'])\n", "wsgi gunicorn sync p=? t=1"),
    ("n = 2\nworkers = n * 2 + 1\n", "wsgi gunicorn sync p=5 t=1"),
    ("workers = workers\nbind = ''\n", "wsgi gunicorn sync p=? t=1"),
    ("a = b\nb = a\nworkers = a\n", "wsgi gunicorn sync p=? t=1"),
    ("workers: int = 4\n", "wsgi gunicorn sync p=4 t=1"),
    ("if os.environ.get('X'):\n    workers = 9\nworkers = 4\n", "wsgi gunicorn sync p=4 t=1"),
    ("workers = 4\npreload_app = True\ntimeout = 90\n", "wsgi gunicorn sync p=4 t=1 preload"),
    ("workers = 1\nraw_env = ['DJANGO_SETTINGS_MODULE=shop.settings.live']\n", "wsgi gunicorn sync p=1 t=1 shop.settings.live"),
    ("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\nworkers = 1\n", "wsgi gunicorn sync p=1 t=1 shop.settings"),
    ("from uvicorn.workers import UvicornWorker\nworker_class = UvicornWorker\nbind = ''\n", "asgi gunicorn UvicornWorker p=1 t=1"),
    ("worker_class = pick()\nworkers = 2\n", "unknown gunicorn p=2 t=1"),
    ("workers = 2 if x else 3\n", "wsgi gunicorn sync p=? t=1"),
    ("workers = 10 ** 10 ** 10\n", "wsgi gunicorn sync p=? t=1"),
    ("workers = 99999999999 * 99999999999\n", "wsgi gunicorn sync p=? t=1"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), GUNICORN, ids=[text for text, _ in GUNICORN])
@pytest.mark.parametrize(
    "path", ["gunicorn.conf.py", "gunicorn.conf", "shop/docker_gunicorn_configuration.py", "etc/gunicorn/shop.py"]
)
def test_gunicorn_configuration_is_read_and_never_run(path: str, text: str, expected: str) -> None:
    (found,) = briefs({path: text})
    assert found.split(" ", 1)[1] == expected


@pytest.mark.parametrize(
    "files",
    [
        {"gunicorn.conf.py": "accesslog = '-'\n"},
        {"shop/gunicorn_hooks.py": "def post_fork(server, worker):\n    workers = 3\n"},
        {"shop/config.py": "workers = 3\nthreads = 2\n"},
        {"shop/settings/config.py": "# gunicorn\nINSTALLED_APPS = []\nworkers = 3\n"},
        {"etc/nginx/gunicorn.conf": "upstream app { server unix:/run/gunicorn.sock; }\n"},
        {"gunicorn.md": "workers = 3\n"},
    ],
    ids=["no-server-option", "inside-a-function", "not-gunicorn", "django-settings", "nginx", "documentation"],
)
def test_other_files_are_no_gunicorn_configuration(files: dict[str, str]) -> None:
    assert briefs(files) == []


CONFIG = "workers = 3\nthreads = 4\ntimeout = 60\n"

LAYERS = [
    ("Procfile", "web: gunicorn -c gunicorn.conf.py shop.wsgi", {}, "wsgi gunicorn gthread p=3 t=4 shop.wsgi"),
    ("Procfile", "web: gunicorn -c gunicorn.conf.py -w 9 shop.wsgi", {}, "wsgi gunicorn gthread p=9 t=4 shop.wsgi"),
    ("Procfile", "web: gunicorn shop.wsgi", {}, "wsgi gunicorn gthread p=3 t=4 shop.wsgi"),
    ("Procfile", "web: GUNICORN_CMD_ARGS='-w 7' gunicorn shop.wsgi", {}, "wsgi gunicorn gthread p=7 t=4 shop.wsgi"),
    ("Procfile", "web: gunicorn --config=file:/app/gunicorn.conf.py shop.wsgi", {}, "wsgi gunicorn gthread p=3 t=4 shop.wsgi"),
    ("Procfile", "web: gunicorn -k gevent shop.wsgi", {}, "wsgi gunicorn gevent p=3 t=1 greenlets shop.wsgi"),
    ("Procfile", "web: gunicorn -w $N shop.wsgi", {}, "wsgi gunicorn gthread p=? t=4 shop.wsgi"),
    ("deploy/Procfile", "web: gunicorn -c gunicorn.conf.py shop.wsgi", {"deploy/gunicorn.conf.py": "workers = 1"}, "wsgi gunicorn sync p=1 t=1 shop.wsgi"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "command", "more", "expected"), LAYERS, ids=[layer[1] for layer in LAYERS])
def test_the_command_line_goes_over_the_file(path: str, command: str, more: dict[str, str], expected: str) -> None:
    found = briefs({path: command, "gunicorn.conf.py": CONFIG, **more})
    assert f"{path}:1 {expected}" in found


def test_a_configuration_file_is_part_of_the_command_that_uses_it() -> None:
    found = deployment({"Procfile": "web: gunicorn -c etc/gunicorn.conf.py shop.wsgi", "etc/gunicorn.conf.py": CONFIG})
    command, config = found.servers
    assert (command.location.path, command.part_of, command.timeout) == ("Procfile", None, 60)
    assert (config.location.path, config.part_of) == ("etc/gunicorn.conf.py", command.location)
    assert config.notes == ("configuration of the server started in Procfile:1",)


def test_of_two_equally_likely_files_none_is_meant() -> None:
    files = {"Procfile": "web: gunicorn -c /srv/g.py shop.wsgi", "a/g.py": CONFIG, "b/g.py": CONFIG}
    assert briefs(files) == ["Procfile:1 unknown gunicorn p=? t=? shop.wsgi"]


def test_the_file_with_the_longest_common_tail_is_meant() -> None:
    files = {"Procfile": "web: gunicorn -c /srv/web/g.py shop.wsgi", "api/g.py": "workers = 9", "web/g.py": CONFIG}
    assert briefs(files)[0] == "Procfile:1 wsgi gunicorn gthread p=3 t=4 shop.wsgi"


def test_a_dotted_configuration_module_is_found() -> None:
    files = {"Procfile": "web: gunicorn --config python:etc.web.g shop.wsgi", "etc/web/g.py": CONFIG}
    assert briefs(files)[0] == "Procfile:1 wsgi gunicorn gthread p=3 t=4 shop.wsgi"


UWSGI = [
    ("uwsgi.ini", "[uwsgi]\nmodule = shop.wsgi\nprocesses = 4\nthreads = 2\n", "wsgi uwsgi p=4 t=2 preload shop.wsgi"),
    ("uwsgi.ini", "[uwsgi]\nworkers=4\nlazy-apps=true\n", "wsgi uwsgi p=4 t=1"),
    ("uwsgi.ini", "[uwsgi]\nworkers=4\nlazy-apps=false\n", "wsgi uwsgi p=4 t=1 preload"),
    ("uwsgi.ini", "[uwsgi]\nmaster = true\n", "wsgi uwsgi p=1 t=1 preload"),
    ("uwsgi.ini", "[uwsgi]\nprocesses = ${N}\nthreads=$(T)\n", "wsgi uwsgi p=? t=? preload"),
    ("uwsgi.ini", "[uwsgi]\nn = 6\nprocesses = %(n)\n", "wsgi uwsgi p=6 t=1 preload"),
    ("uwsgi.ini", "[uwsgi]\nprocesses = %k\n", "wsgi uwsgi p=? t=1 preload"),
    ("uwsgi.ini", "[uwsgi]\nprocesses = @(http://x/y)\n", "wsgi uwsgi p=? t=1 preload"),
    ("uwsgi.ini", "[uwsgi]\ngevent = 100\nprocesses=2\n", "wsgi uwsgi gevent p=2 t=1 greenlets preload"),
    ("uwsgi.ini", "[uwsgi]\n; processes = 9\n# threads = 9\nmaster\nprocesses = 2 ; two\n", "wsgi uwsgi p=2 t=1 preload"),
    ("uwsgi.ini", "[uwsgi]\nenv = DJANGO_SETTINGS_MODULE=shop.settings\nhttp = :80\n", "wsgi uwsgi p=1 t=1 preload shop.settings"),
    ("uwsgi.ini", "[other]\nprocesses=9\n[uwsgi]\r\nprocesses=2\r\n[more]\nthreads=9\n", "wsgi uwsgi p=2 t=1 preload"),
    ("etc/shop.ini", "\ufeff[uwsgi]\nprocesses=2", "wsgi uwsgi p=2 t=1 preload"),
    ("uwsgi.ini.j2", "[uwsgi]\nprocesses={{ n }}\n", "wsgi uwsgi p=? t=1 preload"),
    ("uwsgi.conf.ini", "[uwsgi]\nprocesses=2\n", "wsgi uwsgi p=2 t=1 preload"),
    ("uwsgi.yaml", "uwsgi:\n  processes: 3\n  threads: 2\n  module: shop.wsgi\n", "wsgi uwsgi p=3 t=2 preload shop.wsgi"),
    ("uwsgi.xml", "<uwsgi>\n <processes>3</processes>\n <master/>\n <module>shop.wsgi</module>\n</uwsgi>\n", "wsgi uwsgi p=3 t=1 preload shop.wsgi"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "expected"), UWSGI, ids=[text for _, text, _ in UWSGI])
def test_uwsgi_configuration(path: str, text: str, expected: str) -> None:
    (found,) = briefs({path: text})
    assert found.split(" ", 1)[1] == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tox.ini", "[tox]\nprocesses=2\n"),
        ("a.ini", "uwsgi\n[x]\nprocesses=2\n"),
        ("u.ini", "[uwsgi]\n"),
        ("u.ini", "[uwsgi]\nvacuum=true\n"),
    ],
    ids=["other-ini", "word-only", "empty", "nothing-telling"],
)
def test_other_ini_files_are_no_uwsgi_configuration(path: str, text: str) -> None:
    assert briefs({path: text}) == []


def test_a_uwsgi_command_reads_its_ini() -> None:
    files = {
        "run.sh": "uwsgi --ini /etc/uwsgi/shop.ini --threads 3\n",
        "conf/shop.ini": "[uwsgi]\nprocesses = 2\nthreads = 9\n",
    }
    assert briefs(files) == [
        "conf/shop.ini:2 wsgi uwsgi p=2 t=9 preload part-of=run.sh:1",
        "run.sh:1 wsgi uwsgi p=2 t=3 preload",
    ]
