"""The frame of every HTML page of this program: it needs nothing else, and nothing in it can become markup."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from djconnfix.masking import mask
from djconnfix.terminal import plain


def text(value: object) -> str:
    """Return anything as text for HTML, inside elements and attributes: masked, controls visible, escaped."""
    return escape(plain(mask(str(value))), quote=True)


def document(title: str, body: str, style: str, script: str = "") -> str:
    """Return a whole page.

    The policy in its head lets a browser load nothing, send nothing and run nothing but this very script.

    Args:
        title: of the window, as text.
        body: HTML.
        style: CSS.
        script: JavaScript that works on the page; empty for none.
    """
    policy = f"default-src 'none'; style-src '{_digest(style)}'; base-uri 'none'; form-action 'none'"
    if script:
        policy += f"; script-src '{_digest(script)}'"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{text(title)}</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            body,
            *([f"<script>{script}</script>"] if script else []),
            "</body>",
            "</html>",
            "",
        ]
    )


def _digest(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
