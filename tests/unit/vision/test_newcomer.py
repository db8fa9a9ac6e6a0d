import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.vision.scenes import Camera, street
from vision.detector import Mask, Small
from vision.newcomer import (
    MOST_PX,
    Kind,
    Looks,
    Piece,
    Pixels,
    Verdict,
    agreement,
    completed,
    core,
    looks_of,
    near,
    overlap,
    pieces,
    shares,
    verdict,
)

WIDE = 16 / 9
BEFORE = street()
EMPTY: Mask = np.zeros((180, 320), np.uint8)

boxes: st.SearchStrategy[Pixels] = st.tuples(
    st.integers(0, 280), st.integers(0, 150), st.integers(1, 40), st.integers(1, 30)
)


def painted(*places: Pixels) -> Mask:
    mask = EMPTY.copy()
    for x, y, width, height in places:
        mask[y : y + height, x : x + width] = 255
    return mask


def piece(box: Pixels) -> Piece:
    _, _, width, height = box
    return Piece(box=box, mask=np.full((height, width), 255, np.uint8), area_px=width * height)


def judged(now: Small, before: Small, box: Pixels) -> Verdict:
    return verdict(piece(box), looks_of(piece(box), now, before), WIDE)


def with_thing(x: int, y: int, width: int, height: int, level: int, scene: Small = BEFORE) -> Small:
    return Camera(scene, noise=1.0).picture([(x, y, width, height, level)])


class TestPieces:
    @settings(deadline=None, max_examples=40)
    @given(boxes)
    def test_a_rectangle_is_one_piece_with_its_box_and_every_pixel(self, box: Pixels) -> None:
        [found] = pieces(painted(box), 3)
        assert found.box == box
        assert found.area_px == box[2] * box[3]

    @settings(deadline=None, max_examples=40)
    @given(st.lists(boxes, max_size=6), st.sampled_from([3, 5]))
    def test_all_pixels_are_in_exactly_one_piece_and_the_largest_comes_first(
        self, places: list[Pixels], closing_px: int
    ) -> None:
        mask = painted(*places)
        found = pieces(mask, closing_px)
        times = np.zeros((180 + 20, 320 + 20), np.int32)  # closing may reach over the edge
        for one in found:
            x, y, width, height = one.box
            times[y + 10 : y + 10 + height, x + 10 : x + 10 + width] += one.mask > 0
        inside = times[10:-10, 10:-10]
        assert times.max(initial=0) <= 1
        assert inside[mask > 0].all()
        assert [one.area_px for one in found] == sorted((one.area_px for one in found), reverse=True)
        assert all(one.area_px == cv2.countNonZero(one.mask) for one in found)

    def test_gaps_up_to_the_closing_are_closed_and_wider_ones_part(self) -> None:
        left, beside, apart = (50, 50, 10, 10), (63, 50, 10, 10), (80, 50, 10, 10)
        assert len(pieces(painted(left, beside, apart), 5)) == 2
        assert len(pieces(painted(left, beside, apart), 3)) == 3

    def test_holes_are_filled(self) -> None:
        mask = painted((50, 50, 20, 20))
        mask[55:65, 55:65] = 0
        [found] = pieces(mask, 3)
        assert found.area_px == 400

    def test_nothing_has_no_pieces(self) -> None:
        assert pieces(EMPTY, 5) == []


class TestGeometry:
    @settings(deadline=None, max_examples=40)
    @given(boxes, boxes)
    def test_overlap_is_that_of_the_boxes_where_pieces_are_full(self, one: Pixels, other: Pixels) -> None:
        said = overlap(piece(one), piece(other))
        assert said == overlap(piece(other), piece(one))
        assert said == pytest.approx(shares(one).intersection_over_union(shares(other)), abs=1e-6)

    @settings(deadline=None, max_examples=40)
    @given(boxes)
    def test_a_piece_overlaps_itself_fully(self, one: Pixels) -> None:
        assert overlap(piece(one), piece(one)) == 1.0

    def test_what_shows_more_and_less_of_a_thing_agrees_and_what_shifts_agrees_as_little_as_it_overlaps(self) -> None:
        whole, half, beside = (piece((50, 50, width, 20)) for width in (20, 10, 1))
        assert agreement(whole, half) == agreement(half, whole) == pytest.approx(1.0)
        assert overlap(whole, half) == 0.5
        assert agreement(whole, piece((56, 50, 20, 20))) == pytest.approx(0.7)
        assert agreement(whole, piece((100, 50, 20, 20))) == 0.0
        assert agreement(whole, beside) == 0.0, "a speck is no part of it"

    def test_overlap_is_of_pixels_not_of_boxes(self) -> None:
        upper = np.triu(np.full((20, 20), 255, np.uint8), 1)
        lower = np.tril(np.full((20, 20), 255, np.uint8), -1)
        one, other = (Piece(box=(5, 5, 20, 20), mask=m, area_px=cv2.countNonZero(m)) for m in (upper, lower))
        assert overlap(one, other) == 0.0

    @settings(deadline=None, max_examples=40)
    @given(boxes, boxes, st.integers(0, 20))
    def test_near_is_mutual_and_overlapping_is_near_at_any_reach(self, one: Pixels, other: Pixels, px: int) -> None:
        assert near(one, other, px) == near(other, one, px)
        if overlap(piece(one), piece(other)) > 0:
            assert near(one, other, px)

    @settings(deadline=None, max_examples=40)
    @given(boxes, st.integers(0, 30), st.integers(0, 20))
    def test_near_means_less_than_so_far_apart(self, one: Pixels, gap_px: int, reach_px: int) -> None:
        x, y, width, height = one
        assert near(one, (x + width + gap_px, y, 5, 5), reach_px) == (gap_px < reach_px)
        assert near(one, (x, y + height + gap_px, 5, 5), reach_px) == (gap_px < reach_px)

    @settings(deadline=None, max_examples=40)
    @given(boxes)
    def test_shares_come_back_as_the_same_pixels(self, one: Pixels) -> None:
        assert shares(one).to_pixels(320, 180) == one


