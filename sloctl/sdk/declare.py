"""
What a metric must be to be declared.

Source: the rules of promlint (`promtool check metrics`) and Prometheus' page on naming, applied before a byte is
served; and the labels that a scrape of a Kubernetes target sets by itself.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

from sloctl.model.catalogue import Intent, MetricKind
from sloctl.model.errors import DeclarationError
from sloctl.sdk import families
from sloctl.sdk.labels import MOST, Bounded, Enum, Labels, PerObject, is_text
from sloctl.sdk.numbers import number

_SNAKE_CASE: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_SCRAPE_LABELS: Final = {"container", "endpoint", "instance", "job", "namespace", "node", "pod", "service"}
_OWN_LABELS: Final = {"le", "quantile"}
_OWN_SUFFIXES: Final = {"bucket", "count", "created", "info", "sum"}
_OWN_NAMES: Final = {family.name for family in families.BUILTIN}
_TYPES: Final = {"counter", "gauge", "histogram", "summary"}
_BASE_UNITS: Final = (
    "amperes",
    "bytes",
    "celsius",
    "grams",
    "joules",
    "kelvin",
    "meters",
    "metres",
    "seconds",
    "volts",
)
_UNITS: Final = {
    **dict(zip(_BASE_UNITS, _BASE_UNITS, strict=True)),
    **dict.fromkeys(("days", "hours", "minutes", "weeks"), "seconds"),
    **dict.fromkeys(("fahrenheit", "rankine"), "celsius"),
    **dict.fromkeys(("inches", "miles", "yards"), "meters"),
    **dict.fromkeys(("ounces", "pounds"), "grams"),
    "bits": "bytes",
    "kelvins": "kelvin",
    "calories": "joules",
    "percent": "ratio",
}
_UNIT: Final = re.compile(
    r"(?:pico|nano|micro|milli|centi|deci|deca|hecto|kilo|mega|giga|tera|peta|kibi|mebi|mibi|gibi|tebi|pebi)?"
    rf"({'|'.join(_UNITS)})"
)
_ABBREVIATIONS: Final = {
    **dict.fromkeys(("d", "h", "m", "ms", "ns", "s", "sec", "us"), "seconds"),
    **dict.fromkeys(("b", "gb", "kb", "mb", "pb", "tb"), "bytes"),
}
_UNBOUNDED: Final = {
    "uid|uuid": "identifies one object",
    "resource_?version": "changes with every write",
    "(span|trace)_id": "identifies one trace; exemplars carry it",
    r"at$|date|datetime|last_([a-z]+ed|seen)|time|timestamp|ts": "changes with the clock",
    "err|error|exc|exception|message|msg|stacktrace|text|traceback": "is a text without end",
}
"""Words of labels whose values never repeat."""
_KINDS: Final = ("category", "class", "code", "kind", "level", "name", "reason", "severity", "source", "type", "zone")
"""What a label is about, by its last word, when its values do repeat: `error_type` is no text."""
_ENDINGS: Final[Mapping[Intent, str]] = {"ratio": "_ratio", "timestamp": "_timestamp_seconds"}
_MEASURES: Final = ("_bytes", "_ratio", "_seconds")


def check_metric(
    kind: MetricKind, name: object, documentation: object, labels: object, intent: Intent = "level"
) -> str:
    """
    Accept a declaration or say what is wrong with it.

    Args:
        kind: What is declared.
        name: Of the metric; a counter's may end in `_total` already.
        documentation: Its help text.
        labels: The values of each label by its name.
        intent: Of a gauge.

    Returns:
        The name as it is scraped.

    Raises:
        DeclarationError: With what is wrong and how to put it right.

    >>> check_metric("counter", "jobs", "Jobs done.", {})
    'jobs_total'
    >>> try:
    ...     check_metric("gauge", "queue_wait_milliseconds", "Age of the oldest item.", {})
    ... except DeclarationError as error:
    ...     print(error, error.hint, sep=": ")
    queue_wait_milliseconds is not in a base unit: measure in seconds and put that for 'milliseconds'
    """
    if not (isinstance(name, str) and _SNAKE_CASE.fullmatch(name)):
        raise DeclarationError(
            f"{name!r} cannot be a metric's name", "use lower-case words, joined by one underscore: tenants_active"
        )
    scraped = f"{name.removesuffix('_total')}_total" if kind == "counter" else name
    _check_name(kind, scraped)
    if kind == "gauge":
        _check_intent(intent, scraped)
    if not (is_text(documentation) and str(documentation).strip()):
        raise DeclarationError(f"{scraped} has no documentation", "say in one sentence what it tells")
    if not isinstance(labels, Mapping):
        raise DeclarationError(
            f"{scraped}: the labels {labels!r} are no mapping", 'name them: {"tier": sloctl.Enum("gold", "silver")}'
        )
    for label, values in labels.items():
        _check_label(scraped, label, values)
    _check_combinations(scraped, labels)
    return scraped


def with_states(name: str, labels: Labels, states: object) -> Labels:
    """
    Give a state set's labels with the one that holds the state, which is the last one.

    Raises:
        DeclarationError: The states are no list of different texts, a label has the metric's name, or no label can be
            called like the metric.
    """
    if not isinstance(states, Sequence) or isinstance(states, str) or not states:
        raise DeclarationError(f"{name}: {states!r} is no list of states", 'name them: states=("Up", "Down")')
    _check_label_name(name, name)
    if name in labels:
        raise DeclarationError(
            f"{name}: the label {name!r} is the one that holds the state", "choose another for yours"
        )
    try:
        every = {**labels, name: Enum(*states)}
    except DeclarationError as error:
        raise DeclarationError(f"{name}: {error}", error.hint) from None
    _check_combinations(name, every)
    return every


def check_age(name: str, drop_after_s: float | None, intent: Intent = "level") -> float | None:
    """
    Give the seconds after which a gauge is dropped, if it is at all.

    Raises:
        DeclarationError: They are no finite number above 0, or the gauge is never set.
    """
    if drop_after_s is None:
        return None
    if intent == "in-flight":
        raise DeclarationError(
            f"{name}: what is under way does not grow old", "leave drop_after_s out, or choose the intent level"
        )
    seconds = number(drop_after_s)
    if not 0 < seconds < math.inf:
        raise DeclarationError(f"{name}: drop_after_s cannot be {drop_after_s!r}", "give seconds above 0, or None")
    return seconds


def _check_name(kind: MetricKind, name: str) -> None:
    if name in _OWN_NAMES:
        raise DeclarationError(f"{name} is recorded by sloctl itself", "choose another name, or use what is recorded")
    words = (name.removesuffix("_total") if kind == "counter" else name).split("_")
    if kind != "counter" and words[-1] == "total":
        raise DeclarationError(f"{name} is a {kind}, and _total is a counter's ending", "leave _total out")
    if words[-1] in _OWN_SUFFIXES:
        raise DeclarationError(f"{name} ends in _{words[-1]}, which Prometheus adds by itself", "choose another ending")
    for position, word in enumerate(words):
        if position and word in _TYPES:
            raise DeclarationError(f"{name} names its type", f"leave {word!r} out: the type is exposed beside the name")
        unit = _UNIT.fullmatch(word)
        base = _UNITS[unit[1]] if unit else _ABBREVIATIONS.get(word) if position else None
        if base not in (None, word):
            raise DeclarationError(f"{name} is not in a base unit", f"measure in {base} and put that for {word!r}")


def _check_intent(intent: Intent, name: str) -> None:
    if intent not in ("in-flight", "level", "ratio", "timestamp"):
        raise DeclarationError(
            f"{name}: no gauge has the intent {intent!r}", "choose level, in-flight, timestamp or ratio"
        )
    ending = _ENDINGS.get(intent, "")
    if not name.endswith(ending):
        raise DeclarationError(f"{name} is a {intent} and its name does not say so", f"let the name end in {ending}")
    if intent == "in-flight" and name.endswith(_MEASURES):
        raise DeclarationError(
            f"{name} measures something, and what is under way is counted", "name what is counted: syncs_in_flight"
        )
    for other, its_ending in _ENDINGS.items():
        if intent == "level" and name.endswith(its_ending):
            raise DeclarationError(f"{name} is a {other} by its name", f'declare it as one: intent="{other}"')


def _check_label_name(name: str, label: object) -> None:
    if label in _SCRAPE_LABELS:
        raise DeclarationError(
            f"{name}: a scrape sets the label {label!r} by itself and renames yours", f"call it object_{label}"
        )
    if label in _OWN_LABELS:
        raise DeclarationError(f"{name}: the label {label!r} belongs to Prometheus", "choose another name")
    if not (isinstance(label, str) and _SNAKE_CASE.fullmatch(label)):
        raise DeclarationError(f"{name}: {label!r} cannot be a label", "use lower-case words, joined by one underscore")


def _check_label(name: str, label: object, values: object) -> None:
    _check_label_name(name, label)
    if not isinstance(values, (Enum, Bounded, PerObject)):
        raise DeclarationError(
            f"{name}: the values of {label!r} are not declared",
            f'name them: {{"{label}": sloctl.Enum("gold", "silver")}}, or use sloctl.Bounded(20) or sloctl.PerObject()',
        )
    if isinstance(values, PerObject) or str(label).endswith(_KINDS):
        return
    for words, reason in _UNBOUNDED.items():
        if re.search(rf"(^|_)({words})(_|$)", str(label)):
            raise DeclarationError(
                f"{name}: the label {label!r} {reason}, and each of its values would be a series for ever",
                "leave it to logs and spans; name kinds instead, as reason or error_type; or use sloctl.PerObject()",
            )


def _check_combinations(name: str, labels: Labels) -> None:
    kinds = labels.values()
    sizes = [len(kind.values) for kind in kinds if isinstance(kind, Enum)]
    sizes += [kind.limit + 1 for kind in kinds if isinstance(kind, Bounded)]
    if len(kinds) - len(sizes) > 1:
        raise DeclarationError(f"{name} has several labels PerObject", "a series goes with one object: name that one")
    if math.prod(sizes) > MOST:
        raise DeclarationError(
            f"{name}: its labels allow {math.prod(sizes):,} series",
            f"stay below {MOST:,}: leave a label out, or use fewer values",
        )
