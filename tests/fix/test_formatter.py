"""Statements laid out as black lays them out; what is not known of its ways is left alone."""

from __future__ import annotations

import black
import pytest

from djconnfix.fix.formatter import formatted
from djconnfix.fix.layout import Layout

LAYOUT = Layout("    ", '"', 88)
WIDE = "a_rather_long_name_of_something_that_was_made_for_this"

# Each on one line, or as an edit leaves it: what black makes of it is what is expected.
STATEMENTS = {
    "short": "A = 1",
    "a display": f'D = {{"default": {{"ENGINE": {WIDE}, "NAME": "shop", "HOST": "db"}}}}',
    "a call's arguments on a line of their own": f'D["default"]["CONN_MAX_AGE"] = env.int("{WIDE}", default=60)',
    "a call's arguments one a line": f"D = dj_database_url.config({WIDE}, {WIDE}, conn_max_age=60)",
    "a comma that asks for lines": 'D = {"a": 1, "b": 2,}',
    "a comma deep inside": 'D = f(a, {"x": [1, 2,]}, b)',
    "a tuple of one": 'M += (\n    "shop.first.Middleware",\n)  # a',
    "a call with one argument and a comma": "M = tuple(\n    a,\n)",
    "a subscript with a comma": "M: tuple[\n    int,\n] = 1",
    "a call around a call that was spread": 'D["x"]["y"] = int(os.environ.get(\n    "AGE", "60"\n))',
    "comments behind brackets": "D = dict(  # a\n    x=True  # b\n)",
    "a comprehension": f'D = {{name: {{**db, "A": {WIDE}}} for name, db in D.items() if name}}',
    "two clauses": f"D = [x for {WIDE}, y in D.items() if x for z in x if y not in {WIDE}]",
    "a comprehension that fits": 'D = {\n    name: {**db}\n    for name, db in D.items()\n    if name != "third"\n}',
    "a generator in a call": f"D = dict((name, {WIDE}) for name, db in D.items() if name is not db)",
    "what follows a display": f'D[X][KEY] = D[X].get(KEY) or {{"prod": 60, "{WIDE}": 0}}.get(os.environ.get("MODE"), 5)',
    "a chain of calls": f'D = one.filter({WIDE}).exclude("{WIDE}").all()',
    "one attribute of a call": f'D = one.filter({WIDE}, another="name").the_attribute_of_it_all',
    "operands below each other": f"D = {WIDE} or {WIDE}",
    "a product of sums": f"D = ({WIDE} + 1) * ({WIDE} - 1)",
    "a merge": f'D = {{"default": BASE | {WIDE} | {{"NAME": "a-rather-long-name", "HOST": "h"}}}}',
    "one operator before brackets": f'D["default"]["AGE"] = {WIDE} + int(env["CONN_MAX_AGE"])',
    "one operator behind brackets": f'D = {{"prod": {WIDE}, "dev": 0}} | fallback_of_it_all',
    "signs are no operators": f"D = function_of(-x, *y, -{WIDE}, **{{}}, a=-1)",
    "a comparison": f'D["default"]["AUTOCOMMIT"] = os.environ.get("{WIDE}") not in ("1",)',
    "not in, is not": f"D = {WIDE} is not None and {WIDE} not in D",
    "strings in a row": f'D = f("{WIDE}" "{WIDE}")',
    "a choice": f'D["default"]["CONN_MAX_AGE"] = 60 if os.environ.get("{WIDE}") else 0',
    "a choice as a value": f'D = {{"default": {{"A": 1}} if os.environ.get("{WIDE}") else {{"B": 2}}}}',
    "a choice as an argument": f'D = f("{WIDE}", one if two else three, another=four if five else six)',
    "a choice in parentheses": f'D = {{"default": ({{"A": 1}} if os.environ.get("{WIDE}") else {{"B": 2}})}}',
    "one choice in another": f'D = {{"default": one if {WIDE} else two if three else {WIDE}}}',
    "a choice in an argument of a choice": f"D = [f(g(a=one if two else three), b) if {WIDE} else {WIDE}, c if d else e]",
    "a lambda": f"make = lambda age=0, *rest: {{'ENGINE': {WIDE}, 'AGE': age}}".replace("'", '"'),
    "a lambda as an argument": f"D = f(lambda: {WIDE} or one, key=lambda x: x if {WIDE} else y)",
    "parentheses that need not be": "D = (\n    1\n)",
    "parentheses that become needed": f"D = ({WIDE} + {WIDE})",
    "a long name": f'D["default"]["DISABLE_SERVER_SIDE_CURSORS"] = {WIDE}',
    "a long string": f'DATABASE_URL_OF_THE_DEFAULT = "{WIDE}{WIDE}"',
    "a method of a long string": f'NAME_OF_A_DATABASE = "{WIDE}{WIDE}".format("NAME_OF_IT")',
    "two targets": f'D["a"][KEY], D["b"][KEY] = int("{WIDE}"), True or {WIDE}',
    "one value for two targets": f"DATABASES = everything_of_it = {{'a': {WIDE}, 'b': 1}}".replace("'", '"'),
    "an annotation": f'DATABASES: dict[str, object] = {{"a": {WIDE}, "b": 1, "c": 2}}',
    "a return": f"return {{**{WIDE}, 'a': {WIDE}}}".replace("'", '"'),
    "a return of a call": f"return parse(os.environ['{WIDE}'], conn_max_age=60)".replace("'", '"'),
    "a return of two": f"return {WIDE}, {WIDE}",
    "an error": f"raise CommandError('{WIDE}', code='{WIDE}') from error".replace("'", '"'),
    "something awaited": f"D = await call_of_it(await {WIDE}, {WIDE})",
    "a statement that is a call": f'D["default"].update(CONN_MAX_AGE=60, HOST="{WIDE}")',
    "a set of options": f'D["default"].setdefault("OPTIONS", {{}})["pool"] = {{"min_size": 2, "max_size": {WIDE}}}',
    "comments on lines of their own": 'D = {\n    # a\n    "x": 1,\n    # b\n    "y": f(z),  # c\n    # d\n}  # e',
    "a comment above the only item": 'D = f(\n    # a\n    {"x": 1}\n)',
    "a comment above a clause": "D = [\n    x\n    # a\n    for x in y\n]",
    "a comment behind an operator": f"D = (\n    {WIDE}\n    or  # a\n    {WIDE}\n)",
    "a comment behind a value in parentheses": f'D["default"]["CONN_MAX_AGE"] = (\n    {WIDE}  # ages\n)',
    "a comment that is too long": f"D = f(x, y)  # {WIDE} {WIDE}",
    "wide characters": f'D["数据库"]["CONN_MAX_AGE"] = env("{"数" * 22}", 60)',
    "a wide string": f'call_of_it("{"数" * 44}")',
    "a wide name": f"{'数' * 44} = f(a).g(b)",
    "a wide key": f'D["{"数" * 44}"]["a"] = 60',
    "an f-string": f'D = f(f"{{{WIDE}!r:>{{10}}}}", f"{{x["a"]}}")'.replace('x["a"]', "x['a']"),
    "characters that end lines elsewhere": f'D = f("\u2028\x85", {WIDE}, c)  # \u2028 {WIDE}',
    "a chain of calls as a target": f'SOMETHING.{WIDE}(one_name(True).a("default")).bb = 60',
    "a list as a key, twice": "a_rather_long_name_of_it[[True, True, 60]] = a_rather_long_name_of_it[{}] = not 'a'".replace(
        "'", '"'
    ),
    "a display on the left": f'D["env"]["env"] = {{"{WIDE}": "a", "CONN_MAX_AGE": 60}} not in {WIDE}_of_them or "CONN_MAX_AGE"',
    "two targets and a method of a string": 'bb = DATABASES = DATABASES["default"] or "default".format("default" if "default" else 60)',
    "what is too long on its own": f"x{WIDE} += x{'_' * 33}",
    "a walrus": f'D = int(found) if (found := os.environ.get("{WIDE}")) else 60000',
    "slices": f'D = {WIDE}[1:-1], {WIDE}["a"]["b"]',
    "empty brackets": f'D["{WIDE}"] = call_of_something().other().third()',
}


