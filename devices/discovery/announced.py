"""What a device announces that it measures, and what of it cannot be read."""

import re
from dataclasses import dataclass, field
from unicodedata import normalize

from configs.dialects import DialectName

_NO_SLUG = re.compile(r"[^a-z0-9]+")
_MOST_SLUG = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One value that a device publishes.

    Attributes:
        metric: Proposal for the metric's name.
        name: What the device calls it.
        dialect: How its topic is to be read.
        topic: Where its values come.
        path: Way to the value in the message.
        unit: UCUM unit in which values come.
        status_topic: Where the device says online or offline, None where it does not, or not in these words.
        inverted: Whether 0 means yes and 1 no.
    """

    metric: str
    name: str
    dialect: DialectName
    topic: str
    path: str
    unit: str
    status_topic: str | None = None
    inverted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """One value, or one trait, that is left out.

    Attributes:
        name: What the device calls it.
        why: Why it is left out, one clause.
    """

    name: str
    why: str


@dataclass(slots=True, kw_only=True)
class Announced:
    """One device.

    Attributes:
        key: What distinguishes it from others.
        name: What it calls itself.
        model: Maker and model, empty where it does not say.
        offers: What it measures.
        omissions: What is left out.
    """

    key: str
    name: str
    model: str = ""
    offers: list[Offer] = field(default_factory=list)
    omissions: list[Omission] = field(default_factory=list)


def slug(text: str, otherwise: str) -> str:
    """Return text as an identifier of the site file, `otherwise` where nothing of it can stand in one."""
    plain = normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _NO_SLUG.sub("-", plain).strip("-")[:_MOST_SLUG].strip("-") or otherwise
