"""Libraries that take the whole of the settings out of the module's hands: recognised and named, not followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.settings.values import UNBOUND, Unknown, Value

if TYPE_CHECKING:
    from djconnfix.settings.arguments import Arguments
    from djconnfix.settings.externals import Handler
    from djconnfix.settings.machine import Machine


def _takes_over(library: str) -> Handler:
    def handler(machine: Machine, arguments: Arguments, function: Value) -> Value:
        frame = machine.frames[-1]
        scope = frame.scopes[-1]
        if machine.store.get(scope, "DATABASES") is UNBOUND:
            machine.hold_elsewhere(f"`DATABASES` may come from {library}", arguments.origin)
        else:
            machine.account.overrides.setdefault((scope, library), machine.moment)
            machine.hold_elsewhere(f"{library} may override `DATABASES` at run time", arguments.origin)
        return Unknown(f"{library} decides it at run time", f"{library}()", arguments.origin)

    return handler


HANDLERS: dict[str, Handler] = {
    "dynaconf.DjangoDynaconf": _takes_over("dynaconf"),
    "dynaconf.Dynaconf": _takes_over("dynaconf"),
    "dynaconf.LazySettings": _takes_over("dynaconf"),
}
