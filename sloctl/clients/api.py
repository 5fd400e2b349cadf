"""What the APIs have in common that sloctl pushes to: who asks, and patience."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

import httpx2

from sloctl.clients.addresses import address
from sloctl.model.errors import BackendError, UsageError

CREDENTIALS: Final = "set SLOCTL_TOKEN, or SLOCTL_USER and SLOCTL_PASSWORD"
"""What to do where nobody is known to ask."""

PAUSE_S: Final = 0.5
"""Before the second attempt."""

_ATTEMPTS: Final = 4
_LONGEST_PAUSE_S: Final = 10
_LONGEST_ASKED_FOR_S: Final = 60
"""What a server may ask for by Retry-After."""
_SHOWN: Final = 500
"""Characters of an answer that is no success."""
_PASSING: Final = frozenset({408, 429, 500, 502, 503, 504})


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


class RefusedError(BackendError):
    """
    An answer that is no success.

    Args:
        message: What is wrong, in one sentence.
        hint: What to do about it.
        status: Of HTTP.
    """

    def __init__(self, message: str, hint: str, status: int) -> None:
        super().__init__(message, hint)
        self.status = status


NOBODY: Final = Credentials()
"""In particular."""

Hint = Callable[[httpx2.Response], str]
"""Says what to do about an answer that is no success; empty for nothing in particular."""


class Api:
    """
    An HTTP API. Use it as an asynchronous context manager.

    A request that meets a busy or unwell server, or no answer, is sent again, a few times and each time later. Any may
    be: whoever adds a request sees to it that the second of two does no harm.

    Args:
        name: How errors name the server.
        url: Of the server.
        example: Of such a URL.
        hint: Says what to do about an answer that is no success.
        credentials: Who asks.
        headers: Of each request.
        timeout_s: How long an answer may take, in seconds.
        pause_s: How long to wait before the second attempt, in seconds; twice as long before each further one.

    Raises:
        UsageError: The URL is none, or holds more than an address.
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        example: str,
        hint: Hint,
        credentials: Credentials,
        headers: Mapping[str, str],
        timeout_s: float,
        pause_s: float,
    ) -> None:
        parts = address(url, example)
        if parts.userinfo or parts.query or parts.fragment:
            raise UsageError(f"the URL of {parts.host} holds more than an address", CREDENTIALS)
        self.url = url.rstrip("/")
        self._name = name
        self._hint = hint
        self._pause_s = pause_s
        bearer = {"Authorization": f"Bearer {credentials.token}"} if credentials.token else {}
        auth = (credentials.user, credentials.password) if credentials.user else None
        self._http = httpx2.AsyncClient(base_url=self.url, timeout=timeout_s, headers={**headers, **bearer}, auth=auth)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: str | None = None,
        content: str = "application/json",
        taken: Collection[int] = (),
    ) -> httpx2.Response:
        """
        Send a request.

        Args:
            method: Of HTTP.
            path: Below the URL, quoted.
            params: Of the query.
            body: What is sent, if anything.
            content: The kind of the body.
            taken: Statuses that are an answer as good as success.

        Raises:
            RefusedError: The answer is neither a success nor taken.
            BackendError: There is none.
        """
        headers = {} if body is None else {"Content-Type": content}
        for attempt in range(1, _ATTEMPTS + 1):
            wait_s = min(self._pause_s * 2 ** (attempt - 1), _LONGEST_PAUSE_S)
            try:
                answer = await self._http.request(method, path, params=params, content=body, headers=headers)
            except httpx2.HTTPError as error:
                reason = str(error) or type(error).__name__
                failure = BackendError(f"no answer from {self._name} at {self.url}: {reason}", "is it running?")
            else:
                if answer.is_success or answer.status_code in taken:
                    return answer
                failure = self.refusal(answer)
                if answer.status_code not in _PASSING:
                    raise failure
                wait_s = max(wait_s, min(_retry_after_s(answer), _LONGEST_ASKED_FOR_S))
            if attempt == _ATTEMPTS:
                raise failure
            await asyncio.sleep(wait_s)
        raise AssertionError("each attempt ends or is followed by another")

    async def fetch(self, path: str, **params: str | int) -> Any:
        """
        Get JSON.

        Raises:
            BackendError: There is no such answer.
        """
        answer = await self.send("GET", path, params=params)
        with self.reading():
            return answer.json()

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """
        Read an answer in the block.

        Raises:
            BackendError: It is not made as it has to be.
        """
        try:
            yield
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise BackendError(f"{self.url} does not answer as {self._name} does", "check --url") from error

    def refusal(self, answer: httpx2.Response) -> RefusedError:
        """Make an error of an answer."""
        said = " ".join(answer.text.split())[:_SHOWN]
        message = f"{self._name} at {self.url} answers {answer.status_code}{f': {said}' if said else ''}"
        return RefusedError(message, self._hint(answer), answer.status_code)


def _retry_after_s(answer: httpx2.Response) -> float:
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else 0
