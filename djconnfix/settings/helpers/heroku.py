"""django-heroku: `settings(locals())` puts a parsed `DATABASE_URL` with an age of 600 seconds into `DATABASES`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.settings.atoms import set_atom
from djconnfix.settings.choices import guarded, restrict
from djconnfix.settings.helpers.database_url import database
from djconnfix.settings.helpers.dj_database_url import HELPER
from djconnfix.settings.process import environment
from djconnfix.settings.readings import plain
from djconnfix.settings.trace import CreationKind
from djconnfix.settings.values import FALSE, NONE, TRUE, UNBOUND, Const, CreationSite, ModuleValue, Ref, Slot, Value

if TYPE_CHECKING:
    from djconnfix.settings.arguments import Arguments
    from djconnfix.settings.externals import Handler
    from djconnfix.settings.machine import Machine

_AGE = 600


def _settings(machine: Machine, arguments: Arguments, function: Value) -> Value:
    scope = arguments.get(0, "config")
    wanted = arguments.keywords.get("databases", TRUE)
    if not isinstance(scope, ModuleValue) or plain(machine, wanted) == (True, False):
        return NONE
    origin = arguments.origin

    def fill() -> Value:
        url = environment(machine, Const("DATABASE_URL"), NONE, origin)
        made = database(machine, HELPER, url, arguments, "django_heroku.settings")
        for key, value in (("CONN_MAX_AGE", _AGE), ("CONN_HEALTH_CHECKS", False)):
            machine.write(made.object, key, Slot(Const(value), None, "django_heroku"), None)
        options = machine.new_dict(CreationSite(CreationKind.HELPER_CALL, origin, "django_heroku.settings"))
        machine.write(options.object, "sslmode", Slot(Const("require"), None, "django_heroku"), None)
        machine.write(made.object, "OPTIONS", Slot(options, None, "django_heroku"), None)
        held = restrict(machine.store.get(scope.scope, "DATABASES"), machine.known)
        if held is UNBOUND:
            created = CreationSite(CreationKind.HELPER_CALL, origin, "django_heroku.settings")
            held = machine.new_dict(created)
            machine.bind(scope.scope, "DATABASES", held)
        machine.each(held, lambda each: _put(machine, each, made))
        return NONE

    return machine.choose(guarded(set_atom("DATABASE_URL"), TRUE, FALSE), fill, lambda: NONE)


def _put(machine: Machine, databases: Value, made: Ref) -> Value:
    if isinstance(databases, Ref):
        machine.write(databases.object, "default", Slot(made), None)
    return NONE


HANDLERS: dict[str, Handler] = {"django_heroku.settings": _settings}
