"""Shows what happened: API, stream and pages."""
