"""What a command line starts, seen through everything that can stand in front of it."""

from __future__ import annotations

import pytest

from djconnfix.facts import Serving
from djconnfix.project.deployment.wrappers import invocations
from tests.project.deployment import brief, deployment

GUNICORN = [
    ("gunicorn shop.wsgi", "wsgi gunicorn sync p=1 t=1 shop.wsgi"),
    ("gunicorn shop.wsgi --workers 4 --threads 8", "wsgi gunicorn gthread p=4 t=8 shop.wsgi"),
    ("gunicorn shop.wsgi --workers=4 --threads=8 --timeout=90s", "wsgi gunicorn gthread p=4 t=8 shop.wsgi"),
    ("gunicorn -w4 -b 0.0.0.0:80 shop.wsgi:application", "wsgi gunicorn sync p=4 t=1 shop.wsgi:application"),
    ("gunicorn --workers 4 --threads 1 shop.wsgi", "wsgi gunicorn sync p=4 t=1 shop.wsgi"),
    ("gunicorn -k gevent -w 3 --threads 9 shop.wsgi", "wsgi gunicorn gevent p=3 t=1 greenlets shop.wsgi"),
    ("gunicorn --worker-class eventlet shop.wsgi", "wsgi gunicorn eventlet p=1 t=1 greenlets shop.wsgi"),
    ("gunicorn -k uvicorn.workers.UvicornWorker shop.asgi", "asgi gunicorn uvicorn.workers.UvicornWorker p=1 t=1 shop.asgi"),
    ("gunicorn -k uvicorn_worker.UvicornH11Worker shop.asgi:app", "asgi gunicorn uvicorn_worker.UvicornH11Worker p=1 t=1 shop.asgi:app"),
    ("gunicorn -k shop.workers.QuietUvicornWorker shop:app", "asgi gunicorn shop.workers.QuietUvicornWorker p=1 t=1 shop:app"),
    ("gunicorn -k asgi shop.asgi", "asgi gunicorn asgi p=1 t=1 shop.asgi"),
    ("gunicorn -k shop.workers.Own shop.asgi:application", "asgi gunicorn shop.workers.Own p=1 t=1 shop.asgi:application"),
    ("gunicorn -k shop.workers.Own shop.main:app", "unknown gunicorn shop.workers.Own p=1 t=1 shop.main:app"),
    ("gunicorn -k egg:gunicorn#gthread --threads 2 shop.wsgi", "wsgi gunicorn gthread p=1 t=2 shop.wsgi"),
    ("gunicorn --preload --reload-extra-file x shop.wsgi", "wsgi gunicorn sync p=1 t=1 preload shop.wsgi"),
    ("gunicorn --reload shop.wsgi", "wsgi gunicorn sync p=1 t=1 shop.wsgi development"),
    ("gunicorn -e DJANGO_SETTINGS_MODULE=shop.settings.live shop.wsgi", "wsgi gunicorn sync p=1 t=1 shop.settings.live shop.wsgi"),
    ("WEB_CONCURRENCY=5 gunicorn shop.wsgi", "wsgi gunicorn sync p=5 t=1 shop.wsgi"),
    ("WEB_CONCURRENCY=5 gunicorn -w 2 shop.wsgi", "wsgi gunicorn sync p=2 t=1 shop.wsgi"),
    ("GUNICORN_CMD_ARGS='--threads 6 -w 3' gunicorn -w 2 shop.wsgi", "wsgi gunicorn gthread p=2 t=6 shop.wsgi"),
    ("gunicorn --workers ${WORKERS:-3} shop.wsgi", "wsgi gunicorn sync p=3 t=1 shop.wsgi"),
    ("gunicorn --workers ${WORKERS:-${CORES:-2}} shop.wsgi", "wsgi gunicorn sync p=2 t=1 shop.wsgi"),
    ("gunicorn --workers $WORKERS shop.wsgi", "wsgi gunicorn sync p=? t=1 shop.wsgi"),
    ("gunicorn --workers $(nproc) --threads `nproc` shop.wsgi", "wsgi gunicorn sync p=? t=? shop.wsgi"),
    ("gunicorn -k $WORKER_CLASS shop.wsgi", "unknown gunicorn p=1 t=1 shop.wsgi"),
    ("gunicorn -c /etc/missing.py shop.wsgi", "unknown gunicorn p=? t=? shop.wsgi"),
]  # fmt: skip

