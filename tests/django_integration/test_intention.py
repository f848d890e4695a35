"""What is a fault of loaded settings after a fix, and what is as was meant."""

from __future__ import annotations

import pytest

from djconnfix.facts import DatabaseKey
from djconnfix.findings import CastSetting, MoveSetting, RemoveListItem, RemoveSetting, SetSetting
from djconnfix.management.intention import Intention, fingerprint

KEY = DatabaseKey("shop.settings", "default", 0)
AGE = ("DATABASES", "default", "CONN_MAX_AGE")
OPTIONS = ("DATABASES", "default", "OPTIONS")
BEFORE = {
    AGE: fingerprint(0),
    (*OPTIONS, "pool"): fingerprint(True),
    ("MIDDLEWARE",): fingerprint(["a", "b", "c"]),
    ("DEBUG",): fingerprint(False),
}
OTHER, TOO = "would change to something else than was meant", "would change too"


@pytest.mark.parametrize(
    ("action", "path", "now", "fault"),
    [
        (SetSetting(KEY, ("CONN_MAX_AGE",), 60), AGE, fingerprint(60), ""),
        (SetSetting(KEY, ("CONN_MAX_AGE",), 60), AGE, fingerprint(61), OTHER),
        (SetSetting(KEY, ("CONN_MAX_AGE",), 60), AGE, fingerprint("60"), OTHER),
        (SetSetting(KEY, ("CONN_MAX_AGE",), 60), ("DEBUG",), fingerprint(True), TOO),
        (SetSetting(KEY, ("CONN_MAX_AGE",), 60), ("DATABASES", "other", "CONN_MAX_AGE"), fingerprint(60), TOO),
        (SetSetting(KEY, ("OPTIONS", "pool"), {"min_size": 1}), (*OPTIONS, "pool"), None, ""),
        (SetSetting(KEY, ("OPTIONS", "pool"), {"min_size": 1}), (*OPTIONS, "pool", "min_size"), fingerprint(1), ""),
        (SetSetting(KEY, ("OPTIONS", "pool"), {"min_size": 1}), (*OPTIONS, "pool", "max_size"), fingerprint(1), TOO),
        (RemoveSetting(KEY, ("OPTIONS", "pool")), (*OPTIONS, "pool"), None, ""),
        (RemoveSetting(KEY, ("OPTIONS", "pool")), (*OPTIONS, "pool"), fingerprint(False), OTHER),
        (RemoveSetting(KEY, ("OPTIONS", "pool")), OPTIONS, fingerprint({}), ""),
        (RemoveSetting(KEY, ("OPTIONS", "pool")), OPTIONS, fingerprint(1), OTHER),
        (MoveSetting(KEY, ("OPTIONS", "pool"), ("pool",)), ("DATABASES", "default", "pool"), fingerprint(True), ""),
        (MoveSetting(KEY, ("OPTIONS", "pool"), ("pool",)), ("DATABASES", "default", "pool"), fingerprint(1), OTHER),
        (CastSetting(KEY, ("CONN_MAX_AGE",), "int"), AGE, fingerprint(7), ""),
        (RemoveListItem("shop.settings", "MIDDLEWARE", "b"), ("MIDDLEWARE",), fingerprint(["a", "c"]), ""),
        (RemoveListItem("shop.settings", "MIDDLEWARE", "b"), ("MIDDLEWARE",), fingerprint(["c", "a"]), OTHER),
        (RemoveListItem("shop.settings", "MIDDLEWARE", "b"), ("MIDDLEWARE",), fingerprint(["a"]), OTHER),
        (RemoveListItem("shop.settings", "MIDDLEWARE", "b"), ("MIDDLEWARE",), fingerprint(["a", "d", "c"]), OTHER),
        (RemoveListItem("shop.settings", "MIDDLEWARE", "b"), ("MIDDLEWARE",), fingerprint(("a", "c")), OTHER),
    ],
)
def test_fault(action, path, now, fault):
    assert Intention(BEFORE, [action]).fault(path, now) == fault
