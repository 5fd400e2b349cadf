"""The corrected budget, as promtool evaluates it."""

from pathlib import Path

import pytest

from sloctl.rulegen import rule_groups
from tests.rules.promtool import evaluate, value
from tests.rules.samples import slo

A = 'job="j", instance="a"'
SERIES = {
    'up{job="j", instance="a"}': "1x130",
    f'requests_total{{{A}, code="200"}}': "0+9x130",
    f'requests_total{{{A}, code="500"}}': "0x59 0+1x70",
}
QUERIES = [("slo:budget_left:corrected", 120), ("slo:budget_left:ratio", 120), ("slo:coverage:ratio * 43200", 120)]


@pytest.mark.parametrize(
    ("labels", "excluded"),
    [('{slo_id="service/s"}', 20), ('{service="service"}', 20), ("", 20), ('{service="another"}', 0)],
)
def test_an_excluded_slice_counts_for_the_raw_budget_only(labels: str, excluded: int, tmp_path: Path) -> None:
    """While the mask of the SLO, its service or all is 0, slices leave the corrected budget and nothing else."""
    series = {**SERIES, f"mask{labels}": "_x70 0x19 1x30"}

    corrected, raw, slices = map(value, evaluate(rule_groups(slo(), mask="mask"), series, QUERIES, tmp_path))

    bad, total = 60, 120 * 9 + 60
    assert raw == pytest.approx(1 - bad / total / 0.01)
    assert corrected == pytest.approx(1 - (bad - excluded) / (total - 10 * excluded) / 0.01)
    assert slices == pytest.approx(120)


def test_without_a_mask_both_budgets_are_the_same(tmp_path: Path) -> None:
    """A mask that nobody has set excludes nothing."""
    corrected, raw, _ = map(value, evaluate(rule_groups(slo(), mask="mask"), SERIES, QUERIES, tmp_path))

    assert corrected == raw
