"""Online, late and gone: silence, wills, hysteresis, and Pantau's own outages."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.liveness import LivenessJudge
from devices.registry import Registry
from events.ids import SourceId
from events.liveness import Hearing, LifeState, Liveness, SourceLife
from tests.unit.devices.town import SITE

START = datetime(2026, 11, 23, tzinfo=UTC)
INTERVAL_S = 60.0
CANARY_S = 2
AIR = SourceId("air-1")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class Watch:
    """Judges one source with a canary every two seconds, as the writer does."""

    def __init__(self, *, watched: bool = True) -> None:
        self.judge = LivenessJudge({AIR: INTERVAL_S} if watched else {}, CANARY_S)
        self.known: Liveness | None = None
        self.changes: list[tuple[float, LifeState]] = []

    def run(
        self,
        signs: Sequence[float],
        until: float,
        *,
        deaf: tuple[float, float] | None = None,
        offline_at: float | None = None,
        begin: float = 0.0,
    ) -> list[tuple[float, LifeState]]:
        """Let canaries come until then; signs of life that come while Pantau is deaf are heard at its end."""
        since = begin
        second = begin
        while second <= until:
            if deaf is not None and deaf[0] <= second < deaf[1]:
                second, since = deaf[1], deaf[1]
            heard = [_heard_at(sign, deaf) for sign in signs if _heard_at(sign, deaf) <= second]
            word = offline_at is not None and offline_at <= second
            self.step(max(heard, default=None), second, since, offline_at if word else None)
            second += CANARY_S
        return self.changes

    def step(self, last: float | None, until: float, since: float, offline_at: float | None = None) -> None:
        life = SourceLife(
            source=AIR,
            last_at=None if last is None else at(last),
            online=None if offline_at is None else False,
            status_at=None if offline_at is None else at(offline_at),
        )
        hearing = Hearing(listened_until=at(until), listening_since=at(since))
        for judged in self.judge.judge(life, self.known, hearing):
            if self.known is None or judged.state is not self.known.state:
                self.changes.append(((judged.since - START).total_seconds(), judged.state))
            self.known = judged
        assert not self.judge.judge(life, self.known, hearing), "the same canary judged again changes nothing"


def _heard_at(sign: float, deaf: tuple[float, float] | None) -> float:
    return deaf[1] if deaf is not None and deaf[0] <= sign < deaf[1] else sign


def every(seconds: float, begin: float, end: float) -> list[float]:
    return [begin + n * seconds for n in range(int((end - begin) / seconds) + 1)]


class TestSilence:
    def test_a_source_is_online_with_its_first_sign_of_life(self) -> None:
        assert Watch().run([10], 60) == [(10, LifeState.ONLINE)]

    def test_nothing_is_said_of_a_source_never_heard(self) -> None:
        assert Watch().run([], 3600) == []

    def test_it_is_late_after_two_intervals_and_gone_after_three(self) -> None:
        assert Watch().run([0], 400) == [(0, LifeState.ONLINE), (120, LifeState.LATE), (180, LifeState.GONE)]

    def test_one_message_brings_nobody_back(self) -> None:
        changes = Watch().run([0, 600], 900)
        assert [state for _, state in changes] == [LifeState.ONLINE, LifeState.LATE, LifeState.GONE]

    def test_messages_that_keep_coming_for_two_intervals_do(self) -> None:
        changes = Watch().run([0, *every(60, 600, 900)], 900)
        assert changes[-1] == (720, LifeState.ONLINE)

    def test_a_source_that_speaks_every_two_and_a_half_intervals_stays_late(self) -> None:
        changes = Watch().run(every(150, 0, 3000), 3000)
        assert changes == [(0, LifeState.ONLINE), (120, LifeState.LATE)]

    def test_a_gone_source_that_comes_back_at_that_pace_becomes_late(self) -> None:
        changes = Watch().run([0, *every(150, 600, 3000)], 3000)
        assert changes[-1] == (900, LifeState.LATE)

    def test_a_source_gone_before_it_was_late_was_late_first(self) -> None:
        watch = Watch()
        watch.step(0, 2, 0)
        watch.step(0, 5000, 0)
        assert watch.changes == [(0, LifeState.ONLINE), (120, LifeState.LATE), (180, LifeState.GONE)]

    def test_one_that_nobody_expects_any_more_is_unwatched(self) -> None:
        watch = Watch()
        watch.run([0], 10)
        watch.judge = Watch(watched=False).judge
        watch.step(0, 500, 0)
        assert watch.changes[-1] == (500, LifeState.UNWATCHED)
        watch.judge = Watch().judge
        watch.step(0, 1000, 0)
        assert watch.changes[-1][1] is LifeState.UNWATCHED
        watch.step(1010, 1012, 0)
        assert watch.changes[-1] == (1010, LifeState.ONLINE)

    def test_every_sensor_and_camera_of_the_site_file_is_watched(self) -> None:
        judge = LivenessJudge.of(Registry.from_site(SITE), 2.0)
        hearing = Hearing(listened_until=at(1), listening_since=at(0))
        for name in ("air-1", "cam-1"):
            life = SourceLife(source=SourceId(name), last_at=at(0), online=None)
            assert judge.judge(life, None, hearing)


class TestWill:
    def test_a_will_shortens_the_wait(self) -> None:
        changes = Watch().run([0], 400, offline_at=10)
        assert changes == [(0, LifeState.ONLINE), (100, LifeState.GONE)]

    def test_a_reconnection_in_between_is_nothing(self) -> None:
        assert Watch().run(every(60, 0, 600), 600, offline_at=65) == [(0, LifeState.ONLINE)]

    def test_a_word_older_than_the_last_sign_is_over(self) -> None:
        assert Watch().run([0, 60], 150, offline_at=30) == [(0, LifeState.ONLINE)]


class TestOutageOfPantau:
    def test_silence_while_pantau_was_deaf_is_nobodys_fault(self) -> None:
        signs = [*every(60, 0, 300), *every(60, 3620, 4000)]
        assert Watch().run(signs, 4000, deaf=(310, 3600)) == [(0, LifeState.ONLINE)]

    def test_who_is_silent_after_an_outage_is_late_from_there(self) -> None:
        changes = Watch().run([0], 5000, deaf=(60, 3600))
        assert changes == [(0, LifeState.ONLINE), (3720, LifeState.LATE), (3780, LifeState.GONE)]

    def test_an_outage_is_no_sign_of_life(self) -> None:
        changes = Watch().run([0], 5000, deaf=(1000, 3600))
        assert [state for _, state in changes] == [LifeState.ONLINE, LifeState.LATE, LifeState.GONE]

    @settings(deadline=None)
    @given(
        shares=st.lists(st.floats(0.2, 1.9), min_size=1, max_size=20),
        begin=st.floats(0, 2000),
        length=st.floats(12, 3000),
    )
    def test_whoever_keeps_to_the_interval_is_never_accused(
        self, shares: list[float], begin: float, length: float
    ) -> None:
        signs = [0.0]
        for share in shares:
            signs.append(signs[-1] + share * INTERVAL_S)
        states = {state for _, state in Watch().run(signs, signs[-1], deaf=(begin, begin + length))}
        assert states == {LifeState.ONLINE}


pauses = st.lists(st.floats(1, 400), min_size=1, max_size=15)


@settings(deadline=None)
@given(pauses, st.none() | st.floats(0, 3000))
def test_nobody_flaps(gaps: list[float], offline_at: float | None) -> None:
    signs = [0.0]
    for gap in gaps:
        signs.append(signs[-1] + gap)
    changes = Watch().run(signs, signs[-1] + 300, offline_at=offline_at)
    returns = [second for second, state in changes if state is LifeState.ONLINE]
    assert all(later - earlier >= 3.5 * INTERVAL_S for earlier, later in pairwise(returns))
    assert all(earlier <= later for (earlier, _), (later, _) in pairwise(changes))
    assert all(one is not other for (_, one), (_, other) in pairwise(changes))
    assert changes[-1][1] is LifeState.GONE, "five intervals of silence end every life"


@settings(deadline=None, max_examples=30)
@given(pauses, st.integers(1, 9))
def test_a_restart_between_canaries_changes_nothing(gaps: list[float], every_nth: int) -> None:
    signs = [0.0]
    for gap in gaps:
        signs.append(signs[-1] + gap)
    whole = Watch().run(signs, signs[-1] + 300)
    watch = Watch()
    for number, second in enumerate(range(0, int(signs[-1] + 300) + 1, CANARY_S)):
        if number % every_nth == 0:  # a new process has a new judge, and what is stored
            watch.judge = Watch().judge
        watch.step(max(sign for sign in signs if sign <= second), second, 0)
    assert watch.changes == whole
