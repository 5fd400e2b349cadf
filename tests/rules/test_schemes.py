"""The rules of each scheme, as the programs take them that evaluate rules."""

import subprocess
from pathlib import Path

import pytest
import yaml

from sloctl.app.rules import RuleOptions, generate_rule_tests, generate_rules
from sloctl.model.rules import RuleGroup, Scheme
from sloctl.rulegen import rule_groups
from sloctl.rulegen.budgeting import slices
from sloctl.specio.rulefile import rule_file
from tests.rules.promtool import evaluate, value
from tests.rules.samples import ERRORS, slo
from tests.rules.test_rule_tests import KINDS
from tests.support.prometheus import REPOSITORY, find_program, find_prometheus_3, promtool

SPEC = REPOSITORY / "rules/slos/operator.yaml"
SCHEMES: tuple[Scheme, ...] = ("slices", "rate")


def test_rates_need_no_target_and_miss_first_errors(tmp_path: Path) -> None:
    """Without `up` a steady counter holds what it gains, and the first value of a new series counts nothing."""
    rules = RuleGroup("g", 60, tuple(slices(slo(), ERRORS, 60, "rate")))
    series = {'requests_total{code="200"}': "0+30x20", 'requests_total{code="500"}': "_x9 7+6x20"}
    queries = [("slo:total:slice", 8), ("slo:bad:slice", 8), ("slo:bad:slice", 10), ("slo:bad:slice", 15)]

    found = [value(each) for each in evaluate([rules], series, queries, tmp_path)]

    assert found == [30, 0, pytest.approx(6, abs=6), pytest.approx(6)]


@pytest.mark.parametrize("kind", KINDS)
def test_no_rule_of_a_rate_asks_for_its_target(kind: str) -> None:
    """Whatever the indicator, data that was written from elsewhere is enough."""
    exprs = [rule.expr for group in rule_groups(KINDS[kind], scheme="rate") for rule in group.rules]

    assert not any("up offset" in expr or "last_over_time(requests" in expr for expr in exprs)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_choice_is_explained_and_tested(scheme: Scheme, tmp_path: Path) -> None:
    """A file says by its first lines how its rules read counters, and passes the tests that come with it."""
    options = RuleOptions(scheme=scheme)
    (file,) = generate_rules([SPEC], options)
    (tmp_path / file.name).write_text(file.text)
    names = [test.name for test in generate_rule_tests([file], options, tmp_path, tmp_path)]

    assert file.text.splitlines()[1].startswith(f"# Scheme {scheme}: ")
    assert names == ["operator.test.yaml", "operator.hours.test.yaml"]
    promtool("check", "rules", tmp_path / file.name)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_vmalert_takes_what_is_written_for_it(scheme: Scheme, tmp_path: Path) -> None:
    """The groups of a VMRule are those that vmalert loads, expressions and templates included."""
    (file,) = generate_rules([SPEC], RuleOptions(ruler="vmrule", scheme=scheme))
    spec = yaml.safe_load(file.text)["spec"]
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump(spec))

    command = [find_program("vmalert"), "-dryRun", f"-rule={path}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    path.write_text(path.read_text().replace("sum_over_time(", "sum_over_time(("))
    broken = subprocess.run(command, capture_output=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert broken.returncode != 0


@pytest.mark.parametrize("kind", KINDS)
def test_prometheus_3_takes_the_rules(kind: str, tmp_path: Path) -> None:
    """What Prometheus 2 loads, Prometheus 3 loads too."""
    (tmp_path / "rules.yaml").write_text(rule_file(rule_groups(KINDS[kind]), "a test"))

    command = [find_prometheus_3("promtool"), "check", "rules", tmp_path / "rules.yaml"]
    subprocess.run(command, check=True, capture_output=True)
