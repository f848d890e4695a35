"""What an audit can tell before a fix is tried: that there is no place where it could be written."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from djconnfix import api
from djconnfix.__main__ import main
from djconnfix.config import resolve
from djconnfix.engine import audit
from djconnfix.fix.nowhere import NO_PLACE, without_place
from djconnfix.fix.plan import make_plan
from djconnfix.source import SourceFile

if TYPE_CHECKING:
    from pathlib import Path

READ = (
    "import os\n\n\ndef read(name, default, cast):\n    return cast(os.environ.get(name, default))\n\n\n"
    "def age(value):\n    return int(value)\n\n\n"
)
DATABASES = (
    'DATABASES = {{\n    "default": {{\n        "ENGINE": "django.db.backends.postgresql",\n        "NAME": "shop",\n'
    '        "HOST": "db",\n        "CONN_MAX_AGE": {},\n    }}\n}}\n'
)


def shop(root: Path, settings: str) -> Path:
    (root / "shop").mkdir()
    (root / "shop/__init__.py").touch()
    (root / "shop/settings.py").write_text(settings)
    (root / "manage.py").write_text('import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n')
    (root / "Procfile").write_text("web: gunicorn shop.wsgi -k gevent\n")
    return root


WRITTEN = {
    "the fall-back of the read": (DATABASES.format('int(os.environ.get("AGE", "60"))'), '"AGE", "0"'),
    "handed to a function": (READ + DATABASES.format('read("AGE", 60, age)'), 'read("AGE", 0, age)'),
    "behind a name and a cast": (
        READ + 'AGE = read("AGE", default=60, cast=age)\n' + DATABASES.format("AGE"),
        'AGE = read("AGE", default=0, cast=age)',
    ),
}
NOWHERE = {
    "a fall-back that is calculated": READ + DATABASES.format('read("AGE", 30 + 30, age)'),
    "a name that is bound twice": READ + 'AGE = read("AGE", 30 + 30, age)\nAGE = AGE\n' + DATABASES.format("AGE"),
    "a fall-back that is another constant": READ + 'AGE = read("AGE", "6" + "0", age)\n' + DATABASES.format("AGE"),
}


@pytest.mark.parametrize(("settings", "after"), WRITTEN.values(), ids=WRITTEN)
def test_what_can_be_written_is_offered(settings: str, after: str, tmp_path: Path) -> None:
    text = settings if settings.startswith("import os") else "import os\n\n" + settings
    report = audit(resolve(shop(tmp_path, text), {"select": ["DCF104"]}).config)
    assert len(report.findings) == 1
    assert without_place(report) == {}
    [change] = make_plan(report, report.findings, unsafe=True).changes
    assert after in change.new.decode()


@pytest.mark.parametrize("settings", NOWHERE.values(), ids=NOWHERE)
def test_what_fix_would_refuse_is_not_offered(
    settings: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = shop(tmp_path, settings)
    report = audit(resolve(root, {"select": ["DCF104"]}).config)
    [finding] = report.findings
    assert without_place(report) == {finding.fingerprint: NO_PLACE}
    plan = make_plan(report, report.findings, unsafe=True)
    assert (plan.changes, [refusal.reason for refusal in plan.refused]) == ((), [NO_PLACE])

    assert main(["audit", str(root), "--select", "DCF104"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "(by hand): write \"CONN_MAX_AGE\": 0 in alias 'default', and deploy AGE as 0 -- `fix` does not" in said
    assert "--unsafe-fixes" not in said
    [told] = api.audit(root, select=["DCF104"]).findings
    assert told.fix is not None
    assert told.fix.applicability == "manual"


def test_of_a_definition_that_is_not_there_nothing_is_told(tmp_path: Path) -> None:
    report = audit(resolve(shop(tmp_path, NOWHERE["a fall-back that is calculated"]), {"select": ["DCF104"]}).config)
    assert without_place(report) != {}
    assert without_place(replace(report, project=replace(report.project, settings=()))) == {}


def test_of_settings_that_can_no_longer_be_evaluated_nothing_is_offered(tmp_path: Path) -> None:
    path = "shop/settings.py"
    report = audit(
        resolve(
            shop(tmp_path, "import os\n\n" + WRITTEN["the fall-back of the read"][0]), {"select": ["DCF104"]}
        ).config
    )
    assert without_place(report) == {}
    torn = SourceFile(path, tmp_path / path, b"DATABASES = {\n")
    [finding] = report.findings
    now = replace(report, tree=report.tree.with_sources({path: torn}), evaluations={})
    assert without_place(now) == {finding.fingerprint: NO_PLACE}


def test_asking_takes_no_libcst(tmp_path: Path) -> None:
    shop(tmp_path, NOWHERE["a fall-back that is calculated"])
    code = (
        "import sys\nfrom djconnfix.__main__ import main\nmain(['audit', sys.argv[1]])\n"
        "assert 'djconnfix.fix.ways' in sys.modules\nassert 'libcst' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


CHOOSING = (
    "import os\n\n\ndef envint(name, default):\n    value = os.getenv(name, default)\n"
    '    if value == "None":\n        return None\n    return int(value)\n\n\n'
)


def test_the_fall_back_of_one_definition_is_written_where_several_share_the_read(tmp_path: Path) -> None:
    root = shop(tmp_path, CHOOSING + DATABASES.format('envint("AGE", "0")'))
    (root / "Procfile").write_text("web: gunicorn shop.wsgi --threads 4\n")
    (root / "requirements.txt").write_text("Django==5.2\npsycopg==3.2.9\n")
    report = audit(resolve(root, {"select": ["DCF101", "DCF102"]}).config)
    plan = make_plan(report, report.findings, unsafe=True)
    assert sorted(each.code for each in plan.applied) == ["DCF101", "DCF102", "DCF102"]
    assert plan.refused == ()
    [change] = plan.changes
    text = change.new.decode()
    assert '"CONN_MAX_AGE": envint("AGE", "60"),\n' in text
    assert text.startswith(CHOOSING)  # who asks for None still gets it
