"""From what an operator's code promises to SLOs."""

from collections.abc import Mapping
from typing import Final

from sloctl.app import slis
from sloctl.app.modules import instrumentations
from sloctl.model.errors import UsageError
from sloctl.model.indicators import Indicator, Matcher
from sloctl.model.periods import Period
from sloctl.model.promises import Availability, Convergence, Latency, Promise
from sloctl.model.slo import Objective, Origin, Slo
from sloctl.sdk.promises import HISTOGRAMS

JOB: Final = "job"
"""What can be set: the label that tells the operator's series from those of others."""
_MARK: Final = "slos="


def read_promises(source: str, values: Mapping[str, str], period: Period) -> tuple[Slo, ...]:
    """
    Give the SLOs that an operator's code declares with `@obs.reconcile(..., slos=[...])`.

    Args:
        source: For example ``module:tenant_operator``.
        values: `JOB` among them narrows the series down to a job's; other keys are passed over.
        period: Over which the budgets are kept.

    Raises:
        UsageError: It cannot be imported, or promises nothing.
    """
    of_job = (Matcher(JOB, "=", values[JOB]),) if values.get(JOB) else ()
    slos = tuple(
        _slo(source, one.name, controller, promise, of_job, period)
        for one in instrumentations(source, (_MARK,))
        for controller, promise in one.promises
    )
    if not slos:
        raise UsageError(
            f"{source} declares no SLO", '@obs.reconcile("tenant", slos=[sloctl.Availability(0.99)]) declares one'
        )
    return slos


def _slo(
    source: str, service: str, controller: str, promise: Promise, of_job: tuple[Matcher, ...], period: Period
) -> Slo:
    kind, display_name, description = _texts(promise)
    matchers = (*of_job, Matcher("controller", "=", controller))
    return Slo(
        f"{controller}-{kind}",
        service,
        _indicator(promise, matchers),
        (Objective(promise.objective),),
        period,
        display_name=f"{controller}: {display_name}",
        description=description,
        origin=Origin(source),
    )


def _texts(promise: Promise) -> tuple[str, str, str]:
    match promise:
        case Availability():
            return "availability", "reconciliations succeed", "They end without an error."
        case Latency():
            return "latency", "reconciliations are quick", f"They take at most {promise.threshold_s:g} s."
        case Convergence():
            description = f"They are what their spec asks for within {promise.threshold_s:g} s."
            return "convergence", "objects are soon ready", description


def _indicator(promise: Promise, matchers: tuple[Matcher, ...]) -> Indicator:
    if isinstance(promise, Availability):
        return slis.without_error(matchers)
    return slis.within(HISTOGRAMS[type(promise)], promise.threshold_s, matchers)
