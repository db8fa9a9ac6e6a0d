"""What leaves the worker: of people who were missed, and of things that everybody should see."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from pydantic import SecretStr

from configs.cameras import Camera, PersonMark, Zone
from configs.detection import AbandonedObject, Crowding, Detect, WastePile
from events.frame import Picture
from events.geometry import Box
from events.ids import ZoneId
from tests.unit.vision.faces import detail, stand
from tests.unit.vision.frames import STARTED_AT, frame, texture
from vision import captions
from vision.attention import Attention
from vision.detector import Finding, Found, Mask, Person
from vision.evidence import EvidencePicture
from vision.filmstrip import BAR_PX
from vision.witness import BEFORE_S, MOST_OPEN, SPARE_S, Witness, longest_hold_s

WIDTH_PX, HEIGHT_PX = 1280, 720
Gray = npt.NDArray[np.uint8]
NOBODY: Mask = np.zeros((180, 320), np.uint8)
KEPT_SHARE = 0.02
"""Most of the detail of 6 to 16 cycles a head that a missed face may keep."""


def camera(*zones: Zone) -> Camera:
    return Camera(id="cam-1", name="Camera", site="plaza", url=SecretStr("rtsp://127.0.0.1/x"), zones=zones)


def shown(jpeg: bytes) -> Gray:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def small(picture: Gray) -> Gray:
    return np.asarray(cv2.resize(picture, (320, 180), interpolation=cv2.INTER_AREA), np.uint8)


def panels(evidence: EvidencePicture) -> tuple[Gray, Gray, Gray]:
    """Return now, before and beginning of a filmstrip of a 16:9 camera of at least 960 pixels."""
    whole = shown(evidence.jpeg)
    assert whole.shape == (885, 960)
    earlier = whole[2 * BAR_PX + 540 :]
    return whole[BAR_PX : BAR_PX + 540], earlier[:, :478], earlier[:, 482:]


class Scene:
    """A witness fed by hand: what is to be seen, and what movement and network make of it."""

    def __init__(self, one: Camera | None = None, attention: Attention | None = None) -> None:
        self.attention = attention or Attention(None)
        self.witness = Witness(one or camera(), self.attention, timezone=ZoneInfo("Asia/Jakarta"))
        self.picture: Gray = texture(WIDTH_PX, HEIGHT_PX)
        self.t_s = 0.0

    def live(self, seconds: float, foreground: Mask = NOBODY, *, step_s: float = 1.0, warm: bool = True) -> None:
        for _ in range(round(seconds / step_s)):
            self.t_s += step_s
            one = frame(self.picture, self.t_s)
            self.witness.see(one, self.t_s, small(self.picture), foreground, warm=warm)

    def evidence(self, finding: Finding) -> EvidencePicture:
        return self.witness.picture(finding, frame(self.picture, self.t_s).to_bgr)

    def snapshot(self) -> Gray:
        return shown(self.witness.snapshot(frame(self.picture, self.t_s)))


class FindsNobody:
    def find(self, bgr: Picture) -> Found:
        return Found()


def missed(scene: Scene, scale: float) -> list[Box]:
    """Let people stand still where neither movement nor network finds them; return their heads."""
    picture = scene.picture.copy()
    feet = (0.45, 0.7, 0.98)
    heads = [
        stand(picture, 0.15 + 0.3 * turn, foot, scale * (foot + 0.08), seed=turn) for turn, foot in enumerate(feet)
    ]
    scene.picture = picture
    return heads


def assert_unrecognisable(picture: Gray, original: Gray, heads: Sequence[Box]) -> None:
    for head in heads:
        assert detail(picture, head) < KEPT_SHARE * detail(original, head)


@pytest.mark.parametrize("scale", [0.3, 0.4, 0.5])
@pytest.mark.parametrize("attention", [Attention(None), Attention(FindsNobody())])
def test_a_face_that_movement_and_network_miss_is_unrecognisable_in_every_picture(
    scale: float, attention: Attention
) -> None:
    scene = Scene(attention=attention)
    heads = missed(scene, scale)
    scene.live(40)
    assert_unrecognisable(scene.snapshot(), scene.picture, heads)
    strip = scene.evidence(Finding(kind="crowding", zone=None, since_s=25.0, count=3))
    for panel in panels(strip):
        assert_unrecognisable(panel, scene.picture, heads)
    last = scene.witness.last_seen()
    assert last is not None
    for panel in panels(last):
        assert_unrecognisable(panel, scene.picture, heads)


def test_a_camera_so_close_that_only_marks_tell_is_capped_by_them() -> None:
    marks = tuple(PersonMark(head=(0.5, foot - 0.8 * (foot + 0.08)), feet=(0.5, foot)) for foot in (0.7, 0.98))
    scene = Scene(camera().model_copy(update={"people": marks}))
    picture = scene.picture.copy()
    heads = [stand(picture, x, foot, 0.8 * (foot + 0.08), seed=4) for x, foot in ((0.3, 0.7), (0.7, 0.98))]
    scene.picture = picture
    scene.live(40)
    assert_unrecognisable(scene.snapshot(), scene.picture, heads)


def test_a_missed_face_within_a_thing_at_rest_is_unrecognisable_too() -> None:
    """Somebody sits in the very box of a fresh pile since it came, and nobody knows."""
    scene = Scene()
    scene.live(10)
    heads = missed(scene, 0.4)
    pile = Box(0.05, 0.1, 0.9, 0.9)
    moved = np.full_like(NOBODY, 255)
    scene.live(20, moved)
    strip = scene.evidence(Finding(kind="waste_pile", zone=None, since_s=11.0, box=pile, score=0.4))
    for panel in panels(strip):
        assert_unrecognisable(panel, scene.picture, heads)


def test_a_street_far_away_keeps_what_little_detail_it_has() -> None:
    scene = Scene()
    scene.live(40)
    sharp = scene.snapshot()[:20]
    before = cv2.resize(scene.picture, (640, 360), interpolation=cv2.INTER_AREA)[:20]
    assert sharp.astype(float).std() > 0.8 * before.astype(float).std()


@pytest.mark.parametrize("part", ["cap_detail", "pixelate"])
def test_sabotage_without_each_part_the_proof_fails(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    monkeypatch.setattr(f"vision.evidence.{part}", lambda *_: None)
    proofs = {
        "cap_detail": lambda: test_a_face_that_movement_and_network_miss_is_unrecognisable_in_every_picture(
            0.4, Attention(None)
        ),
        "pixelate": test_whoever_stands_beside_a_fresh_pile_stays_hidden,
    }
    with pytest.raises(AssertionError):
        proofs[part]()


PILE = Box(0.55, 0.62, 0.2, 0.14)


def with_pile(picture: Gray) -> Gray:
    """Return the picture with bags a sixth of a metre wide, black and white."""
    x, y, width, height = PILE.to_pixels(WIDTH_PX, HEIGHT_PX)
    bags = np.random.default_rng(9).choice(np.array([15, 240], np.uint8), (4, 10))
    piled = picture.copy()
    piled[y : y + height, x : x + width] = cv2.resize(bags, (width, height), interpolation=cv2.INTER_NEAREST)
    return piled


def masked(*boxes: Box) -> Mask:
    mask = NOBODY.copy()
    for box in boxes:
        x, y, width, height = box.to_pixels(320, 180)
        mask[y : y + height, x : x + width] = 255
    return mask


def likeness(panel: Gray, original: Gray, box: Box) -> float:
    """Return the correlation of what is shown with what was there, both without detail below the cap."""
    size = panel.shape[1], panel.shape[0]
    there = cv2.GaussianBlur(cv2.resize(original, size, interpolation=cv2.INTER_AREA), (0, 0), 3)
    x, y, width, height = box.to_pixels(*size)
    place = np.s_[y + 4 : y + height - 4, x + 4 : x + width - 4]
    return float(np.corrcoef(panel[place].ravel(), there[place].ravel())[0, 1])


def fresh_pile(*, person: Box | None = None, attention: Attention | None = None) -> tuple[Scene, EvidencePicture]:
    scene = Scene(attention=attention)
    scene.live(20)
    scene.picture = with_pile(scene.picture)
    if person is not None:
        x, y, width, height = person.to_pixels(WIDTH_PX, HEIGHT_PX)
        clothes = np.random.default_rng(3).choice(np.array([10, 245], np.uint8), (height // 20, width // 20))
        scene.picture[y : y + height, x : x + width] = cv2.resize(
            clothes, (width, height), interpolation=cv2.INTER_NEAREST
        )
    scene.live(15, masked(PILE, *(() if person is None else (person,))))
    return scene, scene.evidence(Finding(kind="waste_pile", zone=None, since_s=21.0, box=PILE, score=0.4))


def test_a_fresh_pile_is_to_be_seen_in_its_own_evidence() -> None:
    scene, strip = fresh_pile()
    now, before, _ = panels(strip)
    assert likeness(now, scene.picture, PILE) > 0.85
    assert likeness(before, texture(WIDTH_PX, HEIGHT_PX), PILE) > 0.5
    assert abs(likeness(before, scene.picture, PILE)) < 0.4
    hidden = scene.snapshot()  # which knows of no finding
    assert likeness(hidden, scene.picture, PILE) < 0.8


def test_whoever_stands_beside_a_fresh_pile_stays_hidden() -> None:
    person = Box(0.48, 0.36, 0.065, 0.4)
    scene, strip = fresh_pile(person=person)
    now, _, _ = panels(strip)
    assert likeness(now, scene.picture, person) < 0.8
    assert likeness(now, scene.picture, Box(0.62, 0.62, 0.13, 0.14)) > 0.8


def test_whoever_the_network_finds_on_a_fresh_pile_stays_hidden() -> None:
    sitting = Box(0.6, 0.62, 0.06, 0.14)

    class Finder:
        def find(self, bgr: Picture) -> Found:
            return Found(people=[Person(box=sitting, score=0.4)])

    scene, strip = fresh_pile(attention=Attention(Finder()))
    now, _, _ = panels(strip)
    assert likeness(now, scene.picture, sitting) < 0.8
    assert likeness(now, scene.picture, Box(0.68, 0.62, 0.07, 0.14)) > 0.8


def test_whoever_stood_still_before_and_walked_off_later_is_hidden_in_the_past_too() -> None:
    """The network never saw them; but where they stood, something moved soon after."""
    scene = Scene()
    scene.live(30)
    walker = Box(0.2, 0.4, 0.05, 0.3)
    scene.live(10, masked(walker))
    strip = scene.evidence(Finding(kind="waste_pile", zone=None, since_s=35.0, box=PILE, score=0.4))
    _, before, _ = panels(strip)
    x, y, width, height = walker.to_pixels(478, 269)
    inside = before[y : y + height, x : x + width].astype(int)
    assert (np.abs(np.diff(inside, axis=0)) <= 4).mean() > 0.75


def test_the_picture_before_a_cover_shows_what_the_camera_saw() -> None:
    scene = Scene()
    scene.live(30)
    usual = scene.picture
    scene.picture = np.full_like(usual, 20)
    scene.live(6, warm=False)
    strip = scene.evidence(Finding(kind="tamper", zone=None, since_s=31.0, attrs={"class": "covered"}))
    now, before, _ = panels(strip)
    assert strip.veiled
    assert now.max() < 60
    assert likeness(before, usual, Box(0.1, 0.0, 0.8, 0.4)) > 0.5


def test_a_pile_told_after_ten_minutes_is_shown_as_it_was_before_it_came() -> None:
    scene = Scene(camera(Zone(id="corner", detect=Detect(waste_pile=WastePile(hold_s=600)))))
    scene.live(60)
    clean = scene.picture
    scene.picture = with_pile(clean)
    scene.live(610, step_s=2.0)
    _, before, beginning = panels(
        scene.evidence(Finding(kind="waste_pile", zone=ZoneId("corner"), since_s=65.0, box=PILE, score=0.4))
    )
    assert likeness(before, clean, PILE) > 0.5
    assert likeness(beginning, scene.picture, PILE) > 0.8


def test_updates_show_the_same_beginning_and_a_new_now() -> None:
    scene = Scene()
    scene.live(30)
    finding = Finding(kind="waste_pile", zone=None, since_s=20.0, box=PILE, score=0.2)
    first = panels(scene.evidence(finding))
    scene.picture = with_pile(scene.picture)
    scene.live(200, step_s=4.0)
    later = panels(scene.evidence(finding))
    assert np.abs(later[1].astype(int) - first[1].astype(int)).mean() < 2
    assert likeness(first[0], scene.picture, PILE) < 0.4
    assert likeness(later[0], scene.picture, PILE) > 0.8


def overheard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list into which captions with minutes and seconds come as they are made."""
    said: list[str] = []

    def listen(words: str, at: datetime, zone: tzinfo | None) -> str:
        said.append(f"{words} {at:%M:%S}")
        return words

    monkeypatch.setattr(captions, "at_clock", listen)
    return said


