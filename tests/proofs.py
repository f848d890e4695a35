"""Which tests show on real servers what a rule says, and why the others of severity error have none.

A test names the rules with `@pytest.mark.proves("DCF101")`, or `@pytest.mark.proves(*CASES)` where `CASES` is a dictionary
of its module with codes as keys. Read from the source: the rules' pages link to them, without a server or pytest.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

TESTS = Path(__file__).resolve().parent

NOT_SHOWN = {
    "DCF202": "Django cannot import the class: no server takes part",
    "DCF203": "Django cannot import the names: no server takes part",
    "DCF206": "Django cannot call the class: no server takes part",
    "DCF213": "the setting does nothing, so that there is nothing to see",
    "DCF303": "Django cannot import the name: no server takes part",
    "DCF403": "needs a Django older than the one that the tests run on",
    "DCF436": "needs packages that cannot be installed beside today's",
    "DCF701": "needs a server older than any that can be installed here",
}


def proofs() -> dict[str, list[str]]:
    """Return for each rule the tests that prove it, as `tests/folder/test_file.py::test_name`."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if ".proves(" not in text:
            continue
        tree = ast.parse(text)
        tables = _tables(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                for code in _codes(node, tables):
                    found[code].append(f"{path.relative_to(TESTS.parent).as_posix()}::{node.name}")
    return dict(found)


def _codes(test: ast.FunctionDef, tables: dict[str, list[str]]) -> list[str]:
    codes: list[str] = []
    for decorator in test.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.proves":
            for argument in decorator.args:
                if isinstance(argument, ast.Starred) and isinstance(argument.value, ast.Name):
                    codes += tables[argument.value.id]
                else:
                    codes.append(str(ast.literal_eval(argument)))
    return codes


def _tables(tree: ast.Module) -> dict[str, list[str]]:
    """Return the dictionaries of a module with text as keys."""
    return {
        statement.targets[0].id: [key.value for key in statement.value.keys if isinstance(key, ast.Constant)]
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and isinstance(statement.value, ast.Dict)
    }
