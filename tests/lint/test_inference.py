"""What is worked out about results holds in a real Prometheus."""

import math
import time
from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sloctl.lint.intervals import Values
from sloctl.lint.known import Known
from sloctl.lint.labels import labels_of
from sloctl.lint.metrics import Metric
from sloctl.lint.parts import is_part
from sloctl.lint.rules import Rule, Text
from sloctl.lint.values import ANY, values_of
from sloctl.model.indicators import Matcher
from sloctl.promql.parse import parse
from sloctl.promql.tree import Aggregate, Binary, Call, Expr, Matching, Number, Selector, String, Unary
from tests.support.prometheus import Server, blocks_from, prometheus

SERIES = {
    'a{x="1",y="1"}': [3, 3, 3],
    'a{x="2",y="1"}': [-2, 0.5, 0.5],
    'b{x="1"}': [0, 0, 0],
    'c{x="1",y="1",z="1"}': [1, 2, 4],
    'c{x="2",y="1",z="2"}': [5, 5, 1],
    'd_total{x="1",code="200"}': [10, 40, 70],
    'd_total{x="1",code="500"}': [0, 1, 5],
}
LABELS = {"a": "xy", "b": "x", "c": "xyz"}
KNOWN = Known(
    metrics=[
        *(Metric(name, "gauge", dict.fromkeys(labels, frozenset())) for name, labels in LABELS.items()),
        Metric("d_total", "counter", {"x": frozenset(), "code": frozenset()}),
    ]
)

labels = st.sampled_from(["x", "y", "z"])
label_lists = st.lists(labels, max_size=2, unique=True).map(tuple)
matchers = st.builds(Matcher, labels, st.sampled_from(["=", "!=", "=~", "!~"]), st.sampled_from(["1", "2", ""]))
selectors = st.builds(Selector, st.sampled_from(list(LABELS)), st.lists(matchers, max_size=2).map(tuple))
counters = st.builds(
    Selector, st.just("d_total"), st.sampled_from([(), (Matcher("code", "=", "500"),)]), st.just(180.0)
)
numbers = st.sampled_from([-2, 0, 0.5, 1, 3, math.inf]).map(Number)
matchings = st.just(Matching()) | st.builds(
    Matching, st.sampled_from(["on", "ignoring"]), label_lists, st.sampled_from(["", "left", "right"])
)
plain = st.just(Matching()) | st.builds(Matching, st.sampled_from(["on", "ignoring"]), label_lists)


