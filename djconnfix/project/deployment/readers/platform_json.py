"""JSON files of platforms and tools: Heroku's app.json, package.json scripts, Zappa, Vercel."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from djconnfix.facts import Server, Serving
from djconnfix.project.deployment import poolers
from djconnfix.project.deployment.assemble import line_location
from djconnfix.project.deployment.model import is_dotted
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from djconnfix.project.deployment.model import Found

SERVERLESS_NOTE = "every running instance holds its own connections, and their number follows the load"


def read_app_json(found: Found) -> None:
    """Gather the poolers among an app.json's buildpacks, with the variables that configure them."""
    data = _load(found)
    environment = {}
    for name, value in _items(data.get("env")):
        content = value.get("value") if isinstance(value, dict) else value
        if isinstance(content, (str, int)):
            environment[name] = str(content)
    for buildpack in data.get("buildpacks") or ():
        url = buildpack.get("url") if isinstance(buildpack, dict) else buildpack
        if isinstance(url, str) and "pgbouncer" in url.lower():
            at = found.source.text.find(url)
            found.poolers.append(poolers.buildpack(line_location(found.source, max(at, 0)), environment))


def read_package_json(found: Found) -> None:
    """Gather the scripts of a package.json."""
    text = found.source.text
    for name, command in _items(_load(found).get("scripts")):
        if isinstance(command, str):
            match = re.search(rf"\"{re.escape(name)}\"\s*:\s*\"", text)
            start = match.start() if match else 0
            end = text.find("\n", start)
            found.command(command, start, len(text) if end < 0 else end)


def read_zappa(found: Found) -> None:
    """Gather Zappa's stages: WSGI applications that the platform starts in instances of one thread."""
    for stage, options in _items(_load(found)):
        if not isinstance(options, dict):
            continue
        settings = options.get("django_settings")
        match = re.search(rf"\"{re.escape(stage)}\"\s*:", found.source.text)
        location = line_location(found.source, match.start() if match else 0)
        if isinstance(settings, str) and is_dotted(settings):
            at = found.source.text.find(settings, match.start() if match else 0)
            found.settings(settings, max(at, 0), max(at, 0) + len(settings))
            found.servers.append(
                Server(Serving.WSGI, "zappa", location, threads=1, settings=settings, notes=(SERVERLESS_NOTE,))
            )


def read_vercel(found: Found) -> None:
    """Gather the Python builds of a vercel.json."""
    for build in _load(found).get("builds") or ():
        source = build.get("src") if isinstance(build, dict) else None
        if isinstance(source, str) and source.endswith(".py"):
            kind = Serving.ASGI if "asgi" in source else Serving.WSGI
            location = line_location(found.source, max(found.source.text.find(source), 0))
            found.servers.append(
                Server(kind, "vercel", location, threads=1, application=source, notes=(SERVERLESS_NOTE,))
            )


def _load(found: Found) -> dict[str, Any]:
    try:
        data = json.loads(found.source.text)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(
            found.source.path, getattr(error, "lineno", 0), "is not JSON that can be parsed"
        ) from None
    return data if isinstance(data, dict) else {}


def _items(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []
