"""Displays and calls in random layouts: after an edit they mean exactly the old thing and the change."""

from __future__ import annotations

import ast
import random
import re

import pytest

from djconnfix.fix import operations
from djconnfix.fix.comments import comments_of, comments_on_lines
from djconnfix.fix.edits import CannotEditError, apply
from djconnfix.fix.layout import layout_of
from tests.fix.test_operations import source_of


def gap(rng: random.Random, wide: bool) -> str:
    """Whitespace as it may stand between two tokens inside brackets."""
    if not wide or rng.random() < 0.3:
        return rng.choice(["", " ", "  "])
    number = rng.randrange(99)
    lines = [rng.choice(["", f"  # c{number}"])]
    lines += [rng.choice(["", f"    # own{number}{i}", f"# left{number}{i}"]) for i in range(rng.randrange(3))]
    return "\n".join(lines) + "\n" + rng.choice(["", "    ", "        ", "\t"])


def items(rng: random.Random, made: list[str], wide: bool) -> str:
    text = gap(rng, wide)
    for index, item in enumerate(made):
        text += item
        if index < len(made) - 1:
            text += gap(rng, wide and rng.random() < 0.2) + "," + gap(rng, wide)
    if made and rng.random() < 0.5:
        text += ("" if rng.random() < 0.8 else gap(rng, wide)) + ","
    return text + gap(rng, wide)


VALUES = [
    "1",
    "'x'",
    "('a'\n 'b')",
    "f(1, 2)",
    "(3)",
    "[1, 2]",
    "{'n': {}}",
    "'''t\nt'''",
    "lambda: 0",
    "a if b else c",
]


def statement(rng: random.Random, opening: str, closing: str, made: list[str]) -> str:
    wide = rng.random() < 0.7
    text = f"D = {opening}{items(rng, made, wide)}{closing}\n"
    if rng.random() < 0.3:
        text = "D = {'outer': " + text[4:-1] + ", 'other': 2}\n"
    if rng.random() < 0.3:
        text = "if True:\n    " + text
    text += rng.choice(["", "Z = 1\n", "# end\n"])
    return text.replace("\n", "\r\n") if rng.random() < 0.3 else text


def normal(text: str) -> str:
    return ast.dump(ast.parse(text))


@pytest.mark.parametrize("seed", range(250))
def test_an_entry_more(seed: int) -> None:
    rng = random.Random(seed)
    made = [
        f"'K{i}'{rng.choice(['', ' '])}:{rng.choice(['', ' '])}{rng.choice(VALUES)}" for i in range(rng.randrange(5))
    ]
    text = statement(rng, "{", "}", made)
    source = source_of(text)
    found = [n for n in ast.walk(source.tree) if isinstance(n, ast.Dict)]
    display = next(
        n for n in found if any(isinstance(k, ast.Constant) and k.value == "K0" for k in n.keys) or not n.keys
    )
    edit = operations.set_entry(source, display, "NEW", "60", layout_of(source))
    after = apply(text, [edit])
    display.keys.append(ast.Constant("NEW"))
    display.values.append(ast.Constant(60))
    assert normal(after) == ast.dump(source.tree)
    assert comments_of(after) == comments_of(text)
    assert after.count("\r\n") == (after.count("\n") if "\r\n" in text else 0)


@pytest.mark.parametrize("seed", range(250))
def test_an_item_less(seed: int) -> None:
    rng = random.Random(seed)
    opening, closing = rng.choice([("[", "]"), ("(", ")"), ("f(", ")")])
    made = [f"'K{i}'" for i in range(rng.randrange(1, 5))]
    text = statement(rng, opening, closing, made)
    source = source_of(text)
    container = next(
        (
            n
            for n in ast.walk(source.tree)
            if isinstance(n, ast.List | ast.Tuple | ast.Call) and "'K0'" in ast.unparse(n)
        ),
        None,
    )
    if container is None:
        return  # ('K0') is no tuple
    index = rng.randrange(len(made))
    try:
        edit = operations.remove_item(source, container, index, layout_of(source))
    except CannotEditError as error:
        assert re.search(r"#.*\n\s*(#.*\s*)*,", text), error.reason  # noqa: PT017 -- a comment before a comma
        return
    after = apply(text, [edit])
    held = container.args if isinstance(container, ast.Call) else container.elts
    span = source.node_span(held[index])
    del held[index]
    assert normal(after) == ast.dump(source.tree)
    assert not comments_of(text) - comments_of(after) - comments_on_lines(source, *span)
    assert not comments_of(after) - comments_of(text)
