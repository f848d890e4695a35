"""What user code does with transactions and connections: names by binding, paths, facts."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from djconnfix.code.reading import CodeReading, read_code

__all__ = ["CodeReading", "read_code"]


def __getattr__(name: str) -> object:
    """Import the reading when it is asked for: a hook's call on silent files only asks for the words."""
    if name in ("CodeReading", "read_code"):
        from djconnfix.code import reading

        return getattr(reading, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
