"""From commands to servers: configuration files and scripts that a command names are found in the tree and read."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from djconnfix.facts import Migration, Server, Serving, Unreadable
from djconnfix.project.deployment import hypercorn_config, programs
from djconnfix.project.deployment.addresses import Addresses
from djconnfix.project.deployment.applications import is_other_framework, with_worker_class
from djconnfix.project.deployment.model import (
    SETTINGS_VARIABLE,
    CommandLine,
    Found,
    Handler,
    SettingsUse,
    is_development_path,
    role_of_path,
)
from djconnfix.project.deployment.naming import locate, named_file
from djconnfix.project.deployment.platforms import platform_of
from djconnfix.project.deployment.programs import gunicorn, manage, uwsgi
from djconnfix.project.deployment.programs.draft import Draft, application, settings_module
from djconnfix.project.deployment.wrappers import Invocation, base_name, invocations
from djconnfix.records import dataclass, field, replace
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from djconnfix.facts import Pooler
    from djconnfix.project.files import Tree
    from djconnfix.source import Location

_GUNICORN_DEFAULT = "gunicorn.conf.py"
_FINISH = {"gunicorn": gunicorn.finish, "hypercorn": hypercorn_config.finish, "uwsgi": uwsgi.finish}


@dataclass(slots=True)
class Assembly:
    """Servers in the making.

    Attributes:
        tree: the project's files.
        servers: finished facts.
        poolers: finished facts.
        settings_modules: settings modules that commands name.
        unreadable: configuration files that could not be read.
        used: configuration files and scripts by path, with the command that uses each first.
        users: the same with every command that uses each.
        scripts: servers by the script that starts them.
        config_kinds: which program each used configuration file belongs to.
        foreign: configuration files of servers that run no Django.
        calls: runs of scripts that were not followed yet.
        names: paths by file name.
        addresses: which variables lead to poolers.
        scales: how many copies of each workload may run.
        migrations: finished facts.
    """

    tree: Tree
    servers: list[Server] = field(default_factory=list)
    poolers: list[Pooler] = field(default_factory=list)
    settings_modules: list[SettingsUse] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    used: dict[str, Location] = field(default_factory=dict)
    users: dict[str, dict[Location, None]] = field(default_factory=dict)
    scripts: dict[str, list[Server]] = field(default_factory=dict)
    config_kinds: dict[str, str] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)
    calls: list[tuple[Invocation, CommandLine, Location]] = field(default_factory=list)
    names: dict[str, list[str]] = field(default_factory=dict)
    addresses: Addresses = field(default_factory=Addresses)
    scales: dict[str, int] = field(default_factory=dict)
    migrations: list[Migration] = field(default_factory=list)

    def __post_init__(self) -> None:
        for path in self.tree.paths:
            self.names.setdefault(path.rsplit("/", 1)[-1], []).append(path)

    def add(self, found: Found) -> None:
        """Take in what a reader found in one file, once all poolers are known."""
        self.settings_modules.extend(found.settings_modules)
        self.servers.extend(replace(each, platform=platform_of(found.source.path)) for each in found.servers)
        for handler in found.handlers:
            self.add_handler(handler)
        for environment in found.environments:
            self.addresses.take(environment, found.source.path)
        for command in found.commands:
            self.add_command(command)

    def add_command(self, command: CommandLine) -> None:
        """Turn one command line into servers; calls of scripts wait until all scripts are known."""
        seen: dict[str, int] = {}
        for invocation in invocations(command.text, command.environment):
            word = invocation.program
            seen[word] = seen.get(word, 0) + 1
            location = locate(command, word.rsplit("/", 1)[-1], seen[word])
            if invocation.is_script:
                self.calls.append((invocation, command, location))
                continue
            migration = manage.migration(invocation.arguments) if word in manage.PROGRAMS else None
            if migration is not None and not is_development_path(command.source.path):
                alias, settings = migration
                settings = settings or settings_module(invocation.environment.get(SETTINGS_VARIABLE))
                addresses = self.addresses.of(invocation.environment)
                self.migrations.append(Migration(location, alias, settings, addresses))
            draft = programs.read(word, invocation.arguments, invocation.environment)
            if draft is not None:
                self.finish(draft, command, location, invocation.environment)

    def finish(self, draft: Draft, command: CommandLine, location: Location, environment: Mapping[str, str]) -> None:
        """Fill in configuration files and defaults, and keep the server."""
        path = command.source.path
        used = []
        for config_path, below in self.configs(draft, path, environment):
            draft = draft.over(below)
            used += [config_path] if config_path else []
        if is_other_framework(self.tree, self.find, draft.application, path):
            self.foreign.update(used)
            return
        for config_path in used:
            self.use(config_path, location)
            self.config_kinds[config_path] = draft.config_kind
        settings = draft.settings or settings_module(environment.get(SETTINGS_VARIABLE))
        if settings:
            self.settings_modules.append(SettingsUse(settings, location, role_of_path(path)))
        draft = replace(draft, settings=settings, development=draft.development or is_development_path(path))
        finish = _FINISH.get(draft.config_kind)
        if finish:
            draft = with_worker_class(self.tree, self.find, finish(draft), path)
        server = replace(
            draft.server(location, replicas=self.copies(command)),
            addresses=self.addresses.of(environment),
            platform=platform_of(path),
            replicas_seen=command.replicas_seen or command.workload in self.scales,
        )
        self.servers.append(server)
        self.scripts.setdefault(path, []).append(server)

    def copies(self, command: CommandLine) -> int:
        """Return how many copies of a command may run, as its own file or another one says."""
        return max(command.replicas, self.scales.get(command.workload, 1))

    def add_handler(self, handler: Handler) -> None:
        """Keep a serverless function as a server when its module lies in the tree and hands requests to Django."""
        from djconnfix.project.deployment.readers import serverless

        path = self.find(f"{handler.name.rpartition('.')[0].replace('.', '/')}.py", handler.location.path)
        try:
            if path is None or not serverless.may_adapt(self.tree.read_bytes(path)):
                return
        except UnreadableError as error:
            self.unreadable.append(Unreadable(error.path, error.line, error.reason))
            return
        self.use(path, handler.location)
        self.servers += [
            replace(each, settings=handler.settings, location=handler.location, platform="serverless")
            for each in serverless.adapters(self.tree.source(path))
        ]

    def configs(self, draft: Draft, path: str, environment: Mapping[str, str]) -> Iterator[tuple[str, Draft]]:
        """Yield the configuration files a command uses that lie in the tree, with what they say."""
        names = list(draft.config)
        if draft.loads_default_config and draft.program == "gunicorn":
            beside = posixpath.join(posixpath.dirname(path), _GUNICORN_DEFAULT)
            names = [p for p in dict.fromkeys((beside, _GUNICORN_DEFAULT)) if self.tree.exists(p)][:1]
        for name in names:
            found = self.find(name, path)
            if found is None:
                yield "", missing_config(draft.program, name)
                continue
            below = self.read_config(found, draft.config_kind, environment)
            if below is not None:
                yield found, below

    def read_config(self, path: str, kind: str, environment: Mapping[str, str]) -> Draft | None:
        """Return what a configuration file says, None when it says nothing or cannot be read."""
        from djconnfix.project.deployment import gunicorn_config, uwsgi_config

        try:
            source = self.tree.source(path)
            if kind == "hypercorn":
                return hypercorn_config.read(source, environment)
            read = gunicorn_config.read(source, environment) if kind == "gunicorn" else uwsgi_config.read(source)
        except UnreadableError as error:
            self.unreadable.append(Unreadable(error.path, error.line, error.reason))
            return None
        return read[0] if read else None

    def find(self, name: str, near: str) -> str | None:
        """Return the file in the tree that a command means by a name, None when there is none or it is not clear."""
        return named_file(name, near, self.tree, self.names)

    def resolve_scripts(self) -> None:
        """Give each command that runs a script of the tree the servers which that script starts."""
        for _ in range(3):  # a script may call a script
            waiting, self.calls = self.calls, []
            for call, command, location in waiting:
                path = self.find(call.program, command.source.path)
                if path is None or path == command.source.path or path not in self.scripts:
                    self.calls.append((call, command, location))
                    continue
                self.use(path, location)
                self._copy_servers(path, call, command, location)
        for call, command, location in self.calls:
            if command.serves:
                name = base_name(call.program)
                note = f"what {name} starts cannot be seen: it is not in the tree, or names no known server"
                self.servers.append(Server(Serving.UNKNOWN, name, location, notes=(note,)))

    def _copy_servers(self, script: str, call: Invocation, command: CommandLine, location: Location) -> None:
        started = list(self.scripts[script])
        notes = (f"one of {len(started)} servers that {script} can start",) if len(started) > 1 else ()
        for server in started:
            copy = replace(
                server,
                location=location,
                replicas=self.copies(command),
                platform=platform_of(command.source.path),
                replicas_seen=command.replicas_seen or command.workload in self.scales,
                settings=server.settings or settings_module(call.environment.get(SETTINGS_VARIABLE)),
                notes=server.notes + notes,
                addresses=tuple({**dict(self.addresses.of(call.environment)), **dict(server.addresses)}.items()),
            )
            self.servers.append(copy)
            self.scripts.setdefault(command.source.path, []).append(copy)

    def use(self, path: str, location: Location) -> None:
        """Keep that a command uses a configuration file or script."""
        self.used.setdefault(path, location)
        self.users.setdefault(path, {})[location] = None

    def finished(self) -> list[Server]:
        """Return every server, those in used scripts marked as part of the command that uses them."""
        finished = []
        for server in self.servers:
            users = tuple(self.users.get(server.location.path, ()))
            part_of = server.part_of or (users[0] if users else None)
            finished.append(replace(server, part_of=part_of, also_part_of=users[1:]))
        return finished


def missing_config(program: str, name: str) -> Draft:
    """Return what is known of a configuration file that is not in the tree: that its settings cannot be seen."""
    shown = application(name.removeprefix("file:").removeprefix("python:")) or "its configuration file"
    note = f"{shown} is not in the tree: what it sets cannot be seen"
    return Draft(program, notes=(note,), unseen=frozenset({"preload", "processes", "threads", "worker_class"}))
