"""The guard's limit, as a function, for arrays, and in PromQL, against the Poisson distribution itself."""

from pathlib import Path

import numpy as np
import pytest

from sloctl.model.alerting_quality import CHANCE, LEAST, STEPS, significant_events
from sloctl.model.rules import RecordingRule, RuleGroup
from sloctl.promql.tree import Selector
from sloctl.rulegen.guard import limit
from sloctl.simulate import chance
from tests.rules.promtool import evaluate, value

MEANS = np.geomspace(1e-4, 1e5, 3000)


def exact(mean: float) -> int:
    """Find the least number, but not one, that a Poisson variable reaches no more often than `CHANCE`."""
    numbers = np.arange(int(mean + 8 * mean**0.5) + 30)
    factorials = np.cumsum(np.log(np.maximum(numbers, 1)))
    reached = np.cumsum(np.exp(numbers * np.log(mean) - mean - factorials)[::-1])[::-1]
    return max(int(np.argmax(reached <= CHANCE)), LEAST)


def test_the_limit_is_the_exact_one_or_the_next() -> None:
    """Never fewer errors than it takes to rule out chance; one more at the most, and none up to the last step."""
    excess = np.array([significant_events(mean) - exact(mean) for mean in MEANS])

    assert excess.min() == 0
    assert excess.max() == 1
    assert not excess[MEANS <= STEPS[-1]].any()


@pytest.mark.parametrize(("step", "events"), [(step, number) for number, step in enumerate(STEPS, start=2)])
def test_a_step_is_the_largest_mean(step: float, events: int) -> None:
    """A ten-thousandth below a step its number of errors is significant, as much above it is not."""
    assert exact(step * (1 - 1e-4)) == significant_events(step * (1 - 1e-4)) == events
    assert exact(step * (1 + 1e-4)) == significant_events(step * (1 + 1e-4)) == events + 1


def test_arrays_are_treated_alike() -> None:
    """The engine's limit is the function's, mean by mean."""
    assert chance.significant_events(MEANS).tolist() == [significant_events(mean) for mean in MEANS]


def test_promql_computes_the_same(tmp_path: Path) -> None:
    """The rule's limit is the function's, at the steps and on either side of them as well as far above."""
    means = [0.0, *STEPS, *(step * 1.0001 for step in STEPS), *np.geomspace(0.001, 1e5, 60).tolist()]
    group = RuleGroup("guard", 60, (RecordingRule("least", str(limit(Selector("mu")))),))
    asked = [("least", minute) for minute in range(len(means))]

    answers = evaluate([group], {"mu": " ".join(map(repr, means))}, asked, tmp_path)

    assert [value(answer) for answer in answers] == [significant_events(mean) for mean in means]
