"""Snapshots, which proofs compare: two are equal where no setting differs, wherever things stand in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.settings.support import HEAD, evaluate_files

if TYPE_CHECKING:
    from pathlib import Path

DATABASES = 'DATABASES = {"default": {"ENGINE": PG}}\n'

DIFFERENT: dict[str, tuple[str, str]] = {
    "a number": ("X = 1", "X = 2"),
    "the type of a number": ("X = 1", "X = True"),
    "a name more": ("X = 1", "X = 1\nY = 2"),
    "an entry": ('X = {"a": 1}', 'X = {"a": 2}'),
    "an entry more": ('X = {"a": 1}', 'X = {"a": 1, "b": 1}'),
    "an entry out of sight": ('X = {"a": 1}', 'X = {"a": 1, **os.environ}'),
    "the order of a list": ("X = [1, 2]", "X = [2, 1]"),
    "a list or a tuple": ("X = [1]", "X = (1,)"),
    "a conditional item": ('X = [1]\nif os.environ.get("A"):\n    X.append(2)', "X = [1, 2]"),
    "the condition of an item": (
        'X = [v for v in (1, 2) if v == 1 or os.environ.get("A")]',
        'X = [v for v in (1, 2) if v == 1 or os.environ.get("B")]',
    ),
    "a variable": ('X = os.environ.get("A")', 'X = os.environ.get("B")'),
    "a fall-back": ('X = os.environ.get("A", "1")', 'X = os.environ.get("A", "2")'),
    "a fall-back or none": ('X = os.environ["A"]', 'X = os.environ.get("A", "2")'),
    "a cast": ('X = os.environ.get("A", "1")', 'X = int(os.environ.get("A", "1"))'),
    "a branch": ('X = 1 if os.environ.get("A") else 2', 'X = 2 if os.environ.get("A") else 1'),
    "a name that only a branch binds": ('if os.environ.get("A"):\n    X = 1', "X = 1"),
    "a body of a function": ("def x():\n    return 1\nX = x", "def x():\n    return 2\nX = x"),
    "a lambda": ("X = lambda: 1", "X = lambda: 2"),
    "a method": (
        "class C:\n    def m(self):\n        return 1\nX = C().m",
        "class C:\n    def m(self):\n        return 2\nX = C().m",
    ),
    "a method of a text": ("X = 'a'.upper", "X = 'a'.lower"),
    "a method of another text": ("X = 'a'.upper", "X = 'b'.upper"),
    "a class": ("class A: ...\nclass B: ...\nX = A", "class A: ...\nclass B: ...\nX = B"),
    "a module": ("import one, two\nX = one", "import one, two\nX = two"),
    "something outside": ("import time\nX = time.time", "import time\nX = time.sleep"),
    "what a call outside gives": ("import time\nX = time.time()", "import time\nX = time.ctime()"),
    "a partial call": ("from functools import partial\nX = partial(int, 1)", "from functools import partial\nX = partial(int, 2)"),
    "a keyword of a partial call": (
        "from functools import partial\nX = partial(int, base=1)", "from functools import partial\nX = partial(int, base=2)"
    ),
    "deep down": ('X = {"a": [{"b": (1, 2)}]}', 'X = {"a": [{"b": (1, 3)}]}'),
    "in a long one": (f"X = {list(range(900))}", f"X = {[*range(899), 7]}"),
    "an alias": ("", 'DATABASES["default"]["USER"] = "u"'),
    "another alias": ("", 'DATABASES["other"] = {}'),
    "an alias out of sight": ("", 'DATABASES["other"] = os.environ["X"]'),
    "options": ('DATABASES["default"]["OPTIONS"] = {"a": {"b": 1}}', 'DATABASES["default"]["OPTIONS"] = {"a": {"b": 2}}'),
}  # fmt: skip
EQUAL: dict[str, tuple[str, str]] = {
    "a blank line": ("X = 1", "\n\nX = 1"),
    "a comment": ("X = 1", "X = 1  # one"),
    "an order of keys": ('X = {"a": 1, "b": 2}', 'X = {"b": 2, "a": 1}'),
    "another way to write it": ('X = {"a": 1}', 'X = dict(a=1)'),
    "a value by a name": ("X = 1", "y = 1\nX = y"),
    "a private name": ("X = 1", "X = 1\nprivate = 2"),
    "what holds itself": ("X = []\nX.append(X)", "\nX = []\nX.append(X)"),
    "a place of what is unknown": ("import time\nX = time.time()", "import time\n\n\nX = time.time()"),
    "both branches": ('X = 1 if os.environ.get("A") else 1', "X = 1"),
}  # fmt: skip
FILES = {"one.py": "A = 1\n", "two.py": "A = 1\n"}


def snapshot(tmp_path: Path, body: str) -> dict[tuple[str, ...], str]:
    return dict(evaluate_files(tmp_path, {"settings.py": f"{HEAD}{DATABASES}{body}\n", **FILES}).snapshot())


@pytest.mark.parametrize("case", DIFFERENT)
def test_it_is_seen(case: str, tmp_path: Path) -> None:
    one, other = (snapshot(tmp_path / name, body) for name, body in zip("ab", DIFFERENT[case], strict=True))
    assert one != other
    assert snapshot(tmp_path / "c", DIFFERENT[case][0]) == one


@pytest.mark.parametrize("case", EQUAL)
def test_it_is_no_difference(case: str, tmp_path: Path) -> None:
    one, other = (snapshot(tmp_path / name, body) for name, body in zip("ab", EQUAL[case], strict=True))
    assert one == other
