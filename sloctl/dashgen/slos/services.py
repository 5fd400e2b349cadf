"""The services that SLOs are of: how they are chosen, counted, and what is marked of them."""

from typing import Final

from grafanalib.core import Panel, Template

from sloctl.dashgen.dashboards import CHOSEN_CLUSTERS, annotation, choice, cluster_choice
from sloctl.dashgen.exposed import STEP, Exposed
from sloctl.dashgen.fields import Colour, Json, steps
from sloctl.dashgen.panels import stat
from sloctl.dashgen.queries import now
from sloctl.dashgen.slos.looks import SLO_NAME
from sloctl.model import names
from sloctl.promql.sloqueries import SloQueries

CHOSEN_SERVICES: Final = f'{CHOSEN_CLUSTERS}, {names.LABEL_SERVICE}=~"$service"'
"""Matches the SLOs of what [`service_choices`][sloctl.dashgen.slos.services.service_choices] let the viewer choose."""
PROCESSES: Final = Exposed(f'{CHOSEN_CLUSTERS}, job=~"$service"')
"""The processes of the chosen services: those that are scraped under the name of one."""


def service_choices() -> list[Template]:
    """Let the viewer choose among clusters and services; all services are those that have SLOs, and no other job."""
    known = f"label_values({names.INFO}{{{CHOSEN_CLUSTERS}}}, {names.LABEL_SERVICE})"
    return [cluster_choice(names.INFO), choice("service", "Service", known, several=True, all_value="")]


def starts(processes: Exposed = PROCESSES, only: str = "") -> list[Json]:
    """
    Mark when processes were deployed, and when they started anew under the same name.

    Args:
        processes: Which ones.
        only: PromQL that picks from these, for example ``and on (job) shops``.
    """
    start = processes.series("process_start_time_seconds")
    text = "{{cluster}} {{job}} {{instance}}"
    deployed, restarted = f"({start} unless {start} offset {STEP}) {only}", f"(changes({start}[{STEP}]) > 0) {only}"
    return [
        annotation("Deployments", deployed.strip(), title="deployed", text=text, colour=Colour.FACT),
        annotation("Restarts", restarted.strip(), title="restarted", text=text, colour=Colour.WATCH),
    ]


def pages(ask: SloQueries) -> Json:
    """Mark when SLOs page."""
    return annotation("Pages", ask.alerts(tier="page"), title="page fires", text=SLO_NAME, colour=Colour.BAD)


def count(
    ask: SloQueries,
    what: str,
    title: str,
    which: str,
    description: str,
    worry: Colour = Colour.PLAIN,
    *,
    no_value: str,
    width: int = 4,
) -> Panel:
    """
    Count things; 0 where there are none, but only where there are SLOs.

    Args:
        ask: Which SLOs there could be.
        what: Is counted.
        title: The panel's title.
        which: PromQL that has an element for each of them.
        description: What it is, when to worry, what to do.
        worry: The colour from the first one on; none for what is no reason to worry.
        no_value: Why it may be empty.
        width: Of 24.
    """
    return stat(
        title,
        now(f"count({which}) or 0 * count({ask.info})", what),
        description=description,
        unit="none",
        no_value=no_value,
        steps=steps(Colour.PLAIN) if worry is Colour.PLAIN else steps(Colour.GOOD, (1, worry)),
        width=width,
    )
