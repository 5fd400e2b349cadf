"""Finds what ships with sloctl beside its code."""

from pathlib import Path

import sloctl

_PACKAGE = Path(sloctl.__file__).parent


def shipped(name: str) -> Path:
    """
    Find a shipped folder: inside the package when that was installed, beside it in a checkout.

    Args:
        name: For example ``dashboards``.

    >>> (shipped("dashboards") / "generated").is_dir()
    True
    """
    installed = _PACKAGE / "_shipped" / name
    return installed if installed.exists() else _PACKAGE.parent / name
