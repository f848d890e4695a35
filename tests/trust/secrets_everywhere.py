"""Projects with a secret in every place where people put one.

`{S}` stands for the secret, `{T}` for a second one. Each project has something to fix next to its secret, so that the
secret's lines are in the excerpts and in the diff.
"""

from __future__ import annotations

ENTRY = """\
DATABASES = {{
    "default": {{
        "ENGINE": "django.db.backends.postgresql",
        {entry}
        "NAME": "shop",
    }}
}}
"""
DEPLOYED = {
    "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n",
    "wsgi.py": "application = None\n",
    "Procfile": "web: gunicorn wsgi --workers 2 --threads 4\n",
    "requirements.txt": "Django==5.2.1\npsycopg==3.2.1\n",
}
PLAIN = ENTRY.format(entry='"HOST": "db",')

# One entry of the alias, or lines around the setting: what stands before the bar comes first.
ENTRIES = {
    "password": '"PASSWORD": "{S}",',
    "password, single quotes": "'PASSWORD': '{S}',",
    "password, same line": '"HOST": "db", "PASSWORD": "{S}", "PORT": 5432,',
    "password, next line": '"PASSWORD":\n            "{S}",',
    "password, parenthesised": '"PASSWORD": (\n            "{S}"\n        ),',
    "implicit concatenation": '"PASSWORD": "{S}" "{T}",',
    "implicit concatenation over lines": '"PASSWORD": (\n            "{S}"\n            "{T}"\n        ),',
    "backslash continuation": '"PASSWORD": "{S}" \\\n            "{T}",',
    "explicit concatenation": '"PASSWORD": "{S}" + "{T}",',
    "f-string part": 'PASSWORD_KEY: f"{S}{{1}}{T}",',
    "f-string password": '"PASSWORD": f"{S}{{1}}{T}",',
    "raw string": '"PASSWORD": r"{S}\\d",',
    "triple quotes": '"PASSWORD": """{S}\n{T}""",',
    "escaped quotes": '"PASSWORD": "a\\"{S}",',
    "percent": '"PASSWORD": "%s{S}" % "{T}",',
    "joined": '"PASSWORD": "".join(["{S}", "{T}"]),',
    "conditional": '"PASSWORD": "{S}" if True else "{T}",',
    "or": '"PASSWORD": os.environ.get("X") or "{S}",',
    "default of getenv": '"PASSWORD": os.getenv("SHOP", "{S}"),',
    "default of environ.get": '"PASSWORD": os.environ.get("DB_PASSWORD", "{S}"),',
    "default of environ.get over lines": '"PASSWORD": os.environ.get(\n            "DB_PASSWORD",\n            "{S}",\n        ),',
    "default of config": '"PASSWORD": config("SHOP", default="{S}"),',
    "default of env": '"PASSWORD": env.str("SHOP", "{S}"),',
    "comment behind": '"PASSWORD": "x",  # was {S}',
    "comment behind, other password": '"HOST": "db",  # password is {S}',
    "comment before": '# PASSWORD: {S}\n        "HOST": "db",',
    "commented entry": '# "PASSWORD": "{S}",',
    "commented read": '# "PASSWORD": os.environ.get("DB_PASSWORD", "{S}"),',
    "passfile": '"OPTIONS": {{"passfile": "/home/{S}/.pgpass"}},',
    "sslkey": '"OPTIONS": {{"sslkey": "/etc/{S}.key", "sslcert": "/etc/{T}"}},',
    "sslpassword": '"OPTIONS": {{"sslmode": "require", "sslpassword": "{S}"}},',
    "options, password": '"OPTIONS": {{"password": "{S}", "passwd": "{T}"}},',
    "options over lines": '"OPTIONS": {{\n            "sslpassword": (\n                "{S}"\n            ),\n        }},',
    "dict()": '"OPTIONS": dict(sslpassword="{S}", passwd="{T}"),',
    "TEST": '"TEST": {{"PASSWORD": "{S}", "NAME": "t"}},',
    "oracle dsn": '"OPTIONS": {{"dsn": "shop/{S}@db"}},',
    "URL with user-info in HOST": '"HOST": "postgres://shop:{S}@db",',
    "conninfo": '"OPTIONS": {{"options": "-c x=1", "conninfo": "host=db password={S}"}},',
    "auth token": '"OPTIONS": {{"authToken": "{S}"}},',
    "name of one letter": '"PASSWORD": (p := "{S}"),',
    "lambda": '"PASSWORD": (lambda: "{S}")(),',
    "call": '"PASSWORD": decrypt("{S}", salt="{T}"),',
    "bytes decoded": '"PASSWORD": b"{S}".decode(),',
    "reversed": '"PASSWORD": "{S}"[::-1],',
    "subscript of a display": '"PASSWORD": ["{S}", "{T}"][0],',
    "non-ASCII": '"PASSWORD": "é{S}ü",',
}
BEFORE = {
    "name read later": 'db_pass = "{S}"\n',
    "name read later, capitals": 'DB_PASSWORD = "{S}"\nSECRET_KEY = "{T}"\n',
    "tuple of names": 'USER, PASSWORD = "shop", "{S}"\n',
    "class attribute": 'class Secrets:\n    password = "{S}"\n',
    "function default": 'def connect(password="{S}"):\n    return password\n',
    "annotated": 'password: str = "{S}"\n',
    "token list": 'TOKENS = ["{S}", "{T}"]\n',
    "dictionary of secrets": 'SECRETS = {{"db": "{S}", "mail": "{T}"}}\n',
    "setdefault": 'os.environ.setdefault("DB_PASSWORD", "{S}")\n',
    "environ written": 'os.environ["DB_PASSWORD"] = "{S}"\n',
    "URL": 'DATABASE_URL = "postgres://shop:{S}@db/shop"\n',
    "URL in pieces": 'URL = "postgres://shop:" + "{S}" + "@db/shop"\n',
    "URL over lines": 'URL = (\n    "postgres://shop:"\n    "{S}@db/shop"\n)\n',
    "URL formatted": 'URL = "postgres://%s:%s@db/shop" % ("shop", "{S}")\n',
    "URL f-string": 'host = 1\nURL = f"postgres://shop:{S}@{{host}}/shop"\n',
    "URL without user": 'CACHE = "redis://:{S}@cache:6379/1"\n',
    "URL with a token only": 'SENTRY = "https://{S}@sentry.example/1"\n',
    "URL as a default": 'URL = env("DATABASE_URL", default="postgres://shop:{S}@db/shop")\n',
    "URL query": 'URL = "postgres://db/shop?user=shop&password={S}&sslpassword={T}"\n',
    "URL in a comment": "# postgres://shop:{S}@db/shop\n",
    "URL with at sign in the password": 'URL = "postgres://shop:a@{S}/b@db/shop"\n',
    "conninfo": 'CONNINFO = "host=db user=shop password={S}"\n',
    "conninfo quoted": "CONNINFO = \"host=db password='{S} {T}'\"\n",
    "private key": 'KEY = """-----BEGIN PRIVATE KEY-----\n{S}\n{T}\n-----END PRIVATE KEY-----"""\n',
    "docstring": '"""How to start: PGPASSWORD={S} psql"""\n',
    "bearer": 'HEADERS = {{"Authorization": "Bearer {S}"}}\n',
    "basic": 'HEADERS = {{"Authorization": "Basic {S}"}}\n',
    "aws": 'AWS_SECRET_ACCESS_KEY = "{S}"\nAWS_ACCESS_KEY_ID = "{T}"\n',
    "mail": 'EMAIL_HOST_PASSWORD = "{S}"\n',
    "sentry": 'sentry_sdk.init(dsn="https://{S}@o1.example/2")\n',
    "plain name, used as password": 'x = "{S}"\n@"PASSWORD": x,',
    "plain tuple, used as password": 'creds = ("shop", "{S}")\n@"PASSWORD": creds[1],',
    "plain dictionary, used as password": 'db = {{"pw": "{S}", "word": "{T}"}}\n@"PASSWORD": db["word"],',
    "chain of plain names": 'x = "{S}"\ny = x\n@"PASSWORD": y,',
}
AFTER = {
    "subscript": 'DATABASES["default"]["PASSWORD"] = "{S}"\n',
    "subscript, parenthesised": 'DATABASES["default"]["PASSWORD"] = (\n    "{S}"\n    "{T}"\n)\n',
    "update": 'DATABASES["default"].update(PASSWORD="{S}", HOST="db")\n',
    "update with a dictionary": 'DATABASES["default"].update({{"PASSWORD": "{S}"}})\n',
    "union": 'DATABASES["default"] |= {{"PASSWORD": "{S}"}}\n',
    "setdefault": 'DATABASES["default"].setdefault("PASSWORD", "{S}")\n',
    "OPTIONS subscript": 'DATABASES["default"]["OPTIONS"] = {{"passfile": "{S}"}}\n',
    "semicolon": 'x = 1; DATABASES["default"]["PASSWORD"] = "{S}"\n',
    "misspelt": 'DATABASES["default"]["PASWORD"] = 1  # password: {S}\n',
    "f-string expression": 'DATABASES["default"]["PASSWORD"] = f"{{\'{S}\' + \'{T}\'}}"\n',
    "condition": 'if os.environ.get("DB_PASSWORD") == "{S}":\n    DATABASES["default"]["CONN_MAX_AGE"] = 5\n',
    "condition on a plain value": 'if password != "{S}":\n    DATABASES["default"]["CONN_MAX_AGE"] = 5\n',
    "unknown call": 'DATABASES["other"] = connect("postgres://u:{S}@h/d", password="{T}")\n',
    "dj_database_url": 'import dj_database_url\nDATABASES["other"] = dj_database_url.parse("mysql://u:{S}@h/d")\n',
    "dj_database_url default": 'import dj_database_url\nDATABASES["other"] = dj_database_url.config(default="mysql://u:{S}@h/d")\n',
    "URL with a query": 'import dj_database_url\nDATABASES["other"] = dj_database_url.parse("postgres://u:{S}@h/d?sslpassword={T}&conn_max_age=x")\n',
    "wrong type": 'DATABASES["default"]["PASSWORD"] = {{"{S}": 1}}\n',
    "key of wrong kind": 'DATABASES["default"]["CONN_MAX_AGE"] = "{{password={S}}}"\n',
}
FILES: dict[str, dict[str, str]] = {
    "Procfile variable": {"Procfile": "web: DB_PASSWORD={S} gunicorn wsgi --workers 2 --threads 4 --env TOKEN={T}\n"},
    "Procfile URL": {"Procfile": "web: DATABASE_URL=postgres://u:{S}@h/d gunicorn wsgi --workers 2 --threads 4\n"},
    "Procfile option": {"Procfile": "web: gunicorn wsgi --threads 4 --keyfile-password {S} --password={T}\n"},
    "compose environment": {
        "docker-compose.yml": "services:\n  web:\n    image: https://u:{S}@reg/x\n    environment:\n      DB_PASSWORD: {S}\n"
        "      DATABASE_URL: postgres://u:{T}@h/d\n    command: gunicorn wsgi --threads 4 -e SECRET={S}\n"
    },
    "compose list": {
        "docker-compose.yml": "services:\n  web:\n    environment:\n      - DB_PASSWORD={S}\n    command: [gunicorn, wsgi, --threads, '4', -e, 'PASSWORD={T}']\n"
    },
    "compose pooler": {
        "docker-compose.yml": "services:\n  pgbouncer:\n    image: edoburu/pgbouncer\n    environment:\n"
        "      DATABASE_URL: postgres://u:{S}@db/shop\n      POOL_MODE: transaction\n      AUTH_QUERY: {T}\n"
        "      ADMIN_USERS: admin\n"
    },
    "broken compose": {"docker-compose.yml": "services:\n  web: [DB_PASSWORD: {S}\n environment: PASSWORD={T}\n\t- :\n"},
    "pgbouncer.ini": {
        "pgbouncer.ini": "[databases]\nshop = host=db user=u password={S} pool_mode=session\n* = host=x password='{T}'\n"
        "[pgbouncer]\npool_mode = transaction\nauth_file = userlist.txt\nmax_client_conn = {S}x\n",
        "userlist.txt": '"shop" "{T}"\n',
    },
    "broken pgbouncer.ini": {"pgbouncer.ini": "password = {S}\n[databases\n{T}\n[pgbouncer]\npool_mode = {S}\n"},
    "Dockerfile": {"Dockerfile": 'ENV DB_PASSWORD={S}\nARG TOKEN={T}\nCMD ["gunicorn", "wsgi", "--threads", "4", "--password", "{S}"]\n'},
    ".env": {".env": "DB_PASSWORD={S}\nDATABASE_URL=postgres://u:{T}@h/d\nWEB_CONCURRENCY={S}\n"},
    "systemd unit": {
        "shop.service": "[Service]\nEnvironment=DB_PASSWORD={S} DATABASE_URL=postgres://u:{T}@h/d\n"
        "ExecStart=/usr/bin/env PASSWORD={S} gunicorn wsgi --threads 4\n"
    },
    "uwsgi.ini": {"uwsgi.ini": "[uwsgi]\nmodule = wsgi\nthreads = 4\nenv = DB_PASSWORD={S}\nhttps = :443,cert,key,{T}\n"},
    "gunicorn.conf.py": {
        "gunicorn.conf.py": 'raw_env = ["DB_PASSWORD={S}"]\nthreads = 4\npassword = "{T}"\nworkers = "{S}"\n',
        "Procfile": "web: gunicorn -c gunicorn.conf.py wsgi\n",
    },
    "supervisor": {
        "supervisord.conf": '[program:web]\nenvironment=DB_PASSWORD="{S}",URL="postgres://u:{T}@h/d"\ncommand=gunicorn wsgi --threads 4\n'
    },
    "kubernetes": {
        "deployment.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: 2\n  template:\n    spec:\n"
        "      containers:\n      - name: web\n        command: [gunicorn, wsgi, --threads, '4']\n        env:\n"
        "        - name: DB_PASSWORD\n          value: {S}\n        - {{name: PGBOUNCER_URL, value: 'postgres://u:{T}@h/d'}}\n",
        "secret.yaml": "apiVersion: v1\nkind: Secret\ndata: {{password: {S}}}\nstringData: {{password: {T}}}\n",
    },
    "GitHub workflow": {
        ".github/workflows/test.yml": "jobs:\n  test:\n    env:\n      DB_PASSWORD: {S}\n    steps:\n    - run: TOKEN={T} gunicorn wsgi --threads 3\n"
    },
    "app.json": {"app.json": '{{"env": {{"DB_PASSWORD": {{"value": "{S}"}}, "TOKEN": "{T}"}}, "formation": {{"web": {{"quantity": 2}}}}}}'},
    "requirements index": {
        "requirements.txt": "--index-url https://u:{S}@packages.example/simple\n--extra-index-url https://{T}@x.example\nDjango==5.2.1\npsycopg==3.2\n"
    },
    "requirements direct": {
        "requirements.txt": "Django @ git+https://{S}@github.example/d\npsycopg @ https://u:{T}@x.example/p-3.2-py3-none-any.whl\n"
    },
    "requirements nonsense": {"requirements.txt": "Django==5.2\npassword={S}\n-r https://u:{T}@h/r.txt\n-e git+ssh://git:{S}@h/x\n"},
    "pyproject sources": {
        "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["Django==5.2.1"]\n[[tool.poetry.source]]\nname = "x"\nurl = "https://u:{S}@h"\n'
        '[tool.uv]\nindex-url = "https://u:{T}@h"\n'
    },
    "Pipfile": {"Pipfile": '[[source]]\nurl = "https://u:{S}@h/simple"\n[packages]\ndjango = {{git = "https://{T}@h/x"}}\n'},
    "settings that do not parse": {"other/settings.py": 'DATABASES = {{"default": {{"PASSWORD": "{S}"\nDB_PASSWORD = {T} "\n'},
    "settings that do not parse, string": {"other/settings.py": 'DATABASES = {{"default": {{"PASSWORD": "{S}}}}}\n'},
    "settings that do not parse, f-string": {"other/settings.py": 'DATABASES = f"{{password {S} !}}"\n'},
    "settings that do not parse, name": {"other/settings.py": "DATABASES = 12{S}\n"},
    "settings in Python 2": {"other/settings.py": 'print "x"\nDATABASES = {{"default": {{"ENGINE": "", "PASSWORD": "{S}"}}}}\nexec "{T}"\n'},
    "import from a secret": {"local.py": 'DB_PASSWORD = "{S}"\nURL = "postgres://u:{T}@h/d"\n'},
    "code beside": {
        "views.py": "from django.db import connection, transaction\ndef v(r):\n    with transaction.atomic():\n"
        "        login(password='{S}')\n        transaction.commit()  # token={T}\n        TOKEN = '{S}'\n"
    },
}  # fmt: skip


