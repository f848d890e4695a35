"""Why a server could not be probed, in one line that gives no secret away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from djconnfix.masking import MASK, mask
from djconnfix.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIBPQ = re.compile(r"connection (?:to server )?(?:at|on socket) .*? failed: ", re.DOTALL)
_LEVEL = re.compile(r"^(?:FATAL|ERROR|PANIC):\s+")
_USING = re.compile(r"\(using password: (YES|NO)\)")


class ProbeError(Exception):
    """A server cannot be probed; the message is one clause without secrets."""


class NoServerError(ProbeError):
    """There is nothing to probe: the alias has no server."""


def clause(error: BaseException, secrets: Mapping[str, str]) -> str:
    """Return what a driver said as one clause: no endpoint of ours, no line break, no secret."""
    arguments: tuple[object, ...] = error.args
    text = str(arguments[1]) if len(arguments) >= 2 and isinstance(arguments[0], int) else str(error)
    text = _LIBPQ.sub("", text.strip()).removeprefix("connection failed: ")
    text = _USING.sub(lambda match: "with a password" if match[1] == "YES" else "without a password", text)
    text = _LEVEL.sub("", text.splitlines()[0].strip() if text else type(error).__name__)
    for name, secret in secrets.items():
        # A user's name may be an everyday word: where servers quote it, it is the name.
        around = (
            r"[\"'`]" if name == "USER" else r"(?<![A-Za-z0-9])",
            r"[\"'`]" if name == "USER" else r"(?![A-Za-z0-9])",
        )
        text = re.sub(f"({around[0]}){re.escape(secret)}({around[1]})", rf"\1{MASK}\2", text)
    return plain(mask(text)).rstrip(".")
