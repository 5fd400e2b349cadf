"""What is known about a label's values before the first one is used."""

from collections.abc import Mapping
from typing import Any, Final

from sloctl.model.catalogue import Label
from sloctl.model.errors import DeclarationError

OVERFLOW: Final = "exceeded_cardinality_limit"
"""Stands for every value beyond a label's bound; controller-runtime's word for it."""

MOST: Final = 10_000
"""The most series that a declaration may allow without naming objects."""


class Refused(Exception):  # noqa: N818 # never leaves the SDK
    """A label's value that its declaration does not allow."""


class LabelKind:
    """What bounds the values of a label."""

    __slots__ = ()

    def describe(self, name: str) -> Label:
        """Give the label as the catalogue shows it."""
        raise NotImplementedError


class Enum(LabelKind):
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
                raise DeclarationError(f"{value!r} is named twice", "name each value once")
        self.values = values

    def __repr__(self) -> str:
        return f"Enum({', '.join(map(repr, self.values))})"

    def describe(self, name: str) -> Label:
        """Give the label as the catalogue shows it."""
        return Label(name, "enum", self.values)


class Bounded(LabelKind):
    """
    A label whose values are not known beforehand, of which there are only so many.

    A metric keeps the first *limit* values it meets, for as long as the process lives. All others become one,
    `exceeded_cardinality_limit`, and are counted in `sloctl_label_overflow_total`.

    Args:
        limit: The most values that there may be, 1 to 10,000.

    Raises:
        DeclarationError: It is no such number.

    >>> Bounded(20)
    Bounded(20)
    """

    __slots__ = ("limit",)

    def __init__(self, limit: int) -> None:
        if limit not in range(1, MOST + 1):
            raise DeclarationError(
                f"Bounded({limit!r}) is no bound", f"give the most values that there may be, 1 to {MOST:,}: Bounded(20)"
            )
        self.limit = int(limit)

    def __repr__(self) -> str:
        return f"Bounded({self.limit})"

    def describe(self, name: str) -> Label:
        """Give the label as the catalogue shows it."""
        return Label(name, "bounded", limit=self.limit)


class PerObject(LabelKind):
    """
    A label that names the object to which a series belongs; the series goes when the object goes.

    The value is the object itself, a mapping with `metadata` as kopf's `body` is one; inside a reconciliation of that
    object its name will do. What is scraped is `namespace/name`, or `name` for an object without a namespace.

    >>> PerObject()
    PerObject()
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "PerObject()"

    def describe(self, name: str) -> Label:
        """Give the label as the catalogue shows it."""
        return Label(name, "object")


Labels = Mapping[str, LabelKind]
"""What a metric is declared with: each label's name and what bounds its values."""
LabelValue = str | Mapping[str, Any]
"""What a label takes when a metric is used: a text, or for `PerObject` the object."""


def is_text(value: object) -> bool:
    """Say whether something can be a label's value: a text that is not empty and that UTF-8 can carry."""
    if not isinstance(value, str) or not value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:  # half a surrogate pair, which would break every scrape
        return False
    return True
