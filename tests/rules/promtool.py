"""Rules evaluated by promtool, whose answers are read rather than compared."""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from sloctl.model.rules import RuleGroup
from sloctl.specio.rulefile import rule_file
from tests.support.prometheus import find_program

Results = dict[frozenset[tuple[str, str]], float]

_ANSWER = re.compile(
    r"^\s*expr: (?P<expr>\".*\"), time: (?P<time>\S+),\s*\n\s*exp:.*\n\s*got:(?P<got>.*)$", re.MULTILINE
)
_SAMPLE = re.compile(r"(?P<labels>\{.*?\}) (?P<value>\S+?)(?:, (?=\{)|$)")
_LABEL = re.compile(r'(\w+)="([^"]*)"')
_NOWHERE = [{"labels": "nowhere", "value": -1}]


def evaluate(
    groups: Sequence[RuleGroup],
    series: Mapping[str, str],
    queries: Sequence[tuple[str, int]],
    folder: Path,
    program: Path | None = None,
) -> list[Results]:
    """
    Evaluate rules every minute over series, and ask for results.

    Args:
        groups: The rules.
        series: Values from minute 0 on, in promtool's notation, by series.
        queries: What to ask, each with a minute.
        folder: For files.
        program: A promtool other than the usual one.

    Returns:
        The values of each query by their labels, without the series' name.
    """
    (folder / "rules.yaml").write_text(rule_file(groups, "a test"))
    cases = [{"expr": expr, "eval_time": f"{minute}m", "exp_samples": _NOWHERE} for expr, minute in queries]
    inputs = [{"series": name, "values": values} for name, values in series.items()]
    test = {"interval": "1m", "input_series": inputs, "promql_expr_test": cases}
    path = folder / "rules.test.yaml"
    order = [group.name for group in groups]
    whole = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "group_eval_order": order, "tests": [test]}
    path.write_text(json.dumps(whole))
    command = [program or find_program("promtool"), "test", "rules", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    answers = [_results(answer["got"]) for answer in _ANSWER.finditer(output)]
    assert len(answers) == len(queries), output
    return answers


def value(results: Results) -> float | None:
    """Give the value of the only result; `None` where there is none."""
    assert len(results) <= 1, results
    return next(iter(results.values()), None)


def _results(text: str) -> Results:
    return {
        frozenset(pair for pair in _LABEL.findall(sample["labels"]) if pair[0] != "__name__"): float(sample["value"])
        for sample in _SAMPLE.finditer(text.strip())
    }
