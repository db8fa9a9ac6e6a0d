"""Decoders of foreign topics: fields of a message become readings of the sensors that own them."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from prometheus_client import Counter

from configs.dialects import Speech
from configs.units import can_convert, convert
from devices.arrival import Arrival, instant, quality_of_time, shown
from devices.dialects.dialect import MISSING, Record, Tree, look_up, moments
from devices.dialects.table import DIALECTS
from devices.dialects.values import moment, number
from devices.reasons import Reason
from devices.registry import Spoken
from devices.telemetry import readings_of
from devices.timing import is_unset, timed
from events.clock import SentTime
from events.errors import PayloadError
from events.intake import Decoded
from events.quantities import Quantity
from events.reading import Quality, Reading

log = structlog.get_logger(__name__)

WITHOUT_VALUES = Counter(
    "pantau_foreign_messages_without_values_total",
    "Messages on foreign topics with none of the fields that the site file names",
    ["dialect"],
)

_MOST_KEYS_SHOWN = 8


class ForeignTopic:
    """Understands one topic, for every sensor that has fields on it.

    A field that is absent or null is no reading: devices leave out what they cannot measure just now. A message with
    none of the fields is accepted, but is no sign of life: a device whose probe has died goes on talking.

    Args:
        spoken: What the site file says of the topic, for each sensor; all of one dialect.
        zone: Zone of times without one.
    """

    def __init__(self, spoken: Sequence[Spoken], zone: ZoneInfo) -> None:
        self._spoken = spoken
        self._zone = zone
        self._name = spoken[0].speech.dialect
        self._dialect = DIALECTS[self._name]
        self._hinted = False

    def decode(self, arrival: Arrival) -> Decoded:
        """Understand a payload.

        Raises:
            PayloadError: nothing of the message is accepted.
        """
        read = self._dialect.read
        return self.gather(arrival, read(arrival.message) if read is not None else ())

    def gather(self, arrival: Arrival, records: Iterable[Record]) -> Decoded:
        """Make readings of what a message was understood to say.

        Raises:
            PayloadError: nothing of the message is accepted.
        """
        readings: list[Reading] = []
        sent: list[SentTime] = []
        trees: list[Tree] = []
        for record in records:
            trees.append(record.tree)
            for said in self._spoken:
                for part in moments(record, said.speech.records):
                    readings += self._readings(arrival, part, said, sent)
        sources = [*dict.fromkeys(reading.source for reading in readings)]
        if not sources:
            self._note_emptiness(trees)
            return Decoded(source=arrival.source.id, live=False)
        live = not arrival.message.retained
        return Decoded(
            source=sources[0], also=tuple(sources[1:]), readings=tuple(readings), sent_times=tuple(sent), live=live
        )

    def _readings(self, arrival: Arrival, record: Record, said: Spoken, sent: list[SentTime]) -> tuple[Reading, ...]:
        """Return one sensor's readings of a record; `sent` gets what stood in the place of their time."""
        speech, source = said.speech, said.source
        values = [
            (metric, value)
            for path, metric in speech.fields.items()
            if (value := self._value(record, speech, path, source.quantities[metric])) is not None
        ]
        if not values:
            return ()
        received_at = arrival.message.received_at
        time = self._time(record, speech)
        if is_unset(time):
            (ts,), was = timed(source.id, [time], received_at)
            sent += was
            return readings_of(source, values, ts, received_at, Quality.CLOCK_SKEW)
        ts = instant(time, received_at)
        timing = quality_of_time(ts, arrival, stored_and_forwarded=self._dialect.stored_and_forwarded)
        return readings_of(source, values, ts, received_at, timing)

    def _value(self, record: Record, speech: Speech, path: str, quantity: Quantity) -> float | None:
        found = look_up(record.tree, path)
        value = None if found is MISSING else number(found, self._dialect.words, path)
        if value is None:
            return None
        value = value * speech.scale.get(path, 1.0) + speech.offset.get(path, 0.0)
        if not math.isfinite(value):
            raise PayloadError(
                Reason.IMPOSSIBLE_VALUE,
                f"the field {shown(path)} is too large once it is scaled: correct scale or offset in the site file",
            )
        unit = speech.units.get(path) or record.unit(path)
        if unit is None:
            return value
        if not can_convert(unit, quantity.unit):
            raise PayloadError(
                Reason.WRONG_UNIT,
                f"{shown(path)} comes in {shown(unit)}, the site file says {quantity.unit!r}: correct one of them",
            )
        converted = convert(value, unit, quantity.unit)
        if not math.isfinite(converted):
            raise PayloadError(
                Reason.IMPOSSIBLE_VALUE,
                f"the field {shown(path)} is too large in {quantity.unit!r}: send a smaller one",
            )
        return converted

    def _time(self, record: Record, speech: Speech) -> datetime | float | None:
        if speech.time == "receive":
            return None
        if speech.time_field is None:
            return moment(record.time, self._zone)
        found = look_up(record.tree, speech.time_field)
        return None if found is MISSING else moment(found, self._zone)

    def _note_emptiness(self, trees: Iterable[Tree]) -> None:
        WITHOUT_VALUES.labels(self._name).inc()
        if self._hinted:
            return
        self._hinted = True
        keys = [key for tree in trees if isinstance(tree, dict) for key in tree][:_MOST_KEYS_SHOWN]
        log.info(
            "a foreign message holds none of the fields that the site file names; said once for each topic",
            topic=self._spoken[0].speech.topic,
            named=[path for said in self._spoken for path in said.speech.fields][:_MOST_KEYS_SHOWN],
            there_are=[shown(str(key)) for key in keys],
        )
