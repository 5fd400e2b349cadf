"""What is marked in every panel, so that a change is seen together with what came of it."""

from sloctl.dashgen import slos
from sloctl.dashgen.dashboards import CHOSEN_CLUSTERS
from sloctl.dashgen.fields import Json
from sloctl.dashgen.operators.asked import OPERATORS, PROCESSES
from sloctl.model import names
from sloctl.promql.sloqueries import SloQueries


def marks() -> list[Json]:
    """Mark deployments, restarts, and pages of the SLOs whose service is called as the chosen job."""
    ask = SloQueries(f'{CHOSEN_CLUSTERS}, {names.LABEL_SERVICE}=~"$job"')
    return [*slos.starts(PROCESSES, OPERATORS), slos.pages(ask)]
