"""The configuration in force, as TOML that can be put into `pyproject.toml`, with where each value comes from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from djconnfix.findings import Severity
from djconnfix.masking import mask
from djconnfix.options import OPTIONS, Override
from djconnfix.terminal import plain

if TYPE_CHECKING:
    from djconnfix.config import Resolved


def write_toml(resolved: Resolved) -> str:
    """Return the table, secrets masked; what nobody set and has no value of its own is a comment."""
    lines = [f"# root: {plain(mask(str(resolved.config.root)))}", "[tool.djconnfix]"]
    for option in OPTIONS:
        value = getattr(resolved.config, option.key.replace("-", "_"))
        origin = plain(mask(resolved.origins[option.key]))
        if value in ("", (), 0) and value is not False and origin == "default" and not isinstance(option.default, dict):
            lines.append(f"# {option.key} is not set")
            continue
        lines.append(f"{option.key} = {mask(_shown(option.key, value))}  # {origin}")
    return "\n".join(lines) + "\n"


def _shown(key: str, value: object) -> str:
    if key == "django" and isinstance(value, tuple):
        return _string(".".join(map(str, value)))
    if isinstance(value, Severity):
        return _string(value.label)
    if isinstance(value, Override):
        entries = {name: getattr(value, name.replace("-", "_")) for name in ("server", "django", "strategy")}
        entries["max-connections"] = value.max_connections
        return _table({name: _shown(name, each) for name, each in entries.items() if each})
    if isinstance(value, tuple):
        return "[" + ", ".join(_string(str(item)) for item in value) + "]"
    if isinstance(value, dict):
        return _table({name: _shown("", each) for name, each in value.items()})
    return str(value).lower() if isinstance(value, bool | int) else _string(str(value))


def _table(entries: dict[str, str]) -> str:
    return "{" + ", ".join(f"{_key(name)} = {shown}" for name, shown in entries.items()) + "}"


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if bare else _string(name)


def _string(text: str) -> str:
    """Return a basic string; what TOML cannot hold (a lone surrogate of an odd file name) becomes `?`."""
    kept = text.encode("utf-8", "replace").decode()
    return json.dumps(kept, ensure_ascii=False).replace("\x7f", "\\u007f")
