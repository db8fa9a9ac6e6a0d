"""Answers questions about SensorThings' entities from the tables."""
