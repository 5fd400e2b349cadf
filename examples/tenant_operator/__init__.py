"""The reference operator: Tenants, and for each of their databases a real SQLite file; see docs/reference-operator.md."""
