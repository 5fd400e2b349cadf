"""What the benchmarks share: rounds in turns, medians, and the bare cost subtracted."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from statistics import median
from threading import Barrier, Thread
from typing import Any

ROUNDS, CALLS = 15, 3000


def added_us(
    calls: dict[str, Callable[[Any], Any]], argument: Any = None, *, threads: int = 1, rounds: int = ROUNDS
) -> dict[str, float]:
    """
    Measure functions in turns and give the microseconds that each adds to the first one.

    Args:
        calls: By name; sync functions or async ones. The first is the bare work.
        argument: What they are called with.
        threads: How many call them at once; the time is wall time over all their calls.
        rounds: How often each has its turn; the medians count.
    """
    measured: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            measured[name].append(_round_us(call, argument, threads))
    bare, *_ = (median(found) for found in measured.values())
    return {name: median(found) - bare for name, found in measured.items()}


def _round_us(call: Callable[[Any], Any], argument: Any, threads: int) -> float:
    if threads == 1:
        return _timed_us(call, argument)
    barrier = Barrier(threads + 1)

    def run() -> None:
        barrier.wait()
        _timed_us(call, argument)

    workers = [Thread(target=run) for _ in range(threads)]
    for worker in workers:
        worker.start()
    barrier.wait()
    started = time.perf_counter()
    for worker in workers:
        worker.join()
    return (time.perf_counter() - started) / threads / CALLS * 1e6


def _timed_us(call: Callable[[Any], Any], argument: Any) -> float:
    if asyncio.iscoroutinefunction(call):
        return asyncio.run(_awaited_us(call, argument))
    started = time.perf_counter()
    for _ in range(CALLS):
        call(argument)
    return (time.perf_counter() - started) / CALLS * 1e6


async def _awaited_us(call: Callable[[Any], Awaitable[Any]], argument: Any) -> float:
    started = time.perf_counter()
    for _ in range(CALLS):
        await call(argument)
    return (time.perf_counter() - started) / CALLS * 1e6
