from hypothesis import given
from hypothesis import strategies as st

from events.observation import Observation, Phase
from storage.statements import Standing, advances
from tests.material import at, statement

LIVES = st.tuples(st.lists(st.integers(0, 10), max_size=6), st.booleans())


def life(update_times: list[int], *, ends: bool) -> list[Observation]:
    """Return what a camera says about one thing, in order: strictly rising updates between begin and end."""
    times = sorted(set(update_times))
    intakes = [statement("crowd", Phase.BEGIN, 0)]
    intakes += [statement("crowd", Phase.UPDATE, time) for time in times]
    if ends:
        intakes.append(statement("crowd", Phase.END, 20))
    return [intake.decoded.observation for intake in intakes if intake.decoded and intake.decoded.observation]


def hear(statements: list[Observation]) -> list[Observation]:
    """Return the statements that were news."""
    known: Standing | None = None
    news = []
    for one in statements:
        if known is None or advances(one, known):
            news.append(one)
            known = Standing(one.phase, one.at)
    return news


@given(LIVES)
def test_a_life_told_in_order_is_all_news(told: tuple[list[int], bool]) -> None:
    statements = life(told[0], ends=told[1])
    assert hear(statements) == statements


@given(LIVES, st.data())
def test_a_life_told_again_from_anywhere_is_no_news(told: tuple[list[int], bool], data: st.DataObject) -> None:
    statements = life(told[0], ends=told[1])
    again = statements[data.draw(st.integers(0, len(statements))) :]
    assert hear([*statements, *again]) == statements


@given(LIVES, st.data())
def test_redelivery_in_the_middle_is_no_news(told: tuple[list[int], bool], data: st.DataObject) -> None:
    statements = life(told[0], ends=told[1])
    cut = data.draw(st.integers(0, len(statements)))
    start = data.draw(st.integers(0, cut))
    assert hear([*statements[:cut], *statements[start:]]) == statements


def test_an_end_closes_whatever_its_clock_says() -> None:
    (end,) = [i.decoded.observation for i in [statement("crowd", Phase.END, 1)] if i.decoded]
    assert end is not None
    assert advances(end, Standing(Phase.UPDATE, at(5)))


def test_an_update_of_the_begins_own_time_is_news() -> None:
    (update,) = [i.decoded.observation for i in [statement("crowd", Phase.UPDATE, 0)] if i.decoded]
    assert update is not None
    assert advances(update, Standing(Phase.BEGIN, at(0)))
    assert not advances(update, Standing(Phase.UPDATE, at(0)))
