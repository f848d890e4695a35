"""A small certificate authority for the servers' TLS, made with the openssl program."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.servers.process import ServerUnavailable, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.workspace import Workspace

VALID_DAYS = "2"


@dataclass(frozen=True, slots=True)
class Certificates:
    """Paths of the authority's certificate, and of the certificate and key of ``localhost`` / ``127.0.0.1``."""

    authority: Path
    certificate: Path
    key: Path


def make_certificates(workspace: Workspace) -> Certificates:
    """A new authority and a server certificate that it signed. The key belongs to the servers' user alone."""
    openssl = shutil.which("openssl")
    if openssl is None:
        message = "no openssl: apt-get install openssl"
        raise ServerUnavailable(message)
    folder = workspace.path / "certificates"
    folder.mkdir(mode=0o755)
    authority, authority_key = folder / "authority.crt", folder / "authority.key"
    certificate, key, request = folder / "server.crt", folder / "server.key", folder / "server.csr"
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    run(
        [
            openssl,
            "req",
            "-x509",
            *new_key,
            "-days",
            VALID_DAYS,
            "-subj",
            "/CN=djconnfix test authority",
            "-keyout",
            authority_key,
            "-out",
            authority,
        ]
    )
    run([openssl, "req", *new_key, "-subj", "/CN=localhost", "-keyout", key, "-out", request])
    extensions = folder / "extensions"
    extensions.write_text("subjectAltName = DNS:localhost, IP:127.0.0.1\n", encoding="utf-8")
    run(
        [
            openssl,
            "x509",
            "-req",
            "-in",
            request,
            "-CA",
            authority,
            "-CAkey",
            authority_key,
            "-CAcreateserial",
            "-days",
            VALID_DAYS,
            "-extfile",
            extensions,
            "-out",
            certificate,
        ]
    )
    for path in (authority, certificate):
        path.chmod(0o644)
    key.chmod(0o600)
    workspace.give_away(key)
    return Certificates(authority, certificate, key)
