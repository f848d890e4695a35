"""Each kind of deployment file: the servers it starts, with the line that says so."""

from __future__ import annotations

import pytest

from tests.project.deployment import briefs, deployment

SYNC = "wsgi gunicorn sync p=2 t=1 shop.wsgi"

CASES: list[tuple[str, dict[str, str], list[str]]] = [
    ("procfile", {"Procfile": "release: ./manage.py migrate\nweb: gunicorn shop.wsgi -w 2\nworker: celery -A shop worker -c 1\n"},
     [f"Procfile:2 {SYNC}", "Procfile:3 worker celery prefork p=1 t=1 shop"]),
    ("procfile-crlf-no-newline", {"Procfile": "# web\r\nweb: gunicorn shop.wsgi -w 2\r\nx: true"}, [f"Procfile:2 {SYNC}"]),
    ("procfile-bom", {"Procfile": "\ufeffweb: gunicorn shop.wsgi -w 2"}, [f"Procfile:1 {SYNC}"]),
    ("procfile-development", {"Procfile.dev": "web: gunicorn shop.wsgi -w 2"}, [f"Procfile.dev:1 {SYNC} development"]),
    ("procfile-unknown-script", {"Procfile": "web: bin/start.sh\n"}, ["Procfile:1 unknown start.sh p=? t=?"]),
    ("procfile-worker-script", {"Procfile": "worker: bin/start.sh\n"}, []),
    ("procfile-other-program", {"Procfile": "web: node server.js\n"}, []),
    ("dockerfile-exec", {"Dockerfile": 'FROM python\nCMD ["gunicorn", "shop.wsgi", "-w", "2"]\n'}, [f"Dockerfile:2 {SYNC}"]),
    ("dockerfile-shell", {"Dockerfile": "FROM python\nCMD gunicorn shop.wsgi -w 2\n"}, [f"Dockerfile:2 {SYNC}"]),
    ("dockerfile-lines", {"Dockerfile": 'FROM python\nCMD ["gunicorn", \\\n # why\n  "shop.wsgi", \\\n  "-w", "2"]\n'}, [f"Dockerfile:2 {SYNC}"]),
    ("dockerfile-entrypoint", {"Dockerfile": 'FROM python\nENTRYPOINT ["entrypoint"]\nCMD ["gunicorn", "shop.wsgi", "-w", "2"]\n'}, [f"Dockerfile:3 {SYNC}"]),
    ("dockerfile-tini", {"Dockerfile": 'FROM python\nENTRYPOINT ["/sbin/tini", "--"]\nCMD ["gunicorn", "shop.wsgi", "-w", "2"]\n'}, [f"Dockerfile:3 {SYNC}"]),
    ("dockerfile-env", {"Dockerfile": "FROM python\nENV WEB_CONCURRENCY=2 A=b\nCMD gunicorn shop.wsgi\n"}, [f"Dockerfile:3 {SYNC}"]),
    ("dockerfile-old-env", {"Dockerfile": "FROM python\nENV WEB_CONCURRENCY 2\nCMD gunicorn shop.wsgi\n"}, [f"Dockerfile:3 {SYNC}"]),
    ("dockerfile-last-wins", {"Dockerfile": "FROM python\nCMD uvicorn a.asgi\nCMD gunicorn shop.wsgi -w 2\n"}, [f"Dockerfile:3 {SYNC}"]),
    ("dockerfile-stages", {"Dockerfile": "FROM python AS base\nENV WEB_CONCURRENCY=2\nFROM base AS web\nCMD gunicorn shop.wsgi\nFROM base\nCMD celery -A shop worker -c 1\n"},
     [f"Dockerfile:4 {SYNC}", "Dockerfile:6 worker celery prefork p=1 t=1 shop"]),
    ("dockerfile-run-is-no-start", {"Dockerfile": "FROM python\nRUN pip install gunicorn && gunicorn --version\nRUN uwsgi --module x.wsgi\n"}, []),
    ("dockerfile-healthcheck", {"Dockerfile": "FROM python\nHEALTHCHECK CMD celery -A shop inspect ping\n"}, []),
    ("dockerfile-heredoc", {"Dockerfile": "FROM python\nRUN <<EOF\nCMD gunicorn a.wsgi\nEOF\nCMD gunicorn shop.wsgi -w 2\n"}, [f"Dockerfile:5 {SYNC}"]),
    ("dockerfile-suffix", {"docker/web.Dockerfile": "FROM python\nCMD gunicorn shop.wsgi -w 2\n"}, [f"docker/web.Dockerfile:2 {SYNC}"]),
    ("dockerfile-broken-json", {"Dockerfile": "FROM python\nCMD ['gunicorn', 'shop.wsgi'\n"}, []),
    ("compose", {"compose.yml": "services:\n  web:\n    command: gunicorn shop.wsgi -w 2\n    deploy:\n      replicas: 3\n"},
     ["compose.yml:3 wsgi gunicorn sync p=2 t=1 r=3 shop.wsgi"]),
    ("compose-list", {"compose.yaml": 'services:\n  web:\n    command: ["gunicorn", "shop.wsgi", "-w", "2"]\n'}, [f"compose.yaml:3 {SYNC}"]),
    ("compose-block", {"compose.yml": "services:\n  web:\n    command: >\n      sh -c \"python manage.py migrate &&\n             gunicorn shop.wsgi -w 2\"\n"}, [f"compose.yml:5 {SYNC}"]),
    ("compose-environment-map", {"compose.yml": "services:\n  web:\n    environment:\n      WEB_CONCURRENCY: 2\n    command: gunicorn shop.wsgi\n"}, [f"compose.yml:5 {SYNC}"]),
    ("compose-environment-list", {"compose.yml": "services:\n  web:\n    environment:\n      - WEB_CONCURRENCY=2\n    command: gunicorn shop.wsgi\n"}, [f"compose.yml:5 {SYNC}"]),
    ("compose-anchor", {"compose.yml": "x-e: &e\n  environment:\n    WEB_CONCURRENCY: '2'\nservices:\n  web:\n    <<: *e\n    command: gunicorn shop.wsgi\n"}, [f"compose.yml:7 {SYNC}"]),
    ("compose-entrypoint", {"compose.yml": "services:\n  web:\n    entrypoint: docker-entrypoint.sh\n    command: gunicorn shop.wsgi -w 2\n"}, [f"compose.yml:4 {SYNC}"]),
    ("compose-double-dollar", {"compose.yml": "services:\n  web:\n    command: sh -c 'W=2; gunicorn shop.wsgi -w $$W'\n"}, [f"compose.yml:3 {SYNC}"]),
    ("compose-default", {"compose.yml": "services:\n  web:\n    command: gunicorn shop.wsgi -w ${W:-2}\n"}, [f"compose.yml:3 {SYNC}"]),
    ("compose-local", {"compose.local.yml": "services:\n  web:\n    command: gunicorn shop.wsgi -w 2\n"}, [f"compose.local.yml:3 {SYNC} development"]),
    ("compose-commented", {"compose.yml": "services:\n  web:\n    # command: gunicorn shop.wsgi -w 2\n    image: gunicorn\n"}, []),
    ("compose-healthcheck", {"compose.yml": "services:\n  w:\n    healthcheck:\n      test: celery -A shop inspect ping\n"}, []),
    ("kubernetes", {"k8s/web.yaml": "kind: Deployment\nspec:\n  replicas: 4\n  template:\n    spec:\n      containers:\n      - name: web\n        command: [\"gunicorn\"]\n        args: [\"shop.wsgi\", \"-w\", \"$(W)\"]\n        env:\n        - name: W\n          value: \"2\"\n"},
     ["k8s/web.yaml:8 wsgi gunicorn sync p=2 t=1 r=4 shop.wsgi"]),
    ("kubernetes-args-only", {"k8s/web.yaml": "spec:\n  containers:\n  - name: web\n    args:\n    - gunicorn\n    - shop.wsgi\n    - -w\n    - '2'\n"}, [f"k8s/web.yaml:5 {SYNC}"]),
    ("kubernetes-documents", {"k8s.yaml": "kind: Service\n---\nspec:\n  containers:\n  - command: [gunicorn, shop.wsgi, -w, '2']\n"}, [f"k8s.yaml:5 {SYNC}"]),
    ("helm-template", {"templates/web.yaml": "kind: Deployment\nspec:\n  {{- if not .Values.autoscaling }}\n  replicas: {{ .Values.replicas }}\n  {{- end }}\n  template:\n    spec:\n      containers:\n        - name: {{ .Chart.Name }}\n          command: [\"gunicorn\", \"shop.wsgi\", \"-w\", \"2\"]\n          {{- with .Values.env }}\n          env: {{- toYaml . | nindent 12 }}\n          {{- end }}\n"},
     ["templates/web.yaml:10 wsgi gunicorn sync p=2 t=1 r=? shop.wsgi"]),
    ("helm-unparsable", {"templates/web.yaml": "spec:\n  containers:\n    - name: web\n{{ if .Values.x }}{{ else }}\n      command:\n        - gunicorn\n        - shop.wsgi\n        - -w\n        - \"2\"\n   bad: [\n"},
     [f"templates/web.yaml:6 {SYNC}"]),
    ("render", {"render.yaml": "services:\n- type: web\n  startCommand: gunicorn shop.wsgi -w 2\n  numInstances: 2\n"}, ["render.yaml:3 wsgi gunicorn sync p=2 t=1 r=2 shop.wsgi"]),
    ("digitalocean", {".do/app.yaml": "services:\n- run_command: gunicorn shop.wsgi -w 2\n  instance_count: 2\n"}, [".do/app.yaml:2 wsgi gunicorn sync p=2 t=1 r=2 shop.wsgi"]),
    ("heroku-yml", {"heroku.yml": "run:\n  web: gunicorn shop.wsgi -w 2\n"}, [f"heroku.yml:2 {SYNC}"]),
    ("systemd", {"etc/shop.service": "[Service]\nEnvironment=\"WEB_CONCURRENCY=2\" A=b\nExecStartPre=/bin/true\nExecStart=-/srv/venv/bin/gunicorn \\\n  shop.wsgi\n[Install]\n"}, [f"etc/shop.service:4 {SYNC}"]),
    ("systemd-template", {"shop.service.j2": "[Service]\nExecStart={{ venv }}/bin/gunicorn shop.wsgi -w 2\n"}, [f"shop.service.j2:2 {SYNC}"]),
    ("supervisor", {"supervisor.conf": "[program:web]\ncommand=/venv/bin/gunicorn\n  shop.wsgi\n  -w 2\n; command=uvicorn x\n[program:c]\ncommand = celery -A shop worker -c %(ENV_N)s\nnumprocs=2\n"},
     [f"supervisor.conf:2 {SYNC}", "supervisor.conf:7 worker celery prefork p=? t=1 r=2 shop"]),
    ("supervisor-environment", {"s.conf": "[program:web]\nenvironment=A=\"x,y\",WEB_CONCURRENCY=\"2\"\ncommand=gunicorn shop.wsgi\n"}, [f"s.conf:3 {SYNC}"]),
    ("apache", {"apache.conf": "WSGIDaemonProcess shop processes=2 threads=15 \\\n  python-home=/venv\nWSGIScriptAlias / /srv/wsgi.py\n"}, ["apache.conf:1 wsgi mod_wsgi p=2 t=15"]),
    ("apache-defaults", {"a.conf": "  WSGIDaemonProcess shop\n"}, ["a.conf:1 wsgi mod_wsgi p=1 t=15"]),
    ("apache-embedded", {"a.vhost": "<VirtualHost *>\nWSGIScriptAlias / /srv/wsgi.py\n"}, ["a.vhost:2 wsgi mod_wsgi p=? t=?"]),
    ("apache-commented", {"a.conf": "# WSGIDaemonProcess shop\n"}, []),
    ("fly", {"fly.toml": "app = 'x'\n[env]\n  WEB_CONCURRENCY = \"2\"\n[processes]\n  web = \"gunicorn shop.wsgi\"\n"}, [f"fly.toml:5 {SYNC}"]),
    ("fly-command-list", {"fly.toml": "[experimental]\ncmd = [\"gunicorn\", \"shop.wsgi\", \"-w\", \"2\"]\n"}, [f"fly.toml:2 {SYNC}"]),
    ("railway", {"railway.toml": "[deploy]\nstartCommand = \"gunicorn shop.wsgi -w 2\"\nnumReplicas = 2\n"}, ["railway.toml:2 wsgi gunicorn sync p=2 t=1 r=2 shop.wsgi"]),
    ("package-json", {"package.json": '{"scripts": {\n "serve": "python manage.py runserver",\n "web": "gunicorn shop.wsgi -w 2"}}'},
     ["package.json:2 unknown runserver p=1 t=? development", f"package.json:3 {SYNC}"]),
    ("zappa", {"zappa_settings.json": '{"live": {\n"django_settings": "shop.settings"}}'}, ["zappa_settings.json:1 wsgi zappa p=? t=1 shop.settings"]),
    ("vercel", {"vercel.json": '{"builds": [\n{"src": "shop/wsgi.py", "use": "@vercel/python"}]}'}, ["vercel.json:2 wsgi vercel p=? t=1 shop/wsgi.py"]),
    ("makefile", {"Makefile": "W ?= 2\n.PHONY: web\nweb:\n\t@gunicorn shop.wsgi -w $(W)\n"}, [f"Makefile:4 {SYNC}"]),
    ("makefile-variable-alone", {"Makefile": "CMD = gunicorn shop.wsgi\n"}, []),
    ("script-without-suffix", {"bin/web": "#!/usr/bin/env bash\nexec gunicorn shop.wsgi -w 2\n"}, [f"bin/web:2 {SYNC}"]),
    ("script-command-in-variable", {"run.sh": "CMD='gunicorn shop.wsgi -w 2'\nif true; then\n  exec $CMD\nfi\n"}, [f"run.sh:1 {SYNC}"]),
    ("script-command-in-braces", {"run.sh": 'CMD="gunicorn shop.wsgi"\nexec ${CMD} -w 2\n'}, [f"run.sh:1 {SYNC}"]),
    ("script-program-in-variable", {"run.sh": "GUNICORN=/srv/venv/bin/gunicorn\nexec $GUNICORN shop.wsgi -w 2\n"}, [f"run.sh:1 {SYNC}"]),
    ("script-command-in-array", {"run.sh": 'args=(\n  gunicorn\n  shop.wsgi\n)\nargs+=(-w 2)\nexec "${args[@]}"\n'}, [f"run.sh:2 {SYNC}"]),
    ("script-command-by-branch", {"run.sh": 'if A; then\n  CMD="celery -A shop worker -c 1"\nelse\n  CMD="gunicorn shop.wsgi"\n  CMD="$CMD -w 2"\nfi\n$CMD\n'},
     ["run.sh:2 worker celery prefork p=1 t=1 shop", f"run.sh:4 {SYNC}"]),
    ("script-options-for-all-branches", {"run.sh": 'if A; then\n  CMD="gunicorn shop.wsgi"\nelse\n  CMD="hypercorn shop.asgi"\nfi\nCMD="$CMD -w 2"\n$CMD\n'},
     [f"run.sh:2 {SYNC}", "run.sh:4 asgi hypercorn p=2 t=? shop.asgi"]),
    ("script-options-of-one-branch", {"run.sh": 'ARGS="-w 2"\nCMD="gunicorn shop.wsgi"\nif A; then\n  ARGS="$ARGS --reload"\nfi\nCMD="$CMD $ARGS"\n$CMD\n'},
     [f"run.sh:2 {SYNC}"]),
    ("script-arguments-of-one-branch", {"run.sh": 'ARGS="-w 2"\nif A; then\n  ARGS="$ARGS --reload"\nfi\ngunicorn shop.wsgi $ARGS\n'},
     [f"run.sh:5 {SYNC}"]),
    ("script-for-start-and-stop", {"etc/init.d/shop": "#!/bin/sh\nGUNICORN=gunicorn\ncase $1 in\nstop)\n  $GUNICORN --stop shop.wsgi\n  ;;\nstart)\n  $GUNICORN shop.wsgi -w 2\n  ;;\nrestart)\n  $GUNICORN shop.wsgi -w 2\nesac\n"},
     [f"etc/init.d/shop:2 {SYNC}"]),
    ("script-command-only-shown", {"run.sh": 'CMD="gunicorn shop.wsgi -w 2"\necho $CMD\nif [ "$CMD" ]; then true; fi\n'}, []),
    ("script-text-in-variable", {"run.sh": 'MESSAGE="gunicorn shop.wsgi -w 2"\nlog "starting $MESSAGE"\n'}, []),
    ("script-set-arguments", {"run.sh": 'set -- gunicorn shop.wsgi -w 2\nexec "$@"\n'}, [f"run.sh:1 {SYNC}"]),
    ("no-script", {"bin/web": "gunicorn shop.wsgi -w 2\n"}, []),
    ("documentation", {"README.md": "gunicorn shop.wsgi -w 2\n", "docs/run.txt": "gunicorn shop.wsgi\n"}, []),
    ("python-source", {"shop/run.py": "# gunicorn shop.wsgi\nworkers = 3\n"}, []),
    ("entrypoint-in-tree", {"Dockerfile": "FROM python\nCMD [\"/app/bin/web.sh\"]\n", "bin/web.sh": "exec gunicorn shop.wsgi -w 2\n"},
     [f"Dockerfile:2 {SYNC}", f"bin/web.sh:1 {SYNC} part-of=Dockerfile:2"]),
    ("script-calls-script", {"Procfile": "web: bin/a.sh\n", "bin/a.sh": "true\nbin/b.sh\n", "bin/b.sh": "gunicorn shop.wsgi -w 2\n"},
     [f"Procfile:1 {SYNC}", f"bin/a.sh:2 {SYNC} part-of=Procfile:1", f"bin/b.sh:1 {SYNC} part-of=bin/a.sh:2"]),
    ("scripts-in-a-circle", {"Procfile": "web: bin/a.sh\n", "bin/a.sh": "bin/b.sh\n", "bin/b.sh": "bin/a.sh\n"}, ["Procfile:1 unknown a.sh p=? t=?"]),
    ("script-with-the-command-as-arguments", {"compose.yml": "services:\n web:\n  command: ./entrypoint.sh gunicorn shop.wsgi -w 2\n", "entrypoint.sh": "celery -A shop worker -c 1\nexec \"$@\"\n"},
     [f"compose.yml:3 {SYNC}", "entrypoint.sh:1 worker celery prefork p=1 t=1 shop"]),
]  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_servers_of_a_file(files: dict[str, str], expected: list[str]) -> None:
    assert briefs(files) == expected


