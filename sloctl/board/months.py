"""Whether SLOs kept their objectives, by calendar months in UTC, whatever their own periods are."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from sloctl.app.wording import UNKNOWN, percent
from sloctl.board.reading import Row
from sloctl.clients.prometheus import Prometheus
from sloctl.model import names
from sloctl.model.durations import parse_shorthand
from sloctl.promql.sloqueries import MONTH_WINDOW, SloQueries

_COUNTED_OVER_S: Final = parse_shorthand(MONTH_WINDOW)
"""By up to as much the running month lags behind."""
_MONTHS: Final = 12
_Part = tuple[str, frozenset[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Kept:
    """
    An SLO in a month.

    Args:
        total: Its events.
        bad: Those of them that were bad.
        objective_ratio: What is promised today; `None` where that is not known.
    """

    total: float
    bad: float
    objective_ratio: float | None

    @property
    def sli_ratio(self) -> float | None:
        """Give the share of good events, 0 to 1; `None` where there were none."""
        return 1 - self.bad / self.total if self.total > 0 else None

    @property
    def word(self) -> str:
        """
        Say whether the objective was met.

        >>> [Kept(1000, bad, 0.99).word for bad in (10, 11)], Kept(0, 0, 0.99).word
        (['kept', 'missed'], '-')
        """
        if self.objective_ratio is None or not self.total:
            return UNKNOWN
        return "kept" if self.bad <= round(self.total * (1 - self.objective_ratio), 6) else "missed"


@dataclass(frozen=True, slots=True)
class Report:
    """
    SLOs by months.

    Args:
        months: Such as ``2026-11``, from the first of which anything is known to the running one.
        lines: Each SLO with the months that it had events in, by service and name.
    """

    months: Sequence[str]
    lines: Sequence[tuple[Row, Mapping[str, Kept]]]


async def read_report(prometheus: Prometheus, rows: Sequence[Row], until_s: float) -> Report:
    """
    Read the last twelve months.

    Args:
        prometheus: Where to ask.
        rows: The SLOs.
        until_s: A time in the last of them, in Unix seconds.

    Raises:
        BackendError: Prometheus is away, or refuses.
    """
    found: dict[str, dict[names.Count, dict[_Part, float]]] = {}
    for start, end in pairwise(_bounds(until_s)):
        span_s = (start.timestamp() + _COUNTED_OVER_S, min(end.timestamp(), until_s))
        if span_s[0] <= span_s[1]:
            found[f"{start:%Y-%m}"] = {
                "total": await _sums(prometheus, "total", *span_s),
                "bad": await _sums(prometheus, "bad", *span_s),
            }
    known = [month for month, counts in found.items() if counts["total"]]
    months = [month for month in found if known and month >= known[0]]
    in_order = sorted(rows, key=lambda row: (row.status.service, row.status.name, *row.status.group.items()))
    return Report(months, [(row, _of(row, months, found)) for row in in_order])


def as_csv(report: Report) -> str:
    """Write a line for each SLO and month, for spreadsheets."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["month", "service", "slo", "group", "objective", "events", "bad", "sli", "result"])
    for row, kept in report.lines:
        group = " ".join(f"{label}={value}" for label, value in row.status.group.items())
        named = [_cell(text) for text in (row.status.service, row.status.name, group)]
        for month, one in kept.items():
            writer.writerow(
                [month, *named, one.objective_ratio, f"{one.total:.12g}", f"{one.bad:.12g}", one.sli_ratio, one.word]
            )
    return text.getvalue()


def as_markdown(report: Report) -> str:
    """Write a table with a line for each SLO, for documents."""
    heads = ["SLO", "Service", "Objective", *report.months]
    lines = [heads, ["---"] * len(heads)]
    for row, kept in report.lines:
        name = " ".join([row.title, *(f"{label}={value}" for label, value in row.status.group.items())])
        months = [f"{percent(kept[m].sli_ratio)} {kept[m].word}" if m in kept else UNKNOWN for m in report.months]
        lines.append([_escaped(name), _escaped(row.status.service), percent(row.status.objective_ratio), *months])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _bounds(until_s: float) -> Iterator[datetime]:
    """Give where the last months begin, the next one included."""
    last = datetime.fromtimestamp(until_s, UTC)
    for number in range(last.year * 12 + last.month - _MONTHS, last.year * 12 + last.month + 1):
        yield datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)


async def _sums(prometheus: Prometheus, count: names.Count, since_s: float, until_s: float) -> dict[_Part, float]:
    expr = SloQueries().events(count, MONTH_WINDOW)
    return {
        _part(series.labels[names.LABEL_ID], series.labels): sum(value for _, value in series.points)
        for series in await prometheus.query_range(expr, since_s, until_s, _COUNTED_OVER_S)
    }


def _of(
    row: Row, months: Sequence[str], found: Mapping[str, Mapping[names.Count, Mapping[_Part, float]]]
) -> dict[str, Kept]:
    part = _part(f"{row.status.service}/{row.status.name}", row.status.group)
    return {
        month: Kept(found[month]["total"][part], found[month]["bad"].get(part, 0.0), row.status.objective_ratio)
        for month in months
        if part in found[month]["total"]
    }


def _part(slo_id: str, labels: Mapping[str, str]) -> _Part:
    return slo_id, frozenset(item for item in labels.items() if item[0] not in {*names.IDENTITY, "__name__"})


def _cell(text: str) -> str:
    """Keep a spreadsheet from taking a name for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _escaped(text: str) -> str:
    """Keep Markdown from taking a name for markup."""
    return "".join(f"\\{char}" if char in "\\|<>*_`[]&" else char for char in " ".join(text.split()))
