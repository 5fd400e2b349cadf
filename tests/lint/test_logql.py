"""LogQL is told from what is none, and where it goes wrong is said."""

import pytest

from sloctl.lint.logql import LogqlError, check_logql


@pytest.mark.parametrize(
    "query",
    [
        '{job="a"}',
        '({app="x", env!~"dev|test"} |= "a")  # what went wrong',
        '{job="a"} |= "x" != "y" |~ `a|b` or "c" !~ "d" |> "<_>" !> "<_>" |= ip("10.0.0.0/8")',
        '{job="a"} | json first="a.b", second | xml | unpack | decolorize | regexp "(?P<a>.)" | pattern "<a> <_>"',
        '{job="a"} | logfmt --strict --keep-empty a, b="c" | line_format "{{.a}}" | label_format a=b, c="{{.d}}"',
        '{job="a"} | duration > 1h30m and size <= 20MB or (status == 200, code=404) | took != 3.5 | by="me"',
        '{job="a"} | level="error" code=~"5.." | addr=ip("::1") | drop x, y="z" | keep a',
        'sum by (level) (count_over_time({job="a"} |= "x" | json | code >= 500 [5m]))',
        'sum(rate({job="a"}[5m] offset 1h)) by (x) / on (a) group_left (b) sum(rate(({job="a"} |= "x") [4m]))',
        'quantile_over_time(0.99, {job="a"} | json | unwrap duration_seconds(t) | __error__="" [1m]) by (x)',
        'topk(5, sum without (a) (bytes_rate({job="a"}[1h30m] | json))) > bool 3 or vector(0)',
        'label_replace(sum_over_time({a="b"} | unwrap n [1d]), "x", "$1", "y", "(.*)") * -2 ^ 3',
    ],
)
def test_logql_is_taken(query: str) -> None:
    """Every form of the grammar is read."""
    check_logql(query)


@pytest.mark.parametrize(
    ("query", "at"),
    [
        ("", 0),
        ("up", 0),
        ('{job="a"', 8),
        ("{job='a'}", 5),
        ("{job=a}", 5),
        ('{job="a"} |', 11),
        ('{job="a"} |= x', 13),
        ('{job="a"} "x"', 10),
        ('{job="a"} | line_format', 23),
        ('{job="a"} | logfmt --nosuch', 19),
        ('{job="a"} | a > "b"', 16),
        ('{job="a"} + 1', 10),
        ('1 + {job="a"}', 13),
        ('sum({job="a"})', 4),
        ('rate({job="a"})', 14),
        ('rate({job="a"}[5m]', 18),
        ('rate({job="a"}[five])', 14),
        ('rate({job="a"}[5m][5m])', 18),
        ('rate({job="a"}[5m]) offset 5m', 20),
        ('sum_over_time({job="a"}[5m])', 27),
        ('topk(rate({a="b"}[1m]))', 5),
        ('nosuch({a="b"}[5m])', 0),
        ("(" * 5000, 50),
        ("rate(" + "(" * 5000, 55),
        ('{a="b"} | ' + "(" * 5000, 59),
    ],
)
def test_what_is_no_logql_is_refused_where_it_goes_wrong(query: str, at: int) -> None:
    """The error's place is that of the token that does not fit."""
    with pytest.raises(LogqlError) as refused:
        check_logql(query)

    assert at == refused.value.position, str(refused.value)
