"""Asks a Grafana."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import quote

import httpx2

from sloctl.clients.api import CREDENTIALS, NOBODY, PAUSE_S, Api, Credentials
from sloctl.clients.grafana.held import Dashboards
from sloctl.clients.grafana.legacy import Legacy
from sloctl.clients.grafana.resources import Resources

EXAMPLE: Final = "https://grafana:3000"
_CLASSIC: Final = ("v1", "v1beta1")
"""Versions of the API that hold classic dashboards as they are, the newest first."""
_FOUND: Final = 1000
_GONE: Final = frozenset({404})
_INVALID: Final = 422
_NEEDS: Final = (
    ("/api/ds/query", {"POST": "datasources:query"}),
    ("/api/datasources/uid/", {"GET": "datasources:query"}),
    ("/api/datasources", {"GET": "datasources:read"}),
    ("/api/org", {"GET": "orgs:read"}),
    ("/folders", {"GET": "folders:read", "POST": "folders:create"}),
    (
        "/dashboards",
        {
            "GET": "dashboards:read",
            "POST": "dashboards:create and dashboards:write",
            "PUT": "dashboards:write",
            "DELETE": "dashboards:delete",
        },
    ),
    ("/api/search", {"GET": "dashboards:read"}),
)
"""
Permissions by path and method.

