"""Supervision, channels, clock, metrics and logs: what every process runs on."""
