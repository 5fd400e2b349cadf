"""What the demo is told, and what it tells."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from sloctl.app.status import SloStatus
from sloctl.clients.prometheus import Prometheus


class Scene(StrEnum):
    """Where the demo stands."""

    STARTING = "starting"
    HEALTHY = "healthy"
    BROKEN = "broken"
    MENDED = "mended"
    KEPT = "kept"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports on the loopback interface; 0 picks a free one."""

    kubernetes: int = 0
    metrics: int = 0
    prometheus: int = 0
    board: int = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """
    A burn-rate alert as Prometheus tells it.

    Args:
        labels: Of the alert.
        active_s: When its condition became true, in Unix seconds.
        firing_s: When it fired first, in Unix seconds.
    """

    labels: Mapping[str, str]
    active_s: float
    firing_s: float


@dataclass(frozen=True, slots=True)
class Report:
    """
    What has happened so far.

    Args:
        scene: Where the demo stands.
        slos: The latest status of each SLO.
        broken_s: When the fault began, in Unix seconds; `None` before.
        alert: The first page; `None` before.
        mended_s: When the fault was taken away, in Unix seconds; `None` before.
        places: What was written or is served, and where.
    """

    scene: Scene = Scene.STARTING
    slos: tuple[SloStatus, ...] = ()
    broken_s: float | None = None
    alert: Alert | None = None
    mended_s: float | None = None
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Demo:
    """
    The settings, and the report as it grows.

    Args:
        folder: Where rules, dashboards and logs are written.
        show: Is called with every new report.
        serve: Serves a page about the SLOs of a Prometheus at a port, and gives its address.
        kubeconfig: A cluster to use; a simulated one is started when left out.
        ports: The ports to listen on.
        healthy_s: How long all is well before the fault, in seconds.
        keep: Stay up after the end of the story, until cancelled.
    """

    folder: Path
    show: Callable[[Report], None]
    serve: Callable[[Prometheus, int], AbstractAsyncContextManager[str]]
    kubeconfig: Path | None = None
    ports: Ports = field(default_factory=Ports)
    healthy_s: float = 40
    keep: bool = False
    report: Report = field(default_factory=Report, init=False)

    @property
    def logs(self) -> Path:
        """Give the folder of the programs' logs."""
        return self.folder / "logs"

    def tell(self, **changes: Any) -> None:
        """Take note of what is new, and show it."""
        self.report = replace(self.report, **changes)
        self.show(self.report)

    def locate(self, **places: object) -> None:
        """Take note of where things are."""
        self.tell(places={**self.report.places, **{name: str(place) for name, place in places.items()}})