OTHERS = [
    ("uvicorn shop.asgi:application --workers 4", "asgi uvicorn p=4 t=? shop.asgi:application"),
    ("uvicorn --host 0.0.0.0 --port $PORT shop.asgi:application", "asgi uvicorn p=1 t=? shop.asgi:application"),
    ("uvicorn --interface wsgi shop.wsgi:application", "wsgi uvicorn p=1 t=? shop.wsgi:application"),
    ("uvicorn shop.asgi:app --reload", "asgi uvicorn p=1 t=? shop.asgi:app development"),
    ("hypercorn shop.asgi:application -w 3", "asgi hypercorn p=3 t=? shop.asgi:application"),
    ("hypercorn wsgi:shop.wsgi:application", "wsgi hypercorn p=1 t=? shop.wsgi:application"),
    ("daphne -b 0.0.0.0 -p 8001 shop.asgi:application", "asgi daphne p=1 t=? shop.asgi:application"),
    ("granian --interface asgi shop.asgi:application --workers 2", "asgi granian p=2 t=? shop.asgi:application"),
    ("granian --interface wsgi --blocking-threads 4 shop.wsgi:application", "wsgi granian p=1 t=4 shop.wsgi:application"),
    ("granian shop.asgi:application", "asgi granian p=1 t=? shop.asgi:application"),
    ("granian shop.main:app", "unknown granian p=1 t=? shop.main:app"),
    ("uwsgi --http :8000 --module shop.wsgi --processes 4 --threads 2", "wsgi uwsgi p=4 t=2 preload shop.wsgi"),
    ("uwsgi -p 3 --lazy-apps -w shop.wsgi:application", "wsgi uwsgi p=3 t=1 shop.wsgi:application"),
    ("uwsgi --http :80 --gevent 100 --wsgi-file shop/wsgi.py", "wsgi uwsgi gevent p=1 t=1 greenlets preload shop/wsgi.py"),
    ("UWSGI_PROCESSES=7 uwsgi --module=shop.wsgi", "wsgi uwsgi p=7 t=1 preload shop.wsgi"),
    ("waitress-serve --threads=12 --port=8000 shop.wsgi:application", "wsgi waitress p=1 t=12 shop.wsgi:application"),
    ("mod_wsgi-express start-server shop/wsgi.py --processes 3 --threads 10", "wsgi mod_wsgi p=3 t=10 shop/wsgi.py"),
    ("celery -A shop worker -l info -c 8", "worker celery prefork p=8 t=1 shop"),
    ("celery --app=shop.celery:app worker --pool=gevent --concurrency=50", "worker celery gevent p=1 t=50 greenlets shop.celery:app"),
    ("celery -A shop worker --concurrency=0", "worker celery prefork p=? t=1 shop"),
    ("celery -A shop worker -P threads -c 20", "worker celery threads p=1 t=20 shop"),
    ("celery -A shop worker --pool solo", "worker celery solo p=1 t=1 shop"),
    ("celery -A shop worker", "worker celery prefork p=? t=1 shop"),
    ("celery worker -A shop --autoscale=10,3", "worker celery prefork p=10 t=1 shop"),
    ("rq worker high low", "worker rq p=1 t=1"),
    ("rq worker-pool -n 4", "worker rq p=4 t=1"),
    ("huey_consumer shop.huey -w 4 -k process", "worker huey process p=4 t=1"),
    ("dramatiq shop.tasks -p 2 -t 4", "worker dramatiq p=2 t=4"),
    ("python manage.py runserver 0.0.0.0:8000", "unknown runserver p=1 t=? development"),
    ("python manage.py runserver --settings=shop.settings.dev", "unknown runserver p=1 t=? shop.settings.dev development"),
    ("python manage.py qcluster", "worker django-q p=? t=1"),
    ("python manage.py rqworker default", "worker rq p=1 t=1"),
    ("python manage.py run_huey --workers 3", "worker huey thread p=1 t=3"),
    ("python manage.py rundramatiq --processes 2 --threads 2", "worker dramatiq p=2 t=2"),
    ("./manage.py celery worker -c 2", "worker celery prefork p=2 t=1"),
    ("django-admin runworker thumbnails", "worker channels p=1 t=?"),
    ("python src/run.py rqworker", "worker rq p=1 t=1"),
]  # fmt: skip

