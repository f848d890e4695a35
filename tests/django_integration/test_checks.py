from __future__ import annotations

import django
import pytest

from tests.django_integration.conftest import SETTINGS

OUT_OF_SIGHT = """\
import json
import os

SECRET_KEY = "canary-secret-key"
INSTALLED_APPS = ["djconnfix"]
USE_TZ = True
DATABASES = {"default": json.loads(os.environ["SHOP_DATABASE"])}
"""
DATABASE = '{"ENGINE": "django.db.backends.postgresql", "NAME": "canary-name", "PASSWORD": "canary-password"%s}'


def test_findings_are_messages_of_a_plain_check(site):
    done = site.manage("check")
    assert done.returncode == 0, done.stderr
    assert "shop/settings.py:" in done.stderr
    assert "(djconnfix.DCF101)" in done.stderr
    assert "HINT:" in done.stderr
    assert "manage.py connfix --select DCF101 --dry-run" in done.stderr


def test_the_tag_selects_them(site):
    assert "(djconnfix.DCF101)" in site.manage("check", "--tag", "djconnfix").stderr
    assert "djconnfix" not in site.manage("check", "--tag", "urls").stderr
    assert "djconnfix" in site.manage("check", "--list-tags").stdout


def test_checks_of_another_app_leave_them_out(site):
    site.write("shop/settings.py", SETTINGS.replace('["djconnfix"]', '["djconnfix", "django.contrib.contenttypes"]'))
    assert "DCF101" not in site.manage("check", "contenttypes").stderr
    assert "DCF101" in site.manage("check", "djconnfix").stderr


def test_silenced_checks_are_silent(site):
    site.write("shop/settings.py", f'{SETTINGS}SILENCED_SYSTEM_CHECKS = ["djconnfix.DCF101"]\n')
    done = site.manage("check")
    assert "DCF101" not in done.stderr
    assert "1 silenced" in done.stdout


def test_the_fail_level_is_that_of_check(site):
    assert site.manage("check", "--fail-level", "ERROR").returncode == 0
    assert site.manage("check", "--fail-level", "WARNING").returncode == 1


def test_the_worst_finding_stops_no_command(site):
    text = SETTINGS.replace('"ENGINE":', '"AUTOCOMMIT": False, "CONN_MAX_AGE": 60, "ENGINE":')
    assert text != SETTINGS
    site.write("shop/settings.py", text)
    done = site.manage("check", "--fail-level", "ERROR")
    assert "(djconnfix.DCF210)" in done.stderr
    assert done.returncode == 0


def test_ignores_of_the_configuration_hold(site):
    site.write("pyproject.toml", '[tool.djconnfix]\nignore = ["DCF101"]\n')
    assert "DCF101" not in site.manage("check").stderr


def test_a_broken_configuration_is_an_error_with_one_line(site):
    site.write("pyproject.toml", "[tool.djconnfix]\nselct = []\n")
    done = site.manage("check")
    assert done.returncode == 1
    assert "(djconnfix.configuration)" in done.stderr
    assert "did you mean 'select'?" in done.stderr


def test_a_bug_in_a_rule_does_not_stop_the_project(site):
    site.write(
        "shop/settings.py",
        f"{SETTINGS}import djconnfix.engine\ndef audit(*_): raise RuntimeError('canary')\ndjconnfix.engine.audit = audit\n",
    )
    done = site.manage("check")
    assert done.returncode == 0
    assert "(djconnfix.internal) djconnfix itself failed with RuntimeError" in done.stderr
    assert "canary" not in done.stderr


def test_loaded_settings_add_no_duplicates(site):
    done = site.manage("check", "--tag", "djconnfix", "--database", "default")
    assert done.stderr.count("(djconnfix.DCF101)") == 1, done.stderr


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("", True),
        (', "CONN_MAX_AGE": 0', True),
        (', "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": true', False),
    ],
    ids=["unset", "zero is Django's default", "kept"],
)
def test_loaded_settings_show_what_the_files_do_not(more, found, site):
    site.write("shop/settings.py", OUT_OF_SIGHT)
    plain = site.manage("check", "--tag", "djconnfix", SHOP_DATABASE=DATABASE % more)
    if django.VERSION < (6, 0):  # from then on `check` asks for all databases when none is named
        assert "DCF101" not in plain.stderr
    done = site.manage("check", "--tag", "djconnfix", "--database", "default", SHOP_DATABASE=DATABASE % more)
    assert ("(djconnfix.DCF101)" in done.stderr) is found, done.stderr
    assert "canary" not in done.stderr


def test_only_the_aliases_that_are_asked_for_are_judged(site):
    site.write("shop/settings.py", OUT_OF_SIGHT.replace('{"default":', '{"other": {}, "default":'))
    done = site.manage("check", "--tag", "djconnfix", "--database", "other", SHOP_DATABASE=DATABASE % "")
    assert "DCF101" not in done.stderr


def test_what_the_files_show_completely_is_not_judged_again(site):
    plain = site.manage("check", "--tag", "djconnfix").stderr
    assert site.manage("check", "--tag", "djconnfix", "--database", "default").stderr == plain
