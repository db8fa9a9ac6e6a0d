"""Identifiers: strings with a checked shape, so that a topic, a URL and a file name can carry them."""

import re
from typing import NewType

SourceId = NewType("SourceId", str)
"""A camera, a sensor, or a gateway such as a vision worker: whoever publishes under its own topics."""

ZoneId = NewType("ZoneId", str)
"""A named part of a camera's picture; unique within its camera."""

RuleId = NewType("RuleId", str)
"""A rule of the site file."""

SiteId = NewType("SiteId", str)
"""A place in the city."""

SLUG_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,62}$"
"""Lower-case letters, digits, hyphen and underscore: safe in MQTT topics, URLs, file names and SQL views."""

LONGEST_SLUG = 63

_SLUG = re.compile(SLUG_PATTERN)


def is_slug(text: str) -> bool:
    """Tell whether text may serve as an identifier.

    Anchored by `fullmatch`, because `$` alone would let a trailing newline through.
    """
    return _SLUG.fullmatch(text) is not None
