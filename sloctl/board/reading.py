"""What the pages show, read from Prometheus."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from sloctl.app.health import Health, State, health
from sloctl.app.status import SloStatus, read_status
from sloctl.clients.prometheus import Prometheus
from sloctl.model import names
from sloctl.model.errors import BackendError
from sloctl.model.slo import Slo
from sloctl.promql.sloqueries import SloQueries
from sloctl.promql.tree import quote

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]+")
_URGENCY: Final = {state: place for place, state in enumerate(State)}


@dataclass(frozen=True, slots=True)
class Row:
    """
    An SLO, or a part of one, as a line of the list and as a page.

    Args:
        status: Its numbers.
        health: What they come to.
        spec: Where it is promised, if that was given.
    """

    status: SloStatus
    health: Health
    spec: Slo | None = None

    @property
    def title(self) -> str:
        """Call it as people do."""
        return self.status.display_name or self.status.name

    @property
    def cluster(self) -> str:
        """Name its cluster, where a server gathers several."""
        return self.status.group.get(names.LABEL_CLUSTER, "")

    @property
    def group(self) -> Mapping[str, str]:
        """Give the labels that keep it apart from the other parts of its SLO."""
        return {label: value for label, value in self.status.group.items() if label != names.LABEL_CLUSTER}

    @property
    def queries(self) -> SloQueries:
        """Ask about it alone."""
        identity = {names.LABEL_ID: f"{self.status.service}/{self.status.name}", names.LABEL_CLUSTER: self.cluster}
        whole, parts = (
            ", ".join(f"{label}={quote(value)}" for label, value in labels.items()) for labels in (identity, self.group)
        )
        return SloQueries(whole, parts)

    @property
    def key(self) -> str:
        """
        Name its page: what it is called, as far as an address can say that, and a digest that tells all apart.

        >>> Row(SloStatus("shop", "errors", group={"shop": "a/b"}), Health(State.OK, "")).key
        'shop.errors.a-b.9f1637e2'
        """
        status = self.status
        parts = (status.service, status.name, *status.group.values())
        digest = sha256(repr((status.service, status.name, sorted(status.group.items()))).encode()).hexdigest()
        return ".".join([*(_UNSAFE.sub("-", part)[:60] for part in parts), digest[:8]])


@dataclass(frozen=True, slots=True)
class Snapshot:
    """
    All SLOs at one moment.

    Args:
        rows: The most urgent first.
        as_of_s: When Prometheus was asked, in Unix seconds.
        error: Why there are no numbers; `None` where there are.
    """

    rows: Sequence[Row]
    as_of_s: float
    error: BackendError | None = None

    def find(self, key: str) -> Row | None:
        """Find the row of a page."""
        return next((row for row in self.rows if row.key == key), None)


@dataclass(slots=True)
class Board:
    """
    The source of the pages.

    Args:
        prometheus: Is asked for every page anew.
        wanted: The SLOs to show, each with one objective or a composite; all that are recorded where left out.
    """

    prometheus: Prometheus
    wanted: Sequence[Slo] | None = None
    _met: list[SloStatus] = field(default_factory=list)

    async def look(self) -> Snapshot:
        """Read all SLOs. While Prometheus is away, those that were met before have no numbers."""
        specs = {slo.id: slo for slo in self.wanted or ()}
        as_of_s, error = time.time(), None
        try:
            statuses = await read_status(self.prometheus, self.wanted)
        except BackendError as failure:
            error = failure
            statuses = self._met or [SloStatus(slo.service, slo.name, slo.display_name) for slo in specs.values()]
        else:
            self._met = [
                SloStatus(status.service, status.name, status.display_name, group=status.group) for status in statuses
            ]
        rows = [
            Row(status, Health.failed(error) if error else health(status), specs.get(f"{status.service}/{status.name}"))
            for status in statuses
        ]
        return Snapshot(sorted(rows, key=_urgency), as_of_s, error)


def _urgency(row: Row) -> tuple[int, bool, float]:
    left = row.status.budget_left_ratio
    return _URGENCY[row.health.state], "page" not in row.status.tiers, 1 if left is None else left
