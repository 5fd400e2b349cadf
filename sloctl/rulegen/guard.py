"""The low-traffic guard: how many bad events are more than chance, in PromQL."""

from functools import reduce

from sloctl.model.alerting_quality import DEVIATIONS, FIT, LEAST, OFFSET, STEPS
from sloctl.promql.tree import Binary, Expr, Number, call


def limit(expected: Expr) -> Expr:
    """
    Write what [`significant_events`][sloctl.model.alerting_quality.significant_events] computes.

    Args:
        expected: How many bad events the budget sustains; it is written out once for each step.

    >>> from sloctl.promql.tree import Selector
    >>> print(limit(Selector("mu")))
    (ceil(mu + 3.71902 * sqrt(mu) + 2.6386 - 0.795 / (sqrt(mu) + 0.8)) and mu > 0.231797) or (mu > bool 0.014209) + ...
    """
    root = call("sqrt", expected)
    bound = call("ceil", expected + DEVIATIONS * root + OFFSET - Number(FIT[0]) / (root + FIT[1]))
    steps = (Binary(">", expected, Number(step), as_bool=True) for step in STEPS[:-1])
    return bound & (expected > STEPS[-1]) | reduce(Expr.__add__, steps) + LEAST
