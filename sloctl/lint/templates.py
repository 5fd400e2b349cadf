"""
Reads the Go templates in labels and annotations, as far as it takes to see that Prometheus would refuse them.

Source: https://prometheus.io/docs/prometheus/latest/configuration/template_reference/ and Go's text/template.
"""

import re
from collections.abc import Iterator
from typing import Final

_PROMETHEUS: Final = """
    args externalURL first graphLink humanize humanize1024 humanizeDuration humanizePercentage humanizeTimestamp label
    match now parseDuration pathPrefix query reReplaceAll safeHtml sortByLabel stripDomain stripPort strvalue tableLink
    title tmpl toDuration toLower toTime toUpper urlQueryEscape value
"""
_GO: Final = "and call eq ge gt html index js le len lt ne nil not or print printf println slice urlquery true false"
_FUNCTIONS: Final = frozenset(f"{_PROMETHEUS} {_GO}".split())
_OPENING: Final = frozenset({"if", "range", "with", "define", "block"})
_KEYWORDS: Final = _OPENING | {"else", "end", "template", "break", "continue"}
_VARIABLES: Final = frozenset({"$", "$labels", "$value", "$externalLabels", "$externalURL"})
_TOKEN: Final = re.compile(
    r"""
    (?P<close>-?\}\})
  | (?P<space>\s+|/\*.*?\*/)
  | (?P<text>"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)+')
  | (?P<number>[-+]?\d[\w.]*)
  | (?P<field>(?:\.\w+)+)
  | (?P<variable>\$\w*)
  | (?P<word>\w+)
  | (?P<sign>:=|[.|=(),-])
    """,
    re.VERBOSE | re.DOTALL,
)
_LABEL: Final = re.compile(r"\$labels\.(\w+)")


def labels_read(text: str) -> Iterator[tuple[int, str]]:
    """
    Give the labels that a template reads, and where.

    >>> list(labels_read("{{ $labels.job }} at {{ $value }}"))
    [(11, 'job')]
    """
    return ((match.start(1), match[1]) for match in _LABEL.finditer(text))


def template_fault(text: str) -> tuple[int, str] | None:
    """
    Find the first fault of a template.

    Returns:
        An index into *text* and what is wrong there; None: nothing that shows without expanding it.

    >>> template_fault("{{ $value | humanise }}")
    (12, "there is no function 'humanise'")
    """
    opened: list[int] = []
    variables = set(_VARIABLES)
    at = text.find("{{")
    while at >= 0:
        tokens, end = _action(text, at + 2)
        if end < 0:
            return -end - 1, "an action is not closed, or has what no action can have"
        if not tokens and "/*" not in text[at:end]:
            return at, "an action is empty"
        if sum(token[0] == "(" for token in tokens) != sum(token[0] == ")" for token in tokens):
            return at, "parentheses do not match"
        for number, token in enumerate(tokens):
            fault = _fault(token, number, tokens, variables)
            if fault:
                return token.start(), fault
        first = tokens[0][0] if tokens else ""
        if first in _OPENING:
            opened.append(at)
        elif first in {"end", "else"} and not opened:
            return at, f"'{first}' has nothing to belong to"
        elif first == "end":
            opened.pop()
        at = text.find("{{", end)
    return (opened[-1], "there is no 'end' to this") if opened else None


def _action(text: str, at: int) -> tuple[list[re.Match[str]], int]:
    """Give the tokens of an action and the index behind it; where it breaks off at an index, minus that and one."""
    tokens: list[re.Match[str]] = []
    at += text.startswith("- ", at)
    while token := _TOKEN.match(text, at):
        at = token.end()
        if token.lastgroup == "close":
            return tokens, at
        if token.lastgroup != "space":
            tokens.append(token)
    return tokens, -at - 1


def _fault(token: re.Match[str], number: int, tokens: list[re.Match[str]], variables: set[str]) -> str:
    """Say what is wrong with a token; a variable that is declared is added to those that there are."""
    word = token[0]
    match token.lastgroup:
        case "variable" if word not in variables:
            if not any(following[0] in {":=", "=", ","} for following in tokens[number + 1 : number + 2]):
                return f"there is no variable '{word}'"
            variables.add(word)
        case "word" if word not in _FUNCTIONS and not (word in _KEYWORDS and number <= (tokens[0][0] == "else")):
            return f"there is no function '{word}'"
    if number == 0 and len(tokens) == 1 and word in _OPENING:
        return f"'{word}' of what?"
    return ""
