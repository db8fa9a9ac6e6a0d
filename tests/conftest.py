"""Fixtures of every test: real servers, started on demand, each in its own module."""

from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

pytest_plugins = [
    "tests.fix_broker",
    "tests.fix_community",
    "tests.fix_database",
    "tests.fix_logins",
    "tests.fix_receivers",
    "tests.fix_registry",
    "tests.fix_writer",
]

# No test measures time: on a loaded machine an example may take any while.
settings.register_profile("pantau", deadline=None)
settings.load_profile("pantau")


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A command that a test runs in this process sets up its logs; the next test must not inherit them."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
