"""Helm charts: their values in their templates, and the poolers that they switch on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djconnfix.facts import PoolMode
from djconnfix.project.deployment import read_deployment
from djconnfix.project.deployment.helm import fill
from djconnfix.project.files import discover

if TYPE_CHECKING:
    from pathlib import Path

    from djconnfix.project.deployment import Deployment

TEMPLATE = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "shop.fullname" . }}
spec:
  replicas: {{ .Values.replicaCount }}
  template:
    spec:
      containers:
        - name: web
          command: ["gunicorn", "shop.wsgi", "--workers", "{{ .Values.web.workers }}", "--threads={{ .Values.web.threads | default 2 }}"]
          env:
            - name: DB_HOST
              value: {{ .Release.Name }}-pgbouncer
"""
VALUES = """\
replicaCount: 3
web:
  workers: 4
pgbouncer:
  enabled: true
  poolMode: transaction
"""


def deployment(root: Path, values: str, template: str = TEMPLATE, chart: str = "deploy/chart/") -> Deployment:
    for path, text in {"values.yaml": values, "templates/web.yaml": template}.items():
        (root / chart / path).parent.mkdir(parents=True, exist_ok=True)
        (root / chart / path).write_text(text)
    return read_deployment(discover(root))


@pytest.mark.parametrize("chart", ["", "deploy/chart/"])
def test_values_stand_in_templates_and_switch_a_pooler_on(tmp_path: Path, chart: str) -> None:
    found = deployment(tmp_path, VALUES, chart=chart)
    (server,), (pooler,) = found.servers, found.poolers
    assert (server.processes, server.threads, server.replicas) == (4, 2, 3)
    assert (pooler.program, pooler.mode, pooler.location.line) == ("pgbouncer", PoolMode.TRANSACTION, 5)
    assert pooler.variables == {"DB_HOST"}


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(VALUES.replace("enabled: true", "enabled: false"), id="off"),
        pytest.param(VALUES.replace("  enabled: true\n", ""), id="not said to be on"),
        pytest.param(VALUES.replace("enabled: true", "enabled: false\n  image: edoburu/pgbouncer:1.23"), id="off, with an image"),
        pytest.param(VALUES.replace("pgbouncer:", "redis:"), id="something else"),
        pytest.param("replicaCount: 3\npgbouncer: true\n", id="no mapping"),
    ],
)  # fmt: skip
def test_no_pooler_is_switched_on(tmp_path: Path, values: str) -> None:
    assert deployment(tmp_path, values).poolers == ()


def test_an_image_among_the_values_counts_once(tmp_path: Path) -> None:
    (pooler,) = deployment(tmp_path, VALUES + "  image:\n    repository: edoburu/pgbouncer\n    tag: 1.23.1\n").poolers
    assert pooler.version == (1, 23, 1)


def test_what_the_values_do_not_hold_stays_open(tmp_path: Path) -> None:
    (server,) = deployment(tmp_path, "web: {}\n").servers
    assert (server.processes, server.replicas_seen) == (None, False)


@pytest.mark.parametrize(
    "values", ["- a list\n", "a: [\n", "", "a: &x [*x]\n"], ids=["list", "broken", "empty", "cycle"]
)
def test_values_of_no_use_do_no_harm(tmp_path: Path, values: str) -> None:
    (server,) = deployment(tmp_path, values).servers
    assert server.program == "gunicorn"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ .Values.a.b }}", "4"),
        ("{{- .Values.a.b -}}", "4"),
        ("{{.Values.a.b|quote}}", "4"),
        ("{{ quote .Values.a.b }}", "4"),
        ("x-{{ .Values.a.b | default 9 | int }}-y", "x-4-y"),
        ('{{ .Values.none | default "seven" }}', "seven"),
        ("{{ .Values.none }}", "{{ .Values.none }}"),
        ("{{ .Values.empty }}", "{{ .Values.empty }}"),
        ("{{ add .Values.a.b 1 }}", "{{ add .Values.a.b 1 }}"),
        ("{{ .Values.a.b | mul 2 }}", "{{ .Values.a.b | mul 2 }}"),
        ('{{ include "x" . }}', '{{ include "x" . }}'),
        ("{{ if .Values.a.b }}", "{{ if .Values.a.b }}"),
        ("{{ .Release.Name }}-pgbouncer", "release-pgbouncer"),
        ("{{ .Release.Revision }}", "{{ .Release.Revision }}"),
    ],
)
def test_a_template_that_only_names_a_value_is_filled(text: str, expected: str) -> None:
    assert fill(text, {"a.b": "4", "empty": ""}) == expected
