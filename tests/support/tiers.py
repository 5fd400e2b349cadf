"""Tiers of tests that need programs which not every machine has."""

import os
from typing import NoReturn

import pytest


def lacking(what: str) -> NoReturn:
    """
    Skip a test for want of a program; in CI, where nobody would see that, fail it.

    Args:
        what: What to install, or which variable to set to what, in a line.
    """
    if os.environ.get("CI"):
        pytest.fail(what, pytrace=False)
    pytest.skip(what)
