"""Tries a maker's device against everything that happens to a device in the field."""
