"""
The SLOs that ship with sloctl.

`pack:operator` holds any operator to account that has controller-runtime's families, in Go or in Python.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sloctl.app import slis
from sloctl.model.catalogue import Declaration
from sloctl.model.errors import DeclarationError, UsageError
from sloctl.model.indicators import Indicator, Matcher
from sloctl.model.periods import Period
from sloctl.model.slo import Objective, Origin, Slo
from sloctl.sdk import families
from sloctl.sdk.promises import check_threshold

PREFIX: Final = "pack:"
OFF: Final = "off"
"""Instead of an objective, for no such SLO."""
_BY_CONTROLLER: Final = ("controller",)


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    What can be set of a pack.

    Args:
        name: Of the parameter.
        meaning: For people.
        default: What holds where nothing is set; `None` where something must be.
    """

    name: str
    meaning: str
    default: str | None = None


PACKS: Final[Mapping[str, tuple[Parameter, ...]]] = {
    "operator": (
        Parameter("job", "the label job of the operator's series"),
        Parameter("service", "the service that the SLOs belong to; the job unless it is set", ""),
        Parameter("availability", "objective of reconciliations without an error", "0.99"),
        Parameter("latency", "objective of reconciliations that are quick", "0.95"),
        Parameter("latency_seconds", "what is quick", "1"),
        Parameter("convergence", "objective of reconciliations that leave nothing to do", "0.95"),
        Parameter("converged", "pattern of the results that leave nothing to do", "success"),
        Parameter("convergence_seconds", "measure instead how soon objects are ready; needs sloctl's SDK", ""),
        Parameter("queue_wait", "objective of objects that are soon taken from the queue", "0.99"),
        Parameter("queue_wait_seconds", "what is soon", "10"),
        Parameter("api_client", "objective of requests that the API server answers", "0.99"),
    ),
}
"""Every pack, and what can be set of it."""


def read_pack(source: str, values: Mapping[str, str], period: Period) -> tuple[Slo, ...]:
    """
    Give the SLOs of a pack.

    Args:
        source: For example ``pack:operator``.
        values: What is set; keys of other sources among them are passed over.
        period: Over which the budgets are kept.

    Raises:
        UsageError: There is no such pack, or a value is missing or cannot stand.
    """
    name = source.removeprefix(PREFIX)
    if name not in PACKS:
        raise UsageError(f"there is no pack {name!r}", f"packs: {', '.join(PACKS)}")
    missing = [each for each in PACKS[name] if each.default is None and not values.get(each.name)]
    if missing:
        first = missing[0]
        raise UsageError(f"{source} needs {first.name}, {first.meaning}", f"set it: --set {first.name}=VALUE")
    given = {each.name: values.get(each.name) or each.default or "" for each in PACKS[name]}
    return _Operator(source, given, period).slos()


@dataclass(frozen=True, slots=True)
class _Operator:
    source: str
    values: Mapping[str, str]
    period: Period

    def slos(self) -> tuple[Slo, ...]:
        """Give the SLOs that are not switched off."""
        quick_s = self._threshold_s("latency_seconds", families.RECONCILE_SECONDS)
        soon_s = self._threshold_s("queue_wait_seconds", families.QUEUE_SECONDS)
        slos = (
            self._slo(
                "availability",
                "Reconciliations succeed",
                "They end without an error. One that is tried again counts again.",
                slis.without_error(self._of_job, _BY_CONTROLLER),
            ),
            self._slo(
                "latency",
                "Reconciliations are quick",
                f"They take at most {quick_s:g} s.",
                slis.within(families.RECONCILE_SECONDS, quick_s, self._of_job, _BY_CONTROLLER),
            ),
            self._convergence(),
            self._slo(
                "queue_wait",
                "Objects are soon reconciled",
                f"They wait in the work queue for at most {soon_s:g} s.",
                slis.within(families.QUEUE_SECONDS, soon_s, self._of_job, ("name",)),
            ),
            self._slo(
                "api_client",
                "The API server answers",
                "It neither fails a request nor turns it away.",
                slis.answered(self._of_job),
            ),
        )
        return tuple(slo for slo in slos if slo is not None)

    def _convergence(self) -> Slo | None:
        if self.values["convergence_seconds"]:
            ready_s = self._threshold_s("convergence_seconds", families.CONVERGENCE_SECONDS)
            description = f"They are what their spec asks for within {ready_s:g} s."
            indicator = slis.within(families.CONVERGENCE_SECONDS, ready_s, self._of_job, _BY_CONTROLLER)
            return self._slo("convergence", "Objects are soon ready", description, indicator)
        converged = self.values["converged"]
        description = f"They end in {converged.replace('|', ' or ')}: nothing is left to be done again."
        indicator = slis.with_result(converged, self._of_job, _BY_CONTROLLER)
        return self._slo("convergence", "Reconciliations converge", description, indicator)

    @property
    def _of_job(self) -> tuple[Matcher, ...]:
        return (Matcher("job", "=", self.values["job"]),)

    def _slo(self, parameter: str, display_name: str, description: str, indicator: Indicator) -> Slo | None:
        text = self.values[parameter]
        if text == OFF:
            return None
        ratio = self._number(parameter)
        if not 0 < ratio < 1:
            raise UsageError(f"{parameter} is a share between 0 and 1, not {text}", f"or {OFF}, for no such SLO")
        return Slo(
            parameter.replace("_", "-"),
            self.values["service"] or self.values["job"],
            indicator,
            (Objective(ratio),),
            self.period,
            display_name=display_name,
            description=description,
            origin=Origin(self.source),
        )

    def _threshold_s(self, parameter: str, histogram: Declaration) -> float:
        threshold_s = self._number(parameter)
        try:
            check_threshold(histogram, threshold_s)
        except DeclarationError as error:
            raise UsageError(f"{parameter}={self.values[parameter]}: {error}", error.hint) from error
        return threshold_s

    def _number(self, parameter: str) -> float:
        try:
            return float(self.values[parameter])
        except ValueError as error:
            raise UsageError(f"{parameter} is a number, not {self.values[parameter]!r}") from error
