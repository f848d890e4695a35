"""Slice in, slice out: one statement goes through libcst, every other byte of the file stays.

The only way into libcst for the whole package. It is imported when a slice is cut, not before.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from djconnfix.fix.edits import CannotEditError, Edit, not_too_deep, trimmed
from djconnfix.records import dataclass

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Mapping

    import libcst as cst

    from djconnfix.source import SourceFile

    Replace = Callable[[cst.CSTNode], "cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNode]"]

Span = tuple[int, int]

_WRAPPER = "if 1:\n"  # lets an indented statement parse without touching its indentation, nor its strings


@dataclass(frozen=True, slots=True)
class Slice:
    """Whole lines of a file that hold one or more complete statements, parsed.

    Attributes:
        source: the file.
        start: offset of the first line's first character.
        end: offset past the last line's ending.
        module: the statements as a module of their own, without the indentation they share.
        nodes: every node of `module` by its span in the file (parentheses around an expression do not count).
    """

    source: SourceFile
    start: int
    end: int
    module: cst.Module
    wrapped: cst.Module | None
    nodes: Mapping[Span, tuple[cst.CSTNode, ...]]

    def find(self, span: Span, *kinds: type[cst.CSTNode]) -> cst.CSTNode:
        """Return the outermost node with this span and one of these types.

        Without types, an expression goes before the element, argument or statement that consists of it alone.

        Raises:
            CannotEditError: there is none.
        """
        import libcst as cst

        found = self.nodes.get(span, ())
        for kind in kinds or (cst.BaseExpression, cst.CSTNode):
            for node in found:
                if isinstance(node, kind):
                    return node
        raise CannotEditError("the expression was not found again in its statement")

    def find_node(self, node: ast.AST, *kinds: type[cst.CSTNode]) -> cst.CSTNode:
        """Return what stands for this node of the file's `ast`."""
        return self.find(self.source.node_span(node), *kinds)

    def edit(self, module: cst.Module) -> Edit:
        """Return the edit that puts a changed `module` in the place of the slice."""
        with not_too_deep():
            replacement = self._code(module)
        text = self.source.text
        if self.end == len(text) and not text.endswith(("\n", "\r")):
            replacement = replacement.rstrip("\r\n")
        return trimmed(Edit(self.source.path, self.start, self.end, replacement), text)

    def _code(self, module: cst.Module) -> str:
        if self.wrapped is None:
            return module.code
        guard, block = _wrapper_parts(self.wrapped)
        body = block.with_changes(body=module.body, footer=())
        whole = self.wrapped.with_changes(body=(guard.with_changes(body=body),)).code
        return whole.partition(self.module.default_newline)[2]


def cut(source: SourceFile, start: int, end: int) -> Slice:
    """Cut the lines of a stretch (a statement, a function, a class) out of a file and parse them.

    Raises:
        CannotEditError: something else stands before it on its first line, or libcst does not take it.
    """
    first, _ = source.position(start)
    last, _ = source.position(max(start, end - 1))
    return _cut_lines(source, start, first, last)


@lru_cache(maxsize=1)  # edits of one statement come one after another
def _cut_lines(source: SourceFile, start: int, first: int, last: int) -> Slice:
    """Cut out the lines from the first to the last; the statements begin at an offset into the first."""
    import libcst as cst
    from libcst.metadata import MetadataWrapper, PositionProvider

    text = source.text
    starts = source.line_starts
    begin = starts[first - 1]
    stop = starts[last] if last < len(starts) else len(text)
    margin = text[begin:start]
    if margin.strip(" \t") or "\f" in text[begin:stop].split("#")[0][: len(margin) + 1]:
        raise CannotEditError("the statement does not stand at the beginning of a line")
    newline = source.newline
    wrapper = _WRAPPER.replace("\n", newline) if margin else ""
    code = wrapper + text[begin:stop]
    with not_too_deep():
        try:
            # A text without any line ending would get the parser's own.
            whole = cst.parse_module(code).with_changes(default_newline=newline)
        except cst.ParserSyntaxError:
            raise CannotEditError("the statement cannot be parsed on its own") from None
        if whole.code != code:
            raise CannotEditError("the statement does not survive a round trip through the parser")
        positions = MetadataWrapper(whole, unsafe_skip_copy=True).resolve(PositionProvider)
    shift = first - 1 - bool(wrapper)
    nodes: dict[Span, list[cst.CSTNode]] = {}
    for node, where in positions.items():
        begins, ends = where.start, where.end
        if isinstance(node, (cst.Tuple, cst.GeneratorExp)) and node.lpar:  # to ast, its parentheses belong to it
            begins, ends = positions[node.lpar[-1]].start, positions[node.rpar[0]].end
        if begins.line + shift >= first:
            span = (
                _offset(source, begins.line + shift, begins.column),
                _offset(source, ends.line + shift, ends.column),
            )
            nodes.setdefault(span, []).append(node)
    found = {span: tuple(reversed(inner_first)) for span, inner_first in nodes.items()}
    if not wrapper:
        return Slice(source, begin, stop, whole, None, found)
    _, block = _wrapper_parts(whole)
    if block.footer or whole.footer or len(whole.body) != 1:
        raise CannotEditError("the statement does not end where its line ends")
    module = cst.Module(body=block.body, default_indent=whole.default_indent, default_newline=newline)  # type: ignore[arg-type]
    return Slice(source, begin, stop, module, whole, found)


def _wrapper_parts(whole: cst.Module) -> tuple[cst.If, cst.IndentedBlock]:
    import libcst as cst

    guard = whole.body[0]
    assert isinstance(guard, cst.If)
    assert isinstance(guard.body, cst.IndentedBlock)
    return guard, guard.body


def replace_nodes(module: cst.Module, changes: Mapping[cst.CSTNode, Replace]) -> cst.Module:
    """Return the module with each of these nodes (by identity) replaced by what its function makes of it."""
    import libcst as cst

    by_identity = {id(node): made for node, made in changes.items()}

    class Replacer(cst.CSTTransformer):
        def on_leave(  # type: ignore[override]
            self, original_node: cst.CSTNode, updated_node: cst.CSTNode
        ) -> cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNode]:
            made = by_identity.get(id(original_node))
            return updated_node if made is None else made(updated_node)

    with not_too_deep():
        changed = module.visit(Replacer())
    assert isinstance(changed, cst.Module)
    return changed


def _offset(source: SourceFile, line: int, column: int) -> int:
    starts = source.line_starts
    if line - 1 < len(starts):
        return starts[line - 1] + column
    return len(source.text)
