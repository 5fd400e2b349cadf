"""From dashboard sources to Grafana JSON."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sloctl.app.shipped import shipped
from sloctl.model.delivery import Delivery
from sloctl.model.errors import UsageError
from sloctl.specio.dashboards import SUFFIX, DashboardFile, read_dashboards
from sloctl.specio.delivery import delivered

_AS_JSON: Final = Delivery()


def generate_dashboards(inputs: Sequence[Path] = (), delivery: Delivery = _AS_JSON) -> list[DashboardFile]:
    """
    Generate dashboards.

    Args:
        inputs: ``*.dashboard.py`` files, or folders that hold some. None: those that ship with sloctl.
        delivery: How they are delivered.

    Raises:
        UsageError: A file cannot be read or is none, or two dashboards would take each other's place.
        SpecError: A file does not run, or does not give dashboards that Grafana could keep.

    >>> [file.name for file in generate_dashboards()]
    ['controller.json', 'slo-detail.json']
    """
    paths = [file for path in inputs or [shipped("dashboards")] for file in _files(path)]
    files = [file for path in paths for file in read_dashboards(path)]
    _refuse_twins("file name", [file.name for file in files])
    _refuse_twins("uid", [json.loads(file.text)["uid"] for file in files])
    return delivered(files, delivery)


def _files(path: Path) -> list[Path]:
    found = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
    if not found or not found[0].name.endswith(SUFFIX):
        raise UsageError(f"no dashboard source in {path}", f"the names of sources end in {SUFFIX}")
    return found


def _refuse_twins(what: str, values: Sequence[str]) -> None:
    for value, count in Counter(values).items():
        if count > 1:
            raise UsageError(f"{count} dashboards have the {what} '{value}'", f"give each a {what} of its own")
