"""What can be said of a fix before it is tried: that there is no place where it could be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import State, Value
from djconnfix.findings import SetSetting
from djconnfix.fix.edits import CannotEditError
from djconnfix.fix.intent import Intent, actions_of, value_at
from djconnfix.fix.workspace import Workspace

if TYPE_CHECKING:
    from djconnfix.engine import Report
    from djconnfix.facts import Database

NO_PLACE = "no place was found where it can be written"


def without_place(report: Report) -> dict[str, str]:
    """Return the fingerprints of findings that `fix` is bound to refuse, with the reason.

    A setting that the environment decides is changed where its fall-back stands. Whether that is anywhere is told from
    the trace alone: neither libcst nor a proof is needed, so that an audit can afford to ask. Everything else that
    speaks against a fix only its trial shows.
    """
    known = {database.key: database for settings in report.project.settings for database in settings.databases}
    intent = Intent.of(report.findings)
    workspace = Workspace(report)
    return {
        finding.fingerprint: NO_PLACE
        for finding in report.findings
        for action in actions_of(finding)
        if isinstance(action, SetSetting)
        and _is_read(known.get(action.database), action)
        and not _somewhere(workspace, action, intent)
    }


def _is_read(database: Database | None, action: SetSetting) -> bool:
    now = value_at(database, action.path) if database is not None else None
    return isinstance(now, Value) and now.state is State.ENVIRONMENT


def _somewhere(workspace: Workspace, action: SetSetting, intent: Intent) -> bool:
    from djconnfix.fix.ways import has_place

    try:
        return has_place(workspace, action, intent.wanting(action.path, action))
    except CannotEditError:
        return False
