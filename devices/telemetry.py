"""Telemetry: Pantau's own JSON, single or many, and SenML in JSON or CBOR (RFC 8428)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from devices import senml, senml_cbor
from devices.arrival import Arrival, Time, decode_json, instant, quality_of_time, require_unique_keys, shown
from devices.numbering import number_of
from devices.reasons import Reason
from devices.registry import KnownSource
from devices.senml import Entry
from devices.timing import is_unset, timed
from events.calibration import calibrated
from events.clock import SentTime
from events.errors import PayloadError
from events.intake import Decoded
from events.reading import Quality, Reading
from events.receipt import Number

MOST_READINGS = 5_000
"""Values in one message: it is accepted or refused whole, so it must fit into one transaction."""


class _Telemetry(msgspec.Struct, gc=False):
    """The common case: one moment, some values."""

    values: dict[str, float]
    ts: Time = None
    boot: str | None = None
    seq: int | None = None
    oldest: int | None = None


_Understood = tuple[tuple[Reading, ...], tuple[Number, ...], tuple[SentTime, ...]]

_new = tuple.__new__
_OUT_OF_RANGE = Quality.OUT_OF_RANGE

_ONE = msgspec.json.Decoder(_Telemetry)
_MANY = msgspec.json.Decoder(list[Entry])


def decode_telemetry(arrival: Arrival) -> Decoded:
    """Understand a telemetry payload.

    Raises:
        PayloadError: nothing of the message is accepted.
    """
    message = arrival.message
    numbers: tuple[Number, ...] = ()
    sent: tuple[SentTime, ...] = ()
    if message.payload.startswith(b"{"):  # what most devices send, at once
        readings, numbers, sent = _one(arrival)
    elif senml_cbor.is_cbor_array(message.payload):
        readings = _from_pack(arrival, senml_cbor.decode_pack(message.payload))
    else:
        readings, numbers, sent = _many(arrival) if message.payload.lstrip(b" \t\r\n")[:1] == b"[" else _one(arrival)
    # Decoded(source=.., readings=.., numbers=.., sent_times=.., live=..) at a quarter of its cost.
    return _new(
        Decoded, (arrival.source.id, (), readings, None, None, None, None, numbers, sent, (), not message.retained)
    )


def _one(arrival: Arrival) -> _Understood:
    payload = arrival.message.payload
    telemetry = decode_json(_ONE, payload)
    values = telemetry.values
    if not _surely_unique(payload, telemetry):
        require_unique_keys(payload)
    if not values:
        raise PayloadError(Reason.MALFORMED, 'no values; want {"values": {"metric": number}}')
    if len(values) > MOST_READINGS:
        _refuse_size(len(values))
    received_at = arrival.message.received_at
    number = number_of(telemetry.boot, telemetry.seq, telemetry.oldest)
    numbers = () if number is None else (number,)
    try:
        ts = instant(telemetry.ts, received_at)
    except PayloadError:
        if not is_unset(telemetry.ts):
            raise
        (ts,), sent = timed(arrival.source.id, [telemetry.ts], received_at)
        return readings_of(arrival.source, values.items(), ts, received_at, Quality.CLOCK_SKEW), numbers, sent
    timing = quality_of_time(ts, arrival, stored_and_forwarded=telemetry.seq is not None)
    return readings_of(arrival.source, values.items(), ts, received_at, timing), numbers, ()


def _from_pack(arrival: Arrival, entries: Sequence[Entry]) -> tuple[Reading, ...]:
    readings = _from_senml(arrival, entries)
    if not readings:
        raise PayloadError(Reason.MALFORMED, "no values in the array")
    return tuple(readings)


def _many(arrival: Arrival) -> _Understood:
    entries = decode_json(_MANY, arrival.message.payload)
    require_unique_keys(arrival.message.payload)
    native = sum(entry.values is not None for entry in entries)
    numbers: list[Number] = []
    sent: tuple[SentTime, ...] = ()
    if native == 0:
        senml.require_known_labels(arrival.message.payload)
        readings = _from_senml(arrival, entries)
    elif native == len(entries):
        readings, sent = _from_array(arrival, entries)
        named = (number_of(entry.boot, entry.seq, entry.oldest) for entry in entries)
        numbers = [number for number in named if number is not None]
    else:
        raise PayloadError(Reason.MALFORMED, "some entries have `values` and some do not: send one dialect at a time")
    if not readings:
        raise PayloadError(Reason.MALFORMED, "no values in the array")
    return tuple(readings), tuple(numbers), sent


def _from_array(arrival: Arrival, entries: Sequence[Entry]) -> tuple[list[Reading], tuple[SentTime, ...]]:
    received_at = arrival.message.received_at
    count = sum(len(entry.values or ()) for entry in entries)
    if count > MOST_READINGS:
        _refuse_size(count)
    readings: list[Reading] = []
    moments, sent = timed(arrival.source.id, [entry.ts for entry in entries], received_at)
    for entry, ts in zip(entries, moments, strict=True):
        unset = is_unset(entry.ts)
        timing = Quality.CLOCK_SKEW if unset else quality_of_time(ts, arrival, stored_and_forwarded=True)
        readings += readings_of(arrival.source, (entry.values or {}).items(), ts, received_at, timing)
    return readings, sent


def _from_senml(arrival: Arrival, entries: Sequence[Entry]) -> list[Reading]:
    if len(entries) > MOST_READINGS:
        _refuse_size(len(entries))
    received_at = arrival.message.received_at
    readings: list[Reading] = []
    for record in senml.resolve(entries, received_at):
        timing = quality_of_time(record.ts, arrival, stored_and_forwarded=True)
        values = [_in_own_unit(arrival.source, *said) for said in senml.measurements(record, arrival.source.quantities)]
        readings += readings_of(arrival.source, values, record.ts, received_at, timing)
    return readings


def _in_own_unit(source: KnownSource, metric: str, value: float, unit: str | None) -> tuple[str, float]:
    """Return a metric with its value, which must come in the unit of the site file."""
    quantity = source.quantities.get(metric)
    if quantity is not None and unit is not None and unit != quantity.unit:
        raise PayloadError(
            Reason.WRONG_UNIT,
            f"{shown(metric)} comes in {shown(unit)}, the site file says {quantity.unit!r}: correct one of them",
        )
    return metric, value


def readings_of(
    source: KnownSource,
    values: Iterable[tuple[str, float]],
    ts: datetime,
    received_at: datetime,
    timing: Quality,
) -> tuple[Reading, ...]:
    """Return checked readings of one moment; every dialect's values pass here.

    Args:
        source: Who measured.
        values: Full metric names with values in the metrics' units, finite.
        ts: When they were measured, aware UTC.
        received_at: When they were received, aware UTC.
        timing: What is to be said of `ts`.

    Raises:
        PayloadError: `unknown_metric`.
    """
    readings: list[Reading] = []
    source_id, quantities = source.id, source.quantities
    for metric, raw in values:
        quantity = quantities.get(metric)
        if quantity is None:
            known = ", ".join(sorted(quantities))[:200]
            raise PayloadError(Reason.UNKNOWN_METRIC, f"{source.id} has no metric {shown(metric)}; it has {known}")
        value, calibrations = raw, quantity.calibrations
        if calibrations:
            newest = calibrations[-1]  # nearly always it is the one, and asking for it costs half of the whole step
            value = newest.curve.of(raw) if ts >= newest.valid_from else calibrated(calibrations, raw, ts)
        quality = timing if quantity.minimum <= value <= quantity.maximum else _OUT_OF_RANGE
        # Half the cost of Reading(...), whose __new__ is a function in Python; five of them are made for a message.
        readings.append(_new(Reading, (source_id, metric, ts, received_at, raw, value, quality)))
    return tuple(readings)


def _surely_unique(payload: bytes, telemetry: _Telemetry) -> bool:
    """Tell cheaply that no key stands twice, by the quotes in the payload; False means only that it may.

    Without escapes, each key and each string has two quotes. A key that was overwritten by its double, or a field
    that is not known, leaves more quotes than what was decoded accounts for.
    """
    strings = 1 + len(telemetry.values)
    if telemetry.ts is not None:
        strings += 2 if isinstance(telemetry.ts, datetime) else 1
    if telemetry.boot is not None:
        strings += 2
    strings += (telemetry.seq is not None) + (telemetry.oldest is not None)
    return payload.count(b'"') == 2 * strings and b"\\" not in payload


def _refuse_size(count: int) -> None:
    raise PayloadError(Reason.TOO_LARGE, f"{count} values in one message; at most {MOST_READINGS}, send several")