HEADS = {
    "a short test": "if a:",
    "a test": f"if {WIDE} and not {WIDE}:  # a",
    "a test of a call": f"if not {WIDE}.objects.filter(name=name, other=other).exists():",
    "a test in parentheses": "while (\n    a\n    or b\n):",
    "a choice": f"while one if {WIDE} else {WIDE}:",
    "a loop": f"for name, value in enumerate({WIDE}.objects.all(), {WIDE}):",
    "a loop over a sum": f"for name in {WIDE} + {WIDE}:",
    "a loop over a display": f'for name, age in (("default", 60), ("other", {WIDE}), ("x", 0)):',
}


def blackened(text: str) -> str:
    return black.format_str(text, mode=black.Mode())


@pytest.mark.parametrize("depth", [0, 2], ids=["at the margin", "in a block"])
@pytest.mark.parametrize("name", STATEMENTS)
def test_as_black_lays_it_out(name: str, depth: int) -> None:
    margin = "    " * depth
    head = "def f():\n    if x:\n" if depth else ""
    text = "".join(f"{margin}{line}\n" for line in STATEMENTS[name].split("\n"))
    expected = blackened(head + text)[len(head) :] if depth or "return" not in text else None
    made = formatted(text, LAYOUT)
    assert made == expected if expected is not None else made is not None
    assert formatted(made, LAYOUT) == made
    for newline in ("\r\n", "\r"):
        assert formatted(text.replace("\n", newline), LAYOUT) == made.replace("\n", newline)


