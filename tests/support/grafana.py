"""
A fake Grafana, with both of its APIs of dashboards and folders, search, data sources and queries.

Source: Grafana's "HTTP API" documentation, its old part and the one of Grafana 12 and later; what it does to dashboards
on their way in (`id`, `version`, the migration of schemas) is as its own server does it.
"""

import contextlib
import copy
import json
import re
import socket
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import RLock, Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, unquote, urlencode, urlsplit
from urllib.request import urlopen

Json = dict[str, Any]
Answer = tuple[int, Any]

NEW, OLD = ("v0alpha1", "v1beta1", "v1", "v2alpha1", "v2beta1", "v2"), ("v0alpha1",)
_BUILT_IN = {"__rate_interval": "4m", "__interval": "1m", "__range": "3h"}
_GRANT = "grafana.app/grant-permissions"
_PROVISIONED = "Cannot save provisioned dashboard"


@dataclass
class Stored:
    """A dashboard as the server keeps it."""

    spec: Json
    folder: str = ""
    version: int = 1
    number: int = 1
    revision: int = 1
    provisioned: bool = False
    annotations: dict[str, str] = field(default_factory=dict)


@dataclass
class Fault:
    """
    What is wrong with requests, and with how many of them.

    `cut` ends the connection: "before" the request is heeded, or "after".
    """

    method: str
    path: str
    status: int = 0
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cut: str = ""
    times: int = 1


