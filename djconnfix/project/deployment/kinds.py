"""Which file is of which kind: by name first, then by cheap looks at its bytes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.facts import Unreadable
from djconnfix.project.deployment import gunicorn_config, pooler_files, poolers, uwsgi_config
from djconnfix.project.deployment.applications import with_worker_class
from djconnfix.project.deployment.model import SETTINGS_VARIABLE, is_development_path
from djconnfix.project.deployment.places import line_location
from djconnfix.project.deployment.platforms import platform_of
from djconnfix.project.deployment.programs import gunicorn, uwsgi
from djconnfix.project.deployment.readers import (
    apache,
    dockerfile,
    managed,
    platform_json,
    platform_toml,
    procfile,
    python_commands,
    scripts,
    serverless,
    units,
    yaml_files,
)
from djconnfix.project.files import SILENT_ENDINGS
from djconnfix.records import dataclass, replace
from djconnfix.source import TooLargeError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from djconnfix.project.deployment.assemble import Assembly
    from djconnfix.project.deployment.model import Found
    from djconnfix.project.deployment.programs.draft import Draft
    from djconnfix.project.files import Tree

    ConfigReader = Callable[[Assembly, str], None]

MAX_BYTES = 1_000_000  # generated manifests and data; no deployment file written by a person is larger
_SETTINGS = SETTINGS_VARIABLE.encode()
_SCALING_WORDS = (b"HorizontalPodAutoscaler", b"ScaledObject")
_FUNCTION_WORDS = (b"AWS::Serverless::Function", b"functions:")
_POOLER_WORDS = (b"pgbouncer", b"pgcat", b"odyssey", b"supavisor", b"pgpool", b"proxysql")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of deployment file.

    Attributes:
        read: gathers what the file starts and names; None for pure configuration files.
        config: makes a server of a configuration file, once all commands are known.
    """

    read: Callable[[Found], None] | None = None
    config: ConfigReader | None = None


def _speaks(data: bytes) -> bool:
    return scripts.mentions_server(data) or _SETTINGS in data


def _telling_yaml(data: bytes) -> bool:
    if _speaks(data) or any(word in data for word in (*_POOLER_WORDS, *_SCALING_WORDS)):
        return True
    return b"handler" in data.lower() and any(word in data for word in _FUNCTION_WORDS)


def _gunicorn_server(assembly: Assembly, path: str) -> None:
    source = assembly.tree.source(path)
    read = gunicorn_config.read(source, {})
    if read is None:
        return
    draft, statement = read
    start = source.node_span(statement)[0] if statement is not None else 0
    _config_server(assembly, path, gunicorn.finish(draft), start)


def _uwsgi_server(assembly: Assembly, path: str) -> None:
    source = assembly.tree.source(path)
    read = uwsgi_config.read(source)
    if read is not None:
        _config_server(assembly, path, uwsgi.finish(read[0]), source.line_starts[read[1] - 1])


def _config_server(assembly: Assembly, path: str, draft: Draft, start: int) -> None:
    if path in assembly.foreign and path not in assembly.used:
        return
    user = assembly.used.get(path)
    notes = (f"configuration of the server started in {user.path}:{user.line}",) if user else ()
    location = line_location(assembly.tree.source(path), start)
    draft = with_worker_class(assembly.tree, assembly.find, draft, path)
    draft = replace(draft, notes=draft.notes + notes, development=draft.development or is_development_path(path))
    server = replace(draft.server(location, part_of=user), platform=platform_of(path), unused=user is None)
    assembly.servers.append(server)


def _pgbouncer_ini(found: Found) -> None:
    pooler = poolers.read_ini(found.source)
    if pooler is not None:
        found.poolers.append(pooler)


_PROCFILE = Kind(procfile.read)
_DOCKERFILE = Kind(dockerfile.read)
_YAML = Kind(yaml_files.read)
_SCRIPT = Kind(scripts.read)
_MAKEFILE = Kind(scripts.read_makefile)
_SYSTEMD = Kind(units.read_systemd)
_SUPERVISOR = Kind(units.read_supervisor)
_APACHE = Kind(apache.read)
_TOML = Kind(platform_toml.read)
_GUNICORN = Kind(config=_gunicorn_server)
_UWSGI = Kind(config=_uwsgi_server)
_PGBOUNCER = Kind(_pgbouncer_ini)
_PGCAT = Kind(pooler_files.read_pgcat)
_ODYSSEY = Kind(pooler_files.read_odyssey)
_BEANSTALK = Kind(managed.read_beanstalk)
_TASK = Kind(managed.read_task_definition)
_PASSENGER = Kind(managed.read_passenger)
_ZAPPA = Kind(managed.read_zappa)
_ADAPTER = Kind(serverless.read_adapter)
_PYTHON = Kind(python_commands.read)
_SETTINGS_ONLY = Kind()
CONFIGS = {"gunicorn": _gunicorn_server, "uwsgi": _uwsgi_server}

