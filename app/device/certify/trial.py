"""The trial: what happens to devices in the field, one thing after the other."""

import json
import math
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from app.device.certify.maker import Maker
from app.device.certify.pantau import Number, Pantau, everything, nothing
from app.device.certify.sheet import Result, Sheet, Verdict
from app.device.certify.wire import Wire
from devices.answers import receipt_payload
from events.ids import SourceId
from events.receipt import Receipt, Tally

FIRST_LOOK = 5
"""Messages looked at before anything is broken."""

HELD = 3
"""Messages that Pantau pretends not to have."""

CLOCK = timedelta(minutes=5)
"""As ingest judges clocks (`devices.arrival.SKEW`)."""

OUTAGE_S = 1.0
WILL_S = 5.0
SETTLED_S = 2.0
"""A receipt sent so long ago has been read."""

FAR = 1_000
"""How far above its own number a receipt is that shows a lost counter."""

POLL_S = 0.05

RESTART_LINES = frozenset({"survives_restart", "new_boot"})


class Trial:
    """One device's trial; `run` may be called once.

    Args:
        device: Its id.
        pantau: Plays Pantau.
        wire: Between the device and the broker.
        maker: Runs the device.
        patience_s: How long to wait for anything the device should do.
        on_step: Told what is being tried.
    """

    def __init__(
        self,
        device: str,
        pantau: Pantau,
        wire: Wire,
        maker: Maker,
        *,
        patience_s: float,
        on_step: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self._device = device
        self._pantau = pantau
        self._wire = wire
        self._maker = maker
        self._patience_s = patience_s
        self._on_step = on_step
        self._results: dict[str, Result] = {}

    def run(self, *, restarts: bool = True) -> Sheet:
        """Try everything; a device that was never heard is tried no further."""
        self._wire.mend()
        self._maker.start()
        try:
            self._first_look()
            if self._results["numbered"].verdict is Verdict.PASSED:
                for step in (self._lose_messages, self._leave_gap, self._look_for_repetitions, self._send_odd_receipts):
                    step()
                if restarts:
                    self._restart()
                self._lose_counter()
        finally:
            self._maker.stop()
        return Sheet(self._device, self._results, frozenset() if restarts else RESTART_LINES)

    # What is tried.

    def _first_look(self) -> None:
        self._on_step("heard")
        pantau = self._pantau
        self._wait(lambda: pantau.mark() >= FIRST_LOOK)
        said = pantau.heard.said[:]
        if not self._note("heard", bool(said), f"{len(said)} messages"):
            self._results["numbered"] = Result(Verdict.NOT_TRIED, "")
            return
        sent = [one for one in self._wire.published if one.topic.endswith(("/telemetry", "/event"))]
        weak = sum(one.qos == 0 for one in sent)
        self._note("qos1", weak == 0, f"{weak} of {len(sent)} messages at QoS 0")
        refusals = list(dict.fromkeys(one.refusal for one in said if one.refusal))
        self._note("accepted", not refusals, "; ".join(refusals[:3]) or f"all {len(said)}")
        self._look_at_clock()
        self._look_at_numbers()
        status = pantau.retained_status()
        newest = pantau.newest
        known = status is not None and newest is not None and status == ("online", newest[0])
        self._note("online", known, "nothing is retained" if status is None else f"{status[0]} of boot {status[1]}")

    def _look_at_clock(self) -> None:
        said = [one for one in self._pantau.heard.said if not one.refusal]
        unset = sum(one.unset for one in said)
        off = [abs(one.received_at - one.ts) for one in said if one.ts is not None]
        worst = max(off, default=timedelta(0))
        seen = f"up to {worst.total_seconds():.0f} s off" if off else "no times sent"
        self._note("clock", not unset and worst <= CLOCK, f"{unset} times of a clock never set" if unset else seen)

    def _look_at_numbers(self) -> None:
        said = self._pantau.heard.said[:]
        without = sum(one.number is None for one in said)
        jumps = 0
        last: dict[str, int] = {}
        for boot, seq in dict.fromkeys(one.number for one in said if one.number is not None):
            jumps += boot in last and seq != last[boot] + 1
            last[boot] = seq
        seen = f"{without} of {len(said)} without boot and seq" if without else f"{jumps} jumps"
        self._note("numbered", without == 0 and jumps == 0, seen)

    def _lose_messages(self) -> None:
        self._on_step("resends")
        lost = self._withhold()
        statuses = len(self._pantau.heard.statuses)
        self._wire.cut()
        said = self._wait(
            lambda: any(state == "offline" for state, _ in self._pantau.heard.statuses[statuses:]), WILL_S
        )
        self._note("will", said, "offline came" if said else f"nothing within {WILL_S:.0f} s")
        came, after_s = self._mend()
        self._note("reconnects", came, f"after {after_s:.1f} s" if came else "it did not come back")
        self._expect("resends", lost)

    def _leave_gap(self) -> None:
        self._on_step("fills_gaps")
        pantau = self._pantau
        mark = pantau.mark()
        left: list[Number] = []

        def all_but_one(number: Number) -> bool:
            boot, seq = number
            if left or pantau.tallies[boot].holds(seq):
                return True
            left.append(number)
            return False

        pantau.taking = all_but_one
        self._wait(lambda: len(pantau.fresh(mark)) > HELD)
        pantau.taking = everything
        self._expect("fills_gaps", left)

    def _look_for_repetitions(self) -> None:
        self._on_step("forgets")
        pantau = self._pantau
        mark = pantau.mark()
        self._wait(lambda: len(pantau.fresh(mark)) >= HELD)
        time.sleep(SETTLED_S)
        done = pantau.receipted_before(time.monotonic() - SETTLED_S / 2)
        self._wire.cut()
        mark = pantau.mark()
        came, _ = self._mend()
        self._wait(lambda: len(pantau.fresh(mark)) >= HELD)
        time.sleep(SETTLED_S)
        again = set(pantau.numbers(mark)) & done
        self._note("forgets", came and bool(done) and not again, f"{len(again)} receipted messages came again")

    def _send_odd_receipts(self) -> None:
        self._on_step("odd_receipts")
        pantau = self._pantau
        lost = self._withhold()
        boot, seq = lost[0] if lost else ("", 1)
        before = receipt_payload(Receipt(source=SourceId(self._device), boot=boot, tally=Tally(upto=max(seq - 1, 0))))
        earlier = receipt_payload(Receipt(source=SourceId(self._device), boot=boot, tally=Tally(upto=max(seq - 3, 0))))
        foreign = json.dumps({"boot": f"{boot}-foreign", "seq": 10**9}).encode()
        for payload in (
            before,
            before,
            foreign,
            b"nonsense",
            b"[]",
            b'{"boot": 5}',
            b"\xff\x00",
            b"",
            earlier,
            foreign,
        ):
            pantau.say(payload)
        mark = pantau.mark()
        alive = self._wait(lambda: len(pantau.fresh(mark)) > 0)
        self._wire.cut()
        came, _ = self._mend()
        self._expect("odd_receipts", lost, besides=alive and came)

    def _restart(self) -> None:
        self._on_step("survives_restart")
        lost = self._withhold()
        self._wire.cut()
        if not self._maker.restart():
            self._pantau.taking = everything
            self._mend()
            return
        mark = self._pantau.mark()
        self._mend()
        self._expect("survives_restart", lost)
        self._wait(lambda: len(self._pantau.fresh(mark)) >= HELD)
        self._look_back()

    def _look_back(self) -> None:
        contents: dict[Number, set[str]] = {}
        for said in self._pantau.heard.said[:]:
            if said.number is not None:
                contents.setdefault(said.number, set()).add(said.content)
        twice = [number for number, different in contents.items() if len(different) > 1]
        example = f", such as seq {twice[0][1]} of boot {twice[0][0]}" if twice else ""
        self._note("new_boot", not twice, f"{len(twice)} numbers with different contents{example}")

    def _lose_counter(self) -> None:
        self._on_step("counter_lost")
        pantau = self._pantau
        newest = pantau.newest
        if newest is None:
            return
        boot, seq = newest
        pantau.receipting = False
        pantau.say(receipt_payload(Receipt(source=SourceId(self._device), boot=boot, tally=Tally(upto=seq + FAR))))
        renewed = self._wait(lambda: pantau.newest is not None and pantau.newest[0] != boot)
        self._note("counter_lost", renewed, "a new boot began" if renewed else f"boot {boot} went on")

    # How.

    def _withhold(self) -> list[Number]:
        """Let some messages come that Pantau will not have, and return their numbers."""
        mark = self._pantau.mark()
        self._pantau.taking = nothing
        self._wait(lambda: len(self._pantau.fresh(mark)) >= HELD)
        return self._pantau.fresh(mark)

    def _mend(self) -> tuple[bool, float]:
        """Mend the wire after a while; tell whether the device came back, and after how many seconds."""
        time.sleep(OUTAGE_S)
        self._pantau.taking = everything
        heard = self._pantau.heard
        statuses, messages = len(heard.statuses), len(heard.said)
        self._wire.mend()
        begun_s = time.monotonic()
        came = self._wait(
            lambda: any(state == "online" for state, _ in heard.statuses[statuses:]) or len(heard.said) > messages
        )
        return came, time.monotonic() - begun_s

    def _expect(self, line: str, lost: Sequence[Number], *, besides: bool = True) -> None:
        """Wait for messages to come again, and go on as if they had."""
        came = bool(lost) and self._wait(lambda: all(self._came_again(number) for number in lost))
        back = sum(self._came_again(number) for number in lost)
        self._note(line, came and besides, f"{back} of {len(lost)} withheld messages came again")
        self._pantau.forgive()

    def _came_again(self, number: Number) -> bool:
        boot, seq = number
        return self._pantau.tallies[boot].holds(seq)

    def _wait(self, condition: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Wait for a condition; counted in looks, not by the clock, since a machine that stood still has not waited."""
        for _ in range(math.ceil((self._patience_s if timeout_s is None else timeout_s) / POLL_S)):
            if condition():
                return True
            time.sleep(POLL_S)
        return condition()

    def _note(self, line: str, passed: bool, seen: str) -> bool:  # noqa: FBT001 - reads as a sentence
        self._results[line] = Result(Verdict.PASSED if passed else Verdict.FAILED, seen)
        return passed
