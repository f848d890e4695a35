"""Which file is of which kind: by name first, then by cheap looks at its bytes.

A reader is imported when a file has a name that it reads: most projects are deployed in one or two ways.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.facts import Unreadable
from djconnfix.project.deployment import looks
from djconnfix.project.deployment.config_files import gunicorn_server, uwsgi_server
from djconnfix.project.files import SILENT_ENDINGS
from djconnfix.records import dataclass
from djconnfix.source import TooLargeError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from djconnfix.project.deployment.config_files import ConfigReader
    from djconnfix.project.deployment.model import Found
    from djconnfix.project.files import Tree

    Look = Callable[[bytes], bool]

MAX_BYTES = 1_000_000  # generated manifests and data; no deployment file written by a person is larger


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of deployment file.

    Attributes:
        read: gathers what the file starts and names; None for pure configuration files.
        config: makes a server of a configuration file, once all commands are known.
    """

    read: Callable[[Found], None] | None = None
    config: ConfigReader | None = None


def _read_script(found: Found) -> None:
    from djconnfix.project.deployment.readers import scripts

    scripts.read(found)


def _read_makefile(found: Found) -> None:
    from djconnfix.project.deployment.readers import scripts

    scripts.read_makefile(found)


def _read_systemd(found: Found) -> None:
    from djconnfix.project.deployment.readers import units

    units.read_systemd(found)


def _read_supervisor(found: Found) -> None:
    from djconnfix.project.deployment.readers import units

    units.read_supervisor(found)


def _read_apache(found: Found) -> None:
    from djconnfix.project.deployment.readers import apache

    apache.read(found)


def _read_pgbouncer(found: Found) -> None:
    from djconnfix.project.deployment import poolers

    pooler = poolers.read_ini(found.source)
    if pooler is not None:
        found.poolers.append(pooler)


_GUNICORN = Kind(config=gunicorn_server)
_UWSGI = Kind(config=uwsgi_server)
_SCRIPT = Kind(_read_script)
_SETTINGS_ONLY = Kind()

_JSON = frozenset({"Passengerfile.json", "app.json", "package.json", "vercel.json", "zappa_settings.json"})
_TEMPLATE_SUFFIX = re.compile(
    r"(?:\.(?:j2|jinja2?|tmpl|tpl|template|erb|in|dist|example|sample|default|ctmpl|mustache))+\Z", re.IGNORECASE
)
_DOCKERFILE_NAME = re.compile(r"(?:.*[._-])?(?:docker|container)file(?:[._-].*)?\Z", re.IGNORECASE)
_PROCFILE_NAME = re.compile(r"(?:.*[._-])?procfile(?:[._-].*)?\Z", re.IGNORECASE)
_GUNICORN_NAME = re.compile(r".*gunicorn.*\.(?:py|conf|cfg|config|ini)\Z|.*gunicorn[^.]*\Z", re.IGNORECASE)
_MAKEFILE_NAME = re.compile(r"(?:gnu)?makefile(?:\..*)?\Z|.*\.mk\Z|[._]?justfile\Z", re.IGNORECASE)
_DOTENV_NAME = re.compile(r"(?:.*\.)?env(?:\..*)?\Z|.*\.env(?:[._-].*)?\Z|env[._-].*", re.IGNORECASE)
# Python programs that start servers, and modules that hand a platform's requests to Django.
_PYTHON_NAME = re.compile(
    r"(?:.*(?:gunicorn|uvicorn|daphne|hypercorn|granian|uwsgi|celery|entrypoint|launch|serve|start).*|run|runner|services?)\.py\Z"
)
_ADAPTER_NAME = re.compile(r"(?:asgi|wsgi|.*handlers?|.*lambda.*|main|vercel_app)\.py\Z")
_TEST_NAMES = ("conftest.py", "noxfile.py", "pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini")
_SCRIPT_FOLDERS = frozenset(
    {"bin", "compose", "container", "containers", "cont-init.d", "deploy", "deployment", "docker", "entrypoints", "etc",
     "init", "init.d", "ops", "run", "sbin", "script", "scripts", "services.d"}
)  # fmt: skip


def kinds_of(path: str) -> Iterator[tuple[Kind, Look]]:
    """Yield the kinds a file's name allows, each with the test its bytes must pass."""
    folder, _, full_name = path.rpartition("/")
    if full_name.endswith(".py"):  # most files by far
        yield from _python_kinds(path, full_name)
        return
    name = _TEMPLATE_SUFFIX.sub("", full_name) or full_name
    lowered = name.lower()
    suffix = lowered.rpartition(".")[2] if "." in lowered else ""
    if suffix == "py":
        yield from _python_kinds(path, name)
    elif lowered in ("zappa_settings.toml", "zappa_settings.yaml", "zappa_settings.yml"):
        from djconnfix.project.deployment.readers import managed

        yield Kind(managed.read_zappa), looks.is_zappa
    elif suffix in ("yml", "yaml"):
        from djconnfix.project.deployment.readers import yaml_files

        yield Kind(yaml_files.read), looks.is_yaml
        yield _UWSGI, looks.is_uwsgi
    elif _PROCFILE_NAME.match(name):
        from djconnfix.project.deployment.readers import procfile

        yield Kind(procfile.read), bool
    elif _DOCKERFILE_NAME.match(name):
        from djconnfix.project.deployment.readers import dockerfile

        yield Kind(dockerfile.read), looks.is_dockerfile
    elif suffix in ("sh", "bash"):
        yield _SCRIPT, looks.is_script
    elif suffix in ("service", "socket"):
        yield Kind(_read_systemd), looks.is_unit
    elif full_name in _JSON or (suffix == "json" and _is_telling_json(path, lowered)):
        yield _json_kind(full_name, lowered)
    elif suffix == "toml" and (lowered.startswith("fly") or name in ("railway.toml", "nixpacks.toml")):
        from djconnfix.project.deployment.readers import platform_toml

        yield Kind(platform_toml.read), looks.speaks
    elif suffix == "toml" and "pgcat" in path.lower():
        from djconnfix.project.deployment import pooler_files

        yield Kind(pooler_files.read_pgcat), pooler_files.is_pgcat
    elif _MAKEFILE_NAME.match(name):
        yield Kind(_read_makefile), looks.speaks
    elif suffix in ("ini", "xml", "conf", "cfg", "vhost", "skel", "config") or (suffix == "" and full_name != name):
        yield from _configuration_kinds(path, name, suffix)
    elif not suffix and (
        "/" not in path or not _SCRIPT_FOLDERS.isdisjoint(folder.split("/")) or name in ("entrypoint", "start", "run")
    ):
        yield _SCRIPT, looks.is_app_script
    elif name in _TEST_NAMES or is_dotenv(path):
        yield _SETTINGS_ONLY, looks.names_settings


