"""`pack:operator` on a real Prometheus that scrapes an operator in Python, and one in Go."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

import sloctl
from sloctl.app.rules import RuleOptions, generate_rules
from sloctl.app.status import SloStatus, read_status
from sloctl.clients.prometheus import Prometheus
from tests.support.exposition import target
from tests.support.prometheus import prometheus

WITHIN_S = 90
RECONCILED, FAILED = 90, 10


@dataclass
class Operator:
    """What is scraped, and how it is made to work."""

    address: str
    work: Callable[[], None]


@contextlib.contextmanager
def in_python() -> Iterator[Operator]:
    """Run an operator that is instrumented with the SDK."""
    obs = sloctl.Instrumentation("shop", registry=CollectorRegistry(), tracing=False)

    @obs.reconcile("book")
    def reconcile(fails: bool) -> None:
        if fails:
            raise ValueError("no paper")

    def work() -> None:
        for number in range(RECONCILED + FAILED):
            with contextlib.suppress(ValueError):
                reconcile(number < FAILED)

    with obs.serve(0, "127.0.0.1") as server:
        yield Operator(f"127.0.0.1:{server.port}", work)


@contextlib.contextmanager
def in_go() -> Iterator[Operator]:
    """Serve what controller-runtime exposes, with its spelling of bounds."""
    labels = 'controller="book"'
    seconds = "controller_runtime_reconcile_time_seconds"

    def values(good: int, bad: int) -> dict[str, float]:
        total = good + bad
        return {
            f'controller_runtime_reconcile_total{{{labels},result="success"}}': good,
            f'controller_runtime_reconcile_total{{{labels},result="error"}}': bad,
            f"controller_runtime_reconcile_errors_total{{{labels}}}": bad,
            f'{seconds}_bucket{{{labels},le="1"}}': total,
            f'{seconds}_bucket{{{labels},le="+Inf"}}': total,
            f"{seconds}_count{{{labels}}}": total,
            'workqueue_queue_duration_seconds_bucket{name="book",le="10"}': total,
            'workqueue_queue_duration_seconds_count{name="book"}': total,
            'rest_client_requests_total{code="200",method="GET",host="a"}': 3 * good,
            'rest_client_requests_total{code="<error>",method="GET",host="a"}': 3 * bad,
        }

    with target() as service:
        service.values = values(0, 0)
        yield Operator(service.address, lambda: service.values.update(values(RECONCILED, FAILED)))


@pytest.mark.parametrize("kind", [in_python, in_go], ids=["python", "go"])
async def test_a_pack_knows_how_an_operator_does(
    kind: Callable[[], contextlib.AbstractContextManager[Operator]], tmp_path: Path
) -> None:
    """Of a hundred reconciliations ten failed, all were quick, and ninety left nothing to do."""
    expected = {"availability": 0.9, "latency": 1.0, "convergence": 0.9}
    if kind is in_go:
        expected |= {"queue-wait": 1.0, "api-client": 0.9}
    (file,) = generate_rules([Path("pack:operator")], RuleOptions(1), combined=True, values={"job": "j"})
    (tmp_path / "rules.yaml").write_text(file.text)
    with kind() as operator:
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yaml"],
            "scrape_configs": [{"job_name": "j", "static_configs": [{"targets": [operator.address]}]}],
        }
        with prometheus(json.dumps(config), tmp_path) as server:
            async with Prometheus(server.url) as client:
                await until(client, lambda slos: expected.keys() <= {slo.name for slo in slos if slo.coverage_ratio})
                operator.work()
                slos = await until(client, lambda slos: slis(slos) == expected)

    groups = {slo.name: slo.group for slo in slos}
    assert groups["availability"] == {"controller": "book"}
    assert groups["queue-wait"] == ({"name": "book"} if kind is in_go else {})


def slis(slos: list[SloStatus]) -> dict[str, float]:
    """Give those that are known."""
    return {slo.name: round(slo.sli_ratio, 9) for slo in slos if slo.sli_ratio is not None}


async def until(client: Prometheus, holds: Callable[[list[SloStatus]], bool]) -> list[SloStatus]:
    """Wait until something holds of the SLOs; gives them."""
    deadline = time.monotonic() + WITHIN_S
    while True:
        slos = await read_status(client)
        if slos and holds(slos):
            return slos
        assert time.monotonic() < deadline, slos
        time.sleep(0.2)  # noqa: ASYNC251 # nothing else runs in this loop
