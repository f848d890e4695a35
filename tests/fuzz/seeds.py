"""What fuzzing begins with: the committed inputs, and the projects under `fixtures/`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.fuzz.bundle import pack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fuzz.targets import Target

CORPUS = Path(__file__).parent / "corpus"
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


def seeds(name: str, target: Target) -> list[bytes]:
    """Return the inputs with which a target's fuzzing begins."""
    committed = [path.read_bytes() for path in sorted((CORPUS / name).glob("*"))]
    return [each for each in (*committed, *_fixtures()) if len(each) <= target.longest]


def _fixtures() -> Iterator[bytes]:
    """Yield each fixture as one input, and each of its files as one of its own."""
    for project in sorted((*FIXTURES.glob("hard_cases/*/"), FIXTURES / "shop")):
        files = {
            path.relative_to(project).as_posix(): path.read_bytes()
            for path in sorted(project.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
        }
        yield pack(files)
        for path, data in files.items():
            yield pack({path: data})
