"""What a type checker sees of the SDK. Never run: test_typing.py has mypy read it."""

from typing import assert_type

import sloctl
from sloctl.sdk import Counter, Histogram, InFlight, Level, Ratio, State, Timestamp

obs = sloctl.Instrumentation("operator")
labels = {"tier": sloctl.Enum("gold"), "host": sloctl.Bounded(5), "tenant": sloctl.PerObject()}

counter = assert_type(obs.counter("jobs", "Jobs.", labels=labels), Counter)
histogram = assert_type(obs.histogram("wait_seconds", "Wait.", buckets="workqueue"), Histogram)
level = assert_type(obs.gauge("tenants", "Tenants."), Level)
assert_type(obs.gauge("depth", "Depth.", intent="level", drop_after_s=5), Level)
syncs = assert_type(obs.gauge("syncs", "Syncs.", intent="in-flight", labels=labels), InFlight)
ratio = assert_type(obs.gauge("used_ratio", "Used.", intent="ratio"), Ratio)
at = assert_type(obs.gauge("backup_timestamp_seconds", "Backup.", intent="timestamp"), Timestamp)
phase = assert_type(obs.state("phase", "Phase.", states=("A", "B")), State)

assert_type(counter.labels(tier="gold", host="a", tenant={"metadata": {}}), Counter)
assert_type(syncs.labels(tier="gold", host="a", tenant="acme"), InFlight)

# What the checker refuses; an ignore that is not needed is an error as well.
level.inc()  # type: ignore[attr-defined]
counter.dec()  # type: ignore[attr-defined]
syncs.set(1)  # type: ignore[attr-defined]
phase.set(1)  # type: ignore[arg-type]
counter.labels(tier=5)  # type: ignore[arg-type]
counter.labels("gold")  # type: ignore[arg-type]
obs.gauge("depth", "Depth.", intent="percentage")  # type: ignore[call-overload]
obs.gauge("depth", "Depth.", intent="in-flight", drop_after_s=5)  # type: ignore[call-overload]
obs.histogram("wait_seconds", "Wait.", buckets="linear")  # type: ignore[arg-type]


@obs.reconcile("tenant")
@obs.handler("resize")
@obs.timed(histogram)
@obs.counts(counter)
@syncs.track()
def sync(name: str, *, size: int = 1) -> bytes:
    """Keep the signature."""
    return name.encode() * size


@obs.reconcile("tenant")
@obs.handler("resize")
@obs.timed(histogram)
@obs.counts(counter)
@syncs.track()
async def later(name: str, *, size: int = 1) -> bytes:
    """Keep the signature, and that it is to be awaited."""
    return name.encode() * size


class Worker:
    """Keeps the signatures of its methods."""

    @obs.reconcile("tenant")
    @syncs.track()
    async def run(self, name: str) -> int:
        """Reconcile."""
        return len(name)


async def use() -> None:
    """Use them as they were written."""
    assert_type(sync("a", size=2), bytes)
    assert_type(await later("a", size=2), bytes)
    assert_type(await Worker().run("a"), int)
    sync(5)  # type: ignore[arg-type]
    sync("a", colour=1)  # type: ignore[call-arg]
    await later()  # type: ignore[call-arg]
    await Worker().run(5)  # type: ignore[arg-type]
    with syncs.track(), histogram.time():
        ratio.set(0.5)
        at.set_to_now()
