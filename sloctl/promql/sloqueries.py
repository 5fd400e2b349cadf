"""
What is asked of the recorded series of SLOs, each question in one place: the dashboards, the board and `sloctl status`
show the same numbers because they ask the same.

docs/rules.md says what is recorded. Servers that gather several clusters tell them apart by the label `cluster`, which
Prometheus adds to what it sends elsewhere; where there is one cluster, the label is missing and nothing changes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sloctl.model import names

NOW_WINDOW: Final = "1h"
"""The window whose burn rate is taken for how fast the budget is spent from now on."""
LATEST_WINDOW: Final = "5m"
"""The shortest window: without events in it, nothing is counted as of now."""
MONTH_WINDOW: Final = "6h"
"""The longest window on multiples of whose length months begin in UTC, so that its sums make up months."""
AT_RISK_BELOW: Final = 0.25
"""Share of the budget under which there is little left for another incident, 0 to 1."""
PER_SLO: Final = f"by ({names.LABEL_CLUSTER}, {', '.join(names.IDENTITY)})"
"""Keeps SLOs apart where their parts are put together."""
_ON_SLO: Final = f"on ({names.LABEL_CLUSTER}, {names.LABEL_ID})"


@dataclass(frozen=True, slots=True)
class SloQueries:
    """
    Questions about some SLOs. Each method gives PromQL, whose result has an element for each part of each SLO, with
    all its labels, unless it says otherwise.

    Args:
        selector: Matchers that choose among the SLOs by the labels of identity and by `cluster`.
        parts: Matchers that choose among their parts too, by the labels of their groups.
        whole: Leave out the members of composites, which are recorded as SLOs are, and have no facts of their own.

    >>> SloQueries('slo="errors"', 'shop="a"').budget_left
    'slo:budget_left:ratio{slo="errors", shop="a"}'
    """

    selector: str = f'{names.LABEL_ID}!=""'
    parts: str = ""
    whole: bool = False

    @property
    def info(self) -> str:
        """Ask for 1 per SLO, with its objective, period, display name and description as labels."""
        return self._fact(names.INFO)

    @property
    def objective(self) -> str:
        """Ask for the objective per SLO, 0 to 1."""
        return self._fact(names.OBJECTIVE)

    @property
    def period_s(self) -> str:
        """Ask for the length of the period per SLO, in seconds."""
        return self._fact(names.PERIOD)

    @property
    def period_start_s(self) -> str:
        """Ask when the running period of each SLO began that follows the calendar, in Unix seconds."""
        return self._fact(names.PERIOD_START)

    @property
    def budget_left(self) -> str:
        """Ask for the share of the period's budget that is left, 1 to below 0."""
        return self._part(names.BUDGET_LEFT)

    @property
    def coverage(self) -> str:
        """Ask for the share of the period that is known, 0 to 1."""
        return self._part(names.COVERAGE)

    @property
    def known_s(self) -> str:
        """Ask for how many seconds of the period are known."""
        return f"{self.coverage} * {_ON_SLO} group_left () {self.period_s}"

    @property
    def burns(self) -> str:
        """Ask for the burn rates over all windows; the window is the end of the metric's name."""
        return f'{{__name__=~"{names.burn_name(".+")}", {self._matchers()}}}'

    def burn(self, window: str) -> str:
        """Ask for the burn rate over a window: 1 spends the budget exactly within the period."""
        return self._part(names.burn_name(window))

    def weighted(self, window: str) -> str:
        """Ask for the burn rate over a window, weighted by traffic as alerts compare it."""
        return self._part(names.weighted_name(window))

    def error(self, window: str) -> str:
        """Ask for the share of bad events over a window, 0 to 1."""
        return self._part(names.error_name(window))

    def sli(self, window: str) -> str:
        """Ask for the share of good events over a window, 0 to 1."""
        return f"1 - {self.error(window)}"

    def missed(self, window: str) -> str:
        """Ask per SLO for 1 where its worst part missed the objective in a window, 0 where none did."""
        return f"max {PER_SLO} ({self.error(window)}) > bool {_ON_SLO} group_left () (1 - {self.objective})"

    def events(self, count: names.Count, window: str) -> str:
        """Ask for the bad or for all events of a window."""
        return self._part(names.sum_name(count, window))

    @property
    def sli_period(self) -> str:
        """Ask for the share of good events over the period of each SLO, 0 to 1; nothing where there were none."""
        return f"1 - {self._over_period(names.error_name)}"

    @property
    def allowed(self) -> str:
        """Ask for how many bad events the objective allows at the traffic of the period so far."""
        total = self._over_period(lambda window: names.sum_name("total", window))
        return f"({total} > 0) * {_ON_SLO} group_left () (1 - {self.objective})"

    @property
    def spent_share(self) -> str:
        """Ask for the share that each part has in all bad events of its SLO's period, 0 to 1."""
        bad = self._over_period(lambda window: names.sum_name("bad", window))
        return f"{bad} / {_ON_SLO} group_left () (sum {PER_SLO} ({bad}) > 0)"

    @property
    def exhaustion_s(self) -> str:
        """
        Ask in how many seconds the budget is spent if it goes on as in the last hour; 0 where it is, nothing where it
        lasts for as long as what is spent now counts: the period, or what is left of a calendar's.

        Source: SRE Workbook, "Alerting on SLOs": time to exhaustion = period / burn rate, here of what is left.
        """
        rest = f"{self.period_start_s} + {self.period_s} - time() or {self.period_s}"
        left_s = self._left_s
        return f"({left_s}) == 0 or ({left_s}) / {self.burn(NOW_WINDOW)} < {_ON_SLO} group_left () ({rest})"

    def exhaustion_or(self, lasting_s: float) -> str:
        """Ask the same, and for a time of your own where the budget is known to last."""
        return f"({self.exhaustion_s}) or 0 * ({self._left_s}) + 0 * {self.burn(NOW_WINDOW)} + {lasting_s:g}"

    @property
    def _left_s(self) -> str:
        """Ask for how long a whole period's budget lasts from now on, where it is spent as fast as it sustains."""
        spent = f"(1 - {self.budget_left}) * {self.coverage}"
        return f"clamp_min(1 - {spent}, 0) * {_ON_SLO} group_left () {self.period_s}"

    def alerts(self, alert: str = names.ALERT, tier: str = "", state: str = "firing") -> str:
        """
        Ask for 1 per alert.

        Args:
            alert: Its name; empty for any alert of the SLOs.
            tier: ``page`` or ``ticket``; empty for either.
            state: ``firing`` or ``pending``; empty for either.
        """
        wanted = {"alertname": alert, names.LABEL_TIER: tier, "alertstate": state}
        chosen = [f'{label}="{value}"' for label, value in wanted.items() if value]
        return f"ALERTS{{{', '.join([*chosen, self._matchers()])}}}"

    def alert_state(self, tier: names.Tier) -> str:
        """Ask per SLO for 2 while a burn alert fires, 1 while it is pending, 0 when quiet; nothing without rules."""
        firing, pending = (self.alerts(tier=tier, state=state) for state in ("firing", "pending"))
        return f"max {PER_SLO} (2 * {firing} or {pending}) or max {PER_SLO} (0 * {self.objective})"

    @property
    def unmeasured(self) -> str:
        """Ask for 1 per SLO of which nothing was counted in the last five minutes; composites count by their burn."""
        counted = f"{names.TOTAL_SLICE}{{{self._matchers()}}} or {self.burn(LATEST_WINDOW)}"
        return f"{self.info} unless {_ON_SLO} ({counted})"

    def of_parts(self, of_slo: str) -> str:
        """Ask for what belongs to a whole SLO, for each of its parts; once where it has none."""
        of_each = f"0 * {self.budget_left} + {_ON_SLO} group_left () ({of_slo})"
        return f"{of_each} or ({of_slo}) unless {_ON_SLO} {self.budget_left}"

    @property
    def age_s(self) -> str:
        """Ask for how many seconds ago events were counted last."""
        return f"time() - timestamp({names.TOTAL_SLICE}{{{self._matchers()}}})"

    def last_seen_s(self, within: str, by: str) -> str:
        """
        Ask for how many seconds ago an SLO was last heard of.

        Args:
            within: How far to look back, as a duration or a variable.
            by: Which SLOs are put together, for example ``by (cluster)``.
        """
        newest = f"timestamp({self.objective})"  # looks back five minutes, so steps of five miss none before
        return f"time() - max {by} ({newest} or max_over_time({newest}[{within}:5m]))"

    @property
    def one_bad_event(self) -> str:
        """Ask for the burn rate over an hour that a single bad event makes."""
        allowed = f"{self.events('total', NOW_WINDOW)} * {_ON_SLO} group_left () (1 - {self.objective})"
        return f"1 / ({allowed} > 0)"

    def _over_period(self, name: Callable[[str], str]) -> str:
        """Ask for what is recorded of each window, of that which is the SLO's own period."""
        recorded = f'{{__name__=~"{name(".+")}", {self._matchers()}}}'
        period = names.LABEL_PERIOD
        windows = f'label_replace({recorded}, "{period}", "$1", "__name__", "{name("(.+)")}")'
        on_period = f"on ({names.LABEL_CLUSTER}, {names.LABEL_ID}, {period})"
        return f"sum without ({period}) ({windows} * {on_period} group_left () {self.info})"

    def _matchers(self) -> str:
        return ", ".join(filter(None, (self.selector, self.parts)))

    def _part(self, name: str) -> str:
        recorded = f"{name}{{{self._matchers()}}}"
        return f"({recorded} and {_ON_SLO} {self.info})" if self.whole else recorded

    def _fact(self, name: str) -> str:
        return f"{name}{{{self.selector}}}"
