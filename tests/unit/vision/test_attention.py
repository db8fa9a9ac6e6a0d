from collections.abc import Callable

import numpy as np

from events.errors import ConfigError
from events.frame import Picture
from events.geometry import Box
from vision.attention import Attention, Budget
from vision.detector import Found, Person

PERSON = Person(box=Box(0.1, 0.1, 0.1, 0.2), score=0.8)
SOMEBODY = Found(people=[PERSON])
PICTURE: Picture = np.zeros((90, 160, 3), np.uint8)


class Finder:
    """Finds the same person each time and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def find(self, bgr: Picture) -> Found:
        self.asked += 1
        return SOMEBODY


class Broken:
    def find(self, bgr: Picture) -> Found:
        raise ConfigError("weights are missing; run `pantau models install`")


def picture() -> Picture:
    return PICTURE


def refuse() -> Picture:
    raise AssertionError("the picture was converted for nothing")


def test_without_a_network_nobody_is_asked_and_nothing_is_converted() -> None:
    assert Attention(None).look(0.0, refuse) is None


def test_the_network_looks_once_a_second_and_its_answer_stands_in_between() -> None:
    finder = Finder()
    attention = Attention(finder)
    answers = [attention.look(tick / 25, picture) for tick in range(100)]
    assert finder.asked == 4
    assert answers[0] is answers[24]
    assert all(answer for answer in answers)


def test_an_empty_answer_is_an_answer() -> None:
    class Nobody(Finder):
        def find(self, bgr: Picture) -> Found:
            return Found()

    assert Attention(Nobody()).look(0.0, picture) == Found()


def ticking(step_s: float) -> Callable[[], float]:
    now_s = 0.0

    def now() -> float:
        nonlocal now_s
        now_s += step_s
        return now_s

    return now


def test_a_spent_budget_lets_the_last_answer_stand_for_seconds_and_then_gives_none() -> None:
    budget = Budget(share=0.0, saved_s=0.001, now=ticking(0.0))
    attention = Attention(Finder(), budget)
    assert attention.look(0.0, picture) == SOMEBODY
    budget.spend(1.0)
    assert attention.look(2.0, refuse) == SOMEBODY
    assert attention.look(4.0, refuse) is None
    assert attention.last == SOMEBODY


def test_the_budget_refills_with_time() -> None:
    now_s = 0.0
    budget = Budget(share=0.5, saved_s=1.0, now=lambda: now_s)
    budget.spend(2.0)
    assert not budget.allows()
    now_s = 1.9
    assert not budget.allows()
    now_s = 2.1
    assert budget.allows()


def test_a_network_that_cannot_be_used_is_left_alone_and_people_are_counted_without_it() -> None:
    attention = Attention(Broken())
    assert attention.look(0.0, picture) is None
    assert attention.look(5.0, refuse) is None


def test_a_picture_that_leaves_is_searched_whether_or_not_there_is_time() -> None:
    clock = [0.0]
    budget = Budget(0.5, now=lambda: clock[0])
    budget.spend(100.0)
    finder = Finder()
    attention = Attention(finder, budget)
    assert attention.look(0.0, picture) is None
    assert attention.search(picture()).people
    assert finder.asked == 1
    assert attention.last == Found()


def test_without_a_network_a_search_finds_nobody() -> None:
    assert Attention(None).search(picture()) == Found()
