"""What goes with a statement that is removed: conditions and loops that held nothing else; and what stays."""

from __future__ import annotations

import ast

import pytest

from djconnfix.fix.edits import apply
from djconnfix.fix.statements import remove_statement
from tests.fix.test_operations import source_of

GOES = {
    "a loop": "for db in DATABASES.values():\n    GONE = 1\n",
    "a loop over pairs": "for name, db in DATABASES.items():\n    GONE = 1\n",
    "a loop over names": 'for name in ("default", "other"):\n    GONE = 1\n',
    "a condition": "if DEBUG:\n    GONE = 1\n",
    "a condition of the environment": 'if os.environ.get("A") and not os.getenv("B", "") == "x":\n    GONE = 1\n',
    "a condition in a loop": 'for db in DATABASES:\n    if db != "other":\n        GONE = 1\n',
    "over several lines": "if (\n    DEBUG\n    and LOCAL\n):\n    GONE = 1\n",
    "below another comment": "# above\nif DEBUG:\n    GONE = 1\n",
    "far below another comment": "# above\n\n\n\n\n\n\n\nif DEBUG:\n    GONE = 1\n",
    "its own comment": "if DEBUG:\n    GONE = 1  # why\n",
}
STAYS = {
    "another branch": "if DEBUG:\n    GONE = 1\nelse:\n    X = 1\n",
    "the branch of an elif": "if DEBUG:\n    X = 1\nelif LOCAL:\n    GONE = 1\n",
    "an else": "if DEBUG:\n    X = 1\nelse:\n    GONE = 1\n",
    "a comment behind the condition": "if DEBUG:  # only there\n    GONE = 1\n",
    "a comment above the statement": "if DEBUG:\n    # only there\n    GONE = 1\n",
    "a call that may do something": "if prepare():\n    GONE = 1\n",
    "a read that fails when it is unset": 'if os.environ["A"]:\n    GONE = 1\n',
    "a name bound in the condition": 'if (found := os.environ.get("A")):\n    GONE = 1\n',
    "a loop's name that is read later": "for name in DATABASES:\n    GONE = 1\nprint(name)\n",
    "a loop's name that is a setting": "for NAME in DATABASES:\n    GONE = 1\n",
    "a loop that writes": 'for DATABASES["x"] in (1, 2):\n    GONE = 1\n',
    "a loop over what a function gives": "for name in names():\n    GONE = 1\n",
    "a loop with an else": "for name in DATABASES:\n    GONE = 1\nelse:\n    X = 1\n",
    "a try": "try:\n    GONE = 1\nexcept KeyError:\n    pass\n",
    "a function": "def setup():\n    GONE = 1\n",
    "a class": "class Settings:\n    GONE = 1\n",
    "a with": "with lock:\n    GONE = 1\n",
}


def without(text: str) -> str:
    source = source_of(text)
    gone = next(
        each
        for each in ast.walk(source.tree)
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "GONE"
    )
    return apply(text, [remove_statement(source, gone)])


@pytest.mark.parametrize("name", GOES)
def test_goes_with_it(name: str) -> None:
    above = GOES[name].partition("if")[0] if "# above" in GOES[name] else ""
    assert without(f"A = 1\n{GOES[name]}B = 2\n") == f"A = 1\n{above}B = 2\n"


@pytest.mark.parametrize("name", STAYS)
def test_stays(name: str) -> None:
    text = f"A = 1\n{STAYS[name]}B = 2\n"
    assert without(text) == text.replace("GONE = 1", "pass")


def test_a_block_that_holds_more_stays() -> None:
    assert without("for name in DATABASES:\n    GONE = 1\n    X = name\n") == "for name in DATABASES:\n    X = name\n"


def test_only_the_emptied_ones_go() -> None:
    text = "if DEBUG:\n    for name in DATABASES:\n        GONE = 1\n    X = 1\n"
    assert without(text) == "if DEBUG:\n    X = 1\n"
