"""Which file is of which kind: by name first, then by cheap looks at its bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from djconnfix.facts import Unreadable
from djconnfix.project.deployment import gunicorn_config, poolers, uwsgi_config
from djconnfix.project.deployment.assemble import Assembly, line_location
from djconnfix.project.deployment.model import SETTINGS_VARIABLE, is_development_path
from djconnfix.project.deployment.programs import gunicorn, uwsgi
from djconnfix.project.deployment.readers import dockerfile, procfile, scripts, yaml_files
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from djconnfix.project.deployment.model import Found
    from djconnfix.project.files import Tree

    ConfigReader = Callable[[Assembly, str], None]

MAX_BYTES = 1_000_000  # generated manifests and data; no deployment file written by a person is larger
_SETTINGS = SETTINGS_VARIABLE.encode()
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
    return _speaks(data) or any(word in data for word in _POOLER_WORDS)


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


def _config_server(assembly: Assembly, path: str, draft: gunicorn.Draft, start: int) -> None:
    from dataclasses import replace

    user = assembly.used.get(path)
    notes = (f"configuration of the server started in {user.path}:{user.line}",) if user else ()
    location = line_location(assembly.tree.source(path), start)
    draft = replace(draft, notes=draft.notes + notes, development=draft.development or is_development_path(path))
    assembly.servers.append(draft.server(location, part_of=user))


def _pgbouncer_ini(found: Found) -> None:
    pooler = poolers.read_ini(found.source)
    if pooler is not None:
        found.poolers.append(pooler)


_PROCFILE = Kind(procfile.read)
_DOCKERFILE = Kind(dockerfile.read)
_YAML = Kind(yaml_files.read)
_SCRIPT = Kind(scripts.read)
_MAKEFILE = Kind(scripts.read_makefile)
_GUNICORN = Kind(config=_gunicorn_server)
_UWSGI = Kind(config=_uwsgi_server)
_PGBOUNCER = Kind(_pgbouncer_ini)

_Look = "Callable[[bytes], bool]"
_DOCKERFILE_NAME = re.compile(r"(?:.*[._-])?(?:docker|container)file(?:[._-].*)?\Z", re.IGNORECASE)
_PROCFILE_NAME = re.compile(r"(?:.*[._-])?procfile(?:[._-].*)?\Z", re.IGNORECASE)
_GUNICORN_NAME = re.compile(r".*gunicorn.*\.(?:py|conf|cfg|config)\Z|.*gunicorn[^.]*\Z", re.IGNORECASE)
_MAKEFILE_NAME = re.compile(r"(?:gnu)?makefile(?:\..*)?\Z|.*\.mk\Z|[._]?justfile\Z", re.IGNORECASE)
_SCRIPT_FOLDERS = frozenset(
    {
        "bin",
        "scripts",
        "script",
        "docker",
        "deploy",
        "deployment",
        "entrypoints",
        "run",
        "etc",
        "container",
        "compose",
        "ops",
        "sbin",
    }
)


def kinds_of(path: str) -> Iterator[tuple[Kind, Callable[[bytes], bool]]]:
    """Yield the kinds a file's name allows, each with the test its bytes must pass."""
    folder, _, name = path.rpartition("/")
    lowered = name.lower()
    suffix = lowered.rpartition(".")[2] if "." in lowered else ""
    if suffix in ("yml", "yaml"):
        yield _YAML, _telling_yaml
        yield _UWSGI, uwsgi_config.may_be
    elif _PROCFILE_NAME.match(name):
        yield _PROCFILE, bool
    elif _DOCKERFILE_NAME.match(name):
        yield _DOCKERFILE, lambda data: b"CMD" in data or b"ENTRYPOINT" in data or _SETTINGS in data
    elif suffix in ("sh", "bash"):
        yield _SCRIPT, _speaks
    elif suffix in ("ini", "xml", "conf", "cfg", "template", "tpl", "tmpl", "j2", "in", "dist", "example"):
        if suffix != "xml" and "pgbouncer" in path.lower():
            yield _PGBOUNCER, poolers.may_be_ini
        yield _UWSGI, uwsgi_config.may_be
    elif _MAKEFILE_NAME.match(name):
        yield _MAKEFILE, _speaks
    elif not suffix and (
        folder.rpartition("/")[2] in _SCRIPT_FOLDERS
        or "/" not in path
        or _SCRIPT_FOLDERS & set(folder.split("/"))
        or name in ("entrypoint", "start", "run")
    ):
        yield _SCRIPT, lambda data: scripts.is_shell(data) and _speaks(data)
    if _GUNICORN_NAME.match(name) or (suffix == "py" and "gunicorn" in folder.lower()):
        yield _GUNICORN, gunicorn_config.may_be


def deployment_files(tree: Tree, unreadable: list[Unreadable]) -> Iterator[tuple[str, Kind]]:
    """Yield every deployment file with each of its kinds; what cannot be opened is added to `unreadable`."""
    for path in tree.paths:
        allowed = list(kinds_of(path))
        if not allowed:
            continue
        try:
            data = tree.read_bytes(path)
        except UnreadableError as error:
            unreadable.append(Unreadable(error.path, error.line, error.reason))
            continue
        if len(data) > MAX_BYTES:
            continue
        for kind, look in allowed:
            if look(data):
                tree.keep(path, data)
                yield path, kind
