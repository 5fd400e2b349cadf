"""
What a metric must be to be declared.

Source: the rules of promlint (`promtool check metrics`) and Prometheus' page on naming, applied before a byte is
served; and the labels that a scrape of a Kubernetes target sets by itself.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal

from sloctl.model.errors import DeclarationError
from sloctl.sdk.labels import Enum

Kind = Literal["counter", "gauge", "histogram"]

_SNAKE_CASE: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_SCRAPE_LABELS: Final = {"container", "endpoint", "instance", "job", "namespace", "node", "pod", "service"}
_OWN_LABELS: Final = {"le", "quantile"}
_OWN_SUFFIXES: Final = {"bucket", "count", "created", "info", "sum"}
_TYPES: Final = {"counter", "gauge", "histogram", "summary"}
_PREFIXED_UNIT: Final = re.compile(
    r"(?:nano|micro|milli|centi|deci|kilo|mega|giga|tera|peta|kibi|mebi|gibi|tebi|pebi)"
    r"(amperes|bytes|grams|joules|meters|metres|seconds|volts)"
)
_BASE_UNIT: Final = {
    **dict.fromkeys(("d", "days", "h", "hours", "m", "minutes", "ms", "ns", "s", "sec", "us", "weeks"), "seconds"),
    **dict.fromkeys(("b", "bits", "gb", "kb", "mb", "pb", "tb"), "bytes"),
    **dict.fromkeys(("fahrenheit", "kelvin", "rankine"), "celsius"),
    "percent": "ratio",
}


def check_metric(kind: Kind, name: str, documentation: object, labels: object) -> None:
    """
    Accept a declaration or say what is wrong with it.

    Raises:
        DeclarationError: With what is wrong and how to put it right.

    >>> check_metric("gauge", "queue_wait_milliseconds", "Age of the oldest item.", {})
    Traceback (most recent call last):
    sloctl.model.errors.DeclarationError: queue_wait_milliseconds is not in a base unit
    """
    _check_name(kind, name)
    if not (isinstance(documentation, str) and documentation.strip()):
        raise DeclarationError(f"{name} has no documentation", "say in one sentence what it tells")
    if not isinstance(labels, Mapping):
        raise DeclarationError(
            f"{name}: the labels {labels!r} are no mapping", 'name them: {"tier": sloctl.Enum("gold", "silver")}'
        )
    for label, values in labels.items():
        _check_label(name, label, values)


def _check_name(kind: Kind, name: str) -> None:
    if not _is_snake_case(name):
        raise DeclarationError(
            f"{name!r} cannot be a metric's name", "use lower-case words, joined by one underscore: tenants_active"
        )
    words = name.split("_")
    if words[-1] == "total" and kind != "counter":
        raise DeclarationError(f"{name} is a {kind}, and _total is a counter's ending", "leave _total out")
    if words[-1] in _OWN_SUFFIXES:
        raise DeclarationError(f"{name} ends in _{words[-1]}, which Prometheus adds by itself", "choose another ending")
    for word in words[1:]:
        if word in _TYPES:
            raise DeclarationError(f"{name} names its type", f"leave {word!r} out: the type is exposed beside the name")
        prefixed = _PREFIXED_UNIT.fullmatch(word)
        base = prefixed[1] if prefixed else _BASE_UNIT.get(word)
        if base:
            raise DeclarationError(f"{name} is not in a base unit", f"measure in {base} and put that for {word!r}")


def _check_label(name: str, label: str, values: Enum) -> None:
    if label in _SCRAPE_LABELS:
        raise DeclarationError(
            f"{name}: a scrape sets the label {label!r} by itself and renames yours", f"call it object_{label}"
        )
    if label in _OWN_LABELS:
        raise DeclarationError(f"{name}: the label {label!r} belongs to Prometheus", "choose another name")
    if not _is_snake_case(label):
        raise DeclarationError(f"{name}: {label!r} cannot be a label", "use lower-case words, joined by one underscore")
    if not isinstance(values, Enum):
        raise DeclarationError(
            f"{name}: the values of {label!r} are not declared",
            f'name them: {{"{label}": sloctl.Enum("gold", "silver")}}',
        )


def _is_snake_case(name: object) -> bool:
    return isinstance(name, str) and _SNAKE_CASE.fullmatch(name) is not None
