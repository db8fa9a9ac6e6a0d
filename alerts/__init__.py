"""Judges what happened: rules and the life of an alarm."""
