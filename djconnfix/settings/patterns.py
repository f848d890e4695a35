"""`match`: what patterns ask of a value, and what they bind."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeAlias

from djconnfix.records import replace
from djconnfix.settings.assignments import bind_name
from djconnfix.settings.atoms import set_atom
from djconnfix.settings.choices import guarded, possible, restrict, select
from djconnfix.settings.comparisons import compared
from djconnfix.settings.completions import Completion, branch
from djconnfix.settings.doubts import doubt
from djconnfix.settings.expressions import evaluate
from djconnfix.settings.operators import absent, compare
from djconnfix.settings.phrases import short, text_of
from djconnfix.settings.readings import plain
from djconnfix.settings.store import DictContent, Item, ListContent, slot_value
from djconnfix.settings.values import (
    FALSE,
    NONE,
    TRUE,
    UNBOUND,
    Atom,
    Const,
    Dotted,
    EnvRead,
    Guarded,
    Ref,
    Unbound,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djconnfix.settings.machine import Machine

Bindings: TypeAlias = dict[str, Value]
Matched: TypeAlias = tuple[Value, Bindings]  # the tree of conditions under which a pattern matches, and what it binds

_TYPES = {
    "bool": bool,
    "bytes": bytes,
    "dict": dict,
    "float": float,
    "int": int,
    "list": list,
    "str": str,
    "tuple": tuple,
}


def match_block(machine: Machine, statement: ast.Match) -> Completion:
    """Run `match`."""
    return _cases(machine, evaluate(machine, statement.subject), statement.cases)


def _cases(machine: Machine, subject: Value, cases: Sequence[ast.match_case]) -> Completion:
    from djconnfix.settings.statements import run_block

    if not cases:
        return None
    case = cases[0]
    test, bound = matched(machine, case.pattern, restrict(subject, machine.known))

    def others() -> Completion:
        return _cases(machine, subject, cases[1:])

    def body() -> Completion:
        for name, value in bound.items():
            bind_name(machine, name, restrict(value, machine.known))
        if case.guard is None:
            return run_block(machine, case.body)
        guard = machine.truth(evaluate(machine, case.guard))
        return branch(machine, guard, lambda: run_block(machine, case.body), others)

    return branch(machine, test, body, others)


def matched(machine: Machine, pattern: ast.pattern, subject: Value) -> Matched:
    """Return when a pattern matches a value, and what it binds where it does."""
    if isinstance(subject, Guarded):
        return _of_choice(machine, pattern, subject)
    if isinstance(subject, Unbound):
        return FALSE, {}
    if isinstance(pattern, ast.MatchAs):
        test, bound = (TRUE, {}) if pattern.pattern is None else matched(machine, pattern.pattern, subject)
        return test, bound if pattern.name is None else {**bound, pattern.name: subject}
    if isinstance(pattern, ast.MatchValue):
        value = evaluate(machine, pattern.value)
        return machine.truth(compare(machine, ast.Eq(), subject, value, machine.here(pattern.value))), {}
    if isinstance(pattern, ast.MatchSingleton):
        node = ast.copy_location(ast.Constant(pattern.value), pattern)
        return machine.truth(compared(machine, ast.Is(), subject, Const(pattern.value), node)), {}
    if isinstance(pattern, ast.MatchOr):
        return _any_of(machine, pattern, subject)
    if isinstance(pattern, ast.MatchMapping):
        return _mapping(machine, pattern, subject)
    if isinstance(pattern, ast.MatchSequence):
        return _sequence(machine, pattern, subject)
    if isinstance(pattern, ast.MatchClass):
        return _class(machine, pattern, subject)
    return _hidden(machine, pattern, subject)


def _of_choice(machine: Machine, pattern: ast.pattern, subject: Value) -> Matched:
    assert isinstance(subject, Guarded)
    outer = machine.known
    sides: list[Matched] = []
    for side, holds in ((subject.then, True), (subject.orelse, False)):
        machine.known = {**outer, subject.atom: holds}
        try:
            sides.append(matched(machine, pattern, restrict(side, machine.known)))
        finally:
            machine.known = outer
    (test, bound), (other, others) = sides
    names = {**bound, **others}
    chosen = {name: guarded(subject.atom, bound.get(name, UNBOUND), others.get(name, UNBOUND)) for name in names}
    return guarded(subject.atom, test, other), chosen


def _any_of(machine: Machine, pattern: ast.MatchOr, subject: Value) -> Matched:
    test: Value = FALSE
    bound: Bindings = {}
    for each in pattern.patterns:
        also, names = matched(machine, each, subject)
        bound = {**names, **{name: select(test, value, names.get(name, UNBOUND)) for name, value in bound.items()}}
        test = select(test, TRUE, also)
    return test, bound


def _mapping(machine: Machine, pattern: ast.MatchMapping, subject: Value) -> Matched:
    content = machine.dict_of(subject)
    if content is None or not isinstance(subject, Ref):
        return _other_kind(machine, pattern, subject)
    keys = [plain(machine, evaluate(machine, key)) for key in pattern.keys]
    if content.unseen or not all(seen for seen, _ in keys):
        return _hidden(machine, pattern, subject)
    parts = [restrict(slot_value(content.entries.get(key, UNBOUND)), machine.known) for _, key in keys]
    test, bound = _all_of(machine, pattern.patterns, parts)
    if pattern.rest is not None:
        taken = [key for _, key in keys]
        rest = {key: slot for key, slot in content.entries.items() if key not in taken}
        made = DictContent(rest, (), content.created, machine.ancestry(subject.object))
        bound[pattern.rest] = Ref(machine.store.new_object(made), subject.origin)
    return test, bound


def _sequence(machine: Machine, pattern: ast.MatchSequence, subject: Value) -> Matched:
    content = machine.list_of(subject)
    if content is None:
        return _other_kind(machine, pattern, subject)
    if content.kind not in ("list", "tuple"):
        return FALSE, {}
    if content.unseen or any(possible(item.present, False) for item in content.items):
        return _hidden(machine, pattern, subject)
    patterns = list(pattern.patterns)
    parts = [restrict(item.value, machine.known) for item in content.items]
    place = next((place for place, each in enumerate(patterns) if isinstance(each, ast.MatchStar)), None)
    if place is None:
        return _all_of(machine, patterns, parts) if len(patterns) == len(parts) else (FALSE, {})
    star, after = patterns.pop(place), len(patterns) - place
    if len(parts) < len(patterns):
        return FALSE, {}
    end = len(parts) - after
    test, bound = _all_of(machine, patterns, [*parts[:place], *parts[end:]])
    if isinstance(star, ast.MatchStar) and star.name is not None:
        middle = tuple(Item(value) for value in parts[place:end])
        bound[star.name] = machine.new_list(ListContent(middle), getattr(subject, "origin", None))
    return test, bound


def _all_of(machine: Machine, patterns: Sequence[ast.pattern], parts: Sequence[Value]) -> Matched:
    test: Value = TRUE
    bound: Bindings = {}
    for pattern, part in zip(patterns, parts, strict=True):
        also, names = matched(machine, pattern, part)
        test = select(test, also, FALSE)
        bound.update(names)
    return test, bound


def _class(machine: Machine, pattern: ast.MatchClass, subject: Value) -> Matched:
    """Match `str()`, `dict(x)` and the like; the patterns of other classes are not followed."""
    if isinstance(subject, EnvRead) and subject.plain and subject.default is not None and absent(subject.default):
        text = replace(subject, default=None)
        return _of_choice(machine, pattern, guarded(set_atom(subject.variable), text, NONE))
    cls = evaluate(machine, pattern.cls)
    kind = _TYPES.get(cls.name.removeprefix("builtins.")) if isinstance(cls, Dotted) else None
    own = _type_of(machine, subject)
    if kind is None or own is None or pattern.kwd_patterns or len(pattern.patterns) > 1:
        return _hidden(machine, pattern, subject)
    if not issubclass(own, kind):
        return FALSE, {}
    return matched(machine, pattern.patterns[0], subject) if pattern.patterns else (TRUE, {})


def _type_of(machine: Machine, value: Value) -> type | None:
    if isinstance(value, Const):
        return type(value.value)
    if isinstance(value, EnvRead) and value.plain:
        default = value.default
        return str if default is None or (isinstance(default, Const) and isinstance(default.value, str)) else None
    content = machine.list_of(value)
    if content is not None:
        return _TYPES.get(content.kind)
    return dict if machine.dict_of(value) is not None else None


def _other_kind(machine: Machine, pattern: ast.pattern, subject: Value) -> Matched:
    """Match something that is neither a dictionary nor a list that can be seen: text and numbers are neither."""
    if _type_of(machine, subject) is not None or (isinstance(subject, EnvRead) and subject.plain):
        return FALSE, {}
    return _hidden(machine, pattern, subject)


def _hidden(machine: Machine, pattern: ast.pattern, subject: Value) -> Matched:
    """Return an open condition, and names that stand for something unknown, through which all may be changed."""
    nodes = list(ast.walk(pattern))
    names = [node.name for node in nodes if isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name]
    names += [node.rest for node in nodes if isinstance(node, ast.MatchMapping) and node.rest]
    text = f"`{short(text_of(pattern))}`"
    if names:
        doubt(machine, subject, f"the pattern {text} takes it apart and may change it")
    key = machine.occurrence(f"{text} matches")
    test = guarded(Atom(key, f"{text} matches", f"{text} does not match"), TRUE, FALSE)
    reason = f"it is what the pattern {text} takes out of something that cannot be seen"
    return test, {name: Unknown(reason, machine.occurrence(f"{name} in {text}")) for name in names}
