"""Failures on request, so that an SLO can be seen to burn: the ConfigMap `tenant-operator-faults` asks for them."""

import asyncio
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

import kopf

CONFIG_MAP = "tenant-operator-faults"
CONTROLLERS = ("tenant", "tenantdatabase")


class InjectedFailure(Exception):  # noqa: N818 # a failure is what it is
    """What a reconciliation raises when the ConfigMap asks for it."""


@dataclass(frozen=True)
class Fault:
    """How often a controller fails, 0 to 1, and how long it is held up before it does anything."""

    failure_ratio: float = 0.0
    latency_s: float = 0.0

    async def strike(self) -> None:
        """Hold up, then fail by chance."""
        await asyncio.sleep(self.latency_s)
        if random.random() < self.failure_ratio:  # noqa: S311 # nothing to guess here
            raise InjectedFailure("the ConfigMap tenant-operator-faults asks for failures")


def parse(data: Mapping[str, str]) -> tuple[dict[str, Fault], list[str]]:
    """
    Read the ConfigMap's data: the faults by controller, and what cannot be used.

    >>> parse({"tenant.failureRatio": "0.5", "tenant.latencySeconds": "x"})
    ({'tenant': Fault(failure_ratio=0.5, latency_s=0.0)}, ["tenant.latencySeconds: 'x' is not a number from 0 to 60"])
    """
    limits = {"failureRatio": ("failure_ratio", 1.0), "latencySeconds": ("latency_s", 60.0)}
    faults: dict[str, Fault] = {}
    problems: list[str] = []
    for key, text in sorted(data.items()):
        controller, _, setting = key.partition(".")
        if controller not in CONTROLLERS or setting not in limits:
            problems.append(f"{key}: no such setting")
            continue
        field, most = limits[setting]
        value = _number(text)
        if not 0 <= value <= most:
            problems.append(f"{key}: {text!r} is not a number from 0 to {most:g}")
            continue
        faults[controller] = replace(faults.get(controller, Fault()), **{field: value})
    return faults, problems


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


@kopf.index("", "v1", "configmaps", when=lambda name, **_: name == CONFIG_MAP)
def faults(namespace: str, body: kopf.Body, logger: kopf.Logger, **_: object) -> dict[tuple[str, str], Fault]:
    """Follow the ConfigMap of each namespace: what it says holds for the objects beside it, until it is gone."""
    found, problems = parse(body.get("data") or {})
    for problem in problems:
        logger.warning(problem)
        kopf.warn(body, reason="InvalidFault", message=problem)
    return {(namespace, controller): fault for controller, fault in found.items()}


async def strike(faults: kopf.Index[tuple[str, str], Fault], namespace: str, controller: str) -> None:
    """Do to a reconciliation what the ConfigMap of its namespace asks for."""
    for fault in faults.get((namespace, controller), ()):
        await fault.strike()
