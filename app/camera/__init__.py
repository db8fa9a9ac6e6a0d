"""Tools for the person who installs and looks after cameras: `pantau camera ...`."""
