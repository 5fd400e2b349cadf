"""
How good the standard alerts are beside the Workbook's, for several kinds of traffic, and how long it takes to find out.

    python benchmarks/simulate.py [SEEDS]

Each row is 60 made up months for each of ten seeds, with an objective of 99.9 % over 30 days and the usual incidents.
docs/simulate.md quotes the tables.
"""

import sys
import time
from statistics import median

import pandas as pd

from sloctl.simulate import Run, Setting, World, imagine, markdown, quality_frame

SEEDS, ROUNDS = 10, 5
TRAFFIC = (
    ("flat", 10),
    ("flat", 100),
    ("flat", 1_000),
    ("day-night", 1_000),
    ("weekly", 1_000),
    ("flat", 100_000),
    ("day-night", 100_000),
)
COLUMNS = {
    "precision": "precision",
    "recall": "recall",
    "detection_min": "detection, min",
    "reset_min": "reset, min",
    "spent_ratio": "spent",
    "notifications": "per incident",
    "alerts_per_month": "per month",
    "alerts_per_healthy_month": "healthy",
    "of_one_error": "of one error",
}


def simulate(shape: str, per_hour: float, seed: int) -> Run:
    """Make up 60 months and watch them."""
    return imagine(Setting(), World(shape, per_hour), seed)


def seconds() -> float:
    """Measure 60 months with all that is said of them: the median of some rounds, in processor time."""
    spent = []
    for seed in range(ROUNDS):
        started = time.process_time()
        quality_frame([simulate("day-night", 1_000, seed)])
        spent.append(time.process_time() - started)
    return median(spent)


def main() -> None:
    """Print the time, and a table for each tier."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS
    sys.stdout.write(f"60 months in steps of a minute: {seconds():.2f} s\n")
    quality = pd.concat(
        {
            f"{per_hour:,}/h {shape}": quality_frame([simulate(shape, per_hour, seed) for seed in range(seeds)])
            for shape, per_hour in TRAFFIC
        },
        names=["traffic"],
    )
    for tier, table in quality.rename(columns=COLUMNS)[list(COLUMNS.values())].groupby(level="tier"):
        rounded = table.droplevel("tier").round(3)
        sys.stdout.write(f"\n{tier}s\n\n{markdown(rounded)}")


if __name__ == "__main__":
    main()
