"""What user code does with transactions and connections: names by binding, paths, facts."""

from __future__ import annotations

from djconnfix.code.reading import CodeReading, read_code
from djconnfix.code.words import WORDS

__all__ = ["WORDS", "CodeReading", "read_code"]