_UNIT = Kind(platform_json.read_nginx_unit)
_JSON = {
    "Passengerfile.json": (Kind(managed.read_passengerfile), bool),
    "app.json": (Kind(platform_json.read_app_json), lambda data: b"pgbouncer" in data or b'"formation"' in data),
    "package.json": (Kind(platform_json.read_package_json), _speaks),
    "vercel.json": (Kind(platform_json.read_vercel), lambda data: b".py" in data),
    "zappa_settings.json": (Kind(platform_json.read_zappa), lambda data: b"django_settings" in data),
}
_RUNS = re.compile(rb"^[ \t-]*(?:args|cmd|command|entrypoint|pool_mode|startCommand|workers)[ \t]*[:=]", re.MULTILINE)
_TEMPLATE_SUFFIX = re.compile(
    r"(?:\.(?:j2|jinja2?|tmpl|tpl|template|erb|in|dist|example|sample|default|ctmpl|mustache))+\Z", re.IGNORECASE
)
_DOCKERFILE_NAME = re.compile(r"(?:.*[._-])?(?:docker|container)file(?:[._-].*)?\Z", re.IGNORECASE)
_PROCFILE_NAME = re.compile(r"(?:.*[._-])?procfile(?:[._-].*)?\Z", re.IGNORECASE)
_GUNICORN_NAME = re.compile(r".*gunicorn.*\.(?:py|conf|cfg|config|ini)\Z|.*gunicorn[^.]*\Z", re.IGNORECASE)
_MAKEFILE_NAME = re.compile(r"(?:gnu)?makefile(?:\..*)?\Z|.*\.mk\Z|[._]?justfile\Z", re.IGNORECASE)
_DOTENV_NAME = re.compile(r"(?:.*\.)?env(?:\..*)?\Z|.*\.env(?:[._-].*)?\Z|env[._-].*", re.IGNORECASE)
_TEST_NAMES = ("conftest.py", "noxfile.py", "pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini")
_SCRIPT_FOLDERS = frozenset(
    {"bin", "compose", "container", "containers", "cont-init.d", "deploy", "deployment", "docker", "entrypoints", "etc",
     "init", "init.d", "ops", "run", "sbin", "script", "scripts", "services.d"}
)  # fmt: skip


def _starts_or_calls(data: bytes) -> bool:
    return _speaks(data) or b".sh" in data


def _is_app_script(data: bytes) -> bool:
    return scripts.is_shell(data) and _starts_or_calls(data)


def _starts_something(data: bytes) -> bool:
    return b"CMD" in data or b"ENTRYPOINT" in data or _SETTINGS in data


def _names_zappa_settings(data: bytes) -> bool:
    return b"django_settings" in data


def _is_unit(data: bytes) -> bool:
    return b"ExecStart" in data


def _is_supervisor(data: bytes) -> bool:
    return b"[program:" in data or b"[watcher:" in data or b"[fcgi-program:" in data


def _is_nginx_unit(data: bytes) -> bool:
    return b'"applications"' in data and b'"python' in data


def _is_gunicorn(data: bytes) -> bool:
    return gunicorn_config.may_be(data) and not _is_supervisor(data) and not _is_unit(data)


def names_settings(data: bytes) -> bool:
    """Whether bytes may give `DJANGO_SETTINGS_MODULE` a value."""
    return _SETTINGS in data or b"--ds" in data


