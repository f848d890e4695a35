"""Configuration files of poolers other than PgBouncer, and what belongs to one pooler in several files."""

from __future__ import annotations

import re
from bisect import bisect
from typing import TYPE_CHECKING

from djconnfix.facts import PooledDatabase, Pooler, PoolMode
from djconnfix.project.deployment.places import line_location
from djconnfix.project.deployment.poolers import read_text, secrets_in, users_file, whole
from djconnfix.project.deployment.yaml_nodes import Scalar
from djconnfix.records import replace
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from djconnfix.project.deployment.assemble import Assembly
    from djconnfix.project.deployment.model import Found
    from djconnfix.project.deployment.yaml_nodes import Mapping
    from djconnfix.source import Location

_SECTION = re.compile(r"^[ \t]*\[([\w.\"'-]+)\][ \t]*(?:#.*)?$", re.MULTILINE)
_ENTRY = re.compile(r"^[ \t]*(\w+)[ \t]*=[ \t]*[\"']?([\w-]+)[\"']?[ \t]*(?:#.*)?$", re.MULTILINE)
_ODYSSEY_COMMENT = re.compile(r"(?m)^[ \t]*#.*$")
_ODYSSEY_POOL = re.compile(r"^[ \t]*pool[ \t]+\"?(\w+)\"?", re.MULTILINE)
_ODYSSEY_SIZE = re.compile(r"^[ \t]*pool_size[ \t]+(\d+)", re.MULTILINE)
_ODYSSEY_PORT = re.compile(r"\blisten\s{0,20}\{[^{}]{0,2000}?\bport[ \t]+(\d+)")
_ODYSSEY_RULE = re.compile(r"^[ \t]*(database|user|storage|listen)\b", re.MULTILINE)
_USUAL_PORT = 6432


def is_pgcat(data: bytes) -> bool:
    """Whether bytes look like a `pgcat.toml`."""
    return b"[general]" in data and (b"[pools" in data or b"pool_mode" in data)


def read_pgcat(found: Found) -> None:
    """Gather the pooler that a `pgcat.toml` configures; its pools are in session mode unless they say otherwise."""
    text = found.source.text
    sections = [(match.end(), match[1]) for match in _SECTION.finditer(text)]
    starts = [start for start, _ in sections]
    pools: dict[str, str] = {}
    sizes: list[int] = []
    port, usual = _USUAL_PORT, "session"
    for name in (name for _, name in sections if re.fullmatch(r"pools\.[^.]+", name)):
        pools[name] = ""
    for match in _ENTRY.finditer(text):
        index = bisect(starts, match.start())
        section = sections[index - 1][1] if index else ""
        if match[1] == "pool_mode" and section in pools:
            pools[section] = match[2]
        elif match[1] == "pool_mode" and section == "general":
            usual = match[2]
        elif match[1] == "port" and section == "general" and (number := whole(match[2])) is not None:
            port = number
        elif match[1] == "pool_size" and (number := whole(match[2])) is not None:
            sizes.append(number)
    modes = {mode or usual for mode in pools.values()} or {usual}
    start = text.find("[general]")
    found.poolers.append(
        Pooler(
            "pgcat",
            line_location(found.source, max(start, 0)),
            _one(modes),
            port=port,
            databases=tuple(PooledDatabase(pool_size=size) for size in sizes),
        )
    )


def is_odyssey(data: bytes) -> bool:
    """Whether bytes look like an `odyssey.conf`."""
    return b"storage" in data and b"database" in data and b"pool" in data and b"{" in data


def read_odyssey(found: Found) -> None:
    """Gather the pooler that an `odyssey.conf` configures; each of its routes names a mode."""
    text = _ODYSSEY_COMMENT.sub(lambda match: " " * len(match[0]), found.source.text)
    if not _ODYSSEY_RULE.search(text):
        return
    remote = [part for part in re.split(r"(?m)^[ \t]*(?=user\b|database\b)", text) if 'storage "local"' not in part]
    modes = {mode for part in remote for mode in _ODYSSEY_POOL.findall(part)}
    sizes = [int(size) for part in remote for size in _ODYSSEY_SIZE.findall(part)]
    match = _ODYSSEY_PORT.search(text)
    rule = _ODYSSEY_RULE.search(text)
    found.poolers.append(
        Pooler(
            "odyssey",
            line_location(found.source, rule.start() if rule else 0),
            _one(modes),
            port=int(match[1]) if match else _USUAL_PORT,
            databases=tuple(PooledDatabase(pool_size=size) for size in sizes),
        )
    )


def read_config_map(found: Found, node: Mapping) -> None:
    """Gather the `pgbouncer.ini` that a Kubernetes ConfigMap holds as text."""
    data = node.items.get("data")
    for name, value in getattr(data, "items", {}).items():
        if name.endswith(".ini") and isinstance(value, Scalar) and "[pgbouncer]" in value.text:
            read = read_text(value.text, line_location(found.source, value.start))
            if read is not None:
                found.poolers.append(read[1])


def settle(assembly: Assembly, mounted: Iterable[Pooler]) -> None:
    """Look into lists of users, and give containers what the configuration files mounted into them say.

    Args:
        assembly: the poolers so far, which are replaced.
        mounted: those of them whose container gets a file of its own.
    """
    poolers = [_with_secrets(assembly, each) for each in assembly.poolers]
    settled: list[Pooler] = []
    used: set[Location] = set()
    for pooler in poolers:
        files = [each for each in poolers if each.program == pooler.program and not each.host]
        if any(pooler.location == each.location for each in mounted) and len(files) == 1 and pooler.mode is None:
            settled.append(replace(files[0], host=pooler.host, version=pooler.version))
            used.add(files[0].location)
        else:
            settled.append(pooler)
    assembly.poolers[:] = [each for each in settled if each.host or each.location not in used]


def _with_secrets(assembly: Assembly, pooler: Pooler) -> Pooler:
    path = pooler.location.path
    if pooler.program != "pgbouncer" or not path.endswith((".ini", ".conf")):
        return pooler
    try:
        name = users_file(assembly.tree.source(path).text)
        users = assembly.find(name, path) if name and "$" not in name else None
        if users is None:
            return pooler
        source = assembly.tree.source(users)
        secrets = secrets_in(source.text)
    except UnreadableError:
        return pooler  # it is not the project's to read: it holds secrets
    return replace(pooler, secrets=secrets, secrets_location=source.location(0, 0)) if secrets else pooler


def _one(modes: set[str]) -> PoolMode | None:
    try:
        return PoolMode(modes.pop().lower()) if len(modes) == 1 else None
    except ValueError:
        return None
