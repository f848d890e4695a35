"""What is known of a project: the one language that readers write and rules read.

Nothing here reads files or knows syntax trees. Every fact carries the place it was read from.
"""

from djconnfix.facts.databases import (
    DJANGO_DEFAULTS,
    POOLING_ENGINE_PREFIXES,
    SERVER_VENDORS,
    STOCK_ENGINES,
    Database,
    DatabaseKey,
    clause_of,
    vendor_of,
)
from djconnfix.facts.deployment import Migration, PooledDatabase, Pooler, PoolMode, Secrets, Server, Serving
from djconnfix.facts.modules import Evidence, ListItem, ListSetting, ModuleName, Role, SettingsModule
from djconnfix.facts.packages import Package, Version
from djconnfix.facts.project import CodeFact, Project, Unreadable
from djconnfix.facts.remembered import remembered
from djconnfix.facts.test_runs import names_tests, serves_nobody
from djconnfix.facts.values import MISSING, Missing, Options, State, Value

__all__ = [
    "DJANGO_DEFAULTS",
    "MISSING",
    "POOLING_ENGINE_PREFIXES",
    "SERVER_VENDORS",
    "STOCK_ENGINES",
    "CodeFact",
    "Database",
    "DatabaseKey",
    "Evidence",
    "ListItem",
    "ListSetting",
    "Migration",
    "Missing",
    "ModuleName",
    "Options",
    "Package",
    "PoolMode",
    "PooledDatabase",
    "Pooler",
    "Project",
    "Role",
    "Secrets",
    "Server",
    "Serving",
    "SettingsModule",
    "State",
    "Unreadable",
    "Value",
    "Version",
    "clause_of",
    "names_tests",
    "remembered",
    "serves_nobody",
    "vendor_of",
]
