from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from vision.verdict import CLEAR_S, HOLD_S, UNANIMOUS_S, Verdict


def weighed(suspects: Sequence[str | None], *, ripe: bool = True) -> list[str | None]:
    """Return what is held against a camera after each of two pictures a second."""
    verdict, names = Verdict(), list[str | None]()
    for i, suspect in enumerate(suspects):
        verdict.weigh(suspect, i / 2, ripe=ripe)
        names.append(verdict.name)
    return names


def test_a_suspicion_becomes_a_finding_once_it_lasted() -> None:
    assert weighed(["covered"] * 10).index("covered") == 2 * HOLD_S


def test_a_suspicion_that_breaks_off_begins_anew() -> None:
    assert weighed([*["covered"] * 7, None, *["covered"] * 7]) == [None] * 15


def test_nothing_is_told_before_it_is_ripe() -> None:
    assert weighed(["covered"] * 40, ripe=False) == [None] * 40


def test_a_finding_takes_the_class_most_often_suspected() -> None:
    assert weighed(["moved", "covered", "covered", "covered", "moved", *["covered"] * 4])[-1] == "covered"


def test_a_finding_ends_only_when_all_was_well_for_three_seconds() -> None:
    told = weighed([*["moved"] * 9, *[None] * 5, "moved", *[None] * 8])
    assert told[8:21] == ["moved"] * 13
    assert told[21] is None
    assert CLEAR_S == 3.0


def test_another_class_takes_its_place_only_after_six_seconds_without_exception() -> None:
    changing = [*["dark"] * 9, *["covered"] * 11, "dark", *["covered"] * 14]
    told = weighed(changing)
    assert told[8:33] == ["dark"] * 25
    assert told[33] == "covered"
    assert UNANIMOUS_S == 6.0


def test_a_finding_says_since_when() -> None:
    verdict = Verdict()
    for i in range(20):
        verdict.weigh("frozen", 10 + i / 2, since_s=7.5)
    assert verdict.finding is not None
    assert (verdict.finding.kind, verdict.finding.since_s) == ("tamper", 7.5)


@given(st.lists(st.sampled_from([None, "covered", "moved", "dark"]), max_size=80))
def test_nothing_is_told_without_a_suspicion_that_lasted_and_all_ends_when_all_is_well(
    suspects: list[str | None],
) -> None:
    told = weighed([*suspects, *[None] * 7])
    assert told[-1] is None
    for i, name in enumerate(told):
        if name is not None and told[i - 1] is None:
            assert None not in [*suspects, *[None] * 7][max(i - 8, 0) : i + 1]
