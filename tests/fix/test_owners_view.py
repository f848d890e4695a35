"""What the owner of a small project sees: the lines that a fix adds, takes out, and where, for ways seen in public."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from djconnfix.config import resolve
from djconnfix.engine import audit
from djconnfix.fix.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PG = "'ENGINE': 'django.db.backends.postgresql'"
URLS = "import os\n\nimport dj_database_url\n\n"
SQLITE = "DATABASES = {\n    'default': {\n        'ENGINE': 'django.db.backends.sqlite3',\n        'NAME': 'db.sqlite3',\n    }\n}\n"
FROM_ENV = "\n# Heroku: Update database configuration from $DATABASE_URL.\n"


@dataclass(frozen=True)
class Case:
    """Files, and what becomes of those that change."""

    files: Mapping[str, str]
    after: Mapping[str, str]
    helpers: str = "dj-database-url==2.3.0"
    serving: str = "shop.settings"


def settings(before: str, after: str, helpers: str = "dj-database-url==2.3.0") -> Case:
    return Case({"shop/settings.py": before}, {"shop/settings.py": after}, helpers)


CASES = {
    "a literal that the URL overrides in all but one way": settings(
        URLS + f"DATABASES = {{\n    'default': {{\n        {PG},\n        'NAME': 'shop',\n    }}\n}}\n" + FROM_ENV
        + "db_from_env = dj_database_url.config(conn_max_age=500)\nDATABASES['default'].update(db_from_env)\n",
        URLS + f"DATABASES = {{\n    'default': {{\n        {PG},\n        'NAME': 'shop',\n"
        "        'CONN_MAX_AGE': 60,\n        'CONN_HEALTH_CHECKS': True,\n    }\n}\n" + FROM_ENV
        + "db_from_env = dj_database_url.config(conn_max_age=500, conn_health_checks=True)\n"
        "DATABASES['default'].update(db_from_env)\n",
    ),
    "a URL instead of SQLite, by update": settings(
        URLS + SQLITE + FROM_ENV + "db_from_env = dj_database_url.config(conn_max_age=500)\n"
        "DATABASES['default'].update(db_from_env)\n",
        URLS + SQLITE + FROM_ENV + "db_from_env = dj_database_url.config(conn_max_age=500, conn_health_checks=True)\n"
        "DATABASES['default'].update(db_from_env)\n",
    ),
    "a dictionary with a name of its own": settings(
        URLS + 'CONFIG = dj_database_url.parse(os.environ["DATABASE_URL"])\n'
        'CONFIG["CONN_MAX_AGE"] = int(os.environ.get("CONN_MAX_AGE", "0"))\nDATABASES = {"default": CONFIG}\n',
        URLS + 'CONFIG = dj_database_url.parse(os.environ["DATABASE_URL"])\n'
        'CONFIG["CONN_MAX_AGE"] = int(os.environ.get("CONN_MAX_AGE", "60"))\n'
        'CONFIG["CONN_HEALTH_CHECKS"] = True\nDATABASES = {"default": CONFIG}\n',
    ),
    "django-heroku, that gives the alias its URL": settings(
        "import django_heroku\n\n" + SQLITE + "\ndjango_heroku.settings(locals())\n",
        "import django_heroku\n\n" + SQLITE + "\ndjango_heroku.settings(locals())\n"
        "DATABASES['default']['CONN_HEALTH_CHECKS'] = True\n",
        "django-heroku==0.3.1",
    ),
    "a URL that may not be set, and a helper of any version": settings(
        URLS + "DATABASES = {}\nDATABASES['default'] = dj_database_url.config()\n",
        URLS + "DATABASES = {}\nDATABASES['default'] = dj_database_url.config(conn_max_age=60)\n"
        "DATABASES['default']['CONN_HEALTH_CHECKS'] = True\n",
        "dj-database-url",
    ),
    "a helper of any version, and a base module": Case(
        {
            "shop/settings/__init__.py": "",
            "shop/settings/base.py": URLS
            + 'DATABASES = {\n    "default": dj_database_url.config(default="postgres://localhost/shop")\n}\n',
            "shop/settings/production.py": "from .base import *\n\nDEBUG = False\nALLOWED_HOSTS = ['shop.example']\n",
            "shop/settings/development.py": "from .base import *\n\nDEBUG = True\n",
        },
        {
            "shop/settings/base.py": URLS
            + 'DATABASES = {\n    "default": dj_database_url.config(\n        default="postgres://localhost/shop",\n'
            '        conn_max_age=60,\n    )\n}\nDATABASES["default"]["CONN_HEALTH_CHECKS"] = True\n',
        },
        "dj-database-url",
        "shop.settings.production",
    ),
    "a URL, and options for one of the engines that it may name": settings(
        "import environ\n\nenv = environ.Env()\nDATABASES = {'default': env.db()}\n"
        "if DATABASES['default']['ENGINE'] == 'django.db.backends.mysql':\n"
        "    DATABASES['default'].setdefault('OPTIONS', {})\n"
        "    DATABASES['default']['OPTIONS'].update({'charset': 'utf8mb4'})\n\nUSE_TZ = True\n",
        "import environ\n\nenv = environ.Env()\nDATABASES = {'default': env.db()}\n"
        "if DATABASES['default']['ENGINE'] == 'django.db.backends.mysql':\n"
        "    DATABASES['default'].setdefault('OPTIONS', {})\n"
        "    DATABASES['default']['OPTIONS'].update({'charset': 'utf8mb4'})\n"
        "DATABASES['default']['CONN_MAX_AGE'] = 60\nDATABASES['default']['CONN_HEALTH_CHECKS'] = True\n\nUSE_TZ = True\n",
        "django-environ==0.11.2",
    ),
    "a pool, and the age that one branch gives a name": settings(
        "import os\n\nif os.environ.get('POOLER'):\n    AGE, OPTIONS = 0, {}\nelse:\n    AGE = 600\n"
        f"    OPTIONS = {{'pool': True}}\n\nDATABASES = {{\n    'default': {{\n        {PG},\n        'NAME': 'shop',\n"
        "        'CONN_MAX_AGE': AGE,\n        'OPTIONS': OPTIONS,\n        'CONN_HEALTH_CHECKS': True,\n    }\n}\n",
        "import os\n\nif os.environ.get('POOLER'):\n    AGE, OPTIONS = 0, {}\nelse:\n    AGE = 0\n"
        f"    OPTIONS = {{'pool': True}}\n\nDATABASES = {{\n    'default': {{\n        {PG},\n        'NAME': 'shop',\n"
        "        'CONN_MAX_AGE': AGE,\n        'OPTIONS': OPTIONS,\n        'CONN_HEALTH_CHECKS': True,\n    }\n}\n",
        "",
    ),
    "for ever in one of two cases": settings(
        f"import os\n\nDATABASES = {{\n    'default': {{\n        {PG},\n        'NAME': 'shop',\n"
        "        'CONN_MAX_AGE': None if os.getenv('FOR_EVER') == '1' else 30,\n"
        "        'CONN_HEALTH_CHECKS': True,\n    }\n}\n",
        f"import os\n\nDATABASES = {{\n    'default': {{\n        {PG},\n        'NAME': 'shop',\n"
        "        'CONN_MAX_AGE': 600 if os.getenv('FOR_EVER') == '1' else 30,\n"
        "        'CONN_HEALTH_CHECKS': True,\n    }\n}\n",
    ),
    "URLs of which there are none in some builds": settings(
        "import environ\n\nenv = environ.Env(STATIC=(bool, False))\nSTATIC = env('STATIC')\n"
        "DATABASES = {\n    'default': env.db(),\n    'metrics': env.db('METRICS_URL'),\n} if not STATIC else {}\n",
        "import environ\n\nenv = environ.Env(STATIC=(bool, False))\nSTATIC = env('STATIC')\nDATABASES = {\n"
        "    'default': {**env.db(), 'CONN_MAX_AGE': 60, 'CONN_HEALTH_CHECKS': True},\n    'metrics': {\n"
        "        **env.db('METRICS_URL'),\n        'CONN_MAX_AGE': 60,\n        'CONN_HEALTH_CHECKS': True,\n    },\n"
        "} if not STATIC else {}\n",
        "django-environ==0.11.2",
    ),
    "an engine that a branch replaces later": settings(
        "import os\n\nimport environ\n\nenv = environ.Env()\n"
        "DATABASES = {'default': env.db()}\n\n"
        "if os.environ.get('METRICS'):\n"
        "    DATABASES['default']['ENGINE'] = DATABASES['default']['ENGINE'].replace('django.', 'metrics.', 1)\n",
        "import os\n\nimport environ\n\nenv = environ.Env()\n"
        "DATABASES = {'default': env.db()}\n"
        "DATABASES['default']['CONN_MAX_AGE'] = 60\nDATABASES['default']['CONN_HEALTH_CHECKS'] = True\n\n"
        "if os.environ.get('METRICS'):\n"
        "    DATABASES['default']['ENGINE'] = DATABASES['default']['ENGINE'].replace('django.', 'metrics.', 1)\n",
    ),
    "a merge that grows too long for its line": settings(
        'COMMON = {"HOST": "db", "USER": "shop"}\n\nDATABASES = {\n'
        '    "default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"} | COMMON,\n}\n',
        'COMMON = {"HOST": "db", "USER": "shop"}\n\nDATABASES = {\n    "default": {\n'
        '        "ENGINE": "django.db.backends.postgresql",\n        "NAME": "shop",\n'
        '        "CONN_MAX_AGE": 60,\n        "CONN_HEALTH_CHECKS": True,\n    }\n    | COMMON,\n}\n',
    ),
    "colons in one column": settings(
        "DATABASES = {\n    'default': {\n        'ENGINE'  : 'django.db.backends.postgresql',\n"
        "        'NAME'    : 'shop',\n        'PASSWORD': 'x',\n        'HOST'    : 'localhost',\n    },\n}\n",
        "DATABASES = {\n    'default': {\n        'ENGINE'  : 'django.db.backends.postgresql',\n"
        "        'NAME'    : 'shop',\n        'PASSWORD': 'x',\n        'HOST'    : 'localhost',\n"
        "        'CONN_MAX_AGE': 60,\n        'CONN_HEALTH_CHECKS': True,\n    },\n}\n",
    ),
    "a line that was too long before": settings(
        f"DATABASES = {{'default': {{{PG}, 'NAME': 'shop', 'USER': 'shop', 'HOST': 'db'}}}}\n",
        f"DATABASES = {{\n    'default': {{\n        {PG},\n        'NAME': 'shop',\n        'USER': 'shop',\n"
        "        'HOST': 'db',\n        'CONN_MAX_AGE': 60,\n        'CONN_HEALTH_CHECKS': True,\n    }\n}\n",
    ),
    "a choice on one line that was too long before": settings(
        URLS + 'DATABASES = {\n    "default": dj_database_url.parse(os.environ["DATABASE_URL"]) if "DATABASE_URL" in '
        'os.environ else {\n        "ENGINE": "django.db.backends.sqlite3",\n        "NAME": "db.sqlite3",\n    },\n}\n',
        URLS + 'DATABASES = {\n    "default": dj_database_url.parse(\n        os.environ["DATABASE_URL"],\n'
        '        conn_max_age=60,\n        conn_health_checks=True,\n    ) if "DATABASE_URL" in os.environ else {\n'
        '        "ENGINE": "django.db.backends.sqlite3",\n        "NAME": "db.sqlite3",\n    },\n}\n',
    ),
    "a function that gives back one thing or another": settings(
        'import os\n\n\ndef database():\n    if os.environ.get("DATABASE_URL"):\n        import dj_database_url\n\n'
        '        return dj_database_url.parse(os.environ["DATABASE_URL"])\n    return {\n'
        '        "ENGINE": "django.db.backends.postgresql",\n        "NAME": "shop",\n    }\n\n\n'
        'DATABASES = {"default": database()}\n',
        'import os\n\n\ndef database():\n    if os.environ.get("DATABASE_URL"):\n        import dj_database_url\n\n'
        '        return dj_database_url.parse(\n            os.environ["DATABASE_URL"],\n            conn_max_age=60,\n'
        '            conn_health_checks=True,\n        )\n    return {\n'
        '        "ENGINE": "django.db.backends.postgresql",\n        "NAME": "shop",\n        "CONN_MAX_AGE": 60,\n'
        '        "CONN_HEALTH_CHECKS": True,\n    }\n\n\nDATABASES = {"default": database()}\n',
    ),
    "OPTIONS filled under a condition": settings(
        f'import os\n\nDATABASES = {{\n    "default": {{\n        {PG},\n        "NAME": "shop",\n    }}\n}}\n'
        'if os.environ.get("DB_SSL"):\n    DATABASES["default"]["OPTIONS"] = {"sslmode": "require"}\n',
        f'import os\n\nDATABASES = {{\n    "default": {{\n        {PG},\n        "NAME": "shop",\n'
        '        "CONN_MAX_AGE": 60,\n        "CONN_HEALTH_CHECKS": True,\n    }\n}\n'
        'if os.environ.get("DB_SSL"):\n    DATABASES["default"]["OPTIONS"] = {"sslmode": "require"}\n',
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_diff_is_what_the_owner_would_write(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    files = {
        "manage.py": f'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "{case.serving}")\n',
        "requirements.txt": f"Django==5.2.1\npsycopg==3.2.9\n{case.helpers}\n",
        "Procfile": "web: gunicorn shop.wsgi --threads 4\n",
        **case.files,
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    report = audit(resolve(tmp_path, {}).config)
    made = make_plan(report, report.findings, unsafe=True)
    assert {each.source.path: each.new.decode() for each in made.changes} == case.after
    assert made.refused == ()
