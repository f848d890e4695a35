"""django-split-settings: `include()` runs files of the tree in the including module's namespace."""

from __future__ import annotations

from fnmatch import fnmatchcase
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING

from djconnfix.settings.choices import guarded
from djconnfix.settings.phrases import code, words_of
from djconnfix.settings.readings import key_of, plain
from djconnfix.settings.values import FALSE, NONE, TRUE, UNBOUND, Atom, EnvRead, ModuleValue, Unknown, Value
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from djconnfix.settings.arguments import Arguments
    from djconnfix.settings.externals import Handler
    from djconnfix.settings.machine import Machine


def _include(machine: Machine, arguments: Arguments, function: Value) -> Value:
    for reason in arguments.unseen:
        _elsewhere(machine, f"a file included at run time ({reason})", arguments)
    for value in arguments.positional:
        machine.each(value, lambda each: _one(machine, each, arguments))
    return NONE


def _one(machine: Machine, value: Value, arguments: Arguments) -> Value:
    if isinstance(value, EnvRead):
        text = words_of(value.key)
        unset = value.default
        if unset is None or not plain(machine, unset)[0]:
            _elsewhere(machine, f"the file that {value.variable} selects", arguments)
            return NONE
        name = str(plain(machine, unset)[1])
        atom = Atom(f"{value.key} == {name!r}", f"{value.variable} selects {name}", f"{text} is another file")
        test = guarded(atom, TRUE, FALSE)

        def other() -> Value:
            _elsewhere(machine, f"another file that {value.variable} selects", arguments)
            return NONE

        return machine.choose(test, lambda: _files(machine, name, arguments), other)
    seen, data = plain(machine, value)
    if not seen:
        if isinstance(value, Unknown):
            _elsewhere(machine, _file_of(value), arguments)
        return NONE
    return _files(machine, str(data), arguments)


def _file_of(value: Unknown) -> str:
    return f"the file {code(value.origin.node)}" if value.origin is not None else "a file that is named at run time"


def _files(machine: Machine, pattern: str, arguments: Arguments) -> Value:
    if not pattern:
        return NONE
    frame = machine.frames[-1]
    path = normpath(join("/", dirname(frame.source.path), pattern)).lstrip("/")
    if not any(letter in path for letter in "*?["):
        include_file(machine, f"/{path}", pattern, arguments)
        return NONE
    found = [each for each in machine.tree.paths if each.count("/") == path.count("/") and fnmatchcase(each, path)]
    for each in found:
        include_file(machine, f"/{each}", each, arguments)
    if not found:
        _elsewhere(machine, f"{pattern} (not in the project)", arguments)
    return NONE


def include_file(machine: Machine, absolute: str, name: str, arguments: Arguments) -> None:
    """Run a file in the namespace of the module that is being run, or say that it is out of sight."""
    path = machine.modules.tree_path(absolute) if absolute else None
    if path is None or not machine.tree.exists(path):
        _elsewhere(machine, name if " " in name or path is None else f"{name} (not in the project)", arguments)
        return
    frame = machine.frames[-1]
    module = ModuleValue(frame.scopes[-1], path, frame.module.name)
    try:
        machine.modules.run(path, module)
    except UnreadableError as error:
        machine.account.unreadable[path] = error
        machine.modules.open(frame.scopes[-1], f"{path} (which cannot be read)")


def _elsewhere(machine: Machine, name: str, arguments: Arguments) -> None:
    """Say that a file out of the tree is run here: it may define, or override, `DATABASES`."""
    frame = machine.frames[-1]
    scope = frame.scopes[-1]
    machine.modules.open(scope, name)
    held = machine.store.get(scope, "DATABASES")
    content = machine.dict_of(held)
    if held is UNBOUND or (content is not None and not content.entries):
        machine.hold_elsewhere(f"`DATABASES` may come from {name}", arguments.origin)
    else:
        machine.account.overrides.setdefault((scope, name), machine.moment)


def _optional(machine: Machine, arguments: Arguments, function: Value) -> Value:
    return arguments.positional[0] if arguments.positional else NONE


HANDLERS: dict[str, Handler] = {
    "split_settings.tools.include": _include,
    "split_settings.tools.optional": _optional,
}

__all__ = ["FALSE", "HANDLERS", "include_file", "key_of"]
