"""The GitHub Action and the GitLab template: their scripts run as a runner would run them, in a project of somebody's."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from djconnfix.cli import make_parser
from djconnfix.completion import programs_of
from tests.conftest import needed_program

yaml = pytest.importorskip("yaml")
pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
HEAD, BODY = (ROOT / "templates" / "djconnfix.yml").read_text().split("\n---\n")
INPUTS = yaml.safe_load(HEAD)["spec"]["inputs"]
FILES = {
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
    "shop/__init__.py": "",
    "shop/settings.py": 'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "x"}}\n',
    "Procfile": "web: gunicorn shop.wsgi --threads 4\n",
    "requirements.txt": "Django==5.2.1\npsycopg==3.2.9\n",
}


@pytest.fixture
def project(tmp_path):
    """A project, and where the runner keeps its things: a djconnfix that is this one among them."""
    for path, text in FILES.items():
        (tmp_path / "work" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "work" / path).write_text(text)
    program = tmp_path / "temp" / "djconnfix" / "bin" / "djconnfix"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -P -m djconnfix "$@"\n')
    if sys.version_info < (3, 11):
        program.write_text(program.read_text().replace(" -P ", " "))
    program.chmod(0o755)
    return tmp_path


class Done:
    """How a step went."""

    def __init__(self, root: Path, step: dict[str, object], **inputs: str) -> None:
        values = {name: str(each.get("default", "")) for name, each in ACTION["inputs"].items()}
        values |= {name.replace("_", "-"): value for name, value in inputs.items()}
        environment = {
            name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: values[found[1]], text)
            for name, text in step["env"].items()
        }
        files = {name: root / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in files.values():
            file.write_text("")
        done = subprocess.run(
            [needed_program("bash"), "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=root / "work",
            env={
                **os.environ,
                "RUNNER_TEMP": str(root / "temp"),
                **environment,
                **{k: str(v) for k, v in files.items()},
            },
            capture_output=True,
            text=True,
            check=False,
        )
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr
        self.output, self.summary = (file.read_text() for file in files.values())


def step(name):
    [found] = [each for each in ACTION["runs"]["steps"] if each["name"] == name]
    return found


def test_the_action_annotates_summarises_and_fails(project):
    done = Done(project, step("Audit"))
    assert done.status == 1
    assert done.out.startswith("::warning file=shop/settings.py,line=1,")
    assert done.output == "status=1\n"
    assert "| `shop/settings.py:1` | [DCF101 conn-max-age-zero]" in done.summary


@pytest.mark.parametrize(
    ("inputs", "status", "said", "output"),
    [
        ({"fail": "false"}, 0, "DCF101", "status=1\n"),
        ({"arguments": "--fail-level error"}, 0, "DCF101", "status=0\n"),
        ({"arguments": "--ignore DCF101"}, 0, "", "status=0\n"),
        ({"paths": "manage.py"}, 0, "", "status=0\n"),
        ({"paths": "manage.py shop"}, 1, "DCF101", "status=1\n"),
        ({"paths": "missing", "fail": "false"}, 2, "", "status=2\n"),
        ({"arguments": "--nonsense", "fail": "false"}, 2, "", "status=2\n"),
        ({"diff_base": "HEAD", "fail": "false"}, 2, "", "status=2\n"),
    ],
    ids=str,
)
def test_inputs_of_the_action(inputs, status, said, output, project):
    done = Done(project, step("Audit"), summary="false", **inputs)
    assert (done.status, done.output) == (status, output), done.err
    assert said in done.out
    assert done.summary == ""


def test_wrong_usage_is_not_summarised(project):
    done = Done(project, step("Audit"), paths="missing")
    assert (done.status, done.summary) == (2, "")


def test_the_action_writes_sarif(project):
    assert Done(project, step("Audit"), sarif_file="out.sarif", summary="false").status == 1
    assert json.loads((project / "work" / "out.sarif").read_text())["runs"][0]["results"]


def test_a_file_that_cannot_be_read_fails_in_any_case(project):
    (project / "work" / "shop" / "settings.py").write_text("DATABASES = {\n")
    assert Done(project, step("Audit"), fail="false", summary="false").status == 3


@pytest.mark.parametrize("name", ["paths", "arguments", "diff_base", "sarif_file"])
def test_no_input_is_run_as_a_command(name, project):
    Done(
        project,
        step("Audit"),
        summary="false",
        **{name: "$(touch ran) `touch ran` ; touch ran & touch ran | touch ran"},
    )
    assert not list(project.rglob("ran"))


def test_scripts_of_the_action_hold_no_expression():
    """`${{ }}` in a script is text of the script before the shell sees it: the way of most injections."""
    for each in ACTION["runs"]["steps"]:
        assert "${{" not in each["run"]
        assert each["shell"] == "bash"


def test_other_actions_are_named_by_commit():
    pages = [ROOT / "action.yml", ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for used in re.findall(r"uses: ([\w.-]*/\S+)(.*)", page.read_text()):
            if not used[0].startswith(("./", "djconnfix/djconnfix@")):
                assert re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40}", used[0]), used
                assert re.fullmatch(r"\s+# v\d+(\.\d+)*", used[1]), used


# -- GitLab -----------------------------------------------------------------------------------------------------------


def template(**inputs):
    values = {name.replace("_", "-"): value for name, value in inputs.items()}
    text = re.sub(
        r"\$\[\[ inputs\.([\w-]+) \]\]", lambda found: values.get(found[1], INPUTS[found[1]]["default"]), BODY
    )
    return yaml.safe_load(text)


@pytest.mark.parametrize(
    ("arguments", "status"), [("", 1), ("--ignore DCF101", 0), ("--fail-level error shop", 0), ("missing", 2)]
)
def test_the_gitlab_job_reports_and_ends_with_the_status(arguments, status, project):
    job = template(arguments=arguments)["djconnfix"]
    # What the first two lines install is there already.
    script = "\n".join(job["script"][2:]).replace("/tmp/djconnfix", str(project / "temp" / "djconnfix"))
    done = subprocess.run(
        [needed_program("bash"), "-eo", "pipefail", "-c", script],
        cwd=project / "work",
        env={**os.environ, **job["variables"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    report = project / "work" / job["artifacts"]["reports"]["codequality"]
    assert report.exists() is (status != 2)
    if status == 1:
        assert json.loads(report.read_text())[0]["check_name"] == "DCF101 conn-max-age-zero"
        assert "DCF101" in done.stdout


def test_the_gitlab_job_takes_its_inputs():
    job = template(job_name="connections", stage="lint", image="python@sha256:0", package="djconnfix==0.1.0")
    assert list(job) == ["connections"]
    assert (job["connections"]["stage"], job["connections"]["image"]) == ("lint", "python@sha256:0")
    assert job["connections"]["variables"]["DJCONNFIX_PACKAGE"] == "djconnfix==0.1.0"
    assert set(INPUTS) == set(re.findall(r"inputs\.([\w-]+)", BODY))


def test_options_in_the_scripts_exist():
    known = {flag for program in programs_of(make_parser()) for flag in program.flags}
    scripts = [each["run"] for each in ACTION["runs"]["steps"]] + [BODY]
    for used in re.findall(r"audit (--[a-z-]+)", "\n".join(scripts)):
        assert used in known


# -- What both install ------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("where", ["action", "template"])
def test_what_is_installed_runs(where, project):
    """From this checkout, with what it needs from the package index, into an environment of its own."""
    folder = project / "new" / "djconnfix"
    if where == "action":
        script = step("Install djconnfix")["run"]
    else:
        script = "\n".join(template()["djconnfix"]["script"][:2]).replace("/tmp/djconnfix", str(folder))
        assert str(folder) in script
    done = subprocess.run(
        [needed_program("bash"), "-eo", "pipefail", "-c", script],
        cwd=project / "work",
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHON": sys.executable,
            "SOURCE": str(ROOT),
            "DJCONNFIX_PACKAGE": str(ROOT),
            "RUNNER_TEMP": str(project / "new"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 and "No matching distribution" in done.stderr:
        pytest.skip("no package index here")
    assert done.returncode == 0, done.stderr
    audit = subprocess.run(
        [folder / "bin" / "djconnfix", "audit", "--quiet"],
        check=False,
        capture_output=True,
        text=True,
        cwd=project / "work",
    )
    assert (audit.returncode, audit.stderr) == (1, "")
    assert audit.stdout.startswith("shop/settings.py:1:")
    assert "DCF101" in audit.stdout
    owner = subprocess.run(
        [folder / "bin" / "python", "-c", "import djconnfix; print(djconnfix.__file__)"],
        check=True,
        capture_output=True,
        text=True,
        cwd=project / "work",
    )
    assert Path(owner.stdout.strip()).is_relative_to(folder)  # that one, and not the one in this checkout
