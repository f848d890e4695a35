"""What the readers of deployment files hand over, and what comes out in the end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.facts import Role
from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djconnfix.facts import Migration, Pooler, Server, Unreadable
    from djconnfix.source import Location, SourceFile

SETTINGS_VARIABLE = "DJANGO_SETTINGS_MODULE"
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\Z")
_DEVELOPMENT_WORDS = frozenset(
    {"ci", "debug", "dev", "devcontainer", "develop", "development", "e2e", "local", "test", "testing", "tests"}
)
_TEST_WORDS = frozenset({"ci", "e2e", "test", "testing", "tests", "tox", "pytest", "github", "circleci", "travis"})
_BREAKS = re.compile(r"[/._\-\s]+")


@dataclass(frozen=True, slots=True)
class SettingsUse:
    """A place in a deployment file that names a settings module.

    Attributes:
        module: dotted name, as written.
        location: where it is named.
        role_hint: what the place says about the module's role, None when it says nothing.
    """

    module: str
    location: Location
    role_hint: Role | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """All that the deployment files of a tree say.

    Attributes:
        servers: every group of server processes, by place; those with `part_of` are counted elsewhere.
        poolers: every pooler.
        settings_modules: every named settings module.
        unreadable: files that could not be read.
        migrations: every command that migrates outside development.
    """

    servers: tuple[Server, ...] = ()
    poolers: tuple[Pooler, ...] = ()
    settings_modules: tuple[SettingsUse, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    migrations: tuple[Migration, ...] = ()


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Shell-like text that a deployment file runs.

    Attributes:
        text: what a shell would read.
        source: the file it stands in.
        start: character offset of the stretch of the file that holds it.
        end: character offset past it.
        environment: variables known to be set for it. Never kept beyond the parsing of this command.
        replicas: copies the platform starts.
        serves: the platform itself calls it the web process.
        workload: the name under which another file may say how many copies run; empty when none can.
        replicas_seen: False when a number of copies is asked for that is not in the file.
    """

    text: str
    source: SourceFile
    start: int
    end: int
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    replicas: int = 1
    serves: bool = False
    workload: str = ""
    replicas_seen: bool = True


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that a serverless platform calls for each request.

    Attributes:
        name: `shop.asgi.handler`; its module may lie in the tree.
        location: where it is named.
        settings: the settings module it runs under, when the file says so.
    """

    name: str
    location: Location
    settings: str = ""


@dataclass(slots=True)
class Found:
    """What one reader gathers from one file."""

    source: SourceFile
    commands: list[CommandLine] = field(default_factory=list)
    servers: list[Server] = field(default_factory=list)
    poolers: list[Pooler] = field(default_factory=list)
    settings_modules: list[SettingsUse] = field(default_factory=list)
    environments: list[Mapping[str, str]] = field(default_factory=list, repr=False)  # of services; never kept
    mounted: list[Pooler] = field(default_factory=list)  # those among the poolers that get a file of their own
    scales: list[tuple[str, int]] = field(default_factory=list)  # workloads, and how many copies may run
    handlers: list[Handler] = field(default_factory=list)
    values: Mapping[str, str] = field(default_factory=dict, repr=False)  # of the chart whose template it is; never kept

    def command(
        self,
        text: str,
        start: int,
        end: int,
        environment: Mapping[str, str] | None = None,
        replicas: int = 1,
        *,
        serves: bool = False,
        workload: str = "",
        replicas_seen: bool = True,
    ) -> None:
        """Add a command line."""
        self.commands.append(
            CommandLine(text, self.source, start, end, environment or {}, replicas, serves, workload, replicas_seen)
        )

    def settings(self, module: str | None, start: int, end: int) -> None:
        """Add a use of a settings module; text that is no dotted name is dropped."""
        if module and is_dotted(module.strip()):
            location = self.source.location(start, end)
            self.settings_modules.append(SettingsUse(module.strip(), location, role_of_path(self.source.path)))


def is_dotted(text: str) -> bool:
    """Whether text is a dotted Python name, which holds no secret."""
    return len(text) < 200 and _DOTTED.match(text) is not None


def words_of_path(path: str) -> frozenset[str]:
    """Return the words a path is made of, lower case."""
    return frozenset(_BREAKS.split(path.lower()))


def role_of_path(path: str) -> Role | None:
    """Return the role that a deployment file's own path gives away, None when it gives none."""
    words = words_of_path(path.replace("usr/local", "usr"))
    if words & _TEST_WORDS:
        return Role.TEST
    if words & _DEVELOPMENT_WORDS:
        return Role.DEVELOPMENT
    return None


def is_development_path(path: str) -> bool:
    """Whether a deployment file's own path says that it serves no production."""
    return role_of_path(path) is not None
