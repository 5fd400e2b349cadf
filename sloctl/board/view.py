"""What of the list a viewer wants to see, and in which order: the query of its address."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from sloctl.app.health import State
from sloctl.board.reading import Row
from sloctl.promql.sloqueries import NOW_WINDOW

_Key = Callable[[Row], float | str | None]
_URGENCY: Final = {state: place for place, state in enumerate(State)}
COLUMNS: Final[Mapping[str, tuple[str, _Key]]] = {
    "state": ("State", lambda row: _URGENCY[row.health.state]),
    "slo": ("SLO", lambda row: row.title.casefold()),
    "service": ("Service", lambda row: row.status.service.casefold()),
    "objective": ("Objective", lambda row: row.status.objective_ratio),
    "sli": ("SLI", lambda row: row.status.sli_ratio),
    "budget": ("Budget left", lambda row: row.status.budget_left_ratio),
    "burn": (f"Burn {NOW_WINDOW}", lambda row: row.status.burn.get(NOW_WINDOW)),
    "spent": ("Spent in", lambda row: row.status.exhaustion_s),
    "alerts": ("Alerts", lambda row: -len(row.status.tiers) - len(row.status.alerts)),
}
"""What the list can be sorted by: the head of each column, and what is compared."""


@dataclass(frozen=True, slots=True)
class View:
    """
    A choice among SLOs.

    Args:
        text: Part of the name, the service or a label; empty for any.
        service: Empty for any.
        state: Empty for any.
        sort: A column; empty for the most urgent first.
        is_descending: Whether the order is turned round. What is not known comes last all the same.
    """

    text: str = ""
    service: str = ""
    state: str = ""
    sort: str = ""
    is_descending: bool = False

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "View":
        """
        Read the query of an address; what makes no sense is passed over.

        >>> View.of({"q": " api ", "sort": "nonsense"})
        View(text='api', service='', state='', sort='', is_descending=False)
        """
        sort = query.get("sort", "")
        return cls(
            query.get("q", "").strip(),
            query.get("service", ""),
            query.get("state", ""),
            sort if sort in COLUMNS else "",
            query.get("order") == "desc",
        )

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return not (self.text or self.service or self.state)

    def address(self, **changes: str) -> str:
        """
        Give the query of this view, or of one that differs.

        >>> View(text="api", sort="burn").address(state="no data")
        '?q=api&state=no+data&sort=burn'
        """
        query = {
            "q": self.text,
            "service": self.service,
            "state": self.state,
            "sort": self.sort,
            "order": "desc" if self.is_descending else "",
            **changes,
        }
        said = urlencode({name: value for name, value in query.items() if value})
        return f"?{said}" if said else ""

    def sorted_by(self, column: str) -> str:
        """Give the query of this view by a column, or by the same one the other way round."""
        turned = self.sort == column and not self.is_descending
        return self.address(sort=column, order="desc" if turned else "")

    def choose(self, rows: Iterable[Row]) -> list[Row]:
        """Give the rows to show, in their order."""
        chosen = [row for row in rows if self._wants(row)]
        if not self.sort:
            return chosen
        _, key = COLUMNS[self.sort]
        known = [(value, row) for row in chosen if (value := key(row)) is not None]
        known.sort(key=lambda pair: pair[0], reverse=self.is_descending)
        return [row for _, row in known] + [row for row in chosen if key(row) is None]

    def _wants(self, row: Row) -> bool:
        return (
            self.text.casefold() in text_of(row)
            and self.service in {"", row.status.service}
            and self.state in {"", row.health.state}
        )


def text_of(row: Row) -> str:
    """Give what a row is searched by."""
    status = row.status
    return " ".join([status.display_name, status.name, status.service, *status.group.values()]).casefold()
