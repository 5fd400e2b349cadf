"""The tests that come with rules: they pass, and each part of the rules has one that notices when it is changed."""

import re
import subprocess
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from sloctl.model.alerting import Alerting
from sloctl.model.indicators import (
    Counter,
    Expression,
    Indicator,
    Matcher,
    QueryRatioIndicator,
    RatioIndicator,
    RawIndicator,
    ThresholdIndicator,
)
from sloctl.model.periods import CalendarPeriod, RollingPeriod
from sloctl.model.ruletests import RuleTest, together
from sloctl.model.slo import Objective, Slo
from sloctl.model.windows import WORKBOOK
from sloctl.rulegen import rule_groups
from sloctl.rulegen.ruletests import rule_tests
from sloctl.specio.rulefile import rule_file
from sloctl.specio.ruletestfile import rule_test_chunks
from tests.rules.samples import DAY_S, ERRORS, member, query, slo
from tests.support.prometheus import find_program

MINUTE_S = 60
JANUARY = datetime(2024, 1, 1)
GOOD = RatioIndicator(
    Counter("seconds_count", (Matcher("job", "=", "web"),)),
    Counter("seconds_bucket", (Matcher("job", "=", "web"), Matcher("le", "=~", r"0\.5"))),
    part_is_good=True,
    group_by=("route",),
)
TIMESLICES = Objective(0.95, slice_s=300, slice_ratio=0.9)
KINDS = {
    "bad": slo(),
    "good": slo(GOOD, Objective(0.999), period=RollingPeriod(7 * DAY_S)),
    "gauge": slo(ThresholdIndicator(query("depth"), "lt", 5), Objective(0.99), period=RollingPeriod(28 * DAY_S)),
    "gauge of parts": slo(ThresholdIndicator(Expression('depth{part=~"a|b"}'), "lt", 5, ("part",)), Objective(0.99)),
    "queried": slo(QueryRatioIndicator(query("sum(replicas)"), query('sum(ready{job="a"})'), part_is_good=True)),
    "ready-made": slo(RawIndicator(query("ratio"), is_good=True)),
    "timeslices": slo(ERRORS, TIMESLICES, budgeting="Timeslices"),
    "ratio timeslices": slo(GOOD, Objective(0.95, slice_s=600), budgeting="RatioTimeslices"),
    "calendar": slo(RawIndicator(query("ratio"), is_good=False), period=CalendarPeriod(1, "M", JANUARY, "UTC")),
    "composite": slo(None, member(ERRORS, "a", Objective(0.99)), member(ERRORS, "b", Objective(0.999), 2)),
    "composite of slices": slo(
        None, member(ERRORS, "a", TIMESLICES), member(ERRORS, "b", TIMESLICES), budgeting="Timeslices"
    ),
}
# One pair of windows takes promtool a third of the time that all four take.
SLOS = {kind: replace(one, alerting=Alerting(pairs=WORKBOOK[:1])) for kind, one in KINDS.items()} | {
    f"bad over {span}": replace(KINDS["bad"], alerting=Alerting(pairs=(pair,)))
    for span, pair in zip(("6h", "1d", "3d"), WORKBOOK[1:], strict=True)
}


