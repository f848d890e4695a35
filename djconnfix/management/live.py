"""The servers behind the loaded `DATABASES`, asked and judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from djconnfix.live_facts import ServerFacts, with_servers
from djconnfix.management.project import settings_file, settings_module
from djconnfix.probe.errors import NoServerError, ProbeError
from djconnfix.probe.server import read_server
from djconnfix.probe.target import find_target, server_of
from djconnfix.source import Location

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djconnfix.engine import Report
    from djconnfix.findings import Finding


@dataclass(frozen=True, slots=True)
class LiveAudit:
    """What asking the servers gave.

    Attributes:
        findings: what the rules say of the answers.
        failures: one line for each alias whose server could not be asked.
        servers: the answers.
    """

    findings: tuple[Finding, ...]
    failures: tuple[str, ...]
    servers: tuple[ServerFacts, ...]


def audit_servers(report: Report, aliases: Sequence[str], timeout: float) -> LiveAudit:
    """Ask the servers of aliases, one after the other, and judge what they say.

    Args:
        report: the audit of the files.
        aliases: of the loaded `DATABASES`; those without a server are passed over.
        timeout: seconds after which a server is given up.
    """
    from djconnfix.rules import judge
    from djconnfix.selection import LIVE, chosen_rules, is_ignored
    from djconnfix.suppressions import Comments

    servers: list[ServerFacts] = []
    failures: list[str] = []
    for alias in aliases:
        answer = _ask(report, alias, timeout)
        if isinstance(answer, ServerFacts):
            servers.append(answer)
        elif answer:
            failures.append(answer)
    rules = [rule for rule in chosen_rules(report.config) if rule.code.startswith(LIVE)]
    found = judge(with_servers(report.project, tuple(servers)), rules)
    comments = Comments(report.tree)
    kept = (each for each in found if not is_ignored(report.config, each) and not comments.cover(each))
    return LiveAudit(tuple(kept), tuple(failures), tuple(servers))


def _ask(report: Report, alias: str, timeout: float) -> ServerFacts | str:
    """Return what an alias' server says, or why it cannot be asked; empty when the alias has no server."""
    try:
        return read_server(find_target(alias), _known(report, alias), timeout)
    except NoServerError:
        return ""
    except ProbeError as error:
        return f"{alias}{server_of(alias)}: {error}"


def _known(report: Report, alias: str) -> ServerFacts:
    """Return where an alias of the loaded settings is defined: in the files, or somewhere below their module."""
    name = settings_module()
    for module, database in report.project.databases():
        if module.module == name and database.alias == alias:
            return ServerFacts(alias, database.location, name, database.key)
    file = settings_file()
    root = report.tree.root
    path = file.relative_to(root).as_posix() if file is not None and root in file.parents else name.replace(".", "/")
    return ServerFacts(alias, Location(path, 1, 1, 1, 1, 0, 0), name)
