"""What is remembered of one Sparkplug edge node: births give metrics their names, a sequence shows what is missing.

Source: Eclipse Sparkplug 3.0.0, chapters 5 and 6 (https://sparkplug.eclipse.org/specification/).
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from configs.unit_names import ucum_of_displayed
from devices.arrival import shown
from devices.dialects.dialect import Record
from devices.dialects.sparkplug_payload import Metric, Payload, decode_payload
from devices.dialects.values import MILLISECONDS_FROM
from devices.reasons import Reason
from events.birth import Birth
from events.errors import PayloadError

SEQUENCE = 256
_LATE = SEQUENCE // 2
_BD_SEQ = "bdSeq"

MOST_UNNAMED = 5_000
"""Metrics remembered of a node's devices that the registry does not name: one of them may be registered while its birth
still holds. Beyond, the oldest births are forgotten: a node may invent devices without end."""


class _Known(NamedTuple):
    """What a birth says of a metric."""

    name: str
    datatype: int
    unit: str | None


class _Birth:
    """The metrics that a node or a device was born with.

    Attributes:
        raw: The payload as it came.
        size: How many metrics, itself counted as one more.
    """

    def __init__(self, metrics: tuple[Metric, ...], raw: bytes) -> None:
        self.raw = raw
        known = [(m.alias, _Known(m.name, m.datatype, m.unit)) for m in metrics if m.name is not None]
        self.by_name = {metric.name: metric for _, metric in known}
        self.by_alias = {alias: metric for alias, metric in known if alias is not None}
        self.size = 1 + len(metrics)


class _Strangers:
    """Births of devices that the registry does not name, the newest ones only.

    Attributes:
        held: How many metrics they have, each device counted as one more.
    """

    def __init__(self) -> None:
        self.held = 0
        self._births: dict[str, _Birth] = {}

    def put(self, device: str, birth: _Birth) -> None:
        """Remember a birth, and forget the oldest beyond the bound."""
        self.pop(device)
        self._births[device] = birth
        self.held += birth.size
        while self.held > MOST_UNNAMED:
            self.pop(next(iter(self._births)))

    def get(self, device: str | None) -> _Birth | None:
        """Return a birth, None where it is not known."""
        return None if device is None else self._births.get(device)

    def pop(self, device: str) -> _Birth | None:
        """Forget a birth and return it, None where it is not known."""
        birth = self._births.pop(device, None)
        self.held -= 0 if birth is None else birth.size
        return birth

    def clear(self) -> None:
        """Forget all."""
        self._births.clear()
        self.held = 0


class EdgeNode:
    """One edge node with its devices. Used by one thread.

    After a gap the aliases of the last birth are still used: a new birth would have been preceded by the node's death,
    which, other than its data, travels at QoS 1. So are those kept from before a restart: the broker holds the death
    for Pantau as long as its session lasts.

    Args:
        named: Devices that the registry names.
        kept: Births from before a restart.

    Attributes:
        changed: Whether births that are to be kept came or went since they were last `told`.
        in_step: Whether it was heard without a gap since its birth; where not, it should be asked for a new birth.
    """

    def __init__(self, named: Iterable[str] = (), kept: Iterable[Birth] = ()) -> None:
        self.in_step = False
        self.changed = False
        self._named = frozenset(named)
        self._bd_seq: int | None = None
        self._seq: int | None = None
        self._births: dict[str | None, _Birth] = {}
        self._strangers = _Strangers()
        for device, raw in kept:
            with suppress(PayloadError):  # an earlier release understood it: to this one it was not heard
                payload = decode_payload(raw)
                self._births[device] = _Birth(payload.metrics, raw)
                if device is None:
                    self._bd_seq = _bd_seq(payload)

    def name(self, named: Iterable[str]) -> None:
        """Go by what the registry names now."""
        before, self._named = self._named, frozenset(named)
        for device in before - self._named:
            birth = self._births.pop(device, None)
            if birth is not None:
                self._strangers.put(device, birth)
                self.changed = True
        for device in self._named - before:
            birth = self._strangers.pop(device)
            if birth is not None:
                self._births[device] = birth
                self.changed = True

    def told(self) -> tuple[Birth, ...]:
        """Return the births to be kept for a restart: of the node and of the devices that the registry names."""
        self.changed = False
        return tuple(Birth(device, birth.raw) for device, birth in self._births.items())

    @property
    def held(self) -> int:
        """How many metrics are remembered of devices that the registry does not name."""
        return self._strangers.held

    @property
    def born(self) -> bool:
        """Whether the birth of the node itself was heard and no death since."""
        return None in self._births

    def follow(self, seq: int | None) -> bool:
        """Go on to a message's number; tell whether none is missing before it. A repeated message is no gap."""
        # Encoders of protocol buffers without presence leave out a 0.
        seq = (seq or 0) % SEQUENCE
        before, self._seq = self._seq, seq
        follows = before is not None and seq in {before, (before + 1) % SEQUENCE}
        self.in_step = self.in_step and follows
        # Of what came while Pantau was away nothing is known, so that nothing of it is called missing.
        return follows or before is None or not self.born

    def bear_node(self, payload: Payload, raw: bytes) -> None:
        """Begin anew: whatever was known of the node and its devices is void."""
        self._births = {None: _Birth(payload.metrics, raw)}
        self._strangers.clear()
        self.changed = True
        self._bd_seq = _bd_seq(payload)
        self._seq = (payload.seq or 0) % SEQUENCE
        self.in_step = True

    def bear_device(self, device: str, payload: Payload, raw: bytes) -> None:
        """Remember what a device consists of."""
        birth = _Birth(payload.metrics, raw)
        if device in self._named:
            self._births[device] = birth
            self.changed = True
        else:
            self._strangers.put(device, birth)

    def bury_device(self, device: str) -> None:
        """Forget a device."""
        if self._births.pop(device, None) is not None:
            self.changed = True
        self._strangers.pop(device)

    def bury_node(self, payload: Payload) -> bool:
        """Forget the node with its devices; False where the death is that of an earlier life.

        A node that reconnects is born before its broker has noticed that the earlier connection is gone. The numbers
        of lives tell: only that of an older life is passed over, since libraries send that of the next one too.
        """
        number = _bd_seq(payload)
        if number is not None and self._bd_seq is not None and 0 < (self._bd_seq - number) % SEQUENCE < _LATE:
            return False
        self._births.clear()
        self._strangers.clear()
        self._bd_seq = self._seq = None
        self.in_step = False
        self.changed = True
        return True

    def records(self, device: str | None, payload: Payload) -> Iterator[Record]:
        """Yield each metric by its name, with its own time, or else the payload's.

        Raises:
            PayloadError: `unknown_alias`; the birth that explains it was not heard.
        """
        for metric in payload.metrics:
            known = self._known(device, metric)
            if known is None:
                if metric.name is None:
                    self.in_step = False
                    raise PayloadError(
                        Reason.UNKNOWN_ALIAS,
                        f"the alias {metric.alias} is of a birth that was not heard: publish NBIRTH and DBIRTH again"
                        " (Pantau asks for them where `rebirth` lets it), or send names",
                    )
                known = _Known(metric.name, metric.datatype, metric.unit)
            at_ms = payload.at_ms if metric.at_ms is None else metric.at_ms
            unit = partial(_unit, known.name, metric.unit or known.unit)
            yield Record({known.name: metric.typed(known.datatype)}, _time(at_ms), unit)

    def _known(self, device: str | None, metric: Metric) -> _Known | None:
        birth = self._births.get(device) or self._strangers.get(device)
        if birth is None:
            return None
        return birth.by_name.get(metric.name) if metric.name is not None else birth.by_alias.get(metric.alias or 0)


def _time(at_ms: int | None) -> float | None:
    """Return a time as `devices.dialects.values.moment` takes it: there, small numbers are seconds."""
    return at_ms / 1000 if at_ms is not None and at_ms < MILLISECONDS_FROM else at_ms


def _unit(name: str, written: str | None, _path: str) -> str | None:
    if not written:
        return None
    unit = ucum_of_displayed(written)
    if unit is None:
        raise PayloadError(
            Reason.WRONG_UNIT,
            f"{shown(name)} comes in {shown(written)}, which is not known here: name its UCUM unit under `units`",
        )
    return unit


def _bd_seq(payload: Payload) -> int | None:
    for metric in payload.metrics:
        if metric.name == _BD_SEQ and isinstance(metric.value, int):
            return metric.value % SEQUENCE
    return None
