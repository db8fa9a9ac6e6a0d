"""The word of foreign devices about being online."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from devices.arrival import Arrival, decode_json, require_unique_keys
from devices.reasons import Reason
from devices.registry import KnownSource
from events.errors import PayloadError
from events.intake import Decoded
from events.liveness import StatusReport


class _State(msgspec.Struct):
    state: Literal["online", "offline"]


_STATE = msgspec.json.Decoder(_State)
WANTED = 'want online, offline, or {"state": "online"}'
_WORDS = {b"online": True, b"offline": False}


class ForeignStatus:
    """Understands the status topic of a device: `Online`, `offline`, or `{"state": "online"}`.

    Like Pantau's own, it is never a sign of life: the broker may send it in the place of a device that is gone.

    Args:
        sources: Every sensor that the device is.
    """

    def __init__(self, sources: Sequence[KnownSource]) -> None:
        self._sources = sources

    def decode(self, arrival: Arrival) -> Decoded:
        """Understand a payload.

        Raises:
            PayloadError: it is neither of the words.
        """
        message = arrival.message
        first, *others = (source.id for source in self._sources)
        report = StatusReport(source=first, online=_is_online(message.payload), boot=None, at=message.received_at)
        return Decoded(source=first, also=tuple(others), status=report, live=False)


def _is_online(payload: bytes) -> bool:
    word = payload.strip()
    known = _WORDS.get(word.lower())
    if known is not None:
        return known
    if not word.startswith(b"{"):
        raise PayloadError(Reason.MALFORMED, WANTED)
    try:
        state = decode_json(_STATE, payload)
    except PayloadError as error:
        raise PayloadError(error.reason, f"{error}; {WANTED}") from error
    require_unique_keys(payload)
    return state.state == "online"
