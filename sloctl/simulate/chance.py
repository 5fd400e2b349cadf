"""The guard's limit for many windows at once."""

import numpy as np

from sloctl.model.alerting_quality import DEVIATIONS, FIT, LEAST, OFFSET, STEPS
from sloctl.simulate.traffic import Floats


def significant_events(expected: Floats) -> Floats:
    """
    Do as [`significant_events`][sloctl.model.alerting_quality.significant_events] does.

    >>> significant_events(np.array([0.01, 1, 100]))
    array([  2.,   7., 140.])
    """
    root = np.sqrt(expected)
    bound = np.ceil(expected + DEVIATIONS * root + OFFSET - FIT[0] / (root + FIT[1]))
    return np.where(expected > STEPS[-1], bound, LEAST + np.searchsorted(STEPS, expected))
