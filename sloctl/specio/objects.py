"""What objects of Kubernetes are called, and how large they may be."""

import re
from typing import Final

LABELS: Final = {"app.kubernetes.io/managed-by": "sloctl"}
"""Of every object that is written."""
_NO_NAME: Final = re.compile(r"[^a-z0-9]+")


def object_name(text: str) -> str:
    """
    Write a part of a name as Kubernetes takes it.

    >>> object_name("SLO_detail (new)")
    'slo-detail-new'
    """
    return _NO_NAME.sub("-", text.lower()).strip("-")
