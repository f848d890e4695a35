"""The closed set of edits on expressions. Each takes nodes of a file's `ast` and gives back one edit of its text.

None of them decides whether an edit is right: `prove` does. They refuse what they cannot write surely.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from djconnfix.fix.edits import CannotEditError, Edit, apply, trimmed
from djconnfix.fix.entry_lines import place_of
from djconnfix.fix.layout import width
from djconnfix.fix.rewrite import Slice, cut, replace_nodes

if TYPE_CHECKING:
    import libcst as cst

    from djconnfix.fix.layout import Layout
    from djconnfix.source import SourceFile


def set_entry(source: SourceFile, container: ast.Dict, key: str, text: str, layout: Layout) -> Edit:
    """Add an entry to a dictionary display: next to its siblings, else at the end.

    Args:
        source: the file.
        container: the display.
        key: the new entry's key, which the display must not hold yet.
        text: source text of the value.
        layout: the file's habits.

    Raises:
        CannotEditError: the statement cannot be cut out, or the display holds the key.
    """
    import libcst as cst

    from djconnfix.fix.neighbours import new_entry
    from djconnfix.fix.sequence import sequence_of

    keys = [k.value if isinstance(k, ast.Constant) and isinstance(k.value, str) else None for k in container.keys]
    if key in keys:
        raise CannotEditError(f"the dictionary already holds {key}")
    slice_ = _cut_around(source, container)
    found = slice_.find_node(container, cst.Dict)
    sequence = sequence_of(found)
    index = place_of(key, keys, barrier=_last(keys, None))
    entry = new_entry(sequence, key, text, layout)
    made = sequence.insert(index, entry, layout.unit).build()
    return _put(slice_, found, made, layout, entry.value)


def set_keyword(source: SourceFile, container: ast.Call, keyword: str, text: str, layout: Layout) -> Edit:
    """Add a keyword argument to a call, after the others.

    Raises:
        CannotEditError: the call spreads a mapping (which may hold the keyword), has the keyword already, or its only
            argument is a generator without parentheses of its own.
    """
    import libcst as cst

    from djconnfix.fix.neighbours import new_keyword
    from djconnfix.fix.sequence import sequence_of

    if any(k.arg is None for k in container.keywords):
        raise CannotEditError("the call takes further keywords from a mapping")
    names = [k.arg for k in container.keywords]
    if keyword in names:
        raise CannotEditError(f"the call already has {keyword}")
    if not keyword.isidentifier():
        raise CannotEditError(f"{keyword} cannot be a keyword argument")
    slice_ = _cut_around(source, container)
    found = slice_.find_node(container, cst.Call)
    sequence = sequence_of(found)
    if len(sequence.items) == 1 and isinstance(container.args[0] if container.args else None, ast.GeneratorExp):
        raise CannotEditError("the call's only argument is a generator")
    index = len(container.args) + place_of(keyword.upper(), [n.upper() if n else n for n in names], barrier=0)
    made = sequence.insert(index, new_keyword(sequence, keyword, text), layout.unit).build()
    return _put(slice_, found, made, layout)


def rename_keyword(source: SourceFile, keyword: ast.keyword, name: str, layout: Layout) -> Edit:
    """Give a keyword argument another name."""
    start, _ = source.node_span(keyword)
    edit = Edit(source.path, start, start + len(keyword.arg or ""), name)
    return _laid_out(_cut_around(source, keyword), edit, edit, layout)


def replace_expression(source: SourceFile, node: ast.expr, text: str, layout: Layout) -> Edit:
    """Put another expression in the place of one; parentheses around it stay when they hold a comment."""

    slice_ = _cut_around(source, node)
    found = _expression_at(slice_, node)
    made = _expression(text)
    if found.lpar and "#" in slice_.module.code_for_node(found):
        made = made.with_changes(lpar=found.lpar, rpar=found.rpar)
    return _put(slice_, found, made, layout)


def wrap(source: SourceFile, node: ast.expr, function: str, layout: Layout) -> Edit:
    """Wrap an expression in the call of a function.

    Raises:
        CannotEditError: the expression cannot stand as a call's only argument.
    """
    import libcst as cst

    if isinstance(node, (ast.Tuple, ast.GeneratorExp, ast.Starred, ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)):
        raise CannotEditError("the expression cannot be wrapped in a call")
    slice_ = _cut_around(source, node)
    found = _expression_at(slice_, node)
    argument = cst.Arg(found.with_changes(lpar=(), rpar=()))
    made = cst.Call(func=_expression(function), args=(argument,))
    if found.lpar:  # the call's parentheses take the place of the old ones, with the line breaks inside them
        argument = argument.with_changes(whitespace_after_arg=found.rpar[0].whitespace_before)
        made = made.with_changes(whitespace_before_args=found.lpar[-1].whitespace_after, args=(argument,))
    return _put(slice_, found, made, layout)


def spread(source: SourceFile, node: ast.Call, key: str, text: str, layout: Layout) -> Edit:
    """Put a dictionary display in the place of a call that gives a dictionary: its entries, and one more.

    Raises:
        CannotEditError: a comment stands inside the call, or the statement cannot be cut out.
    """
    slice_ = _cut_around(source, node)
    found = _expression_at(slice_, node)
    code = slice_.module.code_for_node(found)
    if "#" in code:
        raise CannotEditError("a comment stands inside the call")
    start = source.node_span(node)[0]
    before = source.text[source.line_starts[node.lineno - 1] : start]
    quote = next((letter for letter in reversed(before) if letter in "'\""), layout.quote)  # its own key's
    made = _expression(f"{{**{code.strip()}, {quote}{key}{quote}: {text}}}")
    return _put(slice_, found, made, layout)


def remove_item(source: SourceFile, container: ast.expr, index: int, layout: Layout) -> Edit:
    """Remove one item of a display, tuple or call (`index` counts its items as written)."""
    import libcst as cst

    from djconnfix.fix.sequence import sequence_of

    slice_ = _cut_around(source, container)
    found = slice_.find_node(container, cst.Dict, cst.List, cst.Set, cst.Tuple, cst.Call)
    sequence = sequence_of(found)
    if not 0 <= index < len(sequence.items):
        raise CannotEditError("the entry was not found again")
    made = sequence.remove(index).build()
    return _put(slice_, found, _without_idle_parentheses(made) if isinstance(made, cst.List) else made, layout)


def _without_idle_parentheses(node: cst.List) -> cst.List:
    """Return a list whose only item has no parentheses of its own, unless a comment or a line break needs them."""
    import libcst as cst

    if len(node.elements) != 1 or not isinstance(node.elements[0], cst.Element) or not node.elements[0].value.lpar:
        return node
    item = node.elements[0]
    needed = isinstance(item.value, (cst.Tuple, cst.GeneratorExp, cst.NamedExpr, cst.Yield, cst.Await))
    if needed or "\n" in cst.Module(()).code_for_node(item):
        return node
    return node.with_changes(elements=[item.with_changes(value=item.value.with_changes(lpar=(), rpar=()))])


def _cut_around(source: SourceFile, node: ast.expr | ast.keyword) -> Slice:
    """Cut out the statement that an expression stands in, from the beginning of its line."""
    start, end = statement_span(source, node)
    return cut(source, start, end)


def statement_span(source: SourceFile, node: ast.AST) -> tuple[int, int]:
    """Return the offsets of the innermost statement around a node that begins a line.

    Raises:
        CannotEditError: there is none.
    """
    wanted = source.node_span(node)
    found: tuple[int, int] | None = None
    for top in source.tree.body:
        if _covers(source, top, wanted):
            for candidate in ast.walk(top):
                if isinstance(candidate, ast.stmt) and _covers(source, candidate, wanted):
                    span = source.node_span(candidate)
                    if not source.text[source.line_starts[candidate.lineno - 1] : span[0]].strip(" \t\f"):
                        found = span if found is None else min(found, span, key=lambda s: s[1] - s[0])
    if found is None:
        raise CannotEditError("the statement does not stand at the beginning of a line")
    return found


def _covers(source: SourceFile, node: ast.AST, span: tuple[int, int]) -> bool:
    start, end = source.node_span(node)
    return start <= span[0] and span[1] <= end


def _last(keys: list[str | None], wanted: str | None) -> int:
    """Return the index after the last occurrence, 0 when there is none."""
    return next((i + 1 for i in range(len(keys) - 1, -1, -1) if keys[i] == wanted), 0)


def _expression(text: str) -> cst.BaseExpression:
    import libcst as cst

    try:
        return cst.parse_expression(text)
    except cst.ParserSyntaxError:
        raise CannotEditError("the new expression cannot be parsed") from None


def _expression_at(slice_: Slice, node: ast.expr) -> cst.BaseExpression:
    import libcst as cst

    found = slice_.find_node(node)
    assert isinstance(found, cst.BaseExpression)
    return found


def _put(slice_: Slice, old: cst.CSTNode, new: cst.CSTNode, layout: Layout, *parts: cst.CSTNode) -> Edit:
    """Replace a node; when a line grew too long by it, write it (if need be one of its `parts`) one item a line."""
    changed = replace_nodes(slice_.module, {old: lambda _: new})
    edit = slice_.edit(changed)
    spread = _spread(slice_, edit, changed, new, layout, *parts) if _grew_too_long(slice_, edit, layout.limit) else edit
    return _laid_out(slice_, edit, spread, layout)


def _spread(
    slice_: Slice, edit: Edit, changed: cst.Module, new: cst.CSTNode, layout: Layout, *parts: cst.CSTNode
) -> Edit:
    """Return the edit that writes a node, or what is around it or in it, one item a line, as far as it is needed."""
    from djconnfix.fix.explode import bracketed, explosions
    from djconnfix.fix.sequence import outermost_sequence

    targets = [found for part in (new, *parts) if (found := outermost_sequence(part)) is not None]
    if not targets and _longest_new(_lines(slice_, edit), _lines(slice_, slice_.module)) <= layout.limit:
        targets = [new]  # nothing in it can be spread, but what stands around it can
    items = inside.items if (inside := bracketed(new)) is not None else ()
    targets += [found for item in items if (found := outermost_sequence(item)) is not None]  # one got a comma
    for target in targets:
        for exploded in explosions(changed, target, layout.unit):
            edit = slice_.edit(exploded)
            if not _grew_too_long(slice_, edit, layout.limit):
                return edit
    return edit


def _laid_out(slice_: Slice, plain: Edit, spread: Edit, layout: Layout) -> Edit:
    """Return an edit that leaves a statement laid out as a formatter would, where it was so before or on one line.

    Args:
        slice_: the statement.
        plain: the edit without a thought for line breaks.
        spread: the edit as it would be made; the one that is returned, unless a formatter would change what it leaves.
        layout: the file's habits.
    """
    from djconnfix.fix.formatter import formatted

    text, newline = slice_.source.text, slice_.source.newline
    before, after = text[slice_.start : slice_.end], _after(slice_, spread)
    free = formatted(before, layout, newline) == before or (spread is not plain and len(before.splitlines()) == 1)
    if not free or formatted(after, layout, newline) in (after, None):
        return spread
    made = formatted(_after(slice_, plain), layout, newline)
    return spread if made is None else trimmed(Edit(plain.path, slice_.start, slice_.end, made), text)


def _after(slice_: Slice, edit: Edit) -> str:
    """Return the text of a slice after an edit."""
    text = slice_.source.text
    made = apply(text, [edit])
    return made[slice_.start : slice_.end + len(made) - len(text)]


def _grew_too_long(slice_: Slice, edit: Edit, limit: int) -> bool:
    before, after = _lines(slice_, slice_.module), _lines(slice_, edit)
    return _longest_new(before, after) > max(limit, _longest_new(after, before))  # what was longer may stay so


def _lines(slice_: Slice, changed: cst.Module | Edit) -> list[str]:
    """Return the lines of a slice as they would be in the file."""
    edit = changed if isinstance(changed, Edit) else slice_.edit(changed)
    return _after(slice_, edit).splitlines()


def _longest_new(before: list[str], after: list[str]) -> int:
    return max(map(width, set(after).difference(before)), default=0)
