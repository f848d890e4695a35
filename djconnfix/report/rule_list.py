"""The list of all rules."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

from djconnfix.report.rule_page import fix_words
from djconnfix.rules import all_rules

if TYPE_CHECKING:
    from djconnfix.rules import Rule
    from djconnfix.terminal import Style

_LEAST = 30  # columns that a summary needs beside the name


def rules_as_text(style: Style) -> str:
    """Return one line a rule: code, name, severity, what it finds."""
    rules = all_rules()
    width = max((len(rule.name) for rule in rules), default=0)
    return "".join(_entry(rule, width, style) for rule in rules)


def _entry(rule: Rule, width: int, style: Style) -> str:
    """Return a rule's line; the summary goes on below itself, or below the whole where there is little room."""
    head = f"{rule.code}  {rule.name:<{width}}  {rule.severity.label:<7}"
    summary = f"{rule.summary}{'' if rule.default else ' (only when selected)'}"
    beside = style.width - len(head) - 2 >= _LEAST
    indent = " " * (len(head) + 2 if beside else 4)
    lines = textwrap.wrap(
        summary, style.width, initial_indent=indent, subsequent_indent=indent, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
    painted = style.paint(rule.code, "bold") + head[len(rule.code) :]
    if beside:
        lines[0] = f"{painted}  {lines[0].lstrip()}"
    else:
        lines.insert(0, painted.rstrip())
    return "".join(f"{line}\n" for line in lines)


def rules_as_json() -> str:
    """Return the rules as a JSON list."""
    data = [
        {
            "code": rule.code,
            "name": rule.name,
            "severity": rule.severity.label,
            "default": rule.default,
            "fix": fix_words(rule).replace("`", ""),
            "summary": rule.summary,
            "url": rule.url,
        }
        for rule in all_rules()
    ]
    return json.dumps(data, indent=1) + "\n"
