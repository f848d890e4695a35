"""What every database URL helper shares: a dictionary whose parts the environment decides.

What the query of a URL in the environment may add to the dictionary is not counted as out of sight: no file holds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.records import dataclass, field
from djconnfix.settings.atoms import set_atom
from djconnfix.settings.choices import guarded, restrict
from djconnfix.settings.operators import absent
from djconnfix.settings.readings import key_of
from djconnfix.settings.store import DictContent
from djconnfix.settings.trace import CreationKind
from djconnfix.settings.values import NONE, UNBOUND, Const, CreationSite, EnvRead, Ref, Slot, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from djconnfix.settings.arguments import Arguments
    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Origin


@dataclass(frozen=True, slots=True)
class UrlHelper:
    """How one helper turns a URL into a dictionary.

    Attributes:
        name: `dj_database_url`, `environ`.
        schemes: engine by scheme.
        alias_keys: query keys (upper case) that go to the alias level; all others go to `OPTIONS`.
        convert: how a query value is read.
        rename: changes the options of a scheme as the helper does.
    """

    name: str
    schemes: Mapping[str, str]
    convert: Callable[[str], object]
    alias_keys: frozenset[str] = frozenset()
    rename: Callable[[str, dict[str, object]], None] | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A URL's parts, without user and password."""

    engine: str = ""
    name: str = ""
    host: str = ""
    port: object = ""
    settings: Mapping[str, object] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)


def parse(helper: UrlHelper, url: str) -> Parsed:
    """Take a URL apart."""
    from urllib.parse import parse_qsl, unquote, urlsplit

    if url == "sqlite://:memory:":
        return Parsed(helper.schemes["sqlite"], ":memory:")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or ""
    except ValueError:
        scheme = url.split(":", 1)[0]
        return Parsed(helper.schemes.get(scheme, scheme))
    scheme = parts.scheme
    name = unquote(parts.path[1:])
    if scheme == "sqlite" and not name:
        name = ":memory:"
    settings: dict[str, object] = {}
    options: dict[str, object] = {}
    for key, text in parse_qsl(parts.query):
        if key.upper() in helper.alias_keys:
            settings[key.upper()] = helper.convert(text)
        else:
            options[key] = helper.convert(text)
    if helper.rename is not None:
        helper.rename(scheme, options)
    return Parsed(helper.schemes.get(scheme, scheme), name, unquote(host), port, settings, options)


def unset_url(machine: Machine, value: Value | None) -> Value | None:
    """Return what a URL is while every variable in it is unset: a constant, something unknown, or None."""
    while isinstance(value, EnvRead):
        value = value.default
    return None if value is None else restrict(value, machine.known)


def database(
    machine: Machine,
    helper: UrlHelper,
    url: Value,
    arguments: Arguments,
    made_by: str,
    *,
    engine: Value | None = None,
) -> Ref:
    """Return the dictionary that a helper makes of a URL (not a choice between several)."""
    origin = arguments.origin
    result = machine.new_dict(CreationSite(CreationKind.HELPER_CALL, origin, made_by))
    if isinstance(url, Unknown) or not isinstance(url, (Const, EnvRead)):
        reason = url.reason if isinstance(url, Unknown) else f"the URL that `{made_by}()` is given cannot be seen"
        hidden = Unknown(reason, f"part of {key_of(machine, url)}", origin)
        for key in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT"):
            machine.write(result.object, key, Slot(hidden), None)
    else:
        _fill(machine, result, helper, url, origin)
    if engine is not None and not absent(engine):
        machine.write(result.object, "ENGINE", Slot(engine), None)
    return result


def _fill(machine: Machine, result: Ref, helper: UrlHelper, url: Const | EnvRead, origin: Origin) -> None:
    fallback = unset_url(machine, url)
    text = fallback.value if isinstance(fallback, Const) else None
    parsed = parse(helper, text) if isinstance(text, str) and text else None

    def part(name: str, known: object) -> Value:
        if isinstance(url, Const):
            return Const(known, origin)
        default: Value | None = None
        if parsed is not None:
            default = Const(known, origin)
        elif fallback is not None and not isinstance(fallback, Const):
            default = Unknown("the default URL cannot be seen", f"{name} of {key_of(machine, fallback)}", origin)
        return EnvRead(url.variable, default, "", f"{name} of {url.key}", origin)

    shown = parsed or Parsed()
    values = {
        "ENGINE": part("engine", shown.engine),
        "NAME": part("name", shown.name),
        "USER": Unknown("it is part of a URL", f"user of {url_key(machine, url)}", origin),
        "PASSWORD": Unknown("it is part of a URL", f"password of {url_key(machine, url)}", origin),
        "HOST": part("host", shown.host),
        "PORT": part("port", shown.port),
    }
    if isinstance(url, Const) and text == "sqlite://:memory:":
        values = {key: values[key] for key in ("ENGINE", "NAME")}
    for key, value in values.items():
        machine.write(result.object, key, Slot(value), None)
    for key, data in shown.settings.items():
        machine.write(result.object, key, Slot(part(key, data)), None)
    if shown.options:
        entries: dict[object, Value] = {key: Slot(part(key, data)) for key, data in shown.options.items()}
        made = CreationSite(CreationKind.HELPER_CALL, origin, helper.name)
        options = Ref(machine.store.new_object(DictContent(entries, (), made)), origin)
        machine.write(result.object, "OPTIONS", _while_unset(url, Slot(options)), None)


def _while_unset(url: Value, options: Slot) -> Value:
    """Return what comes of the query of a default URL: nothing where a variable gives another URL."""
    held: Value = options
    variables = []
    while isinstance(url, EnvRead):
        variables.append(url.variable)
        url = url.default if url.default is not None else NONE
    for variable in reversed(variables):
        held = guarded(set_atom(variable), UNBOUND, held)
    return held


def url_key(machine: Machine, url: Value) -> str:
    """Return text for a URL that does not hold it."""
    return url.key if isinstance(url, EnvRead) else "a URL"
