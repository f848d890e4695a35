"""The report for a person at a terminal."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from djconnfix.findings import Applicability, Confidence, Severity
from djconnfix.masking import mask
from djconnfix.report.excerpt import Excerpts
from djconnfix.report.merged import grouped, merged
from djconnfix.report.summary import summarise
from djconnfix.rules import find_rule
from djconnfix.terminal import Style, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djconnfix.engine import Report
    from djconnfix.findings import Because, Finding
    from djconnfix.report.merged import Group, Shown

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}
_FIXES = {
    Applicability.SAFE: "fix (safe)",
    Applicability.UNSAFE: "fix (unsafe, needs --unsafe-fixes)",
    Applicability.MANUAL: "fix (by hand)",
}


def write_text(
    report: Report,
    style: Style,
    *,
    fix_command: str = "",
    quiet: bool = False,
    verbose: bool = False,
) -> str:
    """Return the report.

    Args:
        report: what an audit found.
        style: colours and width.
        fix_command: the command that would repair this project, as one would type it; empty: no hint.
        quiet: one line a finding and nothing else.
        verbose: begin with what was looked at.
    """
    shown = merged(report.findings)
    if quiet:
        return "".join(f"{_head(each.finding, Style())}: {_message(each.finding)}\n" for each in shown)
    excerpts = Excerpts(report.tree)
    lines: list[str] = []
    if verbose:
        lines += [*looked_at(report), ""]
    for group in grouped(shown):
        lines += [_heading(group, style), ""]
        for each in group.findings:
            lines += [*_finding(each, excerpts, report, style), ""]
    lines += summarise(report, style, fix_command)
    return "\n".join(lines) + "\n"


def finding_lines(report: Report, shown: Shown, style: Style, *, asked: bool = False) -> list[str]:
    """Return the lines on one finding; `asked`: whether its fix is offered there and then."""
    return _finding(shown, Excerpts(report.tree), report, style, asked=asked)


def _heading(group: Group, style: Style) -> str:
    words = _shown(group.settings or "Whatever the settings")
    if group.alias:
        words += f", alias {_shown(group.alias)}"
    return style.paint(f"{words} ".ljust(style.width, "-") if len(words) < style.width - 4 else words, "dim")


def looked_at(report: Report) -> list[str]:
    """Return what the judgement rests on: settings modules, servers, poolers, Django."""
    project = report.project
    lines = [f"project {plain(str(report.config.root))}"]
    for settings in project.settings:
        aliases = sorted({database.alias for database in settings.databases})
        version = ".".join(map(str, settings.evidence.django)) or "of unknown version"
        lines.append(
            plain(
                f"  settings {settings.module} ({settings.role.value}, Django {version}): "
                f"{', '.join(aliases) or 'no alias seen'}"
            )
        )
    for server in project.evidence.servers:
        place = f"{server.location.path}:{server.location.line}"
        name = f"{server.program} {server.worker_class}".rstrip()
        lines.append(plain(f"  server {name} ({server.kind.value}) {place}"))
    for pooler in project.evidence.poolers:
        mode = pooler.mode.value if pooler.mode else "mode unknown"
        lines.append(plain(f"  pooler {pooler.program} ({mode}) {pooler.location.path}:{pooler.location.line}"))
    return lines


def _head(finding: Finding, style: Style, report: Report | None = None) -> str:
    at = finding.location
    place = style.paint(plain(f"{at.path}:{at.line}:{at.column}"), "bold")
    if report is not None and style.links:
        place = style.link(place, (report.tree.root / at.path).as_uri())
    severity = style.paint(finding.severity.label, COLOURS[finding.severity], "bold")
    rule = find_rule(finding.code)
    name = f"{finding.code} {finding.name}"
    return f"{place}: {severity} {style.link(name, rule.url) if rule else name}"


@lru_cache(maxsize=1_000)
def _shown(text: str) -> str:
    """Return a text as it may be shown; the evidence of many findings is the same."""
    return plain(mask(text))


def _message(finding: Finding) -> str:
    return _shown(finding.problem.message)


def _finding(shown: Shown, excerpts: Excerpts, report: Report, style: Style, *, asked: bool = False) -> list[str]:
    finding = shown.finding
    lines = [_head(finding, style, report), *_wrapped(_message(finding), "  ", "  ", style)]
    if excerpt := excerpts.lines(finding.location, style):
        lines += ["", *excerpt, ""]
    if len(shown.settings) > 1:
        lines += _wrapped(", ".join(map(plain, shown.settings)), "  settings: ", "            ", style)
    for because in finding.problem.because:
        lines += _wrapped(_evidence(because), "  because: ", "           ", style)
    if finding.problem.confidence is not Confidence.HIGH:
        lines.append(f"  confidence: {finding.problem.confidence.label}")
    return [*lines, *_remedy(finding, style, asked=asked)]


def _evidence(because: Because) -> str:
    text = _shown(because.text)
    if because.location is None:
        return text
    return f"{plain(because.location.path)}:{because.location.line} {text}"


def _remedy(finding: Finding, style: Style, *, asked: bool) -> list[str]:
    if (remedy := finding.remedy) is None:
        return []
    words: Sequence[str] = [_shown(text.strip()) for text in (remedy.instructions, remedy.why) if text.strip()]
    head = _FIXES[remedy.applicability]
    if asked and remedy.applicability is Applicability.UNSAFE:
        head = "fix (changes policy)"
    return _wrapped(" -- ".join(words), f"  {head}: ", "    ", style)


def _wrapped(text: str, first: str, rest: str, style: Style) -> list[str]:
    lines = [*_filled(text, first, rest, style.width)]
    label, colon, _ = first.partition(":")
    if colon and lines:
        lines[0] = style.paint(f"{label}:", "cyan") + lines[0][len(label) + 1 :]
    return lines or [first.rstrip()]


@lru_cache(maxsize=1_000)
def _filled(text: str, first: str, rest: str, width: int) -> tuple[str, ...]:
    """Return a text in lines of at most this width; the evidence of many findings is the same."""
    if len(first) + len(text) <= width and text and text.isprintable() and text.strip() == text:
        return (first + text,)
    import textwrap

    lines = textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return tuple(lines)
