"""The results as a table of ratios, and which budgets they keep."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.cases import Budget, Contest
    from benchmarks.measure import Usage

BEGIN = "<!-- measured: begin -->"
END = "<!-- measured: end -->"


def machine() -> str:
    """Return what this was measured on, a line."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        found = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        name = found[0] if found else name
    return f"{name}, {os.cpu_count()} processors, {platform.system()} {platform.release().split('-')[0]}"


def rows(contest: Contest, usages: Sequence[Usage]) -> list[str]:
    """Return the rows of one contest: each command with its figures, and its CPU as a multiple of djconnfix's."""
    found = []
    ours = usages[0]
    for command, usage in zip(contest.commands, usages, strict=True):
        title = _titled(contest) if usage is ours else ""
        speed = f"{contest.files / usage.wall:,.0f}" if contest.files else ""
        ratio = f"{usage.cpu / ours.cpu:.2f}" if ours.cpu else ""
        used = f"{usage.cpu:.2f} | {ratio} | {usage.wall:.2f} | {usage.memory:.0f} | {speed}"
        found.append(f"| {title} | {command.name} | {used} |")
    return found


def _titled(contest: Contest) -> str:
    return f"{contest.title} (one run)" if contest.once else contest.title


def verdicts(contest: Contest, usages: Sequence[Usage]) -> list[str]:
    """Return a row for each budget: the limit, what was used, and whether that is within it."""
    by_name = {command.name: usage for command, usage in zip(contest.commands, usages, strict=True)}
    found = []
    for budget in contest.budgets:
        used, limit, unit = _judged(budget, usages[0], by_name)
        share = f"{used / limit:.2f}" if limit else ""
        kept = "yes" if used <= limit else "**no**"
        found.append(
            f"| {_titled(contest)} | {_said(budget)} | {limit:.2f} {unit} | {used:.2f} {unit} | {share} | {kept} |"
        )
    return found


def _judged(budget: Budget, ours: Usage, by_name: dict[str, Usage]) -> tuple[float, float, str]:
    if budget.memory:
        return ours.memory, budget.plus, "MB"
    used = ours.wall if budget.wall else ours.cpu
    other = by_name[budget.of].cpu if budget.of else 0.0
    return used, budget.factor * other + budget.plus, "s"


def _said(budget: Budget) -> str:
    if budget.memory:
        return f"at most {budget.plus:.0f} MB"
    if not budget.of:
        return f"at most {budget.plus:g} s of the clock" if budget.wall else f"at most {budget.plus:g} s"
    times = {1: "", 0.5: "half of ", 0.1: "a tenth of ", 0.05: "a twentieth of "}
    factor = times.get(budget.factor, f"{budget.factor:g} x ")
    return f"{factor}`{budget.of}`" + (f" and {budget.plus * 1000:.0f} ms" if budget.plus else "")


def page(results: Sequence[tuple[Contest, Sequence[Usage]]], about: Sequence[str]) -> str:
    """Return the measured part of docs/performance.md."""
    lines = [*about, "", "| what | budget | limit | used | share | kept |", "|---|---|---|---|---|---|"]
    for contest, usages in results:
        lines += verdicts(contest, usages)
    lines += [
        "",
        "| what | program | CPU s | x djconnfix | clock s | MB | files/s |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for contest, usages in results:
        lines += rows(contest, usages)
    return "\n".join(lines) + "\n"


def write_into(path: Path, text: str) -> None:
    """Put the measured part between its markers."""
    whole = path.read_text()
    before, _, rest = whole.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n{text}{END}{after}")
