"""Reads server-sent events off an open response, as a browser would (HTML Standard 9.2.6)."""

from dataclasses import dataclass

import msgspec
from aiohttp import ClientResponse

from web.wire import AlarmItem


@dataclass(frozen=True, slots=True)
class Event:
    kind: str
    id: str
    data: str

    @property
    def alarm(self) -> AlarmItem:
        return msgspec.json.decode(self.data, type=AlarmItem)


async def next_event(response: ClientResponse) -> Event | None:
    """Return the next event, None at the end of the stream; comments are passed over."""
    fields: dict[str, str] = {}
    while line := await response.content.readline():
        text = line.decode().rstrip("\r\n")
        if not text:
            if "data" in fields:
                return Event(fields.get("event", "message"), fields.get("id", ""), fields["data"])
            fields = {}
        elif not text.startswith(":"):
            name, _, value = text.partition(": ")
            fields[name] = value
    return None


async def next_alarm(response: ClientResponse) -> AlarmItem:
    """Return the next alarm, passing over other kinds of event."""
    while (event := await next_event(response)) is not None:
        if event.kind == "alarm":
            assert event.id == str(event.alarm.seq)
            return event.alarm
    raise AssertionError("the stream ended")
