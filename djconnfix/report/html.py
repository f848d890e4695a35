"""What pages of reports are made of: elements, one style sheet, one script."""

from __future__ import annotations

import re
from importlib.resources import files

from djconnfix.webpage import document, text

__all__ = ["element", "given", "page", "prose", "text"]

_CODE = re.compile(r"`([^`]+)`")


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
    """Return a whole page in the style of reports.

    Args:
        title: of the window, as text.
        body: HTML.
    """
    return document(title, body, _asset("page.css"), _asset("page.js"))


def _asset(name: str) -> str:
    return files("djconnfix.report").joinpath(name).read_text(encoding="utf-8")
