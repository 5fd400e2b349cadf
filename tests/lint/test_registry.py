"""The ids that checks know are those of the packages that Grafana publishes."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sloctl.lint.boards import registry
from tests.support.grafana_check import tool

NAMES = {"statetimeline": "state-timeline", "statushistory": "status-history"}
"""How the types call kinds of panels, where dashboards call them otherwise."""


@pytest.fixture(scope="module")
def published() -> Any:
    """Read the ids from the packages that the drawing of dashboards is tested with."""
    cache = subprocess.run([tool("setup")], check=True, capture_output=True, text=True).stdout.strip()
    script = Path(__file__).with_name("grafana_ids.mjs")
    done = subprocess.run(["node", script, cache], check=True, capture_output=True, text=True, timeout=120)
    return json.loads(done.stdout)


@pytest.mark.parametrize("kind", ["units", "reducers", "transformers", "matchers", "properties"])
def test_ids_are_those_of_the_packages(kind: str, published: Any) -> None:
    """None is missing and none is made up, in the version that the module names."""
    assert registry.VERSION == published["version"]
    assert getattr(registry, kind.upper()) == {*published[kind]}


def test_what_panels_keep_of_their_own_is_that_of_the_types(published: Any) -> None:
    """Each kind of panel has the fields of its published type; tables have one more, from before."""
    custom = {NAMES.get(name, name): {*fields} for name, fields in published["custom"].items() if name != "xychart2"}
    custom["table"].add("hidden")

    assert custom == registry.CUSTOM
