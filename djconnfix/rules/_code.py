"""What rules about user code share: its evidence, its remedies, and its entries in `MIDDLEWARE`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djconnfix.facts import State
from djconnfix.findings import Applicability, Because, Remedy, RemoveListItem, RewriteCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.facts import CodeFact, Project, SettingsModule, Version
    from djconnfix.findings import Action

LISTS = ("MIDDLEWARE", "MIDDLEWARE_CLASSES")
_SOURCE_FOLDERS = frozenset({"app", "apps", "backend", "django", "project", "server", "src"})


def facts_of(project: Project, kind: str) -> Iterator[CodeFact]:
    """Yield the project's facts of one kind."""
    return (fact for fact in project.code if fact.kind == kind)


def path_evidence(fact: CodeFact) -> tuple[Because, ...]:
    """Return a fact's path through the code, a line each."""
    return tuple(Because(words, place) for place, words in fact.path_lines)


def rewrite_action(fact: CodeFact) -> tuple[RewriteCode, ...]:
    """Return the action that carries out a fact's rewrite, nothing when it has none."""
    if not fact.rewrite or fact.rewrite_span is None:
        return ()
    steps = tuple((key, value) for key, value in fact.detail.items() if key.startswith("step "))
    return (RewriteCode(fact.rewrite_span, fact.rewrite, steps),)


def entries(project: Project, fact: CodeFact) -> Iterator[tuple[SettingsModule, RemoveListItem]]:
    """Yield each settings root that lists a fact's class or function as middleware, with what removes the entry."""
    for settings in project.settings:
        for name in LISTS:
            setting = settings.lists.get(name)
            values = {item.value for item in setting.items} if setting else set()
            for value in sorted(v for v in values if v is not None and names_it(v, fact.dotted, settings.path)):
                yield settings, RemoveListItem(settings.module, name, value)


def names_it(value: str, dotted: str, settings_path: str) -> bool:
    """Whether an entry names what stands at a dotted path from the root, given which folders may be import roots."""
    if value == dotted:
        return True
    if "." not in value or not dotted.endswith(f".{value}"):
        return False
    above = dotted[: -len(value) - 1].split(".")
    return settings_path.split("/")[: len(above)] == above or above[-1] in _SOURCE_FOLDERS


def lowest_django(project: Project, fact: CodeFact) -> Version:
    """Return the lowest Django under which a fact's code may run; empty when unknown."""
    listed = [settings for settings, _ in entries(project, fact)]
    floors = [s.evidence.django for s in listed or project.settings if s.evidence.django]
    return min(floors, default=project.evidence.django)


def atomic_aliases(project: Project) -> dict[str, Because]:
    """Return the aliases of which each request is seen to be a transaction, with the place that says so."""
    found = {}
    for _, database in project.databases():
        value = database.get("ATOMIC_REQUESTS")
        if value.state is State.KNOWN and value.value is True:
            found[database.alias] = Because(f"ATOMIC_REQUESTS is on for alias {database.alias!r}", value.location)
    return found


def manual(why: str, instructions: str) -> Remedy:
    """Return a remedy that only a person can apply."""
    return Remedy(Applicability.MANUAL, why, (), instructions)


def unsafe(why: str, actions: tuple[Action, ...], instructions: str) -> Remedy:
    """Return a remedy that needs `--unsafe-fixes`."""
    return Remedy(Applicability.UNSAFE, why, actions, instructions)
