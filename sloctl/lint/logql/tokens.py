"""Splits LogQL into tokens, and goes through them."""

import re
from collections.abc import Callable
from typing import Final

_TOKEN: Final = re.compile(
    r"""
    (?P<space>\s+|\#[^\n]*)
  | (?P<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`)
  | (?P<range>\[[^\]]*\])
  | (?P<flag>--[a-z-]+)
  | (?P<duration>(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|[smhdwy]))+\b)
  | (?P<bytes>\d+(?:\.\d+)?(?:[kKMGTP]i?)?B\b)
  | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\b)
  | (?P<word>[^\W\d]\w*)
  | (?P<sign>\|[=~>]|!=|!~|!>|=~|==|[<>]=|[-+*/%^(){},|=<>])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_MOST_LEVELS: Final = 50


class LogqlError(ValueError):
    """
    A text that is not LogQL.

    Args:
        message: What is wrong.
        position: Where, as an index into the text.
    """

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


class Cursor:
    """Goes through the tokens of a query; a method reads what it is named after."""

    def __init__(self, text: str) -> None:
        self.tokens = [
            (match.lastgroup or "", match[0], match.start())
            for match in _TOKEN.finditer(text)
            if match.lastgroup != "space"
        ]
        self.tokens.append(("end", "", len(text)))
        self.at = 0
        self.levels = 0

    @property
    def kind(self) -> str:
        """Give the kind of the token that comes."""
        return self.tokens[self.at][0]

    @property
    def text(self) -> str:
        """Give its text; empty for one in quotes, which is no sign."""
        kind, text, _ = self.tokens[self.at]
        return "" if kind == "string" else text

    def fail(self, wanted: str) -> LogqlError:
        """Say what is wrong with it."""
        kind, text, position = self.tokens[self.at]
        return LogqlError(f"{wanted}, at {'its end' if kind == 'end' else repr(text)}", position)

    def descend(self) -> None:
        """Go one level deeper, if that is not too deep."""
        self.levels += 1
        if self.levels > _MOST_LEVELS:
            raise self.fail(f"it is more than {_MOST_LEVELS} levels deep")

    def take(self, *texts: str) -> bool:
        """Go past one of some texts, if one comes."""
        found = self.text in texts
        self.at += found
        return found

    def expect(self, *texts: str) -> None:
        """Go past one of some texts, which must come."""
        if not self.take(*texts):
            raise self.fail(f"there must be {' or '.join(map(repr, texts))}")

    def expect_kind(self, kind: str, name: str) -> None:
        """Go past a token of a kind, which must come."""
        if self.kind != kind:
            raise self.fail(f"there must be {name}")
        self.at += 1

    def name(self) -> None:
        """Read a name, of a label for example."""
        self.expect_kind("word", "a name")

    def string(self) -> None:
        """Read a text in quotes."""
        self.expect_kind("string", "a text in double quotes or backticks")

    def number(self) -> None:
        """Read a number with or without its sign."""
        self.take("+", "-")
        self.expect_kind("number", "a number")

    def list(self, item: Callable[[], None]) -> None:
        """Read items with commas between them."""
        item()
        while self.take(","):
            item()

    def is_call(self) -> bool:
        """Tell whether a word is a function's name, and no label's."""
        return self.kind == "word" and self.tokens[self.at + 1][1] in {"(", "by", "without"}

    def end(self) -> None:
        """Check that nothing more comes."""
        if self.kind != "end":
            raise self.fail("the query should end")
