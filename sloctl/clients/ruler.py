"""Keeps rule groups in a ruler of Mimir's or Cortex's kind."""

import asyncio
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import quote

import httpx2

from sloctl.clients.addresses import address
from sloctl.model.errors import BackendError, UsageError

API_PATH: Final = "/prometheus/config/v1/rules"
"""Where Mimir has its rules; Cortex has them below ``/api/v1/rules``."""

_ATTEMPTS: Final = 4
_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 10
_SHOWN: Final = 500
"""Characters of an answer that is no success."""
_PASSING: Final = frozenset({408, 429, 500, 502, 503, 504})
_REFUSED: Final = frozenset({401, 403})
_WHO: Final = "set SLOCTL_TOKEN, or SLOCTL_USER and SLOCTL_PASSWORD, and check the tenant"


@dataclass(frozen=True, slots=True)
class Credentials:
    """
    Who asks: by a bearer token, or by a user's name and password, or nobody in particular.

    Args:
        token: Of the bearer.
        user: Name of the user.
        password: Of the user.
    """

    token: str = field(default="", repr=False)
    user: str = ""
    password: str = field(default="", repr=False)


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
        credentials: Credentials = Credentials(),
        timeout_s: float = 30,
        pause_s: float = _PAUSE_S,
    ) -> None:
        parts = address(url, "http://mimir:8080")
        if parts.userinfo or parts.query or parts.fragment:
            raise UsageError(f"the URL of {parts.host} holds more than an address", _WHO)
        self.url = url.rstrip("/")
        self._path = f"/{api_path.strip('/')}"
        self._pause_s = pause_s
        headers = {"X-Scope-OrgID": tenant} if tenant else {}
        if credentials.token:
            headers["Authorization"] = f"Bearer {credentials.token}"
        auth = (credentials.user, credentials.password) if credentials.user else None
        self._http = httpx2.AsyncClient(base_url=self.url, timeout=timeout_s, headers=headers, auth=auth)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def groups(self, namespace: str) -> str:
        """
        Give the groups of a namespace.

        Returns:
            YAML: the groups by the namespace; empty where there are none.

        Raises:
            BackendError: The server is away, or refuses.
        """
        answer = await self._send("GET", namespace)
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
        await self._send("POST", namespace, body=group)

    async def delete(self, namespace: str, name: str) -> None:
        """
        Remove a group; one that is gone already is none to remove.

        Raises:
            BackendError: The server is away, or refuses.
        """
        await self._send("DELETE", namespace, name)

    async def _send(self, method: str, *names: str, body: str | None = None) -> httpx2.Response:
        target = "/".join([self._path, *(quote(name, safe="") for name in names)])
        headers = {} if body is None else {"Content-Type": "application/yaml"}
        for attempt in range(1, _ATTEMPTS + 1):
            wait_s = self._pause_s * 2 ** (attempt - 1)
            try:
                answer = await self._http.request(method, target, content=body, headers=headers)
            except httpx2.HTTPError as error:
                reason = str(error) or type(error).__name__
                failure = BackendError(f"no answer from the ruler at {self.url}: {reason}", "is it running?")
            else:
                if answer.is_success or (answer.status_code == httpx2.codes.NOT_FOUND and method != "POST"):
                    return answer
                failure = self._refusal(answer)
                if answer.status_code not in _PASSING:
                    raise failure
                wait_s = max(wait_s, _retry_after_s(answer))
            if attempt == _ATTEMPTS:
                raise failure
            await asyncio.sleep(min(wait_s, _LONGEST_PAUSE_S))
        raise AssertionError("each attempt ends or is followed by another")

    def _refusal(self, answer: httpx2.Response) -> BackendError:
        said = " ".join(answer.text.split())[:_SHOWN]
        message = f"the ruler at {self.url} answers {answer.status_code}{f': {said}' if said else ''}"
        if answer.status_code in _REFUSED:
            return BackendError(message, _WHO)
        hint = "--max-rules splits groups" if "rules per rule group" in said else ""
        return BackendError(message, "is this where its API is? see --api-path" if answer.status_code == 404 else hint)


def _retry_after_s(answer: httpx2.Response) -> float:
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else 0