def test_without_a_past_the_sheet_says_so_and_names_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    said = overheard(monkeypatch)
    scene = Scene()
    scene.live(1)
    scene.evidence(Finding(kind="crowding", zone=None, since_s=1.0, count=9))
    assert said == ["10 d sebelum 59:51", "mulai 00:01", "sekarang 00:01"]


def test_captions_tell_the_times_of_the_pictures_not_the_wanted_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    said = overheard(monkeypatch)
    scene = Scene()
    scene.live(80, step_s=8.0)
    scene.evidence(Finding(kind="crowding", zone=None, since_s=60.0, count=9))
    assert said == ["12 d sebelum 00:48", "mulai + 4 d 01:04", "sekarang 01:20"]


def test_before_any_picture_there_is_nothing_to_show_of_a_silence() -> None:
    assert Witness(camera(), Attention(None)).last_seen() is None


def test_a_silent_camera_is_shown_as_it_was_seen_last(monkeypatch: pytest.MonkeyPatch) -> None:
    said = overheard(monkeypatch)
    scene = Scene()
    scene.live(20)
    assert scene.witness.last_seen() is not None
    assert said == ["10 d sebelum 00:10", "4 d sebelum 00:16", "gambar terakhir 00:20"]


def test_of_many_pictures_a_second_the_one_shown_of_a_silence_is_at_most_a_second_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = overheard(monkeypatch)
    scene = Scene()
    scene.live(19.8, step_s=0.2)
    assert scene.witness.last_seen() is not None
    assert said[-1] == "gambar terakhir 00:19"


