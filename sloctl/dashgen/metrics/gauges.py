"""Gauges by their intent, state sets, and facts."""

from collections.abc import Mapping
from typing import Final

from grafanalib.core import Panel

from sloctl.dashgen.exposed import PER_TARGET
from sloctl.dashgen.fields import Colour, states, style
from sloctl.dashgen.metrics.words import (
    ASK,
    NOT_SCRAPED,
    by_labels,
    described,
    legend,
    names_of,
    some_of,
    title_of,
    unit_of,
)
from sloctl.dashgen.panels import state_timeline, table, timeseries
from sloctl.dashgen.queries import cells, series
from sloctl.model.catalogue import Declaration
from sloctl.promql.tree import quote

_ADD_UP: Final = frozenset({None, "bytes", "joules", "grams"})
"""Units of levels whose sum over instances means something."""
_NEVER_SET: Final = "No data: it has not been set yet, or nothing that exposes it is scraped under these choices"
_COLOURS: Final[Mapping[str, Colour]] = {
    **dict.fromkeys(
        ("active", "available", "bound", "healthy", "ok", "ready", "running", "succeeded", "up"), Colour.GOOD
    ),
    **dict.fromkeys(("deleting", "pending", "progressing", "suspended", "terminating", "unknown"), Colour.WATCH),
    **dict.fromkeys(("crashed", "degraded", "down", "error", "failed", "lost", "unhealthy"), Colour.BAD),
}
"""Of states that are usually called so; the word is always shown beside it."""
_WORRIES: Final[Mapping[str, str]] = {
    "in-flight": "Flat above 0 for long: something hangs, or a limit is reached.",
    "level": "A level that climbs and does not come back, or stands still where it should move, asks for a look.",
    "ratio": "Near 100 % it is full, or all of it is used.",
    "timestamp": "An age beyond the usual interval: it does not happen any more.",
}
"""When to worry about a gauge, by its intent."""


def gauge_panels(metric: Declaration) -> list[Panel]:
    """Draw a gauge by what it is for: what is under way and levels as they are, shares, times as ages."""
    adds_up = metric.intent == "in-flight" or (metric.intent == "level" and metric.unit in _ADD_UP)
    how = "Summed over the chosen instances" if adds_up else "The highest of the chosen instances"
    title, expr = title_of(metric), ASK.level(metric.name, *names_of(metric.labels), of="sum" if adds_up else "max")
    if metric.intent == "timestamp":
        title, expr = f"{title}: age", f"time() - {expr}"
        how = "Time that has passed since then, on the instance where it happened last"
    return [
        timeseries(
            title,
            series(some_of(expr, metric.labels), legend(metric, metric.labels)),
            description=described(metric, f"{how}{by_labels(metric.labels)}.", _WORRIES[metric.intent]),
            unit=unit_of(metric),
            no_value=NOT_SCRAPED if adds_up else _NEVER_SET,
            minimum=None if metric.intent == "level" else 0,
            maximum=1 if metric.intent == "ratio" else None,
            custom={"lineInterpolation": "stepAfter", "axisSoftMax": 1} if metric.intent == "in-flight" else None,
        )
    ]


def info_panels(metric: Declaration) -> list[Panel]:
    """List what a metric tells by its labels alone."""
    labels = [*PER_TARGET, *names_of(metric.labels)]
    return [
        table(
            title_of(metric),
            {"": cells(ASK.level(metric.name, *labels, of="max"))},
            description=described(
                metric, "One row for each instance.", "Rows that differ are versions or settings that do."
            ),
            unit="none",
            no_value=NOT_SCRAPED,
            renamed={label: label.capitalize() for label in labels},
        )
    ]


def state_panels(metric: Declaration) -> list[Panel]:
    """
    Draw in which state each thing is over time; beside it, where there are several, how many are in which.

    Raises:
        ValueError: The states are not known.
    """
    if not (metric.labels and metric.labels[-1].values):
        raise ValueError(f"{metric.name} is a state set, and its last label does not name the states")
    *others, state = metric.labels
    numbered = [
        f"{number} * {ASK.series(metric.name, f'{state.name}={quote(word)}')}"
        for number, word in enumerate(state.values, start=1)
    ]
    words = {
        number: (word, _COLOURS.get(word.lower(), Colour.FACT)) for number, word in enumerate(state.values, start=1)
    }
    by = f" by ({', '.join(names_of(others))}) " if others else ""
    timeline = state_timeline(
        title_of(metric),
        series(some_of(f"max{by}({' or '.join(numbered)})", others), legend(metric, others)),
        description=described(
            metric,
            f"The state over time{by_labels(others)}.",
            "A state that lasts longer than usual, or comes and goes, asks for a look at the object and the log.",
        ),
        no_value=_NEVER_SET,
        mappings=states(words),
        height=8,
    )
    if not others:
        return [timeline]
    counted = timeseries(
        f"{title_of(metric)}: how many",
        series(ASK.level(metric.name, state.name), legend(metric, [state])),
        description=described(
            metric, "How many are in each state.", "Many that leave the usual one at once share a cause."
        ),
        unit="short",
        no_value=_NEVER_SET,
        minimum=0,
        custom={"stacking": {"mode": "normal", "group": "A"}, "fillOpacity": 45, "lineWidth": 1},
        overrides=[style(word, colour=colour) for word, colour in words.values() if colour is not Colour.FACT],
    )
    return [timeline, counted]
