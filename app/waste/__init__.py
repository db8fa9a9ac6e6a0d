"""The waste programme joined: what cameras do to incidents, and its commands."""
