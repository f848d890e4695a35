"""Self-contained HTML pages: text that cannot become markup, one style sheet, one script, nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from importlib.resources import files

from djconnfix.masking import mask
from djconnfix.terminal import plain

_CODE = re.compile(r"`([^`]+)`")


def text(value: object) -> str:
    """Return anything as text for HTML, inside elements and attributes: masked, controls visible, escaped."""
    return escape(plain(mask(str(value))), quote=True)


def prose(value: object) -> str:
    """Return a sentence as `text` does, with what stands between backticks as code."""
    return _CODE.sub(r"<code>\1</code>", text(value))


def element(name: str, content: str, **attributes: str) -> str:
    """Return an element; `content` is HTML, attribute values are text (`class_` and `aria_label` are spelled so)."""
    return f"<{name}{given(attributes)}>{content}</{name}>"


def given(attributes: dict[str, str]) -> str:
    """Return attributes as they stand in a tag, with a blank before each."""
    return "".join(f' {key.rstrip("_").replace("_", "-")}="{text(value)}"' for key, value in attributes.items())


def page(title: str, body: str) -> str:
    """Return a whole page.

    The policy in its head lets a browser load nothing, send nothing and run nothing but this program's own script.

    Args:
        title: of the window, as text.
        body: HTML.
    """
    style, script = (_asset(name) for name in ("page.css", "page.js"))
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
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
            f"<script>{script}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _asset(name: str) -> str:
    return files("djconnfix.report").joinpath(name).read_text(encoding="utf-8")


def _digest(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
