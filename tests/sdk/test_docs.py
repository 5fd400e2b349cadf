"""The SDK's page says what is so."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/sdk.md"


def test_the_examples_of_the_page_run() -> None:
    """What a reader types gives what stands below it."""
    done = doctest.testfile(str(PAGE), module_relative=False)
    assert done.attempted > 10
    assert done.failed == 0
