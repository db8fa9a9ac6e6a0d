"""Lines that are worth saying."""

from runtime.seldom import AGAIN_S, Seldom


def test_a_line_is_said_once_a_minute_and_another_one_at_once() -> None:
    now_s = 100.0
    seldom = Seldom(lambda: now_s)

    assert seldom.worth_saying("lost")
    assert not seldom.worth_saying("lost")
    assert seldom.worth_saying("refused")
    now_s += AGAIN_S
    assert seldom.worth_saying("lost")


def test_a_line_is_new_again_once_things_were_well() -> None:
    seldom = Seldom(lambda: 100.0)
    assert seldom.worth_saying("lost")

    seldom.forget()

    assert seldom.worth_saying("lost")
