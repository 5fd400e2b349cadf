"""Values that every part shares: SLOs, windows, findings, errors and names. Nothing here reads or writes."""
