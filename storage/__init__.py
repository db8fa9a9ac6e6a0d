"""Keeps what happened, in PostgreSQL with or without TimescaleDB."""
