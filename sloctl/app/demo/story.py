"""What happens in the demo, and in which order."""

import asyncio
from collections.abc import Callable, Coroutine
from time import time
from typing import Any, Final

from sloctl.app.demo.programs import watch
from sloctl.app.demo.report import Alert, Demo, Report, Scene
from sloctl.app.demo.stage import Stage, stage
from sloctl.app.status import read_status
from sloctl.clients.prometheus import Prometheus
from sloctl.model import names
from sloctl.model.errors import BackendError

_FAILURE_RATIO: Final = 0.8
_FIRST_DATA_WITHIN_S: Final = 40
_ALERT_WITHIN_S: Final = 60
_AFTERWARDS_S: Final = 12


async def run_demo(demo: Demo) -> Report:
    """
    Play the demo through. Whatever happens, nothing that it started is left running.

    Returns:
        What happened.

    Raises:
        BackendError: Something that it needs is missing, or died on the way.
        UsageError: Its folder cannot be written.
    """
    async with stage(demo) as scenery:
        await _first_of(_play(demo, scenery), watch(*scenery.programs), _follow(demo, scenery.prometheus))
        demo.tell(scene=Scene.STOPPING)
        await scenery.workload.end()
    return demo.report


async def _play(demo: Demo, scenery: Stage) -> None:
    await scenery.workload.begin()
    await _first_of(_acts(demo, scenery), scenery.workload.change())


async def _acts(demo: Demo, scenery: Stage) -> None:
    await _until(lambda: bool(demo.report.slos), _FIRST_DATA_WITHIN_S, "Prometheus recorded no SLO")
    demo.tell(scene=Scene.HEALTHY)
    await asyncio.sleep(demo.healthy_s)
    await scenery.workload.break_operator(_FAILURE_RATIO)
    demo.tell(scene=Scene.BROKEN, broken_s=time())
    await _until(lambda: demo.report.alert is not None, _ALERT_WITHIN_S, "no alert fired")
    await asyncio.sleep(_AFTERWARDS_S)
    await scenery.workload.mend_operator()
    demo.tell(scene=Scene.MENDED, mended_s=time())
    await asyncio.sleep(_AFTERWARDS_S)
    if demo.keep:
        demo.tell(scene=Scene.KEPT)
        await asyncio.Event().wait()


async def _follow(demo: Demo, prometheus: Prometheus) -> None:
    """Read the SLOs every second."""
    await prometheus.wait_until_ready()
    while True:
        demo.tell(slos=tuple(await read_status(prometheus)))
        if demo.report.alert is None and demo.report.broken_s is not None:
            demo.tell(alert=await _first_page(prometheus))
        await asyncio.sleep(1)


async def _first_page(prometheus: Prometheus) -> Alert | None:
    """Find the page that fired first, and when its condition became true."""
    page = f'alertname="{names.ALERT}", {names.LABEL_TIER}="page"'
    fired = await prometheus.query(f'ALERTS{{{page}, alertstate="firing"}}[1h]')
    if not fired:
        return None
    first = min(fired, key=lambda sample: sample.time_s)
    labels = {name: text for name, text in first.labels.items() if name not in {"__name__", "alertstate"}}
    # The value of ALERTS_FOR_STATE is that time.
    states = await prometheus.query(f"ALERTS_FOR_STATE{{{page}}}[1h]")
    active_s = min(sample.value for sample in states if labels.items() <= sample.labels.items())
    return Alert(labels, active_s, first.time_s)


async def _first_of(story: Coroutine[Any, Any, None], *companions: Coroutine[Any, Any, None]) -> None:
    """Run until the story ends; its companions, which never end by themselves, end with it, or it with them."""
    tasks = [asyncio.ensure_future(each) for each in (story, *companions)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in done:
        task.result()


async def _until(holds: Callable[[], bool], within_s: float, failure: str) -> None:
    try:
        async with asyncio.timeout(within_s):
            while not holds():
                await asyncio.sleep(0.1)
    except TimeoutError as error:
        raise BackendError(f"{failure} within {within_s:g} s", "the logs may say why") from error
