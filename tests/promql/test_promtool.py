"""promtool is the judge of what PromQL is."""

import random
import re
import subprocess
from pathlib import Path

import yaml

from sloctl.promql.parse import PromqlError, parse
from tests.promql.test_tree import QUERIES
from tests.support.prometheus import find_program

QUERIES_OF_RULES = [
    *QUERIES,
    'sum by (job) (rate(a_total{code=~"5.."}[5m])) / on (job) group_left (team) sum by (job) (rate(b[5m])) > bool 0.05',
    "histogram_quantile(0.99, sum by (le) (rate(x_bucket[5m]))) and on () hour() > 8",
    'absent(up{job="a"}) or vector(1)',
    'label_replace(up, "a", "$1", "b", "(.*)") * on (a) group_right () label_join(a, "b", "-", "c", "d")',
    "max_over_time(deriv(a[5m:30s] offset 1h)[1d:5m])",
    "a @ start() - a @ 1600000000 + last_over_time(a[5m] @ end())",
    "quantile(0.5, a) by (b) * 100 + group(a) by (b) - stdvar(a)",
    'count_values without (x) ("v", a)',
    "-(a + b) ^ 2 ^ -1",
    "clamp(a, 0, 1e3) % 0x1F",
    "changes(a[10m]) unless ignoring (b) c",
    "a{b='c',d!~\"e|f\",} # a comment",
    "time() - timestamp(a) > 5 * 60",
    "sort_desc(topk(5, sum(a) without (b))) or bottomk(1, a)",
    "a == b != c",
    "1 < bool 2",
    "scalar(a) * b + pi()",
    "predict_linear(a[1h], 3600) < 0 or round(a, 0.1) atan2 sgn(b)",
    "holt_winters(a[5m], 0.5, 0.5)",
    "a{b=~`\\d+`} or present_over_time(a[1m]) and day_of_month() == 1",
]
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|\'[^\']*\'|#.*|[\w:.]+|[=!<>]=|=~|!~|\S')
WORDS = ["[5m]", "[5m:1m]", "{}", "on", "bool", "()", "(", ")", "1", '"s"', "-", "by", "offset"]
PROMETHEUS_3 = re.compile(
    r"unexpected duration|missing unit character|in (?:offset|grouping opts|label matching|subquery selector), expected"
    r"|holt_winters"
)
"""What Prometheus 3 says yes to and Prometheus 2 no, or the reverse; sloctl reads what either reads."""
KNOWN = re.compile(r"unary expression only allowed")
"""promql-parser passes over a plus sign, whatever it stands before."""
ODD = re.compile(r"\[ *\w+ +\w|[{,] *or *=")
"""Prometheus passes over words between a duration and its bracket; promql-parser knows no label named `or`."""


def mutate(query: str, chance: random.Random) -> str:
    """Take a token away, put one in or change one."""
    tokens = TOKEN.findall(query)
    at = chance.randrange(len(tokens))
    word = chance.choice(
        WORDS + [word for word in TOKEN.findall(chance.choice(QUERIES_OF_RULES)) if word[0] not in "0123456789"]
    )
    tokens[at : at + chance.choice([0, 1])] = [word] if chance.random() < 0.7 else []
    return " ".join(tokens).replace("#", "\n#")


def test_promtool_and_the_parser_agree_on_what_a_query_is(tmp_path: Path) -> None:
    """What promtool calls a syntax error is one, and the reverse, over queries with a wrong token."""
    chance = random.Random(1)
    queries = QUERIES_OF_RULES + [mutate(chance.choice(QUERIES_OF_RULES), chance) for _ in range(2000)]
    file = tmp_path / "rules.yaml"
    rules = [{"record": f"x:{number}", "expr": query or "{"} for number, query in enumerate(queries)]
    file.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}))

    done = subprocess.run(
        [find_program("promtool"), "check", "rules", file], capture_output=True, text=True, check=False
    )
    refused = dict(re.findall(r'"x:(\d+)": could not parse expression: (.*)', done.stdout + done.stderr))

    for number, query in enumerate(queries):
        theirs = refused.get(str(number), "")
        if ODD.search(query) or PROMETHEUS_3.search(theirs) or KNOWN.search(theirs):
            continue
        try:
            parse(query or "{", placed=True)
            ours = ""
        except PromqlError as error:
            ours = str(error)
        assert bool(theirs) == bool(ours), (query, theirs, ours)
    assert 300 < len(refused) < len(queries) - 300