def projects() -> dict[str, dict[str, str]]:
    """Return every project, by what is odd about it: path to text, `{S}` and `{T}` still in it."""
    found: dict[str, dict[str, str]] = {}
    imports = "import os\nfrom environ import Env\nenv = Env()\n"
    for name, text in ENTRIES.items():
        found[f"entry: {name}"] = {**DEPLOYED, "settings.py": imports + ENTRY.replace("{entry}", text)}
    for name, text in BEFORE.items():
        before, _, entry = text.partition('@"PASSWORD"')
        entry = f'"PASSWORD"{entry}' if entry else '"HOST": "db",'
        found[f"before: {name}"] = {**DEPLOYED, "settings.py": imports + before + ENTRY.replace("{entry}", entry)}
    for name, text in AFTER.items():
        settings = imports + ENTRY.replace("{entry}", '"HOST": "db",') + text
        found[f"after: {name}"] = {**DEPLOYED, "settings.py": settings}
    for name, files in FILES.items():
        found[f"file: {name}"] = {
            **DEPLOYED, "settings.py": ENTRY.replace("{entry}", '"HOST": "db",'), **files,
        }  # fmt: skip
    return found


def filled(text: str, first: str, second: str) -> str:
    """Return a text with the secrets in their places; doubled braces are single ones."""
    return text.replace("{{", "\x01").replace("}}", "\x02").replace("{S}", first).replace("{T}", second).replace(
        "\x01", "{"
    ).replace("\x02", "}")  # fmt: skip
