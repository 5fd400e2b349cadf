"""Reads Kubernetes manifests."""

from pathlib import Path
from typing import Any

import yaml

from sloctl.model.errors import UsageError
from sloctl.specio.files import read_text


def read_manifests(path: Path) -> list[dict[str, Any]]:
    """
    Read the objects of a file, or of every YAML file in a folder, in the order of their names.

    Raises:
        UsageError: A file cannot be read or is not YAML.
    """
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    try:
        return [item for file in files for item in yaml.safe_load_all(read_text(file)) if item]
    except yaml.YAMLError as error:
        raise UsageError(f"{path} is not YAML: {error}") from error
