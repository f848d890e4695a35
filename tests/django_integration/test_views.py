from __future__ import annotations

import pytest

from tests.django_integration.conftest import SETTINGS

# What the loaded settings hold otherwise than the files show, for reasons that no file shows.
HIDDEN = """
import builtins as _builtins

def _late():
    DATABASES["default"]["CONN_MAX_AGE"] = 5
    DATABASES["default"]["HOST"] = "canary-host"
    DATABASES["default"]["OPTIONS"] = {"sslmode": "canary-mode", "connect_timeout": 3}
    DATABASES["replica"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": "canary-name"}
    globals()["MIDDLEWARE"] = ["shop.middleware.Late"]
    globals()["USE_TZ"] = False
    globals()["API_TOKEN"] = "canary-token-2"

getattr(_builtins, "".join(["ex", "ec"]))("_late()")
"""
KEPT = 'MIDDLEWARE = []\nAPI_TOKEN = "canary-token-1"\nBASE_PATH = "/srv/shop"\n'


def told(done):
    return [line.removeprefix("djconnfix: ") for line in done.stderr.splitlines() if "as loaded" in line]


def test_every_difference_between_files_and_loaded_settings_is_told(site):
    site.write("shop/settings.py", f"{SETTINGS}{KEPT}{HIDDEN}")
    done = site.manage("connaudit")
    assert "canary" not in done.stdout + done.stderr
    assert told(done) == [
        "DATABASES / default / HOST is another text (***) as loaded, text (***) in the files (shop/settings.py:10)",
        "DATABASES / default / CONN_MAX_AGE is 5 as loaded, not set in the files",
        "DATABASES / default / OPTIONS / sslmode is text (***) as loaded, not set in the files",
        "DATABASES / default / OPTIONS / connect_timeout is 3 as loaded, not set in the files",
        "DATABASES / replica is there as loaded, not to be seen in the files",
        "MIDDLEWARE is with shop.middleware.Late as loaded, without them in the files (shop/settings.py:14)",
        "API_TOKEN is another *** as loaded, *** in the files (shop/settings.py:15)",
        "USE_TZ is False as loaded, True in the files (shop/settings.py:5)",
    ]


def test_what_differs_is_judged_as_loaded(site):
    text = SETTINGS.replace('"NAME": "shop",', '"NAME": "shop", "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True,')
    site.write("shop/settings.py", f"{text}{HIDDEN.replace('= 5', '= 0')}")
    done = site.manage("connaudit", "--select", "DCF101")
    assert done.returncode == 1
    assert "alias 'default'" in done.stdout


@pytest.mark.parametrize(
    ("settings", "environment"),
    [
        (SETTINGS, {}),
        (f'{SETTINGS}from pathlib import Path\nDATABASES["default"]["NAME"] = Path(__file__).parent / "db"\n', {}),
        (f'{SETTINGS}import os\nDATABASES["default"]["CONN_MAX_AGE"] = int(os.environ.get("AGE", "60"))\n', {}),
        (f'{SETTINGS}DATABASES["default"]["TEST"] = {{"NAME": "x"}}\n', {}),
    ],
    ids=["as written", "a path under the project", "a default that holds", "a test database"],
)
def test_what_django_adds_by_itself_is_no_difference(settings, environment, site):
    site.write("shop/settings.py", settings)
    done = site.manage("connaudit", **environment)
    assert told(done) == []


def test_what_the_environment_decides_is_told_without_its_text(site):
    site.write(
        "shop/settings.py",
        f'{SETTINGS}import os\nDATABASES["default"]["CONN_MAX_AGE"] = int(os.environ.get("AGE", "60"))\n'
        'DATABASES["default"]["HOST"] = os.environ.get("DB_HOST", "db")\n',
    )
    done = site.manage("connaudit", AGE="7", DB_HOST="canary-host")
    assert told(done) == [
        "DATABASES / default / HOST is text (***) as loaded, text (***) unless DB_HOST is set in the files (shop/settings.py:16)",
        "DATABASES / default / CONN_MAX_AGE is 7 as loaded, 60 unless AGE is set in the files (shop/settings.py:15)",
    ]
    assert "canary" not in done.stdout + done.stderr


def test_quiet_is_quiet(site):
    site.write("shop/settings.py", f"{SETTINGS}{HIDDEN}")
    assert told(site.manage("connaudit", "--verbosity", "0")) == []


def test_a_settings_file_that_is_a_link_out_of_the_project_is_said(site, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("etc") / "settings.py"
    elsewhere.write_text(SETTINGS)
    (site.root / "shop/settings.py").unlink()
    (site.root / "shop/settings.py").symlink_to(elsewhere)
    done = site.manage("connaudit", "--select", "DCF101")
    said = "djconnfix: shop/settings.py is a link to a file outside the project: it is read, but not changed\n"
    assert said in done.stderr
    assert "warning DCF101" in done.stdout
    before = elsewhere.read_bytes()
    assert site.manage("connfix").returncode == 1
    assert elsewhere.read_bytes() == before


def test_a_settings_folder_that_is_a_link_out_of_the_project_is_said(site, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("srv") / "shop"
    (site.root / "shop").rename(elsewhere)
    (site.root / "shop").symlink_to(elsewhere)
    done = site.manage("connaudit", "--select", "DCF101")
    assert "djconnfix: shop.settings is reached by a link: " in done.stderr
    assert f"is judged, and nothing else in {site.root}" in done.stderr
