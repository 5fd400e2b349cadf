"""PromQL in, PromQL out."""

import pytest

from sloctl.model.indicators import Matcher
from sloctl.promql.parse import parse
from sloctl.promql.tree import Number, Selector, Subquery, call, quote, sum_by

QUERIES = [
    r'rate(a{code=~"5\\d\\d", path="x\ny\"z\\"}[1m30s] offset 5s500ms)',
    "a ^ b ^ c",
    "(a ^ b) ^ c",
    "(a + b) * c - (d - e)",
    "a / (b / c) % d",
    "-a ^ 2",
    "1 - (-5)",
    "sum without (a) (x) / on (y) group_left (z) max by (y) (q)",
    "a * ignoring (x, y) group_right () b",
    "topk(3, a) > bool 2",
    "a[5m:1m] @ end() offset 1h",
    "a @ 1.500 offset -5m",
    "a @ -5.000 - b @ start() + max_over_time(c[5m:] @ -1600000000.000)",
    "(a or b) and c",
    "a or (b and on (x) c)",
    "a unless on () (b unless c)",
    'count_values("x y", a)',
    '{__name__=~"a.*", b!~"c"}',
    "max_over_time((a + b)[5m:])",
    "histogram_quantile(0.9, sum by (le) (rate(a_bucket[5m])))",
    "a > 1e+100",
    "vector(Inf) < Inf",
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_prints_as_it_was_read(query: str) -> None:
    """Reading and printing loses and changes nothing, on one line or on many."""
    tree = parse(query)

    assert query == str(tree).replace("1e100", "1e+100")
    assert tree == parse(tree.pretty(indent=99))


@pytest.mark.parametrize("value", ['"', "\\", "\\d+", "a\nb", "a\tb\r", "`", "'", "{}", "é", '\\"', ""])
def test_a_string_survives_quoting(value: str) -> None:
    """A label value with any character comes back from the parser as it went in."""
    selector = Selector("a", (Matcher("b", "=", value),))

    assert selector == parse(str(selector))


@pytest.mark.parametrize(
    ("query", "same"),
    [
        (r"a{b=~`\d+`}", r'a{b=~"\\d+"}'),
        (r"a{b='it\'s'}", """a{b="it's"}"""),
        ('a{b="`"} # a `comment`', 'a{b="`"}'),
        ("a{b=`x\ny`}", r'a{b="x\ny"}'),
    ],
)
def test_every_way_to_write_a_string_is_read(query: str, same: str) -> None:
    """Backticks, single quotes and comments mean what they mean to Prometheus."""
    assert same == str(parse(query))


@pytest.mark.parametrize(
    "query",
    ["sum(", "a offset 1e99", "rate(a)", "nosuch(a)", "a{", "", 'a{b="c" or d="e"}', "a / on (x) fill(0) b", "a b"],
)
def test_what_does_not_parse_is_a_value_error(query: str) -> None:
    """A query that Prometheus would refuse raises ValueError with a reason, and nothing else."""
    with pytest.raises(ValueError, match=r"\w"):
        parse(query)


@pytest.mark.parametrize(
    "query", ["(" * 100_000, "-" * 100_000 + "a", " + ".join(["a"] * 100_000), "a" + " or b" * 500]
)
def test_what_nests_too_deep_is_refused(query: str) -> None:
    """A query that would exhaust the stack raises ValueError; one of reasonable depth is read."""
    with pytest.raises(ValueError, match="more than"):
        parse(query)
    assert parse("a" + " or b" * 140) == parse(str(parse("a" + " or b" * 140)))


def test_a_name_that_prometheus_does_not_take_bare_goes_into_the_braces() -> None:
    """A metric with a dot, or named like a keyword, is selected by __name__."""
    assert ['{__name__="a.b"}', '{__name__="offset"}'] == [str(Selector("a.b")), str(Selector("offset"))]


@pytest.mark.parametrize(("value", "text"), [(0.1 + 0.2, "0.30000000000000004"), (1e-9, "1e-09"), (720, "720")])
def test_a_number_reads_back_as_the_same_number(value: float, text: str) -> None:
    """No digit is lost, and none is added."""
    assert text == str(Number(value))
    assert Number(value) == parse(text)


def test_a_long_expression_breaks_where_a_reader_would() -> None:
    """Operators start lines, arguments get lines of their own, and parentheses are kept."""
    long = Selector("a_rather_long_metric_name_to_fill_the_line_with", (Matcher("label", "=", "value"),))
    expr = sum_by(call("clamp_max", long + long, 1) | call("sum_over_time", Subquery(long + 1, 300, 60)), ["job"])

    assert expr == parse(expr.pretty())
    assert all(len(line) <= 100 for line in expr.pretty().splitlines())
    assert expr.pretty().splitlines()[0] == "sum by (job) ("


def test_quotes_are_doubled_only_where_needed() -> None:
    """A plain text is quoted and otherwise left alone."""
    assert '"plain"' == quote("plain")
