"""Servers of configuration files that no command needs to name: gunicorn's and uWSGI's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.project.deployment.applications import with_worker_class
from djconnfix.project.deployment.model import is_development_path
from djconnfix.project.deployment.places import line_location
from djconnfix.project.deployment.platforms import platform_of
from djconnfix.records import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from djconnfix.project.deployment.assemble import Assembly
    from djconnfix.project.deployment.programs.draft import Draft

    ConfigReader = Callable[[Assembly, str], None]


def gunicorn_server(assembly: Assembly, path: str) -> None:
    """Keep the server that a file of gunicorn's configures."""
    from djconnfix.project.deployment import gunicorn_config
    from djconnfix.project.deployment.programs import gunicorn

    source = assembly.tree.source(path)
    read = gunicorn_config.read(source, {})
    if read is None:
        return
    draft, statement = read
    start = source.node_span(statement)[0] if statement is not None else 0
    _config_server(assembly, path, gunicorn.finish(draft), start)


def uwsgi_server(assembly: Assembly, path: str) -> None:
    """Keep the server that a file of uWSGI's configures."""
    from djconnfix.project.deployment import uwsgi_config
    from djconnfix.project.deployment.programs import uwsgi

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


CONFIGS: dict[str, ConfigReader] = {"gunicorn": gunicorn_server, "uwsgi": uwsgi_server}
