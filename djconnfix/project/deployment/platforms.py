"""What deploys a project, told from the file that says so."""

from __future__ import annotations

import re

# Each of these files describes a deployment of its own, so that two of them are two ways to deploy.
_WHOLE = re.compile(
    r"(?:.*[._-])?(?:docker|container)file(?:[._-].*)?|(?:.*[._-])?procfile(?:[._-].*)?"
    r"|(?:docker-)?compose[\w.-]*\.ya?ml|(?:fly|render|heroku|railway|nixpacks|app)[\w.-]*\.(?:toml|ya?ml|json)"
    r"|package\.json|(?:gnu)?makefile|[._]?justfile|serverless[\w.-]*\.ya?ml|zappa_settings\.\w+",
    re.IGNORECASE,
)
_BY_ENDING = {
    "service": "systemd",
    "socket": "systemd",
    "sh": "scripts",
    "bash": "scripts",
    "yml": "orchestration",
    "yaml": "orchestration",
    "conf": "services",
    "ini": "services",
    "cfg": "services",
    "py": "python",
}


def platform_of(path: str) -> str:
    """Return what a deployment file belongs to: itself when it describes a whole deployment, else its kind.

    The files of one kind (systemd's units, Kubernetes' manifests) are parts of one deployment.
    """
    name = path.rsplit("/", 1)[-1]
    if _WHOLE.fullmatch(name):
        return path
    ending = re.sub(r"\.(?:j2|tmpl|tpl|template|in|dist|example|sample)\Z", "", name.lower()).rpartition(".")[2]
    return _BY_ENDING.get(ending, "scripts")
