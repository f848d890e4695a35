"""What an edit moves deeper or back is laid out as it would have been there, if it was laid out so before."""

from __future__ import annotations

from pathlib import Path

import black
import pytest

from djconnfix.fix.edits import Edit, apply
from djconnfix.fix.layout import Layout, width
from djconnfix.fix.moved import laid_out_where_moved
from djconnfix.source import SourceFile

LAYOUT = Layout("    ", '"', 88)
BODIES = {
    "a call": 'order = Order.objects.create(name="@", at=now())',
    "a call over lines": 'order = Order.objects.create(\n    name="@", owner=request.user, at=now\n)',
    "a test": 'if order.is_open and order.is_paid and "@" in order:\n    pass',
    "a test that goes on": 'if a:\n    pass\nelif order.is_open and order.is_paid or "@":  # so\n    pass',
    "a loop": 'for line in order.lines.filter(kind="@", other=1):\n    line.save()',
    "an error": 'raise OrderError("@, and says so", order=order)',
    "what is short stays": "order.save()",
    "deeper still": 'while a:\n    for line in b:\n        order.add(line, name="@", a=1)',
    "several targets": 'first, second["@"] = order.parts_of_it(), other',
    "with a comment behind it": 'order.add(line, name="@")  # see the docs',
    "in wide characters": 'order.add(line, name="数据库 @")',
}
BODIES = {name: text.replace("@", "x" * (83 - max(map(width, text.split("\n"))))) for name, text in BODIES.items()}
WIDE = "x" * 46
HEAD = "def view(request):\n    transaction.begin()\n"


def indented(text: str, margin: str) -> str:
    return "".join(f"{margin}{line}\n" for line in text.split("\n"))


def made(text: str, *edits: tuple[str, str]) -> str:
    source = SourceFile("shop/m.py", Path("/nowhere/shop/m.py"), text.encode())
    found = [Edit("shop/m.py", text.index(old), text.index(old) + len(old), new) for old, new in edits]
    return apply(text, laid_out_where_moved(source, found, LAYOUT))


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("name", BODIES)
def test_a_block_around_it(name: str, newline: str) -> None:
    body, head = indented(BODIES[name], "    "), "    with transaction.atomic():\n"
    text, deeper = f"{HEAD}{body}", f"{head}{indented(BODIES[name], '        ')}"
    assert black.format_str(text, mode=black.Mode()) == text
    old, new = f"    transaction.begin()\n{body}", deeper
    after = made(text.replace("\n", newline), (old.replace("\n", newline), new.replace("\n", newline)))
    expected = black.format_str(f"def view(request):\n{deeper}", mode=black.Mode())
    assert after == expected.replace("\n", newline)


@pytest.mark.parametrize("name", BODIES)
def test_a_block_less_around_it(name: str) -> None:
    inner = black.format_str(f"if x:\n    if y:\n{indented(BODIES[name], '        ')}", mode=black.Mode())
    text = inner.removeprefix("if x:\n")
    block = text.removeprefix("    if y:\n")
    text, back = f"if x:\n{text}", "".join(line[4:] for line in block.splitlines(keepends=True))
    assert made(text, (f"    if y:\n{block}", back)) == black.format_str(f"if x:\n{back}", mode=black.Mode())


def test_another_statement_with_the_same_value() -> None:
    text = f'def f():\n    return render(request, "{WIDE}", extra, a)\n'
    after = made(text, ("return render", "response = render"))
    assert after == black.format_str(text.replace("return", "response ="), mode=black.Mode())
    assert max(map(len, after.splitlines())) <= 88


def test_a_new_line_that_is_too_long() -> None:
    line = f'transaction.on_commit(partial(send, "{WIDE}", order))  # so'
    after = made("def f():\n    a()\n", ("    a()\n", f"    a()\n    {line}\n"))
    assert after == black.format_str(f"def f():\n    a()\n    {line}\n", mode=black.Mode())


def test_what_was_laid_out_otherwise_stays_so() -> None:
    body = f'    order = create(name="{WIDE}",\n                   at=1)\n'
    text = f"def f():\n    begin()\n{body}"
    deeper = "".join(f"    {line}" for line in body.splitlines(keepends=True))
    assert made(text, (f"    begin()\n{body}", f"    with a:\n{deeper}")) == f"def f():\n    with a:\n{deeper}"


def test_edits_far_from_it_stay_apart() -> None:
    text = f'import a\n\n\ndef f():\n    return render(request, "{WIDE}", extra, a)\n\n\nb = 1\n'
    source = SourceFile("shop/m.py", Path("/nowhere/shop/m.py"), text.encode())
    edits = [Edit("shop/m.py", text.index(old), text.index(old) + len(old), new) for old, new in NEW]
    first, second, third = laid_out_where_moved(source, edits, LAYOUT)
    assert (first, third) == (edits[0], edits[2])
    assert "\n" in second.replacement
    after = apply(text, [first, second, third])
    assert black.format_str(after, mode=black.Mode()) == after


def test_what_has_no_value_and_no_line_of_its_own_is_left_alone() -> None:
    text = f'def f():\n    if a: return g("{WIDE}", "{WIDE}")\n    b = 1; c = g("{WIDE}", "{WIDE}")\n    return\n'
    assert made(text, ("b = 1", "b = 2")) == text.replace("b = 1", "b = 2")


def test_what_no_edit_touches_is_left_alone_though_it_comes_to_be_read() -> None:
    text = f'A = """\n\ncall("{WIDE}", "{WIDE}")\n\n\n"""\n'
    assert made(text, ('A = """', "A = 1"), ('\n"""\n', "\n")) == f'A = 1\n\ncall("{WIDE}", "{WIDE}")\n\n\n'


NEW = (("import a", "import b"), ("return render", "response = render"), ("b = 1", "c = 1"))


@pytest.mark.parametrize("text", ["a = (\n", "a\x0cb = 1\n", "a = 1\rb = 2\n"])
def test_what_cannot_be_read_is_left_alone(text: str) -> None:
    source = SourceFile("shop/m.py", Path("/nowhere/shop/m.py"), text.encode())
    edits = [Edit("shop/m.py", 0, 1, WIDE * 2)]
    assert laid_out_where_moved(source, edits, LAYOUT) == edits
