"""The status page: the numbers of `sloctl status` and of the dashboards, in a browser, without Grafana."""

from sloctl.board.reading import Board
from sloctl.board.server import serving
from sloctl.board.static import write_static

__all__ = ["Board", "serving", "write_static"]
