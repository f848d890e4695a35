"""One rule explained: the same text for the terminal and for the documentation."""

from __future__ import annotations

import difflib
import re
import textwrap
from typing import TYPE_CHECKING

from djconnfix.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djconnfix.rules import Example, Rule
    from djconnfix.terminal import Style

_HEADING = re.compile(r"(?m)^## (.+)\n")


@dataclass(frozen=True, slots=True)
class Section:
    """One heading of a rule's docstring and what stands under it."""

    title: str
    body: str


def sections(rule: Rule) -> tuple[Section, ...]:
    """Return the headed parts of a rule's docstring, in order."""
    parts = _HEADING.split(rule.doc)
    return tuple(Section(title.strip(), body.strip()) for title, body in zip(parts[1::2], parts[2::2], strict=True))


def fix_words(rule: Rule) -> str:
    """Return in a few words whether the rule's findings can be repaired, judged by its own examples."""
    fixed = [example for example in rule.bad if example.fixed]
    if not fixed:
        return "by hand"
    kinds = sorted({"with `--unsafe-fixes`" if example.unsafe else "safe" for example in fixed})
    return ", ".join(kinds)


def as_markdown(rule: Rule, proofs: Sequence[str] = ()) -> str:
    """Return the rule's page.

    Args:
        rule: the rule.
        proofs: the tests that show on real servers what it says, as `tests/folder/test_file.py::test_name`.
    """
    lines = [
        f"# {rule.name}",
        "",
        "| code | severity | fix | runs by default |",
        "|---|---|---|---|",
        f"| {rule.code} | {rule.severity.label} | {fix_words(rule)} | {'yes' if rule.default else 'no: select it'} |",
        "",
        rule.summary,
        "",
    ]
    parts = sections(rule)
    for section in parts:
        if section.title != "References":
            lines += [f"## {section.title}", "", section.body, ""]
    lines += ["## Examples", ""]
    for example in rule.bad:
        lines += [f"Reported: {example.title or 'as follows'}", "", *_example(example, fenced=True)]
    for example in rule.good:
        lines += [f"Not reported: {example.title or 'as follows'}", "", *_example(example, fenced=True)]
    lines += _proved_by(proofs)
    for section in parts:
        if section.title == "References":
            lines += [f"## {section.title}", "", section.body, ""]
    lines += [
        "## How to ignore it",
        "",
        f"`# djconnfix: ignore[{rule.code}] reason` on the line, or under `[tool.djconnfix]`:",
        f'`ignore = ["{rule.code}"]`, `per-file-ignores`, `per-alias-ignores`.',
        "See [configuration](../configuration.md).",
        "",
    ]
    return "\n".join(lines)


def _proved_by(proofs: Sequence[str]) -> list[str]:
    if not proofs:
        return []
    lines = ["## Proved by", "", "Tests on real servers, before the fix and after it:", ""]
    for proof in proofs:
        path, _, name = proof.partition("::")
        lines.append(f"- [`{path}`](../../{path}), `{name}`")
    return [*lines, ""]


def as_text(rule: Rule, style: Style) -> str:
    """Return what `djconnfix explain` prints."""
    fix = fix_words(rule).replace("`", "")
    runs = "runs by default" if rule.default else "runs only when selected"
    lines = [
        style.paint(f"{rule.code} {rule.name}", "bold"),
        f"severity {rule.severity.label}; fix: {fix}; {runs}",
        "",
        *textwrap.wrap(rule.summary, style.width),
        "",
    ]
    for section in sections(rule):
        if section.title != "References":
            lines += [style.paint(section.title, "bold"), "", *_paragraphs(section.body, style), ""]
    for words, examples in (("Reported", rule.bad), ("Not reported", rule.good)):
        for example in examples:
            lines += [style.paint(f"{words}: {example.title or 'for example'}", "bold"), ""]
            lines += [f"    {line}".rstrip() for line in _example(example, fenced=False)]
    for section in sections(rule):
        if section.title == "References":
            lines += [style.paint(section.title, "bold"), "", *_paragraphs(section.body, style), ""]
    lines += [rule.url]
    return "\n".join(lines) + "\n"


def _paragraphs(body: str, style: Style) -> list[str]:
    lines: list[str] = []
    for paragraph in re.split(r"\n\s*\n", body):
        if paragraph.lstrip().startswith(("|", "```", "    ")):
            lines += paragraph.splitlines()
            continue
        items = re.split(r"\n(?=[-*] )", paragraph)
        for item in items:
            bullet = item.startswith(("- ", "* "))
            flat = re.sub(r"\[([^\]]+)\]\((https?://[^)]+)\)", r"\1: \2", " ".join(item.split()))
            lines += textwrap.wrap(
                flat,
                min(style.width, 96),
                subsequent_indent="  " if bullet else "",
                break_long_words=False,
                break_on_hyphens=False,
            )
        lines.append("")
    return lines[:-1] if lines and not lines[-1] else lines


def _example(example: Example, *, fenced: bool) -> list[str]:
    lines: list[str] = []
    for path, text in example.files.items():
        new = example.fixed.get(path)
        language = "diff" if new is not None else _language(path)
        body = _diff(text, new) if new is not None else text.rstrip("\n").split("\n")
        lines += [f"`{path}`" if fenced else f"{path}:", ""]
        lines += [f"```{language}", *body, "```", ""] if fenced else [*(f"  {line}" for line in body), ""]
    for server in example.servers:
        said = server.described
        lines += ["The server:", ""] + (["```text", *said, "```", ""] if fenced else [*(f"  {x}" for x in said), ""])
    return lines


def _diff(old: str, new: str) -> list[str]:
    lines = list(difflib.ndiff(old.rstrip("\n").split("\n"), new.rstrip("\n").split("\n")))
    return [line.rstrip() for line in lines if not line.startswith("?")]


def _language(path: str) -> str:
    suffix = path.rpartition(".")[2]
    return {"py": "python", "toml": "toml", "ini": "ini", "yml": "yaml", "yaml": "yaml"}.get(suffix, "text")
