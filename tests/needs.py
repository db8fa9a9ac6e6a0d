"""What a test needs from outside, said by name: a skip on a newcomer's machine, a failure in CI."""

import os
from typing import NoReturn

import pytest


def lacking(what: str, how: str) -> NoReturn:
    """Skip by name with the reason, or fail where skips are not allowed.

    Args:
        what: The missing part, such as `mosquitto`.
        how: How to get it.
    """
    reason = f"needs {what}: {how}"
    if os.environ.get("PANTAU_NO_SKIPS") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
