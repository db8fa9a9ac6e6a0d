import numpy as np

from events.errors import ConfigError
from events.frame import Picture
from events.geometry import Box
from tests.unit.vision.scenes import Camera, street
from vision.attention import Attention
from vision.detector import Found, Person
from vision.rota import Rota, Seat

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
    assert finder.asked in {4, 5}
    assert answers[0] is answers[23]
    assert all(answer for answer in answers)


def test_an_empty_answer_is_an_answer() -> None:
    class Nobody(Finder):
        def find(self, bgr: Picture) -> Found:
            return Found()

    assert Attention(Nobody()).look(0.0, picture) == Found()


def test_without_a_turn_the_last_answer_stands_for_a_moment_and_then_there_is_none() -> None:
    now_s = 0.0
    finder = Finder()
    rota = Rota(0.25, now=lambda: now_s)
    attention = Attention(finder, rota)
    assert attention.look(0.0, picture) == SOMEBODY
    rota.spend(50.0)
    now_s = 2.0
    assert attention.look(2.0, refuse) == SOMEBODY
    now_s = 4.0
    assert attention.look(4.0, refuse) is None
    assert attention.last == SOMEBODY
    assert finder.asked == 1


def test_where_nothing_moves_the_last_answer_stands_without_another_look() -> None:
    finder = Finder()
    attention = Attention(finder)
    scene = Camera(street())
    answers = [attention.look(float(i), picture, scene.picture()) for i in range(25)]
    assert finder.asked == 1
    assert all(answer is answers[0] for answer in answers)
    moved = scene.picture([(100, 80, 8, 24, 20)])
    attention.look(25.0, picture, moved)
    assert finder.asked == 2


def test_somebody_who_creeps_in_is_seen_though_no_two_pictures_differ() -> None:
    finder = Finder()
    attention = Attention(finder)
    scene = Camera(np.full((180, 320), 120, np.uint8), noise=1.0)
    for i in range(20):
        attention.look(float(i), picture, scene.picture([(100, 80, 8, 24, 120 - i)]))
    assert finder.asked >= 2


def test_even_where_nothing_moves_the_network_looks_again_after_half_a_minute() -> None:
    finder = Finder()
    attention = Attention(finder)
    scene = Camera(street())
    for i in range(70):
        attention.look(float(i), picture, scene.picture())
    assert finder.asked == 3


def test_a_refusal_holds_for_all_detectors_of_a_picture() -> None:
    asked = 0

    class Strict(Rota):
        def grants(self, seat: Seat) -> bool:
            nonlocal asked
            asked += 1
            return False

    attention = Attention(Finder(), Strict())
    for _ in range(4):
        assert attention.look(1.0, refuse) is None
    assert asked == 1


def test_a_network_that_cannot_be_used_is_left_alone_and_people_are_counted_without_it() -> None:
    attention = Attention(Broken())
    assert attention.look(0.0, picture) is None
    assert attention.look(5.0, refuse) is None


def test_a_picture_that_leaves_is_searched_whether_or_not_there_is_time() -> None:
    rota = Rota(0.5, now=lambda: 0.0)
    rota.spend(100.0)
    finder = Finder()
    attention = Attention(finder, rota)
    assert attention.look(0.0, picture) is None
    assert attention.search(picture()).people
    assert finder.asked == 1
    assert attention.last == Found()


def test_without_a_network_a_search_finds_nobody() -> None:
    assert Attention(None).search(picture()) == Found()
