"""People of the demo's scenes."""

from math import hypot

from hypothesis import given
from hypothesis import strategies as st

from app.demo.actors import Walker, path
from app.demo.figures import LOOKS, PHASES, Heading
from app.demo.scripts import scripts

EVERYBODY = [walker for calm in (False, True) for script in scripts(calm=calm) for walker in script.walkers]


def test_a_walker_goes_from_place_to_place_and_waits_where_told() -> None:
    walker = path(LOOKS[0], 2.0, [(0.0, 10.0), (5.0, 10.0, 3.0), (5.0, 15.0)], speed=1.0)
    assert walker.pose(1.9) is None
    midway, waiting, leaving = walker.pose(4.5), walker.pose(8.5), walker.pose(12.0)
    assert midway is not None
    assert (midway.x_m, midway.z_m, midway.heading) == (2.5, 10.0, Heading.RIGHT)
    assert waiting is not None
    assert waiting.phase == -1
    assert hypot(waiting.x_m - 5.0, waiting.z_m - 10.0) < 0.1
    assert leaving is not None
    assert leaving.heading is Heading.AWAY
    assert walker.pose(15.1) is None


@given(st.sampled_from(EVERYBODY), st.floats(0, 50))
def test_nobody_jumps_or_runs(walker: Walker, t_s: float) -> None:
    now, soon = walker.pose(t_s), walker.pose(t_s + 0.04)
    if now is not None and soon is not None:
        # 2 m/s is a hurried step; standing people sway a few centimetres.
        assert hypot(soon.x_m - now.x_m, soon.z_m - now.z_m) <= 2.0 * 0.04 + 0.06


@given(st.sampled_from(EVERYBODY), st.floats(0, 50))
def test_a_pose_is_one_that_can_be_drawn(walker: Walker, t_s: float) -> None:
    pose = walker.pose(t_s)
    assert pose is None or -1 <= pose.phase < PHASES
