"""A random walk through an alarm's life beside a model written from the table of ISA-18.2's states alone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from alerts.lifecycle import (
    clear_alarm,
    expire_shelf,
    raise_alarm,
    return_alarm,
    suppress,
    unsuppress,
    update_alarm,
)
from alerts.operating import STEPS
from events.alarm import Alarm, AlarmChange, Priority
from events.command import Command
from events.errors import ConflictError
from tests.unit.alerts.test_lifecycle import condition
from tests.unit.alerts.town import START


@dataclass
class Model:
    """The table, in the words of the standard; `None` from a step means that it is refused."""

    shown: str = "UNACK"
    latching: bool = False
    shelf: str | None = None
    suppressed: bool = False
    out: bool = False
    accepted: bool = False
    """Whether LATCH has been acknowledged."""

    @property
    def state(self) -> str:
        hiding = (("OOSRV", self.out), ("DSUPR", self.suppressed), ("SHLVD", self.shelf is not None))
        return next((name for name, hides in hiding if hides), self.shown)

    def uncover(self) -> None:
        if self.state == "RTNUN":
            self.shown = "NORM"

    def step(self, event: str, *, due: bool) -> bool:  # noqa: C901, PLR0912 - the table, one case a row
        """Take a step and return whether it is allowed."""
        active = self.shown in {"UNACK", "ACKED"}
        seen = self.state == self.shown
        match event:
            case "raise" if not active:
                if self.state == "NORM":
                    self.__init__(latching=self.latching)  # type: ignore[misc] # another alarm
                self.shown, self.accepted = "UNACK", False
            case "update" if active:
                pass
            case "worse" if active:
                self.shown = "UNACK"
            case "return" if active:
                self.accepted = self.shown == "ACKED"
                self.shown = "LATCH" if self.latching else "NORM" if self.accepted else "RTNUN"
                if self.shelf == "oneshot":
                    self.shelf = None
                    self.uncover()
            case "clear" if self.state == "RTNUN":
                self.shown = "NORM"
            case "ack" if seen and (self.shown in {"UNACK", "RTNUN"} or (self.shown == "LATCH" and not self.accepted)):
                self.accepted = True
                self.shown = {"UNACK": "ACKED", "RTNUN": "NORM", "LATCH": "LATCH"}[self.shown]
            case "unack" if self.state == "ACKED":
                self.shown = "UNACK"
            case "reset" if self.state == "LATCH" and self.accepted:
                self.shown = "NORM"
            case "shelve" if seen:
                self.shelf = "timed"
            case "shelve once" if seen and active:
                self.shelf = "oneshot"
            case "unshelve" if self.state == "SHLVD":
                self.shelf = None
                self.uncover()
            case "expire" if self.shelf is not None and due:
                self.shelf = None
                if active:
                    self.shown = "UNACK"
                self.uncover()
            case "suppress" if not self.suppressed:
                self.suppressed = True
            case "unsuppress" if self.suppressed:
                self.suppressed = False
                self.uncover()
            case "withdraw" if not self.out:
                self.out = True
            case "restore" if self.out:
                self.out = False
                self.uncover()
            case _:
                return False
        return True


EVENTS = (
    *("raise", "update", "worse", "return", "clear", "ack", "unack", "reset", "shelve", "shelve once", "unshelve"),
    *("expire", "suppress", "unsuppress", "withdraw", "restore"),
)


class LifeOfAnAlarm(RuleBasedStateMachine):
    """Walks at random and compares with the table."""

    @initialize(latching=st.booleans())
    def begin(self, *, latching: bool) -> None:
        self.now = START
        self.latching = latching
        self.alarm = raise_alarm(condition(Priority.RENDAH, latching=latching), at=self.now).alarm
        self.model = Model(latching=latching)

    @rule(event=st.sampled_from(EVENTS), minutes=st.sampled_from([1, 90]))
    def step(self, event: str, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        before, was = self.alarm, replace(self.model)
        due = before.shelf is not None and self.now >= before.shelf.until
        allowed = self.model.step(event, due=due)
        if not allowed:
            with pytest.raises(ConflictError) as refusal:
                self.take(event)
            assert str(before.id) in str(refusal.value)
            assert self.model == was
            return
        change = self.take(event)
        another = event == "raise" and was.state == "NORM"
        assert change.before is (None if another else before.state)
        assert change.at == change.alarm.updated_at == self.now
        assert (change.alarm.id == before.id) is not another
        assert change.alarm.version == (1 if another else before.version + 1)
        assert change.alarm.occurrences == (1 if another else before.occurrences + (event == "raise"))
        self.alarm = change.alarm

    def take(self, event: str) -> AlarmChange:
        now: datetime = self.now
        alarm: Alarm = self.alarm
        command = Command(
            actor="siti",
            at=now,
            supervisor=True,
            reason="uji",
            lasts=timedelta(hours=1),
            oneshot=event == "shelve once",
        )
        if event.removesuffix(" once") in STEPS:
            return STEPS[event.removesuffix(" once")](alarm, command)
        if event == "worse" and alarm.priority is Priority.DARURAT:
            # Where nothing is worse, the priority rises again from the bottom.
            self.alarm = alarm = replace(alarm, priority=Priority.RENDAH)
        if event == "clear" and alarm.priority < Priority.SEDANG:
            self.alarm = alarm = replace(alarm, priority=Priority.SEDANG)
        worse = Priority(max(alarm.priority - 1, 1))
        steps: dict[str, Callable[[], AlarmChange]] = {
            "raise": lambda: raise_alarm(condition(alarm.priority, latching=self.latching), alarm=alarm, at=now),
            "update": lambda: update_alarm(alarm, condition(alarm.priority, latching=self.latching), at=now),
            "worse": lambda: update_alarm(alarm, condition(worse, latching=self.latching), at=now),
            "return": lambda: return_alarm(alarm, cleared_at=now, at=now),
            "clear": lambda: clear_alarm(alarm, at=now),
            "expire": lambda: expire_shelf(alarm, at=now),
            "suppress": lambda: suppress(alarm, reason="uji", at=now),
            "unsuppress": lambda: unsuppress(alarm, at=now),
        }
        return steps[event]()

    @invariant()
    def agrees_with_the_table(self) -> None:
        alarm = self.alarm
        assert alarm.state == self.model.state
        assert alarm.beneath == self.model.shown
        assert (alarm.cleared_at is None) == alarm.active
        assert (alarm.acked_by is None) == (alarm.acked_at is None)
        if not alarm.acked:
            assert alarm.acked_by is None


TestLifeOfAnAlarm = LifeOfAnAlarm.TestCase
