"""SenML JSON (RFC 8428): base fields resolved into plain records. Sums are ignored."""

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from devices.arrival import EARLIEST, LATEST, Time, shown
from devices.reasons import Reason
from events.errors import PayloadError

ABSOLUTE_FROM_S = 2**28
"""Times below are relative to now, in seconds (RFC 8428, section 4.5.3)."""

NEWEST_VERSION = 10
"""Of the format; a larger `bver` must be refused (RFC 8428, section 4.4)."""

_SAME_UNITS = {"%RH": "%", "%EL": "%", "/": "1", "degC": "Cel"}
"""SenML's names of units (RFC 8428, section 12.1) where UCUM, which the site file uses, has others."""


class Entry(msgspec.Struct, gc=False):
    """One element of an array on a telemetry topic: a SenML record, or one of Pantau's own.

    Attributes:
        values: Pantau's own; the SenML fields are then absent.
        ts: Pantau's own.
        boot: Pantau's own, likewise `seq` and `oldest`: each entry of an array may be a message of its own.
        vs: Text value: not a measurement. Likewise `vb` (truth value) and `vd` (data).
        s: Sum.
    """

    values: dict[str, float] | None = None
    ts: Time = None
    boot: str | None = None
    seq: int | None = None
    oldest: int | None = None
    bn: str = ""
    bt: float = 0.0
    bu: str | None = None
    bv: float = 0.0
    bver: int = NEWEST_VERSION
    n: str = ""
    u: str | None = None
    t: float = 0.0
    v: float | None = None
    vs: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    vb: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    vd: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    s: float | None = None


class Resolved(NamedTuple):
    """A record by itself.

    Attributes:
        name: The metric: the record's own name, or the end of the base name where it has none.
        unit: Its unit, None where none is given.
        ts: When, aware UTC.
        value: The value, base value added.
    """

    name: str
    unit: str | None
    ts: datetime
    value: float


def resolve(entries: Iterable[Entry], now: datetime) -> Iterator[Resolved]:
    """Apply base fields, which hold from their record on, and yield each measurement.

    The topic says who measured, so the base name, which in SenML usually carries the device, is not part of the
    metric; only a record without a name of its own is called by what follows the base name's last `:` or `/`.

    Args:
        entries: The pack.
        now: What relative times count from.

    Raises:
        PayloadError: a record has no number, a time makes no sense, or the version is too new.
    """
    base_name, base_time_s, base_value = "", 0.0, 0.0
    base_unit: str | None = None
    for entry in entries:
        if entry.bver > NEWEST_VERSION:
            raise PayloadError(Reason.MALFORMED, f"SenML version {entry.bver}; at most {NEWEST_VERSION} is understood")
        base_name = entry.bn or base_name
        base_time_s = entry.bt or base_time_s
        base_unit = entry.bu or base_unit
        base_value = entry.bv or base_value
        if entry.v is None:
            _require_no_measurement(entry)
            continue
        name = entry.n or base_name.replace("/", ":").rpartition(":")[2]
        value = base_value + entry.v
        if not math.isfinite(value):
            raise PayloadError(Reason.IMPOSSIBLE_VALUE, f"{shown(name)} with its base value is no finite number")
        yield Resolved(name, entry.u or base_unit, _time(base_time_s + entry.t, now), value)


def same_unit(senml: str, ucum: str) -> bool:
    """Tell whether a unit as SenML writes it is the site file's."""
    return senml == ucum or _SAME_UNITS.get(senml) == ucum


def as_ucum(senml: str) -> str:
    """Return the UCUM name of a unit as SenML writes it; the same where SenML has no name of its own."""
    return _SAME_UNITS.get(senml, senml)


def _require_no_measurement(entry: Entry) -> None:
    for kind, name in ((entry.vs, "text"), (entry.vb, "a truth value"), (entry.vd, "data")):
        if kind is not msgspec.UNSET:
            raise PayloadError(
                Reason.IMPOSSIBLE_VALUE, f"{shown(entry.n)} is {name}; only numbers (v) are measurements"
            )
    if entry.n and entry.s is None:
        raise PayloadError(Reason.MALFORMED, f"the record {shown(entry.n)} has no value (v)")


def _time(seconds: float, now: datetime) -> datetime:
    if seconds >= ABSOLUTE_FROM_S:
        start, offset_s = datetime(1970, 1, 1, tzinfo=UTC), seconds
    else:
        start, offset_s = now, seconds
    try:
        moment = start + timedelta(seconds=offset_s)
    except (OverflowError, ValueError) as error:
        raise PayloadError(Reason.BAD_TIME, f"{seconds} s is no time") from error
    if not EARLIEST <= moment < LATEST:
        raise PayloadError(Reason.BAD_TIME, f"{seconds} s lies outside 2000 to 2099; SenML times are in seconds")
    return moment
