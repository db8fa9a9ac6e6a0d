"""Fixtures of every test: real servers, started on demand, each in its own module."""

pytest_plugins = ["tests.fix_broker", "tests.fix_community", "tests.fix_database"]
