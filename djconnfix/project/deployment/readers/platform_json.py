"""JSON files of platforms and tools: Heroku's app.json, package.json scripts, Zappa, Vercel, NGINX Unit."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from djconnfix.facts import Server, Serving
from djconnfix.project.deployment import poolers
from djconnfix.project.deployment.model import is_dotted
from djconnfix.project.deployment.places import line_location
from djconnfix.project.deployment.programs.draft import application, is_asgi_name
from djconnfix.project.deployment.readers.procfile import heroku_process
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from djconnfix.project.deployment.model import Found

SERVERLESS_NOTE = "every running instance holds its own connections, and their number follows the load"


def read_app_json(found: Found) -> None:
    """Gather the poolers among an app.json's buildpacks with their variables, and the dynos that each process gets."""
    data = load(found)
    for name, formed in _items(data.get("formation")):
        quantity = formed.get("quantity") if isinstance(formed, dict) else None
        if isinstance(quantity, int) and 0 < quantity < 10_000:
            found.scales.append((heroku_process(found.source.path, name), quantity))
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
    for name, command in _items(load(found).get("scripts")):
        if isinstance(command, str):
            match = re.search(rf"\"{re.escape(name)}\"\s*:\s*\"", text)
            start = match.start() if match else 0
            end = text.find("\n", start)
            found.command(command, start, len(text) if end < 0 else end)


def read_zappa(found: Found) -> None:
    """Gather Zappa's stages: WSGI applications that the platform starts in instances of one thread."""
    for stage, options in _items(load(found)):
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
    for build in load(found).get("builds") or ():
        source = build.get("src") if isinstance(build, dict) else None
        if isinstance(source, str) and source.endswith(".py"):
            kind = Serving.ASGI if "asgi" in source else Serving.WSGI
            location = line_location(found.source, max(found.source.text.find(source), 0))
            found.servers.append(
                Server(kind, "vercel", location, threads=1, application=source, notes=(SERVERLESS_NOTE,))
            )


def read_nginx_unit(found: Found) -> None:
    """Gather the Python applications of an NGINX Unit configuration (one process and one thread unless told)."""
    for name, options in _items(load(found).get("applications")):
        if not isinstance(options, dict) or not str(options.get("type", "")).startswith("python"):
            continue
        processes, threads, module = options.get("processes", 1), options.get("threads", 1), options.get("module")
        if isinstance(processes, dict):
            processes = processes.get("max", 1)
        asgi = options.get("protocol") == "asgi" or (isinstance(module, str) and is_asgi_name(module))
        match = re.search(rf"\"{re.escape(name)}\"\s*:\s*\{{", found.source.text)
        found.servers.append(
            Server(
                Serving.ASGI if asgi else Serving.WSGI,
                "unit",
                line_location(found.source, match.start() if match else 0),
                processes=processes if isinstance(processes, int) else None,
                threads=threads if isinstance(threads, int) else None,
                application=application(module) if isinstance(module, str) else "",
            )
        )


def load(found: Found) -> dict[str, Any]:
    """Return the object that a JSON file holds, empty when it holds anything else.

    Raises:
        UnreadableError: it is not JSON that can be parsed.
    """
    try:
        data = json.loads(found.source.text)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(
            found.source.path, getattr(error, "lineno", 0), "is not JSON that can be parsed"
        ) from None
    return data if isinstance(data, dict) else {}


def _items(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []
