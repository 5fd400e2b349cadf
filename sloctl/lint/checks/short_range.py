"""A range with too few samples in it."""

from collections.abc import Iterator
from typing import Final

from sloctl.lint.check import Problem, check
from sloctl.lint.known import Known
from sloctl.lint.rules import Rule
from sloctl.model.durations import format_duration
from sloctl.model.findings import Severity
from sloctl.promql.tree import Call, Selector

SCRAPES: Final = 4
"""So many a range must hold: two for a difference, one that may fail, and one for where the range begins and ends."""

_NEED_TWO_SAMPLES: Final = {"rate", "increase", "delta", "deriv", "changes", "resets", "predict_linear"}


@check("short-range", Severity.WARNING)
def short_range(rule: Rule, known: Known) -> Iterator[Problem]:
    """Find ranges of scraped series that are shorter than four scrapes."""
    for node in rule.nodes:
        if not isinstance(node, Call) or node.function not in _NEED_TWO_SAMPLES:
            continue
        selector = node.args[0]
        if not isinstance(selector, Selector) or ":" in selector.metric or selector.metric in known.recorded:
            continue
        least_s = SCRAPES * known.scrape_s
        if selector.range_s < least_s:
            window, scrape = format_duration(selector.range_s), format_duration(known.scrape_s)
            summary = f"[{window}] holds fewer than {SCRAPES} scrapes at one every {scrape}"
            yield Problem(selector, summary, f"use [{format_duration(least_s)}] or more", r"\[")
