"""What follows from a definition and one more fact, worked out once for all the rules that ask."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from djconnfix.facts.databases import Database

    Given = TypeVar("Given")
    Result = TypeVar("Result")


def remembered(function: Callable[[Database, Given], Result]) -> Callable[[Database, Given], Result]:
    """Make a pure function of a definition and one more fact keep its last result with the definition."""
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def ask(database: Database, given: Given) -> Result:
        held = database.derived.get(name)
        if held is not None and held[0] is given:
            return held[1]  # type: ignore[return-value]
        result = function(database, given)
        database.derived[name] = (given, result)
        return result

    return ask
