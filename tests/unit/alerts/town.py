"""A small town and a database in a dictionary: what the tests of rules have in common."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from alerts.engine import Engine
from configs.cameras import Camera
from configs.places import Position, Site
from configs.rules import Rule
from configs.sensors import Metric, Sensor
from configs.site import City, SiteFile
from events.alarm import Alarm, AlarmChange, AlarmKey, AlarmState
from events.ids import RuleId, SourceId, ZoneId
from events.judgement import Facts, Memory, RuleState
from events.liveness import SignOfLife
from events.maintenance import Maintenance
from events.observation import Attr, Observation, Phase
from events.reading import Quality, Reading

START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
TIDE = SourceId("tide-01")
AIR = SourceId("air-01")
CAMERA = SourceId("cam-01")
PLAZA = ZoneId("plaza")
ZONELESS = ZoneId("")
YEAR_S = 365 * 86_400.0


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def key(rule: str, source: SourceId, zone: ZoneId = ZONELESS) -> AlarmKey:
    return AlarmKey(RuleId(rule), source, zone)


def town(*rules: Rule) -> SiteFile:
    return SiteFile(
        city=City(name="Rembang"),
        sites=(Site(id="shore", name="Tasikagung", kecamatan="33.17.10", position=Position(lat=-6.7, lon=111.34)),),
        cameras=(
            Camera.model_validate(
                {
                    "id": CAMERA,
                    "name": "Alun-alun",
                    "site": "shore",
                    "url": "rtsp://127.0.0.1/a",
                    "zones": [{"id": PLAZA}, {"id": "corner"}],
                }
            ),
        ),
        sensors=(
            Sensor(
                id=TIDE,
                name="Pasang",
                site="shore",
                interval_s=20,
                metrics={"level": Metric(unit="m", name="Muka laut"), "battery": Metric(unit="V")},
            ),
            Sensor(
                id=AIR,
                name="Udara",
                site="shore",
                interval_s=60,
                metrics={"pm25": Metric(unit="ug/m3"), "battery": Metric(unit="V")},
            ),
        ),
        rules=rules,
    )


def reading(
    value: float,
    seconds: float,
    *,
    metric: str = "level",
    source: SourceId = TIDE,
    quality: Quality = Quality.OK,
) -> Reading:
    return Reading(source, metric, at(seconds), at(seconds), value, value, quality)


def seen(
    number: int,
    phase: Phase,
    seconds: float,
    *,
    kind: str = "crowding",
    zone: ZoneId | None = PLAZA,
    count: float | None = None,
    score: float = 1.0,
    evidence: str | None = None,
    attrs: dict[str, Attr] | None = None,
) -> Observation:
    return Observation(
        id=UUID(int=number),
        source=CAMERA,
        kind=kind,
        phase=phase,
        at=at(seconds),
        started_at=at(seconds),
        zone=zone,
        count=count,
        score=score,
        evidence=evidence,
        attrs=attrs or {},
    )


@dataclass
class Book:
    """Keeps what storage would keep, and hands the engine exactly the keys it asked for."""

    engine: Engine
    states: dict[AlarmKey, RuleState] = field(default_factory=dict)
    alarms: dict[AlarmKey, Alarm] = field(default_factory=dict)
    changes: list[AlarmChange] = field(default_factory=list)
    faults: dict[AlarmKey, str] = field(default_factory=dict)
    maintenance: Sequence[Maintenance] = ()

    def commit(self, facts: Facts, now: datetime = START) -> Sequence[AlarmChange]:
        if facts.listened_until is not None:
            facts = replace(facts, open_keys=sorted(self.alarms))
        facts = replace(facts, maintenance=self.maintenance)
        keys = self.engine.concerns(facts)
        memory = Memory(
            states={k: self.states.get(k, RuleState()) for k in keys},
            alarms={key: self.alarms[key] for key in self.engine.concerns(facts, self.alarms.keys())},
        )
        verdict = self.engine.judge(facts, memory, now)
        assert set(verdict.states) <= keys, "a rule spoke of a key it had not asked for"
        assert {change.alarm.key for change in verdict.changes} <= keys
        self.states.update(verdict.states)
        self.faults.update(verdict.faults)
        for change in verdict.changes:
            self.store(change)
        return verdict.changes

    def store(self, change: AlarmChange) -> None:
        self.changes.append(change)
        if change.alarm.state is AlarmState.NORM:
            self.alarms.pop(change.alarm.key, None)
        else:
            self.alarms[change.alarm.key] = change.alarm

    def read(self, *readings: Reading) -> Sequence[AlarmChange]:
        return self.commit(Facts(readings=readings))

    def see(self, *observations: Observation) -> Sequence[AlarmChange]:
        return self.commit(Facts(observations=observations))

    def tick(
        self,
        until: float,
        *,
        heard: dict[SourceId, float] | None = None,
        since: float = 0,
        now: datetime | None = None,
    ) -> Sequence[AlarmChange]:
        facts = Facts(
            silences=[SignOfLife(source, at(seconds)) for source, seconds in (heard or {}).items()],
            listened_until=at(until),
            listening_since=at(since),
        )
        return self.commit(facts, now or at(until))


def book(*rules: Rule) -> Book:
    return Book(Engine(town(*rules), camera_units={"people_count": "{people}"}))
