"""Keeping the database in order: rollups, old data, and the `pantau database` commands."""