WRAPPED = [
    "exec gunicorn shop.wsgi -w 2",
    "gunicorn \\\n  shop.wsgi \\\n  -w 2",
    "sh -c 'gunicorn shop.wsgi -w 2'",
    'bash -lc "exec gunicorn shop.wsgi -w 2"',
    "/bin/sh -ec \"python manage.py migrate && gunicorn shop.wsgi -w 2\"",
    "python manage.py migrate --noinput; gunicorn shop.wsgi -w 2",
    "python manage.py migrate && gunicorn shop.wsgi -w 2 | tee log",
    "gunicorn shop.wsgi -w 2 > /dev/null 2>&1 &",
    "ddtrace-run gunicorn shop.wsgi -w 2",
    "opentelemetry-instrument --traces_exporter console gunicorn shop.wsgi -w 2",
    "newrelic-admin run-program gunicorn shop.wsgi -w 2",
    "poetry run gunicorn shop.wsgi -w 2",
    "uv run --frozen --no-dev gunicorn shop.wsgi -w 2",
    "pipenv run gunicorn shop.wsgi -w 2",
    "python -m gunicorn shop.wsgi -w 2",
    "python3.12 -u -W ignore -m gunicorn shop.wsgi -w 2",
    "coverage run -m gunicorn shop.wsgi -w 2",
    "/venv/bin/gunicorn shop.wsgi -w 2",
    "bin/start-nginx gunicorn shop.wsgi -w 2",
    "bin/start-nginx bin/start-pgbouncer newrelic-admin run-program gunicorn shop.wsgi -w 2",
    "/entrypoint.sh gunicorn shop.wsgi -w 2",
    "tini -g -- gunicorn shop.wsgi -w 2",
    "dumb-init gunicorn shop.wsgi -w 2",
    "gosu app gunicorn shop.wsgi -w 2",
    "gosu gunicorn gunicorn shop.wsgi -w 2",
    "su-exec 1000:1000 gunicorn shop.wsgi -w 2",
    "sudo -E -u www-data gunicorn shop.wsgi -w 2",
    "su -c 'gunicorn shop.wsgi -w 2' app",
    "nice -n 10 gunicorn shop.wsgi -w 2",
    "env A=1 B=2 gunicorn shop.wsgi -w 2",
    "A=1 B='two words' gunicorn shop.wsgi -w 2",
    "./wait-for-it.sh db:5432 -t 60 -- gunicorn shop.wsgi -w 2",
    "wait-for-it db:5432 -- sh -c 'gunicorn shop.wsgi -w 2'",
    "dockerize -wait tcp://db:5432 gunicorn shop.wsgi -w 2",
    "doppler run --command 'gunicorn shop.wsgi -w 2'",
    "watchfiles 'gunicorn shop.wsgi -w 2' src",
    "$WRAPPER gunicorn shop.wsgi -w 2",
    "if [ -n \"$A\" ]; then exec gunicorn shop.wsgi -w 2; fi",
    "start-stop-daemon --start --exec /venv/bin/gunicorn -- shop.wsgi -w 2",
    "W=2; gunicorn shop.wsgi -w $W",
    "export W=2 && gunicorn shop.wsgi -w ${W}",
    "start-stop-daemon --start --exec /usr/bin/env gunicorn -- gunicorn shop.wsgi -w 2",
    "nodemon --exec 'gunicorn shop.wsgi -w 2'",
    "bash -o pipefail -c 'gunicorn shop.wsgi -w 2'",
    "bash -c 'exec \"$@\"' -- gunicorn shop.wsgi -w 2",
    "sh -c '$@' x gunicorn shop.wsgi -w 2",
    "bash -e start.sh gunicorn shop.wsgi -w 2",
    "python -W ignore -X dev /venv/bin/gunicorn shop.wsgi -w 2",
    "python -u /venv/bin/newrelic-admin run-program gunicorn shop.wsgi -w 2",
    "(gunicorn shop.wsgi -w 2)",
    "gunicorn shop.wsgi -w 2 &> /dev/null",
    "gunicorn shop.wsgi -w \"${W:-2}\"",
    "gunicorn shop.wsgi -w \\2",
    "gunicorn \"shop.wsgi\" -w '2'",
    "W=2 && gunicorn shop.wsgi -w ${W+2}",
]  # fmt: skip

NO_SERVER = [
    "",
    "#gunicorn shop.wsgi",
    "echo gunicorn shop.wsgi",
    "echo 'starting gunicorn'",
    "pip install gunicorn uwsgi daphne",
    "/usr/bin/pip install gunicorn",
    "apt-get install -y uwsgi",
    "pkill -f gunicorn",
    "killall uwsgi",
    "ps aux | grep gunicorn",
    "systemctl restart gunicorn",
    "/bin/systemctl restart gunicorn",
    "supervisorctl restart celery",
    "docker compose restart celery",
    "which uvicorn",
    "gunicorn --version",
    "gunicorn --check-config shop.wsgi",
    "uwsgi --version",
    "uvicorn",
    "celery -A shop beat",
    "celery -A shop flower",
    "celery -A shop inspect ping",
    "python manage.py migrate",
    "python manage.py",
    "python manage.py send_mail --workers 4",
    "python -c 'import gunicorn'",
    "python worker.py",
    "npm start",
    "rq info",
    "mkdir -p /var/log/gunicorn /run/uwsgi",
    "watchfiles src",
    "bash -c",
    "bash",
    "python -m",
    "python -W",
    "start-stop-daemon --stop",
    "env A=1",
    "python uvicorn_worker",
    "chown -R app /etc/gunicorn",
    "cat <<EOF > run.sh\ngunicorn shop.wsgi\nEOF",
    "'",
    '"',
    "$(",
    "${",
    "\\",
    "a=(",
    "<<",
    "&& || ;; | &",
    "\0",
]


