"""The examples in the operator's docstrings."""

import doctest

import pytest
from tenant_operator import faults, storage


@pytest.mark.parametrize("module", [faults, storage], ids=lambda module: module.__name__)
def test_examples_run(module: object) -> None:
    """What a docstring shows is what happens."""
    done = doctest.testmod(module)  # type: ignore[arg-type]
    assert done.attempted > 0
    assert done.failed == 0
