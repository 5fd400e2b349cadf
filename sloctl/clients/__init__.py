"""HTTP clients of the servers that sloctl talks to."""
