"""Takes a Kubernetes operator from decorator to error budget."""
