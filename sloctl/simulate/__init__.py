"""Histories of SLOs, made up or recorded, and how good the alerts over them are. Pure: values in, values out."""

from sloctl.simulate.frames import (
    alert_frame,
    compliance_frame,
    incident_frame,
    markdown,
    quality_frame,
    records,
    tables,
)
from sloctl.simulate.history import History, recorded
from sloctl.simulate.incidents import Incident, Kind
from sloctl.simulate.plot import plot
from sloctl.simulate.runs import Run, Setting, World, imagine, watch
from sloctl.simulate.traffic import SHAPES, expected_events, repeated

__all__ = [
    "SHAPES",
    "History",
    "Incident",
    "Kind",
    "Run",
    "Setting",
    "World",
    "alert_frame",
    "compliance_frame",
    "expected_events",
    "imagine",
    "incident_frame",
    "markdown",
    "plot",
    "quality_frame",
    "recorded",
    "records",
    "repeated",
    "tables",
    "watch",
]