class TestVerdict:
    BOX: Pixels = (150, 100, 24, 18)

    @pytest.mark.parametrize("level", [15, 40, 230])
    def test_a_thing_with_an_outline_that_was_not_there_before(self, level: int) -> None:
        said = judged(with_thing(*self.BOX, level), BEFORE, self.BOX)
        assert said.kind is Kind.THING
        assert said.score > 0.5

    @pytest.mark.parametrize("level", [15, 230])
    def test_the_place_of_a_thing_taken_away_is_a_ghost(self, level: int) -> None:
        assert judged(BEFORE, with_thing(*self.BOX, level), self.BOX).kind is Kind.GHOST

    def test_a_dark_thing_at_night_is_no_shadow_because_its_edges_are_faint(self) -> None:
        night: Small = np.full((180, 320), 24, np.uint8)
        now = night.copy()
        now[100:108, 150:159] = 17
        assert judged(now, night, (150, 100, 9, 8)).kind is Kind.THING

    def test_on_ground_full_of_edges_a_thing_stands_out_and_the_place_of_one_taken_away_does_not(self) -> None:
        ground: Small = np.full((180, 320), 90, np.uint8)
        ground[:, ::8] = 200  # bars as steep as the outline of the thing
        ground[::8] = 200
        x, y, width, height = self.BOX
        laid = ground.copy()
        laid[y : y + height, x : x + width] = 30
        assert looks_of(piece(self.BOX), laid, ground).standing_out > 0.5
        assert looks_of(piece(self.BOX), ground, laid).standing_out < -0.5
        assert judged(laid, ground, self.BOX).kind is Kind.THING
        assert judged(ground, laid, self.BOX).kind is not Kind.THING

    def test_a_thing_laid_over_a_road_marking_is_not_the_place_of_one_taken_away(self) -> None:
        road: Small = np.full((180, 320), 90, np.uint8)
        x, y, width, height = self.BOX
        road[:, x - 1 : x + 3] = 250
        road[:, x + 4 : x + 20] = 20  # mended: most of the place was unlike the road before
        laid = road.copy()
        laid[y : y + height, x : x + width] = 100
        assert judged(laid, road, self.BOX).kind is Kind.THING
        assert judged(road, laid, self.BOX).kind is Kind.GHOST

    @pytest.mark.parametrize("left", [0.4, 0.6, 0.8])
    def test_a_soft_shadow_that_keeps_the_ground_is_light(self, left: float) -> None:
        shade = np.ones((180, 320), np.float32)
        shade[100:118, 150:174] = left
        shade = np.asarray(cv2.GaussianBlur(shade, (0, 0), 5), np.float32)
        assert judged((BEFORE * shade).astype(np.uint8), BEFORE, self.BOX).kind is not Kind.THING

    def test_a_soft_glare_is_light(self) -> None:
        rows, columns = np.mgrid[0:180, 0:320]
        glow = 90 * np.exp(-((columns - 162) ** 2 + (rows - 109) ** 2) / (2 * 14.0**2))
        glaring = np.clip(np.full((180, 320), 90.0) + glow, 0, 255).astype(np.uint8)
        assert judged(glaring, np.full((180, 320), 90, np.uint8), self.BOX).kind is Kind.LIGHT

    @pytest.mark.parametrize("box", [(60, 100, 130, 12), (150, 20, 8, 110), (40, 40, 80, 60)])
    def test_what_is_too_long_or_too_large_is_unfit(self, box: Pixels) -> None:
        assert box[2] > 5 * box[3] or box[3] > 5 * box[2] or box[2] * box[3] > MOST_PX
        assert judged(with_thing(*box, 20), BEFORE, box).kind is Kind.UNFIT

    def test_a_thread_that_fills_little_of_its_box_is_unfit(self) -> None:
        mask = np.zeros((40, 40), np.uint8)
        cv2.line(mask, (0, 0), (39, 39), (255,), 3)
        thread = Piece(box=(100, 80, 40, 40), mask=mask, area_px=cv2.countNonZero(mask))
        now = BEFORE.copy()
        now[80:120, 100:140][mask > 0] = 10
        assert verdict(thread, looks_of(thread, now, BEFORE), WIDE).kind is Kind.UNFIT

    def test_the_shape_is_that_of_the_picture_before_it_was_squeezed(self) -> None:
        box: Pixels = (100, 80, 55, 12)
        looks = looks_of(piece(box), with_thing(*box, 15), BEFORE)
        assert verdict(piece(box), looks, WIDE).kind is Kind.THING
        assert verdict(piece(box), looks, 21 / 9).kind is Kind.UNFIT

    def test_a_faint_thing_is_doubted_longer_than_a_clear_one(self) -> None:
        clear, faint = (
            verdict(
                piece(self.BOX),
                Looks(edge=40.0, sharper=sharper, standing_out=0.0, likeness=0.1, difference=15.0, ground=100.0),
                WIDE,
            )
            for sharper in (0.6, 0.2)
        )
        assert clear.kind is faint.kind is Kind.THING
        assert clear.doubt_s == 0.0
        assert faint.doubt_s > 0.0
        assert faint.score < clear.score

    def test_what_is_long_and_thin_is_doubted_longer_than_what_is_not(self) -> None:
        square, slim = (judged(with_thing(*box, 15), BEFORE, box) for box in (self.BOX, (100, 100, 50, 13)))
        assert square.kind is slim.kind is Kind.THING
        assert square.doubt_s == 0.0
        assert slim.doubt_s > 5.0

    @pytest.mark.parametrize(("edge", "sharper", "kind"), [(160.0, 1.0, Kind.THING), (80.0, 1.0, Kind.LIGHT)])
    def test_more_of_the_ground_may_show_in_what_has_a_sharp_outline_and_is_in_focus(
        self, edge: float, sharper: float, kind: Kind
    ) -> None:
        looks = Looks(edge=edge, sharper=sharper, standing_out=0.0, likeness=0.55, difference=40.0, ground=100.0)
        assert verdict(piece(self.BOX), looks, WIDE).kind is kind

    def test_what_is_left_of_the_ground_through_a_veil_is_light(self) -> None:
        veiled = BEFORE.copy()
        veiled[100:118, 150:174] = 0.7 * BEFORE[100:118, 150:174] + 0.3 * 230
        assert judged(veiled, BEFORE, self.BOX).kind is Kind.LIGHT

    def test_at_the_edge_of_the_picture_it_is_judged_as_elsewhere(self) -> None:
        corner: Pixels = (0, 0, 24, 18)
        assert judged(with_thing(*corner, 15), BEFORE, corner).kind is Kind.THING


