"""The daily digest of what was not delivered, and the `pantau governance` commands."""
