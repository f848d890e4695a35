"""What was mended because a hostile project showed it; each small enough to see why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.config import ConfigurationError, resolve
from djconnfix.project.deployment import read_deployment
from djconnfix.project.files import discover
from djconnfix.settings import definitions
from djconnfix.settings.evaluate import evaluate
from djconnfix.settings.machine import MAX_STEPS
from djconnfix.source import MAX_BYTES, MAX_PARSED_BYTES, SourceFile, UnreadableError

if TYPE_CHECKING:
    from pathlib import Path

    from djconnfix.settings.evaluate import Evaluation


def evaluated(root: Path, text: str) -> Evaluation:
    (root / "settings.py").write_text(text)
    return evaluate(discover(root), "settings.py")


DEFAULT = "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql'}}\n"


@pytest.mark.parametrize("name", ["idna", "punycode", "undefined", "unicode_escape", "utf-7", "rot13", "hex", "../x"])
def test_codecs_that_are_none_for_sources_are_unreadable(tmp_path: Path, name: str) -> None:
    source = SourceFile("a.py", tmp_path / "a.py", f"# coding: {name}\nx = 'xn--\xe9'\n".encode())
    with pytest.raises(UnreadableError, match=r"encoding|valid|round trip"):
        _ = source.text


def test_what_is_too_large_is_not_parsed(tmp_path: Path) -> None:
    source = SourceFile("a.py", tmp_path / "a.py", b"x=1\n" * (MAX_PARSED_BYTES // 4 + 1))
    with pytest.raises(UnreadableError, match="is larger than 2 MB, too large to parse"):
        _ = source.tree


def test_settings_that_are_too_large_are_not_evaluated(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="is larger than 2000 kB, too large to be evaluated"):
        evaluated(tmp_path, DEFAULT + "# x\n" * 500_000)


def test_an_import_that_is_too_large_is_named(tmp_path: Path) -> None:
    (tmp_path / "base.py").write_text(DEFAULT + "# x\n" * 500_000)
    found = evaluated(tmp_path, "from base import *\n" + DEFAULT)
    assert [each.path for each in found.unreadable] == ["base.py"]
    assert len(found.databases()) == 1


@pytest.mark.parametrize(
    ("name", "named"), [("core", False), ("bin/blob", False), ("Dockerfile", True), ("Procfile", True)]
)
def test_a_large_file_is_named_only_where_its_name_says_what_it_is(tmp_path: Path, name: str, named: bool) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    with (tmp_path / name).open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert [each.path for each in read_deployment(discover(tmp_path)).unreadable] == [name] * named


def test_links_in_a_circle_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to("b.py")
    (tmp_path / "b.py").symlink_to("a.py")
    (tmp_path / "c.py").write_text("")
    assert discover(tmp_path).paths == ("c.py",)


@pytest.mark.parametrize("value", ["9" * 100_000, "[" * 50_000, "'\ud800'"], ids=["number", "brackets", "surrogate"])
def test_a_table_that_toml_cannot_take_is_a_configuration_error(tmp_path: Path, value: str) -> None:
    text = f"[tool.djconnfix]\nselect = {value}\n"
    (tmp_path / "pyproject.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ConfigurationError, match="is not valid TOML"):
        resolve(tmp_path, {})


CYCLES = {
    "a list": "x = []\nx.append(x)\nDATABASES['default']['OPTIONS'] = {'a': x}\n",
    "a dictionary": "DATABASES['default']['OPTIONS'] = DATABASES\n",
    "one thing many times": "x = {'a': 1}\n" + "x = {'a': x, 'b': x}\n" * 60 + "DATABASES['default']['OPTIONS'] = x\n",
    "a long list": "x = [1]\n" + "x = x + x\n" * 60 + "MIDDLEWARE = x\n",
    "merged with itself": "DATABASES.update(DATABASES)\nDATABASES |= DATABASES\n" * 100,
}


@pytest.mark.parametrize("text", CYCLES.values(), ids=CYCLES)
def test_what_has_no_end_is_cut_and_compares_equal_to_itself(tmp_path: Path, text: str) -> None:
    first, second = evaluated(tmp_path, DEFAULT + text), evaluated(tmp_path, DEFAULT + text)
    assert [database.key.alias for database in first.databases()] == ["default"]
    assert first.snapshot() == second.snapshot()


def test_a_change_deep_in_what_occurs_many_times_is_seen(tmp_path: Path) -> None:
    deep = "x = {'a': %d}\n" + "x = {'a': x, 'b': x}\n" * 20 + "DEEP = x\n"
    one, other = (evaluated(tmp_path, DEFAULT + deep % number).snapshot() for number in (1, 2))
    assert one != other
    assert all(len(text) < 3_000 for text in one.values())


def test_a_number_that_cannot_be_written_out_is_unknown(tmp_path: Path) -> None:
    text = DEFAULT + f"DATABASES['default']['CONN_MAX_AGE'] = 0x{'f' * 10_000}\n"
    [database] = evaluated(tmp_path, text).databases()
    assert database.settings["CONN_MAX_AGE"].reason == "a number that is too long"


def test_choices_that_would_multiply_are_unknown(tmp_path: Path) -> None:
    names = [f"x{n}" for n in range(30)]
    text = "import os\n" + "".join(f"{name} = 'a' if os.environ.get('{name}') else 'b'\n" for name in names)
    text += DEFAULT + "DATABASES['default']['CONN_MAX_AGE'] = f'" + "".join(f"{{{name}}}" for name in names) + "'\n"
    found = evaluated(tmp_path, text)
    [database] = found.databases()
    assert database.settings["CONN_MAX_AGE"].reason == "it depends on more than 10 conditions"


@pytest.mark.parametrize(
    ("entries", "bounds", "judged"),
    [
        pytest.param(1, {}, 400, id="few entries"),
        pytest.param(1, {"MAX_ALIASES": 350}, 350, id="too many aliases"),
        pytest.param(1, {"MAX_ENTRIES": 639}, 320, id="too many entries"),
        pytest.param(9, {"MAX_ENTRIES": 639, "SURELY": 300}, 300, id="far too many entries"),
        pytest.param(9, {"MAX_ENTRIES": 3_600, "SURELY": 300}, 361, id="the last entry that is looked at"),
    ],
)
def test_what_is_judged_is_bounded_and_the_bound_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entries: int, bounds: dict[str, int], judged: int
) -> None:
    for name, bound in bounds.items():
        monkeypatch.setattr(definitions, name, bound)
    inside = "'ENGINE': 'x'" + "".join(f", 'X{n}': {n}" for n in range(entries - 1))
    text = "DATABASES = {" + "".join(f"'a{n}': {{{inside}}}," for n in range(400)) + "}\n"
    found = evaluated(tmp_path, text)
    assert len(found.databases()) == judged
    notes = [f"there are 400 aliases: only {judged} are judged"] if judged < 400 else []
    assert _notes(found) == notes


def test_ten_thousand_aliases_are_within_the_bounds(tmp_path: Path) -> None:
    entries = "'ENGINE': 'x', 'NAME': 'n', 'HOST': 'h', 'PORT': 5432, 'USER': 'u'"
    found = evaluated(tmp_path, "DATABASES = {" + "".join(f"'a{n}': {{{entries}}},\n" for n in range(500)) + "}\n")
    assert len(found.databases()) == 500
    assert found._machine.moment * 20 < MAX_STEPS
    assert sum(1 + len(each.settings) for each in found.databases()) * 20 <= definitions.MAX_ENTRIES
    assert definitions.MAX_ALIASES >= 10_000


def _notes(found: Evaluation) -> list[object]:
    return list(found.notes)
