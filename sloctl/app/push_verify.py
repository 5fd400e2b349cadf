"""Whether dashboards in Grafana are what was pushed, and their panels have data."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sloctl.app.push_dashboards import is_as_pushed
from sloctl.app.push_marks import digest, mark_of
from sloctl.app.push_sources import Board
from sloctl.clients.api import RefusedError
from sloctl.clients.grafana import DataSource, Grafana, Held, Json
from sloctl.lint.boards.queries import filled, first_value
from sloctl.model.errors import UsageError

_KIND: Final = "prometheus"
_ALL: Final = "$__all"
_ANY: Final = ".*"
_LABEL_VALUES: Final = re.compile(r"\s*label_values\((?:(?P<selector>.*),)?\s*(?P<label>\w+)\s*\)\s*", re.S)
_OF_GRAFANA: Final = ("__rate_interval", "__interval", "__range", "__range_s", "__range_ms", "__interval_ms")
"""Variables that Grafana fills in itself, for queries too that a panel does not send."""
_NOT_ALLOWED: Final = frozenset({401, 403})
_POINTS: Final = 100
_STEP_MS: Final = 60_000


class State(StrEnum):
    """How a panel, or a dashboard, does."""

    OK = "ok"
    EMPTY = "empty"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PanelState:
    """
    A panel whose queries were run.

    Args:
        title: Its own.
        state: `EMPTY` where none of its queries gave any value.
        reason: Why it has failed.
    """

    title: str
    state: State
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """
    A dashboard that was read back.

    Args:
        uid: Its own.
        title: What people call it.
        reason: Why it is not what was pushed; empty where it is.
        note: What is different about it, and no fault.
        panels: Those with PromQL, and variables that cannot be filled.
    """

    uid: str
    title: str
    reason: str
    note: str
    panels: Sequence[PanelState]

    @property
    def state(self) -> State:
        """Give `FAILED` where it is not what was pushed or a panel failed; an empty panel is no fault."""
        faulty = self.reason or any(panel.state is State.FAILED for panel in self.panels)
        return State.FAILED if faulty else State.OK


async def verify_dashboards(
    grafana: Grafana, boards: Sequence[Board], *, owner: str = "sloctl", data_source: str = ""
) -> list[Verified]:
    """
    Read dashboards back, compare them with what was to be pushed, and run the queries of their panels through Grafana.

    Variables have the values that they have when the dashboard is opened: all of them where that is a choice, the one
    that is saved, or else the first that there is.

    Args:
        grafana: Where.
        boards: What it is to hold.
        owner: Who keeps them.
        data_source: The Prometheus that is chosen, by name or uid; empty for Grafana's default.

    Raises:
        UsageError: There is no such data source.
        BackendError: Grafana is away, or refuses.
    """
    api = await grafana.dashboards()
    source = _chosen(await grafana.data_sources(), data_source)
    found = []
    for board in boards:
        held = await api.get(board.uid)
        reason = _difference(board, held, owner)
        is_rewritten = held is not None and not reason and digest(held.spec) != digest(board.spec)
        note = "Grafana has brought it into another form" if is_rewritten else ""
        panels = [] if held is None else await _Run(grafana, source, held).states()
        found.append(Verified(board.uid, board.title, reason, note, panels))
    return found


def _chosen(sources: Sequence[DataSource], wanted: str) -> DataSource:
    known = [source for source in sources if source.kind == _KIND]
    named = [source for source in known if wanted in {source.uid, source.name}] if wanted else known
    if not named:
        names = ", ".join(source.name for source in known)
        message = f"Grafana has no Prometheus data source{f' {wanted!r}' if wanted else ''}"
        raise UsageError(message, f"--datasource is one of: {names}" if names else "add one in Grafana")
    return max(named, key=lambda source: source.is_default)


def _difference(board: Board, held: Held | None, owner: str) -> str:
    if held is None:
        return "it is not there"
    mark = mark_of(held.spec)
    if not is_as_pushed(held, owner) or mark is None:
        return "it is not what was pushed"
    return "" if mark.digest == digest(board.spec) else "an older one is there"


class _Run:
    """Runs the queries of a dashboard's panels."""

    def __init__(self, grafana: Grafana, source: DataSource, held: Held) -> None:
        self._grafana = grafana
        self._source = source
        self._spec = held.spec
        time = _fields(held.spec.get("time"))
        self._start, self._end = str(time.get("from") or "now-6h"), str(time.get("to") or "now")

    async def states(self) -> list[PanelState]:
        """Run all of them."""
        faults: list[PanelState] = []
        values = await self._values(faults)
        panels = [(str(panel.get("title") or panel.get("id")), _queries(panel)) for panel in _panels(self._spec)]
        return faults + [await self._state(title, queries, values) for title, queries in panels if queries]

    async def _state(self, title: str, queries: list[Json], values: Mapping[str, str]) -> PanelState:
        asked = [self._asked(query, values) for query in queries]
        try:
            results = await self._grafana.query(asked, start=self._start, end=self._end)
        except RefusedError as error:
            return PanelState(title, State.FAILED, _about_one(error))
        faults = [f"query {name}: {result.error}" for name, result in results.items() if result.error]
        if faults:
            return PanelState(title, State.FAILED, "; ".join(faults))
        return PanelState(title, State.OK if any(each.values for each in results.values()) else State.EMPTY)

    def _asked(self, query: Json, values: Mapping[str, str]) -> Json:
        source = query["datasource"]
        uid = source.get("uid") if isinstance(source, dict) else source
        return {
            "refId": query["refId"],
            "datasource": {"type": _KIND, "uid": filled(str(uid), values) if uid else self._source.uid},
            "expr": filled(str(query["expr"]), values),
            "instant": bool(query.get("instant")),
            "range": bool(query.get("range")) or not query.get("instant"),
            "format": query.get("format") or "time_series",
            "intervalMs": _STEP_MS,
            "maxDataPoints": _POINTS,
        }

    async def _values(self, faults: list[PanelState]) -> dict[str, str]:
        """Give each variable a value, in the light of those before it, and tell which have none."""
        values = {name: f"${{{name}}}" for name in _OF_GRAFANA}
        for variable in _each(_fields(self._spec.get("templating")).get("list")):
            name = str(variable.get("name"))
            try:
                values[name] = await self._value(variable, values)
            except RefusedError as error:
                faults.append(PanelState(f"${name}", State.FAILED, _about_one(error)))
        return values

    async def _value(self, variable: Json, values: Mapping[str, str]) -> str:
        if variable.get("type") == "datasource":
            return self._source.uid
        if variable.get("includeAll"):
            return str(variable.get("allValue") or _ANY)
        return _saved(variable) or await self._first(variable, values)

    async def _first(self, variable: Json, values: Mapping[str, str]) -> str:
        query = variable.get("query")
        text = str((query.get("query") if isinstance(query, dict) else query) or "")
        if variable.get("type") != "query":
            return first_value(text)
        found = _LABEL_VALUES.fullmatch(text)
        if found is None:
            return _ANY
        selector = filled((found["selector"] or "").strip(), values)
        known = await self._grafana.label_values(self._source.uid, found["label"], selector)
        return min(known, default=_ANY)


def _about_one(error: RefusedError) -> str:
    """Give the words of a refusal, unless it is about all that is asked."""
    if error.status in _NOT_ALLOWED:
        raise error
    return str(error)


def _panels(holder: Json) -> Iterator[Json]:
    """List panels, those inside collapsed rows too."""
    for panel in _each(holder.get("panels")):
        yield panel
        yield from _panels(panel)


def _queries(panel: Json) -> list[Json]:
    """List the PromQL of a panel, each with its data source."""
    found: list[Json] = []
    for target in _each(panel.get("targets")):
        source = target.get("datasource") or panel.get("datasource")
        if target.get("expr") and _fields(source).get("type") in {None, "", _KIND}:
            found.append({**target, "datasource": source, "refId": str(target.get("refId") or len(found))})
    return found


def _saved(variable: Json) -> str:
    value = _fields(variable.get("current")).get("value")
    return value if isinstance(value, str) and value != _ALL else ""


def _fields(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _each(values: Any) -> list[Json]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
