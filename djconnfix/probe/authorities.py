"""How many certificate authorities a client loads for each connection."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_BEGIN = b"-----BEGIN CERTIFICATE-----"
_LARGEST = 8_000_000


@dataclass(frozen=True, slots=True)
class Authorities:
    """A file of authorities and how many it holds; empty and 0 when none is loaded or that is unknown."""

    path: str = ""
    number: int = 0


def authorities_of(vendor: str, driver: str, parameters: Mapping[str, Any], *, encrypted: bool) -> Authorities:
    """Return what a driver loads to check the server's certificate.

    PyMySQL builds its TLS context before it connects, from the system's bundle when no file is named, whether or not
    the server then speaks TLS; mysql-connector does when it does. The others load a file only when one is named.
    """
    if vendor == "postgresql":
        named = str(parameters.get("sslrootcert") or "")
        return _counted(_system() if named == "system" else named) if encrypted else Authorities()
    options = parameters.get("ssl")
    named = str(parameters.get("ssl_ca") or (options.get("ca") if isinstance(options, dict) else "") or "")
    if not named and not options and not parameters.get("ssl_disabled"):
        named = _system() if driver == "pymysql" or (driver == "mysql.connector" and encrypted) else ""
    return _counted(named)


def _system() -> str:
    return ssl.get_default_verify_paths().cafile or ""


def _counted(path: str) -> Authorities:
    if not path:
        return Authorities()
    try:
        with Path(path).open("rb") as handle:
            return Authorities(path, handle.read(_LARGEST).count(_BEGIN))
    except OSError:
        return Authorities(path)
