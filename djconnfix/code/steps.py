"""The single changes that a rewrite consists of, in the form in which facts and remedies carry them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_KEY = "step "


@dataclass(frozen=True, slots=True)
class Step:
    """One change to a file.

    Attributes:
        what: `drop-test`: the `if` keeps its body and loses the test at `marks` (own span, span of the test).
            `remove`: the statement goes. `replace`: the span becomes the text of `marks`.
            `put`: the span becomes `text`. `bind-return`: `return call` becomes `response = call`, then `text`.
            `unwrap-try`: a `try` ... `finally` becomes its body.
            `wrap-atomic`: statements from one to another become the body of `with text:`, and the statements of the
            further spans go (`marks`: start of the first, end of the last, spans).
            `insert-after`, `insert-before`: `text` becomes a statement after or before this one.
            `prune-import`: the name `text` is no longer
            used and goes from the import statement.
        start: offset of the statement (or expression).
        end: offset past it.
        marks: further offsets.
        text: source text that is put in.
    """

    what: str
    start: int
    end: int
    marks: tuple[int, ...] = ()
    text: str = ""


def encode(steps: Iterable[Step]) -> dict[str, str]:
    """Return steps as the details of a fact."""
    return {
        f"{_KEY}{number}": " ".join((step.what, *map(str, (step.start, step.end, *step.marks)), f"|{step.text}"))
        for number, step in enumerate(steps)
    }


def decode(detail: Mapping[str, str] | Iterable[tuple[str, str]]) -> tuple[Step, ...]:
    """Return the steps among the details of a fact or of a `RewriteCode` action."""
    found = []
    for key, value in dict(detail).items():
        if key.startswith(_KEY):
            head, _, text = value.partition("|")
            what, *numbers = head.split()
            start, end, *marks = map(int, numbers)
            found.append(Step(what, start, end, tuple(marks), text))
    return tuple(found)
