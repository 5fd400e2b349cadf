"""The reference operator: Tenants, and a real SQLite file for each of their databases."""
