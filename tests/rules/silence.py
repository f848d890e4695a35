"""How the refusals of a family of rules are tested: one table of what a rule must not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rules.build import problems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djconnfix.facts import SettingsModule
    from djconnfix.findings import Applicability


def silent(table: Mapping[str, Mapping[str, SettingsModule]]) -> pytest.MarkDecorator:
    """Return the parametrisation of `rule` and `module` over a table of rule, case and facts."""
    cases = [
        pytest.param(rule, module, id=f"{rule}-{case}")
        for rule, cases in table.items()
        for case, module in cases.items()
    ]
    return pytest.mark.parametrize(("rule", "module"), cases)


def offers(rule: str, module: SettingsModule) -> Applicability | None:
    """Return the applicability of the one problem that a rule finds, None when it finds nothing."""
    found = problems(rule, module)
    if not found:
        return None
    assert len(found) == 1, [problem.message for problem in found]
    assert found[0].remedy is not None
    return found[0].remedy.applicability
