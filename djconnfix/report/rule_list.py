"""The list of all rules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from djconnfix.report.rule_page import fix_words
from djconnfix.rules import all_rules

if TYPE_CHECKING:
    from djconnfix.terminal import Style


def rules_as_text(style: Style) -> str:
    """Return one line a rule: code, name, severity, what it finds."""
    rules = all_rules()
    width = max((len(rule.name) for rule in rules), default=0)
    return "".join(
        f"{style.paint(rule.code, 'bold')}  {rule.name:<{width}}  {rule.severity.label:<7}  "
        f"{rule.summary}{'' if rule.default else ' (only when selected)'}\n"
        for rule in rules
    )


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