@dataclass
class FakeGrafana:
    """
    What the server holds and has seen.

    Args:
        url: Of the server.
        versions: Of its newer API; `OLD` is of no use for classic dashboards, and `()` is no such API.
        organisation: Whose token it is.
        migrates: Whether the newer API brings dashboards to the schema after the current one, as a later Grafana does.
        unique_titles: Whether titles must differ in a folder, as before Grafana 12.
        denied: Permissions that nobody has.
        token: The only one that is known; empty for anybody.
        prometheus: URL of the data source "metrics"; empty for none.
        slow_s: How long it takes to think, in seconds.
        boards: Dashboards by uid.
        folders: Title and parent of folders, by uid.
        hidden: What is at the top and nobody but administrators may see.
        faults: The first that fits a request is had.
        requests: Method, path and headers of each.
        writes: What was changed, one word and the name of what.
        meanwhile: What happens right before requests that change something, one for each.
    """

    url: str
    versions: tuple[str, ...] = NEW
    organisation: int = 1
    migrates: bool = False
    unique_titles: bool = False
    denied: set[str] = field(default_factory=set)
    token: str = ""
    prometheus: str = ""
    slow_s: float = 0
    boards: dict[str, Stored] = field(default_factory=dict)
    folders: dict[str, tuple[str, str]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    meanwhile: list[Callable[[], None]] = field(default_factory=list)
    lock: Any = field(default_factory=RLock)

    def edit(self, uid: str, **changes: Any) -> None:
        """Change a dashboard, as a person does."""
        held = self.boards[uid]
        held.spec = {**held.spec, **changes}
        held.version += 1
        held.revision += 1

    def copy_of(self, uid: str, other: str) -> None:
        """Save a dashboard under another uid, as a person does."""
        self.boards[other] = Stored(copy.deepcopy(self.boards[uid].spec))

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        """Do what a request asks."""
        for kind, pattern, handle in _ROUTES:
            found = re.fullmatch(pattern, path) if kind == method else None
            if found:
                if self.meanwhile and method != "GET" and "ds/query" not in path:
                    self.meanwhile.pop(0)()
                return handle(self, *map(unquote, found.groups()), query=query, body=body)
        return 404, {"message": "Not found"}

    def needs(self, *permissions: str) -> Answer | None:
        """Refuse what is denied."""
        missing = [each for each in permissions if each in self.denied]
        return (403, {"message": f"Permissions needed: {missing[0]}"}) if missing else None

    # --- what both APIs do

    def _add(self, uid: str, spec: Json, folder: str, annotations: dict[str, str]) -> None:
        self.boards[uid] = Stored(spec, folder, number=len(self.boards) + 1, annotations=annotations)
        self.writes.append(f"add {uid}")

    def _replace(self, uid: str, spec: Json, folder: str = "", annotations: dict[str, str] | None = None) -> None:
        held = self.boards[uid]
        self.boards[uid] = Stored(spec, folder, held.version + (spec != held.spec), held.number, held.revision + 1)
        self.boards[uid].annotations = annotations or {}
        self.writes.append(f"replace {uid}")

    # --- the API of old

    def old_get(self, uid: str, **_: Any) -> Answer:
        """Get a dashboard."""
        held = self.boards.get(uid)
        if held is None:
            return 404, {"message": "Dashboard not found"}
        meta = {"folderUid": held.folder, "version": held.version, "provisioned": held.provisioned, "slug": "x"}
        board = {**held.spec, "id": held.number, "uid": uid, "version": held.version}
        return self.needs("dashboards:read") or (200, {"meta": meta, "dashboard": board})

    def old_save(self, *, body: Any, **_: Any) -> Answer:
        """Add or replace a dashboard."""
        spec, folder = dict(body["dashboard"]), body.get("folderUid") or ""
        uid, version = spec.pop("uid"), spec.pop("version")
        spec.pop("id")
        held = self.boards.get(uid)
        refused = self.needs("dashboards:write" if held else "dashboards:create")
        if refused:
            return refused
        if folder and folder not in self.folders:
            return 404, {"message": "folder not found"}
        if held and held.provisioned:
            return 400, {"message": _PROVISIONED}
        if held and held.version != version and not body["overwrite"]:
            message = "The dashboard has been changed by someone else"
            return 412, {"status": "version-mismatch", "message": message}
        twins = [other for at, other in self.boards.items() if at != uid and other.folder == folder]
        if self.unique_titles and any(other.spec["title"] == spec["title"] for other in twins):
            message = "A dashboard with the same name in the folder already exists"
            return 412, {"status": "name-exists", "message": message}
        if held:
            self._replace(uid, spec, folder)
            self.boards[uid].version = held.version + 1
        else:
            self._add(uid, spec, folder, {})
        held = self.boards[uid]
        return 200, {"id": held.number, "uid": uid, "status": "success", "version": held.version, "url": f"/d/{uid}/x"}

    def old_delete(self, uid: str, **_: Any) -> Answer:
        """Remove a dashboard."""
        if self.boards.get(uid) and self.boards[uid].provisioned:
            return 400, {"message": "provisioned dashboard cannot be deleted"}
        return self.needs("dashboards:delete") or self._remove(uid)

    def _remove(self, uid: str) -> Answer:
        if self.boards.pop(uid, None) is None:
            return 404, {"message": "Dashboard not found"}
        self.writes.append(f"remove {uid}")
        return 200, {"message": "deleted"}

    def old_folders(self, *, query: dict[str, str], **_: Any) -> Answer:
        """List the folders at the top, page by page."""
        found = [{"uid": uid, "title": title} for uid, (title, parent) in self.folders.items() if not parent]
        return self.needs("folders:read") or (200, _page(found, query))

    def old_add_folder(self, *, body: Any, **_: Any) -> Answer:
        """Add a folder."""
        return self._add_folder(body["uid"], body["title"]) or (200, body)

    def _add_folder(self, uid: str, title: str) -> Answer | None:
        refused = self.needs("folders:create")
        if refused or uid in self.folders:
            return refused or (409, {"message": "a folder with the same uid already exists"})
        self.folders[uid] = (title, "")
        self.writes.append(f"add folder {title}")
        return None

    def search(self, *, query: dict[str, str], **_: Any) -> Answer:
        """Find dashboards by a tag."""
        found = [
            {"uid": uid, "title": held.spec["title"], "type": "dash-db", "tags": held.spec.get("tags")}
            for uid, held in self.boards.items()
            if query["tag"] in held.spec.get("tags", [])
        ]
        return self.needs("dashboards:read") or (200, _page(found, query))

    def organisation_of(self, **_: Any) -> Answer:
        """Tell whose token it is."""
        return self.needs("orgs:read") or (200, {"id": self.organisation, "name": "Main Org."})

    # --- the API of Grafana 12 and later

    def group(self, group: str, **_: Any) -> Answer:
        """Tell the versions of a part of the API."""
        if not self.versions:
            return 404, {"message": "Not found"}
        versions = [{"groupVersion": f"{group}/{version}", "version": version} for version in self.versions]
        return 200, {"kind": "APIGroup", "name": group, "versions": versions, "preferredVersion": versions[-1]}

    def new_get(self, version: str, namespace: str, uid: str, **_: Any) -> Answer:
        """Get a dashboard."""
        held = self.boards.get(uid)
        refused = self._not_of(version, namespace) or self.needs("dashboards:read")
        return refused or ((200, self._resource(uid, version)) if held else _status(404, f"dashboards {uid} not found"))

    def new_add(self, version: str, namespace: str, *, query: dict[str, str], body: Any) -> Answer:
        """Add a dashboard."""
        uid = body["metadata"]["name"]
        refused = self._not_of(version, namespace) or self.needs("dashboards:create", "dashboards:write")
        if refused or uid in self.boards:
            return refused or _status(409, f"dashboards {uid} already exists")
        annotations = body["metadata"].get("annotations", {})
        if (folder := annotations.get("grafana.app/folder", "")) and folder not in self.folders:
            return _status(404, f"folders {folder} not found")
        if refused := self._unseen(uid, annotations) or self._invalid(body["spec"], query):
            return refused
        self._add(uid, self._admitted(body["spec"]), folder, annotations)
        return 201, self._resource(uid, version)

    def new_replace(self, version: str, namespace: str, uid: str, *, query: dict[str, str], body: Any) -> Answer:
        """Replace a dashboard."""
        held = self.boards.get(uid)
        refused = self._not_of(version, namespace) or self.needs("dashboards:write")
        refused = refused or self._invalid(body["spec"], query)
        if refused or held is None:
            return refused or _status(404, f"dashboards {uid} not found")
        if held.provisioned:
            return _status(400, _PROVISIONED)
        if body["metadata"].get("resourceVersion", str(held.revision)) != str(held.revision):
            return _status(409, "the object has been modified; please apply your changes to the latest version")
        annotations = body["metadata"].get("annotations", {})
        self._replace(uid, self._admitted(body["spec"]), annotations.get("grafana.app/folder", ""), annotations)
        return 200, self._resource(uid, version)

    def new_delete(self, version: str, namespace: str, uid: str, *, body: Any, **_: Any) -> Answer:
        """Remove a dashboard."""
        held = self.boards.get(uid)
        refused = self._not_of(version, namespace) or self.needs("dashboards:delete")
        wanted = (body or {}).get("preconditions", {}).get("resourceVersion")
        if not refused and held and wanted not in {None, str(held.revision)}:
            return _status(409, "the precondition does not hold")
        return refused or self._remove(uid)

    def new_folders(self, version: str, namespace: str, *, query: dict[str, str], **_: Any) -> Answer:
        """List folders, two of them at a time."""
        start = int(query.get("continue", 0))
        found = [
            {
                "metadata": {"name": uid, "annotations": {"grafana.app/folder": parent} if parent else {}},
                "spec": {"title": title},
            }
            for uid, (title, parent) in self.folders.items()
        ]
        more = {"continue": str(start + 2)} if len(found) > start + 2 else {}
        listed = {"kind": "FolderList", "metadata": more, "items": found[start : start + 2]}
        return self._not_of(version, namespace) or self.needs("folders:read") or (200, listed)

    def new_add_folder(self, version: str, namespace: str, *, body: Any, **_: Any) -> Answer:
        """Add a folder."""
        refused = self._not_of(version, namespace)
        refused = refused or self._unseen(body["metadata"]["name"], body["metadata"].get("annotations", {}))
        return refused or self._add_folder(body["metadata"]["name"], body["spec"]["title"]) or (201, body)

    def _not_of(self, version: str, namespace: str) -> Answer | None:
        wanted = "default" if self.organisation == 1 else f"org-{self.organisation}"
        if namespace != wanted:
            return _status(403, f"namespace {namespace} is not {wanted}")
        return None if version in self.versions else _status(404, "no such version")

    def _unseen(self, uid: str, annotations: dict[str, str]) -> Answer | None:
        """Note what is added without a word of who may see it; inside a folder none is taken."""
        grant, folder = annotations.pop(_GRANT, ""), annotations.get("grafana.app/folder")
        if grant and (folder or grant != "default"):
            return _status(400, "granting create permissions only works for root folder objects")
        if not grant and not folder:
            self.hidden.add(uid)
        return None

    def _invalid(self, spec: Json, query: dict[str, str]) -> Answer | None:
        """Be strict unless told otherwise: a dashboard without a schema's version is no valid one."""
        strict = query.get("fieldValidation", "Strict") == "Strict"
        return _status(422, "spec is invalid") if strict and "schemaVersion" not in spec else None

    def _resource(self, uid: str, version: str) -> Json:
        held = self.boards[uid]
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

    def _admitted(self, spec: Json) -> Json:
        admitted = {key: value for key, value in spec.items() if key not in {"id", "uid", "version"}}
        if self.migrates:
            panels = [{"transparent": False, **panel} for panel in admitted.get("panels", [])]
            admitted |= {"schemaVersion": 43, "panels": panels}
        return admitted

    # --- data sources

    def data_sources(self, **_: Any) -> Answer:
        """List them: the default is no Prometheus."""
        found = [
            {"uid": "logs-1", "name": "logs", "type": "loki", "isDefault": True},
            {"uid": "metrics-1", "name": "metrics", "type": "prometheus", "isDefault": False},
        ]
        return self.needs("datasources:read") or (200, found if self.prometheus else found[:1])

    def label_values(self, uid: str, label: str, *, query: dict[str, str], **_: Any) -> Answer:
        """Pass a question on to Prometheus."""
        status, said = self._ask(f"label/{label}/values", **query)
        return self.needs("datasources:query") or (status, said)

    def query(self, *, body: Any, **_: Any) -> Answer:
        """Run the queries of a panel."""
        refused = self.needs("datasources:query")
        if refused:
            return refused
        if any(query["datasource"]["uid"] != "metrics-1" for query in body["queries"]):
            return 404, {"message": "Data source not found"}
        results = {query["refId"]: self._run(query) for query in body["queries"]}
        return 400 if any("error" in each for each in results.values()) else 200, {"results": results}

    def _run(self, query: Json) -> Json:
        expr = re.sub(r"\$\{?(__\w+)\}?", lambda match: _BUILT_IN[match[1]], query["expr"])
        now = time.time()
        if query["instant"]:
            status, said = self._ask("query", query=expr, time=now)
        else:
            status, said = self._ask("query_range", query=expr, start=now - 3600, end=now, step=60)
        if status != 200:
            return {"status": 400, "error": said["error"], "errorSource": "downstream"}
        frames = []
        for row in said["data"]["result"]:
            pairs = row["values"] if "values" in row else [row["value"]]
            frames.append({"schema": {}, "data": {"values": [[at * 1000 for at, _ in pairs], [v for _, v in pairs]]}})
        return {"status": 200, "frames": frames or [{"schema": {}, "data": {"values": []}}]}

    def _ask(self, path: str, **parameters: Any) -> Answer:
        try:
            with urlopen(f"{self.prometheus}/api/v1/{path}?{urlencode(parameters)}", timeout=30) as response:
                return 200, json.load(response)
        except HTTPError as error:
            return error.code, json.load(error)


_NEW = r"/apis/dashboard\.grafana\.app/(\w+)/namespaces/([\w-]+)/dashboards"
_NEW_FOLDERS = r"/apis/folder\.grafana\.app/(\w+)/namespaces/([\w-]+)/folders"
_ROUTES: list[tuple[str, str, Callable[..., Answer]]] = [
    ("GET", r"/apis/([\w.]+)/", FakeGrafana.group),
    ("GET", f"{_NEW}/([^/]+)", FakeGrafana.new_get),
    ("POST", _NEW, FakeGrafana.new_add),
    ("PUT", f"{_NEW}/([^/]+)", FakeGrafana.new_replace),
    ("DELETE", f"{_NEW}/([^/]+)", FakeGrafana.new_delete),
    ("GET", _NEW_FOLDERS, FakeGrafana.new_folders),
    ("POST", _NEW_FOLDERS, FakeGrafana.new_add_folder),
    ("GET", r"/api/dashboards/uid/([^/]+)", FakeGrafana.old_get),
    ("POST", r"/api/dashboards/db", FakeGrafana.old_save),
    ("DELETE", r"/api/dashboards/uid/([^/]+)", FakeGrafana.old_delete),
    ("GET", r"/api/folders", FakeGrafana.old_folders),
    ("POST", r"/api/folders", FakeGrafana.old_add_folder),
    ("GET", r"/api/search", FakeGrafana.search),
    ("GET", r"/api/org", FakeGrafana.organisation_of),
    ("GET", r"/api/datasources", FakeGrafana.data_sources),
    ("GET", r"/api/datasources/uid/([^/]+)/resources/api/v1/label/([^/]+)/values", FakeGrafana.label_values),
    ("POST", r"/api/ds/query", FakeGrafana.query),
]


def _page(found: list[Json], query: dict[str, str]) -> list[Json]:
    start = (int(query["page"]) - 1) * int(query["limit"])
    return found[start : start + int(query["limit"])]


def _status(code: int, message: str) -> Answer:
    return code, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}


