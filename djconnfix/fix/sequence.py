"""Bracketed sequences in libcst as items and the gaps between them.

libcst hangs the whitespace around a comma on different nodes for displays, tuples and calls. Here every sequence is
items and gaps: `gaps[0]` before the first item, `gaps[i]` between the comma after item i-1 and item i, `gaps[-1]`
before the closing bracket. Adding and removing items is then list surgery, and commas cannot go wrong.
"""

from __future__ import annotations

import libcst as cst

from djconnfix.fix.edits import CannotEditError
from djconnfix.fix.gaps import Space, bare, has_comments, is_line_break, is_wide, item_margin, line_at, without_comment
from djconnfix.records import dataclass, replace

Item = cst.Arg | cst.BaseElement | cst.BaseDictElement
Bracketed = cst.Dict | cst.List | cst.Set | cst.Tuple | cst.Call

_NOTHING = cst.SimpleWhitespace("")
_ONE_SPACE = cst.SimpleWhitespace(" ")


@dataclass(frozen=True, slots=True)
class Sequence:
    """The inside of a pair of brackets.

    Attributes:
        node: what it was read from.
        items: without their commas.
        gaps: one more than items.
        before_commas: whitespace before the comma after each item.
        trailing: whether a comma follows the last item.
    """

    node: Bracketed
    items: tuple[Item, ...]
    gaps: tuple[Space, ...]
    before_commas: tuple[Space, ...]
    trailing: bool

    @property
    def on_lines(self) -> bool:
        """Whether each item after the first begins a line (the first, when it is alone)."""
        inner = self.gaps[1:-1] if len(self.items) > 1 else self.gaps[:1] if self.items else ()
        return bool(inner) and any(map(is_line_break, inner))

    @property
    def on_one_line(self) -> bool:
        """Whether no gap holds a line break."""
        return not any(map(is_line_break, self.gaps))

    @property
    def on_line_between(self) -> bool:
        """Whether the items share one line between those of the brackets, as black lays out what fits so."""
        outer = (self.gaps[0], self.gaps[-1])
        return len(self.items) > 1 and not self.on_lines and all(map(is_line_break, outer))

    def insert(self, index: int, item: Item, unit: str) -> Sequence:
        """Return it with an item more, laid out like its neighbours.

        Args:
            index: the place among the items; comments on lines of their own before the closing bracket stay before
                an item that becomes the last one.
            item: without comma.
            unit: one step of indentation, for brackets that hold no item yet.
        """
        left, right = self._split(index, unit)
        gaps = (*self.gaps[:index], left, right, *self.gaps[index + 1 :])
        alone_on_line = len(self.items) == 1 and is_line_break(left) and is_line_break(right)
        first_on_line = not self.items and is_line_break(right)
        return replace(
            self,
            items=(*self.items[:index], item, *self.items[index:]),
            gaps=gaps,
            before_commas=(*self.before_commas[:index], _NOTHING, *self.before_commas[index:]),
            trailing=self.trailing or alone_on_line or first_on_line,
        )

    def _split(self, index: int, unit: str) -> tuple[Space, Space]:
        """Return the gaps left and right of a new item."""
        gap = self.gaps[index]
        if not self.items:
            if isinstance(gap, cst.ParenthesizedWhitespace):
                return line_at(item_margin(gap, unit), of=gap), bare(gap)
            return gap, gap
        if not self.on_lines:
            if index == len(self.items):
                return self._space(), gap
            return gap, self._space()
        margin = self._margin(index)
        if index < len(self.items):
            if isinstance(gap, cst.ParenthesizedWhitespace):
                return line_at(gap.last_line, comment_of=gap), without_comment(gap)
            return gap, line_at(margin.last_line, indent=margin.indent)
        if isinstance(gap, cst.ParenthesizedWhitespace):
            return line_at(margin.last_line, of=gap, indent=margin.indent), bare(gap)
        return line_at(margin.last_line, indent=margin.indent), gap

    def _space(self) -> Space:
        inner = self.gaps[1:-1]
        return inner[-1] if inner and not is_line_break(inner[-1]) else _ONE_SPACE

    def _margin(self, index: int) -> cst.ParenthesizedWhitespace:
        """Return the gap that indents the item before a place, or after it; there is one where items stand on lines."""
        gaps = (*reversed(self.gaps[:index]), *self.gaps[index:-1])
        return next(gap for gap in gaps if isinstance(gap, cst.ParenthesizedWhitespace))

    def remove(self, index: int) -> Sequence:
        """Return it without an item. Comments on lines of their own stay; one on the item's last line goes with it.

        Raises:
            CannotEditError: a comment stands between the item, or the one before it, and its comma.
        """
        if any(has_comments(space) for space in self.before_commas[max(index - 1, 0) : index + 1]):
            raise CannotEditError("a comment stands between the entry and its comma")
        kept = self._joined(index)
        if len(self.items) == 1 and not has_comments(kept):
            kept = _NOTHING
        last = index == len(self.items) - 1
        before_commas = list(self.before_commas)
        del before_commas[index]
        if last and before_commas and not self.trailing:
            before_commas[-1] = _NOTHING
        bare = last and not is_line_break(self.gaps[index + 1]) and is_line_break(kept)
        return replace(
            self,
            items=(*self.items[:index], *self.items[index + 1 :]),
            gaps=(*self.gaps[:index], kept, *self.gaps[index + 2 :]),
            before_commas=tuple(before_commas),
            trailing=self.trailing or bare,
        )

    def _joined(self, index: int) -> Space:
        """Return the gap that stays where an item was."""
        before, after = self.gaps[index], self.gaps[index + 1]
        last = index == len(self.items) - 1
        if not isinstance(after, cst.ParenthesizedWhitespace):
            return after if last and not has_comments(before) else before
        if isinstance(before, cst.ParenthesizedWhitespace):
            lines = (*before.empty_lines, *after.empty_lines)
            return after.with_changes(first_line=before.first_line, empty_lines=lines)
        if index:
            return after  # its comment may be about the whole line
        rest = without_comment(after)
        return rest if last or has_comments(rest) else before

    def exploded(self, margin: str, unit: str) -> Sequence:
        """Return it with one item a line, as black would lay it out; `margin` is its own line's indentation."""
        first, last = (
            gap if isinstance(gap, cst.ParenthesizedWhitespace) else None for gap in self.gaps[:: len(self.items)]
        )
        inner, outer = cst.SimpleWhitespace(margin + unit), cst.SimpleWhitespace(margin)
        gaps = (line_at(inner, of=first), *(line_at(inner) for _ in self.items[1:]), line_at(outer, of=last))
        return replace(self, gaps=gaps, trailing=self.trailing or len(self.items) > 1)

    def build(self) -> Bracketed:
        """Return the node with this inside.

        Raises:
            CannotEditError: it would not mean the same kind of thing any more.
        """
        node, count = self.node, len(self.items)
        commas = [i < count - 1 or self.trailing or (isinstance(node, cst.Tuple) and count == 1) for i in range(count)]
        if isinstance(node, cst.Call):
            return self._build_call(node, commas)
        elements = [
            item.with_changes(comma=self._comma(i, i < count - 1) if commas[i] else cst.MaybeSentinel.DEFAULT)
            for i, item in enumerate(self.items)
        ]
        if isinstance(node, cst.Tuple):
            lpar = (*node.lpar[:-1], node.lpar[-1].with_changes(whitespace_after=self._opening()))
            rpar = (node.rpar[0].with_changes(whitespace_before=self._closing()), *node.rpar[1:])
            return node.with_changes(elements=elements, lpar=lpar, rpar=rpar)
        if isinstance(node, cst.List):
            return node.with_changes(
                elements=elements,
                lbracket=node.lbracket.with_changes(whitespace_after=self._opening()),
                rbracket=node.rbracket.with_changes(whitespace_before=self._closing()),
            )
        if isinstance(node, cst.Set) and not elements:
            raise CannotEditError("an empty set cannot be written as a display")
        return node.with_changes(
            elements=elements,
            lbrace=node.lbrace.with_changes(whitespace_after=self._opening()),
            rbrace=node.rbrace.with_changes(whitespace_before=self._closing()),
        )

    def _build_call(self, node: cst.Call, commas: list[bool]) -> cst.Call:
        count = len(self.items)
        args = []
        for i, item in enumerate(self.items):
            last = i == count - 1
            if commas[i]:
                comma = cst.Comma(self.before_commas[i], self.gaps[i + 1])
                args.append(item.with_changes(comma=comma, whitespace_after_arg=_NOTHING))
            else:
                after = self.gaps[-1] if last else _NOTHING
                args.append(item.with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=after))
        return node.with_changes(args=args, whitespace_before_args=self._opening())

    def _comma(self, index: int, followed: bool) -> cst.Comma:
        return cst.Comma(self.before_commas[index], self.gaps[index + 1] if followed else _NOTHING)

    def _opening(self) -> Space:
        return self.gaps[0]

    def _closing(self) -> Space:
        return self.gaps[-1] if self.items else _NOTHING


