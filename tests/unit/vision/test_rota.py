import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from vision.rota import Rota

LOOK_S = 0.02


class Worker:
    """A worker's cameras asking in turn, on a clock of its own."""

    def __init__(self, cameras: int, *, share: float, look_s: float = LOOK_S) -> None:
        self.now_s = 0.0
        self.look_s = look_s
        self.rota = Rota(share, now=lambda: self.now_s)
        self.seats = [self.rota.seat(f"cam-{i}") for i in range(cameras)]
        self.looks: list[list[float]] = [[] for _ in range(cameras)]

    def run(self, until_s: float, *, every_s: float, asking: range | None = None) -> None:
        """Let the cameras ask with each of their pictures, which come one after the other, always in the same order."""
        begun_s = self.now_s
        those = asking or range(len(self.seats))
        for turn in itertools.count():
            at_s = begun_s + turn * every_s / len(those)
            if at_s >= until_s:
                return
            self.now_s = max(self.now_s, at_s)
            i = those[turn % len(those)]
            if self.rota.grants(self.seats[i]):
                self.now_s += self.look_s
                self.rota.spend(self.look_s)
                self.rota.looked(self.seats[i], self.look_s)
                self.looks[i].append(self.now_s)


def refused() -> float:
    return REGISTRY.get_sample_value("pantau_vision_network_refused_total") or 0.0


def test_a_few_cameras_are_looked_at_once_a_second() -> None:
    worker = Worker(5, share=0.25)
    before = refused()
    worker.run(60, every_s=0.2)
    assert all(55 <= len(looks) <= 61 for looks in worker.looks)
    assert refused() == before


@pytest.mark.parametrize(("share", "every_s"), [(0.08, 2.0), (0.25, 2.0), (0.25, 0.2), (0.25, 10.0)])
def test_a_hundred_cameras_get_the_same_and_the_budget_is_used_and_kept(share: float, every_s: float) -> None:
    worker = Worker(95, share=share)
    worker.run(600, every_s=every_s)
    counts = [len(looks) for looks in worker.looks]
    assert max(counts) - min(counts) <= 0.25 * max(counts) + 1
    spent = sum(counts) * LOOK_S
    assert spent <= share * worker.now_s + 1.0 + LOOK_S
    affordable = min(share * 600, 95 * 600 / max(every_s, 1.0) * LOOK_S)
    assert spent >= 0.6 * affordable


def test_refusals_are_counted_when_the_budget_is_too_small() -> None:
    worker = Worker(50, share=0.05)
    before = refused()
    worker.run(60, every_s=1.0)
    assert refused() > before


def test_who_asks_first_gains_nothing() -> None:
    worker = Worker(40, share=0.1)
    worker.run(300, every_s=0.2)
    first, last = len(worker.looks[0]), len(worker.looks[-1])
    assert abs(first - last) <= 2


def test_a_camera_with_tiles_costs_more_and_still_gets_its_turns() -> None:
    worker = Worker(10, share=0.1)
    worker.seats[3].cost_s = 0.2
    worker.run(120, every_s=1.0)
    counts = [len(looks) for looks in worker.looks]
    assert counts[3] >= 0.75 * max(counts)


def test_cameras_that_stopped_asking_hold_nobody_up() -> None:
    worker = Worker(60, share=0.1)
    worker.run(30, every_s=1.0)
    done = [len(looks) for looks in worker.looks]
    worker.run(120, every_s=1.0, asking=range(3))
    assert all(len(worker.looks[i]) - done[i] >= 60 for i in range(3))


def test_a_camera_that_comes_late_is_looked_at_before_the_others() -> None:
    worker = Worker(30, share=0.1)
    worker.run(60, every_s=1.0, asking=range(29))
    worker.run(70, every_s=1.0)
    assert worker.looks[29]


def test_a_rebuilt_pipeline_sits_where_it_sat() -> None:
    rota = Rota(now=lambda: 0.0)
    assert rota.seat("cam-1") is rota.seat("cam-1")
    assert rota.seat("cam-1") is not rota.seat("cam-2")


@settings(max_examples=20, deadline=None)
@given(
    cameras=st.integers(1, 60),
    share=st.floats(0.01, 0.9),
    every_s=st.sampled_from([0.2, 1.0, 2.0, 5.0]),
    look_s=st.floats(0.005, 0.2),
)
def test_the_budget_is_never_overdrawn_and_nobody_is_forgotten(
    cameras: int, share: float, every_s: float, look_s: float
) -> None:
    worker = Worker(cameras, share=share, look_s=look_s)
    worker.run(120, every_s=every_s)
    assert sum(map(len, worker.looks)) * look_s <= share * worker.now_s + 1.0 + look_s
    rounds = share * 120 / (cameras * max(look_s, 0.025))
    if rounds >= 3:
        assert all(worker.looks)
