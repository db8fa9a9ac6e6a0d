"""Loads of waste as weighbridges and drivers tell of them, whichever way they come."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import isfinite

from events.errors import LimitError

WEIGHBRIDGE_LOAD = "weighbridge_load"
"""Kind of event by which a weighbridge tells of a load over MQTT."""

HEAVIEST_KG = 100_000.0
"""More than any lorry on a public road: a slip of the decimal point."""

LARGEST_M3 = 200.0
LONGEST_TEXT = 100

FIELDS = ("reference", "vehicle", "gross_kg", "tare_kg", "volume_m3", "handling", "kecamatan")
"""What may be said of a load besides when and where it was weighed."""

_KECAMATAN = re.compile(r"\d{2}\.\d{2}\.\d{2}")


class Handling(StrEnum):
    """What becomes of a load."""

    LANDFILL = "landfill"
    RECYCLING = "recycling"
    COMPOSTING = "composting"
    FUEL = "fuel"


class Channel(StrEnum):
    """The way a load was told."""

    HTTP = "http"
    MQTT = "mqtt"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One load.

    Attributes:
        reference: The weighbridge's own number for it; unique within its site.
        weighed_at: When, aware UTC.
        vehicle: Number plate or name of the vehicle.
        gross_kg: Mass of vehicle and load; None where it was not weighed.
        tare_kg: Mass of the empty vehicle; given with the gross mass only.
        volume_m3: Volume, which is never turned into mass.
        handling: What becomes of it.
        kecamatan: Kemendagri code of where it was collected.
    """

    reference: str
    weighed_at: datetime
    vehicle: str | None = None
    gross_kg: float | None = None
    tare_kg: float | None = None
    volume_m3: float | None = None
    handling: Handling = Handling.LANDFILL
    kecamatan: str | None = None


def parse_load(said: Mapping[str, object], weighed_at: datetime) -> Load:
    """Understand what was said of a load; numbers may be text with a decimal point.

    Args:
        said: By the names of `FIELDS`; None and empty text mean that nothing was said.
        weighed_at: When it was weighed, aware UTC.

    Raises:
        LimitError: something is missing, unknown, or cannot be.
    """
    unknown = sorted(set(said) - set(FIELDS))
    if unknown:
        raise LimitError(f"{unknown[0][:40]}: not known of a load; known are {', '.join(FIELDS)}")
    given = {key: value for key, value in said.items() if value is not None and value != ""}
    reference = _text(given, "reference")
    if reference is None:
        raise LimitError("reference: write the weighbridge's number of the load, so that it counts once")
    gross, tare = (_number(given, key, HEAVIEST_KG) for key in ("gross_kg", "tare_kg"))
    volume = _number(given, "volume_m3", LARGEST_M3)
    if (gross is None) is not (tare is None):
        raise LimitError("gross_kg, tare_kg: write both, or neither where it was not weighed")
    if gross is not None and tare is not None and gross < tare:
        raise LimitError(f"gross_kg, tare_kg: the full vehicle weighs {gross:g} kg, the empty one {tare:g} kg")
    if gross is None and volume is None:
        raise LimitError("gross_kg and tare_kg, or volume_m3: write how much it was")
    kecamatan = _text(given, "kecamatan")
    if kecamatan is not None and _KECAMATAN.fullmatch(kecamatan) is None:
        raise LimitError("kecamatan: want a dotted code such as 33.17.10")
    handling = _text(given, "handling") or Handling.LANDFILL.value
    if handling not in set(Handling):
        raise LimitError(f"handling: want one of {', '.join(Handling)}")
    return Load(
        reference=reference,
        weighed_at=weighed_at,
        vehicle=_text(given, "vehicle"),
        gross_kg=gross,
        tare_kg=tare,
        volume_m3=volume,
        handling=Handling(handling),
        kecamatan=kecamatan,
    )


def _text(given: Mapping[str, object], key: str) -> str | None:
    value = given.get(key)
    if value is None:
        return None
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not text or len(text) > LONGEST_TEXT or not text.isprintable():
        raise LimitError(f"{key}: want 1 to {LONGEST_TEXT} printable characters")
    return text


def _number(given: Mapping[str, object], key: str, largest: float) -> float | None:
    value = given.get(key)
    if value is None:
        return None
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else -1.0
    except (ValueError, OverflowError):
        number = -1.0
    if not isfinite(number) or not 0 <= number <= largest:
        raise LimitError(f"{key}: want a number from 0 to {largest:g}")
    return number