def sequence_of(node: cst.CSTNode) -> Sequence:
    """Read a display, a tuple or a call's arguments.

    Raises:
        CannotEditError: it is something else.
    """
    if isinstance(node, cst.Call):
        return _from_call(node)
    if isinstance(node, (cst.Dict, cst.Set)):
        opening, closing = node.lbrace.whitespace_after, node.rbrace.whitespace_before
    elif isinstance(node, cst.List):
        opening, closing = node.lbracket.whitespace_after, node.rbracket.whitespace_before
    elif isinstance(node, cst.Tuple) and node.lpar:
        opening, closing = node.lpar[-1].whitespace_after, node.rpar[0].whitespace_before
    else:
        raise CannotEditError("the expression is no display, tuple or call")
    elements: tuple[Item, ...] = tuple(node.elements)
    commas = [e.comma for e in elements]
    if not elements:
        return Sequence(node, (), (opening if is_wide(opening) else closing,), (), trailing=False)
    between = [c.whitespace_after for c in commas[:-1] if isinstance(c, cst.Comma)]
    trailing = isinstance(commas[-1], cst.Comma)
    return Sequence(node, elements, (opening, *between, closing), _before(commas), trailing)


def _from_call(node: cst.Call) -> Sequence:
    args = tuple(node.args)
    if not args:
        return Sequence(node, (), (node.whitespace_before_args,), (), trailing=False)
    commas = [a.comma for a in args]
    after = [c.whitespace_after for c in commas if isinstance(c, cst.Comma)]
    trailing = isinstance(commas[-1], cst.Comma)
    if not trailing:
        after.append(args[-1].whitespace_after_arg)
    return Sequence(node, args, (node.whitespace_before_args, *after), _before(commas), trailing)


def _before(commas: list[cst.Comma | cst.MaybeSentinel]) -> tuple[Space, ...]:
    return tuple(c.whitespace_before if isinstance(c, cst.Comma) else _NOTHING for c in commas)


def outermost_sequence(node: cst.CSTNode) -> cst.CSTNode | None:
    """Return the node itself or the first sequence inside it that holds something, None when there is none."""
    if isinstance(node, (cst.Dict, cst.List, cst.Set)) and node.elements:
        return node
    if isinstance(node, cst.Call) and node.args:
        return node
    for child in node.children:
        if (found := outermost_sequence(child)) is not None:
            return found
    return None
