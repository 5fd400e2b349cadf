"""What checks may know beside the rule at hand."""

import copy
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from sloctl.lint.metrics import Metric
from sloctl.lint.rules import Rule
from sloctl.model.indicators import Matcher
from sloctl.model.names import INFO, LABEL_CLUSTER
from sloctl.promql.tree import Call, Selector

SCRAPE_S: Final = 30.0
_T = TypeVar("_T")
_MAX_DEPTH: Final = 20
_ALWAYS_THERE: Final = {"ALERTS", "ALERTS_FOR_STATE", "up"}
_OF_EVERY_SCRAPE: Final = "scrape_"
_OF_PROMETHEUS: Final = "prometheus_"
"""What a server says about itself; no program's catalogue has it."""
_OF_LIBRARIES: Final = ("go_", "process_", "python_")
"""What clients of Prometheus expose about their process, beside what a program declares."""
_GATHERED: Final = frozenset({LABEL_CLUSTER})
_COUNTERS: Final = ("_total", "_bucket")
_COPIES: Final = {"label_replace", "label_join"}


class Known:
    """
    The metrics that there are, and the rules that record more of them.

    Args:
        rules: All that are checked together.
        metrics: From catalogues or from Prometheus.
        usual: Metrics that may be there; by them kinds are known that nothing else tells.
        has_catalogue: Whether `metrics` lists every metric that is scraped.
        is_live: Whether it lists every recorded series too.
        scrape_s: Seconds between two scrapes.

    Attributes:
        recorded: The rules that record a name.
        gathered_labels: What a server adds that gathers the series of several; no rule records it.
    """

    def __init__(
        self,
        rules: Iterable[Rule] = (),
        metrics: Iterable[Metric] = (),
        *,
        usual: Iterable[Metric] = (),
        has_catalogue: bool = False,
        is_live: bool = False,
        scrape_s: float = SCRAPE_S,
    ) -> None:
        self.metrics: Mapping[str, Metric] = {metric.name: metric for metric in metrics}
        self._usual = {metric.name: metric.kind for metric in usual}
        self.has_catalogue = has_catalogue
        self.is_live = is_live
        self.scrape_s = scrape_s
        self.recorded: dict[str, list[Rule]] = {}
        self.gathered_labels = frozenset[str]()
        self._cache: dict[object, Any] = {}
        self._depth = 0
        self._by_label: dict[tuple[str, str], dict[str | None, list[Rule]]] = {}
        for rule in rules:
            if rule.kind == "record":
                self.recorded.setdefault(rule.name.value, []).append(rule)

    def of_dashboards(self) -> "Known":
        """Give the same for dashboards, which serve operators of several kinds, and servers that gather several."""
        known = copy.copy(self)
        known.gathered_labels = _GATHERED
        return known

    def has(self, metric: str) -> bool:
        """Tell whether a metric is there, as far as can be known."""
        if not self.has_catalogue or metric in self.metrics or metric in self.recorded or metric in _ALWAYS_THERE:
            return True
        may_be_there = ":" in metric or metric == INFO or metric.startswith(_OF_PROMETHEUS)
        if self.gathered_labels:
            may_be_there = may_be_there or metric in self._usual or metric.startswith(_OF_LIBRARIES)
        return metric.startswith(_OF_EVERY_SCRAPE) or (may_be_there and not self.is_live)

    def remember(self, key: object, compute: Callable[[], _T], meanwhile: _T) -> _T:
        """
        Work something out once.

        Args:
            key: What it is.
            compute: Works it out, and may ask for it again: rules can read each other in a circle.
            meanwhile: What is answered then, and where rules build on rules too deep; it must claim nothing.
        """
        if key not in self._cache:
            if self._depth == _MAX_DEPTH:
                return meanwhile
            self._cache[key] = meanwhile
            self._depth += 1
            try:
                self._cache[key] = compute()
            except RecursionError:  # large expressions that build on each other
                pass
            finally:
                self._depth -= 1
        found: _T = self._cache[key]
        return found

    def recorders(self, selector: Selector) -> list[Rule]:
        """Give the rules that record what a selector selects."""
        if selector.metric not in self.recorded:
            return []
        return self.remember((selector.metric, selector.matchers), lambda: self._recorders(selector), [])

    def _recorders(self, selector: Selector) -> list[Rule]:
        rules = self.recorded[selector.metric]
        for matcher in selector.matchers:
            if matcher.op == "=" and len(rules) > 1:
                added = self._added(selector.metric, matcher.label)
                rules = added.get(matcher.value, []) + added.get(None, [])
                break
        return [rule for rule in rules if all(may_match(rule, matcher) for matcher in selector.matchers)]

    def _added(self, metric: str, label: str) -> dict[str | None, list[Rule]]:
        """Give the rules that record a metric by the value that they give to a label; None: they leave it open."""
        found = self._by_label.get((metric, label))
        if found is None:
            found = self._by_label[metric, label] = {}
            for rule in self.recorded[metric]:
                text = rule.labels.get(label)
                value = None if text is None or "{{" in text.value else text.value
                found.setdefault(value, []).append(rule)
        return found

    def kind(self, metric: str) -> str:
        """Give a metric's kind as in [`Metric`][sloctl.lint.metrics.Metric]; a name can tell too."""
        if metric in self.recorded:
            return "" if all(_is_copy(rule) for rule in self.recorded[metric]) else "gauge"
        if metric in self.metrics:
            return self.metrics[metric].kind
        return self._usual.get(metric) or ("counter" if metric.endswith(_COUNTERS) else "")


def _is_copy(rule: Rule) -> bool:
    """Tell whether a rule records a metric under another name or other labels, and nothing else."""
    expr = rule.expr
    while isinstance(expr, Call) and expr.function in _COPIES:
        expr = expr.args[0]
    return isinstance(expr, Selector)


def may_match(rule: Rule, matcher: Matcher) -> bool:
    """Tell whether what a rule records can match; only the labels that the rule adds are looked at."""
    label = rule.labels.get(matcher.label)
    return label is None or "{{" in label.value or matches(matcher, label.value)


def matches(matcher: Matcher, value: str) -> bool:
    """
    Tell whether a label's value matches.

    >>> matches(Matcher("code", "=~", "5.."), "503")
    True
    """
    if matcher.op in {"=", "!="}:
        return (matcher.value == value) == (matcher.op == "=")
    try:
        return (re.fullmatch(matcher.value, value, re.DOTALL) is not None) == (matcher.op == "=~")
    except re.error:  # what Go's expressions have and Python's have not
        return True
