"""Import statements: modules of the tree are evaluated, all others are named."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from djconnfix.settings.assignments import bind_name
from djconnfix.settings.attributes import module_attribute
from djconnfix.settings.choices import guarded
from djconnfix.settings.values import FALSE, TRUE, UNBOUND, Atom, Dotted, Origin, Unbound, Value

if TYPE_CHECKING:
    import ast

    from djconnfix.settings.completions import Completion
    from djconnfix.settings.machine import Machine
    from djconnfix.settings.values import ModuleValue


def import_names(machine: Machine, statement: ast.Import) -> Completion:
    """Run `import a.b as c`."""
    path = machine.frames[-1].source.path
    for alias in statement.names:
        first = alias.name.split(".", 1)[0]
        found = machine.modules.find(alias.name, path) or machine.modules.find_implicit(alias.name, path)
        if found is None:
            may_fail(machine, alias.name)
            bind_name(machine, alias.asname or first, Dotted(alias.name if alias.asname else first))
            continue
        module = machine.modules.load(found, alias.name)
        if alias.asname or "." not in alias.name:
            bind_name(machine, alias.asname or first, module)
            continue
        top = machine.modules.find(first, path)
        bind_name(machine, first, machine.modules.load(top, first) if top else Dotted(first))
    return None


def import_from(machine: Machine, statement: ast.ImportFrom) -> Completion:
    """Run `from a import b` and `from a import *`."""
    dotted = statement.module or ""
    if dotted == "__future__":
        return None
    path, name = _find(machine, statement)
    if path is None and not _is_package(machine, statement):
        written = "." * statement.level + dotted
        may_fail(machine, written)
        _from_outside(machine, statement, name, written)
        return None
    module = machine.modules.load(path, name) if path else None
    for alias in statement.names:
        if alias.name == "*":
            if module is not None:
                machine.modules.star(module, machine.frames[-1].scope)
            continue
        value = _member(machine, module, alias, statement, name)
        bind_name(machine, alias.asname or alias.name, value)
    return None


def _find(machine: Machine, statement: ast.ImportFrom) -> tuple[str | None, str]:
    frame = machine.frames[-1]
    dotted = statement.module or ""
    here = frame.source.path
    if statement.level:
        package = frame.module.name if here.endswith("__init__.py") else frame.module.name.rpartition(".")[0]
        for _ in range(statement.level - 1):
            package = package.rpartition(".")[0]
        name = ".".join(part for part in (package, dotted) if part)
        return machine.modules.find_relative(statement.level, dotted, here), name
    found = machine.modules.find(dotted, here)
    if found is None and (found := machine.modules.find_implicit(dotted, here)):
        machine.note(f"`{dotted}` in {here} is found only as Python 2 finds it, next to the importing file")
    return found, dotted


def _is_package(machine: Machine, statement: ast.ImportFrom) -> bool:
    """Whether this is `from . import x` in a folder without `__init__.py`."""
    return (
        bool(statement.level)
        and not statement.module
        and any(
            machine.modules.find_relative(statement.level, alias.name, machine.frames[-1].source.path)
            for alias in statement.names
        )
    )


def _member(
    machine: Machine, module: ModuleValue | None, alias: ast.alias, statement: ast.ImportFrom, name: str
) -> Value:
    frame = machine.frames[-1]
    if module is None:
        path = machine.modules.find_relative(statement.level, alias.name, frame.source.path)
        return machine.modules.load(path, f"{name}.{alias.name}") if path else Dotted(f"{name}.{alias.name}")
    held = machine.store.get(module.scope, alias.name)
    if isinstance(held, Unbound) and (child := machine.modules.submodule(module, alias.name)) is not None:
        return child
    import ast as syntax

    node = syntax.copy_location(syntax.Name(alias.name, syntax.Load()), alias)
    return module_attribute(machine, module, alias.name, Origin(frame.source, statement, node))


def _from_outside(machine: Machine, statement: ast.ImportFrom, name: str, written: str) -> None:
    frame = machine.frames[-1]
    for alias in statement.names:
        if alias.name != "*":
            bind_name(machine, alias.asname or alias.name, Dotted(f"{name}.{alias.name}"))
            continue
        if machine.store.get(frame.scope, "DATABASES") is not UNBOUND:
            machine.account.overrides.setdefault((frame.scope, f"{written} (not in the project)"), machine.moment)
        machine.modules.open(frame.scope, written)


def may_fail(machine: Machine, name: str) -> None:
    """Say that an import of a module out of the tree may raise `ImportError`."""
    if name.split(".", 1)[0] in sys.stdlib_module_names:
        return
    atom = Atom(f"{name} can be imported", f"{name} can be imported", f"{name} cannot be imported")
    test = guarded(atom, FALSE, TRUE)
    if machine.catching or name.startswith(".") or machine.modules.find(name.split(".", 1)[0], _here(machine)):
        machine.raises(test, "ImportError")
    else:  # who imports this module in a `try` does not wait for packages that it needs
        machine.fails(test)


def _here(machine: Machine) -> str:
    return machine.frames[-1].source.path
