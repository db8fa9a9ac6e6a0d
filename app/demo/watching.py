"""Watches the demo from outside, as a browser would, and reports what it saw."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.client import HTTPException
from typing import TypedDict
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape

from app.database import connect_url
from configs.site import SiteFile
from events.errors import PlatformError
from storage.figures import count_figures

READY_S = 60.0
GLYPHS = {"darurat": "[red]⬣[/]", "tinggi": "[dark_orange]▲[/]", "sedang": "[yellow]◆[/]", "rendah": "[blue]●[/]"}


class Report(TypedDict):
    """What the demo did; times in seconds after its start."""

    calm: bool
    duration_s: float
    ready_s: float
    cameras_up: int
    cameras_total: int
    sensors_up: int
    sensors_total: int
    readings: int
    observations: int
    alarms_by_kind: dict[str, int]
    first_alarm_s: float | None
    first_camera_alarm_s: float | None
    first_sensor_alarm_s: float | None
    restarts: dict[str, int]
    problems: list[str]


class Watch:
    """Reads the demo's own stream over HTTP and prints each alarm as it is raised."""

    def __init__(self, site: SiteFile, out: Console, *, calm: bool) -> None:
        self._site = site
        self._calm = calm
        self._out = out
        self._root = f"http://{site.web.host}:{site.web.port}"
        self._zone = ZoneInfo(site.city.timezone)
        self._cameras = {camera.id for camera in site.cameras}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="demo-watch", daemon=True)
        self._began = time.monotonic()
        self._started_at = datetime.now(UTC)
        self._ready_s = 0.0
        self._from_seq = 0
        self._first_camera_s: float | None = None
        self._first_sensor_s: float | None = None

    def wait_until_ready(self, stop: threading.Event, check: Callable[[], None]) -> None:
        """Return once the pages answer and data flows.

        Raises:
            PlatformError: They do not within a minute.
        """
        deadline = time.monotonic() + READY_S
        reason = "no answer"
        while time.monotonic() < deadline and not stop.is_set():
            check()
            try:
                self._get("/readyz")
                break
            except urllib.error.HTTPError as error:
                reason = error.read().decode(errors="replace")
            except OSError as error:
                reason = str(error)
            time.sleep(0.1)
        else:
            if not stop.is_set():
                raise PlatformError(f"the city is not ready after {READY_S:.0f} s: {reason}")
        self._ready_s = self._elapsed_s()

    def start(self) -> None:
        """Begin to follow the stream."""
        self._thread.start()

    def stop(self) -> None:
        """Stop following."""
        self._stop.set()

    def report(self, *, restarts: Mapping[str, int]) -> Report:
        """Say what happened; the city must still run.

        Raises:
            PlatformError: The pages or the database do not answer.
        """
        try:
            status = json.loads(self._get("/api/v1/status"))
        except (OSError, HTTPException) as error:
            raise PlatformError(f"the demo's pages do not answer, so there is no report: {error}") from error
        figures = count_figures(connect_url(self._site))
        firsts = [first for first in (self._first_camera_s, self._first_sensor_s) if first is not None]
        report = Report(
            calm=self._calm,
            duration_s=self._elapsed_s(),
            ready_s=self._ready_s,
            cameras_up=status["cameras"]["up"],
            cameras_total=status["cameras"]["total"],
            sensors_up=status["sensors"]["up"],
            sensors_total=status["sensors"]["total"],
            readings=figures.readings,
            observations=figures.observations,
            alarms_by_kind=dict(figures.alarms),
            first_alarm_s=min(firsts, default=None),
            first_camera_alarm_s=self._first_camera_s,
            first_sensor_alarm_s=self._first_sensor_s,
            restarts={name: times for name, times in restarts.items() if times},
            problems=[],
        )
        report["problems"] = _problems(report)
        return report

    def _elapsed_s(self) -> float:
        return round(time.monotonic() - self._began, 1)

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(self._root + path, timeout=5) as response:  # noqa: S310 - our own loopback address
            body: bytes = response.read()
            return body

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                self._read_stream()
            except (OSError, HTTPException):
                # The web role is restarting, or the demo is ending; the stream goes on from the last seq.
                self._stop.wait(0.5)

    def _read_stream(self) -> None:
        request = urllib.request.Request(  # noqa: S310 - our own loopback address
            self._root + "/api/v1/alarms/stream", headers={"Last-Event-ID": str(self._from_seq)}
        )
        with urllib.request.urlopen(request, timeout=30) as stream:  # noqa: S310 - likewise
            event = b""
            for line in stream:
                if self._stop.is_set():
                    return
                if line.startswith(b"event:"):
                    event = line[6:].strip()
                elif line.startswith(b"data:") and event == b"alarm":
                    self._take(json.loads(line[5:]))

    def _take(self, alarm: dict[str, object]) -> None:
        seq = alarm["seq"]
        if isinstance(seq, int):
            self._from_seq = max(self._from_seq, seq)
        raised = datetime.fromisoformat(str(alarm["raised_at"]))
        change = alarm["change"]
        if not isinstance(change, dict) or change["action"] != "raise" or raised < self._started_at:
            return  # neither new nor back again, or from an earlier run
        elapsed_s = self._elapsed_s()
        if alarm["source_id"] in self._cameras:
            self._first_camera_s = elapsed_s if self._first_camera_s is None else self._first_camera_s
        else:
            self._first_sensor_s = elapsed_s if self._first_sensor_s is None else self._first_sensor_s
        glyph = GLYPHS.get(str(alarm["priority"]), "●")
        clock = f"{raised.astimezone(self._zone):%H.%M.%S}"
        self._out.print(
            f"  {clock} {glyph} {escape(str(alarm['title']))} [dim]— {escape(str(alarm['site_name']))}[/]",
            highlight=False,
            soft_wrap=True,
        )


def _problems(report: Report) -> list[str]:
    problems = [f"{name} had to be started again {times} times" for name, times in report["restarts"].items()]
    if report["cameras_up"] < report["cameras_total"]:
        problems.append(
            f"{report['cameras_total'] - report['cameras_up']} of {report['cameras_total']} cameras are down"
        )
    if not report["readings"]:
        problems.append("no reading was stored")
    if not report["calm"]:
        if report["first_camera_alarm_s"] is None:
            problems.append("no camera alarm was raised")
        if report["first_sensor_alarm_s"] is None:
            problems.append("no sensor alarm was raised")
    return problems
