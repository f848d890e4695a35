"""Platforms: serverless functions, servers that a platform brings, and how many copies another file asks for."""

from __future__ import annotations

import pytest

from djconnfix.project.deployment import kinds
from djconnfix.project.deployment.platforms import platform_of
from tests.project.deployment import briefs, deployment

MANGUM = "from django.core.asgi import get_asgi_application\nfrom mangum import Mangum\n\nhandler = Mangum(get_asgi_application(), lifespan='off')\n"
SERVERLESS = (
    "service: shop\nprovider:\n  name: aws\n  runtime: python3.12\n{more}functions:\n  api:\n    handler: {handler}\n"
)
SETTINGS = "  environment:\n    DJANGO_SETTINGS_MODULE: shop.settings.live\n"
SAM = "Resources:\n  Api:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: shop.asgi.handler\n      Runtime: {runtime}\n"
WORKLOAD = "kind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 2\n  template:\n    spec:\n      containers:\n      - command: [gunicorn, shop.wsgi]\n"
SCALER = "kind: HorizontalPodAutoscaler\nmetadata:\n  name: web\nspec:\n  scaleTargetRef:\n    kind: Deployment\n    name: {name}\n  minReplicas: 2\n  maxReplicas: {most}\n"
SYNC = "wsgi gunicorn sync p=1 t=1"

