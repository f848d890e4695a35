"""Statements that define and change list settings, and wishes to take something out of them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.findings import RemoveListItem, RemoveStatement
from tests.property.expressions import Expressions
from tests.property.style import Call

if TYPE_CHECKING:
    from random import Random

    from djconnfix.engine import Report
    from djconnfix.findings import Action
    from tests.property.style import Style

NAMES = ("MIDDLEWARE", "INSTALLED_APPS")
ENTRIES = tuple(f"shop.{name}" for name in ("first.Middleware", "second", "Größe", "third.deep.Er", "fourth"))
WITHOUT_EFFECT = ("USE_TZ", "ATOMIC_REQUESTS", "CONN_MAX_AGE", "WSGI_APPLICATION")


class Lists:
    """Writes statements about one list setting."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.random = style.random
        self.write = Expressions(style)
        self.name = self.random.choice(NAMES)
        self.tuple = style.chance(0.2)

    def definition(self) -> str:
        """Return the statement that first binds it."""
        return self.style.statement(self.name, "=", self._display(self.random.randint(0, 4)))

    def change(self) -> str:
        """Return a statement that adds something, perhaps in a branch."""
        text = self._change()
        if self.style.chance(0.3):
            return f"if {self.write.test()}:\n{self.style.indented(text)}"
        return text

    def _change(self) -> str:
        entry = self._entry()
        kind = self.random.randrange(3 if self.tuple else 6)
        if kind == 0:
            return self.style.statement(self.name, "+=", self._display(self.random.randint(1, 2)))
        if kind == 1:
            return f"{self.name} = {self.name} + {self.style.render(self._display(1))}"
        if kind == 2:
            return f"{self.name} = {self.style.render(self._display(2))} + {self.name}"
        if kind == 3:
            return f"{self.name}.append({entry})"
        if kind == 4:
            return f"{self.name}.insert(0, {entry})"
        return f"{self.name}.extend({self.style.render(self._display(2))})"

    def _entry(self) -> str:
        return self.write.string(self.random.choice(ENTRIES))

    def _display(self, count: int) -> Call:
        entries = tuple(("", self._entry()) for _ in range(count))
        if self.tuple and count == 1:
            return Call("", (*entries, ("", self._entry())))  # without a second one it would need its comma
        return Call("" if self.tuple else "[", entries)


def removal(random: Random, report: Report) -> Action | None:
    """Return a wish to take an entry or a statement out, None when there is nothing to take."""
    if random.random() < 0.5:
        lists = [
            (module, name, item.value)
            for module, evaluation in report.evaluations.items()
            for name, setting in evaluation.lists().items()
            for item in setting.items
            if item.value is not None
        ]
        return RemoveListItem(*random.choice(lists)) if lists else None
    source = report.tree.source("shop/settings.py")
    statements = [
        each
        for each in source.tree.body
        if isinstance(each, ast.Assign) and getattr(each.targets[0], "id", "") in WITHOUT_EFFECT
    ]
    return RemoveStatement(source.node_location(random.choice(statements))) if statements else None
