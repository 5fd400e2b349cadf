"""What the families measure that every controller has, as SLIs."""

from sloctl.model.catalogue import Declaration
from sloctl.model.indicators import Counter, Matcher, RatioIndicator
from sloctl.promql.buckets import le_matcher
from sloctl.sdk import families

Matchers = tuple[Matcher, ...]


def without_error(matchers: Matchers, group_by: tuple[str, ...] = ()) -> RatioIndicator:
    """Give the reconciliations that end without an error."""
    errors = Counter(families.RECONCILE_ERRORS.name, matchers)
    return RatioIndicator(
        Counter(families.RECONCILE_TOTAL.name, matchers), errors, part_is_good=False, group_by=group_by
    )


def with_result(result: str, matchers: Matchers, group_by: tuple[str, ...] = ()) -> RatioIndicator:
    """
    Give the reconciliations that end in a certain way.

    Args:
        result: A pattern of the label `result`.
        matchers: Of the series.
        group_by: Labels by which they are kept apart.
    """
    ended = Counter(families.RECONCILE_TOTAL.name, (*matchers, Matcher("result", "=~", result)))
    return RatioIndicator(Counter(families.RECONCILE_TOTAL.name, matchers), ended, part_is_good=True, group_by=group_by)


def within(
    histogram: Declaration, threshold_s: float, matchers: Matchers, group_by: tuple[str, ...] = ()
) -> RatioIndicator:
    """
    Give the observations up to a bound.

    Args:
        histogram: What is measured.
        threshold_s: One of its bounds.
        matchers: Of the series.
        group_by: Labels by which they are kept apart.
    """
    quick = Counter(f"{histogram.name}_bucket", (*matchers, le_matcher(threshold_s)))
    return RatioIndicator(Counter(f"{histogram.name}_count", matchers), quick, part_is_good=True, group_by=group_by)


def answered(matchers: Matchers) -> RatioIndicator:
    """Give the requests to the API server that it answered, and did not turn away."""
    failed = Counter(families.REST_REQUESTS.name, (*matchers, Matcher("code", "=~", "5..|429|<error>")))
    return RatioIndicator(Counter(families.REST_REQUESTS.name, matchers), failed, part_is_good=False)
