"""The API of Grafana 12 and later."""

from typing import Any

from tests.support.grafana.state import PROVISIONED, Answer, FakeGrafana, Json, Route

_GRANT = "grafana.app/grant-permissions"
_DASHBOARDS = r"/apis/dashboard\.grafana\.app/(\w+)/namespaces/([\w-]+)/dashboards"
_FOLDERS = r"/apis/folder\.grafana\.app/(\w+)/namespaces/([\w-]+)/folders"


def group(grafana: FakeGrafana, group: str, **_: Any) -> Answer:
    """Tell the versions of a part of the API."""
    if not grafana.versions:
        return 404, {"message": "Not found"}
    versions = [{"groupVersion": f"{group}/{version}", "version": version} for version in grafana.versions]
    return 200, {"kind": "APIGroup", "name": group, "versions": versions, "preferredVersion": versions[-1]}


def get(grafana: FakeGrafana, version: str, namespace: str, uid: str, **_: Any) -> Answer:
    """Get a dashboard."""
    held = grafana.boards.get(uid)
    refused = _not_of(grafana, version, namespace) or grafana.needs("dashboards:read")
    return refused or ((200, _resource(grafana, uid, version)) if held else _status(404, f"dashboards {uid} not found"))


def add(grafana: FakeGrafana, version: str, namespace: str, *, query: dict[str, str], body: Any) -> Answer:
    """Add a dashboard."""
    uid = body["metadata"]["name"]
    refused = _not_of(grafana, version, namespace) or grafana.needs("dashboards:create", "dashboards:write")
    if refused or uid in grafana.boards:
        return refused or _status(409, f"dashboards {uid} already exists")
    annotations = body["metadata"].get("annotations", {})
    if (folder := annotations.get("grafana.app/folder", "")) and folder not in grafana.folders:
        return _status(404, f"folders {folder} not found")
    if refused := _unseen(grafana, uid, annotations) or _invalid(body["spec"], query):
        return refused
    grafana.add(uid, _admitted(grafana, body["spec"]), folder, annotations)
    return 201, _resource(grafana, uid, version)


def replace(
    grafana: FakeGrafana, version: str, namespace: str, uid: str, *, query: dict[str, str], body: Any
) -> Answer:
    """Replace a dashboard."""
    held = grafana.boards.get(uid)
    refused = _not_of(grafana, version, namespace) or grafana.needs("dashboards:write")
    refused = refused or _invalid(body["spec"], query)
    if refused or held is None:
        return refused or _status(404, f"dashboards {uid} not found")
    if held.provisioned:
        return _status(400, PROVISIONED)
    if body["metadata"].get("resourceVersion", str(held.revision)) != str(held.revision):
        return _status(409, "the object has been modified; please apply your changes to the latest version")
    annotations = body["metadata"].get("annotations", {})
    grafana.replace(uid, _admitted(grafana, body["spec"]), annotations.get("grafana.app/folder", ""), annotations)
    return 200, _resource(grafana, uid, version)


def delete(grafana: FakeGrafana, version: str, namespace: str, uid: str, *, body: Any, **_: Any) -> Answer:
    """Remove a dashboard."""
    held = grafana.boards.get(uid)
    refused = _not_of(grafana, version, namespace) or grafana.needs("dashboards:delete")
    wanted = (body or {}).get("preconditions", {}).get("resourceVersion")
    if not refused and held and wanted not in {None, str(held.revision)}:
        return _status(409, "the precondition does not hold")
    return refused or grafana.remove(uid)


def folders(grafana: FakeGrafana, version: str, namespace: str, *, query: dict[str, str], **_: Any) -> Answer:
    """List folders, two of them at a time."""
    start = int(query.get("continue", 0))
    found = [
        {
            "metadata": {"name": uid, "annotations": {"grafana.app/folder": parent} if parent else {}},
            "spec": {"title": title},
        }
        for uid, (title, parent) in grafana.folders.items()
    ]
    more = {"continue": str(start + 2)} if len(found) > start + 2 else {}
    listed = {"kind": "FolderList", "metadata": more, "items": found[start : start + 2]}
    return _not_of(grafana, version, namespace) or grafana.needs("folders:read") or (200, listed)


def add_folder(grafana: FakeGrafana, version: str, namespace: str, *, body: Any, **_: Any) -> Answer:
    """Add a folder."""
    refused = _not_of(grafana, version, namespace)
    refused = refused or _unseen(grafana, body["metadata"]["name"], body["metadata"].get("annotations", {}))
    return refused or grafana.add_folder(body["metadata"]["name"], body["spec"]["title"]) or (201, body)


def _not_of(grafana: FakeGrafana, version: str, namespace: str) -> Answer | None:
    wanted = "default" if grafana.organisation == 1 else f"org-{grafana.organisation}"
    if namespace != wanted:
        return _status(403, f"namespace {namespace} is not {wanted}")
    return None if version in grafana.versions else _status(404, "no such version")


def _unseen(grafana: FakeGrafana, uid: str, annotations: dict[str, str]) -> Answer | None:
    """Note what is added without a word of who may see it; inside a folder none is taken."""
    grant, folder = annotations.pop(_GRANT, ""), annotations.get("grafana.app/folder")
    if grant and (folder or grant != "default"):
        return _status(400, "granting create permissions only works for root folder objects")
    if not grant and not folder:
        grafana.hidden.add(uid)
    return None


def _invalid(spec: Json, query: dict[str, str]) -> Answer | None:
    """Be strict unless told otherwise: a dashboard without a schema's version is no valid one."""
    strict = query.get("fieldValidation", "Strict") == "Strict"
    return _status(422, "spec is invalid") if strict and "schemaVersion" not in spec else None


def _resource(grafana: FakeGrafana, uid: str, version: str) -> Json:
    held = grafana.boards[uid]
    annotations = {**held.annotations, "grafana.app/updatedBy": "service-account:x"}
    if held.folder:
        annotations["grafana.app/folder"] = held.folder
    if held.provisioned:
        annotations["grafana.app/managedBy"] = "classic-file-provisioning"
    metadata = {
        "name": uid,
        "namespace": "default",
        "resourceVersion": str(held.revision),
        "generation": held.version,
        "labels": {"grafana.app/deprecatedInternalID": str(held.number)},
        "annotations": annotations,
        "managedFields": [{"manager": "x"}],
    }
    api = f"dashboard.grafana.app/{version}"
    return {"kind": "Dashboard", "apiVersion": api, "metadata": metadata, "spec": held.spec}


def _admitted(grafana: FakeGrafana, spec: Json) -> Json:
    admitted = {key: value for key, value in spec.items() if key not in {"id", "uid", "version"}}
    if grafana.migrates:
        panels = [{"transparent": False, **panel} for panel in admitted.get("panels", [])]
        admitted |= {"schemaVersion": 43, "panels": panels}
    return admitted


def _status(code: int, message: str) -> Answer:
    return code, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}


ROUTES: list[Route] = [
    ("GET", r"/apis/([\w.]+)/", group),
    ("GET", f"{_DASHBOARDS}/([^/]+)", get),
    ("POST", _DASHBOARDS, add),
    ("PUT", f"{_DASHBOARDS}/([^/]+)", replace),
    ("DELETE", f"{_DASHBOARDS}/([^/]+)", delete),
    ("GET", _FOLDERS, folders),
    ("POST", _FOLDERS, add_folder),
]
