"""A history, and when the alerts of several policies fire over it."""

from dataclasses import dataclass

import numpy as np

from sloctl.model.policies import PLAIN, STANDARD, AlertPolicy
from sloctl.model.windows import DAY_S, SLICE_S
from sloctl.simulate.firing import Firing, firing
from sloctl.simulate.history import History, synthesise
from sloctl.simulate.incidents import MIX, MONTH_SLICES, Incident, Kind, draw
from sloctl.simulate.traffic import Floats, expected_events
from sloctl.simulate.windows import Windows


@dataclass(frozen=True, slots=True)
class Setting:
    """
    What is simulated.

    Args:
        objective_ratio: Share of events that must be good, 0 up to but not including 1.
        period_s: The SLO's period in seconds, a whole number of hours.
        policies: What is compared.
        significant_ratio: Share of the period's budget from which an incident should alert.
    """

    objective_ratio: float = 0.999
    period_s: int = 30 * DAY_S
    policies: tuple[AlertPolicy, ...] = (STANDARD, PLAIN)
    significant_ratio: float = 0.02

    @property
    def budget_ratio(self) -> float:
        """Give the share of events that may be bad, freed of the noise of binary fractions."""
        return round(1 - self.objective_ratio, 12)


@dataclass(frozen=True, slots=True)
class World:
    """
    What a history is made of.

    Args:
        traffic: One of `SHAPES`.
        per_hour: Events per hour, as a mean.
        mix: The kinds of incidents.
        background: Bad events at any other time, as a share of what the budget sustains.
        months: How long, in months of 30 days.
    """

    traffic: str = "day-night"
    per_hour: float = 1000
    mix: tuple[Kind, ...] = MIX
    background: float = 0.3
    months: int = 60


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """
    A history, and what came of it.

    Args:
        setting: What was simulated.
        seed: Where chance came from; 0 where there was none.
        history: What happened.
        budget: Bad events that a period's budget holds at the history's average traffic.
        fires: When each alert of each policy fires, in the order of `setting.policies`.
    """

    setting: Setting
    seed: int
    history: History
    budget: float
    fires: tuple[list[Firing], ...]

    def significant(self, incident: Incident) -> bool:
        """Tell whether an incident should alert."""
        return incident.cost >= self.setting.significant_ratio * self.budget


def imagine(setting: Setting, world: World, seed: int, expected: Floats | None = None) -> Run:
    """
    Make up a history and watch it.

    Args:
        setting: What is simulated.
        world: What the history is made of.
        seed: The same seed makes the same history.
        expected: Expected events of each slice, where they do not follow from *world*.
    """
    rng = np.random.default_rng(seed)
    if expected is None:
        expected = expected_events(world.traffic, world.per_hour, world.months * MONTH_SLICES)
    incidents = draw(world.mix, expected, rng)
    history = synthesise(expected, incidents, world.background * setting.budget_ratio, rng)
    return watch(setting, history, float(expected.mean()), seed)


def watch(setting: Setting, history: History, mean: float | None = None, seed: int = 0) -> Run:
    """
    Find out when alerts fire over a history.

    Args:
        setting: What is simulated.
        history: What happens.
        mean: Average events of a slice; `None` to take the average of the history.
        seed: Where it came from.
    """
    if mean is None:
        mean = float(history.total.sum() / max(history.present.sum(), 1))
    watched = [window_s for policy in setting.policies for window_s in policy.windows_s]
    windows = Windows(history, setting.period_s, watched)
    fires = tuple(firing(windows, policy, setting.budget_ratio) for policy in setting.policies)
    return Run(setting, seed, history, setting.budget_ratio * mean * setting.period_s / SLICE_S, fires)
