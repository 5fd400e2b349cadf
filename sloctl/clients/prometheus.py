"""Asks a Prometheus."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import httpx2

from sloctl.clients.addresses import address
from sloctl.model.errors import BackendError
from sloctl.promql.tree import quote

EXAMPLE: Final = "http://localhost:9090"
_LOADS: Final = re.compile(r"^prometheus_tsdb_reloads_total (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sample:
    """
    One element of a result.

    Args:
        labels: The metric's name, as ``__name__``, among them.
        time_s: Unix time in seconds.
        value: What was recorded or computed.
    """

    labels: Mapping[str, str]
    time_s: float
    value: float


@dataclass(frozen=True, slots=True)
class Series:
    """
    One element of a result over a range of time.

    Args:
        labels: The metric's name, as ``__name__``, among them.
        points: Unix times in seconds and values, in order; a step without a value is missing.
    """

    labels: Mapping[str, str]
    points: Sequence[tuple[float, float]]


class Prometheus:
    """
    A client of Prometheus's HTTP API. Use it as an asynchronous context manager.

    Args:
        url: For example ``http://localhost:9090``.
        timeout_s: How long an answer may take, in seconds.

    Raises:
        UsageError: The URL is none.

    Source: https://prometheus.io/docs/prometheus/latest/querying/api/
    """

    def __init__(self, url: str, timeout_s: float = 10) -> None:
        given = address(url, EXAMPLE)
        self.url = str(given.copy_with(userinfo=b"")).rstrip("/")  # which is shown; a password is not
        self._http = httpx2.AsyncClient(base_url=given, timeout=timeout_s)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def query(self, expr: str, at_s: float | None = None) -> list[Sample]:
        """
        Evaluate an expression.

        Args:
            expr: PromQL that gives an instant vector, or a range vector, whose samples then come one by one.
            at_s: When, in Unix seconds; `None` for now.

        Raises:
            BackendError: Prometheus is away, or refuses the expression.
        """
        data = await self._get("query", query=expr, **({} if at_s is None else {"time": f"{at_s:.3f}"}))
        samples = []
        for element in data["result"]:
            pairs = element["values"] if data["resultType"] == "matrix" else [element["value"]]
            samples += [Sample(element["metric"], float(time_s), float(value)) for time_s, value in pairs]
        return samples

    async def query_range(self, expr: str, since_s: float, until_s: float, step_s: float) -> list[Series]:
        """
        Evaluate an expression at every step of a range of time.

        Args:
            expr: PromQL that gives an instant vector.
            since_s: The first step, in Unix seconds.
            until_s: No step is later, in Unix seconds.
            step_s: Seconds from step to step.

        Raises:
            BackendError: Prometheus is away, or refuses the expression or so many steps.
        """
        range_ = {"start": f"{since_s:.3f}", "end": f"{until_s:.3f}", "step": f"{step_s:.3f}"}
        data = await self._get("query_range", query=expr, **range_)
        return [
            Series(element["metric"], [(float(time_s), float(value)) for time_s, value in element["values"]])
            for element in data["result"]
        ]

    async def alerts(self) -> list[dict[str, Any]]:
        """
        List the alerts that are pending or firing, as Prometheus describes them.

        Raises:
            BackendError: Prometheus is away.
        """
        alerts: list[dict[str, Any]] = (await self._get("alerts"))["alerts"]
        return alerts

    async def label_values(self, label: str) -> list[str]:
        """
        List the values of a label; those of ``__name__`` are the metrics.

        Raises:
            BackendError: Prometheus is away.
        """
        values: list[str] = await self._get(f"label/{label}/values")
        return values

    async def label_names(self, metric: str) -> list[str]:
        """
        List the labels that the series of a metric have.

        Raises:
            BackendError: Prometheus is away.
        """
        names: list[str] = await self._get("labels", **{"match[]": f"{{__name__={quote(metric)}}}"})
        return names

    async def metadata(self) -> dict[str, str]:
        """
        Give the kind of each metric family that a target has described, for example ``counter``.

        Targets of this server that do not agree with each other on a kind make it the first one's.

        Raises:
            BackendError: Prometheus is away.
        """
        families: dict[str, list[dict[str, str]]] = await self._get("metadata")
        return {name: described[0]["type"] for name, described in families.items() if described}

    async def block_loads(self) -> int:
        """
        Give how often blocks have been loaded from disk since the server started; it looks for new ones once a minute.

        Raises:
            BackendError: Prometheus is away, or does not show its own metrics.
        """
        try:
            text = (await self._http.get("/metrics")).text
        except httpx2.HTTPError as error:
            raise self._away(error) from error
        found = _LOADS.search(text)
        if found is None:
            raise BackendError(f"{self.url} does not show the metrics of Prometheus", "check the address")
        return int(float(found[1]))

    async def is_ready(self) -> bool:
        """Tell whether queries are answered."""
        try:
            return bool((await self._http.get("/-/ready")).status_code == httpx2.codes.OK)
        except httpx2.HTTPError:
            return False

    async def wait_until_ready(self, timeout_s: float = 30) -> None:
        """
        Wait for a server that has just been started.

        Raises:
            BackendError: It takes longer.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while not await self.is_ready():
                    await asyncio.sleep(0.1)
        except TimeoutError as error:
            raise BackendError(f"Prometheus at {self.url} is not ready after {timeout_s:g} s", "see its log") from error

    async def _get(self, endpoint: str, **params: str) -> Any:
        try:
            response = await self._http.get(f"/api/v1/{endpoint}", params=params)
            body = response.json()
        except httpx2.HTTPError as error:
            raise self._away(error) from error
        except ValueError as error:
            raise BackendError(f"{self.url} does not answer as Prometheus does", "check the address") from error
        if body.get("status") != "success":
            raise BackendError(f"Prometheus at {self.url} refuses: {body.get('error', response.status_code)}")
        return body["data"]

    def _away(self, error: httpx2.HTTPError) -> BackendError:
        return BackendError(
            f"no answer from Prometheus at {self.url}: {str(error) or type(error).__name__}", "is it running?"
        )
