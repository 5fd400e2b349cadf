"""The pages as HTML."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from sloctl.app import wording
from sloctl.app.health import State
from sloctl.board.charts import chart, in_words
from sloctl.board.history import RANGES_S, Past
from sloctl.board.months import Report
from sloctl.board.reading import Row, Snapshot
from sloctl.board.view import COLUMNS, View, text_of
from sloctl.promql.sloqueries import AT_RISK_BELOW, NOW_WINDOW

POLICY: Final = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'self'",
    ]
)
"""What a page may load: nothing from elsewhere, and nothing that is written into it."""
ASSETS: Final = {
    "board.css": "text/css",
    "uPlot.min.css": "text/css",
    "board.js": "text/javascript",
    "charts.js": "text/javascript",
    "uPlot.iife.min.js": "text/javascript",
}
"""What pages load, and of which type it is."""


@dataclass(frozen=True, slots=True)
class Site:
    """
    How pages stand to one another.

    Args:
        source: The Prometheus that is asked, for people.
        refresh_s: How often a page that is open is brought up to date, in seconds; 0 for never, as files are.
    """

    source: str
    refresh_s: int = 0

    @property
    def is_static(self) -> bool:
        """Whether pages are files."""
        return not self.refresh_s

    @property
    def home(self) -> str:
        """Address the list from its folder."""
        return "index.html" if self.is_static else "./"

    @property
    def months(self) -> str:
        """Address the months from the folder of the list."""
        return "months.html" if self.is_static else "months"

    def page(self, row: Row) -> str:
        """
        Address the page of an SLO from the folder of the list.

        >>> from sloctl.app.health import Health
        >>> from sloctl.app.status import SloStatus
        >>> Site("").page(Row(SloStatus("shop", "errors"), Health(State.OK, "")))
        'slo/shop.errors.d4e7b605.html'
        """
        return f"slo/{row.key}{'.html' if self.is_static else ''}"

    def list_page(self, snapshot: Snapshot, view: View) -> str:
        """Write the list."""
        states = Counter(row.health.state for row in snapshot.rows)
        return self._write(
            "list.html",
            "",
            snapshot=snapshot,
            rows=view.choose(snapshot.rows),
            view=view,
            columns=COLUMNS,
            states={state: states[state] for state in State if states[state]},
            services=sorted({row.status.service for row in snapshot.rows}),
            has_clusters=any(row.cluster for row in snapshot.rows),
        )

    def detail_page(self, snapshot: Snapshot, row: Row, past: Past) -> str:
        """Write the page of an SLO."""
        charts = [chart(graph) for graph in past.graphs]
        return self._write("detail.html", "../", snapshot=snapshot, row=row, past=past, charts=charts, ranges=RANGES_S)

    def months_page(self, snapshot: Snapshot, report: Report) -> str:
        """Write what SLOs kept by months."""
        return self._write("months.html", "", snapshot=snapshot, report=report)

    def missing_page(self, root: str) -> str:
        """Write what is shown where there is no page; *root* leads to the folder of the list."""
        return self._write("missing.html", root)

    def _write(self, template: str, root: str, **values: Any) -> str:
        return _environment().get_template(template).render(site=self, root=root, policy=POLICY, **values)


def asset(name: str) -> str:
    """Read what pages load."""
    return (files("sloctl.board") / "assets" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("sloctl.board"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        State=State, AT_RISK_BELOW=AT_RISK_BELOW, NOW_WINDOW=NOW_WINDOW, UNKNOWN=wording.UNKNOWN, text_of=text_of
    )
    environment.filters.update(
        percent=wording.percent,
        times=wording.times,
        duration=wording.duration,
        coverage=wording.coverage,
        spent=wording.spent,
        in_words=in_words,
        clock=_clock,
        moment=_moment,
        runbook=_runbook,
        owner=_owner,
    )
    return environment


def _clock(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _moment(at_s: float) -> str:
    """Write a time for programs."""
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _runbook(row: Row) -> str:
    """Give the page that a spec names for what to do; empty where it names none."""
    annotations = {**row.spec.annotations, **row.spec.alerting.annotations} if row.spec else {}
    found = annotations.get("runbook_url") or annotations.get("runbook", "")
    return found if found.startswith(("https://", "http://")) else ""


def _owner(row: Row) -> str:
    """Name who looks after an SLO, as its spec does; empty where it does not."""
    labels = row.spec.labels if row.spec else {}
    return ", ".join(next((labels[name] for name in ("owner", "team") if name in labels), ()))
