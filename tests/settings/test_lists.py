"""Lists such as `MIDDLEWARE`: every item that may be in them, in order, and whether there may be others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.settings.support import HEAD, evaluate_files

if TYPE_CHECKING:
    from pathlib import Path

IF = 'if os.environ.get("A"):\n    '
ELSE = "\nelse:\n    "
CHANGES: dict[str, tuple[str, list[str | None], bool]] = {
    "in front": ('L.insert(0, "x")', ["x", "a", "b"], True),
    "in front, behind an item that may be there": (f'{IF}L.append("c")\nL.insert(0, "x")', ["x", "a", "b", "c"], True),
    "second, behind an item that may be there": (f'{IF}L.append("c")\nL.insert(1, "x")', ["a", "b", "c", "x"], False),
    "at a place that cannot be seen": ('L.insert(load(), "x")', ["a", "b", "x"], False),
    "behind what may be left out": ('L = [*L, *load()]\nL.insert(1, "x")', ["a", "x", "b"], False),
    "the first taken out": ("L.pop(0)", ["b"], True),
    "the last taken out": ("L.pop()", ["a"], True),
    "one too far taken out": ("try:\n    L.pop(2)\nexcept IndexError:\n    L.append('x')", ["a", "b", "x"], True),
    "taken out at a place that cannot be seen": ("L.pop(load())", ["a", "b"], False),
    "the last of what may be there taken out": (f'{IF}L.append("c")\nL.pop()', ["a", "b", "c"], False),
    "the last of what is not all seen taken out": ("L += load()\nL.pop()", ["a", "b"], False),
    "removed": ('L.remove("a")', ["b"], True),
    "removed, not there": ('try:\n    L.remove("c")\nexcept ValueError:\n    L.append("x")', ["a", "b", "x"], True),
    "removed, cannot be seen": ("L.remove(load())", ["a", "b"], False),
    "removed behind one that cannot be seen": ('L.insert(0, load())\nL.remove("b")', [None, "a", "b"], False),
    "sorted": ("L.reverse()\nL.sort()", ["a", "b"], True),
    "sorted downwards": ("L.sort(reverse=True)", ["b", "a"], True),
    "sorted, not all seen": ("L = ['b', 'a', *load()]\nL.sort()", ["b", "a"], False),
    "cleared": ("L += load()\nL.clear()", [], True),
    "extended by what cannot be seen": ("L.extend(load())", ["a", "b"], False),
    "added to by what cannot be seen": ("L += load()", ["a", "b"], False),
    "an operator that cannot be followed": ("L *= load()", ["a", "b"], False),
    "a slice": ('L[0:1] = ["x", "y"]', ["x", "y", "b"], True),
    "a slice to the end": ('L[-1:] = ("x",)', ["a", "x"], True),
    "every second": ('L[::2] = ["x"]', ["a", "b", "x"], False),
    "a slice from somewhere": ('L[load():] = ["x"]', ["a", "b", "x"], False),
    "a slice by what cannot be seen": ("L[1:] = load()", ["a"], False),
    "a slice of what is not all seen": ('L = [*L, *load()]\nL[1:] = ["x"]', ["a", "b", "x"], False),
    "the first, from the end": ('L[-2] = "x"', ["x", "b"], True),
    "one too far, from the end": (
        'try:\n    L[-3] = "x"\nexcept IndexError:\n    L.append("y")', ["a", "b", "y"], True,
    ),
    "one too far": ('try:\n    L[2] = "x"\nexcept IndexError:\n    L.append("y")', ["a", "b", "y"], True),
    "under no number": ('try:\n    L["a"] = "x"\nexcept TypeError:\n    L.append("y")', ["a", "b", "y"], True),
    "at a place that is not seen": ('L[load()] = "x"', ["a", "b"], False),
    "deleted, from the end": ("del L[-2]", ["b"], True),
    "a slice deleted": ("del L[1:]", ["a"], True),
    "deleted at a place that cannot be seen": ("del L[load()]", ["a", "b"], False),
    "chosen from something unseen": ("L = [each for each in load()]", [], False),
    "put between, otherwise in each branch": (
        f'{IF}L.insert(1, "x"){ELSE}L[1:1] = ["y", "z"]', ["a", "x", "y", "z", "b"], True,
    ),
    "removed in one branch": (f'{IF}L.remove("a")', ["a", "b"], True),
    "removed in both branches": (f'{IF}L.remove("a"){ELSE}L.remove("a")', ["b"], True),
    "out of sight in one branch": (f'{IF}L = load(){ELSE}L = ["x"]', ["x"], False),
    "where the settings do not load": (f'{IF}L.insert(0, "x")\n{IF}raise ValueError', ["a", "b"], True),
    "a copy that is added to": ('M = L.copy()\nM.append("x")', ["a", "b"], True),
    "the same list by another name": ('M = L\nM.append("x")', ["a", "b", "x"], True),
    "a copy added to in place": ('M = L\nL = L + ["x"]\nM.append("y")', ["a", "b", "x"], True),
}  # fmt: skip


@pytest.mark.parametrize(("change", "items", "complete"), CHANGES.values(), ids=CHANGES)
def test_a_changed_list(tmp_path: Path, change: str, items: list[str | None], complete: bool) -> None:
    text = f'{HEAD}L = ["a", "b"]\n{change}\nMIDDLEWARE = L\n'
    setting = evaluate_files(tmp_path, {"settings.py": text}).lists()["MIDDLEWARE"]
    assert [item.value for item in setting.items] == items
    assert setting.complete is complete


PLACES: dict[str, tuple[str, str]] = {
    "a list": ('MIDDLEWARE = ["a"]', '["a"]'),
    "a list by name": ('BASE = ["a"]\nMIDDLEWARE = BASE', '["a"]'),
    "one added to": ('MIDDLEWARE = ["a"]\nMIDDLEWARE += ["b"]', '["a"]'),
    "what cannot be seen": ("MIDDLEWARE = load()", "load()"),
    "what cannot be seen, or a list": (f'{IF}MIDDLEWARE = load(){ELSE}MIDDLEWARE = ["a"]', "load()"),
    "a variable": ('MIDDLEWARE = os.environ["M"]', 'os.environ["M"]'),
}


@pytest.mark.parametrize(("body", "place"), PLACES.values(), ids=PLACES)
def test_a_list_stands_where_it_is_made(tmp_path: Path, body: str, place: str) -> None:
    text = f"{HEAD}{body}\n"
    location = evaluate_files(tmp_path, {"settings.py": text}).lists()["MIDDLEWARE"].location
    assert place in text[location.start : location.end]
    assert location.line == text[: text.index(place)].count("\n") + 1


def test_a_list_that_one_branch_has(tmp_path: Path) -> None:
    text = f'{HEAD}{IF}pass{ELSE}MIDDLEWARE = ["a"]\n'
    setting = evaluate_files(tmp_path, {"settings.py": text}).lists()["MIDDLEWARE"]
    assert [item.value for item in setting.items] == ["a"]
    assert setting.complete


def test_an_item_stands_where_it_is_written(tmp_path: Path) -> None:
    text = f'{HEAD}FIRST = "a"\nMIDDLEWARE = [FIRST, "b"]\nMIDDLEWARE.append("c")\nMIDDLEWARE += tuple(x + "d" for x in ("c",))\n'
    items = evaluate_files(tmp_path, {"settings.py": text}).lists()["MIDDLEWARE"].items
    assert [text[each.location.start : each.location.end] for each in items] == ['"a"', '"b"', '"c"', 'x + "d"']