class TestCore:
    FLAT: Small = np.full((180, 320), 100, np.uint8)
    WHOLE: Pixels = (130, 90, 60, 30)
    THING: Pixels = (150, 98, 16, 14)

    @classmethod
    def shaded(cls, thing_level: int) -> Small:
        now = cls.FLAT.copy()
        for (x, y, width, height), level in ((cls.WHOLE, 80), (cls.THING, thing_level)):
            now[y : y + height, x : x + width] = level
        return now

    def test_is_the_part_that_differs_most(self) -> None:
        found = core(piece(self.WHOLE), self.shaded(20), self.FLAT)
        assert found is not None
        assert found.box == self.THING

    def test_is_none_where_everything_differs_alike(self) -> None:
        assert core(piece(self.WHOLE), self.shaded(75), self.FLAT) is None

    def test_is_none_where_it_would_be_a_speck(self) -> None:
        now = self.FLAT.copy()
        now[90:120, 130:190] = 80
        now[100:106, 150:157] = 20
        assert core(piece(self.WHOLE), now, self.FLAT) is None


class TestCompleted:
    def test_what_belongs_to_a_thing_but_differs_less_is_added(self) -> None:
        flat = np.full((180, 320), 100, np.uint8)
        now = flat.copy()
        now[100:118, 150:164] = 20
        now[100:118, 164:168] = 91  # half as different as asked for, beside what is
        whole = completed(piece((150, 100, 14, 18)), now, flat, painted((150, 100, 14, 18)))
        assert whole.box == (150, 100, 18, 18)

    def test_who_stands_beside_it_is_not_added(self) -> None:
        flat = np.full((180, 320), 100, np.uint8)
        now = flat.copy()
        now[100:118, 150:164] = 20
        now[80:130, 164:180] = 200
        whole = completed(piece((150, 100, 14, 18)), now, flat, painted((150, 100, 14, 18), (164, 80, 16, 50)))
        assert whole.box == (150, 100, 14, 18)

    @settings(deadline=None, max_examples=40)
    @given(boxes.filter(lambda box: box[2] > 2 and box[3] > 2))
    def test_a_piece_is_never_made_smaller(self, box: Pixels) -> None:
        whole = completed(piece(box), with_thing(*box, 20), BEFORE, painted(box))
        x, y, width, height = box
        assert whole.area_px >= width * height
        assert whole.box[0] <= x
        assert whole.box[1] <= y
        assert whole.box[0] + whole.box[2] >= x + width
        assert whole.box[1] + whole.box[3] >= y + height
