"""Messages and rules for tests of storage, made by hand."""

import hashlib
import itertools
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from events.alarm import Alarm, AlarmAction, AlarmChange, AlarmKey, Priority
from events.evidence import Evidence
from events.ids import RuleId, SiteId, SourceId, ZoneId
from events.intake import Decoded, Intake, Rejection
from events.judgement import Facts, Memory, RuleState, Verdict
from events.liveness import Canary, StatusReport
from events.message import Delivery, Message
from events.observation import Observation, Phase
from events.reading import Quality, Reading
from events.receipt import Number

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NAMESPACE = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


def at(seconds: float) -> datetime:
    """Return the moment so many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def message(topic: str, payload: bytes = b"{}", received_s: float = 0.0) -> Message:
    return Message(topic, payload, at(received_s), retained=False, delivery=Delivery(1, 1))


def reading(source: str, metric: str, ts_s: float, value: float, quality: Quality = Quality.OK) -> Reading:
    return Reading(SourceId(source), metric, at(ts_s), at(ts_s), value, value, quality)


def telemetry(
    source: str, ts_s: float, values: Mapping[str, float], received_s: float | None = None, *, live: bool = True
) -> Intake:
    """Return a message of several values of one time."""
    heard_s = ts_s if received_s is None else received_s
    readings = tuple(
        Reading(SourceId(source), metric, at(ts_s), at(heard_s), value, value, Quality.OK)
        for metric, value in values.items()
    )
    payload = json.dumps({"ts": ts_s, "values": dict(values)}).encode()
    return Intake(
        message(f"pantau/v1/{source}/telemetry", payload, heard_s),
        Decoded(source=SourceId(source), readings=readings, live=live),
        None,
    )


def numbered(intake: Intake, seq: int, *, boot: str = "b1", oldest: int | None = None) -> Intake:
    """Return the message with what its device calls it."""
    numbers = (Number(boot, seq, oldest),)
    if intake.decoded is not None:
        return intake._replace(decoded=intake.decoded._replace(numbers=numbers))
    assert intake.rejection is not None
    return intake._replace(rejection=replace(intake.rejection, numbers=numbers))


def statement(name: str, phase: Phase, at_s: float, **changes: object) -> Intake:
    """Return a message with one observation; the same name is the same thing."""
    observation = Observation(
        id=uuid5(NAMESPACE, name),
        source=SourceId("cam"),
        kind="crowding",
        phase=phase,
        at=at(at_s),
        started_at=at(0),
        count=12.0,
        attrs={"by": "foreground"},
    )
    observation = replace(observation, **changes)  # type: ignore[arg-type]  # the caller names fields
    return Intake(
        message("pantau/v1/cam/event", b"{}", at_s), Decoded(source=SourceId("cam"), observation=observation), None
    )


def picture(jpeg: bytes, source: str = "cam") -> Intake:
    digest = hashlib.sha256(jpeg).hexdigest()
    evidence = Evidence(sha256=digest, source=SourceId(source), jpeg=jpeg, received_at=at(0))
    topic = f"pantau/v1/{source}/evidence/{digest}"
    return Intake(message(topic, jpeg), Decoded(source=SourceId(source), evidence=evidence), None)


def status(source: str, at_s: float, *, online: bool) -> Intake:
    report = StatusReport(source=SourceId(source), online=online, boot="b1", at=at(at_s))
    topic = f"pantau/v1/{source}/status"
    return Intake(message(topic, b"", at_s), Decoded(source=SourceId(source), status=report, live=online), None)


def canary(sent_s: float, received_s: float | None = None) -> Intake:
    heard_s = sent_s if received_s is None else received_s
    sent = Canary(sender="pantau-ingest", sent_at=at(sent_s))
    topic = "pantau/v1/pantau-ingest/canary"
    return Intake(
        message(topic, b"{}", heard_s), Decoded(source=SourceId("pantau-ingest"), canary=sent, live=False), None
    )


def refused(source: str | None, payload: bytes, received_s: float = 0.0) -> Intake:
    rejection = Rejection(source=None if source is None else SourceId(source), reason="malformed", detail="not JSON")
    return Intake(message(f"pantau/v1/{source}/telemetry", payload, received_s), None, rejection)


class NoRules:
    """A judge without rules."""

    def concerns(self, facts: Facts, among: Collection[AlarmKey]) -> frozenset[AlarmKey]:
        return frozenset()

    def judge(self, _facts: Facts, _memory: Memory, _now: datetime) -> Verdict:
        return Verdict()


@dataclass
class LimitRule:
    """A rule for tests: above 100 raises, at most 100 returns; each metric is a zone of its own.

    Attributes:
        seen: Facts of every judgement, of transactions that failed as well.
    """

    seen: list[Facts] = field(default_factory=list)
    memories: list[Memory] = field(default_factory=list)
    limit: float = 100.0

    def concerns(self, facts: Facts, among: Collection[AlarmKey]) -> frozenset[AlarmKey]:
        return frozenset(key_of(r) for r in facts.readings).intersection(among)

    def judge(self, facts: Facts, memory: Memory, now: datetime) -> Verdict:
        self.seen.append(facts)
        self.memories.append(replace(memory, states=dict(memory.states)))
        alarms = dict(memory.alarms)
        states: dict[AlarmKey, RuleState] = {}
        changes: list[AlarmChange] = []
        for fact in facts.readings:
            key = key_of(fact)
            change = self._step(key, fact, alarms.get(key), now)
            states[key] = RuleState(watermark=fact.ts)
            if change is not None:
                changes.append(change)
                alarms[key] = change.alarm
        return Verdict(states=states, changes=changes)

    def _step(self, key: AlarmKey, fact: Reading, known: Alarm | None, now: datetime) -> AlarmChange | None:
        over = fact.value > self.limit
        if known is None:
            if not over:
                return None
            alarm = new_alarm(key, fact.value, now, serial=f"{fact.ts}")
            return AlarmChange(action=AlarmAction.RAISE, alarm=alarm, before=None, actor="pantau", at=now)
        if known.active == over:
            return None
        alarm = replace(known, active=over, version=known.version + 1, value=fact.value, updated_at=now)
        action = AlarmAction.RAISE if over else AlarmAction.RETURN
        return AlarmChange(action=action, alarm=alarm, before=known.state, actor="pantau", at=now)


def key_of(fact: Reading) -> AlarmKey:
    return AlarmKey(RuleId("limit"), fact.source, ZoneId(fact.metric))


def new_alarm(key: AlarmKey, value: float, now: datetime, serial: str = "") -> Alarm:
    return Alarm(
        id=uuid5(NAMESPACE, f"{key}{serial}"),
        version=1,
        key=key,
        kind="threshold",
        priority=Priority.TINGGI,
        site=SiteId("alun-alun"),
        title="PM2.5 tinggi",
        value=value,
        unit="ug/m3",
        active=True,
        acked=False,
        met_at=now,
        raised_at=now,
        updated_at=now,
    )


def accept(alarm: Alarm, actor: str = "operator", now: datetime = NOON) -> AlarmChange:
    """Return an acknowledgement."""
    after = replace(alarm, acked=True, acked_by=actor, acked_at=now, version=alarm.version + 1, updated_at=now)
    return AlarmChange(action=AlarmAction.ACKNOWLEDGE, alarm=after, before=alarm.state, actor=actor, at=now)


def batches(messages: int, values: int, sources: int, start: int = 0) -> Sequence[Intake]:
    """Return messages of several values each, spread over sources, one second between a source's messages."""
    numbers = itertools.islice(itertools.count(start), messages)
    metrics = [f"m{i}" for i in range(values)]
    return [telemetry(f"sensor-{n % sources}", n // sources, dict.fromkeys(metrics, float(n % 90))) for n in numbers]
