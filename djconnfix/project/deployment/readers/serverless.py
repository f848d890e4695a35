"""Functions that a serverless platform calls: serverless.yml and AWS SAM templates, and adapters in Python files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.facts import Server, Serving
from djconnfix.project.deployment.model import SETTINGS_VARIABLE, Handler
from djconnfix.project.deployment.places import line_location
from djconnfix.project.deployment.programs.draft import settings_module
from djconnfix.project.deployment.readers.platform_json import SERVERLESS_NOTE
from djconnfix.project.deployment.yaml_nodes import Mapping, Node, Scalar

if TYPE_CHECKING:
    from djconnfix.project.deployment.model import Found
    from djconnfix.source import Location, SourceFile

# The adapters' calls, each with what it calls the application as.
_ADAPTERS = {
    b"Mangum": Serving.ASGI,
    b"make_lambda_handler": Serving.WSGI,
    b"serverless_wsgi.handle_request": Serving.WSGI,
    b"awsgi.response": Serving.WSGI,
    b"AwsWsgiMiddleware": Serving.WSGI,
}
_CALL = re.compile(rb"^(?![ \t]*#).*?\b(" + b"|".join(map(re.escape, _ADAPTERS)) + rb")\(", re.MULTILINE)
_DJANGO = re.compile(rb"\b(?:django|wsgi|asgi)\b")
_WSGI_PLUGIN = "wsgi_handler.handler"  # of serverless-wsgi, which finds the application under custom.wsgi.app


def may_adapt(data: bytes) -> bool:
    """Whether bytes hold an adapter's call beside a sign of Django."""
    return _CALL.search(data) is not None and _DJANGO.search(data) is not None


def adapters(source: SourceFile) -> list[Server]:
    """Return the application that an adapter in a Python file hands to the platform, as a server."""
    match = _CALL.search(source.data)
    if match is None:
        return []
    at = len(source.data[: match.start(1)].decode("utf-8", "replace"))
    program = "mangum" if match[1] == b"Mangum" else "aws-lambda"
    return [instance(_ADAPTERS[match[1]], program, line_location(source, at))]


def read_adapter(found: Found) -> None:
    """Gather the application that an adapter in a Python file hands to the platform."""
    found.servers += adapters(found.source)


def instance(kind: Serving, program: str, location: Location, settings: str = "", application: str = "") -> Server:
    """Return the server that a function's instances are: one request at a time each."""
    return Server(
        kind, program, location, threads=1, settings=settings, application=application, notes=(SERVERLESS_NOTE,)
    )


def read(found: Found, document: Mapping) -> None:
    """Gather the Python functions of a serverless.yml or of an AWS SAM template."""
    _serverless(found, document)
    resources = document.items.get("Resources")
    for resource in resources.items.values() if isinstance(resources, Mapping) else ():
        if isinstance(resource, Mapping) and resource.text("Type") == "AWS::Serverless::Function":
            properties = resource.items.get("Properties")
            if isinstance(properties, Mapping) and _is_python(properties.text("Runtime")):
                _keep(found, properties.items.get("Handler"), _settings(properties.items.get("Environment")))


def _serverless(found: Found, document: Mapping) -> None:
    provider, functions = document.items.get("provider"), document.items.get("functions")
    if not isinstance(provider, Mapping) or not isinstance(functions, Mapping):
        return
    usual = _settings(provider)
    for function in functions.items.values():
        if not isinstance(function, Mapping) or not _is_python(function.text("runtime") or provider.text("runtime")):
            continue
        settings = _settings(function) or usual
        handler = function.items.get("handler")
        if isinstance(handler, Scalar) and handler.text == _WSGI_PLUGIN:
            custom = document.items.get("custom")
            plugin = custom.items.get("wsgi") if isinstance(custom, Mapping) else None
            app = plugin.items.get("app") if isinstance(plugin, Mapping) else None
            if isinstance(app, Scalar):
                place = line_location(found.source, handler.start)
                module, _, name = settings_module(app.text).rpartition(".")
                app_name = f"{module}:{name}" if module else ""
                found.servers.append(instance(Serving.WSGI, "serverless", place, settings, app_name))
        else:
            _keep(found, handler, settings)


def _keep(found: Found, handler: Node | None, settings: str) -> None:
    if isinstance(handler, Scalar) and (name := settings_module(handler.text.replace("/", "."))):
        found.handlers.append(Handler(name, line_location(found.source, handler.start), settings))


def _settings(node: Node | None) -> str:
    """Return the settings module among the variables of a provider, a function or a resource."""
    if not isinstance(node, Mapping):
        return ""
    variables = node.get("environment", "Variables")
    return settings_module(variables.text(SETTINGS_VARIABLE)) if isinstance(variables, Mapping) else ""


def _is_python(runtime: str) -> bool:
    return not runtime or runtime.startswith("python")
