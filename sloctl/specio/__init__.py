"""Reads specs with line numbers, writes rules and dashboards."""
