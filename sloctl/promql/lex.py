"""
Splits PromQL into tokens.

promql-parser tells neither where its nodes stand nor where it gives up. The tokens do: those that begin a node come in
the order in which a walk from left to right meets the nodes.

Grammar: https://github.com/prometheus/prometheus/blob/main/promql/parser/lex.go
"""

import re
from collections.abc import Iterator
from typing import Final

from sloctl.promql.tree import quote

_TOKEN: Final = re.compile(
    r"""
    (?P<raw>`[^`]*`)
  | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<comment>\#[^\n]*)
  | (?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+|[a-z][a-z0-9]*)?)
  | (?P<name>[a-zA-Z_:][\w:]*)
  | (?P<sign>[=!<>]=|=~|!~|\S)
    """,
    re.VERBOSE | re.DOTALL,
)
_LISTS: Final = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_WORDS: Final = frozenset({"and", "or", "unless", "atan2"})
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}


def without_backticks(text: str) -> str:
    r"""
    Write every raw string as a quoted one: promql-parser refuses a backslash in backticks, where Prometheus takes it.

    >>> print(without_backticks(r"a{b=~`\d`} # `"))
    a{b=~"\\d"} # `
    """
    return _TOKEN.sub(lambda m: quote(m["raw"][1:-1]) if m["raw"] else m[0], text) if "`" in text else text


def heads(text: str) -> Iterator[int]:
    """
    Give where the nodes of an expression stand, in the order of the text.

    A selector, a call, an aggregation and a literal stand where they begin, a binary operation at its operator. Other
    nodes have no place of their own.

    Args:
        text: What parses.

    >>> list(heads('sum by (a) (rate(b{c="d"}[5m])) / -2'))
    [0, 12, 17, 32, 35]
    """
    tokens = [m for m in _TOKEN.finditer(text) if m.lastgroup != "comment"]
    after_operand = False
    at = 0
    while at < len(tokens):
        token = tokens[at]
        kind, word = token.lastgroup, token[0].lower()
        following = tokens[at + 1][0] if at + 1 < len(tokens) else ""
        at += 1
        if kind == "name" and word in _LISTS and (following == "(" or word.startswith("group")):
            at = _behind(tokens, at) if following == "(" else at
        elif word == "bool" or word == ")":
            after_operand = word == ")"
        elif word == "[" or (word == "{" and after_operand):
            at = _behind(tokens, at - 1)
        elif word in {"offset", "@"} and after_operand:
            at += following in {"-", "+"}
            at = _behind(tokens, at + 1) if tokens[at].lastgroup == "name" else at + 1
        elif word in {"(", ","}:
            after_operand = False
        elif (kind == "sign" and word != "{") or (word in _WORDS and after_operand):
            if after_operand:
                yield token.start()
            after_operand = False
        else:
            yield token.start()
            at = _behind(tokens, at - 1) if word == "{" else at
            after_operand = True


def _behind(tokens: list[re.Match[str]], at: int) -> int:
    """Give the index behind the bracket that closes the one at an index."""
    closing = _CLOSING[tokens[at][0]]
    while tokens[at][0] != closing:
        at += 1
    return at + 1


def at_times(text: str) -> Iterator[str]:
    """
    Give the times behind the ``@`` of an expression, in the order of the text.

    >>> list(at_times("a @ 1.5 + b{c='@ 2'} @ end() + c @ -3"))
    ['1.5', '-3']
    """
    tokens = [m for m in _TOKEN.finditer(text) if m.lastgroup != "comment"] if "@" in text else []
    for at, token in enumerate(tokens):
        if token[0] == "@":
            signed = tokens[at + 1][0] in {"-", "+"}
            if tokens[at + 1 + signed].lastgroup == "number":
                yield "".join(following[0] for following in tokens[at + 1 : at + 2 + signed])


def most_levels(text: str) -> int:
    """
    Give how deep an expression can nest at most, without parsing it: every operator and bracket may be a level.

    >>> most_levels('sum(rate(a{b="((("}[5m])) or -c')
    7
    """
    return sum(
        (m.lastgroup == "sign" and m[0] not in "),]}@") or (m.lastgroup == "name" and m[0].lower() in _WORDS)
        for m in _TOKEN.finditer(text)
    )


def fault_place(text: str, message: str) -> int:
    """
    Guess where a text that does not parse is wrong.

    Args:
        text: The text.
        message: What promql-parser says; it names what it stumbles over.

    Returns:
        An index: of the bracket that is not closed, of the text that the message quotes, or 0.

    >>> fault_place("sum(a) + foo(b)", "unknown function with name 'foo'")
    9
    """
    opened: list[re.Match[str]] = []
    tokens = [m for m in _TOKEN.finditer(text) if m.lastgroup != "comment"]
    for token in tokens:
        if token[0] in _CLOSING:
            opened.append(token)
        elif token[0] in _CLOSING.values():
            if not opened or _CLOSING[opened.pop()[0]] != token[0]:
                return token.start()
        elif token[0] in {'"', "'", "`"}:  # a string that does not end
            return token.start()
    if opened:
        return opened[-1].start()
    named = re.search(r"'(.+?)'|<(\w+)>", message)
    word = (named[1] or named[2]) if named else ""
    return next((token.start() for token in tokens if token[0] == word), max(text.find(word), 0))
