"""
Dashboards as each way takes them that Grafana is given any.

Sources: Grafana's documentation, "Provision Grafana" and "Dashboard HTTP API"; the grafana-operator's reference of
GrafanaDashboard (v1beta1); the defaults of the kube-prometheus-stack chart for its sidecar; Terraform's provider for
Grafana, resources grafana_dashboard and grafana_folder.
"""

import base64
import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sloctl.model.delivery import APPLIED_BYTES, CONFIG_MAP_BYTES, KIB, PROVISIONED, Delivery
from sloctl.model.errors import UsageError
from sloctl.specio.dashboards import DashboardFile
from sloctl.specio.objects import LABELS, object_name
from sloctl.specio.rulefile import GENERATED
from sloctl.specio.yamlblocks import document

_HEADING: Final = f"{GENERATED}; do not edit.\n"
_NONE: Final[Mapping[str, str]] = {}

Json = dict[str, Any]


def delivered(files: Sequence[DashboardFile], delivery: Delivery) -> list[DashboardFile]:
    """
    Write dashboards in the form that is asked for.

    Raises:
        UsageError: One is larger than the form can hold.
    """
    return _FORMS[delivery.form](files, delivery)


def _plain(files: Sequence[DashboardFile], _: Delivery) -> list[DashboardFile]:
    return list(files)


def _provisioning(files: Sequence[DashboardFile], delivery: Delivery) -> list[DashboardFile]:
    """Write a provider, for `provisioning/dashboards/`, and the folder that it reads."""
    provider = {
        "name": "sloctl",
        "folder": delivery.folder,
        "type": "file",
        "disableDeletion": False,
        "allowUiUpdates": False,
        "options": {"path": delivery.path or PROVISIONED},
    }
    text = _HEADING + document({"apiVersion": 1, "providers": [provider]})
    boards = [DashboardFile(f"dashboards/{file.name}", file.text) for file in files]
    return [DashboardFile("provisioning/dashboards/sloctl.yaml", text), *boards]


def _config_maps(files: Sequence[DashboardFile], delivery: Delivery) -> list[DashboardFile]:
    """Write a ConfigMap for each, since none may be larger than 1 MiB, with the label that the sidecar looks for."""
    annotations = {"grafana_folder": delivery.folder} if delivery.folder else {}
    found = []
    for file in files:
        text = _compact(json.loads(file.text))
        if len(text) + len(file.name) > CONFIG_MAP_BYTES:
            raise UsageError(
                f"{file.name} has {len(text) // KIB} KiB, and a ConfigMap holds {CONFIG_MAP_BYTES // KIB}",
                "share its panels out among several dashboards, or use --format grafana-operator",
            )
        metadata = _metadata(file, delivery, {"grafana_dashboard": "1"}, annotations)
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {file.name: text}}
        found.append(_object(file, "configmap", body))
    return found


def _operated(files: Sequence[DashboardFile], delivery: Delivery) -> list[DashboardFile]:
    """Write the operator's resource for each; long ones are compressed."""
    found = []
    for file in files:
        board = json.loads(file.text)
        text = _compact(board)
        content = {"json": text}
        if len(text) > APPLIED_BYTES // 2:
            content = {"gzipJson": base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()}
        if delivery.folder:
            content["folder"] = delivery.folder
        body = {
            "apiVersion": "grafana.integreatly.org/v1beta1",
            "kind": "GrafanaDashboard",
            "metadata": _metadata(file, delivery),
            "spec": {"instanceSelector": {"matchLabels": {"dashboards": "grafana"}}, "uid": board["uid"], **content},
        }
        found.append(_object(file, "grafanadashboard", body))
    return found


def _terraform(files: Sequence[DashboardFile], delivery: Delivery) -> list[DashboardFile]:
    """Write a module: the dashboards, and resources that read them."""
    blocks = ['terraform {\n  required_providers {\n    grafana = {\n      source = "grafana/grafana"\n    }\n  }\n}\n']
    folder = ""
    if delivery.folder:
        blocks.append(f'resource "grafana_folder" "sloctl" {{\n  title = "{_literal(delivery.folder)}"\n}}\n')
        folder = "  folder      = grafana_folder.sloctl.uid\n"
    for file in files:
        name = _object_name(file).replace("-", "_")
        config = f'  config_json = file("${{path.module}}/{_literal(file.name)}")\n'
        blocks.append(f'resource "grafana_dashboard" "{name}" {{\n{folder}{config}}}\n')
    return [DashboardFile("dashboards.tf", _HEADING + "\n" + "\n".join(blocks)), *files]


def _resources(files: Sequence[DashboardFile], delivery: Delivery) -> list[DashboardFile]:
    """Write what Grafana's own API of Kubernetes' kind takes, and what Git Sync reads."""
    found = []
    for file in files:
        spec = json.loads(file.text)
        metadata: Json = {"name": spec.pop("uid")}
        if delivery.namespace:
            metadata["namespace"] = delivery.namespace
        if delivery.folder:
            metadata["annotations"] = {"grafana.app/folder": delivery.folder}
        body = {"apiVersion": "dashboard.grafana.app/v1", "kind": "Dashboard", "metadata": metadata, "spec": spec}
        found.append(DashboardFile(file.name, json.dumps(body, indent=2, sort_keys=True, ensure_ascii=False) + "\n"))
    return found


_FORMS: Final[Mapping[str, Callable[[Sequence[DashboardFile], Delivery], list[DashboardFile]]]] = {
    "json": _plain,
    "provisioning": _provisioning,
    "configmap": _config_maps,
    "grafana-operator": _operated,
    "terraform": _terraform,
    "k8s": _resources,
}


def _metadata(
    file: DashboardFile,
    delivery: Delivery,
    labels: Mapping[str, str] = _NONE,
    annotations: Mapping[str, str] = _NONE,
) -> Json:
    metadata: Json = {"name": _object_name(file), "labels": {**LABELS, **labels}}
    if delivery.namespace:
        metadata["namespace"] = delivery.namespace
    if annotations:
        metadata["annotations"] = dict(annotations)
    return metadata


def _object(file: DashboardFile, kind: str, body: Json) -> DashboardFile:
    return DashboardFile(f"{file.name.removesuffix('.json')}.{kind}.yaml", _HEADING + document(body))


def _object_name(file: DashboardFile) -> str:
    """
    Name an object after a dashboard.

    >>> _object_name(DashboardFile("SLO_detail.json", ""))
    'dashboard-slo-detail'
    """
    return f"dashboard-{object_name(file.name.removesuffix('.json'))}"


def _compact(board: Json) -> str:
    return json.dumps(board, separators=(",", ":"), sort_keys=True)


def _literal(text: str) -> str:
    """
    Write a text inside quotes as Terraform's language has it, in which some of it would open a template.

    >>> print(_literal('SLOs "${env}"'))
    SLOs \\"$${env}\\"
    """
    return json.dumps(text, ensure_ascii=False)[1:-1].replace("${", "$${").replace("%{", "%%{")