@contextlib.contextmanager
def fake_grafana(**settings: Any) -> Iterator[FakeGrafana]:
    """Serve one on a free port for the time of the block."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            grafana.requests.append((self.command, self.path, dict(self.headers)))
            time.sleep(grafana.slow_s)
            with grafana.lock:
                fault = self._fault(url.path)
                if fault and fault.cut == "before":
                    return self._cut()
                if fault and fault.status:
                    return self._send(fault.status, fault.body, fault.headers)
                known = {f"Bearer {grafana.token}", f"Basic {b64encode(f'me:{grafana.token}'.encode()).decode()}"}
                if grafana.token and self.headers.get("Authorization") not in known:
                    return self._send(401, '{"message":"Invalid API key"}', {})
                status, body = grafana.answer(self.command, url.path, query, json.loads(text) if text else None)
            return self._cut() if fault else self._send(status, json.dumps(body), {})

        def _fault(self, path: str) -> Fault | None:
            for fault in grafana.faults:
                if fault.times and fault.method in {self.command, ""} and fault.path in path:
                    fault.times -= 1
                    return fault
            return None

        def _cut(self) -> None:
            self.connection.shutdown(socket.SHUT_RDWR)

        def _send(self, status: int, body: str, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body.encode()))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 # the names that http.server looks for

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass  # a client that has lost its patience is none of the server's

    with Server(("127.0.0.1", 0), Handler) as server:
        grafana = FakeGrafana(f"http://127.0.0.1:{server.server_port}", **settings)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield grafana
        finally:
            server.shutdown()
            thread.join()
