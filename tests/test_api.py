"""The Python API: what it returns, what it refuses, and that importing the package costs nothing."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import djconnfix
from djconnfix.__main__ import main
from djconnfix.options import OPTIONS
from djconnfix.report.formats import FORMATS

SHOP = Path(__file__).resolve().parent.parent / "fixtures" / "shop"
SETTINGS = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "db",
        "PASSWORD": "canary-w0rd",
    },
}
"""


@pytest.fixture
def project(tmp_path):
    files = {
        "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
        "shop/__init__.py": "",
        "shop/settings.py": SETTINGS,
        "Procfile": "web: gunicorn shop.wsgi --threads 4\n",
        "requirements.txt": "Django==5.2.1\npsycopg==3.2.9\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_a_report(project):
    report = djconnfix.audit(project)
    assert report.root == project
    assert report.status == 1
    assert report.unreadable == ()
    [finding] = report.findings
    assert (finding.code, finding.name, finding.severity) == ("DCF101", "conn-max-age-zero", "warning")
    assert (finding.path, finding.line, finding.settings, finding.alias) == (
        "shop/settings.py", 2, "shop.settings", "default",
    )  # fmt: skip
    assert finding.because[0].path == "Procfile"
    assert finding.fix is not None
    assert finding.fix.applicability == "safe"
    assert finding.url is not None
    assert finding.url.startswith("https://")


def test_it_is_what_the_command_line_says(project, monkeypatch, capsys):
    monkeypatch.chdir(project)
    report = djconnfix.audit(".")
    assert main(["audit", "--format", "json"]) == report.status
    said = capsys.readouterr().out
    assert report.write() == said
    assert [f.fingerprint for f in report.findings] == [f["fingerprint"] for f in json.loads(said)["findings"]]


@pytest.mark.parametrize("form", ["text", *FORMATS])
def test_every_form_is_written(form, project):
    text = djconnfix.audit(project).write(form)
    assert "conn-max-age-zero" in text or "DCF101" in text
    assert "canary-w0rd" not in text


def test_a_form_that_does_not_exist_is_refused(project):
    with pytest.raises(ValueError, match="form must be text, json,"):
        djconnfix.audit(project).write("xml")


def test_the_diff_writes_nothing_and_masks(project):
    report = djconnfix.audit(project)
    diff = report.diff()
    assert '+        "CONN_MAX_AGE": 60,' in diff
    assert "canary-w0rd" not in diff
    assert (project / "shop" / "settings.py").read_text() == SETTINGS
    assert djconnfix.audit(project, select=["DCF2"]).diff() == ""


def test_unsafe_fixes_are_shown_on_request(tmp_path):
    shop = shutil.copytree(SHOP, tmp_path / "shop")  # not a part of this repository, which would be read as a whole
    report = djconnfix.audit(shop)
    assert "connection.close()" not in report.diff()
    assert "connection.close()" in report.diff(unsafe_fixes=True)
    assert "connection.close()" in djconnfix.audit(shop, unsafe_fixes=True).diff()


def test_nothing_shows_a_secret(project):
    assert "canary-w0rd" not in repr(djconnfix.audit(project))


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"select": ["DCF2"]}, 0),
        ({"ignore": ["conn-max-age-zero"]}, 0),
        ({"fail_level": "error"}, 0),
        ({"exclude": ["settings.py"]}, 0),
        ({"per_alias_ignores": {"default": ["DCF1"]}}, 0),
        ({"per_file_ignores": {"shop/*": ["DCF1"]}}, 0),
        ({"server": "wsgi", "django": "5.2", "max_connections": 50}, 1),
        ({"settings_overrides": {"shop.settings": {"strategy": "close-per-request"}}}, 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_options(options, status, project):
    assert djconnfix.audit(project, **options).status == status


def test_the_file_is_read_and_the_call_replaces(project):
    (project / "pyproject.toml").write_text('[tool.djconnfix]\nignore = ["DCF101"]\n')
    assert djconnfix.audit(project).status == 0
    assert djconnfix.audit(project, ignore=[]).status == 1


def test_an_unreadable_file_is_told(project):
    (project / "shop" / "settings.py").write_text("DATABASES = {\n")
    report = djconnfix.audit(project)
    assert report.status == 3
    assert [each.path for each in report.unreadable] == ["shop/settings.py"]


@pytest.mark.parametrize(
    ("path", "options", "said"),
    [
        ("missing", {}, "missing: no such file or folder"),
        (".", {"servr": "asgi"}, "has no option 'servr'; did you mean 'server'?"),
        (".", {"server": "asg"}, "--server: must be one of wsgi, asgi, gevent, not 'asg'"),
        (".", {"select": "DCF101"}, "must be a list of strings"),
        (".", {"root": "/"}, "has no option 'root'"),
    ],
)
def test_what_is_not_understood_is_refused(path, options, said, project, monkeypatch):
    monkeypatch.chdir(project)
    with pytest.raises(djconnfix.ConfigurationError) as caught:
        djconnfix.audit(path, **options)
    assert said in str(caught.value).replace("server: must", "--server: must").replace("----", "--")


def test_its_options_are_those_of_the_configuration():
    assert {key.replace("_", "-") for key in djconnfix.Options.__annotations__} == {option.key for option in OPTIONS}


def test_everything_public_is_documented():
    page = (SHOP.parent.parent / "docs" / "api.md").read_text()
    for name in djconnfix.__all__:
        assert name in page or name == "Options", name
    for kind in (djconnfix.Report, djconnfix.Finding, djconnfix.Fix, djconnfix.Evidence, djconnfix.Unreadable):
        for field in dataclasses.fields(kind):
            assert field.name.startswith("_") or field.name in page, field.name


def test_importing_the_package_imports_nothing_else():
    script = (
        "import sys; before = set(sys.modules); import djconnfix\n"
        "print(*sorted(set(sys.modules) - before))\n"
        "assert 'audit' in dir(djconnfix)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["djconnfix"]


def test_an_unknown_name_is_no_attribute():
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        djconnfix.nonsense  # noqa: B018