BROKEN: list[tuple[str, dict[str, str | bytes], list[str]]] = [
    ("yaml-tabs", {"compose.yml": "a:\n\t- gunicorn: {\n"}, []),
    ("yaml-bomb", {"compose.yml": "a: &a [gunicorn,x]\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)},*{chr(97 + n)},*{chr(97 + n)},*{chr(97 + n)}]\n" for n in range(20))}, []),
    ("yaml-deep", {"compose.yml": "gunicorn: " + "[" * 3000}, []),
    ("json", {"package.json": '{"scripts": {"a": "gunicorn x"'}, ["package.json"]),
    ("json-deep", {"package.json": '{"gunicorn": ' + "[" * 100_000}, ["package.json"]),
    ("not-utf8", {"Procfile": b"web: gunicorn \xff\xfe"}, ["Procfile"]),
    ("not-utf8-without-server", {"run.sh": b"\xff\xfe"}, []),
    ("empty", {"Procfile": "", "Dockerfile": "", "compose.yml": "", "fly.toml": "", "uwsgi.ini": ""}, []),
    ("gunicorn-config-used", {"Procfile": "web: gunicorn -c conf.py shop.wsgi", "conf.py": "workers = ("}, ["conf.py"]),
    ("gunicorn-config-unused", {"gunicorn.conf": "workers = 2\nnginx { }\n"}, []),
    ("list-json", {"package.json": '["gunicorn"]', "app.json": '["pgbouncer"]'}, []),
]  # fmt: skip


