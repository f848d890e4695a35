"""Dockerfiles: what each stage's last ENTRYPOINT and CMD start, with the ENV they start under."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

from djconnfix.project.deployment import shell
from djconnfix.project.deployment.wrappers import joined
from djconnfix.records import dataclass, field

if TYPE_CHECKING:
    from djconnfix.project.deployment.model import Found

_INSTRUCTION = re.compile(
    r"^[ \t]*([A-Za-z]+)[ \t]+((?:[^\r\n\\]|\\[ \t]*\r?\n(?:[ \t]*#[^\n]*\n)*|\\.)*)", re.MULTILINE
)
_COMMENT_IN_CONTINUATION = re.compile(r"(\\[ \t]*\r?\n)(?:[ \t]*#[^\n]*\n)+")
_CONTINUATION = re.compile(r"\\[ \t]*\r?\n")
_STAGE = re.compile(r"(?:--\S+\s+)*(\S+)(?:\s+as\s+(\S+))?", re.IGNORECASE)
_HEREDOC = re.compile(r"<<-?\s*['\"]?(\w+)")


@dataclass(slots=True)
class _Stage:
    environment: dict[str, str] = field(default_factory=dict)
    entrypoint: str = ""
    command: str = ""
    start: int = 0
    end: int = 0


def read(found: Found) -> None:
    """Gather a Dockerfile's start commands and settings modules."""
    text = found.source.text
    stages: dict[str, _Stage] = {}
    order: list[_Stage] = []
    current = _Stage()
    skip_to = 0
    for match in _INSTRUCTION.finditer(text):
        if match.start() < skip_to:
            continue
        instruction = match[1].upper()
        value = _COMMENT_IN_CONTINUATION.sub(r"\1", match[2]).strip()
        if instruction in ("RUN", "COPY") and (heredoc := _HEREDOC.search(value)):
            closing = re.compile(rf"^{heredoc[1]}\s*$", re.MULTILINE).search(text, match.end())
            skip_to = closing.end() if closing else match.end()
        elif instruction == "FROM":
            current = _begin(value, stages)
            order.append(current)
        elif instruction in ("ENV", "ARG"):
            _environment(current, value, instruction)
        elif instruction == "ENTRYPOINT":
            # ENTRYPOINT resets an inherited CMD, not one of the same stage; close enough for evidence.
            current.entrypoint = _as_shell(value)
            current.start, current.end = match.start(2), match.end(2)
        elif instruction == "CMD":
            current.command = _as_shell(value)
            current.start, current.end = match.start(2), match.end(2)
    for stage in order or [current]:
        if stage.end:
            found.environments.append(stage.environment)
            found.command(joined(stage.entrypoint, stage.command), stage.start, stage.end, stage.environment)


def _begin(value: str, stages: dict[str, _Stage]) -> _Stage:
    match = _STAGE.match(value)
    base = stages.get(match[1].lower()) if match else None
    stage = _Stage(dict(base.environment), base.entrypoint, base.command) if base else _Stage()
    if match and match[2]:
        stages[match[2].lower()] = stage
    return stage


def _environment(stage: _Stage, value: str, instruction: str) -> None:
    for command in shell.parse(value, stage.environment):
        pairs = dict(command.assignments)
        words = list(command.words)
        if not pairs and len(words) >= 2 and "=" not in words[0] and instruction == "ENV":
            pairs[words[0]] = " ".join(words[1:])  # the old form: ENV NAME value
        for word in words:
            name, equals, content = word.partition("=")
            if equals:
                pairs[name] = content
        stage.environment.update(pairs)


def _as_shell(value: str) -> str:
    """Return an instruction's exec form as shell text; its shell form as it is."""
    if value.startswith("["):
        try:
            words = json.loads(_CONTINUATION.sub("", value))
        except ValueError:
            words = None
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            return " ".join(map(shlex.quote, words))
    return value
