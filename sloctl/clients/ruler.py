"""Keeps rule groups in a ruler of Mimir's or Cortex's kind."""

from typing import Final, Self
from urllib.parse import quote

import httpx2

from sloctl.clients.api import CREDENTIALS, NOBODY, PAUSE_S, Api, Credentials

API_PATH: Final = "/prometheus/config/v1/rules"
"""Where Mimir has its rules; Cortex has them below ``/api/v1/rules``."""

_GONE: Final = frozenset({404})


class Ruler:
    """
    A client of a ruler's configuration API. Use it as an asynchronous context manager.

    A request that meets a busy or unwell server is sent again, a few times and each time later: all of them may be.

    Args:
        url: Of the server, for example ``http://mimir:8080``.
        api_path: Below which its rules are.
        tenant: Whose rules; empty where the server knows one only.
        credentials: Who asks.
        timeout_s: How long an answer may take, in seconds.
        pause_s: How long to wait before the second attempt, in seconds; twice as long before each further one.

    Raises:
        UsageError: The URL is none, or holds more than an address.

    Source: https://grafana.com/docs/mimir/latest/references/http-api/#ruler
    """

    def __init__(
        self,
        url: str,
        *,
        api_path: str = API_PATH,
        tenant: str = "",
        credentials: Credentials = NOBODY,
        timeout_s: float = 30,
        pause_s: float = PAUSE_S,
    ) -> None:
        self._api = Api(
            "the ruler",
            url,
            example="http://mimir:8080",
            hint=_hint,
            credentials=credentials,
            headers={"X-Scope-OrgID": tenant} if tenant else {},
            timeout_s=timeout_s,
            pause_s=pause_s,
        )
        self.url = self._api.url
        self._path = f"/{api_path.strip('/')}"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._api.__aexit__()

    async def groups(self, namespace: str) -> str:
        """
        Give the groups of a namespace.

        Returns:
            YAML: the groups by the namespace; empty where there are none.

        Raises:
            BackendError: The server is away, or refuses.
        """
        answer = await self._api.send("GET", self._target(namespace), taken=_GONE)
        return "" if answer.status_code == httpx2.codes.NOT_FOUND else answer.text

    async def put(self, namespace: str, group: str) -> None:
        """
        Add a group, or replace the one of its name.

        Args:
            namespace: Where.
            group: The group as YAML.

        Raises:
            BackendError: The server is away, or refuses.
        """
        await self._api.send("POST", self._target(namespace), body=group, content="application/yaml")

    async def delete(self, namespace: str, name: str) -> None:
        """
        Remove a group; one that is gone already is none to remove.

        Raises:
            BackendError: The server is away, or refuses.
        """
        await self._api.send("DELETE", self._target(namespace, name), taken=_GONE)

    def _target(self, *names: str) -> str:
        return "/".join([self._path, *(quote(name, safe="") for name in names)])


def _hint(answer: httpx2.Response) -> str:
    if answer.status_code in {401, 403}:
        return f"{CREDENTIALS}, and check the tenant"
    if answer.status_code == httpx2.codes.NOT_FOUND:
        return "is this where its API is? see --api-path"
    return "--max-rules splits groups" if "rules per rule group" in answer.text else ""
