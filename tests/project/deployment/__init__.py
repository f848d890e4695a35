"""Helpers for the tests of deployment readers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from djconnfix.project.deployment import Deployment, read_deployment
from djconnfix.project.files import Tree
from djconnfix.source import SourceFile

if TYPE_CHECKING:
    from djconnfix.facts import Server


def tree_of(files: dict[str, str | bytes]) -> Tree:
    """Return a tree that exists in memory only."""
    cache = {}
    for path, text in files.items():
        data = text.encode() if isinstance(text, str) else text
        cache[path] = SourceFile(path, Path("/nowhere") / path, data)
    return Tree(Path("/nowhere"), tuple(sorted(files)), cache=cache)


def deployment(files: dict[str, str | bytes]) -> Deployment:
    return read_deployment(tree_of(files))


def brief(server: Server) -> str:
    """Return what matters of a server in one line."""
    words = [server.kind.value, server.program]
    if server.worker_class:
        words.append(server.worker_class)
    words.append(f"p={'?' if server.processes is None else server.processes}")
    words.append(f"t={'?' if server.threads is None else server.threads}")
    if not server.replicas_seen:
        words.append("r=?")
    if server.replicas != 1:
        words.append(f"r={server.replicas}")
    if server.greenlets:
        words.append("greenlets")
    if server.preload:
        words.append("preload")
    if server.settings:
        words.append(server.settings)
    if server.application:
        words.append(server.application)
    if server.development:
        words.append("development")
    if server.part_of:
        words.append(f"part-of={server.part_of.path}:{server.part_of.line}")
    return " ".join(words)


def briefs(files: dict[str, str | bytes]) -> list[str]:
    return [f"{s.location.path}:{s.location.line} {brief(s)}" for s in deployment(files).servers]
