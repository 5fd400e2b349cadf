"""What is known about a label's values before the first one is used."""

from sloctl.model.errors import DeclarationError


class Enum:
    """
    A label that takes one of a few values, all of them known beforehand.

    Every combination of such values exists at 0 from the start, so that `rate` and `increase` see the first event.

    Args:
        values: The label's values; at least one, none twice, none empty.

    Raises:
        DeclarationError: A value is not a text, is empty, or stands there twice.

    >>> Enum("gold", "silver")
    Enum('gold', 'silver')
    """

    __slots__ = ("values",)

    def __init__(self, *values: str) -> None:
        if not values:
            raise DeclarationError("Enum() has no values", 'name them all: Enum("gold", "silver")')
        for value in values:
            if not is_text(value):
                raise DeclarationError(f"{value!r} cannot be a label's value", "use a text that is not empty")
            if values.count(value) > 1:
                raise DeclarationError(f"Enum names {value!r} twice", "name each value once")
        self.values = values

    def __repr__(self) -> str:
        return f"Enum({', '.join(map(repr, self.values))})"


def is_text(value: object) -> bool:
    """Say whether something can be a label's value: a text that is not empty."""
    return isinstance(value, str) and value != ""
