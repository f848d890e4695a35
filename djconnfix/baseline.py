"""The baseline: findings that a project lives with for now, by fingerprint, so that only new ones are reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.errors import ConfigurationError
from djconnfix.masking import mask

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from djconnfix.findings import Finding

VERSION = 1


def read_baseline(file: Path) -> frozenset[str]:
    """Return the fingerprints of a baseline.

    Raises:
        ConfigurationError: it cannot be read, or is no baseline.
    """
    import json

    try:
        data = json.loads(file.read_bytes())
    except OSError as error:
        hint = "; --update-baseline makes it" if isinstance(error, FileNotFoundError) else ""
        raise ConfigurationError(f"baseline {file}: cannot be read: {error.strerror}{hint}") from None
    except (ValueError, RecursionError):
        raise ConfigurationError(f"baseline {file}: is not valid JSON") from None
    entries = data.get("findings") if isinstance(data, dict) and data.get("version") == VERSION else None
    if not isinstance(entries, list) or not all(_is_entry(entry) for entry in entries):
        raise ConfigurationError(f"baseline {file}: is not a baseline of version {VERSION}")
    return frozenset(entry["fingerprint"] for entry in entries)


def write_baseline(file: Path, findings: Iterable[Finding]) -> int:
    """Write a baseline of these findings, secrets masked, and return how many they are.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    import json

    entries = [
        {
            "fingerprint": finding.fingerprint,
            "code": finding.code,
            "path": finding.location.path,
            "message": mask(finding.problem.message),
        }
        for finding in findings
    ]
    text = json.dumps({"version": VERSION, "findings": entries}, indent=1) + "\n"
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"baseline {file}: cannot be written: {error.strerror}") from None
    return len(entries)


def _is_entry(entry: object) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("fingerprint"), str)
