"""The demo: an operator, its SLOs and a Prometheus; a fault, and the alert that it sets off."""

from sloctl.app.demo.report import Alert, Demo, Ports, Report, Scene
from sloctl.app.demo.story import run_demo

__all__ = ["Alert", "Demo", "Ports", "Report", "Scene", "run_demo"]
