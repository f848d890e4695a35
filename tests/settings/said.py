"""All that the evaluator says of a module, in lines that can be compared and read.

`python -m tests.settings.said` writes down what it says of every snippet, and of the modules in `modules.txt` (written
like snippets, but never run: their packages are not installed), in `said.txt`. A change there is a change in what rules
and fixes go by: look at it before it is committed.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from djconnfix.facts import Options
from tests.settings.expectations import brief
from tests.settings.support import evaluate_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import Database, DatabaseKey, Value
    from djconnfix.settings.evaluate import Evaluation
    from djconnfix.settings.trace import Creation, Site, Trace, Write
    from djconnfix.source import Location

FILE = Path(__file__).with_name("said.txt")
_HEAD = ("@2:", "@3:")  # the lines before a snippet, of which nearly all would say the same


def account(evaluation: Evaluation) -> list[str]:
    """Return everything that is said of a module."""
    lines = [line for database in evaluation.databases() for line in _database(evaluation, database)]
    lines += [f"held: {clause} @{_at(place)}" for clause, place in evaluation.held_elsewhere()]
    lines += [f"note: {note}" for note in evaluation.notes]
    for setting in evaluation.lists().values():
        items = ", ".join(f"{item.value} @{_at(item.location)}" for item in setting.items)
        lines.append(f"{setting.name}: [{items}]{'' if setting.complete else ' or others'} @{_at(setting.location)}")
    for name in evaluation.names():
        lines.append(f"name: {name.name} {_value(name.value)} @{_at(name.location)}{' used' if name.used else ''}")
    for world in sorted(sorted(each) for each in evaluation.failing()):
        lines.append(f"fails: {world}")
    lines += [f"unreadable: {each.path}:{each.line}" for each in evaluation.unreadable]
    lines += [f"judged in part: {alias}" for alias in sorted(evaluation.partly_judged)]
    lines.append(f"proofs compare: {_digest(evaluation)}")
    if len(evaluation.paths) > 1:
        lines.append(f"read: {', '.join(evaluation.paths)}")
    return lines


def _digest(evaluation: Evaluation) -> str:
    """Return a short text that changes with what proofs compare; bodies of functions are not the same in every Python."""
    held = sorted((path, text) for path, text in evaluation.snapshot().items() if "arguments(" not in text)
    return hashlib.sha256(repr(held).encode()).hexdigest()[:8]


def _database(evaluation: Evaluation, database: Database) -> Iterator[str]:
    when = "".join(f" | {condition}" for condition in database.conditions)
    whole = "" if database.complete else " or more"
    yield f"{_key(database.key)} {database.made_by} @{_at(database.location)}{whole}{when}"
    for name, value in database.settings.items():
        place = database.key_locations.get(name)
        line = f"  {name}: {_value(value)}{f' @{_at(place)}' if place is not None else ''}"
        if name not in ("ENGINE", "NAME") or not any(head in line for head in _HEAD):
            yield line
    if database.options.location is not None or database.options.values or not database.options.complete:
        yield f"  OPTIONS: {_options(database.options)}"
    yield from (f"  unseen: {reason}" for reason in database.unseen)
    yield from _trace(evaluation.trace(database.key))


def _options(options: Options) -> str:
    parts = [
        f"{name}={_options(each) if isinstance(each, Options) else _value(each)}"
        for name, each in options.values.items()
    ]
    place = f" @{_at(options.location)}" if options.location is not None else ""
    return f"{{{', '.join(parts)}}}{'' if options.complete else ' or more'}{place}"


def _value(value: Value) -> str:
    reason = f" ({value.reason})" if value.reason else ""
    return f"{brief(value)}{reason}" + (f" @{_at(value.location)}" if value.location is not None else "")


def _trace(trace: Trace) -> Iterator[str]:
    for label, creations in (("made", trace.creations), ("options made", trace.options_creations)):
        for made in creations:
            helper = f" {made.helper}" if made.helper else ""
            yield f"  {label}: {made.kind.value}{helper} {_node(made)}{_of(trace, made.shared)}"
    for write in trace.writes:
        decided = f", decided {_node(write.decided_by)}" if write.decided_by is not None else ""
        lost = "" if write.effective else ", lost"
        path = ".".join(write.path)
        if lost or not _node(write).startswith(_HEAD):
            yield f"  write: {path} {write.kind.value} {_node(write)}{_of(trace, write.shared)}{lost}{decided}"
    for anchor in trace.anchors:
        later = "".join(f", later {name}{_of(trace, keys)}" for name, keys in sorted(anchor.later.items()))
        place = f"@{_file(anchor.source.path)}{anchor.after.lineno}"
        yield f"  place: {anchor.target} after {place}{_of(trace, anchor.shared)}{later}"


def _node(site: Site | Creation | Write) -> str:
    return f"@{_file(site.source.path)}{site.node.lineno}:{site.node.col_offset}"


def _of(trace: Trace, keys: frozenset[DatabaseKey]) -> str:
    """Return whose something is, where it is not only this definition's."""
    return "" if keys == {trace.key} else f" of {'+'.join(sorted(map(_key, keys))) or 'none'}"


def _key(key: DatabaseKey) -> str:
    return f"{key.alias}#{key.index}"


def _at(place: Location) -> str:
    end = f"{place.end_line}:" if place.end_line != place.line else ""
    return f"{_file(place.path)}{place.line}:{place.column}-{end}{place.end_column}"


def _file(path: str) -> str:
    return "" if path == "settings.py" else f"{path}:"


def expected() -> dict[str, list[str]]:
    """Return what was said of every snippet when it was last looked at."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("=== "):
            lines = found[line[4:]] = []
        else:
            lines.append(line)
    return found


def modules() -> dict[str, dict[str, str]]:
    """Return all modules of which something is said: their files, by the name of the snippet."""
    from tests.settings.test_snippets import snippets

    found = [*snippets(), *snippets(("modules.txt",))]
    assert len({each.name for each in found}) == len(found)
    return {each.name: each.files for each in found}


def main() -> None:
    """Write down what is said now."""
    texts = []
    for name, files in modules().items():
        with tempfile.TemporaryDirectory() as folder:
            lines = account(evaluate_files(Path(folder), files))
        texts.append("\n".join([f"=== {name}", *lines]))
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    target.write_text("\n".join(texts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
