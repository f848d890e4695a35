"""Compose files, Kubernetes and Helm manifests, platform blueprints: anything in YAML that holds a command."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from djconnfix.project.deployment import helm, pooler_files, poolers, shell, yaml_nodes
from djconnfix.project.deployment.options import number
from djconnfix.project.deployment.places import line_location
from djconnfix.project.deployment.readers import serverless
from djconnfix.project.deployment.wrappers import joined
from djconnfix.project.deployment.yaml_nodes import Mapping, Node, Scalar, Sequence
from djconnfix.records import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djconnfix.project.deployment.model import Found

_ENVIRONMENT_KEYS = ("env", "environment", "envVars", "envs", "env_vars", "envVariables", "config_env", "extraEnv")
_FIRST_KEYS = ("entrypoint",)
_COMMAND_KEYS = (
    "command",
    "cmd",
    "startCommand",
    "dockerCommand",
    "run_command",
    "start_command",
    "start",
    "web",
    "worker",
    "run",
)
_REPLICA_KEYS = ("replicas", "replicaCount", "instance_count", "numInstances", "scale")
_SCALING_KEYS = ("autoscaling", "automatic_scaling", "scaling")
_MOST_KEYS = ("maxReplicas", "max_instances", "max_instance_count", "maxInstances")
_MOST_ANNOTATIONS = ("autoscaling.knative.dev/maxScale", "run.googleapis.com/maxScale")
_WORKLOADS = frozenset({"DaemonSet", "Deployment", "DeploymentConfig", "ReplicaSet", "Rollout", "StatefulSet"})
_AUTOSCALERS = frozenset({"HorizontalPodAutoscaler", "ScaledObject"})
_MOUNT_KEYS = ("configs", "volumeMounts", "volumes")
_MAX_DEPTH = 60


@dataclass(frozen=True, slots=True)
class _Context:
    environment: dict[str, str] = field(default_factory=dict)
    replicas: int = 1
    name: str = ""
    depth: int = 0
    workload: str = ""
    replicas_seen: bool = True


def read(found: Found) -> None:
    """Gather commands, poolers and settings modules from every mapping of a YAML file."""
    for document in yaml_nodes.documents(found.source):
        if found.values:
            document = helm.filled(document, found.values)  # noqa: PLW2901
        if isinstance(document, Mapping):
            pooler_files.read_config_map(found, document)
            serverless.read(found, document)
            helm.read_poolers(found, document)
        _walk(found, document, _Context())


def _walk(found: Found, node: Node, context: _Context) -> None:
    if context.depth > _MAX_DEPTH:
        return
    context = replace(context, depth=context.depth + 1)
    if isinstance(node, Sequence):
        for item in node.items:
            _walk(found, item, context)
    elif isinstance(node, Mapping):
        context = _enter(found, node, context)
        _commands(found, node, context)
        is_pooler = _pooler(found, node, context)
        migrates = "migrate" in command_text(node.items.get("command"))  # past the pooler, as is advised
        if not is_pooler and not migrates and any(key in node.items for key in _ENVIRONMENT_KEYS):
            found.environments.append(context.environment)
        for name, child in node.items.items():
            if not isinstance(child, Scalar):
                _walk(found, child, replace(context, name=name))


def _enter(found: Found, node: Mapping, context: _Context) -> _Context:
    environment = dict(context.environment)
    for key in _ENVIRONMENT_KEYS:
        environment.update((name, value.text) for name, value in environment_of(node.items.get(key)))
    replicas, seen = context.replicas, context.replicas_seen
    deploy = node.items.get("deploy")
    for holder in (deploy, node):
        if isinstance(holder, Mapping):
            asked = next((text for key in _REPLICA_KEYS if (text := holder.text(key))), "")
            count = number(shell.resolve(asked, environment)) if asked else None
            if count and count > 0:
                replicas, seen = count, True
                break
            seen = seen and "{" not in asked and "$" not in asked
    most = max((number(text) or 0 for text in _most(node)), default=0)
    workload = context.workload
    metadata, kind = node.items.get("metadata"), node.text("kind")
    if kind in _WORKLOADS and isinstance(metadata, Mapping):
        workload = f"workload:{metadata.text('name')}"
    elif kind in _AUTOSCALERS:
        _scale(found, node)
    return replace(
        context, environment=environment, replicas=max(replicas, most), workload=workload, replicas_seen=seen
    )


def _most(node: Mapping) -> Iterator[str]:
    """Yield how many copies a platform may start of what a mapping describes."""
    for key in _SCALING_KEYS:
        scaling = node.items.get(key)
        if isinstance(scaling, Mapping):
            yield scaling.text(*_MOST_KEYS)
    metadata = node.items.get("metadata")
    annotations = metadata.items.get("annotations") if isinstance(metadata, Mapping) else None
    if isinstance(annotations, Mapping):
        yield annotations.text(*_MOST_ANNOTATIONS)


def _scale(found: Found, node: Mapping) -> None:
    spec = node.items.get("spec")
    target = spec.items.get("scaleTargetRef") if isinstance(spec, Mapping) else None
    if isinstance(spec, Mapping) and isinstance(target, Mapping):
        most = number(spec.text("maxReplicas", "maxReplicaCount"))
        if most and target.text("name"):
            found.scales.append((f"workload:{target.text('name')}", most))


def environment_of(node: Node | None) -> list[tuple[str, Scalar]]:
    """Return the variables of an environment in any of its usual spellings.

    Args:
        node: a mapping, a list of `NAME=value`, or a list of mappings with `name`/`key` and `value`.
    """
    found: list[tuple[str, Scalar]] = []
    if isinstance(node, Mapping):
        found += [(name, value) for name, value in node.items.items() if isinstance(value, Scalar)]
    elif isinstance(node, Sequence):
        for item in node.items:
            if isinstance(item, Scalar):
                name, equals, value = item.text.partition("=")
                if equals:
                    found.append((name.strip(), Scalar(value.strip().strip("\"'"), item.start, item.end)))
            elif isinstance(item, Mapping):
                variable, content = item.text("name", "key"), item.get("value")
                if variable and isinstance(content, Scalar):
                    found.append((variable, content))
                elif not variable:
                    found += [(name, value) for name, value in item.items.items() if isinstance(value, Scalar)]
    return found


def _commands(found: Found, node: Mapping, context: _Context) -> None:
    args = node.items.get("args")
    taken = False
    for key in _COMMAND_KEYS:
        value = node.items.get(key)
        text = command_text(value)
        if value is None or not text:
            continue
        start, end = value.start, value.end
        if key == "command":
            first = node.get(*_FIRST_KEYS)
            if head := command_text(first):
                text, start = joined(head, text), min(start, first.start if first else start)
            if tail := command_text(args):
                text, end = joined(text, tail), max(end, args.end if args else end)
            taken = True
        _keep(found, text, (start, end), context)
    if not taken:
        for value in (node.get(*_FIRST_KEYS), args):
            if value is not None and (text := command_text(value)):
                text = joined("./entrypoint", text) if value is args else text  # the image's own
                _keep(found, text, (value.start, value.end), context)


def _keep(found: Found, text: str, place: tuple[int, int], context: _Context) -> None:
    found.command(
        text.replace("$$", "$"),
        place[0],
        place[1],
        context.environment,
        context.replicas,
        workload=context.workload,
        replicas_seen=context.replicas_seen,
    )


def command_text(node: Node | None) -> str:
    """Return a command's text as a shell would read it; a list is the exec form."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence) and all(isinstance(item, Scalar) for item in node.items):
        return " ".join(_quoted(item.text) for item in node.items if isinstance(item, Scalar))
    return ""


