"""The API that every Grafana has."""

from typing import Any

from tests.support.grafana.state import PROVISIONED, Answer, FakeGrafana, Route, page


def get(grafana: FakeGrafana, uid: str, **_: Any) -> Answer:
    """Get a dashboard."""
    held = grafana.boards.get(uid)
    if held is None:
        return 404, {"message": "Dashboard not found"}
    meta = {"folderUid": held.folder, "version": held.version, "provisioned": held.provisioned, "slug": "x"}
    board = {**held.spec, "id": held.number, "uid": uid, "version": held.version}
    return grafana.needs("dashboards:read") or (200, {"meta": meta, "dashboard": board})


def save(grafana: FakeGrafana, *, body: Any, **_: Any) -> Answer:
    """Add or replace a dashboard."""
    spec, folder = dict(body["dashboard"]), body.get("folderUid") or ""
    uid, version = spec.pop("uid"), spec.pop("version")
    spec.pop("id")
    held = grafana.boards.get(uid)
    refused = grafana.needs("dashboards:write" if held else "dashboards:create")
    if refused:
        return refused
    if folder and folder not in grafana.folders:
        return 404, {"message": "folder not found"}
    if held and held.provisioned:
        return 400, {"message": PROVISIONED}
    if held and held.version != version and not body["overwrite"]:
        message = "The dashboard has been changed by someone else"
        return 412, {"status": "version-mismatch", "message": message}
    twins = [other for at, other in grafana.boards.items() if at != uid and other.folder == folder]
    if grafana.unique_titles and any(other.spec["title"] == spec["title"] for other in twins):
        message = "A dashboard with the same name in the folder already exists"
        return 412, {"status": "name-exists", "message": message}
    if held:
        grafana.replace(uid, spec, folder)
        grafana.boards[uid].version = held.version + 1
    else:
        grafana.add(uid, spec, folder, {})
    held = grafana.boards[uid]
    return 200, {"id": held.number, "uid": uid, "status": "success", "version": held.version, "url": f"/d/{uid}/x"}


def delete(grafana: FakeGrafana, uid: str, **_: Any) -> Answer:
    """Remove a dashboard."""
    if grafana.boards.get(uid) and grafana.boards[uid].provisioned:
        return 400, {"message": "provisioned dashboard cannot be deleted"}
    return grafana.needs("dashboards:delete") or grafana.remove(uid)


def folders(grafana: FakeGrafana, *, query: dict[str, str], **_: Any) -> Answer:
    """List the folders at the top, page by page."""
    found = [{"uid": uid, "title": title} for uid, (title, parent) in grafana.folders.items() if not parent]
    return grafana.needs("folders:read") or (200, page(found, query))


def add_folder(grafana: FakeGrafana, *, body: Any, **_: Any) -> Answer:
    """Add a folder."""
    return grafana.add_folder(body["uid"], body["title"]) or (200, body)


def search(grafana: FakeGrafana, *, query: dict[str, str], **_: Any) -> Answer:
    """Find dashboards by a tag."""
    found = [
        {"uid": uid, "title": held.spec["title"], "type": "dash-db", "tags": held.spec.get("tags")}
        for uid, held in grafana.boards.items()
        if query["tag"] in held.spec.get("tags", [])
    ]
    return grafana.needs("dashboards:read") or (200, page(found, query))


def organisation(grafana: FakeGrafana, **_: Any) -> Answer:
    """Tell whose token it is."""
    return grafana.needs("orgs:read") or (200, {"id": grafana.organisation, "name": "Main Org."})


ROUTES: list[Route] = [
    ("GET", r"/api/dashboards/uid/([^/]+)", get),
    ("POST", r"/api/dashboards/db", save),
    ("DELETE", r"/api/dashboards/uid/([^/]+)", delete),
    ("GET", r"/api/folders", folders),
    ("POST", r"/api/folders", add_folder),
    ("GET", r"/api/search", search),
    ("GET", r"/api/org", organisation),
]
