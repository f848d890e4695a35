"""Modules by name: `importlib.import_module("shop.local")`, `__import__`, and the names in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.settings.calls import unknown_call
from djconnfix.settings.choices import guarded, possible, restrict
from djconnfix.settings.imports import may_fail
from djconnfix.settings.readings import plain
from djconnfix.settings.store import Item, ListContent, presence
from djconnfix.settings.values import FALSE, TRUE, Atom, Const, Dotted, EnvRead, ModuleValue, Unknown, Value

if TYPE_CHECKING:
    from djconnfix.settings.arguments import Arguments
    from djconnfix.settings.externals import Handler
    from djconnfix.settings.machine import Machine


def _module(machine: Machine, arguments: Arguments, name: Value, *, top: bool) -> Value:
    if isinstance(name, EnvRead):
        return _selected(machine, arguments, name, top=top)
    seen, dotted = plain(machine, name)
    if not seen or not isinstance(dotted, str) or dotted.startswith(".") or not dotted:
        machine.may_raise("ImportError")
        return unknown_call(machine, Dotted("import_module"), arguments)
    wanted = dotted.partition(".")[0] if top else dotted
    path = machine.modules.find(dotted, machine.frames[-1].source.path)
    if path is None:
        may_fail(machine, dotted)
        return Dotted(wanted, arguments.origin)
    module = machine.modules.load(path, dotted)
    if wanted == dotted:
        return module
    above = machine.modules.find(wanted, machine.frames[-1].source.path)
    return machine.modules.load(above, wanted) if above else Dotted(wanted, arguments.origin)


def _selected(machine: Machine, arguments: Arguments, name: EnvRead, *, top: bool) -> Value:
    """Return the module that a variable selects: one while it is unset, any other else."""
    seen, unset = (False, None) if name.default is None else plain(machine, name.default)

    def other() -> Value:
        machine.may_raise("ImportError")
        text = f"another module that {name.variable} selects"
        return Unknown(f"{text} cannot be seen", machine.occurrence(text), arguments.origin)

    if not seen or not isinstance(unset, str):
        return other()
    words = f"{name.variable} selects {unset}"
    atom = Atom(f"{name.key} == {unset!r}", words, f"{name.variable} selects another module")
    return machine.choose(guarded(atom, TRUE, FALSE), lambda: _module(machine, arguments, Const(unset), top=top), other)


def _import_module(machine: Machine, arguments: Arguments, function: Value) -> Value:
    name = arguments.get(0, "name")
    if name is None or len(arguments.all) != 1:
        return unknown_call(machine, Dotted("import_module"), arguments)
    return machine.each(name, lambda each: _module(machine, arguments, each, top=False))


def _dunder_import(machine: Machine, arguments: Arguments, function: Value) -> Value:
    name = arguments.get(0, "name")
    if name is None or len(arguments.all) != 1:
        return unknown_call(machine, Dotted("__import__"), arguments)
    return machine.each(name, lambda each: _module(machine, arguments, each, top=True))


def _dir(machine: Machine, arguments: Arguments, function: Value) -> Value:
    if len(arguments.positional) != 1:
        return unknown_call(machine, Dotted("dir"), arguments)
    return machine.each(arguments.positional[0], lambda each: _names(machine, each, arguments))


def _names(machine: Machine, module: Value, arguments: Arguments) -> Value:
    if not isinstance(module, ModuleValue):
        return unknown_call(machine, Dotted("dir"), arguments)
    items = []
    for name in sorted(machine.store.names[module.scope]):
        present = presence(restrict(machine.store.get(module.scope, name), machine.known))
        if possible(present, True):
            items.append(Item(Const(name, arguments.origin), present))
    unseen = machine.modules.opened.get(module.scope, ())
    return machine.new_list(ListContent(tuple(items), "list", tuple(unseen)), arguments.origin)


HANDLERS: dict[str, Handler] = {
    "builtins.__import__": _dunder_import,
    "builtins.dir": _dir,
    "django.utils.importlib.import_module": _import_module,
    "importlib.import_module": _import_module,
}
