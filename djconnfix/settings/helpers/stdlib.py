"""`os`, `os.path`, `pathlib`, `copy`, `functools`, `json` and what else of the standard library settings use."""

from __future__ import annotations

import ast
import datetime
import json
import posixpath
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from djconnfix.settings.calls import unknown_call
from djconnfix.settings.dict_methods import copy_of
from djconnfix.settings.doubts import doubt, doubt_names
from djconnfix.settings.helpers.builtin import pure
from djconnfix.settings.phrases import code
from djconnfix.settings.process import environment, pour_variables, set_variable, unset_variable
from djconnfix.settings.readings import key_of, plain
from djconnfix.settings.values import (
    NONE,
    TRUE,
    Const,
    Dotted,
    Partial,
    Ref,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from djconnfix.settings.arguments import Arguments
    from djconnfix.settings.externals import Handler
    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import Origin


def _getenv(machine: Machine, arguments: Arguments, function: Value) -> Value:
    name = arguments.get(0, "key")
    if name is None:
        return unknown_call(machine, Dotted("os.environ.get"), arguments)
    default = arguments.get(1, "default") or NONE
    return machine.each(name, lambda each: environment(machine, each, default, arguments.origin))


def _pop(machine: Machine, arguments: Arguments, function: Value) -> Value:
    name = arguments.get(0, "key")
    if name is None:
        return unknown_call(machine, Dotted("os.environ.pop"), arguments)
    read = environment(machine, name, arguments.get(1, "default"), arguments.origin)
    unset_variable(machine, name)
    return read


def _setdefault(machine: Machine, arguments: Arguments, function: Value) -> Value:
    """Give a variable a value for the time it is unset: every later read has it as its default."""
    name, value = arguments.get(0, "key"), arguments.get(1, "value")
    if name is None or value is None:
        return NONE
    machine.each(name, lambda each: _kept(machine, each, value, arguments))
    return environment(machine, name, value, arguments.origin)


def _kept(machine: Machine, name: Value, value: Value, arguments: Arguments) -> Value:
    set_variable(machine, name, value, arguments.origin, keep=True)
    return NONE


def _update(machine: Machine, arguments: Arguments, function: Value) -> Value:
    for each in arguments.positional:
        pour_variables(machine, each, arguments.origin)
    for name, value in arguments.keywords.items():
        set_variable(machine, Const(name), value, arguments.origin)
    return NONE


def _put(machine: Machine, arguments: Arguments, function: Value) -> Value:
    return NONE  # `os.putenv()` does not reach `os.environ`


def _nothing(_machine: Machine, _arguments: Arguments, _function: Value) -> Value:
    return NONE


def _copy(deep: bool) -> Handler:
    def handler(machine: Machine, arguments: Arguments, function: Value) -> Value:
        if not arguments.positional:
            return unknown_call(machine, Dotted("copy.copy"), arguments)
        return copy_of(machine, arguments.positional[0], arguments, deep=deep)

    return handler


def _partial(machine: Machine, arguments: Arguments, function: Value) -> Value:
    if not arguments.positional or arguments.unseen:
        return unknown_call(machine, Dotted("functools.partial"), arguments)
    first, *rest = arguments.positional
    return Partial(first, tuple(rest), arguments.keywords, arguments.keyword_nodes)


def _exists(machine: Machine, arguments: Arguments, function: Value) -> Value:
    if not arguments.positional:
        return unknown_call(machine, Dotted("os.path.exists"), arguments)
    return machine.each(arguments.positional[0], lambda value: exists(machine, value, arguments.origin))


def exists(machine: Machine, value: Value, origin: Origin) -> Value:
    """Return whether a file is there: true where the tree has it, open elsewhere."""
    seen, path = plain(machine, value)
    if seen and str(path).startswith("/"):
        inside = machine.modules.tree_path(str(path))
        if inside and (machine.tree.exists(inside) or any(p.startswith(f"{inside}/") for p in machine.tree.paths)):
            return TRUE
    key = f"{_shown(machine, str(path)) if seen else key_of(machine, value)} exists"
    return Unknown("whether a file exists is known only when the settings run", key, origin)


def _shown(machine: Machine, path: str) -> str:
    """Return a path as people know it: from the project's root where it leads into a folder of the project."""
    inside = path.lstrip("/")
    folder, slash, _ = inside.partition("/")
    outside = slash and not any(each.startswith(f"{folder}/") for each in machine.tree.paths)
    return path if outside else inside


def _path(*parts: str) -> PurePosixPath:
    return PurePosixPath(*parts)


def _json(text: str) -> object:
    return json.loads(text)


def _same_path(path: object) -> object:
    return posixpath.normpath(str(path))


def _text_path(function: Callable[..., object]) -> Callable[..., object]:
    return lambda *parts: function(*(str(part) for part in parts))


def _strtobool(text: str) -> bool:
    lowered = str(text).lower()
    if lowered in ("y", "yes", "t", "true", "on", "1"):
        return True
    if lowered in ("n", "no", "f", "false", "off", "0"):
        return False
    raise ValueError


def _execute(machine: Machine, arguments: Arguments, function: Value) -> Value:
    """`exec(open(path).read())`: a file of the tree is run in place, any other is held elsewhere."""
    from djconnfix.settings.helpers.split_settings import include_file

    if _in_place(machine, arguments):
        return NONE
    key = key_of(machine, arguments.positional[0]) if arguments.positional else ""
    if isinstance(function, Dotted) and function.name.endswith("execfile"):
        path = key
    else:
        start = key.find("open(")
        path = key[start + 5 :].split(")", 1)[0].split(",", 1)[0] if start >= 0 else ""
    path = path.removeprefix("PurePosixPath(").strip("'\"")
    include_file(
        machine,
        path if path.startswith("/") else "",
        f"{code(arguments.node)}, which runs code from outside the project",
        arguments,
    )
    return NONE


def _in_place(machine: Machine, arguments: Arguments) -> bool:
    """Doubt what code that stands in a text may change or bind; returns whether it does."""
    seen, text = plain(machine, arguments.positional[0]) if arguments.positional else (False, None)
    if not seen or not isinstance(text, str):
        return False
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    reason = f"{code(arguments.node)} may change it"
    doubt_names(machine, tree, reason)
    for given in arguments.positional[1:]:
        if isinstance(given, Ref):
            doubt(machine, given, reason)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            hidden = Unknown(machine.placed(reason), machine.occurrence(node.id))
            machine.bind(machine.frames[-1].scope, node.id, hidden)
    return True


def _evaluate(machine: Machine, arguments: Arguments, function: Value) -> Value:
    _in_place(machine, arguments)
    return unknown_call(machine, Dotted("eval"), arguments)


HANDLERS: dict[str, Handler] = {
    "ast.literal_eval": pure("literal_eval", ast.literal_eval),
    "builtins.eval": _evaluate,
    "builtins.exec": _execute,
    "builtins.execfile": _execute,
    "copy.copy": _copy(False),
    "copy.deepcopy": _copy(True),
    "datetime.timedelta": pure("timedelta", datetime.timedelta),
    "distutils.util.strtobool": pure("strtobool", _strtobool),
    "functools.partial": _partial,
    "json.loads": pure("json.loads", _json),
    "os.environ.get": _getenv,
    "os.environ.pop": _pop,
    "os.environ.setdefault": _setdefault,
    "os.environ.update": _update,
    "os.getenv": _getenv,
    "os.putenv": _put,
    "os.path.abspath": pure("abspath", _same_path),
    "os.path.basename": pure("basename", _text_path(posixpath.basename)),
    "os.path.dirname": pure("dirname", _text_path(posixpath.dirname)),
    "os.path.exists": _exists,
    "os.path.isdir": _exists,
    "os.path.isfile": _exists,
    "os.path.join": pure("join", _text_path(posixpath.join)),
    "os.path.normpath": pure("normpath", _same_path),
    "os.path.realpath": pure("realpath", _same_path),
    "os.path.splitext": pure("splitext", _text_path(posixpath.splitext)),
    "pathlib.Path": pure("Path", _path),
    "pathlib.PurePath": pure("Path", _path),
    "warnings.filterwarnings": _nothing,
    "warnings.warn": _nothing,
}
