"""Finds where in a YAML file a character of a value stands."""

import re
from bisect import bisect_right
from functools import cached_property
from itertools import islice
from typing import Final

_LINE_BREAK: Final = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
_PROPERTIES: Final = re.compile(r"(?:[&!]\S*\s+)*")
_UNITS: Final = {
    '"': re.compile(r"(?P<blank>\\[nrtvf_NLP\s])|\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)|[^\s\\]"),
    "'": re.compile(r"''|\S"),
    "": re.compile(r"\S"),
}
"""What stands for a character that is no white space, by the quotes around it; ``blank`` is escaped white space."""


class Places:
    """
    The places of a file's characters.

    Args:
        text: The file.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def place(self, line: int, column: int, value: str, index: int) -> tuple[int, int]:
        r"""
        Find a character of a scalar.

        YAML takes white space away from a scalar, and adds some, but nothing else: the n-th character that is no
        white space is the same in the file and in the value, whichever way the scalar is written.

        Args:
            line: Of the scalar, from 1.
            column: Of the scalar, from 1.
            value: Of the scalar.
            index: Into *value*.

        Returns:
            Line and column, from 1.

        >>> Places('expr: |\n  sum(\n    a)').place(1, 7, "sum(\n  a)", 7)
        (3, 5)
        """
        at = self._starts[line - 1] + column - 1
        properties = _PROPERTIES.match(self._text, at)
        at = properties.end() if properties else at
        mark = self._text[at : at + 1]
        if mark in {"|", ">"}:
            at = self._starts[line] if line < len(self._starts) else at
        elif mark in {'"', "'"}:
            at += 1
        before = sum(not character.isspace() for character in value[:index])
        units = (unit for unit in _UNITS.get(mark, _UNITS[""]).finditer(self._text, at) if unit.lastgroup is None)
        unit = next(islice(units, before, None), None)
        if unit is None:
            return line, column
        row = bisect_right(self._starts, unit.start())
        return row, unit.start() - self._starts[row - 1] + 1

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_BREAK.finditer(self._text))]