def is_dotenv(path: str) -> bool:
    """Whether a file's name says that it sets environment variables."""
    folder, _, full_name = path.rpartition("/")
    name = _TEMPLATE_SUFFIX.sub("", full_name) or full_name
    return not full_name.endswith((".py", ".sh")) and (_DOTENV_NAME.match(name) is not None or ".envs" in folder)


def _python_kinds(path: str, name: str) -> Iterator[tuple[Kind, Look]]:
    lowered = name.lower()
    if "gunicorn" in path.lower() or ("conf" in lowered and "conftest" not in lowered):
        yield _GUNICORN, looks.is_gunicorn if "gunicorn" in path.lower() else looks.is_unnamed_gunicorn
    if _PYTHON_NAME.match(lowered):
        from djconnfix.project.deployment.readers import python_commands

        yield Kind(python_commands.read), python_commands.may_be
    if lowered == "passenger_wsgi.py":
        from djconnfix.project.deployment.readers import managed

        yield Kind(managed.read_passenger), managed.is_passenger
    if _ADAPTER_NAME.match(lowered):
        from djconnfix.project.deployment.readers import serverless

        yield Kind(serverless.read_adapter), serverless.may_adapt
    if name in _TEST_NAMES:
        yield _SETTINGS_ONLY, looks.names_settings


def _is_telling_json(path: str, lowered: str) -> bool:
    return "unit" in lowered or "task" in lowered or "ecs" in path.lower()


def _json_kind(full_name: str, lowered: str) -> tuple[Kind, Look]:
    from djconnfix.project.deployment.readers import managed, platform_json

    match full_name:
        case "Passengerfile.json":
            return Kind(managed.read_passengerfile), bool
        case "app.json":
            return Kind(platform_json.read_app_json), looks.is_app_json
        case "package.json":
            return Kind(platform_json.read_package_json), looks.speaks
        case "vercel.json":
            return Kind(platform_json.read_vercel), looks.is_vercel
        case "zappa_settings.json":
            return Kind(platform_json.read_zappa), looks.is_zappa
        case _ if "unit" in lowered:
            return Kind(platform_json.read_nginx_unit), looks.is_nginx_unit
        case _:
            return Kind(managed.read_task_definition), managed.is_task_definition


def _configuration_kinds(path: str, name: str, suffix: str) -> Iterator[tuple[Kind, Look]]:
    yield _UWSGI, looks.is_uwsgi
    if suffix == "xml":
        return
    if ".ebextensions" in path:
        from djconnfix.project.deployment.readers import managed

        yield Kind(managed.read_beanstalk), managed.is_beanstalk
    yield Kind(_read_supervisor), looks.is_supervisor
    yield Kind(_read_apache), looks.is_apache
    yield Kind(_read_systemd), looks.is_unit
    yield Kind(_read_pgbouncer), looks.is_pgbouncer
    if "odyssey" in path.lower():
        from djconnfix.project.deployment import pooler_files

        yield Kind(pooler_files.read_odyssey), pooler_files.is_odyssey
    if name in _TEST_NAMES:
        yield _SETTINGS_ONLY, looks.names_settings
    elif _GUNICORN_NAME.match(name):
        yield _GUNICORN, looks.is_gunicorn
    elif not suffix:
        yield _SCRIPT, looks.is_app_script


def deployment_files(tree: Tree, unreadable: list[Unreadable]) -> Iterator[tuple[str, Kind, bytes]]:
    """Yield every deployment file with each of its kinds; what cannot be opened is added to `unreadable`."""
    for path in tree.paths:
        if path.endswith(SILENT_ENDINGS):
            continue
        allowed = list(kinds_of(path))
        if not allowed:
            continue
        try:
            data = tree.read_bytes(path)
        except TooLargeError as error:
            if any(look is not looks.is_app_script for _, look in allowed):  # a name without suffix says nothing
                unreadable.append(Unreadable(error.path, error.line, error.reason))
            continue
        except UnreadableError as error:
            unreadable.append(Unreadable(error.path, error.line, error.reason))
            continue
        if len(data) > MAX_BYTES:
            if any(look(data) for _, look in allowed) and looks.commands(path, data):
                unreadable.append(Unreadable(path, 0, "is larger than 1 MB, too large to be read as a deployment file"))
            continue
        for kind, look in allowed:
            if look(data):
                tree.keep(path, data)
                yield path, kind, data
