"""`--add-ignores`: a comment at every finding that says to ignore it, written like a fix and proved like one."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import TYPE_CHECKING

from djconnfix.fix.plan import Change, Plan
from djconnfix.fix.refusals import Refusal
from djconnfix.source import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from djconnfix.engine import Report
    from djconnfix.findings import Finding
    from djconnfix.source import SourceFile

_LISTED = re.compile(r"(#\s*djconnfix: ignore\[)([^\]]*)(\])")
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")  # as Python counts lines: not at form feeds
_UNUSED = "DCF910"  # a comment that ignores nothing is to be taken away, not ignored in turn


def plan_of_ignores(report: Report, reason: str = "") -> Plan:
    """Return the comments to write, and the findings at which none can stand.

    Only Python files get comments: what a `#` means at the end of a line of another file depends on its kind.

    Args:
        report: the audit.
        reason: what the comments say after the bracket.
    """
    refused: list[Refusal] = []
    changes: list[Change] = []
    by_path: dict[str, list[Finding]] = {}
    for finding in report.findings:
        if finding.code != _UNUSED:
            by_path.setdefault(finding.location.path, []).append(finding)
    for path, findings in by_path.items():
        if not path.endswith(".py"):
            why = "comments are written into Python files only; per-file-ignores can name it"
            refused += [Refusal(finding, why) for finding in findings]
            continue
        try:
            source = report.tree.source(path)
            change, failed = _change(source, findings, reason)
        except (UnreadableError, SyntaxError, tokenize.TokenError):
            refused += [Refusal(finding, "the file does not parse") for finding in findings]
            continue
        refused += failed
        if change is not None:
            changes.append(change)
    applied = tuple(finding for change in changes for finding in change.findings)
    return Plan(tuple(changes), applied, tuple(refused))


def _change(source: SourceFile, findings: Iterable[Finding], reason: str) -> tuple[Change | None, list[Refusal]]:
    lines = _LINES.findall(source.text)
    closed = _closed_lines(source.text)
    statements = _statements(source.tree)
    codes: dict[int, list[str]] = {}
    refused: list[Refusal] = []
    placed: list[Finding] = []
    for finding in findings:
        line = next((each for each in _candidates(finding, statements) if each in closed), None)
        if line is None or line > len(lines):
            refused.append(Refusal(finding, "no line of its statement can take a comment"))
            continue
        placed.append(finding)
        if finding.code not in codes.setdefault(line, []):
            codes[line].append(finding.code)
    for line, wanted in codes.items():
        lines[line - 1] = _commented(lines[line - 1], wanted, reason)
    text = "".join(lines)
    if not _means_the_same(source.text, text):
        return None, [*refused, *(Refusal(each, "the comment would change what the file means") for each in placed)]
    if text == source.text:
        return None, refused
    new = (b"\xef\xbb\xbf" if source.has_bom else b"") + text.encode(source.encoding)
    return Change(source, new, tuple(placed)), refused


def _candidates(finding: Finding, statements: list[tuple[int, int]]) -> list[int]:
    """Return the lines at which a comment covers a finding, the best first (see `djconnfix.suppressions`)."""
    first, last = finding.location.line, finding.location.end_line
    ends = [pair for pair in statements if pair[0] <= first <= pair[1]]
    innermost = min(ends, key=lambda pair: pair[1] - pair[0], default=(first, last))
    return [first, *range(last, first, -1), innermost[0], innermost[1]]


def _closed_lines(text: str) -> frozenset[int]:
    """Return the lines at whose end a comment may stand: no string goes on there, and no backslash."""
    open_lines: set[int] = set()
    rows = _LINES.findall(text)
    inside = 0
    for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
        name = tokenize.tok_name[token.type]
        if token.type == tokenize.STRING or inside:
            open_lines |= set(range(token.start[0], token.end[0]))
        inside += (name in ("FSTRING_START", "TSTRING_START")) - (name in ("FSTRING_END", "TSTRING_END"))
        if inside:  # pragma: no cover -- only from Python 3.12 on are formatted texts tokens of their own
            open_lines.add(token.start[0])
        elif name in ("FSTRING_END", "TSTRING_END"):  # pragma: no cover -- likewise
            open_lines.discard(token.end[0])
    carried = {number for number, row in enumerate(rows, 1) if row.rstrip().endswith("\\")}
    return frozenset(range(1, len(rows) + 1)) - open_lines - carried


def _statements(tree: ast.AST) -> list[tuple[int, int]]:
    """Return first and last line of each simple statement, and of the header of each compound one."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            last = node.end_lineno or node.lineno
            found.append(
                (node.lineno, max(node.lineno, body[0].lineno - 1) if isinstance(body, list) and body else last)
            )
    return found


def _commented(line: str, codes: list[str], reason: str) -> str:
    body = line.rstrip("\r\n")
    ending = line[len(body) :]
    if listed := _LISTED.search(body):
        known = [word.strip() for word in listed[2].split(",") if word.strip()]
        every = ", ".join([*known, *(code for code in codes if code not in known)])
        return f"{body[: listed.start()]}{listed[1]}{every}{listed[3]}{body[listed.end() :]}{ending}"
    comment = f"# djconnfix: ignore[{', '.join(codes)}] {reason}".rstrip()
    return f"{body.rstrip()}  {comment}{ending}"


def _means_the_same(before: str, after: str) -> bool:
    try:
        return ast.dump(ast.parse(before)) == ast.dump(ast.parse(after))
    except (SyntaxError, ValueError, RecursionError):
        return False
