"""Tools for what could not be accepted: `pantau quarantine ...`."""
