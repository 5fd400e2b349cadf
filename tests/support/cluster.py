"""What a test sees of an API server, simulated or real: its kubeconfig and a small JSON client."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

JSON = "application/json"
PATCHES = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; `body` is the parsed JSON, a list of them for a watch, or the text when it is none."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def ok(self) -> Any:
        """Give the body of an answer that must be a success."""
        assert self.status < 300, f"{self.status}: {json.dumps(self.body)}"
        return self.body


class Cluster:
    """
    One API server and a client for it.

    Args:
        name: "kubesim" or "real".
        url: Its root, without a slash at the end.
        kubeconfig: The file that kubectl and operators are given.
        credentials: A TLS context that holds the client certificate, where one is needed.
    """

    def __init__(self, name: str, url: str, kubeconfig: Path, credentials: ssl.SSLContext | None = None) -> None:
        self.name = name
        self.url = url
        self.kubeconfig = kubeconfig
        self._credentials = credentials
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """Give the connections of this test's event loop."""
        if self._session is None:
            connector = aiohttp.TCPConnector(ssl=self._credentials if self._credentials else True)
            self._session = aiohttp.ClientSession(connector=connector)
        return self._session

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        params: Mapping[str, str] | None = None,
        content_type: str = JSON,
        accept: str = JSON,
    ) -> Answer:
        """Send one request; a body that is bytes goes out as it is, anything else as JSON."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Accept": accept} | ({"Content-Type": content_type} if data is not None and content_type else {})
        async with self.session.request(
            method,
            self.url + path,
            data=data,
            params=params or {},
            headers=headers,
            skip_auto_headers=["Content-Type"],
        ) as response:
            text = await response.text(errors="replace")
            return Answer(response.status, _parsed(text, response.headers), dict(response.headers))

    async def get(self, path: str, **params: str) -> Answer:
        """Read an object or a list."""
        return await self.request("GET", path, params=params)

    async def post(self, path: str, body: Any, **params: str) -> Answer:
        """Create an object."""
        return await self.request("POST", path, body, params=params)

    async def put(self, path: str, body: Any, **params: str) -> Answer:
        """Replace an object."""
        return await self.request("PUT", path, body, params=params)

    async def patch(self, path: str, body: Any, kind: str = "merge", **params: str) -> Answer:
        """Patch an object; `kind` is a key of PATCHES."""
        return await self.request("PATCH", path, body, params=params, content_type=PATCHES[kind])

    async def delete(self, path: str, body: Any = None, **params: str) -> Answer:
        """Delete an object or a collection."""
        return await self.request("DELETE", path, body, params=params)

    async def watch(self, path: str, **params: str) -> AsyncIterator[dict[str, Any]]:
        """Yield the events of a watch until the server ends it."""
        async with self.session.get(self.url + path, params={"watch": "true"} | params) as response:
            assert response.status == 200, await response.text()
            async for line in response.content:
                yield json.loads(line)

    async def install(self, crd: dict[str, Any], within_s: float = 20) -> None:
        """Create a CRD, unless it is there already, and wait until its endpoints answer."""
        answer = await self.post(CRDS, crd)
        assert answer.status in (201, 409), answer.body
        spec = crd["spec"]
        served = [version["name"] for version in spec["versions"] if version.get("served")]
        path = f"/apis/{spec['group']}/{served[0]}/{spec['names']['plural']}"
        await self.eventually(path, lambda answer: answer.status == 200, within_s)

    async def eventually(self, path: str, holds: Any, within_s: float = 20) -> Answer:
        """Read `path` until `holds(answer)`; gives that answer."""
        deadline = asyncio.get_running_loop().time() + within_s
        while True:
            answer = await self.get(path)
            if holds(answer):
                return answer
            assert asyncio.get_running_loop().time() < deadline, f"{path}: {answer}"
            await asyncio.sleep(0.05)


def _parsed(text: str, headers: Mapping[str, str]) -> Any:
    if JSON not in headers.get("Content-Type", ""):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.splitlines()]
