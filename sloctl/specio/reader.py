"""Reads the fields of a document one by one and keeps what is wrong with them."""

import difflib
from collections.abc import Iterable

from sloctl.model.findings import Finding
from sloctl.specio.tree import UNREADABLE, Value

_KINDS = {
    dict: "a mapping",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
}


class Reader:
    """Collects findings. A method that finds a fault reports it and gives `None`, so that reading goes on."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def fault(self, value: Value, check: str, summary: str, hint: str = "") -> None:
        """Report a fault where *value* stands."""
        self.findings.append(value.fault(check, summary, hint))

    def fields(
        self, value: Value, where: str, required: Iterable[str] = (), optional: Iterable[str] = ()
    ) -> dict[str, Value]:
        """
        Read a mapping whose fields are known.

        Args:
            value: What should be a mapping.
            where: How the user would call it, for example ``spec.objectives``.
            required: Fields that must be there.
            optional: Fields that may be there; a field that is null counts as absent.

        Returns:
            The known fields; empty when it is not a mapping.
        """
        data = self.mapping(value, where)
        if data is None:
            return {}
        known = [*required, *optional]
        misspelt = set()
        for name in data.keys() - set(known):
            near = difflib.get_close_matches(name, known, 1, 0.7)
            misspelt.update(near)
            hint = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(sorted(known))}"
            self.fault(value.keys[name], "unknown-field", f"{where} has no field '{name}'", hint)
        present = {name: data[name] for name in known if name in data and data[name].data is not None}
        for name in required:
            if name not in present and name not in misspelt:
                self.fault(data.get(name, value), "missing-field", f"{where} needs '{name}'")
        return present

    def mapping(self, value: Value, where: str) -> dict[str, Value] | None:
        """Read a mapping of any fields."""
        return value.data if self._is(value, where, dict) else None

    def items(self, value: Value, where: str) -> list[Value]:
        """Read a list."""
        return value.data if self._is(value, where, list) else []

    def text(self, value: Value, where: str) -> str | None:
        """Read a text that is not blank."""
        if not self._is(value, where, str):
            return None
        text: str = value.data
        if not text.strip():
            self.fault(value, "wrong-value", f"{where} is empty")
            return None
        return text

    def flag(self, value: Value, where: str) -> bool | None:
        """Read true or false."""
        return value.data if self._is(value, where, bool) else None

    def number(self, value: Value, where: str) -> float | None:
        """Read a number."""
        if isinstance(value.data, bool) or not isinstance(value.data, int | float):
            self._is(value, where, float)
            return None
        try:
            return float(value.data)
        except OverflowError:
            self.fault(value, "wrong-value", f"{where} is out of all bounds")
            return None

    def choice(self, value: Value, where: str, choices: Iterable[str]) -> str | None:
        """Read one of several words."""
        text = self.text(value, where)
        known = list(choices)
        if text is None or text in known:
            return text
        near = difflib.get_close_matches(text, known, 1, 0.6)
        hint = f"did you mean '{near[0]}'?" if near else f"one of: {', '.join(known)}"
        self.fault(value, "wrong-value", f"{where} cannot be '{text}'", hint)
        return None

    def _is(self, value: Value, where: str, kind: type) -> bool:
        if isinstance(value.data, kind):
            return True
        if value.data is UNREADABLE:
            return False
        got = "nothing" if value.data is None else _KINDS.get(type(value.data), type(value.data).__name__)
        self.fault(value, "wrong-type", f"{where} must be {_KINDS[kind]}, not {got}")
        return False
