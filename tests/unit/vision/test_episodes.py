from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.geometry import Box
from events.ids import SourceId, ZoneId
from events.observation import Phase
from vision.detector import Finding
from vision.episodes import PICTURE_EVERY_S, UPDATE_S, Episodes, Statement
from vision.evidence import EvidencePicture

AT = datetime(2026, 1, 1, tzinfo=UTC)
PICTURE = EvidencePicture(sha256="ab" * 32, jpeg=b"\xff\xd8")


def crowd(count: float = 10.0, *, zone: str = "plaza", since_s: float = 0.0, score: float = 1.0) -> Finding:
    return Finding(kind="crowding", zone=ZoneId(zone), since_s=since_s, count=count, score=score)


def tamper(sort: str) -> Finding:
    return Finding(kind="tamper", zone=None, since_s=0.0, attrs={"class": sort})


def take(episodes: Episodes, t_s: float, *findings: Finding) -> list[Statement]:
    return episodes.take(findings, t_s, AT + timedelta(seconds=t_s), lambda _: PICTURE)


def phases(statements: list[Statement]) -> list[Phase]:
    return [statement.observation.phase for statement in statements]


def test_a_thing_begins_when_it_was_first_seen_not_when_it_was_told() -> None:
    (statement,) = take(Episodes(SourceId("cam-1")), 30.0, crowd(since_s=0.0))
    assert statement.observation.phase is Phase.BEGIN
    assert statement.observation.started_at == AT
    assert statement.observation.at == AT + timedelta(seconds=30)


def test_a_thing_is_told_at_its_begin_then_every_few_seconds_then_at_its_end() -> None:
    episodes = Episodes(SourceId("cam-1"))
    told = [phases(take(episodes, tick / 5, crowd())) for tick in range(51)]
    assert [tick / 5 for tick, said in enumerate(told) if said] == [0.0, UPDATE_S, 2 * UPDATE_S]
    assert phases(take(episodes, 11.0)) == [Phase.END]
    assert take(episodes, 12.0) == []


def test_begin_update_and_end_share_one_id_and_the_latest_picture() -> None:
    episodes = Episodes(SourceId("cam-1"))
    statements = [*take(episodes, 0, crowd()), *take(episodes, 6, crowd()), *take(episodes, 7)]
    assert len({statement.observation.id for statement in statements}) == 1
    assert {statement.observation.evidence for statement in statements} == {PICTURE.sha256}


def test_only_the_begin_and_significant_growth_bring_a_picture() -> None:
    episodes = Episodes(SourceId("cam-1"))
    counts = [10, 11, 12, 14, 15, 20]
    shown = [
        [said.picture is not None for said in take(episodes, PICTURE_EVERY_S * turn, crowd(count))]
        for turn, count in enumerate(counts)
    ]
    assert shown == [[True], [False], [False], [True], [False], [True]]


def test_a_thing_is_pictured_at_most_once_a_minute_however_fast_it_grows() -> None:
    episodes = Episodes(SourceId("cam-1"))
    pictured_s = [
        t_s
        for t_s in np.arange(0, 200, 5.0).tolist()
        if any(said.picture for said in take(episodes, t_s, crowd(10 * 1.3 ** (t_s / 5))))
    ]
    assert pictured_s == [0.0, 60.0, 120.0, 180.0]


def test_growth_within_the_minute_is_pictured_when_the_minute_is_over() -> None:
    episodes = Episodes(SourceId("cam-1"))
    take(episodes, 0.0, crowd(10))
    assert take(episodes, 5.0, crowd(20))[0].picture is None
    assert take(episodes, 60.0, crowd(20))[0].picture is not None


def test_a_picture_that_showed_nothing_is_followed_by_one_that_does() -> None:
    episodes = Episodes(SourceId("cam-1"))
    veiled = EvidencePicture(sha256="cd" * 32, jpeg=b"\xff\xd8", veiled=True)
    episodes.take([tamper("moved")], 0.0, AT, lambda _: veiled)
    (later,) = take(episodes, 60.0, tamper("moved"))
    assert later.observation.evidence == PICTURE.sha256
    assert take(episodes, 120.0, tamper("moved"))[0].picture is None


