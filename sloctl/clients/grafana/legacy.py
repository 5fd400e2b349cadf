"""
The API that every Grafana has.

Source: https://grafana.com/docs/grafana/v11.6/developers/http_api/dashboard/ and .../folder/
"""

import json
from typing import Final
from urllib.parse import quote

import httpx2

from sloctl.clients.api import Api
from sloctl.clients.grafana.held import ConflictError, Held, Json, chosen_folder, classic, folder_uid

_GONE: Final = frozenset({404})
_PAGE: Final = 1000


class Legacy:
    """
    Dashboards and folders below ``/api``.

    Args:
        api: Of the server.
    """

    name = "/api/dashboards"

    def __init__(self, api: Api) -> None:
        self._api = api

    async def get(self, uid: str) -> Held | None:
        """Read a dashboard."""
        answer = await self._api.send("GET", _path(uid), taken=_GONE)
        if answer.status_code == httpx2.codes.NOT_FOUND:
            return None
        with self._api.reading():
            body = answer.json()
            board, meta = body["dashboard"], body["meta"]
            manager = "a file" if meta.get("provisioned") else ""
            return Held(uid, classic(board), int(board["version"]), meta.get("folderUid") or "", manager, {})

    async def put(self, uid: str, spec: Json, *, folder: str, message: str, replaces: Held | None) -> None:
        """Add a dashboard, or replace one."""
        board = {**spec, "id": None, "uid": uid, "version": replaces.version if replaces else 0}
        body = {"dashboard": board, "folderUid": folder, "message": message, "overwrite": False}
        answer = await self._api.send("POST", "/api/dashboards/db", body=json.dumps(body), taken={412})
        if answer.status_code == httpx2.codes.PRECONDITION_FAILED:
            with self._api.reading():
                status = answer.json().get("status")
            if status == "version-mismatch":
                raise ConflictError(f"the dashboard '{uid}' was changed meanwhile")
            raise self._api.refusal(answer)

    async def delete(self, held: Held) -> None:
        """Remove a dashboard."""
        await self._api.send("DELETE", _path(held.uid), taken=_GONE)

    async def folder(self, title: str) -> str | None:
        """Find a folder."""
        folders: dict[str, str] = {}
        page = 0
        while len(folders) == page * _PAGE:
            page += 1
            found = await self._api.fetch("/api/folders", limit=_PAGE, page=page)
            with self._api.reading():
                folders |= {each["uid"]: each["title"] for each in found}
        return chosen_folder(folders, title)

    async def add_folder(self, title: str) -> str:
        """Add a folder."""
        uid = folder_uid(title)
        body = json.dumps({"uid": uid, "title": title})
        answer = await self._api.send("POST", "/api/folders", body=body, taken={409, 412})
        found = uid if answer.is_success else await self.folder(title) or await self.folder(uid)
        if found is None:
            raise self._api.refusal(answer)
        return found


def _path(uid: str) -> str:
    return f"/api/dashboards/uid/{quote(uid, safe='')}"
