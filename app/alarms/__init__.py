"""The `pantau alarms` commands."""
