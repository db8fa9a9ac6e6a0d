"""What is remembered of one Sparkplug edge node: births give metrics their names, a sequence shows what is missing.

Source: Eclipse Sparkplug 3.0.0, chapters 5 and 6 (https://sparkplug.eclipse.org/specification/).
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from configs.unit_names import ucum_of_displayed
from devices.arrival import shown
from devices.dialects.dialect import Record
from devices.dialects.sparkplug_payload import Metric, Payload
from devices.dialects.values import MILLISECONDS_FROM
from devices.reasons import Reason
from events.errors import PayloadError

SEQUENCE = 256
_LATE = SEQUENCE // 2
_BD_SEQ = "bdSeq"


class _Known(NamedTuple):
    """What a birth says of a metric."""

    name: str
    datatype: int
    unit: str | None


class _Birth:
    """The metrics that a node or a device was born with."""

    def __init__(self, metrics: tuple[Metric, ...]) -> None:
        known = [(m.alias, _Known(m.name, m.datatype, m.unit)) for m in metrics if m.name is not None]
        self.by_name = {metric.name: metric for _, metric in known}
        self.by_alias = {alias: metric for alias, metric in known if alias is not None}


class EdgeNode:
    """One edge node with its devices. Used by one thread.

    After a gap the aliases of the last birth are still used: a new birth would have been preceded by the node's death,
    which, other than its data, travels at QoS 1.

    Attributes:
        in_step: Whether it was heard without a gap since its birth; where not, it should be asked for a new birth.
    """

    def __init__(self) -> None:
        self.in_step = False
        self._bd_seq: int | None = None
        self._seq: int | None = None
        self._births: dict[str | None, _Birth] = {}

    @property
    def born(self) -> bool:
        """Whether the birth of the node itself was heard and no death since."""
        return None in self._births

    def follow(self, seq: int | None) -> bool:
        """Go on to a message's number; tell whether none is missing before it. A repeated message is no gap."""
        # Encoders of protocol buffers without presence leave out a 0.
        seq = (seq or 0) % SEQUENCE
        follows = self._seq is not None and seq in {self._seq, (self._seq + 1) % SEQUENCE}
        self._seq = seq
        self.in_step = self.in_step and follows
        return follows or not self.born

    def bear_node(self, payload: Payload) -> None:
        """Begin anew: whatever was known of the node and its devices is void."""
        self._births = {None: _Birth(payload.metrics)}
        self._bd_seq = _bd_seq(payload)
        self._seq = (payload.seq or 0) % SEQUENCE
        self.in_step = True

    def bear_device(self, device: str, payload: Payload) -> None:
        """Remember what a device consists of."""
        self._births[device] = _Birth(payload.metrics)

    def bury_device(self, device: str) -> None:
        """Forget a device."""
        self._births.pop(device, None)

    def bury_node(self, payload: Payload) -> bool:
        """Forget the node with its devices; False where the death is that of an earlier life.

        A node that reconnects is born before its broker has noticed that the earlier connection is gone. The numbers
        of lives tell: only that of an older life is passed over, since libraries send that of the next one too.
        """
        number = _bd_seq(payload)
        if number is not None and self._bd_seq is not None and 0 < (self._bd_seq - number) % SEQUENCE < _LATE:
            return False
        self._births.clear()
        self._bd_seq = self._seq = None
        self.in_step = False
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
        birth = self._births.get(device)
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
