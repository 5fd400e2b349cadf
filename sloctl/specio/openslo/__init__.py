"""
OpenSLO v1, read and written.

Specification: https://github.com/OpenSLO/OpenSLO, apiVersion ``openslo/v1``. docs/specs.md says how it is read where it
can be read in two ways.
"""
