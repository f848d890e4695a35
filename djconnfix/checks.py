"""The rules as Django system checks `djconnfix.DCF101`, which `SILENCED_SYSTEM_CHECKS` silences as any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core import checks

from djconnfix.errors import ConfigurationError
from djconnfix.findings import Severity
from djconnfix.masking import mask
from djconnfix.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from django.apps import AppConfig

    from djconnfix.config import Config
    from djconnfix.engine import Report
    from djconnfix.findings import Finding

TAG = "djconnfix"
# Never an Error: Django refuses to run `migrate` and `runserver` while one stands, and a finding about connections,
# however bad, is no reason to stop a deployment half-way. `check --fail-level WARNING` and connaudit are for that.
_KINDS: dict[Severity, Callable[..., checks.CheckMessage]] = {
    Severity.ERROR: checks.Warning,
    Severity.WARNING: checks.Warning,
    Severity.INFO: checks.Info,
}


def check_files(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[checks.CheckMessage]:
    """Judge the project's files; the settings that are loaded play no part."""
    if not _asked_for(app_configs):
        return []
    return _guarded(lambda report: report.findings, _unseen)


def check_loaded_databases(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_: Any
) -> list[checks.CheckMessage]:
    """Judge `DATABASES` as loaded, for the aliases of `--database`; report only what the files did not show."""
    if not databases or not _asked_for(app_configs):
        return []

    def unseen(report: Report) -> Iterable[Finding]:
        from djconnfix.management.loaded import judge_loaded

        return judge_loaded(report, databases)

    return _guarded(unseen)


def _asked_for(app_configs: Sequence[AppConfig] | None) -> bool:
    """Whether the checks run for the whole project, or for this app by name (`manage.py check djconnfix`)."""
    return app_configs is None or any(app.name == "djconnfix" for app in app_configs)


def _unseen(report: Report) -> list[checks.CheckMessage]:
    """Say why the findings may not be all: what could not be read, and a fix that is half done."""
    from djconnfix.fix.pending import is_pending
    from djconnfix.selection import path_in_scope

    messages: list[checks.CheckMessage] = [
        checks.Warning(
            plain(mask(each.reason)),
            hint="nothing is known of this file; mend it, or take it out of scope with `exclude`",
            obj=plain(f"{each.path}:{each.line}" if each.line else each.path),
            id="djconnfix.unreadable",
        )
        for each in report.project.unreadable
        if path_in_scope(report.config, each.path)
    ]
    if is_pending(report.tree.root):
        text = "a fix was interrupted or is being written; until it is ended, files may be half of it"
        messages.append(checks.Warning(text, hint="run `manage.py connfix`", id="djconnfix.interrupted"))
    return messages


def _guarded(
    choose: Callable[[Report], Iterable[Finding]],
    besides: Callable[[Report], list[checks.CheckMessage]] = lambda report: [],
) -> list[checks.CheckMessage]:
    """Return what is found; a bug in here must not stop `runserver`, so it becomes a warning of its own."""
    from djconnfix.engine import audit
    from djconnfix.management.project import resolve_for_django

    try:
        config = resolve_for_django().config
        report = audit(config)
        return [*_messages(config, choose(report)), *besides(report)]
    except ConfigurationError as error:
        return [checks.Error(plain(str(error)), id="djconnfix.configuration")]
    except Exception as error:
        text = f"djconnfix itself failed with {type(error).__name__}; run `manage.py connaudit --traceback` for more"
        return [checks.Warning(text, id="djconnfix.internal")]


def _messages(config: Config, findings: Iterable[Finding]) -> list[checks.CheckMessage]:
    found: dict[tuple[object, ...], checks.CheckMessage] = {}
    for finding in findings:  # the same place read through several settings modules is one message
        key = (finding.code, finding.location, finding.alias, finding.problem.message)
        if key not in found:
            found[key] = _message(finding)
    return list(found.values())


def _message(finding: Finding) -> checks.CheckMessage:
    at = finding.location
    return _KINDS[finding.severity](
        plain(mask(finding.problem.message)),
        hint=_hint(finding),
        obj=plain(f"{at.path}:{at.line}"),
        id=f"djconnfix.{finding.code}",
    )


def _hint(finding: Finding) -> str | None:
    if (remedy := finding.remedy) is None:
        return None
    sentences = [_sentence(text) for text in (remedy.instructions, remedy.why) if text.strip()]
    if remedy.actions:
        sentences.append(f"`manage.py connfix --select {finding.code} --dry-run` shows the change.")
    return plain(mask(" ".join(sentences))) or None


def _sentence(text: str) -> str:
    """Return a clause as a sentence; what begins with a name (`x`, alias.y, CONN_MAX_AGE) keeps its first letter."""
    text = text.strip().rstrip(".")
    first = text.split(" ", 1)[0].rstrip(",:;")
    return f"{text[0].upper()}{text[1:]}." if first.isalpha() and first.islower() else f"{text}."
