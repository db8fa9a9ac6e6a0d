"""A busy city in memory for looking at the wall: sites, cameras, values, alarms of every kind."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
from aiohttp import web

from alerts.lifecycle import return_alarm
from alerts.load import LoadWatch
from alerts.operating import STEPS
from alerts.performance import performance
from alerts.timeline import timeline
from configs.site import SiteFile
from events.alarm import AlarmRecord, Priority
from events.availability import LifeHistory
from events.clock import ClockOffset
from events.geometry import Box, Polygon
from events.ids import SourceId
from events.liveness import LifeChange, LifeState, SourceLife
from events.reading import LatestValue, Quality, Reading
from tests.unit.web.fakes import City
from vision.evidence import encode
from vision.filmstrip import Panel, sheet
from web.page import DIST
from web.server import make_app
from web.snapshots import LatestSnapshots

_PLACES = [
    ("alun-alun", "Alun-alun (demo)", "33.17.10", -6.7060, 111.3467),
    ("tasikagung", "Tasikagung (demo)", "33.17.10", -6.7028, 111.3376),
    ("leteh", "Leteh (demo)", "33.17.10", -6.7137, 111.3443),
    ("landoh", "TPA Landoh (demo)", "33.17.08", -6.7654, 111.3703),
    ("karangturi", "Karangturi, Lasem (demo)", "33.17.14", -6.7074, 111.4468),
    ("bonang", "Bonang (demo)", "33.17.14", -6.6646, 111.4662),
    ("kragan", "Kragan (demo)", "33.17.12", -6.6989, 111.6159),
    ("karangmangu", "Karangmangu, Sarang (demo)", "33.17.05", -6.7428, 111.6738),
    ("tunggulsari", "Tunggulsari, Kaliori (demo)", "33.17.09", -6.6924, 111.2369),
]

_CAMERAS = [
    ("cam-alun-alun", "Alun-alun utara", "alun-alun"),
    ("cam-pasar", "TPS pasar", "leteh"),
    ("cam-dermaga", "Dermaga ikan", "tasikagung"),
    ("cam-lasem", "Simpang Lasem", "karangturi"),
]

_SENSORS = [
    ("air-1", "Kualitas udara 1", "alun-alun", {"pm25": ("ug/m3", "PM2.5", 38.2), "pm10": ("ug/m3", "PM10", 71.0)}),
    ("tide-1", "Pasang surut", "tasikagung", {"tide": ("m", "Tinggi muka air", 1.04)}),
    ("rain-1", "Hujan Bonang", "bonang", {"rain_rate": ("mm/h", "Hujan", 12.4)}),
    ("bin-1", "Bak TPS pasar", "leteh", {"fill": ("%", "Isi bak", 92.0)}),
    ("noise-1", "Kebisingan alun-alun", "alun-alun", {"laeq": ("dB[A]", "Kebisingan", 63.1)}),
    ("weather-1", "Cuaca Kragan", "kragan", {"temp": ("Cel", "Suhu", 31.4), "humidity": ("%", "Kelembapan", 78.0)}),
]

SITE = SiteFile.model_validate(
    {
        "city": {"name": "Rembang", "demo": True},
        "web": {"operator": "Siti"},
        "sites": [
            {"id": slug, "name": name, "kecamatan": code, "position": {"lat": lat, "lon": lon}}
            for slug, name, code, lat, lon in _PLACES
        ],
        "cameras": [
            {"id": slug, "name": name, "site": site, "url": "rtsp://127.0.0.1/x"} for slug, name, site in _CAMERAS
        ],
        "sensors": [
            {
                "id": slug,
                "name": name,
                "site": site,
                "metrics": {metric: {"unit": unit, "name": label} for metric, (unit, label, _) in metrics.items()},
            }
            for slug, name, site, metrics in _SENSORS
        ],
    }
)


def picture(seed: int, caption: str) -> bytes:
    """Return a street of sorts, 640 by 360, as JPEG."""
    rng = np.random.default_rng(seed)
    canvas = np.full((360, 640, 3), (150, 140, 130), np.uint8)
    canvas[:140] = (190, 180, 165)
    cv2.fillPoly(canvas, [np.array([[120, 360], [280, 140], [360, 140], [520, 360]])], (95, 92, 90))
    for _ in range(14):
        x, y = int(rng.integers(60, 580)), int(rng.integers(170, 320))
        size = 8 + (y - 140) // 8
        cv2.rectangle(canvas, (x, y - 2 * size), (x + size, y), rng.integers(40, 200, 3).tolist(), -1)
    canvas = np.clip(canvas.astype(np.int16) + rng.normal(0, 6, canvas.shape), 0, 255).astype(np.uint8)
    cv2.putText(canvas, caption, (12, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 1, cv2.LINE_AA)
    done, jpeg = cv2.imencode(".jpg", canvas)
    assert done
    return jpeg.tobytes()


def _past(now: datetime) -> LifeHistory:
    """Return a week in which one sensor was gone for half an hour, one was often late, and one was never heard."""
    day = timedelta(days=1)
    changes = {SourceId(slug): [LifeChange(SourceId(slug), now - 9 * day, LifeState.ONLINE)] for slug, *_ in _SENSORS}
    changes[SourceId("rain-1")].append(LifeChange(SourceId("rain-1"), now - timedelta(minutes=28), LifeState.GONE))
    for back in range(6):
        for state, minutes in ((LifeState.LATE, 90), (LifeState.ONLINE, 50 if back else -1)):
            at = now - back * day - timedelta(minutes=minutes)
            if at < now:
                changes[SourceId("noise-1")].append(LifeChange(SourceId("noise-1"), at, state))
    changes[SourceId("noise-1")].sort(key=lambda change: change.at)
    del changes[SourceId("air-1")]
    return LifeHistory(changes=changes, listening=[(now - 9 * day, now)])


class FakeCity(City):
    """A city that lives by the real clock."""

    def __init__(self) -> None:
        super().__init__()
        self.snapshots = LatestSnapshots([SourceId(camera.id) for camera in SITE.cameras])

    def clock(self) -> datetime:
        return datetime.now(UTC)

    def app(self, dist: Path = DIST) -> web.Application:
        return make_app(
            SITE,
            alarms=self.alarms,
            readings=self.readings,
            lives=self.lives,
            pictures=self.pictures,
            snapshots=self.snapshots,
            steps=STEPS,
            review=performance,
            traces=self.traces,
            tell=timeline,
            load=LoadWatch(operators=1),
            clock=self.clock,
            dist=dist,
        )

    def breathe(self) -> None:
        """Have every source heard just now, but for one camera and one sensor."""
        now = self.clock()
        self.lives.hear(now - timedelta(seconds=1), now - timedelta(hours=3))
        silent = {"cam-lasem": 240, "rain-1": 1_900}
        ids = [camera.id for camera in SITE.cameras] + [sensor.id for sensor in SITE.sensors]
        self.lives.known = [
            SourceLife(
                source=SourceId(i),
                last_at=now - timedelta(seconds=silent.get(i, 1)),
                online=None,
                state=LifeState.GONE if i in silent else LifeState.ONLINE,
            )
            for i in ids
        ]
        self.lives.past = _past(now)
        self.lives.offsets = [ClockOffset(SourceId("weather-1"), now, -312.0, 0.4, 31)]
        self.readings.values = [
            LatestValue(
                Reading(
                    SourceId(slug),
                    metric,
                    now,
                    now - timedelta(seconds=silent.get(slug, 4)),
                    value,
                    value,
                    Quality.STUCK if metric == "humidity" else Quality.OK,
                ),
                unit,
            )
            for slug, _, _, metrics in _SENSORS
            for metric, (unit, _, value) in metrics.items()
        ]
        for metric, unit, own in (("battery", "%", 71.0), ("rssi", "dB[mW]", -88.0)):
            reading = Reading(SourceId("bin-1"), metric, now, now, own, own, Quality.OK)
            self.readings.values.append(LatestValue(reading, unit))
        zone = Reading(SourceId("cam-alun-alun"), "people_count.plaza", now, now, 14, 14, Quality.OK)
        self.readings.values.append(LatestValue(zone, "1"))
        for seed, (camera, name, _) in enumerate(_CAMERAS):
            taken_at = now - timedelta(seconds=silent.get(camera, 1))
            self.snapshots.put(SourceId(camera), picture(seed, f"{name} (demo)"), taken_at)

    def evidence(self, seed: int, caption: str) -> str:
        """Keep a filmstrip as the vision workers make them; return its digest."""
        now, before, beginning = (
            cv2.imdecode(np.frombuffer(picture(seed + turn, caption), np.uint8), cv2.IMREAD_COLOR) for turn in range(3)
        )
        jpeg = encode(
            sheet(
                Panel(caption="sekarang 14.05.52", picture=np.asarray(now, np.uint8)),
                [
                    Panel(caption="10 d sebelum 14.05.22", picture=np.asarray(before, np.uint8)),
                    Panel(caption="mulai 14.05.32", picture=np.asarray(beginning, np.uint8)),
                ],
                outlines=(Polygon(((0.3, 0.5), (0.7, 0.5), (0.8, 0.95), (0.2, 0.95))),),
                boxes=(Box(0.4, 0.6, 0.2, 0.2),),
            )
        )
        digest = hashlib.sha256(jpeg).hexdigest()
        self.pictures.kept[digest] = jpeg
        return digest

    def fill(self) -> dict[str, AlarmRecord]:
        """Raise alarms of every kind, priority and state; return them by name."""
        now = self.clock()

        def back(seconds: float) -> datetime:
            return now - timedelta(seconds=seconds)

        made = {
            "pile": self.raise_alarm(
                "Tumpukan sampah 31 %",
                source="cam-pasar",
                site="leteh",
                kind="waste_pile",
                zone="sudut",
                priority=Priority.TINGGI,
                value=0.31,
                unit=None,
                evidence=self.evidence(11, "bukti: tumpukan"),
                at=back(130),
            ),
            "crowd": self.raise_alarm(
                "Kerumunan 14 orang",
                source="cam-alun-alun",
                site="alun-alun",
                kind="crowding",
                zone="plaza",
                priority=Priority.TINGGI,
                value=14,
                unit="1",
                evidence="ee" * 32,
                at=back(21),
            ),
            "tide": self.raise_alarm("Pasang rob 1,04 m", at=back(380)),
            "bin": self.raise_alarm(
                "Bak sampah penuh 92 %", source="bin-1", site="leteh", value=92, unit="%", at=back(610)
            ),
            "covered": self.raise_alarm(
                "Kamera beku",
                source="cam-dermaga",
                site="tasikagung",
                kind="tamper",
                value=None,
                unit=None,
                evidence=self.evidence(12, "bukti: beku"),
                at=back(900),
            ),
            "silent": self.raise_alarm(
                "Sensor diam",
                source="rain-1",
                site="bonang",
                kind="absence",
                priority=Priority.RENDAH,
                value=None,
                unit=None,
                at=back(1_860),
            ),
            "blind": self.raise_alarm(
                "Kamera diam",
                source="cam-lasem",
                site="karangturi",
                kind="absence",
                priority=Priority.RENDAH,
                value=None,
                unit=None,
                at=back(230),
            ),
            "flood": self.raise_alarm(
                "Hujan sangat lebat 112 mm/jam",
                source="weather-1",
                site="kragan",
                priority=Priority.DARURAT,
                value=112,
                unit="mm/h",
                at=back(8),
            ),
            "gone": self.raise_alarm(
                "PM2.5 tinggi (sesaat) 88 µg/m³",
                source="air-1",
                site="alun-alun",
                value=88,
                unit="ug/m3",
                at=back(4_000),
            ),
            "past": self.raise_alarm(
                "Kebisingan 81 dB(A)", source="noise-1", site="alun-alun", value=81, unit="dB[A]", at=back(7_000)
            ),
        }
        self.acknowledge(made["bin"])
        self.acknowledge(made["blind"])
        self.give_back(made["gone"], back(3_000))
        self.acknowledge(made["past"])
        self.give_back(made["past"], back(5_400))
        return made

    def give_back(self, record: AlarmRecord, at: datetime) -> AlarmRecord:
        alarm = self.alarms.latest[record.change.alarm.id].change.alarm
        return self.alarms.commit(return_alarm(alarm, cleared_at=at, at=at))
