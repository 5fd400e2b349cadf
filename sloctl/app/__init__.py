"""Use cases: what the commands do, for the command line and for library users alike."""
