"""The shipped rules, judged by promtool."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from sloctl.app.rules import RuleOptions, generate_rules
from sloctl.model.errors import UsageError
from sloctl.model.windows import WORKBOOK
from tests.support.prometheus import REPOSITORY, find_program

SPEC = REPOSITORY / "rules/slos/operator.yaml"
RULE_TEST = REPOSITORY / "rules/tests/operator.test.yaml"


def promtool(*args: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run promtool, whatever it says."""
    return subprocess.run([find_program("promtool"), *args], capture_output=True, text=True, check=False)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Give a rule file that has just been generated, beside the test that promtool runs over it."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / RULE_TEST.name).write_text(RULE_TEST.read_text())
    (tmp_path / "generated").mkdir()
    path = tmp_path / "generated" / "operator.rules.yaml"
    path.write_text(generate_rules([SPEC])[0].text)
    return path


def judge(rules: Path) -> "subprocess.CompletedProcess[str]":
    """Run the rule test over a rule file."""
    return promtool("test", "rules", rules.parent.parent / "tests" / RULE_TEST.name)


@pytest.mark.parametrize("slice_s", [1, 5, 60])
def test_promtool_accepts_the_rules(rules: Path, slice_s: int) -> None:
    """Whatever the slice, the rules parse and no two of them clash."""
    rules.write_text(generate_rules([SPEC], RuleOptions(slice_s))[0].text)

    result = promtool("check", "rules", "--lint=all", "--lint-fatal", rules)

    assert result.returncode == 0, result.stdout + result.stderr
    assert "SUCCESS" in result.stdout


def test_the_rules_say_what_the_rule_test_wants(rules: Path) -> None:
    """Zero errors give 0, zero traffic gives no NaN, no target gives absence, and what is bad pages."""
    result = judge(rules)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.long
@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"!= \(-1e-09\)", ">= 0"),
        ("-1e-09", "-1e+09"),
        (r"or 0 \* sum by \(controller\) \(slo:total:slice\{[^}]*\}\)", ""),
        (r"and on \(job, instance\) max_over_time\(up\S* offset 1m\) == 1", ""),
        (r"\[5m\] offset 1m", "[1m] offset 1m"),
        (r" > 0\)", " >= 0)"),
        (r"\[4m30s\]", "[3m30s]"),
        (r"\[29m30s\]", "[30m30s]"),
        (r"> 14\.4", "> 21"),
        (r"> 14\.4", "> 0.1"),
        (r" or 0 \* slo:total:sum30d\{[^}]*\} \+ 1", ""),
        (r"sum by \(controller\) \(slo:total:slice\{[^}]*\}\)\n *- ", "0 * "),
        (r"slo_tier: page", "slo_tier: ticket"),
    ],
)
def test_a_rule_that_is_changed_fails_the_rule_test(rules: Path, pattern: str, replacement: str) -> None:
    """The rule test notices every part of the scheme."""
    text = rules.read_text()
    changed = re.sub(pattern, replacement, text)
    assert changed != text, "the rules hold nothing of the kind any more"
    rules.write_text(changed)

    assert judge(rules).returncode != 0


@pytest.mark.parametrize("slice_s", [0, 7, 61, -5])
def test_a_slice_divides_a_minute(slice_s: int) -> None:
    """Slices that do not fill whole hours would leave gaps in the long windows."""
    with pytest.raises(UsageError, match="does not fit"):
        generate_rules([SPEC], RuleOptions(slice_s))


@pytest.mark.parametrize("name", ["{{ boom", "{{{ x", "{{{{ }}", '{{ "a" }}', "plain { } }}", "100 % 'of' \\d"])
def test_a_users_text_is_never_a_template(rules: Path, tmp_path: Path, name: str) -> None:
    """A display name with braces reaches the alert as it was written."""
    spec = tmp_path / "spec.yaml"
    spec.write_text(SPEC.read_text().replace("Reconciles succeed", json.dumps(name)))
    rules.write_text(generate_rules([spec])[0].text)
    identity = {"slo_id": "tenant-operator/reconcile-success", "service": "tenant-operator", "slo": "reconcile-success"}
    labels = ", ".join(f'{label}="{value}"' for label, value in identity.items())
    recorded = ("slo:burn:weighted1h", "slo:burn:weighted5m", "slo:bad:sum1h", "slo:bad:limit1h")
    series = [{"series": f"{metric}{{{labels}}}", "values": "20x5"} for metric in recorded]
    alert = {
        "exp_labels": {**identity, "slo_tier": "page"},
        "exp_annotations": {
            "summary": "tenant-operator spends the error budget of reconcile-success too fast",
            "description": f"Errors burn the 30d budget of {name} (objective 99 %) at 20.0 times the rate "
            "that it can sustain.",
            "runbook_url": "docs/runbook.md#sloburn",
        },
    }
    case = {"eval_time": "2m", "alertname": "SLOBurn", "exp_alerts": [alert]}
    test = {"interval": "1m", "input_series": series, "alert_rule_test": [case]}
    path = tmp_path / "names.test.yaml"
    path.write_text(json.dumps({"rule_files": [str(rules)], "tests": [test]}))

    result = promtool("test", "rules", path)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("days", [7, 28, 30, 365])
def test_no_alert_fires_while_the_objective_is_met(days: int) -> None:
    """Whatever the period, a threshold is a burn rate of 1 or more, and grows with the period."""
    thresholds = [pair.threshold(days * 86400) for pair in WORKBOOK]

    assert all(threshold >= 1 for threshold in thresholds)
    assert days != 30 or [14.4, 6, 3, 1] == thresholds
