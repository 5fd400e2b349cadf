"""Label and field selectors, as predicates over objects."""

import re
from collections.abc import Callable, Collection, Iterator

from sloctl.kubesim.errors import Obj, bad_request

Predicate = Callable[[Obj], bool]

_TOKEN = re.compile(r"\s*(!=|==|=|!|,|\(|\)|[^\s!=,()]+)")
_END = ""


def everything(_: Obj) -> bool:
    """Match every object."""
    return True


def label_selector(text: str) -> Predicate:
    """
    Read `a=b,c!=d,e in (f,g),h notin (i),j,!k`.

    Raises:
        ApiError: 400, when it cannot be read.

    >>> chosen = label_selector("tier in (gold, silver),!draft")
    >>> chosen({"metadata": {"labels": {"tier": "gold"}}}), chosen({"metadata": {}})
    (True, False)
    """
    if not text.strip():
        return everything
    requirements = list(_requirements(_Tokens(text)))

    def matches(obj: Obj) -> bool:
        labels = obj["metadata"].get("labels") or {}
        return all(requirement(labels) for requirement in requirements)

    return matches


class _Tokens:
    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.findall(text)

    def peek(self) -> str:
        return self._tokens[0] if self._tokens else _END

    def take(self) -> str:
        token = self.peek()
        del self._tokens[:1]
        return token


Requirement = Callable[[dict[str, str]], bool]


def _requirements(tokens: _Tokens) -> Iterator[Requirement]:
    while True:
        yield _requirement(tokens)
        separator = tokens.take()
        if separator == _END:
            return
        if separator != ",":
            raise bad_request(f"found '{separator}', expected: ',' or 'end of string'")


def _requirement(tokens: _Tokens) -> Requirement:
    absent = tokens.peek() == "!"
    if absent:
        tokens.take()
    key = tokens.take()
    if not _is_word(key):
        raise bad_request(f"found '{key}', expected: !, identifier, or 'end of string'")
    if absent:
        return lambda labels: key not in labels
    match tokens.peek():
        case "" | ",":
            return lambda labels: key in labels
        case "=" | "==":
            tokens.take()
            wanted = _value(tokens)
            return lambda labels: labels.get(key) == wanted
        case "!=":
            tokens.take()
            unwanted = _value(tokens)
            return lambda labels: labels.get(key) != unwanted
        case "in":
            tokens.take()
            values = _set(tokens)
            return lambda labels: labels.get(key) in values
        case "notin":
            tokens.take()
            values = _set(tokens)
            return lambda labels: labels.get(key) not in values
        case other:
            raise bad_request(f"unable to parse requirement: found '{other}', expected: '=', '!=', '==', 'in', notin'")


def _is_word(token: str) -> bool:
    return token not in ("", ",", "(", ")", "=", "==", "!=", "!")


def _value(tokens: _Tokens) -> str:
    return tokens.take() if _is_word(tokens.peek()) else ""


def _set(tokens: _Tokens) -> Collection[str]:
    if tokens.peek() != "(":
        raise bad_request(f"unable to parse requirement: found '{tokens.peek()}' expected: '('")
    tokens.take()
    values = {_value(tokens)}
    while (end := tokens.take()) == ",":
        values.add(_value(tokens))
    if end != ")":
        raise bad_request(f"unable to parse requirement: found '{end}', expected: ',' or ')'")
    return values


def field_selector(text: str, known: Collection[str]) -> Predicate:
    """
    Read `metadata.name=a,type!=b`.

    Args:
        text: The selector.
        known: The paths that this resource can be selected by.

    Raises:
        ApiError: 400, when it cannot be read or names another path.
    """
    tests = [_field_test(term, known) for term in text.split(",") if term.strip()]
    return lambda obj: all(test(obj) for test in tests)


def _field_test(term: str, known: Collection[str]) -> Predicate:
    match = re.fullmatch(r"([^=!]+)(!=|==|=)(.*)", term)
    if match is None:
        raise bad_request(f"invalid selector: '{term}'; can't understand '{term}'")
    path, operator, value = match.groups()
    if path not in known:
        raise bad_request(f"field label not supported: {path}")
    wanted = operator != "!="
    return lambda obj: (_field(obj, path) == value) is wanted


def _field(obj: Obj, path: str) -> str:
    value: object = obj
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return "" if value is None else str(value)
