"""
Which format a scrape gets: the best of those that it accepts.

Source: RFC 9110, section 12.5; Prometheus' page on content negotiation for scrapes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from prometheus_client.exposition import choose_encoder

from sloctl.sdk import protobuf

Kind = Literal["text", "openmetrics", "protobuf"]


@dataclass(frozen=True, slots=True)
class Format:
    """
    What a scrape gets.

    Attributes:
        kind: The format.
        content_type: How the answer names it.
        encode: Writes what a registry of prometheus_client collects.
    """

    kind: Kind
    content_type: str
    encode: Callable[[Any], bytes]


_VERSIONS: Final[dict[str, tuple[Kind, set[str]]]] = {
    "text/plain": ("text", {"", "0.0.4", "1.0.0"}),
    "text/*": ("text", {""}),
    "*/*": ("text", {""}),
    "application/openmetrics-text": ("openmetrics", {"", "1.0.0"}),
}


def negotiate(accept: str | None) -> Format:
    """
    Choose the format; plain text for who accepts none of them, since an old text is better than no metrics.

    >>> negotiate("text/plain;q=0.5, application/openmetrics-text; version=1.0.0; q=0.9").kind
    'openmetrics'
    """
    accepted = sorted(_ranges(accept or ""), key=lambda choice: -choice[0])
    return next((found for quality, text in accepted if quality > 0 and (found := _format(text))), TEXT)


def accepts_gzip(accept_encoding: str | None) -> bool:
    """
    Say whether an answer may be compressed with gzip.

    >>> accepts_gzip("gzip;q=0, identity"), accepts_gzip("br, *")
    (False, True)
    """
    wanted = {_split(text)[0]: quality for quality, text in _ranges(accept_encoding or "")}
    return wanted.get("gzip", wanted.get("*", 0.0)) > 0


def _ranges(header: str) -> Iterator[tuple[float, str]]:
    for text in filter(None, map(str.strip, header.split(","))):
        try:
            yield float(_split(text)[1].get("q", "1")), text
        except ValueError:
            yield 0.0, text


def _split(text: str) -> tuple[str, dict[str, str]]:
    name, *parameters = (part.strip() for part in text.split(";"))
    pairs = (parameter.partition("=") for parameter in parameters)
    return name.lower(), {key.strip().lower(): value.strip().strip('"') for key, _, value in pairs}


def _format(accepted: str) -> Format | None:
    name, parameters = _split(accepted)
    if name == "application/vnd.google.protobuf":
        fits = parameters.get("proto") == protobuf.MESSAGE and parameters.get("encoding") == "delimited"
        return Format("protobuf", protobuf.CONTENT_TYPE, protobuf.encode) if fits else None
    kind, versions = _VERSIONS.get(name, ("text", set()))
    if parameters.get("version", "") not in versions:
        return None
    return _chosen(kind, accepted)


def _chosen(kind: Kind, accepted: str) -> Format:
    encode, content_type = choose_encoder(accepted)
    return Format(kind, content_type, encode)


TEXT: Final = _chosen("text", "")
