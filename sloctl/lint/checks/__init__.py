"""The checks, one in each file; docs/checks has a page for each."""

from typing import Final

from sloctl.lint.check import Check
from sloctl.lint.checks.average_of_ratios import average_of_ratios
from sloctl.lint.checks.averaged_quantile import averaged_quantile
from sloctl.lint.checks.dropped_le import dropped_le
from sloctl.lint.checks.le_spelling import le_spelling
from sloctl.lint.checks.missing_annotation import missing_annotation
from sloctl.lint.checks.nan_division import nan_division
from sloctl.lint.checks.never_fires import never_fires
from sloctl.lint.checks.rate_on_gauge import rate_on_gauge
from sloctl.lint.checks.raw_counter import raw_counter
from sloctl.lint.checks.short_range import short_range
from sloctl.lint.checks.template import template
from sloctl.lint.checks.unaggregated_ratio import unaggregated_ratio
from sloctl.lint.checks.unknown_label import unknown_label
from sloctl.lint.checks.unknown_metric import unknown_metric
from sloctl.lint.checks.zero_fill import zero_fill

CHECKS: Final[tuple[Check, ...]] = (
    average_of_ratios,
    averaged_quantile,
    dropped_le,
    le_spelling,
    missing_annotation,
    nan_division,
    never_fires,
    rate_on_gauge,
    raw_counter,
    short_range,
    template,
    unaggregated_ratio,
    unknown_label,
    unknown_metric,
    zero_fill,
)
