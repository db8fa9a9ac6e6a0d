"""An operator says that a zone is clean."""

import os
from pathlib import Path

import cv2
import numpy as np

from events.geometry import Box
from tests.unit.vision.corner import CLEAN, CORNER, PILED, SETTINGS, References, made, watched
from tests.unit.vision.scenes import Camera
from vision.detector import Found, Small, Vehicle
from vision.reference import StoredReferences
from vision.waste import WastePileDetector


class TestCleanNow:
    """An operator says that the zone is clean."""

    def ask(self, detector: WastePileDetector) -> list[str | None]:
        answers: list[str | None] = []
        detector.take_clean(answers.append)
        return answers

    def test_what_lies_there_becomes_the_reference_and_its_pile_ends(self) -> None:
        references, piled = References(CLEAN), Camera(PILED)
        detector = made(references)
        assert watched(detector, lambda _t_s: piled.picture(), until_s=40)[1] != []
        answers = self.ask(detector)
        watched(detector, lambda _t_s: piled.picture(), from_s=40, until_s=47)
        assert answers == [None]
        coverages, findings = watched(detector, lambda _t_s: piled.picture(), from_s=47, until_s=80)
        assert findings == []
        assert max(coverages) < 0.02
        taken = references.load(CORNER.zone)
        assert taken is not None
        assert np.abs(taken.astype(np.int16) - PILED).mean() < 3

    def test_only_pictures_from_then_on_count(self) -> None:
        """The pile was there until a moment ago: the median of the last minute would still show it."""
        references, clean, piled = References(CLEAN), Camera(CLEAN), Camera(PILED)
        detector = made(references, hold_s=600.0)
        watched(detector, lambda _t_s: piled.picture(), until_s=100)
        answers = self.ask(detector)
        watched(detector, lambda _t_s: clean.picture(), from_s=100, until_s=108)
        taken = references.load(CORNER.zone)
        assert answers == [None]
        assert taken is not None
        assert np.abs(taken.astype(np.int16) - CLEAN).mean() < 3

    def test_a_zone_without_reference_is_watched_from_then_on(self) -> None:
        detector, clean = made(References(None)), Camera(CLEAN)
        answers = self.ask(detector)
        watched(detector, lambda _t_s: clean.picture(), until_s=10)
        assert answers == [None]
        assert detector.state == "watching"

    def test_it_is_refused_while_something_keeps_moving_there(self) -> None:
        detector, camera = made(), Camera(CLEAN)
        answers = self.ask(detector)

        def show(t_s: float) -> Small:
            return camera.picture([(100 + int(t_s * 40) % 90, 60, 30, 80, 15 if int(t_s * 2) % 2 else 240)])

        watched(detector, show, until_s=40)
        assert answers == ["the picture did not become steady: something keeps moving in the zone"]

    def test_it_is_refused_while_a_vehicle_stands_there(self) -> None:
        detector, camera = made(), Camera(CLEAN)
        answers = self.ask(detector)
        parked = Found(vehicles=[Vehicle(box=Box(0.35, 0.4, 0.2, 0.2), score=0.9)])
        watched(detector, lambda _t_s: camera.picture(), until_s=10, found=parked)
        assert answers == ["somebody or a vehicle stands in the zone"]

    def test_it_is_refused_while_the_camera_is_at_fault_or_becomes_so(self) -> None:
        fault = True
        detector, camera = WastePileDetector(CORNER, SETTINGS, References(CLEAN), blind=lambda: fault), Camera(CLEAN)
        assert self.ask(detector) == ["the camera is covered, moved or otherwise at fault"]
        fault = False
        answers = self.ask(detector)
        watched(detector, lambda _t_s: camera.picture(), until_s=2)
        fault = True
        watched(detector, lambda _t_s: camera.picture(), from_s=2, until_s=4)
        assert answers == ["the camera is covered, moved or otherwise at fault"]

    def test_a_second_one_meanwhile_is_refused(self) -> None:
        detector = made()
        assert self.ask(detector) == []
        assert self.ask(detector) == ["another clean_now for this zone is under way"]

    def test_it_goes_before_an_older_picture_named_in_the_settings(self, tmp_path: Path) -> None:
        path = tmp_path / "clean.png"
        cv2.imwrite(str(path), CLEAN)
        os.utime(path, (1.0e9, 1.0e9))
        references, piled = StoredReferences(tmp_path / "kept"), Camera(PILED)
        references.save(CORNER.zone, PILED)
        assert watched(made(references, reference=str(path)), lambda _t_s: piled.picture(), until_s=40)[1] == []

    def test_a_picture_named_in_the_settings_later_goes_before_it(self, tmp_path: Path) -> None:
        references, piled = StoredReferences(tmp_path / "kept"), Camera(PILED)
        references.save(CORNER.zone, PILED)
        os.utime(tmp_path / "kept" / "corner.png", (1.0e9, 1.0e9))
        path = tmp_path / "clean.png"
        cv2.imwrite(str(path), CLEAN)
        assert watched(made(references, reference=str(path)), lambda _t_s: piled.picture(), until_s=40)[1] != []
