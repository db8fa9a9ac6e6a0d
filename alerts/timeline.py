"""Why did this alarm come, and when did what happen? One timeline of what is stored about it."""

from collections.abc import Iterator
from datetime import datetime

from events.alarm import AlarmAction, AlarmRecord
from events.trace import Moment, SettledNotice, Trace

WORDS = {
    AlarmAction.RAISE: "raised",
    AlarmAction.UPDATE: "updated",
    AlarmAction.RETURN: "returned",
    AlarmAction.ACKNOWLEDGE: "acknowledged",
    AlarmAction.CLEAR: "cleared",
    AlarmAction.UNACKNOWLEDGE: "unacknowledged",
    AlarmAction.RESET: "reset",
    AlarmAction.SHELVE: "shelved",
    AlarmAction.UNSHELVE: "unshelved",
    AlarmAction.EXPIRE: "shelf_ended",
    AlarmAction.SUPPRESS: "suppressed",
    AlarmAction.UNSUPPRESS: "unsuppressed",
    AlarmAction.WITHDRAW: "withdrawn",
    AlarmAction.RESTORE: "restored",
}


def timeline(trace: Trace) -> list[Moment]:
    """Return what happened, in order of time; of one moment in the order in which it must have happened."""
    moments = sorted(_moments(trace), key=lambda moment: (moment.at, ORDER.get(moment.what, len(ORDER))))
    told: list[Moment] = []
    for moment in moments:
        after_s = None if not told else (moment.at - told[-1].at).total_seconds()
        told.append(Moment(at=moment.at, clock=moment.clock, what=moment.what, text=moment.text, after_s=after_s))
    return told


ORDER = {word: place for place, word in enumerate(("measured", "seen", "met", "received", "raised", "due", "told"))}


def _moments(trace: Trace) -> Iterator[Moment]:
    for reading, arrival in zip(trace.readings, trace.arrivals, strict=True):
        value = f"{reading.metric} {reading.value:g} ({reading.quality})"
        yield _moment(reading.ts, "device", "measured", f"{reading.source} measured {value}")
        yield _moment(
            reading.received_at, "pantau", "received", f"received as number {arrival}, and stored with this alarm"
        )
    for observation in trace.observations:
        where = f" in {observation.zone}" if observation.zone else ""
        yield _moment(
            observation.started_at, "device", "seen", f"{observation.source} saw {observation.kind}{where} begin"
        )
        if observation.received_at is not None:
            yield _moment(observation.received_at, "pantau", "received", "its latest statement was received and stored")
    for record in trace.records:
        yield from _of_change(record)
    for notice in trace.notices:
        yield from _of_notice(notice)


def _of_change(record: AlarmRecord) -> Iterator[Moment]:
    change, alarm = record.change, record.change.alarm
    if change.action is AlarmAction.RAISE:
        rule = alarm.key.rule if alarm.rule_version is None else f"{alarm.key.rule} (version {alarm.rule_version})"
        yield _moment(alarm.met_at, "device", "met", f"rule {rule} was met, by the data's own time")
    by = "" if change.actor == "pantau" else f" by {change.actor}"
    why = "" if change.reason is None else f": {change.reason}"
    word = WORDS[change.action]
    text = f"{word.replace('_', ' ')}{by}, now {alarm.state}, number {record.seq} of the stream{why}"
    yield _moment(change.at, "pantau", word, text)


def _of_notice(settled: SettledNotice) -> Iterator[Moment]:
    notice = settled.notice
    yield _moment(notice.due_at, "pantau", "due", f"{notice.channel} was to be told (step {notice.step + 1})")
    if settled.settled_at is not None:
        why = "" if settled.detail is None else f": {settled.detail}"
        text = f"{notice.channel}: {settled.state} after {settled.tries} tries{why}"
        yield _moment(settled.settled_at, "pantau", "told", text)


def _moment(at: datetime, clock: str, what: str, text: str) -> Moment:
    return Moment(at=at, clock=clock, what=what, text=text, after_s=None)