def _quoted(word: str) -> str:
    # A variable in exec form is the platform's own to resolve, so it must survive.
    return word if "$" in word and not any(c in word for c in " \t\n;&|<>'\"") else shlex.quote(word)


def _pooler(found: Found, node: Mapping, context: _Context) -> bool:
    """Keep the pooler that a mapping's image is; whether it is one."""
    image = node.items.get("image")
    if helm.is_off(node):
        return False
    if isinstance(image, Mapping):
        reference = f"{image.text('repository', 'name')}:{image.text('tag')}".rstrip(":")
    elif isinstance(image, Scalar):
        reference = shell.resolve(image.text, context.environment)
    else:
        return False
    name = node.text("container_name") if not context.name else context.name
    if context.name in ("containers", "initContainers", "sidecars"):
        name = node.text("name")
    assert image is not None
    location = line_location(found.source, image.start)
    mounted = any(".ini" in text or "/etc/" in text for text in _mounts(node))
    pooler = poolers.from_image(reference, name, context.environment, location, mounted=mounted)
    if pooler is not None:
        found.poolers.append(pooler)
        found.mounted += [pooler] if mounted else []
    return pooler is not None


def _mounts(node: Mapping) -> Iterator[str]:
    """Yield where the files come from and go to that a container is given."""
    for key in _MOUNT_KEYS:
        value = node.items.get(key)
        for item in value.items if isinstance(value, Sequence) else ():
            if isinstance(item, Scalar):
                yield item.text
            elif isinstance(item, Mapping):
                yield item.text("target", "mountPath")
