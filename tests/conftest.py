"""Fixtures of every test: real servers, started on demand, each in its own module."""

from hypothesis import settings

pytest_plugins = ["tests.fix_broker", "tests.fix_community", "tests.fix_database"]

# No test measures time: on a loaded machine an example may take any while.
settings.register_profile("pantau", deadline=None)
settings.load_profile("pantau")
