"""Instruments what operators are made with. Each module imports what it hooks and is loaded only when asked for."""
