"""A client of Grafana: dashboards and folders by either of its APIs, and queries."""

from sloctl.clients.grafana.held import ConflictError, Dashboards, Held, Json, classic
from sloctl.clients.grafana.server import DataSource, Grafana, Result

__all__ = ["ConflictError", "Dashboards", "DataSource", "Grafana", "Held", "Json", "Result", "classic"]
