"""The public API as a type checker sees it."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_decorators_and_handles_keep_their_types() -> None:
    """Signatures pass through every decorator, each gauge has its own handle, and misuse is a type error."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", "tests/sdk/typed_api.py"],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
    )
    assert (0, "") == (done.returncode, done.stdout + done.stderr)
