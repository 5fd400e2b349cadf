"""
What the instrumentor adds to an operator on kopf, in CPU time for each object with one `on.create` handler.

Whole operators run one after the other in one process, with a simulated API server in another: bare, with metrics,
with recorded spans; in turns, medians of the differences. kopf itself takes about a millisecond for an object, and
that varies by some percent: for the cost of metrics, which is less than that, see `kopf_hooks.py`.
"""

import argparse
import asyncio
import gc
import json
import resource
import subprocess
import sys
from statistics import median
from typing import Any

KIND = ("example.com", "v1", "widgets")
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"{KIND[2]}.{KIND[0]}"},
    "spec": {
        "group": KIND[0],
        "scope": "Namespaced",
        "names": {"kind": "Widget", "plural": KIND[2]},
        "versions": [
            {
                "name": KIND[1],
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}
MODES = ("bare", "metrics", "spans")


class Modes:
    """One process in its three modes: bare, with metrics, with recorded spans."""

    def __init__(self) -> None:
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
        from prometheus_client import CollectorRegistry

        import sloctl

        modes = self

        class Counting(SpanExporter):
            def export(self, spans: Any) -> SpanExportResult:
                modes.spans += len(spans)
                return SpanExportResult.SUCCESS

        self.spans = 0
        self.provider = TracerProvider()
        self.provider.add_span_processor(BatchSpanProcessor(Counting(), max_queue_size=2**20))
        self.instrumentor = sloctl.KopfInstrumentor()
        self.observed = {
            "metrics": sloctl.Instrumentation("bench", registry=CollectorRegistry(), tracing=False),
            "spans": sloctl.Instrumentation("bench", registry=CollectorRegistry(), tracer_provider=self.provider),
        }

    def enter(self, mode: str) -> None:
        """Instrument this process, or leave it bare."""
        self.spans = 0
        if mode in self.observed:
            self.instrumentor.instrument(obs=self.observed[mode])

    def leave(self, mode: str) -> None:
        """Take the instrumentation back."""
        self.provider.force_flush()
        if mode in self.observed:
            self.instrumentor.uninstrument()


def operators(url: str, objects: int, rounds: int) -> None:
    """Run operators, one after the other, and print what each took for an object."""
    import kopf

    modes, handled = Modes(), 0
    stop = asyncio.Event()

    @kopf.on.login()
    def login(**_: Any) -> kopf.ConnectionInfo:
        return kopf.ConnectionInfo(server=url)

    @kopf.on.create(*KIND)
    async def create(**_: Any) -> None:
        nonlocal handled
        handled += 1
        if handled == objects:
            asyncio.get_running_loop().call_later(1.0, stop.set)  # the events of the last patches come after this

    async def run(mode: str, namespace: str) -> dict[str, float]:
        nonlocal handled, stop
        stop = asyncio.Event()  # of this loop
        await fill(url, namespace, objects)
        gc.collect()
        handled, began = 0, cpu()
        modes.enter(mode)
        await kopf.operator(standalone=True, namespaces=[namespace], stop_flag=stop)
        modes.leave(mode)
        us = (cpu() - began) / objects * 1e6
        return {"us": us, "spans": modes.spans / objects}

    for number in range(rounds):
        print(json.dumps({mode: asyncio.run(run(mode, f"{mode}-{number}")) for mode in MODES}), flush=True)


def cpu() -> float:
    """Give the CPU seconds of this process, its threads included."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def fill(url: str, namespace: str, objects: int) -> None:
    """Create the objects in a namespace of their own, and delete those of the namespaces before."""
    import aiohttp

    resource = "/".join(("/apis", *KIND[:2], "namespaces", namespace, KIND[2]))
    async with aiohttp.ClientSession(url) as session:
        await session.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", json=CRD)
        for name in (
            each["metadata"]["name"] for each in (await (await session.get("/api/v1/namespaces")).json())["items"]
        ):
            await session.delete("/".join(("/apis", *KIND[:2], "namespaces", name, KIND[2])))
        await session.post("/api/v1/namespaces", json={"metadata": {"name": namespace}})
        while (await session.get(resource)).status != 200:
            await asyncio.sleep(0.05)
        left = iter(range(objects))

        async def create() -> None:
            for number in left:
                body = {
                    "apiVersion": "/".join(KIND[:2]),
                    "kind": "Widget",
                    "metadata": {"name": f"w{number}"},
                    "spec": {},
                }
                async with session.post(resource, json=body) as answer:
                    answer.raise_for_status()

        await asyncio.gather(*(create() for _ in range(16)))


def whole_operators(objects: int, rounds: int) -> None:
    """Run the operators in one process and their server in another, and print the figures."""
    command = [sys.executable, "-m", "sloctl.kubesim"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            command = [sys.executable, __file__, "--objects", str(objects), "--rounds", str(rounds), "--server", url]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
        finally:
            server.terminate()
    found = [json.loads(line) for line in done.stdout.splitlines()]
    bare = median(each["bare"]["us"] for each in found)
    print(f"{'operator, us of CPU per object':42} {bare:6.0f}   ({objects} objects, {rounds} rounds)")
    for mode in ("metrics", "spans"):
        added = median(each[mode]["us"] - each["bare"]["us"] for each in found)
        spans = median(each[mode]["spans"] for each in found)
        print(f"    with {mode:33} {added:+6.0f}   {added / bare:+.1%}, {spans:g} spans per object")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--server", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.server:
        operators(arguments.server, arguments.objects, arguments.rounds)
        return
    whole_operators(arguments.objects, arguments.rounds)


if __name__ == "__main__":
    main()
