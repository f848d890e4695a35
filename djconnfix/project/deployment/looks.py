"""Cheap looks at bytes: whether a file whose name allows it is a deployment file of some kind.

What only readers know is asked of them once a word says that it may be so: most files need no reader at all.
"""

from __future__ import annotations

import re

from djconnfix.project.deployment.model import SETTINGS_VARIABLE

_SETTINGS = SETTINGS_VARIABLE.encode()
_SCALING_WORDS = (b"HorizontalPodAutoscaler", b"ScaledObject")
_FUNCTION_WORDS = (b"AWS::Serverless::Function", b"functions:")
_POOLER_WORDS = (b"pgbouncer", b"pgcat", b"odyssey", b"supavisor", b"pgpool", b"proxysql")
_RUNS = re.compile(rb"^[ \t-]*(?:args|cmd|command|entrypoint|pool_mode|startCommand|workers)[ \t]*[:=]", re.MULTILINE)


def speaks(data: bytes) -> bool:
    """Whether a server program or the variable of the settings module is named."""
    from djconnfix.project.deployment.readers import scripts

    return scripts.mentions_server(data) or _SETTINGS in data


def names_settings(data: bytes) -> bool:
    """Whether bytes may give `DJANGO_SETTINGS_MODULE` a value."""
    return _SETTINGS in data or b"--ds" in data


def commands(path: str, data: bytes) -> bool:
    """Whether a large file is one that starts something, and not data that happens to name a server."""
    return not path.endswith((".yml", ".yaml", ".py")) or _RUNS.search(data) is not None


def is_yaml(data: bytes) -> bool:
    """Whether a YAML file says something of servers, poolers, copies or functions."""
    if speaks(data) or any(word in data for word in (*_POOLER_WORDS, *_SCALING_WORDS)):
        return True
    return b"handler" in data.lower() and any(word in data for word in _FUNCTION_WORDS)


def is_script(data: bytes) -> bool:
    """Whether a shell script starts a server or calls another script."""
    return speaks(data) or b".sh" in data


def is_app_script(data: bytes) -> bool:
    """The same of a file whose name does not say that it is a shell script."""
    from djconnfix.project.deployment.readers import scripts

    return scripts.is_shell(data) and is_script(data)


def is_dockerfile(data: bytes) -> bool:
    """Whether a Dockerfile starts something or sets the settings module."""
    return b"CMD" in data or b"ENTRYPOINT" in data or _SETTINGS in data


def is_zappa(data: bytes) -> bool:
    """Whether settings of Zappa are for Django."""
    return b"django_settings" in data


def is_unit(data: bytes) -> bool:
    """Whether it is a unit of systemd that starts something."""
    return b"ExecStart" in data


def is_supervisor(data: bytes) -> bool:
    """Whether it configures supervisor, or circus."""
    return b"[program:" in data or b"[watcher:" in data or b"[fcgi-program:" in data


def is_nginx_unit(data: bytes) -> bool:
    """Whether it configures NGINX Unit for Python."""
    return b'"applications"' in data and b'"python' in data


def is_app_json(data: bytes) -> bool:
    """Whether Heroku's `app.json` says how many copies run, or puts a pooler between."""
    return b"pgbouncer" in data or b'"formation"' in data


def is_vercel(data: bytes) -> bool:
    """Whether `vercel.json` is for Python."""
    return b".py" in data


def is_apache(data: bytes) -> bool:
    """Whether it configures mod_wsgi."""
    return b"WSGIDaemonProcess" in data or b"WSGIScriptAlias" in data


def is_uwsgi(data: bytes) -> bool:
    """Whether it configures uWSGI."""
    if b"uwsgi" not in data:
        return False
    from djconnfix.project.deployment import uwsgi_config

    return uwsgi_config.may_be(data)


def is_pgbouncer(data: bytes) -> bool:
    """Whether it is a `pgbouncer.ini`."""
    if b"pgbouncer" not in data and b"databases" not in data:
        return False
    from djconnfix.project.deployment import poolers

    return poolers.may_be_ini(data)


def is_gunicorn(data: bytes) -> bool:
    """Whether it sets what gunicorn reads, and is no other program's."""
    from djconnfix.project.deployment import gunicorn_config

    return gunicorn_config.may_be(data) and not is_supervisor(data) and not is_unit(data)


def is_unnamed_gunicorn(data: bytes) -> bool:
    """Whether a Python file without gunicorn in its name is gunicorn's: it says so, and sets what gunicorn reads."""
    return b"gunicorn" in data and b"INSTALLED_APPS" not in data and b"DATABASES" not in data and is_gunicorn(data)
