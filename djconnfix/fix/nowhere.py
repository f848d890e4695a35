"""What can be said of a fix before it is tried: that there is no place where it could be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import State, Value
from djconnfix.findings import SetSetting

if TYPE_CHECKING:
    from djconnfix.engine import Report
    from djconnfix.facts import Database
    from djconnfix.fix.intent import Intent
    from djconnfix.fix.workspace import Workspace

NO_PLACE = "no place was found where it can be written"
SHARED = "its dictionary serves SQLite as well, or an engine out of sight; --unsafe-fixes writes it all the same"


def without_place(report: Report) -> dict[str, str]:
    """Return the fingerprints of findings that `fix` is bound to refuse, with the reason.

    A setting that the environment decides is changed where its fall-back stands. Whether that is anywhere is told from
    the trace alone: neither libcst nor a proof is needed, so that an audit can afford to ask. Everything else that
    speaks against a fix only its trial shows.
    """
    known = {database.key: database for settings in report.project.settings for database in settings.databases}
    read = [
        (finding, action)
        for finding in report.findings
        for action in (finding.remedy.actions if finding.remedy else ())
        if isinstance(action, SetSetting) and _is_read(known.get(action.database), action.path)
    ]
    if not read:
        return {}
    from djconnfix.fix.intent import Intent
    from djconnfix.fix.workspace import Workspace

    intent, workspace = Intent.of(report.findings), Workspace(report)
    return {finding.fingerprint: NO_PLACE for finding, action in read if not _somewhere(workspace, action, intent)}


def _is_read(database: Database | None, path: tuple[str, ...]) -> bool:
    if database is None:
        return False
    now = database.settings.get(path[0]) if len(path) == 1 else database.options.values.get(path[-1])
    return isinstance(now, Value) and now.state is State.ENVIRONMENT


def _somewhere(workspace: Workspace, action: SetSetting, intent: Intent) -> bool:
    from djconnfix.fix.edits import CannotEditError
    from djconnfix.fix.ways import has_place

    try:
        return has_place(workspace, action, intent.wanting(action.path, action))
    except CannotEditError:
        return False
