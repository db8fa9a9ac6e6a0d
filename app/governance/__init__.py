"""The `pantau governance` commands."""
