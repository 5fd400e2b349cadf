"""
Tells whether a text is LogQL.

Source of the grammar: grafana/loki, pkg/logql/syntax/syntax.y and lex.go. Words that LogQL reserves are taken for label
names too where only a name can stand; patterns and templates are not looked into.
"""

from sloctl.lint.logql.metrics import Query
from sloctl.lint.logql.tokens import LogqlError

__all__ = ["LogqlError", "check_logql"]


def check_logql(text: str) -> None:
    """
    Read a query of logs, or one of metrics of logs.

    Raises:
        LogqlError: It is neither.

    >>> check_logql('sum by (level) (count_over_time({job="a"} |= "x" | json | code >= 500 [5m]))')
    >>> check_logql('rate({job="a"} |= "x")')
    Traceback (most recent call last):
      ...
    sloctl.lint.logql.tokens.LogqlError: rate needs a range, such as [5m], at ')'
    """
    parser = Query(text)
    parser.expression()
    parser.end()