@pytest.mark.parametrize("name", HEADS)
def test_heads_of_blocks(name: str) -> None:
    text = f"{HEADS[name]}\n"
    assert formatted(text, LAYOUT) == blackened(f"{text}    pass\n").removesuffix("    pass\n")
    if text.startswith("if"):
        before = "if a:\n    pass\n"
        made = blackened(f"{before}el{text}    pass\n").removeprefix(before).removesuffix("    pass\n")
        assert formatted(f"el{text}", LAYOUT) == made


UNREAD = {
    "nothing": "",
    "a condition with its block": "if A: B = 1",
    "a loop with its block": "for name in NAMES:\n    pass",
    "a loop without anything": "for in x:",
    "a loop over targets in parentheses": "for (a, b) in c:",
    "a test of nothing": "if :",
    "a way out": "with a:",
    "an import": "from a import (b,)",
    "a deletion": "del A",
    "two statements": "A = 1; B = 2",
    "two lines": "A = 1\nB = 2",
    "a display alone": "[A]",
    "a tuple without parentheses": "A, B",
    "an annotation without a value": "A: int",
    "a backslash": "A = \\\n    1",
    "a string over lines": 'A = """a\nb"""',
    "a lambda over lines": "A = f(lambda a,\n  b: 1)",
    "a lambda with brackets": "A = lambda a=(): 1",
    "something yielded": "A = yield b",
    "double parentheses": "A = ((b))",
    "a comment for formatters": "A = 1  # fmt: skip",
    "a comment for type checkers": "A = 1  # type: ignore",
    "brackets that do not close": "A = (1",
    "brackets that do not open": "A = 1)",
    "no value": "A =",
    "no Python": "A = $",
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_is_not_known_is_not_claimed(name: str) -> None:
    assert formatted(f"{UNREAD[name]}\n", LAYOUT) is None


def test_the_habits_of_the_file_count() -> None:
    text = "\tD = {'a': one, 'b': two}"
    assert formatted(text, Layout("\t", "'", 20)) == "\tD = {\n\t\t'a': one,\n\t\t'b': two,\n\t}"
    assert formatted(text, LAYOUT) == text


def test_a_very_long_statement_is_left_as_it_is() -> None:
    text = f"D = [{'0, ' * 40_000}]\n"
    assert formatted(text, LAYOUT) is None
    assert formatted(text.replace("0, " * 40_000, "0, " * 100), LAYOUT) is not None


@pytest.mark.parametrize("text", ["D = + +", "D = ) ] [ [", "D = ( lambda }", "D = (a", "else:", "D = a; E = b"])
def test_what_is_no_statement_is_not_laid_out(text: str) -> None:
    assert formatted(f"{text}\n", LAYOUT) is None