@pytest.mark.parametrize(("files", "unreadable"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_broken_files_are_named_or_survived(files: dict[str, str | bytes], unreadable: list[str]) -> None:
    assert [item.path for item in deployment(files).unreadable] == unreadable


SECRETS = {
    "Procfile": "web: DATABASE_URL=postgres://u:hunter2@h/d SECRET=hunter2 gunicorn shop.wsgi -e PASSWORD=hunter2\n"
    "worker: celery -A shop worker --broker redis://:hunter2@h/0 -b amqp://u:hunter2@h\n"
    "x: uvicorn http://u:hunter2@h/app --workers hunter2 $hunter\n",
    "compose.yml": "services:\n  p:\n    image: edoburu/pgbouncer\n    environment:\n      DB_PASSWORD: hunter2\n      DATABASE_URL: postgres://u:hunter2@h/d\n"
    "      POOL_MODE: transaction\n      AUTH_QUERY: hunter2\n  w:\n    environment:\n      - TOKEN=hunter2\n    command: gunicorn shop.wsgi\n",
    "pgbouncer.ini": "[databases]\nd = host=h user=u password=hunter2 pool_mode=transaction\n[pgbouncer]\nauth_file = hunter2\nauth_query = select 'hunter2'\nstats_users = hunter2\n"
    "server_check_query = select 'hunter2'\n",
    ".env": "DJANGO_SETTINGS_MODULE=shop.settings\nSECRET_KEY=hunter2\n",
    "uwsgi.ini": "[uwsgi]\nmodule = shop.wsgi\nenv = SECRET=hunter2\nprocesses = hunter2\n",
    "gunicorn.conf.py": "workers = int(os.environ.get('hunter2'))\nraw_env = ['SECRET=hunter2']\nbind = '0.0.0.0'\n",
}  # fmt: skip


def test_no_secret_reaches_a_fact() -> None:
    found = deployment(dict(SECRETS))
    assert len(found.servers) >= 5
    assert len(found.poolers) == 2
    assert "hunter2" not in repr(found)


UNIT = '{"applications": {\n "shop": {"type": "python 3.12", "module": "shop.wsgi", "processes": {"max": 6}, "threads": 2},\n "x": {"type": "php"},\n "live": {"type": "python", "module": "shop.asgi"}}}'


def test_an_nginx_unit_configuration() -> None:
    assert briefs({"nginx-unit.json": UNIT}) == [
        "nginx-unit.json:2 wsgi unit p=6 t=2 shop.wsgi",
        "nginx-unit.json:4 asgi unit p=1 t=1 shop.asgi",
    ]