def kinds_of(path: str) -> Iterator[tuple[Kind, Callable[[bytes], bool]]]:
    """Yield the kinds a file's name allows, each with the test its bytes must pass."""
    folder, _, full_name = path.rpartition("/")
    name = _TEMPLATE_SUFFIX.sub("", full_name) or full_name
    lowered = name.lower()
    suffix = lowered.rpartition(".")[2] if "." in lowered else ""
    if suffix == "py":
        if "gunicorn" in path.lower() or ("conf" in lowered and "conftest" not in lowered):
            yield _GUNICORN, _is_gunicorn if "gunicorn" in path.lower() else _is_unnamed_gunicorn
        if python_commands.NAME.match(lowered):
            yield _PYTHON, python_commands.may_be
        if lowered == "passenger_wsgi.py":
            yield _PASSENGER, managed.is_passenger
        if serverless.ADAPTER_NAME.match(lowered):
            yield _ADAPTER, serverless.may_adapt
        if name in _TEST_NAMES:
            yield _SETTINGS_ONLY, names_settings
    elif lowered in ("zappa_settings.toml", "zappa_settings.yaml", "zappa_settings.yml"):
        yield _ZAPPA, _names_zappa_settings
    elif suffix in ("yml", "yaml"):
        yield _YAML, _telling_yaml
        yield _UWSGI, uwsgi_config.may_be
    elif _PROCFILE_NAME.match(name):
        yield _PROCFILE, bool
    elif _DOCKERFILE_NAME.match(name):
        yield _DOCKERFILE, _starts_something
    elif suffix in ("sh", "bash"):
        yield _SCRIPT, _starts_or_calls
    elif suffix in ("service", "socket"):
        yield _SYSTEMD, _is_unit
    elif full_name in _JSON:
        yield _JSON[full_name]
    elif suffix == "json" and "unit" in lowered:
        yield _UNIT, _is_nginx_unit
    elif suffix == "json" and ("task" in lowered or "ecs" in path.lower()):
        yield _TASK, managed.is_task_definition
    elif suffix == "toml" and (lowered.startswith("fly") or name in ("railway.toml", "nixpacks.toml")):
        yield _TOML, _speaks
    elif suffix == "toml" and "pgcat" in path.lower():
        yield _PGCAT, pooler_files.is_pgcat
    elif _MAKEFILE_NAME.match(name):
        yield _MAKEFILE, _speaks
    elif suffix in ("ini", "xml", "conf", "cfg", "vhost", "skel", "config") or (suffix == "" and full_name != name):
        yield from _configuration_kinds(path, name, suffix)
    elif not suffix and (
        "/" not in path or not _SCRIPT_FOLDERS.isdisjoint(folder.split("/")) or name in ("entrypoint", "start", "run")
    ):
        yield _SCRIPT, _is_app_script
    elif name in _TEST_NAMES or is_dotenv(path):
        yield _SETTINGS_ONLY, names_settings


def _commands(path: str, data: bytes) -> bool:
    """Whether a large file is one that starts something, and not data that happens to name a server."""
    return not path.endswith((".yml", ".yaml", ".py")) or _RUNS.search(data) is not None


def is_dotenv(path: str) -> bool:
    """Whether a file's name says that it sets environment variables."""
    folder, _, full_name = path.rpartition("/")
    name = _TEMPLATE_SUFFIX.sub("", full_name) or full_name
    return not full_name.endswith((".py", ".sh")) and (_DOTENV_NAME.match(name) is not None or ".envs" in folder)


def _configuration_kinds(path: str, name: str, suffix: str) -> Iterator[tuple[Kind, Callable[[bytes], bool]]]:
    yield _UWSGI, uwsgi_config.may_be
    if suffix == "xml":
        return
    if ".ebextensions" in path:
        yield _BEANSTALK, managed.is_beanstalk
    yield _SUPERVISOR, _is_supervisor
    yield _APACHE, apache.may_be
    yield _SYSTEMD, _is_unit
    yield _PGBOUNCER, poolers.may_be_ini
    if "odyssey" in path.lower():
        yield _ODYSSEY, pooler_files.is_odyssey
    if name in _TEST_NAMES:
        yield _SETTINGS_ONLY, names_settings
    elif _GUNICORN_NAME.match(name):
        yield _GUNICORN, _is_gunicorn
    elif not suffix:
        yield _SCRIPT, _is_app_script


def _is_unnamed_gunicorn(data: bytes) -> bool:
    """Whether a Python file without gunicorn in its name is gunicorn's: it says so, and sets what gunicorn reads."""
    return b"gunicorn" in data and b"INSTALLED_APPS" not in data and b"DATABASES" not in data and _is_gunicorn(data)


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
            if any(look is not _is_app_script for _, look in allowed):  # a name without suffix says nothing by itself
                unreadable.append(Unreadable(error.path, error.line, error.reason))
            continue
        except UnreadableError as error:
            unreadable.append(Unreadable(error.path, error.line, error.reason))
            continue
        if len(data) > MAX_BYTES:
            if any(look(data) for _, look in allowed) and _commands(path, data):
                unreadable.append(Unreadable(path, 0, "is larger than 1 MB, too large to be read as a deployment file"))
            continue
        for kind, look in allowed:
            if look(data):
                tree.keep(path, data)
                yield path, kind, data