def servers(command: str) -> list[str]:
    return [brief(server) for server in deployment({"run.sh": f"{command}\n"}).servers]


@pytest.mark.parametrize(("command", "expected"), GUNICORN + OTHERS, ids=[command for command, _ in GUNICORN + OTHERS])
def test_a_server_command_says_what_it_starts(command: str, expected: str) -> None:
    assert servers(command) == [expected]


@pytest.mark.parametrize("command", WRAPPED)
def test_wrappers_are_seen_through(command: str) -> None:
    assert servers(command) == ["wsgi gunicorn sync p=2 t=1 shop.wsgi"]


@pytest.mark.parametrize("command", NO_SERVER)
def test_what_starts_no_server_is_none(command: str) -> None:
    assert servers(command) == []


CASE = """\
#!/bin/sh
case "$1" in
  gunicorn)
    exec gunicorn shop.wsgi -w 2
    ;;
  celery|beat)
    exec celery -A shop worker -c 3
    ;;
esac
"""


def test_the_patterns_of_a_case_are_no_commands() -> None:
    found = [(brief(s), s.location.line) for s in deployment({"entrypoint.sh": CASE}).servers]
    assert found == [("wsgi gunicorn sync p=2 t=1 shop.wsgi", 4), ("worker celery prefork p=3 t=1 shop", 7)]


HEREDOCS = [
    ("cat <<A\ngunicorn x.wsgi\nA\ngunicorn shop.wsgi -w 2", 1),
    ("cat <<-'A' > f\n  gunicorn x.wsgi\n  A\ngunicorn shop.wsgi -w 2", 1),
    ("cat <<A <<B\ngunicorn x.wsgi\nA\ngunicorn x.wsgi\nB\ngunicorn shop.wsgi -w 2", 1),
    ("cat <<A\ngunicorn x.wsgi", 0),
    ("x<<A\n--y; gunicorn shop.wsgi -w 2", 0),
    ("cat <<< word && gunicorn shop.wsgi -w 2", 1),
]


@pytest.mark.parametrize(("text", "count"), HEREDOCS, ids=[text for text, _ in HEREDOCS])
def test_here_documents_are_not_run(text: str, count: int) -> None:
    found = [invocation.arguments for invocation in invocations(text, {})]
    assert found == [("shop.wsgi", "-w", "2")] * count


def test_a_variable_without_a_value_is_noted_by_name() -> None:
    (server,) = deployment({"Procfile": "web: gunicorn -w $WORKERS --threads ${THREADS} shop.wsgi $EXTRA\n"}).servers
    assert server.notes == (
        "workers come from $WORKERS",
        "threads come from $THREADS",
        "arguments in ${EXTRA} cannot be seen",
    )


def test_a_worker_class_that_cannot_be_seen_leaves_the_kind_unknown() -> None:
    (server,) = deployment({"Procfile": "web: gunicorn -k $WORKER shop.wsgi\n"}).servers
    assert server.kind is Serving.UNKNOWN
    assert any("worker class" in note for note in server.notes)


def test_a_command_in_a_list_runs_under_what_was_set_before_it() -> None:
    text = "export DJANGO_SETTINGS_MODULE=shop.settings.live\nWORKERS=3\nexec gunicorn -w $WORKERS shop.wsgi\n"
    assert [brief(s) for s in deployment({"start.sh": text}).servers] == [
        "wsgi gunicorn sync p=3 t=1 shop.settings.live shop.wsgi"
    ]


@pytest.mark.parametrize(
    "text",
    ["gunicorn " + "${A:-" * 3000 + "}" * 3000, "gunicorn " + "$(" * 5000, "gunicorn " + "'\"" * 5000 + "\n", "<<A\n" * 2000 + "gunicorn x.wsgi",
     "gunicorn " + "sh -c " * 2000, "gunicorn\\\n" * 5000],
    ids=["nested-defaults", "nested-substitutions", "quotes", "heredocs", "shells", "continuations"],
)  # fmt: skip
def test_hostile_text_neither_raises_nor_hangs(text: str) -> None:
    assert deployment({"run.sh": text}).unreadable == ()
