"""The fixtures that operator authors have; `pytest_plugins` is tried in a process of its own."""

from sloctl.testing import obs, telemetry

__all__ = ["obs", "telemetry"]
