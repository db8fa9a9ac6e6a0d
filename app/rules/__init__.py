"""The `pantau rules` commands."""