Source: https://grafana.com/docs/grafana/latest/administration/roles-and-permissions/access-control/custom-role-actions-scopes/
"""


@dataclass(frozen=True, slots=True)
class DataSource:
    """
    A data source that Grafana has.

    Args:
        uid: Its own.
        name: What people call it.
        kind: Its plugin, such as ``prometheus``.
        is_default: Whether it is Grafana's choice.
    """

    uid: str
    name: str
    kind: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class Result:
    """
    What came of a query.

    Args:
        values: How many there were.
        error: Why there were none; empty if it is not known of any fault.
    """

    values: int
    error: str = ""


class Grafana:
    """
    A client of Grafana's HTTP APIs. Use it as an asynchronous context manager.

    Args:
        url: For example ``https://grafana:3000``, with the path that it is served below, if any.
        namespace: What stands for the organisation in the API of Grafana 12 and later: ``default``, ``org-2``,
            ``stacks-1234``; empty to ask.
        credentials: Who asks.
        timeout_s: How long an answer may take, in seconds.
        pause_s: How long to wait before the second attempt, in seconds; twice as long before each further one.

    Raises:
        UsageError: The URL is none, or holds more than an address.

    Source: https://grafana.com/docs/grafana/latest/developer-resources/api-reference/http-api/
    """

    def __init__(
        self,
        url: str,
        *,
        namespace: str = "",
        credentials: Credentials = NOBODY,
        timeout_s: float = 30,
        pause_s: float = PAUSE_S,
    ) -> None:
        self._api = Api(
            "Grafana",
            url,
            example=EXAMPLE,
            hint=_hint,
            credentials=credentials,
            headers={"Accept": "application/json"},
            timeout_s=timeout_s,
            pause_s=pause_s,
        )
        self.url = self._api.url
        self._namespace = namespace

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._api.__aexit__()

    async def dashboards(self) -> Dashboards:
        """
        Find out by which API dashboards are kept: the newest that holds classic ones, or else the one of old.

        Raises:
            BackendError: Grafana is away, or refuses.
        """
        versions = {group: await self._version(group) for group in ("dashboard.grafana.app", "folder.grafana.app")}
        if not all(versions.values()):
            return Legacy(self._api)
        boards, folders = (f"{group}/{version}" for group, version in versions.items())
        return Resources(self._api, boards, folders, self._namespace or await self._own_namespace())

    async def tagged(self, tag: str) -> list[str]:
        """
        List the uids of the dashboards that have a tag. What changed a moment ago may not show.

        Raises:
            BackendError: Grafana is away, or refuses.
        """
        uids: list[str] = []
        page = 0
        while len(uids) == page * _FOUND:
            page += 1
            found = await self._api.fetch("/api/search", tag=tag, type="dash-db", limit=_FOUND, page=page)
            with self._api.reading():
                uids += [each["uid"] for each in found]
        return uids

    async def data_sources(self) -> list[DataSource]:
        """
        List the data sources.

        Raises:
            BackendError: Grafana is away, or refuses.
        """
        found = await self._api.fetch("/api/datasources")
        with self._api.reading():
            return [DataSource(each["uid"], each["name"], each["type"], bool(each["isDefault"])) for each in found]

    async def label_values(self, source: str, label: str, selector: str = "") -> list[str]:
        """
        List the values of a label in a Prometheus.

        Args:
            source: Uid of the data source.
            label: Its name.
            selector: Of the series that count; empty for all.

        Raises:
            BackendError: Grafana is away, or refuses, or Prometheus does.
        """
        path = f"/api/datasources/uid/{quote(source, safe='')}/resources/api/v1/label/{quote(label, safe='')}/values"
        found = await self._api.fetch(path, **({"match[]": selector} if selector else {}))
        with self._api.reading():
            return [str(value) for value in found["data"]]

    async def query(self, queries: Iterable[Mapping[str, Any]], *, start: str, end: str) -> dict[str, Result]:
        """
        Ask data sources, as a panel does.

        Args:
            queries: As a panel has them, each with its data source.
            start: As Grafana writes times, ``now-6h`` for example.
            end: As well.

        Returns:
            What came of each, by its refId.

        Raises:
            BackendError: Grafana is away, or refuses.
        """
        asked = list(queries)
        body = json.dumps({"queries": asked, "from": start, "to": end})
        answer = await self._api.send("POST", "/api/ds/query", body=body, taken={400, 404})
        with self._api.reading():
            said = answer.json()
            if "results" not in said and not answer.is_success:
                return {query["refId"]: Result(0, str(said["message"])) for query in asked}
            return {name: _result(each) for name, each in said["results"].items()}

    async def _version(self, group: str) -> str:
        answer = await self._api.send("GET", f"/apis/{group}/", taken=_GONE)
        if answer.status_code == httpx2.codes.NOT_FOUND:
            return ""
        with self._api.reading():
            known = {each["version"] for each in answer.json()["versions"]}
        return next((version for version in _CLASSIC if version in known), "")

    async def _own_namespace(self) -> str:
        organisation = await self._api.fetch("/api/org")
        with self._api.reading():
            number = int(organisation["id"])
        return "default" if number == 1 else f"org-{number}"


def _result(found: Mapping[str, Any]) -> Result:
    frames: Sequence[Mapping[str, Any]] = found.get("frames") or ()
    values = sum(len(column) for frame in frames for column in (frame.get("data") or {}).get("values", ())[-1:])
    return Result(values, str(found.get("error") or ""))


def _hint(answer: httpx2.Response) -> str:
    status, said = answer.status_code, answer.text.lower()
    method, path = answer.request.method, answer.request.url.path
    if status == httpx2.codes.UNAUTHORIZED:
        return CREDENTIALS
    if status == httpx2.codes.FORBIDDEN:
        needs = next((found[method] for part, found in _NEEDS if part in path and method in found), "more permissions")
        cloud = "; in Grafana Cloud say also --namespace stacks-ID" if "/namespaces/" in path else ""
        return f"who asks needs {needs}{cloud}"
    if "provisioned" in said:
        return "it is provisioned: change it where it is provisioned from, or give the dashboard another uid"
    if "name-exists" in said:
        return "another dashboard of the folder has this title: rename one, or choose another --folder"
    if status == _INVALID:
        return "sloctl lint finds what Grafana does not keep"
    if answer.is_redirect or (method == "GET" and status == httpx2.codes.NOT_FOUND):
        return "is this where Grafana is, with the path that it is served below?"
    return ""
