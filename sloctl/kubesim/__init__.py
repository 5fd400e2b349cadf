"""A simulated Kubernetes API server, for the demo and for tests; docs/kubesim.md says what it offers."""

from sloctl.kubesim.server import KubeSim

__all__ = ["KubeSim"]
