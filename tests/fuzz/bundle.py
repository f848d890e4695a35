"""One fuzz input as a small project: files one after another, each behind a line with its path."""

from __future__ import annotations

import re
from pathlib import Path

from djconnfix.project.files import Tree

_HEAD = re.compile(rb"^=== ([^\r\n]{1,120})\n", re.MULTILINE)
ROOT = Path("/nonexistent/fuzzed")  # everything is read from memory


def unpack(data: bytes, default: str) -> dict[str, bytes]:
    """Return the files of an input by path; what stands before the first head is the file `default`."""
    pieces = _HEAD.split(data)
    files = {default: pieces[0]} if pieces[0] or len(pieces) == 1 else {}
    for name, text in zip(pieces[1::2], pieces[2::2], strict=True):
        parts = [part for part in name.decode("utf-8", "replace").split("/") if part not in ("", ".", "..")]
        path = "/".join(parts).replace("\0", "")
        if path:
            files[path] = text
    return files


def pack(files: dict[str, bytes]) -> bytes:
    """Return files as one input."""
    return b"".join(
        b"=== " + path.encode() + b"\n" + text + (b"" if text.endswith(b"\n") else b"\n")
        for path, text in sorted(files.items())
    )


def tree_of(files: dict[str, bytes]) -> Tree:
    """Return files as the project's tree that every reader takes."""
    return Tree(ROOT, tuple(sorted(files))).overlay(files)