@pytest.mark.parametrize("attribute", ["level_cm", "rise_cm"])
def test_rising_water_is_pictured_again(attribute: str) -> None:
    episodes = Episodes(SourceId("cam-1"))
    for turn, (level, shown) in enumerate([(40.0, True), (44.0, False), (52.0, True), (40.0, False)]):
        water = Finding(kind="water_level", zone=None, since_s=0.0, attrs={attribute: level})
        assert (take(episodes, PICTURE_EVERY_S * turn, water)[0].picture is not None) == shown


def test_zones_are_told_apart() -> None:
    episodes = Episodes(SourceId("cam-1"))
    first = take(episodes, 0, crowd(zone="plaza"), crowd(zone="gate"))
    assert [said.observation.zone for said in first] == ["plaza", "gate"]
    (end,) = take(episodes, 1, crowd(zone="gate"))
    assert (end.observation.zone, end.observation.phase) == ("plaza", Phase.END)


def test_a_change_of_class_ends_one_thing_and_then_begins_another() -> None:
    episodes = Episodes(SourceId("cam-1"))
    take(episodes, 0, tamper("covered"))
    said = take(episodes, 1, tamper("moved"))
    assert [(s.observation.phase, s.observation.attrs["class"]) for s in said] == [
        (Phase.END, "covered"),
        (Phase.BEGIN, "moved"),
    ]


def test_what_is_abandoned_ends_as_lost() -> None:
    episodes = Episodes(SourceId("cam-1"))
    take(episodes, 0, crowd(), tamper("dark"))
    ends = episodes.abandon(AT + timedelta(seconds=40))
    assert phases(ends) == [Phase.END, Phase.END]
    assert all(end.observation.attrs["lost"] is True for end in ends)
    assert episodes.abandon(AT) == []


FINDINGS = st.lists(
    st.builds(
        crowd,
        st.floats(0, 100),
        zone=st.sampled_from(["a", "b", "c"]),
        since_s=st.sampled_from([0.0, 1.0]),
        score=st.floats(0, 1),
    ),
    max_size=6,
)


@given(st.lists(st.tuples(st.floats(0, 9), FINDINGS), max_size=30))
def test_whatever_is_found_every_thing_begins_once_and_ends_once(turns: list[tuple[float, list[Finding]]]) -> None:
    episodes = Episodes(SourceId("cam-1"))
    t_s = 0.0
    told: list[Statement] = []
    for step_s, findings in turns:
        t_s += step_s
        told += take(episodes, t_s, *findings)
    told += episodes.abandon(AT + timedelta(seconds=t_s))
    begun = Counter(s.observation.id for s in told if s.observation.phase is Phase.BEGIN)
    ended = Counter(s.observation.id for s in told if s.observation.phase is Phase.END)
    assert begun == ended
    assert set(begun.values()) <= {1}
    open_now: set[object] = set()
    for said in told:
        if said.observation.phase is Phase.BEGIN:
            open_now.add(said.observation.id)
        assert said.observation.id in open_now
        if said.observation.phase is Phase.END:
            open_now.remove(said.observation.id)


def test_the_end_of_a_pile_brings_a_picture_of_the_clean_place_and_losing_sight_of_it_none() -> None:
    pile = Finding(kind="waste_pile", zone=ZoneId("sudut"), since_s=0.0, box=Box(0.1, 0.1, 0.2, 0.2))
    asked: list[Finding] = []

    def picture(finding: Finding) -> EvidencePicture:
        asked.append(finding)
        return EvidencePicture(sha256=f"{len(asked):064x}", jpeg=b"\xff\xd8")

    episodes = Episodes(SourceId("cam-1"))
    (begin,) = episodes.take([pile], 0.0, AT, picture)
    (end,) = episodes.take([], 9.0, AT + timedelta(seconds=9), picture)
    assert (end.observation.evidence, end.observation.attrs) == (
        begin.observation.evidence,
        {"evidence_after": f"{2:064x}"},
    )
    assert end.picture is not None
    assert end.picture.sha256 == f"{2:064x}"
    assert [finding.box for finding in asked] == [pile.box, None]
    episodes.take([pile], 20.0, AT, picture)
    (lost,) = episodes.abandon(AT)
    assert (lost.picture, lost.observation.attrs) == (None, {"lost": True})
