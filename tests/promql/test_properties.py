"""PromQL out, PromQL in: rules that hold for every expression."""

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sloctl.promql.parse import PromqlError, parse
from sloctl.promql.tree import Aggregate, Binary, Call, Expr, Number, Selector, String, quote
from sloctl.promql.walk import walk
from tests.promql.expressions import texts, vectors
from tests.support.prometheus import promtool

EXAMPLES = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), database=None)
TOKENS = ["a", "sum(", "(", ")", "[", "]", "{", "}", "5m", ":", "on", "by", ",", "+", "-", "'", "`", "@", "offset"]


def head(node: Expr) -> str:
    """Give what a node's text begins with where it stands."""
    match node:
        case Selector():
            return node.metric if str(node).startswith(node.metric) else "{"
        case Call():
            return node.function
        case Aggregate() | Binary():
            return node.op
        case Number():
            return str(Number(abs(node.value)))
        case String():
            return quote(node.value)
    return ""


@EXAMPLES
@given(vectors)
def test_what_is_printed_reads_back_as_the_same(expr: Expr) -> None:
    """An expression of any shape, with any text in it, comes back equal, from one line and from many."""
    assert expr == parse(str(expr)) == parse(expr.pretty(60))


@EXAMPLES
@given(vectors, st.booleans())
def test_every_node_knows_where_it_stands(expr: Expr, pretty: bool) -> None:
    """A node's position is the index of its name, of its literal or of its operator."""
    text = expr.pretty(60) if pretty else str(expr)

    for node in walk(parse(text, placed=True)):
        assert text.startswith(head(node), node.position), (text, node)


def test_modifiers_are_no_nodes() -> None:
    """Matching, grouping without a list, offsets and comments have no place among the nodes."""
    text = "a * on (x) group_left b{c='}'} offset -5m # (\n> bool on () (sum by (y) (d @ -3))"

    assert [">", "*", "a", "b", "sum", "d"] == [
        head(node) for node in walk(parse(text, placed=True)) if text.startswith(head(node), node.position)
    ]


@EXAMPLES
@given(texts, st.sampled_from("\"'`"))
def test_every_way_to_write_a_text_gives_the_text(value: str, mark: str) -> None:
    """A matcher's value is the same in double quotes, in single quotes and, where it can be, in backticks."""
    if mark == "`":
        value = value.replace("`", "").replace("\r", "")
        literal = f"`{value}`"
    else:
        literal = mark + value.replace("\\", "\\\\").replace(mark, f"\\{mark}").replace("\n", "\\n") + mark
    expr = parse(f"a{{b={literal}}} # `'\"")

    assert isinstance(expr, Selector)
    assert value == expr.matchers[0].value


@EXAMPLES
@given(st.text(max_size=30) | st.lists(st.sampled_from(TOKENS)).map(" ".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    """What is no PromQL raises PromqlError with a place inside the text, and nothing else."""
    error = None
    try:
        parse(text, placed=True)
    except PromqlError as refused:
        error = refused

    assert error is None or 0 <= error.position <= len(text)


def test_promtool_reads_what_is_printed(tmp_path: Path) -> None:
    """Prometheus accepts expressions of every shape as they are printed."""
    exprs: list[str] = []

    @settings(EXAMPLES, derandomize=True)
    @given(vectors)
    def collect(expr: Expr) -> None:
        exprs.extend([str(expr), expr.pretty(60)])

    collect()
    rules = [{"record": f"a:b{number}", "expr": expr} for number, expr in enumerate(exprs)]
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}))

    assert f"{len(exprs)} rules found" in promtool("check", "rules", file)


@pytest.mark.parametrize(
    ("text", "place"),
    [("sum(a", 3), ("a + nosuch(b)", 4), ("a{b=`c}", 4), ("rate(a)", 0), ("a)", 1), ("1 + 2 == 3", 0), ("a\n& b", 2)],
)
def test_a_fault_has_a_place(text: str, place: int) -> None:
    """The place of a fault is the bracket that does not close, or the word that is not known."""
    with pytest.raises(PromqlError) as caught:
        parse(text)

    assert place == caught.value.position