def test_masked_areas_are_covered_in_every_panel() -> None:
    window = ((0.1, 0.3), (0.3, 0.3), (0.3, 0.6), (0.1, 0.6))
    scene = Scene(camera().model_copy(update={"mask": (window,)}))
    scene.picture = np.full((HEIGHT_PX, WIDTH_PX), 200, np.uint8)
    scene.live(40)
    strip = scene.evidence(Finding(kind="crowding", zone=None, since_s=25.0, count=3))
    for panel in panels(strip):
        height_px, width_px = panel.shape
        assert (
            panel[int(0.35 * height_px) : int(0.55 * height_px), int(0.15 * width_px) : int(0.25 * width_px)].max() < 70
        )
        assert panel[:, int(0.5 * width_px) :].min() > 150


def test_history_reaches_as_far_back_as_the_longest_hold_time() -> None:
    zones = (
        Zone(id="a", detect=Detect(crowding=Crowding(count=3, hold_s=30))),
        Zone(id="b", detect=Detect(abandoned_object=AbandonedObject(after_s=45), waste_pile=WastePile(hold_s=20))),
    )
    assert longest_hold_s(camera(*zones)) == 45
    assert longest_hold_s(camera()) == 0
    scene = Scene(camera(*zones))
    scene.live(300)
    oldest_s = min(one.t_s for one in scene.witness._history)
    assert 45 + BEFORE_S <= scene.t_s - oldest_s <= 45 + BEFORE_S + SPARE_S + 30


def test_memory_is_bounded_whatever_begins() -> None:
    """346 kB a picture of 640x360 as decoded, 194 kB converted; early panels are JPEG."""
    scene = Scene(camera(Zone(id="corner", detect=Detect(waste_pile=WastePile(hold_s=600)))))
    scene.picture = texture(640, 360)
    scene.live(650, step_s=5.0)
    for number in range(3 * MOST_OPEN):
        scene.evidence(Finding(kind="abandoned_object", zone=None, since_s=600.0 + number / 10, box=PILE))
    assert len(scene.witness._early) == MOST_OPEN
    assert scene.witness.size_bytes < 10_000_000


def test_times_are_the_citys() -> None:
    assert captions.at_clock("sekarang", STARTED_AT + timedelta(hours=7), ZoneInfo("Asia/Jakarta")).endswith("14.00.00")
