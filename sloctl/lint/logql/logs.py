"""Queries of logs: a selector, and stages that each line goes through."""

from collections.abc import Callable
from typing import Final

from sloctl.lint.logql.tokens import Cursor

_LINE_FILTERS: Final = frozenset({"|=", "|~", "|>", "!=", "!~", "!>"})
_MATCHES: Final = frozenset({"=", "!=", "=~", "!~"})
_COMPARISONS: Final = frozenset({"=", "==", "!=", "<", "<=", ">", ">="})
_FLAGS: Final = frozenset({"--strict", "--keep-empty"})


class Logs(Cursor):
    """Reads queries of logs."""

    def logs(self) -> None:
        """Read a query of logs."""
        self.selector()
        while self.stage():
            pass

    def selector(self) -> None:
        """Read what selects streams of logs."""
        self.expect("{")
        if self.text != "}":
            self.list(self._matcher)
        self.expect("}")

    def _matcher(self) -> None:
        self.name()
        self.expect(*sorted(_MATCHES))
        self.string()

    def stage(self) -> bool:
        """Read a stage of a pipeline, if one comes."""
        if self.take(*_LINE_FILTERS):
            self.line()
            while self.take("or"):
                self.line()
            return True
        if not self.take("|"):
            return False
        word = self.text
        if word in _STAGES and self.tokens[self.at + 1][1] not in _COMPARISONS | _MATCHES:
            self.at += 1
            _STAGES[word](self)
        else:
            self._label_filter()
        return True

    def line(self) -> None:
        """Read what a line is searched for."""
        if self.take("ip"):
            self.expect("(")
            self.string()
            self.expect(")")
        else:
            self.string()

    def _label_filter(self) -> None:
        self.descend()
        while True:
            if self.take("("):
                self._label_filter()
                self.expect(")")
            else:
                self._comparison()
            if not self.take("and", "or", ",") and self.kind != "word" and self.text != "(":
                break
        self.levels -= 1

    def _comparison(self) -> None:
        self.name()
        op = self.text
        self.expect(*sorted(_MATCHES | _COMPARISONS))
        if op in _MATCHES and (self.kind == "string" or self.text == "ip"):
            self.line()
        elif op in _COMPARISONS and self.kind in {"duration", "bytes"}:
            self.at += 1
        elif op in _COMPARISONS - {"=", "!="} or self.kind == "number":
            self.number()
        else:
            self.string()

    def _extraction(self) -> None:
        self.name()
        if self.take("="):
            self.string()

    def _extractions(self) -> None:
        while self.kind == "flag":
            self.expect(*sorted(_FLAGS))
        if self.kind == "word":
            self.list(self._extraction)

    def _label_format(self) -> None:
        self.name()
        self.expect("=")
        if self.kind == "word":
            self.at += 1
        else:
            self.string()

    def _kept(self) -> None:
        self.name()
        if self.take(*_MATCHES):
            self.string()


_STAGES: Final[dict[str, Callable[[Logs], None]]] = {
    "json": Logs._extractions,
    "xml": Logs._extractions,
    "logfmt": Logs._extractions,
    "unpack": lambda _: None,
    "decolorize": lambda _: None,
    "regexp": Logs.string,
    "pattern": Logs.string,
    "line_format": Logs.string,
    "label_format": lambda parser: parser.list(parser._label_format),
    "drop": lambda parser: parser.list(parser._kept),
    "keep": lambda parser: parser.list(parser._kept),
}
"""What follows the name of a stage."""
