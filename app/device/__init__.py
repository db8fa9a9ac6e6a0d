"""Tools for whoever looks after devices: `pantau device ...`."""
