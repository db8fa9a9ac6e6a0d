import numpy as np
import pytest
from structlog.testing import capture_logs

from events.errors import StorageError
from events.ids import ZoneId
from tests.unit.vision.halves import scene
from vision.blocks import Floats
from vision.detector import Look, Small
from vision.preset import KEEP_EVERY_S, Preset
from vision.reference import FirstSettledReferences

VIEW: Floats = scene(1).astype(np.float32)
OTHER: Floats = scene(2).astype(np.float32)


class Refusing(FirstSettledReferences):
    """A disk that is full."""

    def save(self, zone: ZoneId | None, small: Small, look: Look = Look.CLEAN) -> None:
        raise StorageError("full")


@pytest.fixture
def references() -> FirstSettledReferences:
    return FirstSettledReferences()


def settled(references: FirstSettledReferences) -> Preset:
    preset = Preset(references)
    for t_s in range(12):
        preset.see(1.0, VIEW, float(t_s))
    return preset


def test_nobody_knows_the_preset_until_the_first_view_has_settled(references: FirstSettledReferences) -> None:
    preset = Preset(references)
    for t_s in range(10):
        assert not preset.see(1.0, VIEW, float(t_s))
        assert preset.away
    preset.see(1.0, VIEW, 10.0)
    assert not preset.away
    assert references.load(None) is not None


def test_a_view_that_still_turns_is_learned_anew(references: FirstSettledReferences) -> None:
    preset = Preset(references)
    assert [preset.see(share, VIEW, float(t_s)) for t_s, share in enumerate((1.0, 0.4, 0.95))] == [False, True, False]
    assert preset.away


def test_a_camera_is_away_when_half_its_view_is_gone_and_back_two_seconds_after_it_returned(
    references: FirstSettledReferences,
) -> None:
    preset = settled(references)
    with capture_logs():
        preset.see(0.55, VIEW, 20.0)
        assert not preset.away
        preset.see(0.3, VIEW, 21.0)
        assert preset.away
        preset.see(0.7, VIEW, 30.0)
        preset.see(0.4, VIEW, 31.0)
        preset.see(0.7, VIEW, 32.0)
        assert preset.away
        preset.see(0.7, VIEW, 34.0)
    assert not preset.away


def test_the_preset_survives_a_restart(references: FirstSettledReferences) -> None:
    settled(references)
    again = Preset(references)
    assert not again.away
    assert again.usual is not None
    assert float(np.abs(again.usual - VIEW).mean()) < 4.0
    again.see(0.1, OTHER, 0.0)
    assert again.away


def test_the_view_is_kept_anew_every_ten_minutes_but_never_that_of_elsewhere(
    references: FirstSettledReferences,
) -> None:
    preset = settled(references)
    first = references.load(None)
    preset.see(1.0, OTHER, 60.0)
    assert references.load(None) is first
    preset.see(0.2, OTHER, 11.0 + KEEP_EVERY_S)
    assert references.load(None) is first
    for t_s in (12.0, 15.0, 16.0):
        preset.see(1.0, OTHER, t_s + KEEP_EVERY_S)
    assert references.load(None) is not first


def test_a_full_disk_does_not_stop_the_watch() -> None:
    with capture_logs() as logs:
        preset = settled(Refusing())
    assert not preset.away
    assert any(entry["event"] == "a preset's view cannot be kept" for entry in logs)