CASES: list[tuple[str, dict[str, str], list[str]]] = [
    ("serverless-mangum", {"serverless.yml": SERVERLESS.format(more=SETTINGS, handler="shop.asgi.handler"), "shop/asgi.py": MANGUM},
     ["serverless.yml:9 asgi mangum p=? t=1 shop.settings.live", "shop/asgi.py:4 asgi mangum p=? t=1 part-of=serverless.yml:9"]),
    ("serverless-path", {"serverless.yaml": SERVERLESS.format(more="", handler="shop/asgi.handler"), "shop/asgi.py": MANGUM},
     ["serverless.yaml:7 asgi mangum p=? t=1", "shop/asgi.py:4 asgi mangum p=? t=1 part-of=serverless.yaml:7"]),
    ("serverless-wsgi", {"serverless.yml": SERVERLESS.format(more="custom:\n  wsgi:\n    app: shop.wsgi.application\n", handler="wsgi_handler.handler")},
     ["serverless.yml:10 wsgi serverless p=? t=1 shop.wsgi:application"]),
    ("serverless-other-language", {"serverless.yml": SERVERLESS.format(more="", handler="shop.asgi.handler").replace("python3.12", "nodejs20.x")}, []),
    ("serverless-function-without-django", {"serverless.yml": SERVERLESS.format(more="", handler="jobs.resize"), "jobs.py": "def resize(event, context): ...\n"}, []),
    ("serverless-template", {"serverless.yml": SERVERLESS.format(more="", handler="${self:custom.handler}")}, []),
    ("sam", {"template.yaml": SAM.format(runtime="python3.12"), "shop/asgi.py": MANGUM},
     ["shop/asgi.py:4 asgi mangum p=? t=1 part-of=template.yaml:5", "template.yaml:5 asgi mangum p=? t=1"]),
    ("sam-other-language", {"template.yaml": SAM.format(runtime="nodejs20.x")}, []),
    ("mangum-alone", {"shop/asgi.py": MANGUM}, ["shop/asgi.py:4 asgi mangum p=? t=1"]),
    ("mangum-commented", {"shop/asgi.py": MANGUM.replace("handler =", "# handler =")}, []),
    ("mangum-of-fastapi", {"main.py": "from fastapi import FastAPI\nhandler = Mangum(FastAPI())\n"}, []),
    ("apig-wsgi", {"lambda_function.py": "from shop.wsgi import application\nlambda_handler = make_lambda_handler(application)\n"},
     ["lambda_function.py:2 wsgi aws-lambda p=? t=1"]),
    ("zappa-toml", {"zappa_settings.toml": '[live]\naws_region = "eu-west-1"\ndjango_settings = "shop.settings"\n'}, ["zappa_settings.toml:3 wsgi zappa p=? t=1 shop.settings"]),
    ("zappa-yaml", {"zappa_settings.yml": "live:\n  django_settings: shop.settings\n"}, ["zappa_settings.yml:2 wsgi zappa p=? t=1 shop.settings"]),
    ("zappa-of-flask", {"zappa_settings.yml": "live:\n  app_function: shop.app\n"}, []),
    ("passenger", {"passenger_wsgi.py": "import sys\nfrom shop.wsgi import application\n"}, ["passenger_wsgi.py:2 wsgi passenger p=? t=1"]),
    ("passenger-assigned", {"passenger_wsgi.py": "application = get_wsgi_application()\n"}, ["passenger_wsgi.py:1 wsgi passenger p=? t=1"]),
    ("passenger-empty", {"passenger_wsgi.py": "# to do\n"}, []),
    ("passengerfile", {"Passengerfile.json": '{"app_type": "wsgi",\n"max_pool_size": 4}'}, ["Passengerfile.json:2 wsgi passenger p=4 t=1"]),
    ("passengerfile-default", {"Passengerfile.json": '{"app_type": "wsgi"}'}, ["Passengerfile.json:1 wsgi passenger p=6 t=1"]),
    ("passengerfile-of-node", {"Passengerfile.json": '{"app_type": "node"}'}, []),
    ("beanstalk", {".ebextensions/django.config": "option_settings:\n  aws:elasticbeanstalk:container:python:\n    WSGIPath: shop.wsgi:application\n    NumProcesses: 3\n    NumThreads: 20\n"},
     [".ebextensions/django.config:3 wsgi elastic-beanstalk p=3 t=20 shop.wsgi:application"]),
    ("beanstalk-list", {".ebextensions/1.config": "option_settings:\n  - namespace: aws:elasticbeanstalk:container:python\n    option_name: WSGIPath\n    value: shop/wsgi.py\n"},
     [".ebextensions/1.config:3 wsgi elastic-beanstalk p=1 t=15 shop/wsgi.py"]),
    ("beanstalk-of-something-else", {".ebextensions/1.config": "option_settings:\n  aws:elasticbeanstalk:container:python:staticfiles:\n    /static: www\n"}, []),
    ("ecs", {"deploy/task-definition.json": '{"containerDefinitions": [{"name": "web",\n"command": ["gunicorn", "shop.wsgi"]},\n{"command": ["celery", "-A", "shop", "worker", "-c", "2"]}]}'},
     [f"deploy/task-definition.json:2 {SYNC} shop.wsgi", "deploy/task-definition.json:3 worker celery prefork p=2 t=1 shop"]),
    ("ecs-environment", {"ecs/web.json": '{"containerDefinitions": [{"entryPoint": ["sh", "-c"], "environment": [{"name": "WEB_CONCURRENCY", "value": "3"}], "command": ["gunicorn shop.wsgi"]}]}'},
     ["ecs/web.json:1 wsgi gunicorn sync p=3 t=1 shop.wsgi"]),
    ("ecs-other-shape", {"ecs/web.json": '{"containerDefinitions": {"command": []}, "command": 3}'}, []),
    ("hypercorn-toml", {"Procfile": "web: hypercorn -c hypercorn.toml shop.asgi\n", "hypercorn.toml": 'bind = ["0.0.0.0:80"]\nworkers = 4 # cores\n[x]\nworkers = 9\n'}, ["Procfile:1 asgi hypercorn p=4 t=? shop.asgi"]),
    ("hypercorn-python", {"Procfile": "web: hypercorn --config file:conf/h.py shop.asgi\n", "conf/h.py": "workers = 3\n"}, ["Procfile:1 asgi hypercorn p=3 t=? shop.asgi"]),
    ("hypercorn-module", {"Procfile": "web: hypercorn -c python:conf.h shop.asgi\n", "conf/h.py": "workers = 3\n"}, ["Procfile:1 asgi hypercorn p=3 t=? shop.asgi"]),
    ("hypercorn-command-wins", {"Procfile": "web: hypercorn -c h.toml -w 2 shop.asgi\n", "h.toml": "workers = 4\n"}, ["Procfile:1 asgi hypercorn p=2 t=? shop.asgi"]),
    ("hypercorn-default", {"Procfile": "web: hypercorn -c h.toml shop.asgi\n", "h.toml": "bind = 'x'\n"}, ["Procfile:1 asgi hypercorn p=1 t=? shop.asgi"]),
    ("hypercorn-computed", {"Procfile": "web: hypercorn -c h.py shop.asgi\n", "h.py": "workers = cores()\n"}, ["Procfile:1 asgi hypercorn p=? t=? shop.asgi"]),
    ("hypercorn-missing-file", {"Procfile": "web: hypercorn -c h.toml shop.asgi\n"}, ["Procfile:1 asgi hypercorn p=? t=? shop.asgi"]),
    ("uvicorn-variable", {"Dockerfile": "FROM python\nENV UVICORN_WORKERS=3\nCMD uvicorn shop.asgi:application\n"}, ["Dockerfile:3 asgi uvicorn p=3 t=? shop.asgi:application"]),
    ("waitress-module", {"run.sh": "python -m waitress --threads=6 shop.wsgi:application\n"}, ["run.sh:1 wsgi waitress p=1 t=6 shop.wsgi:application"]),
    ("waitress-serve", {"serve.py": "from waitress import serve\nfrom shop.wsgi import application\n\nserve(application, port=80, threads=6)\n"}, ["serve.py:4 wsgi waitress p=1 t=6"]),
    ("waitress-serve-dotted", {"run.py": "import waitress\nwaitress.serve(application)\n"}, ["run.py:2 wsgi waitress p=1 t=4"]),
    ("another-serve", {"serve.py": "from http_tools import serve\n# not waitress\nserve(application)\n"}, []),
    ("granian-asgi", {"Procfile": "web: granian --interface asginl --workers 4 shop.asgi:application\n"}, ["Procfile:1 asgi granian p=4 t=? shop.asgi:application"]),
    ("granian-wsgi", {"Procfile": "web: granian --interface wsgi --blocking-threads 4 shop.wsgi:application\n"}, ["Procfile:1 wsgi granian p=1 t=4 shop.wsgi:application"]),
    ("granian-variables", {"Dockerfile": "FROM python\nENV GRANIAN_INTERFACE=wsgi GRANIAN_WORKERS=3\nCMD granian shop.wsgi:application\n"}, ["Dockerfile:3 wsgi granian p=3 t=1 shop.wsgi:application"]),
    ("mod-wsgi-express", {"Procfile": "web: mod_wsgi-express start-server shop/wsgi.py --processes 3 --threads=10 --port $PORT\n"}, ["Procfile:1 wsgi mod_wsgi p=3 t=10 shop/wsgi.py"]),
    ("runmodwsgi", {"Dockerfile": "FROM python\nCMD python manage.py runmodwsgi --processes 2\n"}, ["Dockerfile:2 wsgi mod_wsgi p=2 t=5"]),
    ("mod-wsgi-install", {"Dockerfile": "FROM python\nRUN mod_wsgi-express install-module\nCMD true\n"}, []),
    ("autoscaler", {"k8s/web.yaml": WORKLOAD, "k8s/hpa.yaml": SCALER.format(name="web", most=12)}, [f"k8s/web.yaml:9 {SYNC} r=12 shop.wsgi"]),
    ("autoscaler-in-one-file", {"k8s.yaml": f"{WORKLOAD}---\n{SCALER.format(name='web', most=12)}"}, [f"k8s.yaml:9 {SYNC} r=12 shop.wsgi"]),
    ("autoscaler-of-another", {"k8s/web.yaml": WORKLOAD, "k8s/hpa.yaml": SCALER.format(name="api", most=12)}, [f"k8s/web.yaml:9 {SYNC} r=2 shop.wsgi"]),
    ("autoscaler-below", {"k8s/web.yaml": WORKLOAD, "k8s/hpa.yaml": SCALER.format(name="web", most=1)}, [f"k8s/web.yaml:9 {SYNC} r=2 shop.wsgi"]),
    ("autoscaler-template", {"k8s/web.yaml": WORKLOAD, "k8s/hpa.yaml": SCALER.format(name="web", most="{{ .Values.most }}")}, [f"k8s/web.yaml:9 {SYNC} r=2 shop.wsgi"]),
    ("replicas-of-a-template", {"t/web.yaml": WORKLOAD.replace("replicas: 2", "replicas: {{ .Values.replicas }}")}, [f"t/web.yaml:9 {SYNC} r=? shop.wsgi"]),
    ("replicas-of-a-template-with-an-autoscaler", {"t/web.yaml": WORKLOAD.replace("replicas: 2", "replicas: {{ .Values.replicas }}"), "t/hpa.yaml": SCALER.format(name="web", most=12)},
     [f"t/web.yaml:9 {SYNC} r=12 shop.wsgi"]),
    ("replicas-of-a-variable", {"compose.yml": "services:\n  web:\n    command: gunicorn shop.wsgi\n    deploy:\n      replicas: ${WEB_REPLICAS}\n"}, [f"compose.yml:3 {SYNC} r=? shop.wsgi"]),
    ("replicas-of-a-variable-with-default", {"compose.yml": "services:\n  web:\n    command: gunicorn shop.wsgi\n    deploy:\n      replicas: ${WEB_REPLICAS:-3}\n"}, [f"compose.yml:3 {SYNC} r=3 shop.wsgi"]),
    ("keda", {"w.yaml": WORKLOAD, "k.yaml": "kind: ScaledObject\nspec:\n  scaleTargetRef:\n    name: web\n  maxReplicaCount: 20\n"}, [f"w.yaml:9 {SYNC} r=20 shop.wsgi"]),
    ("formation", {"Procfile": "web: gunicorn shop.wsgi\nworker: celery -A shop worker -c 2\n", "app.json": '{"formation": {"web": {"quantity": 3}}}'},
     [f"Procfile:1 {SYNC} r=3 shop.wsgi", "Procfile:2 worker celery prefork p=2 t=1 shop"]),
    ("formation-elsewhere", {"Procfile": "web: gunicorn shop.wsgi\n", "site/app.json": '{"formation": {"web": {"quantity": 3}}}'}, [f"Procfile:1 {SYNC} shop.wsgi"]),
    ("formation-of-nonsense", {"Procfile": "web: gunicorn shop.wsgi\n", "app.json": '{"formation": {"web": {"quantity": "many"}, "x": 3}}'}, [f"Procfile:1 {SYNC} shop.wsgi"]),
    ("app-engine", {"app.yaml": "runtime: python312\nentrypoint: gunicorn shop.wsgi\nautomatic_scaling:\n  max_instances: 8\n"}, [f"app.yaml:2 {SYNC} r=8 shop.wsgi"]),
    ("digitalocean-autoscaling", {".do/app.yaml": "services:\n- run_command: gunicorn shop.wsgi\n  autoscaling:\n    min_instance_count: 1\n    max_instance_count: 4\n"}, [f".do/app.yaml:2 {SYNC} r=4 shop.wsgi"]),
    ("render-scaling", {"render.yaml": "services:\n- startCommand: gunicorn shop.wsgi\n  scaling:\n    minInstances: 1\n    maxInstances: 3\n"}, [f"render.yaml:2 {SYNC} r=3 shop.wsgi"]),
    ("cloud-run", {"service.yaml": "spec:\n  template:\n    metadata:\n      annotations:\n        autoscaling.knative.dev/maxScale: '10'\n    spec:\n      containers:\n      - command: [gunicorn, shop.wsgi]\n"}, [f"service.yaml:8 {SYNC} r=10 shop.wsgi"]),
]  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_servers_of_a_platform(files: dict[str, str | bytes], expected: list[str]) -> None:
    assert briefs(files) == expected


