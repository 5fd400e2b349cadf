"""
The API of Grafana 12 and later, which is of Kubernetes' kind.

Source: https://grafana.com/docs/grafana/latest/developer-resources/api-reference/http-api/apis/, .../dashboard/ and
.../folder/; grafana/grafana#126745 for who may see what is added.
"""

import json
from typing import Any, Final
from urllib.parse import quote

import httpx2

from sloctl.clients.api import Api
from sloctl.clients.grafana.held import ConflictError, Held, Json, chosen_folder, classic, folder_uid

_FOLDER: Final = "grafana.app/folder"
_MESSAGE: Final = "grafana.app/message"
_GRANT: Final = {"grafana.app/grant-permissions": "default"}
"""Without it, only administrators see what is added at the top; what is in a folder follows the folder."""
_AS_IT_IS: Final = {"fieldValidation": "Ignore"}
"""As Grafana's own pages do: a dashboard is stored that its schema does not know in every detail."""
_MANAGER: Final = "grafana.app/managedBy"
_EDITS: Final = "grafana.app/managerAllowsEdits"
_GONE: Final = frozenset({404})
_PAGE: Final = 500


class Resources:
    """
    Dashboards and folders below ``/apis``.

    Args:
        api: Of the server.
        dashboards: Group and version, such as ``dashboard.grafana.app/v1``.
        folders: As well.
        namespace: What stands for the organisation.
    """

    def __init__(self, api: Api, dashboards: str, folders: str, namespace: str) -> None:
        self._api = api
        self.name = dashboards
        within = f"namespaces/{quote(namespace, safe='')}"
        self._dashboards = f"/apis/{dashboards}/{within}/dashboards"
        self._folders = f"/apis/{folders}/{within}/folders"

    async def get(self, uid: str) -> Held | None:
        """Read a dashboard."""
        answer = await self._api.send("GET", self._path(uid), taken=_GONE)
        if answer.status_code == httpx2.codes.NOT_FOUND:
            return None
        with self._api.reading():
            body = answer.json()
            metadata = body["metadata"]
            notes = metadata.get("annotations") or {}
            manager = "" if notes.get(_EDITS) == "true" else notes.get(_MANAGER) or ""
            version, folder = int(metadata.get("generation") or 0), notes.get(_FOLDER) or ""
            return Held(uid, classic(body["spec"]), version, folder, manager, metadata)

    async def put(self, uid: str, spec: Json, *, folder: str, message: str, replaces: Held | None) -> None:
        """Add a dashboard, or replace one."""
        metadata: dict[str, Any] = {"name": uid}
        if replaces:
            metadata = {key: value for key, value in replaces.metadata.items() if key != "managedFields"}
        grant = {} if replaces or folder else _GRANT
        notes = {**metadata.get("annotations", {}), _FOLDER: folder, _MESSAGE: message, **grant}
        metadata["annotations"] = {key: value for key, value in notes.items() if value}
        body = json.dumps({"apiVersion": self.name, "kind": "Dashboard", "metadata": metadata, "spec": spec})
        if replaces:
            answer = await self._api.send("PUT", self._path(uid), params=_AS_IT_IS, body=body, taken={404, 409})
        else:
            answer = await self._api.send("POST", self._dashboards, params=_AS_IT_IS, body=body, taken={409})
        self._refuse_conflict(answer, uid)

    async def delete(self, held: Held) -> None:
        """Remove a dashboard."""
        precondition = {"resourceVersion": held.metadata.get("resourceVersion")}
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": precondition}
        answer = await self._api.send("DELETE", self._path(held.uid), body=json.dumps(body), taken={404, 409})
        if answer.status_code != httpx2.codes.NOT_FOUND:
            self._refuse_conflict(answer, held.uid)

    async def folder(self, title: str) -> str | None:
        """Find a folder."""
        folders: dict[str, str] = {}
        rest: dict[str, str] = {}
        while True:
            found = await self._api.fetch(self._folders, limit=_PAGE, **rest)
            with self._api.reading():
                for each in found["items"]:
                    if not (each["metadata"].get("annotations") or {}).get(_FOLDER):
                        folders[each["metadata"]["name"]] = each["spec"]["title"]
                token = found["metadata"].get("continue")
            if not token:
                return chosen_folder(folders, title)
            rest = {"continue": token}

    async def add_folder(self, title: str) -> str:
        """Add a folder."""
        uid = folder_uid(title)
        body = json.dumps({"metadata": {"name": uid, "annotations": _GRANT}, "spec": {"title": title}})
        answer = await self._api.send("POST", self._folders, body=body, taken={409})
        found = uid if answer.is_success else await self.folder(title) or await self.folder(uid)
        if found is None:
            raise self._api.refusal(answer)
        return found

    def _path(self, uid: str) -> str:
        return f"{self._dashboards}/{quote(uid, safe='')}"

    def _refuse_conflict(self, answer: httpx2.Response, uid: str) -> None:
        if not answer.is_success:
            raise ConflictError(f"the dashboard '{uid}' was changed meanwhile")
