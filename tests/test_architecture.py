"""The arrows between the parts run downward only (docs/architecture.md)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "djconnfix"
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))

# Parts from the bottom up. A module may import from its own part, and from the parts named here.
FACTS = {"", "source", "facts", "findings", "_compat", "_digest", "masking"}
READERS = FACTS | {"endpoints"}
MAY_IMPORT = {
    "": {"api"},
    "python2": set(),
    "_cli_texts": set(),
    "_columns": set(),
    "_digest": set(),
    "_records": set(),
    "records": {"_records"},
    "source": {"_compat", "python2"},
    "facts": FACTS,
    "findings": FACTS,
    "live_facts": FACTS,
    "secret_names": set(),
    "masking": {"prose", "secret_names"},
    "prose": set(),
    "endpoints": FACTS,
    "serving": FACTS,
    "decision": READERS | {"serving"},
    "quick": {"code", "fix"},
    "status": set(),
    "terminal": {"_columns"},
    "webpage": {"masking", "terminal"},
    "settings": READERS | {"project"},
    "code": READERS | {"project", "settings"},
    "project": READERS | {"settings", "code"},
    "budget": READERS | {"decision", "serving"},
    "strategies": READERS | {"decision", "budget", "serving"},
    "pgbouncer": READERS | {"decision", "budget", "strategies"},
    "rules": READERS | {"decision", "budget", "live_facts", "serving", "strategies"},
    "errors": set(),
    "selectors": {"errors", "rules"},
    "options": FACTS | {"errors", "selectors", "strategies"},
    "suppressions": FACTS | {"project", "rules"},
    "selection": FACTS | {"baseline", "changes", "config", "errors", "project", "rules", "selectors", "suppressions"},
    "baseline": FACTS | {"errors"},
    "changes": FACTS | {"errors", "project"},
    "config": FACTS | {"errors", "options"},
    "engine": READERS | {"strategies", "project", "settings", "code", "rules", "config", "selection"},
    "fix": READERS | {"project", "settings", "code", "rules", "engine", "decision"},
    "report": READERS
    | {
        "budget",
        "decision",
        "project",
        "rules",
        "engine",
        "config",
        "options",
        "selection",
        "terminal",
        "fix",
        "webpage",
    },
    "view": {"masking", "terminal"},
    "runs": FACTS
    | {"baseline", "config", "engine", "errors", "fix", "project", "report", "selection", "status", "terminal", "view"},
    "interactive": FACTS | {"engine", "fix", "report", "terminal", "view"},
    "fixing": {"config", "engine", "errors", "fix", "interactive", "report", "runs", "status", "terminal", "view"},
    "command_line": {"errors"},
    "completion": {"rules"},
    "programs": FACTS
    | {"cli", "command_line", "completion", "config", "engine", "errors", "fixing", "pgbouncer", "report", "runs"}
    | {"selection", "selectors", "status", "terminal", "view"},
    "api": FACTS
    | {"config", "engine", "errors", "fix", "options", "report", "rules", "selection", "status", "terminal"},
    "cli": {"", "_cli_texts", "_columns", "quick", "programs", "strategies"},
    "__main__": {"cli", "quick"},
    "probe": READERS,
}
DJANGO = {"apps", "checks", "management", "probe"}


def part_of(module):
    first = module.removesuffix(".py").split("/")[0]
    return "" if first == "__init__" else first


def imports(module):
    """Return every absolute module name that a module imports, anywhere in it, with its line."""
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: relative import"
            name = node.module or ""
            if name == "djconnfix":
                found += [(f"djconnfix.{alias.name}", node.lineno) for alias in node.names]
            else:
                found.append((name, node.lineno))
    return found


@pytest.mark.parametrize("module", MODULES)
def test_arrows_run_downward(module):
    part = part_of(module)
    if part in DJANGO:
        return
    allowed = MAY_IMPORT.get(part, set()) | {part, "__version__", "records"}
    wrong = [
        f"{module}:{line} imports {name}"
        for name, line in imports(module)
        if name.split(".")[0] == "djconnfix" and [*name.split("."), ""][1] not in allowed
    ]
    assert wrong == []


@pytest.mark.parametrize("module", MODULES)
def test_only_the_fix_imports_libcst(module):
    if module.startswith("fix/"):
        return
    assert [name for name, _ in imports(module) if name.split(".")[0] == "libcst"] == []


@pytest.mark.parametrize("module", MODULES)
def test_only_the_django_parts_import_django(module):
    if part_of(module) in DJANGO:
        return
    assert [name for name, _ in imports(module) if name.split(".")[0] == "django"] == []


@pytest.mark.parametrize("module", MODULES)
def test_only_git_and_the_check_of_a_written_fix_are_run_and_nothing_opens_sockets(module):
    runs_processes = module in ("management/verify.py", "changes.py") or part_of(module) == "probe"
    allowed = {"subprocess"} if runs_processes else set()
    allowed |= {"socket"} if part_of(module) == "probe" else set()
    allowed |= {"http", "asyncio"} if module.startswith("probe/compare/") else set()
    names = {name for name, _ in imports(module)} | {name.split(".")[0] for name, _ in imports(module)}
    forbidden = {
        "subprocess",
        "socket",
        "urllib.request",
        "http",
        "multiprocessing",
        "asyncio",
        "runpy",
    }
    assert names & forbidden <= allowed


@pytest.mark.parametrize(
    "module", [module for module in MODULES if module.startswith("rules/") and module.count("/") > 1]
)
def test_rules_know_no_files_no_syntax_and_no_output(module):
    names = {name.split(".")[0] for name, _ in imports(module)}
    assert not names & {"ast", "os", "pathlib", "io", "sys", "libcst", "django", "subprocess"}


def test_every_part_is_placed():
    parts = {part_of(module) for module in MODULES} - DJANGO - {"", "_compat"}
    assert parts - MAY_IMPORT.keys() == set()
