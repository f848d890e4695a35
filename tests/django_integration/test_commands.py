from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.django_integration.conftest import SETTINGS

BROKEN = "DATABASES = {\n"


def cli(site, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "djconnfix", *arguments], cwd=site.root, capture_output=True, text=True, check=False
    )
    return done.returncode


@pytest.mark.parametrize(
    ("change", "arguments", "status"),
    [
        ({}, ["audit"], 1),
        ({}, ["audit", "--fail-level", "error"], 0),
        ({}, ["audit", "--select", "DCF2"], 0),
        ({}, ["audit", "--select", "DCF999"], 2),
        ({}, ["audit", "missing.py"], 2),
        ({}, ["audit", "--django", "five"], 2),
        ({"pyproject.toml": "[tool.djconnfix]\nselct = []\n"}, ["audit"], 2),
        ({"pyproject.toml": "[tool.djconnfix\n"}, ["audit"], 2),
        ({"pyproject.toml": "[tool.djconnfix]\nfail-level = 'error'\n"}, ["audit"], 0),
        ({"old_settings.py": BROKEN}, ["audit"], 3),
        ({"old_settings.py": BROKEN}, ["audit", "shop"], 1),
        ({"old_settings.py": BROKEN}, ["fix", "--dry-run"], 3),
        ({}, ["fix", "--dry-run"], 1),
        ({}, ["fix", "--check"], 1),
        ({}, ["fix", "--check", "--fail-level", "error"], 1),
        ({}, ["fix", "--dry-run", "--fail-level", "error"], 0),
        ({}, ["fix"], 0),
        ({"Procfile": ""}, ["fix"], 1),
        ({}, ["fix", "--patch", "missing/a.patch"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list | dict) else str(value),
)
def test_exit_statuses_equal_those_of_the_standalone_program(change, arguments, status, site):
    for path, text in change.items():
        site.write(path, text)
    before = site.files()
    done = site.manage(f"conn{arguments[0]}", *arguments[1:])
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    for path, data in before.items():
        path.write_bytes(data)
    assert cli(site, *arguments) == status


def test_the_running_django_is_evidence(site):
    import django

    data = json.loads(site.manage("connaudit", "--format", "json").stdout)
    assert data["project"]["django"]["from"] == "the running Django"
    assert data["project"]["django"]["version"] == ".".join(map(str, django.VERSION[:3]))


def test_what_is_installed_is_evidence(site):
    from importlib.metadata import version

    data = json.loads(site.manage("connaudit", "--format", "json").stdout)
    drivers = {driver["name"]: driver for driver in data["project"]["drivers"]}
    assert drivers["psycopg"]["version"] == version("psycopg")
    assert drivers["psycopg"]["from"]


def test_the_project_is_found_from_anywhere(site, tmp_path_factory):
    done = site.manage("connaudit", cwd=tmp_path_factory.mktemp("elsewhere"))
    assert done.returncode == 1, done.stderr
    assert "shop/settings.py:" in done.stdout


def test_another_project_can_be_named(site, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    done = site.manage("connaudit", "--root", str(other))
    assert done.returncode == 0
    assert "no settings module" in done.stdout


def test_a_path_outside_the_project_is_refused(site, tmp_path_factory):
    done = site.manage("connaudit", str(tmp_path_factory.mktemp("other")))
    assert done.returncode == 2
    assert "lies outside the project" in done.stderr


def test_colour_is_djangos(site):
    assert "\x1b[" not in site.manage("connaudit").stdout
    assert "\x1b[" in site.manage("connaudit", "--force-color").stdout
    assert "\x1b[" not in site.manage("connaudit", "--no-color", FORCE_COLOR="1").stdout


def test_verbosity_is_djangos(site):
    assert "settings shop.settings" in site.manage("connaudit", "--verbosity", "2").stdout
    assert len(site.manage("connaudit", "--verbosity", "0").stdout.splitlines()) == 1


def test_the_hint_names_this_command(site):
    assert "python manage.py connfix --dry-run" in site.manage("connaudit").stdout.splitlines()[-1]


def test_dry_run_shows_the_diff_and_writes_nothing(site):
    before = site.files()
    done = site.manage("connfix", "--dry-run")
    assert '+        "CONN_MAX_AGE": 60,' in done.stdout
    assert "canary" not in done.stdout + done.stderr
    assert site.files() == before


def test_connfix_writes_what_was_meant(site):
    done = site.manage("connfix")
    assert done.returncode == 0, done.stderr
    assert '"CONN_MAX_AGE": 60' in site.read("shop/settings.py")
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("line", "objection"),
    [
        (
            'assert "CONN_MAX" "_AGE" not in open(__file__).read(), "canary-in-the-message"',
            "shop.settings no longer imports: AssertionError",
        ),
        ("SIZE = len(open(__file__).read())", "SIZE of shop.settings would change too"),
        (
            'DATABASES["default"]["PORT"] = str(len(open(__file__).read()))',
            "DATABASES / default / PORT of shop.settings would change too",
        ),
        (
            'if "CONN_MAX" "_AGE" in open(__file__).read(): DATABASES["default"].update({"CONN_MAX" "_AGE": 61})',
            "DATABASES / default / CONN_MAX_AGE of shop.settings would change to something else than was meant",
        ),
    ],
    ids=["import fails", "another setting", "another key of the alias", "another value of the key"],
)
def test_what_the_files_do_not_show_is_noticed_and_undone(line, objection, site):
    site.write("shop/settings.py", f"{SETTINGS}{line}\n")
    before = site.files()
    done = site.manage("connfix")
    assert done.returncode == 4, done.stdout
    assert objection in done.stderr
    assert "as they were before" in done.stderr
    assert "canary" not in done.stdout + done.stderr
    assert site.files() == before


@pytest.mark.parametrize(
    "line",
    ["import random\nSTAMP = random.random()", "STAMP = object()", "class C: pass\nSTAMP = {'x': C()}"],
    ids=["random", "address", "nested"],
)
def test_settings_that_differ_from_import_to_import_do_not_stop_the_fix(line, site):
    site.write("shop/settings.py", f"{SETTINGS}{line}\n")
    done = site.manage("connfix")
    assert done.returncode == 0, done.stderr
    assert '"CONN_MAX_AGE": 60' in site.read("shop/settings.py")


def test_an_internal_error_is_one_line(site):
    site.write(
        "shop/settings.py",
        f"{SETTINGS}import djconnfix.runs\ndef audit(*_, **__): raise RuntimeError('canary')\ndjconnfix.runs.audit = audit\n",
    )
    done = site.manage("connaudit")
    assert done.returncode == 4
    assert done.stderr.startswith("djconnfix: internal error: RuntimeError at settings.py:")
    assert "canary" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_connaudit_judges_the_loaded_settings_where_the_files_do_not_show_them(site):
    site.write(
        "shop/settings.py",
        SETTINGS.replace('"NAME": "shop",', '**json.loads(os.environ["SHOP_DATABASE"]),').replace(
            "import os", "import json\nimport os"
        ),
    )
    unset = site.manage("connaudit", "--select", "DCF101", SHOP_DATABASE="{}")
    assert unset.returncode == 1
    assert "DCF101 conn-max-age-zero" in unset.stdout
    kept = site.manage("connaudit", "--select", "DCF101", SHOP_DATABASE='{"CONN_MAX_AGE": 60}')
    assert kept.returncode == 0, kept.stdout
