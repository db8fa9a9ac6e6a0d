"""A client of the alarm stream, written against the HTTP standard's text and not against our code."""

import json
import threading
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

Alarm = dict[str, Any]


@dataclass
class Listener:
    """Collects the stream's alarms in a thread."""

    url: str
    last_event_id: int | None = None
    alarms: list[Alarm] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _closing: bool = False

    def __enter__(self) -> Self:
        headers = {} if self.last_event_id is None else {"Last-Event-ID": str(self.last_event_id)}
        self._response = urllib.request.urlopen(urllib.request.Request(self.url, headers=headers), timeout=30)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        # Closing the socket under the reading thread ends its read at once.
        self._response.fp.raw._sock.shutdown(2)
        self._thread.join(10)
        self._response.close()

    def _read(self) -> None:
        event: dict[str, str] = {}
        try:
            for raw in self._response:
                line = raw.decode().rstrip("\r\n")
                if line:
                    name, _, value = line.partition(":")
                    event[name] = value.removeprefix(" ")
                    continue
                if event.get("event") == "alarm":
                    with self._changed:
                        self.alarms.append(json.loads(event["data"]))
                        self.ids.append(int(event["id"]))
                        self._changed.notify_all()
                event = {}
        except (OSError, ValueError):
            if not self._closing:
                raise

    def wait_for(self, wanted: Callable[[Alarm], bool], timeout_s: float = 30.0) -> Alarm:
        """Return the first alarm, old or new, that is wanted."""

        def found() -> Alarm | None:
            return next((alarm for alarm in self.alarms if wanted(alarm)), None)

        with self._changed:
            if not self._changed.wait_for(lambda: found() is not None, timeout_s):
                seen = [(a["kind"], a["source_id"], a["state"]) for a in self.alarms]
                raise AssertionError(f"no such alarm within {timeout_s} s; seen: {seen}")
            alarm = found()
            assert alarm is not None
            return alarm
