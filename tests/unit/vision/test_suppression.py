import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from events.geometry import Box
from vision.suppression import suppress

boxes_and_scores = st.lists(
    st.tuples(st.floats(0, 0.8), st.floats(0, 0.8), st.floats(0.01, 0.2), st.floats(0.01, 0.2), st.floats(0, 1)),
    max_size=25,
)


@given(boxes_and_scores)
def test_of_two_boxes_on_one_person_only_the_surer_stays(rows: list[tuple[float, ...]]) -> None:
    table = np.array(rows, np.float32).reshape(-1, 5)
    boxes, scores = table[:, :4], table[:, 4]
    kept = suppress(boxes, scores)
    assert [scores[i] for i in kept] == sorted((scores[i] for i in kept), reverse=True)
    for place, i in enumerate(kept):
        for j in kept[place + 1 :]:
            assert Box(*boxes[i].tolist()).intersection_over_union(Box(*boxes[j].tolist())) <= 0.45 + 1e-4
    for gone in set(range(len(boxes))) - set(kept):
        assert any(scores[i] >= scores[gone] for i in kept)


def test_a_head_inside_its_person_is_nobody_else() -> None:
    boxes = np.array([[0.1, 0.1, 0.2, 0.6], [0.15, 0.1, 0.1, 0.1], [0.6, 0.1, 0.2, 0.6]], np.float32)
    assert suppress(boxes, np.array([0.9, 0.8, 0.7], np.float32)) == [0, 2]
