"""Expressions of every kind that PromQL has, made at random, for property tests."""

from hypothesis import strategies as st

from sloctl.model.indicators import Matcher
from sloctl.promql.tree import (
    Aggregate,
    At,
    Binary,
    Call,
    Expr,
    Matching,
    Number,
    Selector,
    String,
    Subquery,
    Unary,
)

names = st.sampled_from(["a", "http_requests_total", "job:errors:rate5m", "up", "sum", "offset", "by", "start"])
labels = st.sampled_from(["job", "le", "code", "by", "on", "bool", "and", "sum"])
label_lists = st.lists(labels, max_size=3, unique=True).map(tuple)
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"]) | st.sampled_from("\"\\'`\n\r\t{}[]()#d"), max_size=8
)
seconds = st.integers(1, 10_000_000).map(lambda ms: ms / 1000)  # down to a millisecond
times = (
    st.none() | st.sampled_from(["start", "end"]).map(At) | st.integers(-(10**12), 10**12).map(lambda ms: At(ms / 1000))
)
offsets = st.just(0.0) | seconds | seconds.map(lambda value: -value)
numbers = st.floats(allow_nan=False).map(Number)
strings = texts.map(String)
matchers = st.tuples(
    st.builds(Matcher, labels, st.sampled_from(["=", "!="]), texts),
    st.builds(Matcher, labels, st.sampled_from(["=~", "!~"]), st.sampled_from(["5..", r"\d+", "", ".*", "a|b", r"\."])),
)
selectors = st.builds(Selector, names, matchers | st.just(()), st.just(0), offsets, times)
ranges = st.builds(Selector, names, matchers | st.just(()), seconds, offsets, times)
matchings = st.builds(Matching, st.just("ignoring") | st.just("on"), label_lists) | st.just(Matching())
groupings = st.builds(
    Matching,
    st.just("ignoring") | st.just("on"),
    st.just(("job",)),
    st.sampled_from(["left", "right"]),
    st.just(("le",)),
)


def _scalars(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    return st.builds(Binary, st.sampled_from(["+", "-", "*", "/", "%", "^", "atan2"]), inner, inner) | st.builds(
        lambda op, left, right: Binary(op, left, right, as_bool=True), st.sampled_from(["==", "<", ">="]), inner, inner
    )


scalars = st.recursive(numbers | st.just(Call("time")), _scalars, max_leaves=4)


def _vectors(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    subqueries = st.builds(Subquery, inner, seconds, seconds | st.just(0), offsets, times)
    arithmetic = st.sampled_from(["+", "-", "*", "/", "%", "^", "atan2"])
    comparisons = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    return st.one_of(
        st.builds(Binary, arithmetic, inner, inner, matchings | groupings),
        st.builds(Binary, comparisons, inner, inner, matchings | groupings, st.booleans()),
        st.builds(Binary, st.sampled_from(["and", "or", "unless"]), inner, inner, matchings),
        st.builds(Binary, arithmetic, scalars, inner) | st.builds(Binary, comparisons, inner, scalars),
        st.builds(Aggregate, st.sampled_from(["sum", "avg", "group", "stddev"]), inner, label_lists, st.just("by")),
        st.builds(Aggregate, st.sampled_from(["max", "count"]), inner, label_lists, st.just("without")),
        st.builds(Aggregate, st.sampled_from(["topk", "quantile"]), inner, st.just(()), st.just(""), scalars),
        st.builds(Aggregate, st.just("count_values"), inner, st.just(()), st.just(""), st.just(String("x"))),
        st.builds(lambda f, r: Call(f, (r,)), st.sampled_from(["rate", "avg_over_time"]), ranges | subqueries),
        st.builds(lambda f, v: Call(f, (v,)), st.sampled_from(["abs", "absent", "ceil"]), inner),
        st.builds(lambda q, v: Call("histogram_quantile", (q, v)), scalars, inner),
        st.builds(
            lambda v, *s: Call("label_replace", (v, *s)),
            inner,
            *[st.just(String("x"))] * 2,
            strings,
            *[st.just(String(""))],
        ),
        st.builds(Unary, inner),
    )


vectors = st.recursive(selectors | st.builds(lambda s: Call("vector", (s,)), scalars), _vectors, max_leaves=8)
"""Expressions that give an instant vector, which is what rules need."""
