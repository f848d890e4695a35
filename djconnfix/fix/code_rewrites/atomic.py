"""The step that puts `with transaction.atomic():` in the place of a transaction by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.fix.code_rewrites.lines import indent_unit
from djconnfix.fix.edits import CannotEditError, Edit
from djconnfix.fix.rewrite import cut
from djconnfix.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    import libcst as cst

    from djconnfix.code.steps import Step
    from djconnfix.source import SourceFile

    Statements = Sequence[cst.BaseStatement]


def wrap_atomic(source: SourceFile, step: Step) -> tuple[Edit, ...]:
    """Wrap what runs inside the transaction, and take away what began and ended it by hand."""
    import libcst as cst

    slice_ = cut(source, step.start, step.end)
    starts, ends = {}, {}
    for (start, end), nodes in slice_.nodes.items():
        for node in nodes:
            if isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
                starts[start], ends[end] = id(node), id(node)
    wrapped = _first(starts, step.marks[0]), _first(ends, step.marks[1])
    pairs = list(zip(step.marks[2::2], step.marks[3::2], strict=True))
    gone = {id(slice_.find(pair, cst.SimpleStatementLine, cst.If)) for pair in pairs}
    wrapper = _Wrapper(wrapped, gone, step.text, indent_unit(source))
    changed = slice_.module.with_changes(body=wrapper.block(slice_.module.body))
    if _comments(changed) != _comments(slice_.module):
        raise CannotEditError("a comment stands beside what would go")
    return (slice_.edit(changed),)


def _first(known: dict[int, int], offset: int) -> int:
    if offset not in known:
        raise CannotEditError("the statements were not found again")
    return known[offset]


@dataclass(frozen=True, slots=True)
class _Wrapper:
    """Carries the change out, block by block.

    Attributes:
        wrapped: the first and the last statement inside the transaction.
        gone: the statements that go.
        managed: the expression of the `with`.
        indent: what the file indents a block by.
    """

    wrapped: tuple[int, int]
    gone: set[int]
    managed: str
    indent: str

    def block(self, body: Statements) -> list[cst.BaseStatement]:
        """Return a block without what goes, and with its wrapped part wrapped."""
        made: list[cst.BaseStatement] = []
        group: list[cst.BaseStatement] | None = None
        pending: list[cst.EmptyLine] = []
        for statement in body:
            if id(statement) in self.gone:
                pending += getattr(statement, "leading_lines", ())
                continue
            if id(statement) == self.wrapped[0]:
                group = []
            parts = self._inner(statement)
            if pending and parts:
                kept = [*pending, *(line for line in parts[0].leading_lines if line.comment)]  # type: ignore[attr-defined]
                parts[0] = parts[0].with_changes(leading_lines=kept)
                pending = []
            (made if group is None else group).extend(parts)
            if id(statement) == self.wrapped[1] and group is not None:
                made.append(self._with(group))
                group = None
        if any(line.comment for line in pending):
            raise CannotEditError("a comment stands beside what would go")
        return made

    def _with(self, group: Statements) -> cst.With:
        import libcst as cst

        first, *others = group
        lines: Sequence[cst.EmptyLine] = first.leading_lines  # type: ignore[attr-defined]
        body = [first.with_changes(leading_lines=()), *others]
        item = cst.WithItem(cst.parse_expression(self.managed))
        return cst.With([item], cst.IndentedBlock(body, indent=self.indent), leading_lines=lines)

    def _inner(self, statement: cst.BaseStatement) -> list[cst.BaseStatement]:
        import libcst as cst

        if not isinstance(statement, cst.Try) or not self._touches(statement):
            return [statement]
        body = self.block(_of(statement.body))
        tail = self.block(_of(statement.orelse.body)) if statement.orelse else []
        final = self.block(_of(statement.finalbody.body)) if statement.finalbody else []
        handlers = [self._handler(handler) for handler in statement.handlers]
        while handlers and _only_raises(handlers[-1]) and self._takes_from(statement.handlers[len(handlers) - 1].body):
            handlers.pop()
        if statement.finalbody and final and not handlers:
            kept = statement.with_changes(
                body=_block(statement.body, [*body, *tail]), handlers=(), orelse=None,
                finalbody=statement.finalbody.with_changes(body=_block(statement.finalbody.body, final)),
            )  # fmt: skip
            return [kept]
        if not handlers:
            first, *others = [*body, *tail]
            own: Sequence[cst.EmptyLine] = first.leading_lines  # type: ignore[attr-defined]
            return [first.with_changes(leading_lines=[*statement.leading_lines, *own]), *others]
        orelse = (
            statement.orelse.with_changes(body=_block(statement.orelse.body, tail))
            if statement.orelse and tail
            else None
        )
        finalbody = (
            statement.finalbody.with_changes(body=_block(statement.finalbody.body, final))
            if statement.finalbody and final
            else None
        )
        return [
            statement.with_changes(
                body=_block(statement.body, body), handlers=handlers, orelse=orelse, finalbody=finalbody
            )
        ]

    def _touches(self, statement: cst.Try) -> bool:
        parts = (statement, *statement.handlers, statement.orelse, statement.finalbody)
        return any(part is not None and self._takes_from(part.body, *self.wrapped) for part in parts)

    def _takes_from(self, body: cst.BaseSuite, *others: int) -> bool:
        return any(id(statement) in self.gone or id(statement) in others for statement in body.body)

    def _handler(self, handler: cst.ExceptHandler) -> cst.ExceptHandler:
        import libcst as cst

        left = self.block(_of(handler.body))
        return handler.with_changes(body=_block(handler.body, left or [cst.SimpleStatementLine([cst.Pass()])]))


def _of(body: cst.BaseSuite) -> Statements:
    import libcst as cst

    if not isinstance(body, cst.IndentedBlock):
        raise CannotEditError("a block stands on the line of its header")
    return body.body


def _block(old: cst.BaseSuite, body: Statements) -> cst.BaseSuite:
    first, *others = body
    lines = list(first.leading_lines)  # type: ignore[attr-defined]
    while lines and not lines[0].comment:
        lines.pop(0)
    return old.with_changes(body=[first.with_changes(leading_lines=lines), *others])


def _only_raises(handler: cst.ExceptHandler) -> bool:
    import libcst as cst

    (statement, *others) = _of(handler.body)
    match statement:
        case cst.SimpleStatementLine(body=[cst.Raise(exc=None)]):
            return not others and not any(line.comment for line in handler.leading_lines)
        case _:
            return False


def _comments(module: cst.Module) -> list[str]:
    import re

    # A `#` inside a string counts alike before and after.
    return sorted(re.findall(r"#[^\n]*", module.code))