def judge(one: Slo, rules: str, folder: Path, of: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the tests of an SLO over rules, or those whose name has *of* in it."""
    (folder / "rules.yaml").write_text(rules)
    tests = [test for test in together(rule_tests(one, MINUTE_S)) if of in test.name]
    assert tests, "no test is called so"
    order = [group.name for group in rule_groups(one)]
    files = []
    for step_s in {test.step_s for test in tests}:
        files.append(folder / f"{step_s}.test.yaml")
        those = [test for test in tests if test.step_s == step_s]
        files[-1].write_text("".join(rule_test_chunks(those, step_s, ["rules.yaml"], order, "a test")))
    command = [find_program("promtool"), "test", "rules", *files]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("kind", ["bad", "good", "gauge of parts", "timeslices", "calendar"])
def test_the_tests_pass(kind: str, tmp_path: Path) -> None:
    """Whatever the SLO, promtool finds its rules to do what their tests want."""
    done = judge(SLOS[kind], rule_file(rule_groups(SLOS[kind]), "a test"), tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KINDS)
def test_the_tests_of_all_windows_pass(kind: str, tmp_path: Path) -> None:
    """Alerts of all pairs of windows, one beside the other, do what their tests want."""
    done = judge(KINDS[kind], rule_file(rule_groups(KINDS[kind]), "a test"), tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


def changed(one: Slo, pattern: str, replacement: str) -> str:
    """Change rules; there must be something to change."""
    rules = rule_file(rule_groups(one), "a test")
    text = re.sub(pattern, replacement, rules)
    assert text != rules, "the rules hold nothing of the kind"
    return text


WINDOWS = "windows"
"""The test of windows, budgets and alerts; of composites there are several."""
FIRST, STILL, RESET, NO_NUMBER = "first event", "stands still", "reset", "no number"
GAP, PAST = "gap", "past of a new"
GONE, NOTHING = "is gone", "Without data"
JUDGED, ENDS = "judged as it is", "judged when it ends"


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("kind", "of", "pattern", "replacement"),
    [
        ("bad", WINDOWS, r"weighted1h(\{[^}]*\}) > 14\.4", r"weighted1h\1 > 16"),
        ("bad", WINDOWS, r"weighted1h(\{[^}]*\}) > 14\.4", r"weighted1h\1 > 13"),
        ("bad over 6h", WINDOWS, r"weighted6h(\{[^}]*\}) > 6", r"weighted6h\1 > 5"),
        ("bad over 6h", WINDOWS, r"weighted6h(\{[^}]*\}) > 6", r"weighted1h\1 > 6"),
        ("bad over 3d", WINDOWS, r"weighted3d(\{[^}]*\}) > 1\b", r"weighted3d\1 > 1.2"),
        ("bad over 3d", WINDOWS, r"weighted3d(\{[^}]*\}) > 1\b", r"weighted3d\1 > 0.8"),
        ("bad", WINDOWS, r"weighted5m(\{[^}]*\}) > 14\.4", r"weighted5m\1 < 14.4"),
        ("bad", WINDOWS, r"weighted5m(\{[^}]*\}) > 14\.4", r"weighted5m\1 > 0"),
        ("bad", WINDOWS, r">= slo:bad:limit1h", "< slo:bad:limit1h"),
        ("bad", WINDOWS, r"\[4m30s\]", "[5m30s]"),
        ("bad", WINDOWS, r"bad:slice(\{[^}]*\})\[59m30s\]", r"bad:slice\1[58m30s]"),
        ("bad over 6h", WINDOWS, r"\[5h59m30s\]", "[5h58m30s]"),
        ("bad over 1d", WINDOWS, r"\[23h30m:1h\]", "[22h30m:1h]"),
        ("bad over 3d", WINDOWS, r"\[2d23h30m:1h\]", "[3d30m:1h]"),
        ("bad", WINDOWS, r"\[29d23h30m:1h\]", "[29d22h30m:1h]"),
        ("bad", WINDOWS, r"\+ 1\b", "+ 0"),
        ("bad", WINDOWS, r"(sum5m\{[^}]*\}) > 0", r"\1 >= 0"),
        ("bad over 6h", WINDOWS, r"(burn:ratio6h\n.*) / 0\.01", r"\1 / 0.02"),
        ("bad", FIRST, r"(offset 1m\)) == 1", r"\1 == 0"),
        ("bad", FIRST, r"or 0 \* sum\(slo:total:slice\{[^}]*\}\)", ""),
        ("bad", STILL, r"!= \(-1e-09\)", "> 0"),
        ("bad", RESET, "-1e-09", "-1e+09"),
        ("bad", NO_NUMBER, r"!= \(-1e-09\)", ">= 0"),
        ("bad", GAP, r"\[5m\] offset 1m", "[1m] offset 1m"),
        ("bad", PAST, r"\n? *and on \(job, instance\) max_over_time\(up\S* offset 1m\) == 1", ""),
        ("bad", GONE, r"and on \(\) \(slo:cov", "unless on () (slo:cov"),
        ("bad", GONE, r"for: 10m", "for: 20m"),
        ("bad", NOTHING, r"for: 1h", "for: 2h"),
        ("bad", NOTHING, r"unless on \(\) \(slo:cov", "and on () (slo:cov"),
        ("good", FIRST, r"sum by \(route\) \(slo:total:slice\{[^}]*\}\)\n *- ", "0 * "),
        ("gauge", JUDGED, ">= bool 5", "> bool 5"),
        ("gauge", JUDGED, ">= bool 5", ">= bool 6"),
        ("queried", JUDGED, r"- \(sum", "+ (sum"),
        ("ready-made", JUDGED, r"- \(sum", "+ (sum"),
        ("timeslices", ENDS, "< bool 0.9", "<= bool 0.9"),
        ("timeslices", ENDS, "< bool 0.9", "< bool 0.91"),
        ("timeslices", ENDS, r"\[4m30s\]", "[3m30s]"),
        ("timeslices", ENDS, r">= 240", ">= 180"),
        ("timeslices", ENDS, r"% 300", "% 600"),
        ("timeslices", ENDS, r"> bool 0", ">= bool 0"),
        ("ratio timeslices", ENDS, r"\[9m30s\]", "[8m30s]"),
        ("ratio timeslices", ENDS, r">= 540", ">= 480"),
        ("calendar", WINDOWS, r"weighted5m(\{[^}]*\}) > 14\.4", r"weighted5m\1 < 14.4"),
        ("composite", "1h: above", r"weighted1h(\{[^}]*\}) > 14\.4", r"weighted1h\1 > 16"),
        ("composite", "1h: long below", "0.333333333333 ", "0.4 "),
        ("composite", FIRST, r"or 0 \* sum\(slo:total:slice\{[^}]*\}\)", ""),
        ("composite of slices", ENDS, "< bool 0.9", "<= bool 0.9"),
    ],
)
def test_a_rule_that_is_changed_fails_them(kind: str, of: str, pattern: str, replacement: str, tmp_path: Path) -> None:
    """Thresholds, windows, signs and guards each have a test that notices."""
    one = SLOS[kind]

    assert judge(one, changed(one, pattern, replacement), tmp_path, of).returncode != 0


def test_what_is_tested_every_minute_takes_a_day_at_most() -> None:
    """promtool takes seconds for a day of an SLO, so SLOs and scenarios are tested beside each other."""
    tests = together(rule_tests(slo(), MINUTE_S))
    of_minutes = [test for test in tests if test.step_s == MINUTE_S]

    assert all(expected.at_s <= DAY_S for test in of_minutes for expected in test.expected)
    assert len(of_minutes) <= 9
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
