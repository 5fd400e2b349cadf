"""What is marked in every panel, so that a change is seen together with what came of it."""

from sloctl.dashgen.dashboards import CHOSEN_CLUSTERS, annotation
from sloctl.dashgen.exposed import STEP
from sloctl.dashgen.fields import Colour, Json
from sloctl.dashgen.operators.asked import OPERATORS, PROCESSES
from sloctl.dashgen.slos import SLO_NAME
from sloctl.model import names
from sloctl.promql.sloqueries import SloQueries

_START = PROCESSES.series("process_start_time_seconds")


def marks() -> list[Json]:
    """Mark deployments, restarts, and pages of the SLOs whose service is called as the chosen job."""
    return [
        annotation(
            "Deployments",
            f"({_START} unless {_START} offset {STEP}) {OPERATORS}",
            title="operator deployed",
            text="{{cluster}} {{job}} {{instance}}",
            colour=Colour.FACT,
        ),
        annotation(
            "Restarts",
            f"(changes({_START}[{STEP}]) > 0) {OPERATORS}",
            title="operator restarted",
            text="{{cluster}} {{job}} {{instance}}",
            colour=Colour.WATCH,
        ),
        annotation(
            "Pages",
            SloQueries(f'{CHOSEN_CLUSTERS}, {names.LABEL_SERVICE}=~"$job"').alerts(tier="page"),
            title="page fires",
            text=SLO_NAME,
            colour=Colour.BAD,
        ),
    ]