def _deeper(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    arithmetic = st.sampled_from(["+", "-", "*", "/", "%", "^"])
    comparison = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    return st.one_of(
        st.builds(Binary, arithmetic, inner, inner, matchings),
        st.builds(Binary, comparison, inner, inner, matchings, st.booleans()),
        st.builds(Binary, arithmetic | comparison, inner, numbers),
        st.builds(Binary, arithmetic | comparison, numbers, inner),
        st.builds(Binary, st.sampled_from(["and", "or", "unless"]), inner, inner, plain),
        st.builds(Aggregate, st.sampled_from(["sum", "min", "avg", "count", "group", "stddev"]), inner),
        st.builds(Aggregate, st.sampled_from(["sum", "max"]), inner, label_lists, st.sampled_from(["by", "without"])),
        st.builds(Aggregate, st.just("topk"), inner, label_lists, st.just("by"), st.just(Number(1))),
        st.builds(Aggregate, st.just("count_values"), inner, label_lists, st.just("by"), st.just(String("v"))),
        st.builds(lambda f, v: Call(f, (v,)), st.sampled_from(["abs", "sgn", "absent", "sqrt", "sort", "ceil"]), inner),
        st.builds(lambda v, n, m: Call("clamp", (v, n, m)), inner, numbers, numbers),
        st.builds(lambda f, v, n: Call(f, (v, n)), st.sampled_from(["clamp_min", "clamp_max"]), inner, numbers),
        st.builds(
            lambda v, s: Call("label_replace", (v, String(s), String("n"), String("x"), String(".*"))),
            inner,
            st.sampled_from(["x", "new"]),
        ),
        st.builds(Unary, inner),
        st.builds(lambda v: Call("vector", (Call("scalar", (v,)),)), inner),
    )


vectors = st.recursive(
    selectors
    | st.builds(
        lambda f, c: Call(f, (c,)), st.sampled_from(["rate", "increase", "changes", "count_over_time"]), counters
    )
    | numbers.map(lambda number: Call("vector", (number,))),
    _deeper,
    max_leaves=5,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a Prometheus with three samples a minute apart of each series, the last one a minute ago."""
    folder = tmp_path_factory.mktemp("inference")
    end = int(time.time()) - 60
    lines = [
        f"{series} {value} {end - 60 * (2 - number)}"
        for series, values in SERIES.items()
        for number, value in enumerate(values)
    ]
    with prometheus("{}", folder, blocks_from("\n".join(lines), folder / "data")) as server:
        yield server


def test_labels_and_values_of_results_are_among_those_worked_out(server: Server) -> None:
    """For any expression, Prometheus gives no label and no value that the lint calls impossible."""
    seen = {"empty": 0, "narrow": 0, "labelled": 0}

    @settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
    @given(vectors)
    def check(expr: Expr) -> None:
        try:
            results = server.query(str(expr))
        except AssertionError:  # sides that do not match one to one are an error of the query
            return
        labels, values = labels_of(expr, KNOWN), values_of(expr, KNOWN)
        seen["empty"] += values is None
        seen["narrow"] += bool(results) and values not in {ANY, None}
        seen["labelled"] += bool(results) and bool(labels)
        for result, value in results:
            assert labels is None or result.keys() - {"__name__"} <= labels, (str(expr), result, labels)
            assert values is not None, (str(expr), result)
            assert math.isnan(value) or values.low <= value <= values.high, (str(expr), value, values)

    check()
    assert min(seen.values()) > 20, seen


def rule(name: str, expr: str, **labels: str) -> Rule:
    """Make a recording rule."""
    text = partial(Text, path="rules.yaml", place=lambda index: (1, index + 1))
    return Rule("record", text(name), text(expr), parse(expr), {key: text(value) for key, value in labels.items()})


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ('rate(a{b="c",d="e"}[5m])', 'rate(a{d="e"}[5m])'),
        ("sum by (x) (rate(a{b='c'}[5m]))", "sum by (x) (rate(a[5m])) > 0"),
        ("sum(increase(a_bucket{le='1'}[5m]))", "sum(increase(a_count[5m]))"),
        ("sum(rate(a[5m])) - sum(rate(a{b='c'}[5m]))", "sum(rate(a[5m]))"),
        ("sum(rate(a{b='c'}[5m])) or 0 * sum(rate(a[5m]))", "sum(rate(a[5m]))"),
        ("count(a{b='c'} )", "count(a)"),
        ("sum_over_time((a{b='c'})[1d:1m])", "sum_over_time(a[1d:1m])"),
    ],
)
def test_a_part_is_known_by_its_form(part: str, whole: str) -> None:
    """The same sum with more matchers, a histogram's bucket and a difference of these count no more than the whole."""
    assert is_part(parse(part), parse(whole))


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("rate(a[5m])", "rate(b[5m])"),
        ("rate(a{b='c'}[5m])", "rate(a[1h])"),
        ("rate(a[5m])", "rate(a{b='c'}[5m])"),
        ("sum by (x) (a{b='c'})", "sum(a)"),
        ("avg(a{b='c'})", "avg(a)"),
        ("a_bucket", "a_count"),
        ("a offset 1h", "a"),
    ],
)
def test_what_may_exceed_the_whole_is_no_part(part: str, whole: str) -> None:
    """Another metric, window, grouping or function says nothing about the quotient."""
    assert not is_part(parse(part), parse(whole))


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("histogram_quantile(0.9, sum by (le, job) (rate(x_bucket[5m])))", {"job"}),
        ('label_replace(sum by (a) (x), "b", "", "", "") unless y', {"a", "b"}),
        ("sum by (a) (x) * ignoring (b) group_right (c) sum by (a, b) (y)", {"a", "b", "c"}),
        ('absent(x{a="b", c!="d"})', {"a"}),
        ("x or sum(y)", None),
        ("x - sum by (a) (y)", {"a"}),
    ],
)
def test_labels_follow_from_the_expression(query: str, labels: set[str] | None) -> None:
    """Functions, aggregations and matching say which labels stay."""
    assert labels == labels_of(parse(query), Known())


def test_a_recorded_series_is_what_its_rules_give() -> None:
    """Labels and values come from the rules that can have recorded what a selector selects, and from no other."""
    known = Known(
        [
            rule("r", "sum by (a) (up)", slo="x"),
            rule("r", "vector(0.5)", slo="y"),
            rule("r", "clamp(up, 3, 4)", slo="{{ $labels.z }}"),
            rule("half", 'r{slo="y"} / 2'),
        ]
    )

    assert Values(0.25, 1.5) == values_of(parse("half"), known)
    assert Values(0, math.inf) == values_of(parse('r{slo="x"}'), known)
    assert values_of(parse('r{slo="x"} < 0'), known) is None
    assert labels_of(parse('r{slo="x"}'), known) is None, "the third rule may have recorded it too"
    assert frozenset({"slo"}) == labels_of(parse("vector(1) * on (slo) r"), known)


@pytest.mark.parametrize(
    "query", ["sum(a{x='1'}) / sum(a) > 1", "a > 5 and on (x) a < 3", "a / b > 1", "up{job='a'} == 1", "a + Inf > 9"]
)
def test_what_may_hold_is_not_called_impossible(query: str) -> None:
    """A part of a gauge may exceed the whole, whose rest may be below zero; and `on` lets different series meet."""
    assert values_of(parse(query), KNOWN) is not None


def test_rules_that_read_each_other_come_to_an_end() -> None:
    """A circle of rules, and a chain of a hundred, are unknown, and are no endless loop."""
    circle = Known([rule("a", "b + 1"), rule("b", "a * 2")])
    chain = Known([rule("r0", "vector(1)"), *(rule(f"r{n}", f"r{n - 1} + 0") for n in range(1, 100))])

    assert values_of(parse("a"), circle) == ANY
    assert labels_of(parse("a"), circle) is None
    assert values_of(parse("r99"), chain) == ANY
    assert values_of(parse("r9"), chain) == Values(1, 1)


def test_large_rules_that_build_on_each_other_come_to_an_end() -> None:
    """Where working out a chain of large rules would exhaust the stack, nothing is claimed."""
    many = " or b" * 140
    chain = Known([rule("r0", "vector(1)"), *(rule(f"r{n}", f"r{n - 1}{many}") for n in range(1, 20))])

    assert values_of(parse("r19 > 5"), chain) is not None
    assert labels_of(parse("r19"), chain) is None
