"""`fix --interactive`: diff by diff, with the reason, as `git add -p` asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.findings import Applicability
from djconnfix.report.as_text import finding_lines
from djconnfix.report.merged import merged
from djconnfix.terminal import plain

if TYPE_CHECKING:
    from typing import TextIO

    from djconnfix.engine import Report
    from djconnfix.findings import Finding
    from djconnfix.view import View

_ANSWERS = ("y", "yes", "n", "no", "a", "all", "q", "quit")
_HELP = """\
y - apply this fix
n - leave this finding as it is
a - apply this fix and all later ones that are safe{unsafe}
q - leave this finding and all later ones; what was agreed to is written
? - print this help
"""


def agreed(report: Report, view: View, answers: TextIO, *, unsafe: bool) -> list[Finding]:
    """Ask about every fix that can be made for sure, and return the findings whose fix is agreed to.

    Fixes that change policy are asked about as well, with the reason why they are not safe here.

    Args:
        report: the audit.
        view: where diffs and questions are shown.
        answers: where answers come from, a line each; its end means `q`.
        unsafe: whether `a` agrees to fixes that change policy too.
    """
    from djconnfix.fix.diff import masked_diff
    from djconnfix.fix.plan import make_plan

    wanted: list[Finding] = []
    same: dict[tuple[object, ...], list[Finding]] = {}
    for finding in report.findings:
        same.setdefault(_key(finding), []).append(finding)
    fixable = [each for each in merged(report.findings) if each.finding.remedy and each.finding.remedy.actions]
    everything = False
    for number, each in enumerate(fixable, 1):
        findings = same[_key(each.finding)]
        plan = make_plan(report, findings, unsafe=True, passes=1)
        if not plan.changes:
            reason = plan.refused[0].reason if plan.refused else "another setting decides"
            at = each.finding.location
            view.say(f"{at.path}:{at.line}: {each.finding.code} is not fixed: {reason}")
            continue
        if everything and (unsafe or _safe(each.finding)):
            wanted += findings
            continue
        view.out.write("\n".join([*finding_lines(report, each, view.style, asked=True), "", ""]))
        view.out.write(masked_diff(plan, color=view.style.color))
        answer = _ask(f"({number}/{len(fixable)}) Apply this fix [y,n,a,q,?]? ", view, answers, unsafe=unsafe)
        if answer == "q":
            break
        if answer in ("y", "a"):
            wanted += findings
        everything = everything or answer == "a"
        view.out.write("\n")
    return wanted


def _ask(question: str, view: View, answers: TextIO, *, unsafe: bool) -> str:
    while True:
        view.out.write(view.style.paint(question, "bold"))
        view.out.flush()
        line = answers.readline()
        if not line:
            view.out.write("\n")
            return "q"
        answer = line.strip().lower()
        if answer in _ANSWERS:
            return answer[0]
        if answer and answer != "?":
            view.out.write(f"{plain(line.strip())!r} is none of the answers.\n")
        view.out.write(_HELP.format(unsafe=" or change policy" if unsafe else ""))


def _safe(finding: Finding) -> bool:
    return finding.remedy is not None and finding.remedy.applicability is Applicability.SAFE


def _key(finding: Finding) -> tuple[object, ...]:
    return finding.code, finding.location, finding.alias, finding.problem.message
