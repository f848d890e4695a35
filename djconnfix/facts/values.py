"""One setting as the files give it, and how much of it can be seen."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djconnfix.source import Location


class State(str, enum.Enum):
    """How much of a setting's value can be seen in the files."""

    KNOWN = "known"  # written in the files, whatever the environment
    DEFAULT = "default"  # nobody wrote it: Django's or a helper's own default
    ENVIRONMENT = "environment"  # the environment decides; `Value.value` is what holds while it is silent
    UNKNOWN = "unknown"  # sight was lost; `Value.reason` says where


class Missing(enum.Enum):
    """The value of an environment read that has no default."""

    MISSING = "missing"


MISSING = Missing.MISSING


@dataclass(frozen=True, slots=True)
class Value:
    """One setting as the files give it.

    Attributes:
        state: how it is known.
        value: plain Python data; for `ENVIRONMENT` what holds while the variable is unset (`MISSING`: no default);
            None for `UNKNOWN`.
        location: the expression that decides it; None for Django's own defaults.
        reason: for `UNKNOWN`, one clause that says what hid it.
        variable: for `ENVIRONMENT`, the variable's name.
        cast: for `ENVIRONMENT`, the type it is turned into (`int`, `bool`, ...); empty: stays a string.
        source: who set a `DEFAULT`: empty for Django, else the helper (`dj_database_url`).
    """

    state: State
    value: object = None
    location: Location | None = None
    reason: str = ""
    variable: str = ""
    cast: str = ""
    source: str = ""

    @property
    def written(self) -> bool:
        """Whether somebody wrote this setting down (known, from the environment, or out of sight)."""
        return self.state is not State.DEFAULT

    @property
    def certain(self) -> bool:
        """Whether `value` holds in every deployment."""
        return self.state in (State.KNOWN, State.DEFAULT)


@dataclass(frozen=True, slots=True)
class Options:
    """The `OPTIONS` of an alias.

    Attributes:
        values: by key; nested dictionaries are nested `Options`.
        complete: False when entries may exist that cannot be seen.
        location: where the dictionary is built, None when nobody wrote one.
    """

    values: Mapping[str, Value | Options] = field(default_factory=dict)
    complete: bool = True
    location: Location | None = None

    def get(self, key: str) -> Value | None:
        """Return the plain value under a key, None when absent or itself a dictionary."""
        found = self.values.get(key)
        return found if isinstance(found, Value) else None
