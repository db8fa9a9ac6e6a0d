from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from events.errors import ConfigError
from vision.network import ANCHORS, GRIDS, PeopleNetwork, anchors, decode
from vision.suppression import Floats


def test_there_is_an_anchor_for_each_prediction() -> None:
    rows = anchors()
    assert rows.shape == (ANCHORS, 4)
    assert rows.dtype == np.float32


def test_the_first_layer_has_three_small_anchors_a_cell_and_the_last_cell_six_large_ones() -> None:
    rows = anchors()
    centre = 0.5 / GRIDS[0]
    first = [
        (centre, centre, h, w) for h, w in ((0.1, 0.1), (0.2 / 2**0.5, 0.2 * 2**0.5), (0.2 * 2**0.5, 0.2 / 2**0.5))
    ]
    assert rows[:3] == pytest.approx(np.array(first), rel=1e-5)
    assert np.all(rows[-6:, :2] == 0.5)
    assert rows[-1, 2:] == pytest.approx(np.sqrt([0.95, 0.95]), rel=1e-5)


def test_a_prediction_of_nothing_is_its_anchor() -> None:
    row = np.array([[0.5, 0.4, 0.2, 0.1]], np.float32)
    assert decode(np.zeros((1, 4), np.float32), row)[0] == pytest.approx([0.35, 0.4, 0.1, 0.2], rel=1e-5)


@given(arrays.arrays(np.float32, (20, 4), elements=st.floats(-100, 100, width=32)))
def test_whatever_is_predicted_becomes_a_box_within_the_picture(codes: Floats) -> None:
    boxes = decode(codes, anchors()[:20])
    assert np.all(boxes >= 0)
    assert np.all(boxes[:, :2] + boxes[:, 2:] <= 1 + 1e-6)


def test_missing_weights_are_told_with_the_remedy(tmp_path: Path) -> None:
    network = PeopleNetwork(tmp_path / "none.tflite")
    with pytest.raises(ConfigError, match="pantau models install"):
        network.find(np.zeros((20, 20, 3), np.uint8))


@pytest.mark.filterwarnings("default")
def test_damaged_weights_are_told_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "weights.tflite"
    path.write_bytes(b"\x1c\0\0\0TFL3 and then nothing of use")
    with pytest.raises(ConfigError, match="pantau models install"):
        PeopleNetwork(path).find(np.zeros((20, 20, 3), np.uint8))
