"""Shell completion for bash, zsh and fish, made from the parser itself."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from djconnfix.records import dataclass
from djconnfix.rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Iterable

_RULES = ("select", "ignore", "extend_select", "rule")  # options whose values are rules
_FILES = ("FILE",)


@dataclass(frozen=True, slots=True)
class Word:
    """An option or argument of a program.

    Attributes:
        flags: `-q`, `--quiet`; empty for what stands without one.
        help: one line.
        values: what may follow, when that is a closed list.
        files: whether any file may follow (or is it, without flags).
        takes: whether something must follow.
    """

    flags: tuple[str, ...]
    help: str
    values: tuple[str, ...]
    files: bool
    takes: bool


@dataclass(frozen=True, slots=True)
class Program:
    """A program of the command line and its words."""

    name: str
    help: str
    words: tuple[Word, ...]

    @property
    def flags(self) -> tuple[str, ...]:
        """Every flag, in order."""
        return tuple(flag for word in self.words for flag in word.flags)


def programs_of(parser: argparse.ArgumentParser) -> tuple[Program, ...]:
    """Return the programs of a parser."""
    [choice] = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    helps = {action.dest: action.help or "" for action in choice._choices_actions}
    return tuple(
        Program(name, helps[name], tuple(_word(action) for action in program._actions))
        for name, program in choice.choices.items()
    )


def _word(action: argparse.Action) -> Word:
    values = tuple(map(str, action.choices or ()))
    if action.dest in _RULES:
        values = tuple(word for rule in all_rules() for word in (rule.code, rule.name))
    files = action.dest == "paths" or action.metavar in _FILES
    return Word(tuple(action.option_strings), _one_line(action), values, files, action.nargs != 0)


def _one_line(action: argparse.Action) -> str:
    return re.sub(r"\s+", " ", (action.help or "") % {"default": action.default, "prog": "djconnfix"})


def script_for(shell: str, parser: argparse.ArgumentParser) -> str:
    """Return the script for `bash`, `zsh` or `fish`."""
    programs = programs_of(parser)
    general = tuple(flag for action in parser._actions for flag in action.option_strings)
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](programs, general)


def _bash(programs: tuple[Program, ...], general: tuple[str, ...]) -> str:
    lines = [
        "# bash completion for djconnfix",
        "_djconnfix() {",
        "    local current previous program word",
        "    current=${COMP_WORDS[COMP_CWORD]}",
        "    previous=${COMP_WORDS[COMP_CWORD-1]}",
        "    COMPREPLY=()",
        '    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
        '        case $word in -*) ;; *) program=$word; break ;; esac',
        "    done",
        '    case "$program $previous" in',
    ]  # fmt: skip
    for program in programs:
        for word in program.words:
            if word.flags and word.takes:
                pattern = "|".join(f'"{program.name} {flag}"' for flag in word.flags)
                lines.append(f"        {pattern}) {_bash_values(word)}; return ;;")
    lines += ["    esac", "    case $program in"]
    for program in programs:
        loose = [word for word in program.words if not word.flags]
        flags = _compgen(" ".join(program.flags))
        files = "-f " if any(word.files for word in loose) else ""
        other = _compgen(" ".join(value for word in loose for value in word.values), files) if loose else flags
        lines.append(f"        {program.name}) if [[ $current == -* ]]; then {flags}; else {other}; fi ;;")
    words = " ".join([*(program.name for program in programs), *general])
    lines += [
        f"        *) {_compgen(words)} ;;",
        "    esac",
        "}",
        "complete -o filenames -F _djconnfix djconnfix",
    ]
    return "\n".join(lines) + "\n"


def _compgen(words: str, files: str = "") -> str:
    return f"""mapfile -t COMPREPLY < <(compgen {files}-W '{words}' -- "$current")"""


def _bash_values(word: Word) -> str:
    if word.values or word.files:
        return _compgen(" ".join(word.values), "-f " if word.files else "")
    return ":"


def _zsh(programs: tuple[Program, ...], general: tuple[str, ...]) -> str:
    lines = ["#compdef djconnfix", "_djconnfix() {", "    local -a programs", "    programs=("]
    lines += [f"        {_quoted(f'{program.name}:{program.help}')}" for program in programs]
    lines += [
        "    )",
        "    if (( CURRENT == 2 )); then",
        "        _describe 'program' programs",
        f"        compadd -- {' '.join(general)}",
        "        return",
        "    fi",
        "    local program=$words[2]",
        "    shift words; (( CURRENT-- ))",
        "    case $program in",
    ]
    for program in programs:
        lines.append(f"        {program.name}) _arguments -s \\")
        lines += [f"            {spec} \\" for word in program.words for spec in _zsh_specs(word)]
        lines.append("            ;;")
    lines += ["    esac", "}", 'if [ "$funcstack[1]" = "_djconnfix" ]; then', '    _djconnfix "$@"', "else"]
    lines += ["    compdef _djconnfix djconnfix", "fi"]
    return "\n".join(lines) + "\n"


def _zsh_specs(word: Word) -> Iterable[str]:
    what = f"({' '.join(word.values)})" if word.values else "_files" if word.files else ""
    told = word.help.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")
    if not word.flags:
        yield _quoted(f"*:{told}:{what}")
    for flag in word.flags:
        yield _quoted(f"*{flag}[{told}]" + (f":value:{what}" if word.takes else ""))


def _fish(programs: tuple[Program, ...], general: tuple[str, ...]) -> str:
    lines = ["# fish completion for djconnfix", "complete -c djconnfix -f"]
    lines += [
        f"complete -c djconnfix -n __fish_use_subcommand -a {program.name} -d {_fish_quoted(program.help)}"
        for program in programs
    ]
    lines += [
        f"complete -c djconnfix -n __fish_use_subcommand -l {flag[2:]}" for flag in general if flag.startswith("--")
    ]
    for program in programs:
        seen = f"-n '__fish_seen_subcommand_from {program.name}'"
        for word in program.words:
            flags = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in word.flags)
            value = f" -a {_fish_quoted(' '.join(word.values))}" if word.values else ""
            needs = (" -r" if word.files else " -x") if word.takes and word.flags else ""
            files = " -F" if word.files else ""
            told = f" -d {_fish_quoted(word.help)}"
            lines.append(f"complete -c djconnfix {seen} {flags}{needs}{files}{value}{told}".replace("  ", " "))
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
