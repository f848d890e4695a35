"""Platforms that bring their own server: Phusion Passenger, Elastic Beanstalk, Amazon ECS, Zappa's other formats."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from djconnfix.facts import Server, Serving
from djconnfix.project.deployment.model import SETTINGS_VARIABLE, is_dotted
from djconnfix.project.deployment.options import number
from djconnfix.project.deployment.places import line_location
from djconnfix.project.deployment.programs.draft import application, is_asgi_name
from djconnfix.project.deployment.readers.platform_json import load
from djconnfix.project.deployment.readers.serverless import instance

if TYPE_CHECKING:
    from djconnfix.project.deployment.model import Found

_APPLICATION = re.compile(rb"^[ \t]*(?:application\s*=|from\s+[\w.]+\s+import\s+(?:.*\b)?application\b)", re.MULTILINE)
_BEANSTALK_OPTION = re.compile(
    r"^[ \t-]*\"?(WSGIPath|NumProcesses|NumThreads)\"?[ \t]*[:=][ \t]*\"?([\w./:-]+)", re.MULTILINE
)
_BEANSTALK_PAIR = re.compile(
    r"option_name:[ \t]*(WSGIPath|NumProcesses|NumThreads)\s+value:[ \t]*\"?([\w./:-]+)", re.MULTILINE
)
_BEANSTALK_DEFAULTS = {"NumProcesses": 1, "NumThreads": 15}
_ZAPPA_STAGE = re.compile(
    r"^[ \t]*\"?(?:django_settings)\"?[ \t]*[:=][ \t]*[\"']?([A-Za-z_][\w.]*)[\"']?[ \t]*(?:#.*)?$", re.MULTILINE
)


def is_passenger(data: bytes) -> bool:
    """Whether a `passenger_wsgi.py` hands out an application."""
    return _APPLICATION.search(data) is not None


def read_passenger(found: Found) -> None:
    """Gather Passenger's processes: one thread each, as many as its configuration admits, which is not in the file."""
    match = _APPLICATION.search(found.source.data)
    at = len(found.source.data[: match.start()].decode("utf-8", "replace")) if match else 0
    note = "Passenger's own configuration says how many processes there may be"
    found.servers.append(Server(Serving.WSGI, "passenger", line_location(found.source, at), threads=1, notes=(note,)))


def read_passengerfile(found: Found) -> None:
    """Gather what a `Passengerfile.json` starts; six processes unless it says otherwise."""
    data = load(found)
    if data.get("app_type", "wsgi") != "wsgi":
        return
    size = data.get("max_pool_size", 6)
    at = max(found.source.text.find("max_pool_size"), found.source.text.find("app_type"), 0)
    found.servers.append(
        Server(
            Serving.WSGI,
            "passenger",
            line_location(found.source, at),
            processes=size if isinstance(size, int) else None,
            threads=1,
        )
    )


def is_beanstalk(data: bytes) -> bool:
    """Whether bytes hold the options of Elastic Beanstalk's Python platform."""
    return b"aws:elasticbeanstalk:container:python" in data


def read_beanstalk(found: Found) -> None:
    """Gather the server of Elastic Beanstalk's Python platform (one process and 15 threads unless told)."""
    text = found.source.text
    pairs = [*_BEANSTALK_OPTION.finditer(text), *_BEANSTALK_PAIR.finditer(text)]
    options = {match[1]: match[2] for match in pairs}
    if "WSGIPath" not in options:
        return
    app = application(options["WSGIPath"])
    start = next(match.start(1) for match in pairs if match[1] == "WSGIPath")
    counts = {name: number(options[name]) if name in options else usual for name, usual in _BEANSTALK_DEFAULTS.items()}
    settings = re.search(rf"{SETTINGS_VARIABLE}\"?[ \t]*[:=][ \t]*\"?([A-Za-z_][\w.]*)", text)
    found.servers.append(
        Server(
            Serving.ASGI if is_asgi_name(app) else Serving.WSGI,
            "elastic-beanstalk",
            line_location(found.source, start),
            processes=counts["NumProcesses"],
            threads=counts["NumThreads"],
            settings=settings[1] if settings and is_dotted(settings[1]) else "",
            application=app,
        )
    )


def is_task_definition(data: bytes) -> bool:
    """Whether bytes look like a task definition of Amazon ECS."""
    return b'"containerDefinitions"' in data and b'"command"' in data


def read_task_definition(found: Found) -> None:
    """Gather the commands of a task definition's containers, with the variables they run under."""
    text = found.source.text
    containers = load(found).get("containerDefinitions")
    at = 0
    for container in containers if isinstance(containers, list) else ():
        words = [*_words(container, "entryPoint"), *_words(container, "command")]
        if not words:
            continue
        at = max(text.find('"command"', at + 1), 0)
        end = text.find("]", at)
        variables = container.get("environment")
        environment = {
            str(each["name"]): str(each["value"])
            for each in (variables if isinstance(variables, list) else ())
            if isinstance(each, dict) and "name" in each and "value" in each
        }
        found.command(json.dumps(words)[1:-1].replace('", "', '" "'), at, end if end > at else len(text), environment)


def _words(container: object, key: str) -> list[str]:
    words = container.get(key) if isinstance(container, dict) else None
    return [word for word in words if isinstance(word, str)] if isinstance(words, list) else []


def read_zappa(found: Found) -> None:
    """Gather the stages of a `zappa_settings.toml` or `.yml`."""
    for match in _ZAPPA_STAGE.finditer(found.source.text):
        found.settings(match[1], match.start(1), match.end(1))
        place = line_location(found.source, match.start())
        if is_dotted(match[1]):
            found.servers.append(instance(Serving.WSGI, "zappa", place, match[1]))
