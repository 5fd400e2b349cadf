"""The tests that come with rules: they pass, and each part of the rules has one that notices when it is changed."""

import re
import subprocess
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from sloctl.model.alerting import Alerting
from sloctl.model.indicators import Counter, Indicator, Matcher, RatioIndicator, RawIndicator, ThresholdIndicator
from sloctl.model.periods import CalendarPeriod, RollingPeriod
from sloctl.model.ruletests import RuleTest, together
from sloctl.model.slo import Objective, Slo
from sloctl.model.windows import WORKBOOK
from sloctl.rulegen import rule_groups, rule_tests
from sloctl.specio.rulefile import rule_file
from sloctl.specio.ruletestfile import rule_test_chunks
from tests.rules.samples import DAY_S, ERRORS, member, query, slo
from tests.support.prometheus import find_program

HOUR_S, MINUTE_S = 3600, 60
GOOD = RatioIndicator(
    Counter("seconds_count", (Matcher("job", "=", "web"),)),
    Counter("seconds_bucket", (Matcher("job", "=", "web"), Matcher("le", "=~", r"0\.5"))),
    part_is_good=True,
    group_by=("route",),
)
TIMESLICES = Objective(0.95, slice_s=300, slice_ratio=0.9)


def judge(one: Slo, rules: str, step_s: int, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run the tests of one step over rules."""
    (folder / "rules.yaml").write_text(rules)
    tests = [test for test in together(rule_tests(one, MINUTE_S)) if test.step_s == step_s]
    order = [group.name for group in rule_groups(one)]
    (folder / "test.yaml").write_text("".join(rule_test_chunks(tests, step_s, ["rules.yaml"], order, "a test")))
    command = [find_program("promtool"), "test", "rules", folder / "test.yaml"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "one",
    [
        slo(),
        slo(GOOD, Objective(0.999), period=RollingPeriod(7 * DAY_S)),
        slo(ThresholdIndicator(query("depth"), "lt", 5), Objective(0.99), period=RollingPeriod(28 * DAY_S)),
        slo(ERRORS, TIMESLICES, budgeting="Timeslices"),
        slo(RawIndicator(query("ratio"), is_good=True), period=CalendarPeriod(1, "M", datetime(2024, 1, 1), "UTC")),
        slo(None, member(ERRORS, "a", Objective(0.99)), member(GOOD, "b", Objective(0.999), 2)),
    ],
    ids=["bad", "good", "gauge", "timeslices", "calendar", "composite"],
)
def test_the_tests_pass(one: Slo, tmp_path: Path) -> None:
    """Whatever the SLO, promtool finds its rules to do what their tests want."""
    rules = rule_file(rule_groups(one), "a test")
    for step_s in (MINUTE_S, HOUR_S):
        done = judge(one, rules, step_s, tmp_path)

        assert done.returncode == 0, done.stdout + done.stderr


PAGES = replace(slo(), alerting=Alerting(pairs=WORKBOOK[:2]))
"""Pages alone take promtool half as long."""


def changed(one: Slo, pattern: str, replacement: str) -> str:
    """Change rules; there must be something to change."""
    rules = rule_file(rule_groups(one), "a test")
    text = re.sub(pattern, replacement, rules)
    assert text != rules, "the rules hold nothing of the kind"
    return text


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"weighted1h(\{[^}]*\}) > 14\.4", r"weighted1h\1 > 16"),
        (r"weighted1h(\{[^}]*\}) > 14\.4", r"weighted1h\1 > 13"),
        (r"weighted6h(\{[^}]*\}) > 6", r"weighted6h\1 > 5"),
        (r"weighted6h(\{[^}]*\}) > 6", r"weighted1h\1 > 6"),
        (r"weighted3d(\{[^}]*\}) > 1\b", r"weighted3d\1 > 1.2"),
        (r"weighted3d(\{[^}]*\}) > 1\b", r"weighted3d\1 > 0.8"),
        (r"weighted5m(\{[^}]*\}) > 14\.4", r"weighted5m\1 < 14.4"),
        (r"weighted5m(\{[^}]*\}) > 14\.4", r"weighted5m\1 > 0"),
        (r">= slo:bad:limit1h", "< slo:bad:limit1h"),
        (r"\[4m30s\]", "[5m30s]"),
        (r"bad:slice(\{[^}]*\})\[59m30s\]", r"bad:slice\1[58m30s]"),
        (r"\[5h59m30s\]", "[5h58m30s]"),
        (r"\+ 1\b", "+ 0"),
        (r"(sum5m\{[^}]*\}) > 0", r"\1 >= 0"),
        (r" >= 0\)", " > 0)"),
        (r"\n? *and on \(job, instance\) up offset 1m == 1", ""),
        (r"or 0 \* sum\(slo:total:slice\{[^}]*\}\)", ""),
        (r"< last_over_time", "> last_over_time"),
    ],
)
def test_a_rule_that_is_changed_fails_them(pattern: str, replacement: str, tmp_path: Path) -> None:
    """Thresholds, windows, signs and guards of what is evaluated every minute each have a test that notices."""
    one = slo() if "3d" in pattern else PAGES

    assert judge(one, changed(one, pattern, replacement), MINUTE_S, tmp_path).returncode != 0


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [(r"\[23h30m:1h\]", "[22h30m:1h]"), (r"\[2d23h30m:1h\]", "[3d30m:1h]"), (r"\[29d23h30m:1h\]", "[29d22h30m:1h]")],
)
def test_a_long_window_that_is_changed_fails_them(pattern: str, replacement: str, tmp_path: Path) -> None:
    """The windows that are made of hours are tested by the hour."""
    assert judge(PAGES, changed(PAGES, pattern, replacement), HOUR_S, tmp_path).returncode != 0


def test_what_is_tested_every_minute_takes_a_day_at_most() -> None:
    """promtool takes seconds for a day of an SLO, so SLOs and scenarios are tested beside each other."""
    tests = together(rule_tests(slo(), MINUTE_S))
    of_minutes = [test for test in tests if test.step_s == MINUTE_S]

    assert all(expected.at_s <= DAY_S for test in of_minutes for expected in test.expected)
    assert len(of_minutes) <= 6
    assert all(isinstance(test, RuleTest) for test in tests)


@pytest.mark.parametrize(
    ("matchers", "found"),
    [
        ((Matcher("code", "=~", "5..|4[0-9]+"),), True),
        ((Matcher("code", "!~", "2.."), Matcher("path", "!=", "/health")), True),
        ((Matcher("code", "=~", "(?i)no(pe|thing)+x?"),), False),
    ],
)
def test_counters_are_tested_where_labels_are_found_for_them(matchers: tuple[Matcher, ...], found: bool) -> None:
    """Labels are guessed from the matchers; where none fits, counting is left untested rather than tested wrongly."""
    indicator: Indicator = RatioIndicator(Counter("a_total"), Counter("a_total", matchers), part_is_good=False)

    names = [test.name for test in rule_tests(slo(indicator), MINUTE_S)]

    assert any("the first event of a kind counts" in name for name in names) is found