MIGRATIONS = [
    ("release", {"Procfile": "release: python manage.py migrate --noinput\n"}, [("Procfile:1", "", "")]),
    ("alias", {"Procfile": "release: ./manage.py migrate --database=direct\n"}, [("Procfile:1", "direct", "")]),
    ("settings", {"Procfile": "release: ./manage.py migrate --settings shop.jobs\n"}, [("Procfile:1", "", "shop.jobs")]),
    ("before the server", {"start.sh": "python manage.py migrate && gunicorn shop.wsgi\n"}, [("start.sh:1", "", "")]),
    ("django-admin", {"Dockerfile": "FROM python\nCMD django-admin migrate\n"}, [("Dockerfile:2", "", "")]),
    ("development", {"compose.local.yml": "services:\n  w:\n    command: ./manage.py migrate\n"}, []),
    ("makemigrations", {"Procfile": "release: ./manage.py makemigrations\n"}, []),
    ("an argument", {"Procfile": "release: ./manage.py help migrate\n"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), [case[1:] for case in MIGRATIONS], ids=[case[0] for case in MIGRATIONS])
def test_commands_that_migrate(files: dict[str, str | bytes], expected: list[tuple[str, str, str]]) -> None:
    found = deployment(files).migrations
    assert [(f"{m.location.path}:{m.location.line}", m.alias, m.settings) for m in found] == expected


LARGE = [
    ("Procfile", "web: gunicorn shop.wsgi\n", True),
    ("compose.yml", "services:\n  web:\n    command: gunicorn shop.wsgi\n", True),
    ("cassette.yaml", "interactions:\n- response:\n    headers:\n      Server: [gunicorn]\n", False),
    ("data.yml", "- name: x\n", False),
    ("run.py", "# gunicorn\nnames = ['gunicorn', 'x']\n", False),
]


@pytest.mark.parametrize(("path", "head", "named"), LARGE, ids=[case[0] for case in LARGE])
def test_a_deployment_file_that_is_too_large_is_named(path: str, head: str, named: bool) -> None:
    found = deployment({path: head + "# filler\n" * (kinds.MAX_BYTES // 9 + 1)})
    assert not found.servers
    assert [each.path for each in found.unreadable] == ([path] if named else [])


PLATFORMS = [
    ("Procfile", "Procfile"),
    ("site/Procfile.live", "site/Procfile.live"),
    ("Dockerfile", "Dockerfile"),
    ("docker-compose.prod.yml", "docker-compose.prod.yml"),
    ("k8s/web.yaml", "orchestration"),
    ("k8s/worker.yml", "orchestration"),
    ("etc/web.service", "systemd"),
    ("etc/web.service.j2", "systemd"),
    ("bin/start", "scripts"),
    ("bin/start.sh", "scripts"),
]


@pytest.mark.parametrize(("path", "platform"), PLATFORMS, ids=[path for path, _ in PLATFORMS])
def test_what_deploys_a_project(path: str, platform: str) -> None:
    assert platform_of(path) == platform
