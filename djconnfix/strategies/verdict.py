"""What a strategy has to say of one definition of one alias."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.records import dataclass

if TYPE_CHECKING:
    from djconnfix.findings import Action, Because


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an alias follows a strategy, can follow it, and what has to be done.

    Attributes:
        refusal: why the strategy cannot work here, one clause; empty when it can.
        advice: what to do about a refusal, or by hand.
        differences: how the alias differs from the strategy, a clause each; none: it follows.
        actions: what makes it follow.
        doubts: why the change is not proven, a clause each.
        unseen: why it cannot be made to follow by an edit, one clause; empty when it can.
        because: the evidence.
    """

    refusal: str = ""
    advice: str = ""
    differences: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    doubts: tuple[str, ...] = ()
    unseen: str = ""
    because: tuple[Because, ...] = ()
