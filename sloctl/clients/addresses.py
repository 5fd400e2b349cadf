"""Addresses of servers, as users write them."""

import httpx2

from sloctl.model.errors import UsageError


def address(url: str, example: str) -> httpx2.URL:
    """
    Check an address.

    Args:
        url: What was given.
        example: Of one.

    Raises:
        UsageError: It is no address of a server that speaks HTTP.
    """
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL:
        parsed = httpx2.URL()
    if parsed.scheme not in {"http", "https"} or not parsed.host or "%" in parsed.host:
        shown = f"'{url}'" if "@" not in url else "the URL"  # with a password in it, which is not to be seen
        raise UsageError(f"{shown} is no address", f"write for example {example}")
    return parsed
