"""Steps that change how statements are nested; the slice goes through libcst, so strings and comments stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.fix.code_rewrites.lines import indented
from djconnfix.fix.edits import CannotEditError, Edit
from djconnfix.fix.rewrite import cut, replace_nodes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import libcst as cst

    from djconnfix.code.steps import Step
    from djconnfix.fix.rewrite import Slice
    from djconnfix.source import SourceFile


def drop_test(source: SourceFile, step: Step) -> tuple[Edit, ...]:
    """Take a test from an `if`: its body always runs, or hangs on the other operands alone."""
    import libcst as cst

    own, tested = (step.marks[0], step.marks[1]), (step.marks[2], step.marks[3])
    slice_ = cut(source, step.start, step.end)
    branch = _if_at(slice_, own)
    test = slice_.find(tested)
    if branch.test is test:
        if branch is slice_.module.body[0]:
            return (
                slice_.edit(slice_.module.with_changes(body=[*_bared(branch), *_parsed(source, slice_, step.text)])),
            )
        changed = replace_nodes(slice_.module, {branch: lambda _: _as_else(branch)})
    else:
        parent, other = _boolean_parent(branch.test, test)
        if "#" in slice_.module.code_for_node(branch.test):
            raise CannotEditError("a comment stands inside the test")
        kept = other.with_changes(lpar=[*parent.lpar, *other.lpar], rpar=[*other.rpar, *parent.rpar])
        changed = replace_nodes(slice_.module, {parent: lambda _: kept})
    if step.text:
        raise CannotEditError("nothing can be put after a branch")
    assert isinstance(changed, cst.Module)
    return (slice_.edit(changed),)


def unwrap_try(source: SourceFile, step: Step) -> tuple[Edit, ...]:
    """Replace `try` ... `finally` by its body."""
    import libcst as cst

    slice_ = cut(source, step.start, step.end)
    block = slice_.module.body[0]
    if not isinstance(block, cst.Try) or block.handlers or block.orelse is not None or block.finalbody is None:
        raise CannotEditError("the `try` is not the one that was read")
    tail = slice_.module.code_for_node(block.finalbody)
    if "#" in tail:
        raise CannotEditError("a comment stands inside the `finally`")
    return (slice_.edit(slice_.module.with_changes(body=_opened(block.body, block.leading_lines))),)


def bind_return(source: SourceFile, step: Step) -> tuple[Edit, ...]:
    """Turn `return call(...)` into `response = call(...)` followed by other statements."""
    start, end = step.marks
    begin = source.text.rfind("\n", 0, step.start) + 1
    margin = source.text[begin : step.start]
    if margin.strip() or source.text[step.end :].split("\n", 1)[0].strip():
        raise CannotEditError("something else stands on the same line")
    lines = [f"response = {source.text[start:end]}"]
    lines += [indented(source, line, margin) for line in step.text.split("\n")]
    return (Edit(source.path, step.start, step.end, source.newline.join(lines)),)


def _if_at(slice_: Slice, span: tuple[int, int]) -> cst.If:
    import libcst as cst

    found = slice_.find(span, cst.If)
    assert isinstance(found, cst.If)
    return found


def _bared(branch: cst.If) -> list[cst.BaseStatement]:
    if branch.orelse is not None:
        raise CannotEditError("there is an `else`")
    return _opened(branch.body, branch.leading_lines)


def _opened(body: cst.BaseSuite, leading: Sequence[cst.EmptyLine]) -> list[cst.BaseStatement]:
    """Return the statements of a block as they stand outside it; the header's comment gets a line of its own."""
    import libcst as cst

    if isinstance(body, cst.SimpleStatementSuite):
        return [cst.SimpleStatementLine(body.body, leading_lines=leading, trailing_whitespace=body.trailing_whitespace)]
    assert isinstance(body, cst.IndentedBlock)
    if any(line.comment for line in body.footer):
        raise CannotEditError("a comment stands at the end of the block")
    first, *others = body.body
    lines = list(leading)
    if body.header.comment is not None:
        lines.append(cst.EmptyLine(comment=body.header.comment))
    own = getattr(first, "leading_lines", ())
    moved = first.with_changes(leading_lines=[*lines, *own])
    return [moved, *others]


def _as_else(branch: cst.If) -> cst.Else:
    import libcst as cst

    if branch.orelse is not None:
        raise CannotEditError("there is an `else`")
    return cst.Else(body=branch.body, leading_lines=branch.leading_lines)


def _boolean_parent(test: cst.BaseExpression, operand: cst.CSTNode) -> tuple[cst.BooleanOperation, cst.BaseExpression]:
    """Return the `and` that an operand stands in, and what stands beside it."""
    import libcst as cst

    stack: list[cst.BaseExpression] = [test]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.BooleanOperation) and isinstance(node.operator, cst.And):
            if node.left is operand:
                return node, node.right
            if node.right is operand:
                return node, node.left
            stack += [node.left, node.right]
    raise CannotEditError("the test was not found again in its condition")


def _parsed(source: SourceFile, slice_: Slice, text: str) -> list[cst.BaseStatement]:
    import libcst as cst

    if not text:
        return []
    config = slice_.module.config_for_parsing
    return [cst.parse_statement(text, config)]
