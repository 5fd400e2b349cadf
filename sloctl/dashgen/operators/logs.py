"""What operators say."""

from grafanalib.core import Panel

from sloctl.dashgen.dashboards import row
from sloctl.dashgen.panels import logs
from sloctl.dashgen.queries import lines

LOGS = "loki_datasource"
"""The variable by which the viewer chooses among Lokis."""

# The job of a log is often the namespace and the name, where that of a scrape is the name.
_CHOSEN = '{namespace=~"$namespace", job=~"(.*/)?($job)"}'


def log_lines() -> list[Panel]:
    """Show the lines of the operators' logs, folded away until somebody looks."""
    return [
        row(
            "Logs",
            logs(
                "Errors",
                lines(f'{_CHOSEN} |~ "(?i)error|exception|traceback|panic|fatal"', LOGS),
                description="""Lines that speak of an error, the newest first. A line leads to its trace where it holds
                    a trace id and the data source is told how to find one.""",
                no_value="No such line, or no Loki with the labels namespace and job is chosen",
            ),
            logs(
                "All lines",
                lines(_CHOSEN, LOGS),
                description="""All that the chosen operators say, the newest first. Silence of an operator that is up
                    means that its log is not collected.""",
                no_value="No line, or no Loki with the labels namespace and job is chosen",
            ),
        )
    ]
