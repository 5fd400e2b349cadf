"""
A fake Grafana, with both of its APIs of dashboards and folders, search, data sources and queries.

Source: Grafana's "HTTP API" documentation, its old part and the one of Grafana 12 and later; what it does to dashboards
on their way in (`id`, `version`, the migration of schemas, permissions) is as its own server does it.
"""

from tests.support.grafana.server import fake_grafana
from tests.support.grafana.state import NEW, OLD, FakeGrafana, Fault, Stored

__all__ = ["NEW", "OLD", "FakeGrafana", "Fault", "Stored", "fake_grafana"]
